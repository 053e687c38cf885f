'use client'

import { useEffect, useState, useSyncExternalStore } from 'react'

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

/**
 * The server's clock, as well as this browser can know it: the two may differ by minutes.
 * @param serverNow ISO 8601, when the page was made
 * @param ticking whether to render again every `everyMs`
 */
export function useServerClock(serverNow: string, ticking: boolean, everyMs = 1000): number {
  const made = Date.parse(serverNow)
  const [skew, setSkew] = useState<number | null>(null)
  const [now, setNow] = useState(made)
  useEffect(() => {
    const difference = made - Date.now()
    // What is left of the difference after a slow network is not the clocks' doing.
    setSkew(Math.abs(difference) < 5_000 ? 0 : difference)
  }, [made])
  useEffect(() => {
    if (skew === null) return
    const tick = () => setNow(Date.now() + skew)
    tick()
    if (!ticking) return
    const timer = setInterval(tick, everyMs)
    return () => clearInterval(timer)
  }, [skew, ticking, everyMs])
  return now
}
