import { clsx } from 'clsx'
import type { ComponentProps } from 'react'

type Look = 'plain' | 'primary' | 'danger' | 'ghost'
type Size = 'sm' | 'md' | 'lg'

const looks: Record<Look, string> = {
  plain: 'bg-surface shadow-[inset_0_0_0_1px_var(--color-line),var(--shadow-edge)] hover:bg-hover',
  primary: 'bg-accent text-on-accent hover:bg-accent-hover',
  danger: 'bg-bad-fill text-on-bad hover:brightness-95',
  ghost: 'hover:bg-hover',
}

const sizes: Record<Size, { box: string; text: string }> = {
  sm: { box: 'h-(--size-control-sm)', text: 'px-2.25 text-xs' },
  md: { box: 'h-(--size-control-md)', text: 'px-3' },
  lg: { box: 'h-(--size-control-lg)', text: 'px-4 text-base' },
}

const square: Record<Size, string> = {
  sm: 'w-(--size-control-sm)',
  md: 'w-(--size-control-md)',
  lg: 'w-(--size-control-lg)',
}

/** The classes of a button, for a link that looks like one. */
export function buttonClass({ look = 'plain', size = 'md', icon = false }: { look?: Look; size?: Size; icon?: boolean } = {}): string {
  return clsx(
    'inline-flex flex-none items-center justify-center gap-1.5 rounded-sm font-medium whitespace-nowrap no-underline select-none',
    'transition-colors duration-(--duration-quick) forced-colors:border',
    'aria-disabled:cursor-not-allowed aria-disabled:bg-sunken aria-disabled:text-ink-3 aria-disabled:shadow-[inset_0_0_0_1px_var(--color-line)]',
    sizes[size].box,
    icon ? square[size] : sizes[size].text,
    looks[look],
  )
}

/** A button that cannot be used now keeps its focus: give `aria-disabled` and say why beside it, never `disabled`. */
export function Button({
  look,
  size,
  icon,
  className,
  type = 'button',
  ...rest
}: ComponentProps<'button'> & { look?: Look; size?: Size; icon?: boolean }) {
  return <button type={type} className={clsx(buttonClass({ look, size, icon }), className)} {...rest} />
}
