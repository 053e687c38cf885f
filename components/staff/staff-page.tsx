import type { ReactNode } from 'react'
import { Mark } from '../ui/mark.tsx'

/** The frame of a staff page: one bar with what it is and what can be done, then the page. */
export function StaffPage({
  title,
  beside,
  actions,
  children,
}: {
  title: string
  beside?: ReactNode
  actions?: ReactNode
  children: ReactNode
}) {
  return (
    <div className="page-frame">
      <title>{title}</title>
      <header className="relative z-5 flex h-(--size-bar) flex-none items-center gap-2 border-b border-line bg-surface pr-2 pl-3">
        <Mark />
        <h1 className="truncate font-semibold tracking-[-0.005em]">{title}</h1>
        {beside && (
          <>
            <span className="mx-1 h-4.5 w-px flex-none bg-line phone:hidden" aria-hidden="true" />
            <span className="truncate text-ink-2 tabular-nums phone:hidden">{beside}</span>
          </>
        )}
        <span className="flex-1" />
        {actions}
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller has to be reachable by keyboard */}
      <main tabIndex={0} className="scroller min-h-0 flex-1">
        <div className="mx-auto max-w-290 px-7 pt-5 pb-8 compact:px-4.5 compact:pt-4 phone:px-4">{children}</div>
      </main>
    </div>
  )
}
