'use client'

import { startTransition, useEffect, useLayoutEffect, useState, useSyncExternalStore } from 'react'
import { wakeAfter } from './wake-after.ts'

const never = () => () => {}

/** False while the server's page is shown as it came, true from then on: for what only the browser knows. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  )
}

/** Whether this page is shown inside another one. */
export function useFramed(): boolean {
  return useSyncExternalStore(
    never,
    () => window.parent !== window,
    () => false,
  )
}

/** What a page knows of the server's clock. */
export type ServerTime = {
  /** ISO 8601: when the page was made. */
  madeAt: string
  /** How far it is ahead of this browser's, in milliseconds, once a message has told; null before. */
  skewMs: number | null
}

/**
 * The server's clock, as well as this browser can know it: the two may differ by minutes. The time stands still until `facts` change or
 * `pause` is over, so that a page on which nothing moves does nothing.
 * @param facts what is shown: another value is a reason to look at the clock
 * @param pause how long until what is shown changes by itself; null: it does not
 * @returns milliseconds: the time that is shown, and what the clock says when it is asked
 */
export function useServerClock<Facts>(
  { madeAt, skewMs }: ServerTime,
  facts: Facts,
  pause: (facts: Facts, now: number) => number | null,
): { now: number; read: () => number } {
  const made = Date.parse(madeAt)
  const [first, setFirst] = useState<number | null>(null)
  const [now, setNow] = useState(made)
  useEffect(() => {
    const difference = made - Date.now()
    // What is left of the difference after a slow network is not the clocks' doing.
    startTransition(() => setFirst(Math.abs(difference) < 5_000 ? 0 : difference))
  }, [made])
  const skew = skewMs ?? first
  // Before it is painted: facts of now beside a time of long ago would show for a moment what was never true.
  useLayoutEffect(() => {
    if (skew === null) return
    let stop = () => {}
    const look = () => {
      const at = Date.now() + skew
      setNow(at)
      const ms = pause(facts, at)
      if (ms !== null) stop = wakeAfter(ms, look)
    }
    look()
    return () => stop()
  }, [skew, facts, pause])
  return { now, read: () => Date.now() + (skew ?? 0) }
}
