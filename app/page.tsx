import { connection } from 'next/server'
import { words } from '#components/messages/server-words.ts'
import { buttonClass } from '#components/ui/button.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { config } from '#lib/config.ts'

/** What this is, for whoever comes without a course. */
export default async function FrontPage() {
  await connection()
  const { t } = words()
  const { demo, course } = config()
  return (
    <Notice title={t('product')} below={null}>
      <p>{t('front.lead')}</p>
      <p className="mt-3">{t('front.how')}</p>
      {demo && (
        <>
          <p className="mt-3">{t('front.demo')}</p>
          <p className="mt-5">
            <a className={buttonClass({ look: 'primary' })} href={`http://localhost:${course.port}/`}>
              {t('front.course')}
            </a>
          </p>
        </>
      )}
      <p className="mt-6 border-t border-line pt-4 text-sm text-ink-3">{t('front.operator')}</p>
    </Notice>
  )
}
