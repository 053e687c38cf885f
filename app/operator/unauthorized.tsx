import { CommandBlock } from '#components/lab/command-block.tsx'
import { words } from '#components/messages/server-words.ts'
import { Notice } from '#components/ui/notice.tsx'

/** 401: no operator is signed in in this browser. */
export default function OperatorUnauthorized() {
  const { t } = words()
  return (
    <Notice title={t('error.expiredTitle')}>
      <p className="mb-3">{t('error.operatorExpired')}</p>
      <CommandBlock html="npm run astrolabe -- admin invite NAME" host={null} shell />
    </Notice>
  )
}
