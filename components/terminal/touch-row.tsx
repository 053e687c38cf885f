'use client'

import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, ClipboardPaste } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl/react'
import type { Held, TouchKey } from './touch-keys.ts'

type Props = { held: Held; onHold: (held: Held) => void; onKey: (key: TouchKey) => void; onPaste: () => void }

const arrows = [
  ['left', ArrowLeft],
  ['up', ArrowUp],
  ['down', ArrowDown],
  ['right', ArrowRight],
] as const satisfies [TouchKey, typeof ArrowUp][]

/** Keys above a touch keyboard that has none of them. Only where one points with a finger; the cursor stays in the terminal. */
export function TouchRow({ held, onHold, onKey, onPaste }: Props) {
  const t = useTranslations('terminal')
  const key = (name: string, does: () => void, face: ReactNode, pressed?: boolean) => (
    <button
      key={name}
      type="button"
      tabIndex={-1}
      aria-label={name}
      aria-pressed={pressed}
      // Pressed with the cursor in the terminal, a key must not take it away: the keyboard would fold up.
      onPointerDown={(event) => event.preventDefault()}
      onClick={does}
      className="flex h-11 min-w-10 flex-1 items-center justify-center rounded-sm px-1.5 font-mono text-xs text-ink-2 active:bg-hover aria-pressed:bg-accent-soft aria-pressed:text-accent-text"
    >
      {face}
    </button>
  )
  return (
    <div
      role="toolbar"
      aria-label={t('keys')}
      className="hidden flex-none gap-0.5 overflow-x-auto border-t border-line bg-surface px-1 pointer-coarse:flex"
    >
      {key('Esc', () => onKey('esc'), 'Esc')}
      {key('Tab', () => onKey('tab'), 'Tab')}
      {key('Ctrl', () => onHold({ ...held, ctrl: !held.ctrl }), 'Ctrl', held.ctrl)}
      {key('Alt', () => onHold({ ...held, alt: !held.alt }), 'Alt', held.alt)}
      {arrows.map(([name, Icon]) => key(t(name), () => onKey(name), <Icon className="size-4" strokeWidth={1.75} aria-hidden="true" />))}
      {key(t('pasteKey'), onPaste, <ClipboardPaste className="size-4" strokeWidth={1.75} aria-hidden="true" />)}
    </div>
  )
}
