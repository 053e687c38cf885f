import type { ReactNode } from 'react'

/** The machines' side of the page while there is no terminal to show. */
export function Stage({ children }: { children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller has to be reachable by keyboard
    <div tabIndex={0} className="scroller h-full min-w-0 bg-canvas">
      <div className="mx-auto max-w-190 px-11 pt-10 pb-8 compact:px-6.5 compact:py-6 short:py-5 phone:px-5">{children}</div>
    </div>
  )
}

export function StageTitle({ above, title, children }: { above?: ReactNode; title: ReactNode; children?: ReactNode }) {
  return (
    <>
      {above && <p className="text-xs font-medium text-ink-3 tabular-nums">{above}</p>}
      <h2 className="mt-0.5 text-2xl font-semibold tracking-tight text-balance">{title}</h2>
      {children && <div className="mt-2 max-w-[34rem] text-base text-pretty">{children}</div>}
    </>
  )
}
