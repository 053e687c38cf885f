'use client'

import { useTranslations } from 'use-intl/react'
import { Button } from '#components/ui/button.tsx'
import { Notice } from '#components/ui/notice.tsx'

export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const t = useTranslations('error')
  return (
    <Notice title={t('faultTitle')} below={error.digest ? t('reference', { id: error.digest }) : null}>
      {t('fault')}
      <span className="mt-5 block">
        <Button look="primary" onClick={reset}>
          {t('again')}
        </Button>
      </span>
    </Notice>
  )
}
