import { clsx } from 'clsx'
import type { ReactNode } from 'react'

/** A list for staff. On a phone each row becomes a block: cells marked `data-label` say what they are. */
export function Table({ caption, head, children }: { caption: string; head: readonly string[]; children: ReactNode }) {
  return (
    <table className="w-full border-collapse text-left phone:block">
      <caption className="sr-only">{caption}</caption>
      <thead className="phone:sr-only">
        <tr>
          {head.map((word) => (
            <th
              key={word}
              scope="col"
              className="border-b border-line pr-3 pb-1.5 text-xs font-medium whitespace-nowrap text-ink-3 last:pr-0"
            >
              {word}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="phone:block">{children}</tbody>
    </table>
  )
}

export function Row({ children, marked = false }: { children: ReactNode; marked?: boolean }) {
  return (
    <tr
      className={clsx(
        'border-b border-line last:border-b-0 phone:grid phone:grid-cols-[1fr_auto] phone:gap-x-4 phone:gap-y-0.5 phone:py-2.5',
        marked && 'bg-accent-soft/45',
      )}
    >
      {children}
    </tr>
  )
}

const cell = 'py-2 pr-3 align-middle last:pr-0 phone:p-0'

/** What the row is about. */
export function NameCell({ children }: { children: ReactNode }) {
  return (
    <th scope="row" className={clsx(cell, 'font-normal')}>
      {children}
    </th>
  )
}

/** `quiet`: left out on a phone. */
export function Cell({ children, quiet = false, end = false }: { children: ReactNode; quiet?: boolean; end?: boolean }) {
  return <td className={clsx(cell, 'text-ink-2', quiet && 'phone:hidden', end && 'phone:text-right')}>{children}</td>
}

/** Nothing to list: says so, and when that changes. */
export function EmptyList({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="border-t border-line py-10 text-center">
      <p className="font-medium">{title}</p>
      <p className="mt-1 text-ink-2">{children}</p>
    </div>
  )
}
