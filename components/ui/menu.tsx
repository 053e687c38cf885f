'use client'

import { clsx } from 'clsx'
import { DropdownMenu } from 'radix-ui'
import type { ReactNode } from 'react'

const panel =
  'appearing z-20 min-w-58 max-w-[min(22rem,calc(100vw-1rem))] max-h-(--radix-dropdown-menu-content-available-height) overflow-auto rounded-md bg-raised p-1 text-sm text-ink shadow-[var(--shadow-pop),0_0_0_1px_var(--color-line)]'
const row =
  'flex min-h-8 w-full items-center gap-2.5 rounded-sm px-2 py-1 text-left text-ink no-underline outline-none select-none data-highlighted:bg-hover pointer-coarse:min-h-10 forced-colors:data-highlighted:outline-2'

/** A button and what it opens. `align` is the edge of the button the menu keeps to. */
export function Menu({
  trigger,
  label,
  align = 'end',
  children,
}: {
  trigger: ReactNode
  label: string
  align?: 'start' | 'end'
  children: ReactNode
}) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      {/* No portal: a menu belongs to the landmark of its button. */}
      <DropdownMenu.Content align={align} sideOffset={6} collisionPadding={8} aria-label={label} className={panel}>
        {children}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  )
}

export function MenuItem({
  icon,
  hint,
  off = false,
  onSelect,
  children,
}: {
  icon: ReactNode
  /** What it will bring, or why it cannot be had now. */
  hint?: ReactNode
  /** It stays where it is and can be reached, but nothing comes of it. */
  off?: boolean
  onSelect: () => void
  children: ReactNode
}) {
  const select = (event: Event) => {
    if (off) event.preventDefault()
    else onSelect()
  }
  return (
    <DropdownMenu.Item className={clsx(row, off && 'cursor-not-allowed text-ink-3')} aria-disabled={off || undefined} onSelect={select}>
      {icon}
      {children}
      {hint && <span className="ml-auto pl-3 text-xs text-ink-3">{hint}</span>}
    </DropdownMenu.Item>
  )
}

export function MenuLine() {
  return <DropdownMenu.Separator className="mx-0 my-1 h-px bg-line" />
}

/** One of several, e.g. the steps of a guide. */
export function MenuChoice({
  value,
  onChange,
  options,
}: {
  value: string
  onChange: (value: string) => void
  options: { value: string; label: ReactNode }[]
}) {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={onChange}>
      {options.map((option) => (
        <DropdownMenu.RadioItem key={option.value} value={option.value} className={clsx(row, 'data-[state=checked]:font-medium')}>
          {option.label}
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  )
}
