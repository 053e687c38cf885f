'use client'

import { createContext, type ReactNode, useContext, useState } from 'react'
import { Button } from '#components/ui/button.tsx'

export type Theme = 'light' | 'dark'

const ThemeShown = createContext<Theme>('light')

/** On which of the two sides a part is shown: ids and names must not be the same twice. */
export const useThemeShown = () => useContext(ThemeShown)

type Props = {
  name: string
  /** Where it lives. */
  file: string
  /** What it is for, in a sentence. */
  about: string
  /** What keys do in it; null: it is only looked at. */
  keys: string | null
  children: ReactNode
}

/** One part: its name, what it is for, what keys do, and itself by day and by night. */
export function Specimen({ name, file, about, keys, children }: Props) {
  const id = name.toLowerCase().replaceAll(/\W+/g, '-')
  return (
    <section id={id} aria-labelledby={`${id}-name`} className="scroll-mt-4 border-t border-line py-8">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <h3 id={`${id}-name`} className="text-lg font-semibold tracking-tight">
          {name}
        </h3>
        <code className="text-xs text-ink-3 [overflow-wrap:anywhere]">{file}</code>
      </div>
      <p className="mt-1 max-w-[42rem] text-base text-pretty text-ink-2">{about}</p>
      <p className="mt-1 max-w-[42rem] text-pretty text-ink-3">{keys === null ? 'Takes no keys.' : `Keys: ${keys}`}</p>
      <div className="mt-4 grid gap-4 lg:grid-cols-2">
        <Side theme="light">{children}</Side>
        <Side theme="dark">{children}</Side>
      </div>
    </section>
  )
}

function Side({ theme, children }: { theme: Theme; children: ReactNode }) {
  return (
    <ThemeShown value={theme}>
      <div data-theme={theme} className="min-w-0 rounded-md bg-canvas p-4 text-ink shadow-[inset_0_0_0_1px_var(--color-line)]">
        <p className="mb-3 text-2xs tracking-caps text-ink-3">{theme === 'light' ? 'Paper' : 'Night'}</p>
        <div className="flex flex-col gap-4">{children}</div>
      </div>
    </ThemeShown>
  )
}

/** Things of a kind beside each other, with what they have in common. */
export function Line({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <p className="mb-1.5 text-xs text-ink-3">{label}</p>
      <div className="flex flex-wrap items-center gap-2">{children}</div>
    </div>
  )
}

/** What takes the cursor when it comes is shown when it is asked for. */
export function OnDemand({ name, children }: { name: string; children: (close: () => void) => ReactNode }) {
  const theme = useThemeShown()
  const [open, setOpen] = useState(false)
  if (open) return children(() => setOpen(false))
  return (
    <p>
      <Button size="sm" data-show onClick={() => setOpen(true)}>
        Show: {name}
        <span className="sr-only">{theme === 'light' ? ', paper' : ', night'}</span>
      </Button>
    </p>
  )
}
