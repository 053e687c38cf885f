'use client'

import { Clock, Ellipsis, Eraser, ExternalLink, Users } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl/react'
import { Button, buttonClass } from '../ui/button.tsx'
import { Mark } from '../ui/mark.tsx'
import { Menu, MenuItem, MenuLine } from '../ui/menu.tsx'
import { Status, type StatusWord } from '../ui/status.tsx'
import { useFramed } from '../ui/use-browser.ts'

type Props = {
  title: string
  status: StatusWord
  /** What stands beside the status: a length of time. */
  beside?: ReactNode
  launchId: string
  instructor: boolean
  /** Absent where there is no menu. */
  onOwnWindow?: () => void
  /** Absent where there is nothing to reset now. */
  onReset?: () => void
}

export function TopBar({ title, status, beside, launchId, instructor, onOwnWindow, onReset }: Props) {
  const t = useTranslations()
  return (
    <header
      id="bar"
      className="relative z-5 flex h-(--size-bar) flex-none items-center gap-2 border-b border-line bg-surface pr-2 pl-3 phone:gap-1.5 phone:pl-2.5"
    >
      <Mark />
      <h1 className="truncate font-semibold tracking-[-0.005em]">{title}</h1>
      <span className="mx-1 h-4.5 w-px flex-none bg-line phone:hidden" aria-hidden="true" />
      <section aria-label={t('page.status')} className="flex items-center gap-3">
        <Status of={status} word={t(`phase.${status}`)} />
        {beside && (
          <span className="inline-flex items-center gap-1.5 text-ink-2 tabular-nums phone:hidden">
            <Clock className="size-3.5 text-ink-3" strokeWidth={1.75} aria-hidden="true" />
            {beside}
          </span>
        )}
      </section>
      <span className="flex-1" />
      {instructor && (
        <a href={`/l/${launchId}/class`} className={buttonClass({ size: 'sm' })} aria-label={t('page.class')}>
          <Users className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
          <span className="compact:hidden">{t('page.class')}</span>
        </a>
      )}
      {onOwnWindow && <LabMenu onOwnWindow={onOwnWindow} onReset={onReset} />}
    </header>
  )
}

function LabMenu({ onOwnWindow, onReset }: { onOwnWindow: () => void; onReset: (() => void) | undefined }) {
  const t = useTranslations('page')
  const framed = useFramed()
  if (!framed && !onReset) return null
  const trigger = (
    <Button look="ghost" size="sm" icon aria-label={t('menu')}>
      <Ellipsis className="size-4" strokeWidth={1.75} aria-hidden="true" />
    </Button>
  )
  return (
    <Menu trigger={trigger} label={t('menu')}>
      {framed && (
        <MenuItem icon={<ExternalLink className="size-4" strokeWidth={1.75} aria-hidden="true" />} onSelect={onOwnWindow}>
          {t('ownWindow')}
        </MenuItem>
      )}
      {framed && onReset && <MenuLine />}
      {onReset && (
        <MenuItem icon={<Eraser className="size-4" strokeWidth={1.75} aria-hidden="true" />} onSelect={onReset}>
          {t('reset')}…
        </MenuItem>
      )}
    </Menu>
  )
}
