import { gzipSync } from 'node:zlib'
import { type Browser, type BrowserContext, chromium, type Page } from '@playwright/test'
import { browserLaunchOptions } from '../e2e/browser.mjs'
import { enterCourse, openLab, ownWindow } from '../e2e/people.ts'
import { type Product, startProduct } from '../e2e/product.ts'
import { openRows } from '../e2e/rows.ts'
import { type Seen, seePage } from './page-probe.ts'
import { atMost, type Figure, percentile, report } from './report.ts'

/*
 * How heavy the pages are and how soon they are there: how much JavaScript the lab page loads over a page of ours with nothing on it
 * ("The thread", bar 8), and how the lab page, ready and starting, and the course's page come to be seen on a computer four times as slow
 * ("The terminal and the page", bar 7). Medians of three, each with an empty cache.
 */

const RUNS = 3

/** Adds up every script of ours that the page loads from now on, each as gzip would send it. */
function weigh(page: Page, origin: string): () => Promise<number> {
  const bodies: Promise<number>[] = []
  page.on('response', (response) => {
    const { origin: from, pathname } = new URL(response.url())
    if (from === origin && pathname.endsWith('.js')) bodies.push(response.body().then((body) => gzipSync(body).length))
  })
  return async () => (await Promise.all(bodies)).reduce((sum, size) => sum + size, 0) / 1024
}

async function weights(browser: Browser, product: Product): Promise<Record<string, Figure>> {
  const empty = await browser.newPage()
  const emptyWeight = weigh(empty, product.origin)
  await empty.goto(`${product.origin}/nothing-here`, { waitUntil: 'networkidle' })
  const page = await enterCourse(browser, product.course, 'ada')
  const labWeight = weigh(page, product.origin)
  const { lab } = await openLab(page)
  await lab.getByRole('heading', { level: 1 }).waitFor({ state: 'attached' })
  await page.waitForLoadState('networkidle')
  const [without, full] = [await emptyWeight(), await labWeight()]
  return {
    'thread.8 empty page': { value: Math.round(without), unit: 'KB' },
    'thread.8 lab page': { value: Math.round(full), unit: 'KB' },
    'thread.8 lab page over an empty one': atMost(full - without, 'KB', 350),
  }
}

async function seen(context: BrowserContext, name: string, address: string, ready: (page: Page) => Promise<unknown>) {
  const runs: Seen[] = []
  for (let run = 0; run < RUNS; run += 1) {
    const page = await context.newPage()
    runs.push(await seePage(page, address, ready))
    await page.close()
  }
  const median = (of: (run: Seen) => number) => percentile(runs.map(of), 0.5)
  const kinds = [...new Set(runs.flatMap(({ bytes }) => Object.keys(bytes)))].sort()
  const kilobytes = Object.fromEntries(
    kinds.map((kind) => [`${name}: ${kind}`, { value: Math.round(median(({ bytes }) => bytes[kind] ?? 0)), unit: 'KB' }]),
  )
  const shift = percentile(
    runs.map((run) => run.shift),
    0.5,
  )
  return {
    [`page.7 ${name}: first contentful paint`]: atMost(
      median((run) => run.firstPaint),
      'ms',
      1_200,
    ),
    [`page.7 ${name}: layout shift`]: { value: Math.round(shift * 10_000) / 10_000, unit: 'share', bar: 0.02, pass: shift <= 0.02 },
    [`page.7 ${name}: main thread blocked`]: atMost(
      median((run) => run.blocked),
      'ms',
      200,
    ),
    [`${name}: blocked before the first paint too`]: { value: Math.round(median((run) => run.blockedFromStart)), unit: 'ms' },
    ...kilobytes,
  }
}

const product = await startProduct({ env: { ASTROLABE_DEV_CLOUD_DRIVER: 'memory' } })
const browser = await chromium.launch(await browserLaunchOptions())
const rows = await openRows(product.databaseUrl)
const figures: Record<string, Figure> = {}
try {
  Object.assign(figures, await weights(browser, product))
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const address = await ownWindow(context, product.course, 'lin')
  const shown = (phase: RegExp) => (page: Page) => page.getByRole('region', { name: 'State of your machines' }).getByText(phase).waitFor()
  const first = await context.newPage()
  await first.goto(address)
  await shown(/Ready/)(first)
  await first.close()
  const terminal = (page: Page) => page.locator('.xterm-screen').first().waitFor()
  Object.assign(figures, await seen(context, 'lab, ready', address, terminal))
  // As it stands while machines are built: nobody looks at the cloud again before this is over.
  await rows.query("update environment set phase = 'starting', next_check_at = now() + interval '1 hour', fence = fence + 1")
  Object.assign(figures, await seen(context, 'lab, starting', address, shown(/Starting/)))
  const course = (page: Page) => page.locator('a[href$="/lab/two-machines"]').first().waitFor()
  Object.assign(figures, await seen(context, 'course', `${product.course}/as/ada`, course))
} finally {
  await rows.close()
  await browser.close()
  await product.stop()
}
report('page', figures)
