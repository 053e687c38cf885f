import { setTimeout as delay } from 'node:timers/promises'
import type { Browser, Locator, Page } from '@playwright/test'
import { terminalEn } from '../components/messages/en-terminal.ts'
import type { Classmate } from './classmates.ts'
import { lastLetter, owned, type Seat, type Where } from './cut-seats.ts'
import { counterCommand, endsRow, keyAt, type Pace, putCounter, readRow, type Shown, typedRows } from './numbered.ts'
import { until } from './troupe.ts'

/*
 * Somebody before a real page in Chromium, with two terminals beside each other: numbered lines and keys in one, a program that has the
 * whole screen in the other. What counts is what is on the page: its words about the connection, and all that can be scrolled back to.
 */

export type PageSeat = Seat & {
  /** The rows that the full-screen program shows. */
  fullScreen: () => Promise<string>
}

const KEY_EVERY_MS = 60
const LIMIT_MS = 30_000
/** So long nothing changes on a screen that is taken to be painted. */
const STILL_MS = 300
/** No quicker than it can be read, so that a phase fits into what a terminal keeps. */
const pace: Pace = { secondsBetween: 0.1, linesAtOnce: 0 }

type Noted = { cutKeys: boolean[] }

export async function openPageSeat(browser: Browser, classmate: Classmate, where: Where): Promise<PageSeat> {
  const name = 'page'
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  // The compiler's own word for naming functions, which pages do not know.
  await context.addInitScript('globalThis.__name = (it) => it')
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: classmate.origin })
  // A cookie of one host (`__Host-`) can only be put there as if by TLS; on this address browsers send it without.
  const url = classmate.origin.replace('http:', 'https:')
  const cookies = classmate.browser.cookies(classmate.origin)
  await context.addCookies(cookies.map(({ name, value }) => ({ name, value, url, secure: true, sameSite: 'None' })))
  const page = await context.newPage()
  await page.goto(`${classmate.origin}/l/${classmate.launch}`)
  const panel = (host: string) => page.getByRole('tabpanel', { name: host, exact: true })
  const rows = (host: string) => panel(host).locator('.xterm-rows')
  const counting = panel(where.host)
  const text = (host: string) => rows(host).evaluate((element) => [...element.children].map((row) => row.textContent ?? '').join('\n'))
  const atPrompt = (host: string) => until(async () => /[$#]\s*$/.test(await text(host)), LIMIT_MS)
  const focus = (host: string) => panel(host).locator('.xterm-helper-textarea').focus()
  putCounter(where.disk)

  // A page that shows a prompt is one that can be clicked.
  await atPrompt(where.host)
  await page.getByRole('tab', { name: 'node2' }).click()
  await page.getByRole('button', { name: 'Terminals', exact: true }).first().click()
  await page.getByRole('menuitem', { name: 'Put below' }).click()
  await atPrompt('node2')
  await focus('node2')
  await page.keyboard.type('seq -f "a full screen, row %g" 1 500 >rows; less rows\n')
  if ((await until(async () => (await text('node2')).includes('row 12'), LIMIT_MS)) >= LIMIT_MS) throw new Error('no full screen')

  let run = ''
  let typing = false
  let typist = Promise.resolve()
  let pressed = 0
  const isLive = async () => !isCut(await words(counting))
  return {
    name,
    where,
    owns: owned(classmate),
    async begin(what) {
      await atPrompt(where.host)
      run = what
      pressed = 0
      await focus(where.host)
      await page.keyboard.type(counterCommand(run, pace))
      const counts = async () => new RegExp(`run ${run}\\s[^]*\\d{6}`).test(await text(where.host))
      if ((await until(counts, LIMIT_MS)) >= LIMIT_MS) throw new Error('nothing is printed in the page')
      await noteKeys(counting)
      typing = true
      typist = (async () => {
        while (typing || !endsRow(pressed - 1)) {
          const key = keyAt(pressed++)
          await page.keyboard.press(key === '\n' ? 'Enter' : key)
          await delay(KEY_EVERY_MS)
        }
      })()
    },
    newest: async () => lastNumber(await text(where.host)),
    isLive,
    describe: async () => JSON.stringify({ words: await words(counting), screen: await text(where.host) }),
    async end() {
      typing = false
      await typist
      await until(async () => typedRows(where.disk, run).trimEnd().endsWith(lastLetter(pressed)), 5_000)
      const keys = await counting.evaluate(() => (window as unknown as Noted).cutKeys)
      if (keys.length !== pressed) throw new Error(`${pressed} keys were pressed, ${keys.length} were seen by the page`)
      await page.keyboard.press('Control+c')
      await atPrompt(where.host)
      await page.keyboard.type('stty echo\n')
      return { shown: readTranscript(await transcript(page, counting), run), keys, refused: 0, rows: typedRows(where.disk, run), notes: [] }
    },
    async fullScreen() {
      // A line about the connection takes rows of it, until it goes by itself: somebody types in the other one, and nobody clicks here.
      await until(async () => (await words(panel('node2'))) === '', LIMIT_MS)
      // Its last row is the program's own, which says something else when it paints again.
      const rows = async () => (await text('node2')).split('\n').filter((row) => row.startsWith('a full screen'))
      let seen = await rows()
      // The program learns of the rows that are its again, and paints them.
      for (let before = -1; seen.length !== before; seen = await rows()) {
        before = seen.length
        await delay(STILL_MS)
      }
      return seen.join('\n')
    },
    async close() {
      typing = false
      await typist.catch(() => {})
      await context.close()
    },
  }
}

/** The words about the connection, above the terminal; '' where nothing is said. */
async function words(panel: Locator): Promise<string> {
  return panel.evaluate((element) => element.querySelector('[role="status"]:not(.sr-only)')?.textContent ?? '')
}

const away = terminalEn.machineAway.replace('{host}', '')
const isCut = (said: string) => said.startsWith(terminalEn.lost) || said.includes(away)

/** From now on notes for each key whether the page said that the connection is cut when it was pressed. */
async function noteKeys(panel: Locator): Promise<void> {
  await panel.evaluate(
    (element, said) => {
      const page = window as unknown as Noted & { cutEnd?: AbortController }
      page.cutEnd?.abort()
      const end = new AbortController()
      page.cutEnd = end
      page.cutKeys = []
      const note = () => {
        const text = element.querySelector('[role="status"]:not(.sr-only)')?.textContent ?? ''
        page.cutKeys.push(said.some((part) => text.includes(part)))
      }
      element.addEventListener('keydown', (event) => (event as KeyboardEvent).key === 'Shift' || note(), {
        capture: true,
        signal: end.signal,
      })
    },
    [terminalEn.lost, away],
  )
}

const lastNumber = (text: string) => Number(text.split('\n').findLast((row) => /^\d{6}\s*$/.test(row)) ?? 0)

/** All that the terminal shows and has above, by its own menu. */
async function transcript(page: Page, panel: Locator): Promise<string> {
  const ask = async (item: string | RegExp) => {
    await panel.locator('.xterm-screen').click({ button: 'right', position: { x: 40, y: 30 } })
    await page.getByRole('menuitem', { name: item }).click()
  }
  await page.evaluate(() => navigator.clipboard.writeText(''))
  await ask('Select all')
  await ask(/^Copy/)
  let text = ''
  await until(async () => {
    text = await page.evaluate(() => navigator.clipboard.readText())
    return text !== ''
  }, 5_000)
  return text
}

function readTranscript(text: string, run: string): Shown[] {
  const all = text.split('\n').map((row) => row.trim())
  const from = all.lastIndexOf(`run ${run}`)
  if (from < 0)
    throw new Error(`the beginning is not there any more, of ${all.length} rows: ${JSON.stringify([all.slice(0, 3), all.slice(-60)])}`)
  const end = all.findIndex((row, index) => index > from && /^debian@|\^C/.test(row))
  return all.slice(from + 1, end < 0 ? undefined : end).flatMap((row): Shown[] => {
    if (row === terminalEn.gap) return [{ kind: 'gap' }]
    const what = readRow(row)
    return what ? [what] : []
  })
}
