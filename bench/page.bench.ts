import { gzipSync } from 'node:zlib'
import { type Browser, type BrowserContext, chromium, type Page } from '@playwright/test'
import { browserLaunchOptions } from '../e2e/browser.mjs'
import { enterCourse, openLab, ownWindow, proveShell } from '../e2e/people.ts'
import { type Product, startProduct } from '../e2e/product.ts'
import { noteEverywhere, type Purpose, type Seen, SLOWER, seePage } from './page-probe.ts'
import { atMost, type Figure, percentile, report } from './report.ts'

/*
 * How heavy the pages are and how soon they are there: how much JavaScript the lab page loads over a page of ours with nothing on it
 * ("The thread", bar 8), and how each page comes to be seen on a computer four times as slow ("The terminal and the page", bar 7): the
 * lab with a guide and a live terminal, the course with the lab in its frame, the class, and where operators sign in. Each `cold`, with
 * nothing kept from before, and `warm`. The worst of all runs is judged, blocking from the very beginning until nothing was long for 2 s.
 *
 *   npm run bench -- page [runs]
 */

process.env.BROWSER_FROM ??= 'registry'
const RUNS = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 5)
const say = (words: string) => void process.stdout.write(`${words}\n`)

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
  const learner = await openLab(page)
  await proveShell(learner, 'node1')
  await page.waitForLoadState('networkidle')
  const [without, full] = [await emptyWeight(), await labWeight()]
  await Promise.all([empty, page].map((each) => each.context().close()))
  return {
    'thread.8 empty page': { value: Math.round(without), unit: 'KB' },
    'thread.8 lab page': { value: Math.round(full), unit: 'KB' },
    'thread.8 lab page over an empty one': atMost(full - without, 'KB', 350),
  }
}

const whole = (value: number) => String(Math.round(value))

/** Opens a page again and again, cold and warm by turns. */
async function seen(context: BrowserContext, name: string, { address, purpose }: { address: string; purpose: Purpose }) {
  const figures: Record<string, Figure> = {}
  const runs: Record<'cold' | 'warm', Seen[]> = { cold: [], warm: [] }
  for (let run = 0; run < RUNS; run += 1) {
    for (const kind of ['cold', 'warm'] as const) {
      const page = await context.newPage()
      runs[kind].push(await seePage(page, address, { purpose, cold: kind === 'cold' }))
      await page.close()
    }
  }
  for (const kind of ['cold', 'warm'] as const) {
    const each = (of: (run: Seen) => number) => runs[kind].map(of)
    const both = (of: (run: Seen) => number) => `${whole(percentile(each(of), 0.5))} (${whole(Math.max(...each(of)))})`
    const shifts = each(({ shift }) => shift)
    say(
      `${name}, ${kind}: first paint ${both((run) => run.firstPaint)}, ready ${both((run) => run.ready)}, blocked ${both((run) => run.blocked)}, of it since the first paint ${both((run) => run.blockedAfterPaint)}, longest task ${both((run) => run.longest)} ms; shift ${percentile(shifts, 0.5).toFixed(4)} (${Math.max(...shifts).toFixed(4)}); ${whole(
        percentile(
          each(({ bytes }) => bytes),
          0.5,
        ),
      )} KB`,
    )
    const worst = (of: (run: Seen) => number) => Math.max(...each(of))
    figures[`page.7 ${name}, ${kind}: first contentful paint`] = atMost(
      worst((run) => run.firstPaint),
      'ms',
      1_200,
    )
    figures[`page.7 ${name}, ${kind}: main thread blocked`] = atMost(
      worst((run) => run.blocked),
      'ms',
      200,
    )
    const shift = Math.max(...shifts)
    figures[`page.7 ${name}, ${kind}: layout shift`] = {
      value: Math.round(shift * 10_000) / 10_000,
      unit: '',
      bar: 0.02,
      pass: shift <= 0.02,
    }
  }
  return figures
}

const product = await startProduct()
const options = await browserLaunchOptions()
// The course's frame is slowed down with the course: in a process of its own it would not be.
const browser = await chromium.launch({ ...options, args: [...options.args, '--disable-site-isolation-trials'] })
const figures: Record<string, Figure> = {}
const prompt = { selector: '.xterm-rows', text: '[$#]\\s*$' }
try {
  Object.assign(figures, await weights(browser, product))
  say(`Median (worst) of ${RUNS} runs, processor ${SLOWER} times as slow:`)
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const [ada, mira] = [await ownWindow(context, product.course, 'ada'), await ownWindow(context, product.course, 'mira')]
  await noteEverywhere(context)
  const heading = { selector: 'h1', text: '.' }
  const pages: Record<string, { address: string; purpose: Purpose }> = {
    lab: { address: ada, purpose: prompt },
    'lab in its course': { address: `${product.course}/as/ada/lab/two-machines`, purpose: { ...prompt, path: '/l/' } },
    course: { address: `${product.course}/as/ada`, purpose: heading },
    class: { address: `${mira}/class`, purpose: { selector: 'tbody tr', text: 'Ada' } },
    'signed out': { address: `${product.origin}/operator`, purpose: heading },
    'sign in': { address: product.signIn, purpose: { selector: 'button', text: 'Sign in' } },
  }
  for (const [name, page] of Object.entries(pages)) Object.assign(figures, await seen(context, name, page))
} finally {
  await browser.close()
  await product.stop()
}
report('page', figures)
