import type { CDPSession, Page } from '@playwright/test'

/** How a page came to be seen, at the pace of a slow computer. Times in ms; weights in KB as they came over the wire. */
export type Seen = {
  firstPaint: number
  /** All layout shifts that nobody caused by a key or a click (Layout Instability, section 2.2), added up. */
  shift: number
  /** What tasks of the main thread took beyond 50 ms each, from the first paint on, as Lighthouse's total blocking time. */
  blocked: number
  /** The same from the very beginning, before anything was painted. */
  blockedFromStart: number
  bytes: Record<string, number>
}

type Noted = { paint: number | null; shift: number; tasks: { at: number; ms: number }[] }

/** Runs in the page before anything of its own does. */
function note() {
  const noted: Noted = { paint: null, shift: 0, tasks: [] }
  Object.assign(window, { noted })
  const observe = (type: string, each: (entry: PerformanceEntry) => void) =>
    new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true })
  observe('paint', ({ name, startTime }) => {
    if (name === 'first-contentful-paint') noted.paint = startTime
  })
  observe('layout-shift', (entry) => {
    const { value, hadRecentInput } = entry as PerformanceEntry & { value: number; hadRecentInput: boolean }
    if (!hadRecentInput) noted.shift += value
  })
  observe('longtask', ({ startTime, duration }) => {
    noted.tasks.push({ at: startTime, ms: duration })
  })
}

/** No task of the main thread was long for so long: the page has settled. */
const QUIET_MS = 2_000

/**
 * Opens an address with an empty cache on a computer four times as slow.
 * @param ready resolves when the page shows what it is for
 */
export async function seePage(page: Page, address: string, ready: (page: Page) => Promise<unknown>): Promise<Seen> {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.clearBrowserCache')
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 })
  const bytes = countBytes(session)
  await page.addInitScript(note)
  await page.goto(address)
  await ready(page)
  await page.waitForFunction(
    (quiet) => {
      const { noted } = window as unknown as { noted: Noted }
      const last = Math.max(noted.paint ?? performance.now(), ...noted.tasks.map(({ at, ms }) => at + ms))
      return performance.now() > last + quiet
    },
    QUIET_MS,
    { polling: 250 },
  )
  const noted = await page.evaluate(() => (window as unknown as { noted: Noted }).noted)
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 })
  const firstPaint = noted.paint ?? Number.POSITIVE_INFINITY
  const over = (tasks: Noted['tasks']) => tasks.reduce((sum, { ms }) => sum + Math.max(0, ms - 50), 0)
  return {
    firstPaint,
    shift: noted.shift,
    blocked: over(noted.tasks.filter(({ at, ms }) => at + ms > firstPaint)),
    blockedFromStart: over(noted.tasks),
    bytes: bytes(),
  }
}

/** Adds up what comes over the wire from now on, by kind. */
function countBytes(session: CDPSession): () => Record<string, number> {
  const kinds = new Map<string, string>()
  const sizes: Record<string, number> = {}
  session.on('Network.responseReceived', ({ requestId, type }) => kinds.set(requestId, type.toLowerCase()))
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId)
    if (kind !== undefined) sizes[kind] = (sizes[kind] ?? 0) + encodedDataLength / 1024
  })
  return () => sizes
}
