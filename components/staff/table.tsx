import { clsx } from 'clsx'
import type { ReactNode } from 'react'

/** A list for staff. On a phone each row becomes a block. `first` heads the column of the boxes to tick, where there is one. */
export function Table({
  caption,
  first,
  head,
  children,
}: {
  caption: string
  first?: ReactNode
  head: readonly string[]
  children: ReactNode
}) {
  return (
    <table className="w-full border-collapse text-left phone:block">
      <caption className="sr-only">{caption}</caption>
      <thead className="phone:sr-only">
        <tr>
          {first && (
            <th scope="col" className="w-8 border-b border-line">
              {first}
            </th>
          )}
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

/** `choosable`: begins with a `ChoiceCell`. */
export function Row({ children, choosable = false }: { children: ReactNode; choosable?: boolean }) {
  return (
    <tr
      className={clsx(
        'border-b border-line last:border-b-0 phone:grid phone:gap-x-4 phone:gap-y-0.5 phone:py-2.5',
        choosable ? 'has-[:checked]:bg-accent-soft/45 phone:grid-cols-[auto_1fr_auto] phone:gap-x-3' : 'phone:grid-cols-[1fr_auto]',
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

type CellProps = {
  children: ReactNode
  /** Left out on a phone. */
  quiet?: boolean
  /** At the right on a phone. */
  end?: boolean
  /** Below the name on a phone, in a row that begins with a box to tick. */
  under?: boolean
  /** A line of its own on a phone. */
  whole?: boolean
}

export function Cell({ children, quiet = false, end = false, under = false, whole = false }: CellProps) {
  return (
    <td
      className={clsx(
        cell,
        'text-ink-2',
        quiet && 'phone:hidden',
        end && 'phone:text-right',
        under && 'phone:col-start-2',
        whole && 'phone:col-span-full',
      )}
    >
      {children}
    </td>
  )
}

/** A box to tick: the row is meant. */
export function ChoiceCell({ name, value, label }: { name: string; value: string; label: string }) {
  return (
    <td className="w-8 align-middle phone:row-span-2 phone:w-auto">
      <label className="flex min-h-6 items-center pointer-coarse:min-h-10">
        <input type="checkbox" name={name} value={value} aria-label={label} className="size-4 accent-accent" />
      </label>
    </td>
  )
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
