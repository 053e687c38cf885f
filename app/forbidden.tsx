import { words } from '#components/messages/server-words.ts'
import { Notice } from '#components/ui/notice.tsx'

/** 403: known, but not allowed here. */
export default function Forbidden() {
  const { t } = words()
  return <Notice title={t('error.deniedTitle')}>{t('error.denied')}</Notice>
}
