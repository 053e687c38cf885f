import type { ReactNode } from 'react'
import { Mark } from './mark.tsx'

/** A page that says one thing: what is, why, what next. `below` is for a reference. */
export function Notice({ title, children, below }: { title: string; children: ReactNode; below?: ReactNode }) {
  return (
    <main className="page-frame scroller">
      <title>{title}</title>
      <div className="mx-auto w-full max-w-[34rem] px-6 py-14 short:py-8">
        <Mark className="size-8" />
        <h1 className="mt-5 text-2xl font-semibold tracking-tight text-balance">{title}</h1>
        <div className="mt-2 text-base text-pretty text-ink-2">{children}</div>
        {below && <p className="mt-6 font-mono text-xs text-ink-3">{below}</p>}
      </div>
    </main>
  )
}
