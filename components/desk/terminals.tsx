'use client'

import { createContext, type ReactNode, useContext, useMemo } from 'react'
import type { TabId } from './layout.ts'

/** What the rest of the page may do with a terminal that is open. */
export type TerminalControl = {
  /** Types a text as if it were pasted, and presses Enter. @returns whether it was taken */
  run: (text: string) => boolean
  /** Opens the search line. */
  search: () => void
}

/** The terminals of this page. They tell of themselves; whoever has something to type finds them here. */
export type Terminals = {
  /** @returns takes it back */
  register: (id: TabId, control: TerminalControl) => () => void
  of: (id: TabId) => TerminalControl | undefined
  /** The desk says which tab of a machine it brings into sight. */
  onBring: (bring: (host: string) => TabId | null) => () => void
  /** Brings a terminal of that machine into sight and runs a command there. @returns whether it was taken */
  runOn: (host: string, text: string) => boolean
}

export function createTerminals(): Terminals {
  const known = new Map<TabId, TerminalControl>()
  let bring: (host: string) => TabId | null = () => null
  return {
    register(id, control) {
      known.set(id, control)
      return () => {
        if (known.get(id) === control) known.delete(id)
      }
    },
    of: (id) => known.get(id),
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

export function useTerminals(): Terminals {
  return useContext(Context)
}
