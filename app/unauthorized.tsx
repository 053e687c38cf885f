import { words } from '#components/messages/server-words.ts'
import { Notice } from '#components/ui/notice.tsx'
import { failureRow } from '#lib/errors.ts'

/** 401: this browser is not, or no longer, known for this address. */
export default function Unauthorized() {
  const { t } = words()
  return <Notice title={t('error.expiredTitle')}>{failureRow('access.signed_out').says}</Notice>
}
