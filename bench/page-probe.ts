import type { BrowserContext, CDPSession, Frame, Page } from '@playwright/test'

/*
 * How a page comes to be seen on a computer four times as slow as this one, as the page's own browser tells it.
 */

/** Times in ms, weights in KB as they came over the wire. */
export type Seen = {
  /** Paint Timing: the first text or picture, counted from when the page was asked for. */
  firstPaint: number
  /** Layout Instability, section 2.2: all shifts that nobody caused by a key or a click, added up. */
  shift: number
  /** Long Tasks: what tasks took beyond 50 ms each, from when the page was asked for until it was quiet, before the first paint too. */
  blocked: number
  /** The same from the first paint on: Lighthouse's total blocking time. */
  blockedAfterPaint: number
  /** The longest of these tasks. */
  longest: number
  /** When the page showed what it is for. */
  ready: number
  bytes: number
}

type Noted = { paint: number | null; shift: number; tasks: { at: number; ms: number }[]; readyAt?: number }
type Noting = { noted: Noted }

/** For each context whose pages are looked at: runs in every frame before anything of its own does. */
export async function noteEverywhere(context: BrowserContext): Promise<void> {
  // The compiler's own word for naming functions, which pages do not know.
  await context.addInitScript('globalThis.__name = (it) => it')
  await context.addInitScript(() => {
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
  })
}

/** No task of the main thread was long for so long: the page is quiet. */
const QUIET_MS = 2_000
export const SLOWER = 4

/** What a page is for: the text that its frame shows then. `path`: the beginning of that frame's address; the page itself where it is not said. */
export type Purpose = { selector: string; text: string; path?: string }

/** Opens an address as somebody with a slow computer does; `cold`: with nothing kept from before. */
export async function seePage(page: Page, address: string, { purpose, cold }: { purpose: Purpose; cold: boolean }): Promise<Seen> {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  if (cold) await session.send('Network.clearBrowserCache')
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
  const bytes = countBytes(session)
  await page.goto(address, { waitUntil: 'commit' })
  const frame = await frameOf(page, purpose)
  await frame.waitForFunction(
    ({ selector, text }) => {
      const { noted } = window as unknown as Noting
      const pattern = new RegExp(text)
      const isShown = [...document.querySelectorAll(selector)].some((each) => pattern.test(each.textContent ?? ''))
      if (isShown) noted.readyAt ??= performance.now()
      return isShown
    },
    purpose,
    { polling: 100, timeout: 60_000 },
  )
  await frame.waitForFunction(
    (quiet) => {
      const { noted } = window as unknown as Noting
      const ends = noted.tasks.map(({ at, ms }) => at + ms)
      return performance.now() > Math.max(noted.readyAt ?? 0, noted.paint ?? Number.POSITIVE_INFINITY, ...ends) + quiet
    },
    QUIET_MS,
    { polling: 250, timeout: 60_000 },
  )
  const noted = await frame.evaluate(() => (window as unknown as Noting).noted)
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 })
  const firstPaint = noted.paint ?? Number.POSITIVE_INFINITY
  const over = (tasks: Noted['tasks']) => tasks.reduce((sum, { ms }) => sum + Math.max(0, ms - 50), 0)
  return {
    firstPaint,
    shift: noted.shift,
    blocked: over(noted.tasks),
    blockedAfterPaint: over(noted.tasks.filter(({ at, ms }) => at + ms > firstPaint)),
    longest: Math.max(0, ...noted.tasks.map(({ ms }) => ms)),
    ready: noted.readyAt ?? Number.POSITIVE_INFINITY,
    bytes: bytes(),
  }
}

async function frameOf(page: Page, { path }: Purpose): Promise<Frame> {
  if (path === undefined) return page.mainFrame()
  const isOurs = (frame: Frame) => frame.parentFrame() !== null && new URL(frame.url(), 'about:blank').pathname.startsWith(path)
  return page.frames().find(isOurs) ?? (await page.waitForEvent('framenavigated', { predicate: isOurs }))
}

/** Adds up what comes over the wire from now on. */
function countBytes(session: CDPSession): () => number {
  let sum = 0
  session.on('Network.loadingFinished', ({ encodedDataLength }) => (sum += encodedDataLength / 1024))
  return () => sum
}
