import type { ReactNode } from 'react'

/** A part of a staff page under a heading of its own. */
export function Part({ id, title, children }: { id?: string; title: string; children: ReactNode }) {
  return (
    <section id={id} className="mt-7 scroll-mt-4">
      <h2 className="mb-2.5 text-lg font-semibold tracking-tight">{title}</h2>
      {children}
    </section>
  )
}

/** What a program said, as it said it. */
export function Words({ text }: { text: string }) {
  return (
    <pre className="mt-2 rounded-md bg-sunken px-3 py-2 text-xs/[19px] [overflow-wrap:anywhere] whitespace-pre-wrap text-ink-2 shadow-[inset_0_0_0_1px_var(--color-line)]">
      {text}
    </pre>
  )
}
