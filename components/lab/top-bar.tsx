'use client'

import { Clock, Users } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl/react'
import { buttonClass } from '../ui/button.tsx'
import { Mark } from '../ui/mark.tsx'
import { Status, type StatusWord } from '../ui/status.tsx'

type Props = {
  title: string
  status: StatusWord
  word: string
  /** What stands beside the status: a length of time. */
  beside?: ReactNode
  launchId: string
  instructor: boolean
  /** Absent where there is nothing to choose from. */
  menu?: ReactNode
  /** The way out of full screen. */
  leave?: ReactNode
}

export function TopBar({ title, status, word, beside, launchId, instructor, menu, leave }: Props) {
  const t = useTranslations('page')
  return (
    <header
      id="bar"
      className="relative z-5 flex h-(--size-bar) print:hidden flex-none items-center gap-2 border-b border-line bg-surface pr-2 pl-3 phone:gap-1.5 phone:pl-2.5"
    >
      <Mark />
      <h1 className="min-w-10 truncate font-semibold tracking-[-0.005em]">{title}</h1>
      <span className="mx-1 h-4.5 w-px flex-none bg-line phone:hidden" aria-hidden="true" />
      <section
        aria-label={t('status')}
        className="flex min-w-0 flex-none items-center gap-3 wide:flex-initial compact:flex-initial phone:flex-none"
      >
        <Status of={status} word={word} />
        {beside && (
          <span className="inline-flex min-w-0 items-center gap-1.5 text-ink-2 tabular-nums phone:hidden">
            <Clock className="size-3.5 flex-none text-ink-3" strokeWidth={1.75} aria-hidden="true" />
            <span className="truncate">{beside}</span>
          </span>
        )}
      </section>
      <span className="flex-1" />
      {instructor && (
        <a href={`/l/${launchId}/class`} className={buttonClass({ size: 'sm' })} aria-label={t('class')}>
          <Users className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
          <span className="compact:hidden">{t('class')}</span>
        </a>
      )}
      {leave}
      {menu}
    </header>
  )
}
