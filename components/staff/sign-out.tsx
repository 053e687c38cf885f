'use client'

import { LogOut } from 'lucide-react'
import { useTranslations } from 'use-intl/react'
import { Button } from '../ui/button.tsx'

export function SignOut() {
  const t = useTranslations('operator')
  return (
    <form method="post" action="/operator/sign-out">
      <Button type="submit" size="sm">
        <LogOut className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
        {t('signOut')}
      </Button>
    </form>
  )
}
