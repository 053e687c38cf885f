import { setTimeout as delay } from 'node:timers/promises'
import { chromium, type Frame, type Page } from '@playwright/test'
import { browserLaunchOptions } from '../e2e/browser.mjs'
import { enterCourse, type Learner, openLab, proveShell } from '../e2e/people.ts'
import { startProduct } from '../e2e/product.ts'
import { type Arrival, countFrames, noteArrival, watchKeys } from './painted.ts'
import { atMost, type Figure, percentile, report } from './report.ts'

/*
 * Bars 2 and 5 of "The terminal and the page", in Chromium: from a key to its painted glyph, alone and beside a flood in the split next
 * to it; frames a second meanwhile; and from the moment a late page dials its terminal until the screen is painted.
 *
 *   npm run bench -- paint [keys]
 */

process.env.BROWSER_FROM ??= 'registry'
const KEYS = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 120)
const KEY_EVERY_MS = 110
const ARRIVALS = 20

const floods = {
  'one line': "yes 'the quick brown fox jumps over the lazy dog and goes home'",
  colours:
    'while :; do for c in 31 32 33 34 35 36; do printf \'\\033[%dm%s \\033[1mbold\\033[0m %s\\n\' $c $RANDOM$RANDOM "$PWD"; done; done',
}

const product = await startProduct()
const browser = await chromium.launch(await browserLaunchOptions())
const figures: Record<string, Figure> = {}
const say = (words: string) => void process.stdout.write(`${words}\n`)

async function frameOf(page: Page): Promise<Frame> {
  const frame = await (await page.locator('iframe').elementHandle())?.contentFrame()
  if (!frame) throw new Error('the course shows no frame')
  return frame
}

/** Types single letters at the prompt of node1. @returns ms from each key to the frame in which its letter was painted */
async function typeKeys(page: Page, frame: Frame, count: number): Promise<number[]> {
  await focus(frame, 'node1')
  await watchKeys(frame, 'node1')
  for (let sent = 0; sent < count; sent++) {
    if (sent > 0 && sent % 60 === 0) {
      await page.keyboard.press('Control+u')
      await delay(500)
    }
    await page.keyboard.press('q')
    await delay(KEY_EVERY_MS)
  }
  await delay(500)
  const took = await frame.evaluate(() => (window as unknown as { keysTook: number[] }).keysTook)
  await page.keyboard.press('Control+u')
  // Letters that go away in the frame in which the next one comes would hide it.
  await delay(500)
  if (took.length < count * 0.95) throw new Error(`${took.length} of ${count} letters were seen painted`)
  return took
}

const focus = (frame: Frame, host: string) =>
  frame.getByRole('tabpanel', { name: host, exact: true }).locator('.xterm-helper-textarea').focus()

const shows = (frame: Frame, host: string, text: string) =>
  frame.getByRole('tabpanel', { name: host, exact: true }).locator('.xterm-rows', { hasText: text }).waitFor({ timeout: 30_000 })

function note(name: string, samples: number[], bar: number): void {
  say(
    `${name}: p50 ${percentile(samples, 0.5).toFixed(1)}, p95 ${percentile(samples, 0.95).toFixed(1)}, longest ${Math.max(...samples).toFixed(1)} ms of ${samples.length}`,
  )
  figures[name] = atMost(percentile(samples, 0.95), 'ms', bar)
}

async function keysAndFlood({ page, lab }: Learner, frame: Frame): Promise<void> {
  await lab.getByRole('tab', { name: 'node2' }).click()
  await lab.getByRole('button', { name: 'Terminals', exact: true }).first().click()
  await lab.getByRole('menuitem', { name: 'Put below' }).click()
  await typeKeys(page, frame, 40)
  note('paint.2 key to glyph p95', await typeKeys(page, frame, KEYS), 40)
  for (const [name, command] of Object.entries(floods)) {
    await focus(frame, 'node2')
    await page.keyboard.type(`${command}\n`)
    await delay(1_500)
    const stopCounting = await countFrames(frame)
    const took = await typeKeys(page, frame, KEYS)
    const perSecond = await stopCounting()
    note(`paint.2 key to glyph beside a flood (${name}) p95`, took, 80)
    say(`  ${perSecond.toFixed(1)} frames a second`)
    figures[`paint.2 frames in a flood (${name})`] = { value: Math.round(perSecond * 10) / 10, unit: '1/s', bar: 30, pass: perSecond >= 30 }
    await focus(frame, 'node2')
    await page.keyboard.press('Control+c')
    await page.keyboard.type('clear; echo calm-$((40+2))\n')
    await shows(frame, 'node2', 'calm-42')
  }
}

/** What a late page finds: how it is made, and a text that is on the screen once that is painted whole. */
const arrivals = [
  { name: '256 KB tail', make: 'clear; seq 1 60000; echo tail-$((40+2))\n', text: 'tail-42', leave: '' },
  // Fewer lines than a terminal keeps: nothing of it may be left out.
  { name: '256 KB tail of long lines', make: "clear; seq -f '%070.0f' 1 8000; echo tail-$((40+3))\n", text: 'tail-43', leave: '' },
  { name: 'full-screen program', make: 'clear; seq 3000 > n; vim -u NONE -N n 2>/dev/null || less n\n', text: '2999', leave: ':q!\n' },
]

async function lateArrivals(learner: Learner, frame: Frame): Promise<void> {
  for (const { name, make, text, leave } of arrivals) {
    await focus(frame, 'node1')
    await learner.page.keyboard.type(make)
    await delay(1_500)
    if (leave) await learner.page.keyboard.type('G')
    await shows(frame, 'node1', text)
    const took: Arrival[] = []
    for (let turn = 0; turn < ARRIVALS; turn++) {
      const page = await learner.page.context().newPage()
      const arrived = noteArrival(page, 'node1', text)
      await page.goto(learner.page.url())
      took.push(await arrived)
      await page.close()
    }
    note(
      `paint.5 ${name}, dialled to painted p95`,
      took.map(({ dialled }) => dialled),
      100,
    )
    const opened = took.map(({ opened }) => opened)
    say(
      `  from opening the page, launch and code included: p50 ${percentile(opened, 0.5).toFixed(0)}, longest ${Math.max(...opened).toFixed(0)} ms`,
    )
    if (leave) await learner.page.keyboard.type(leave)
    await delay(500)
  }
}

try {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  // The compiler's own word for naming functions, which pages do not know.
  await context.addInitScript('globalThis.__name = (it) => it')
  const learner = await openLab(await enterCourse(context, product.course, 'ada'))
  await proveShell(learner, 'node1')
  await proveShell(learner, 'node2')
  const frame = await frameOf(learner.page)
  await keysAndFlood(learner, frame)
  await lateArrivals(learner, frame)
} finally {
  await browser.close()
  await product.stop()
}
report('paint', figures)
