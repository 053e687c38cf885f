'use client'

import { Minimize2 } from 'lucide-react'
import { useTranslations } from 'use-intl/react'
import { Button } from '../ui/button.tsx'
import type { FullScreen } from './use-full-screen.ts'

/** The way out of full screen, in sight as long as it lasts, and what becomes of Escape meanwhile. */
export function LeaveScreen({ full }: { full: FullScreen }) {
  const t = useTranslations('screen')
  const ofEscape = t(full.keepsEscape ? 'escapeStays' : 'escapeLeaves')
  return (
    <span className="inline-flex min-w-0 flex-none items-center gap-2 px-1.5">
      <span className="truncate text-xs text-ink-2 compact:hidden" aria-hidden="true">
        {ofEscape}
      </span>
      <Button data-region="leave-screen" size="sm" title={ofEscape} aria-description={ofEscape} onClick={full.leave}>
        <Minimize2 className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
        <span className="phone:sr-only">{t('leave')}</span>
      </Button>
    </span>
  )
}
