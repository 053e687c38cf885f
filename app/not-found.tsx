import { words } from '#components/messages/server-words.ts'
import { Notice } from '#components/ui/notice.tsx'

export default function NotFound() {
  const { t } = words()
  return <Notice title={t('error.notFoundTitle')}>{t('error.notFound')}</Notice>
}
