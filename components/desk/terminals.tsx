'use client'

import { createContext, type ReactNode, useContext, useMemo, useSyncExternalStore } from 'react'
import type { TabId } from './layout.ts'

/** What the rest of the page may do with a terminal that is open. */
export type TerminalControl = {
  /** Types a text as if it were pasted, and presses Enter. @returns whether it was taken */
  run: (text: string) => boolean
  /** Opens the search line. */
  search: () => void
}

/** What a tab tells of a terminal that may not be in sight. */
export type TabNote = {
  /** What the program there calls itself; '': nothing. */
  title: string
  /** Since it was last in sight: something was printed, it rang. */
  unread: boolean
  rang: boolean
  /** Milliseconds that keys take to come back, where that is felt. */
  latency: number | null
}

export const blankNote: TabNote = { title: '', unread: false, rang: false, latency: null }

/** The terminals of this page. They tell of themselves; whoever has something to type finds them here. */
export type Terminals = {
  /** @returns takes it back */
  register: (id: TabId, control: TerminalControl) => () => void
  of: (id: TabId) => TerminalControl | undefined
  noteOf: (id: TabId) => TabNote
  note: (id: TabId, change: Partial<TabNote>) => void
  /** Calls when a note has changed. @returns takes it back */
  onNote: (told: () => void) => () => void
  /** The desk says which tab of a machine it brings into sight. */
  onBring: (bring: (host: string) => TabId | null) => () => void
  /** Brings a terminal of that machine into sight and runs a command there. @returns whether it was taken */
  runOn: (host: string, text: string) => boolean
}

export function createTerminals(): Terminals {
  const known = new Map<TabId, TerminalControl>()
  const notes = new Map<TabId, TabNote>()
  const listeners = new Set<() => void>()
  let bring: (host: string) => TabId | null = () => null
  return {
    register(id, control) {
      known.set(id, control)
      return () => {
        if (known.get(id) !== control) return
        known.delete(id)
      }
    },
    of: (id) => known.get(id),
    noteOf: (id) => notes.get(id) ?? blankNote,
    note(id, change) {
      const before = notes.get(id) ?? blankNote
      // In a flood of output nothing changes, and nobody is told.
      if (Object.entries(change).every(([name, value]) => before[name as keyof TabNote] === value)) return
      notes.set(id, { ...before, ...change })
      for (const told of listeners) told()
    },
    onNote(told) {
      listeners.add(told)
      return () => listeners.delete(told)
    },
    onBring(next) {
      bring = next
      return () => {
        if (bring === next) bring = () => null
      }
    },
    runOn(host, text) {
      const id = bring(host)
      return (id !== null && known.get(id)?.run(text)) || false
    },
  }
}

const Context = createContext<Terminals>(createTerminals())

export function TerminalsProvider({ children }: { children: ReactNode }) {
  const terminals = useMemo(createTerminals, [])
  return <Context value={terminals}>{children}</Context>
}

/** What the tab of this terminal has to tell. */
export function useTabNote(id: TabId): TabNote {
  const terminals = useTerminals()
  return useSyncExternalStore(
    terminals.onNote,
    () => terminals.noteOf(id),
    () => blankNote,
  )
}

export function useTerminals(): Terminals {
  return useContext(Context)
}
