import { type Browser, expect, type Page, test } from '@playwright/test'
import { overflow, picture, violations, widths } from './look.ts'
import { type OpenStage, openStage, type Stage, type StageProps, show } from './stage.ts'
import { deadline, moving, stageHistory, stageViews, view } from './stage-views.ts'

/*
 * The lab page in every state that has to do with time, alone on a stage: what it says, what it asks for, where the cursor is.
 */

let stage: OpenStage

test.beforeAll(async () => {
  stage = await openStage()
})

test.afterAll(async () => {
  await stage.close()
})

/** The page on the stage, and what it has sent. */
async function open(page: Page, props: Partial<StageProps> = {}): Promise<{ sent: string[] }> {
  const sent: string[] = []
  await page.route('**/l/stage/*', async (route) => {
    const name = new URL(route.request().url()).pathname.replace('/l/stage/', '')
    sent.push(name)
    await (name === 'history' ? route.fulfill({ json: stageHistory() }) : route.fulfill({ status: 202, json: {} }))
  })
  await page.goto(stage.origin)
  await page.waitForFunction(() => 'stage' in window)
  await show(page, props)
  return { sent }
}

const heres = (page: Page) => page.evaluate(() => (window as unknown as { stage: Stage }).stage.heres.length)
const terminal = (page: Page, host = 'node1') => page.getByRole('textbox', { name: `Terminal on ${host}` })
const card = (page: Page) => page.getByRole('region', { name: 'About to fall asleep' })
const said = (page: Page) => page.locator('.page-frame > [role="status"]').first()
const MINUTE = 60_000
const warned = (more: Parameters<typeof deadline>[1] = {}) => ({ view: view({ deadline: deadline(114_000, more) }) })
const calm = () => ({ view: view({ deadline: deadline(30 * MINUTE) }) })

async function problems(page: Page): Promise<string[]> {
  const over = await overflow(page)
  return [...(await violations(page)), ...(over > 0 ? [`larger than the window by ${over} px`] : [])]
}

/** What is told of one state alone. */
const only = (told: StageProps): StageProps => ({ lostAt: null, signedOut: false, noMachines: null, ...told })

for (const width of widths) {
  test(`no state stands in the way of a screen reader or runs out of a window of ${width}, by day and by night`, async ({ page }) => {
    test.setTimeout(180_000)
    await page.setViewportSize({ width, height: 720 })
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
    await open(page)
    if (width <= 640) await page.getByRole('button', { name: 'Machines', exact: true }).click()
    for (const [name, told] of Object.entries(stageViews)) {
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
      await show(page, only(told()))
      const day = await problems(page)
      await picture(page, `lab ${name}`)
      // By night everything is where it was; only the colours are others.
      await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
      const night = await violations(page, { contrastOnly: true })
      await picture(page, `lab ${name}`)
      expect({ name, day, night }).toEqual({ name, day: [], night: [] })
    }
  })
}

test('several notices wait their turn: the most important first, how many there are, and what can be sent away', async ({ page }) => {
  await open(page, { ...stageViews['several notices']?.() })
  const shown = page.getByRole('status').filter({ hasText: /to remove|lost|clock/ })
  await expect(shown).toContainText('to remove')
  await page.getByRole('button', { name: '1 of 3: the next message' }).focus()
  await page.keyboard.press('Enter')
  await expect(shown).toContainText('Connection lost')
  await expect(page.getByRole('button', { name: 'Hide this message' })).toHaveCount(0)
  await page.keyboard.press('Enter')
  await expect(shown).toContainText('the clock of one is wrong')
  await page.getByRole('button', { name: 'Hide this message' }).click()
  await expect(shown).toContainText('to remove')
  await expect(page.getByRole('button', { name: '1 of 2: the next message' })).toBeVisible()
  await show(page, { lostAt: null })
  await expect(page.getByRole('button', { name: /next message/ })).toHaveCount(0)
  await page.getByRole('button', { name: 'Hide this message' }).click()
  await expect(shown).toHaveCount(0)
})

test('at a width of 320 pixels nothing runs out of the window, and every button can be pressed', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 568 })
  await open(page)
  await page.getByRole('button', { name: 'Machines', exact: true }).click()
  for (const [name, told] of Object.entries(stageViews)) {
    await show(page, only(told()))
    expect({ name, over: await overflow(page) }).toEqual({ name, over: 0 })
    for (const button of await page.locator('#warning button, #cover button').all()) await button.click({ trial: true })
  }
})

test('a warning counts down in the title, in the bar and in the head line of the terminals, by the server’s clock', async ({ page }) => {
  await open(page)
  await show(page, { skewMs: 3 * 60 * MINUTE, view: view({ deadline: deadline(3 * 60 * MINUTE + 65_000) }) })
  await expect(page).toHaveTitle(/^Asleep in 1:0[3-5] · Two machines$/)
  await expect(page).toHaveTitle(/^Asleep in 1:0[0-2] · Two machines$/)
  await expect(page.getByRole('region', { name: 'State of your machines' })).toContainText(/Asleep in 1:0\d|Asleep in 0:59/)
  await expect(page.locator('#machines').getByText(/^Asleep in [01]:\d\d$/)).toBeVisible()
  await expect(said(page)).toHaveText(/Your machines fall asleep in about 1 min/)
})

test('a warning that begins leaves the cursor in the terminal; the next key is told at once and takes it back', async ({ page }) => {
  await open(page, calm())
  await terminal(page).focus()
  await page.keyboard.type('ls')
  expect(await heres(page)).toBe(1)
  await show(page, warned())
  await expect(card(page)).toBeVisible()
  await expect(terminal(page)).toBeFocused()
  await page.keyboard.type(' -l')
  expect(await heres(page)).toBe(2)
  await show(page, calm())
  await expect(card(page)).toBeHidden()
  await expect(page).toHaveTitle('Ready · Two machines')
  await expect(said(page)).toHaveText('Your machines stay awake.')
  await expect(terminal(page)).toHaveValue(/^ls -l/)
})

test('whoever moves the mouse towards a button of the warning still finds it there', async ({ page }) => {
  const { sent } = await open(page, warned())
  await page.mouse.move(300, 600)
  await page.mouse.move(310, 590)
  expect(await heres(page)).toBe(1)
  const places = () => Promise.all(['Sleep now', 'I am here'].map((name) => card(page).getByRole('button', { name }).boundingBox()))
  await card(page).evaluate((element) => Promise.all(element.getAnimations().map(({ finished }) => finished)))
  const before = await places()
  await show(page, calm())
  await expect(card(page)).toContainText('You are here')
  expect(await places()).toEqual(before)
  await card(page).getByRole('button', { name: 'Sleep now' }).click()
  await expect.poll(() => sent).toEqual(['sleep'])
  await show(page, { view: moving('suspending', 0) })
  await expect(card(page)).toBeHidden()
})

test('a page that moves under a resting pointer, and a script, are nobody’s deeds', async ({ page }) => {
  await open(page, calm())
  await page.mouse.move(300, 600)
  await page.evaluate(() => window.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', bubbles: true })))
  await page.mouse.move(300, 600)
  expect(await heres(page)).toBe(0)
  await page.mouse.move(301, 600)
  expect(await heres(page)).toBe(1)
})

test('what is done in a page that cannot be seen does not count', async ({ page }) => {
  await open(page, calm())
  await page.evaluate(() => Object.defineProperty(document, 'visibilityState', { get: () => 'hidden', configurable: true }))
  await page.keyboard.press('a')
  expect(await heres(page)).toBe(0)
  await page.evaluate(() => Reflect.deleteProperty(document, 'visibilityState'))
  await page.keyboard.press('a')
  expect(await heres(page)).toBe(1)
})

test('by keyboard alone: from the terminal to the warning, "I am here", and back to where the cursor was', async ({ page }) => {
  await open(page, warned())
  await terminal(page).focus()
  await page.keyboard.press('F6')
  await expect(card(page).getByRole('button', { name: 'Sleep now' })).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(card(page).getByRole('button', { name: '30 min more 2 left' })).toBeFocused()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  expect(await heres(page)).toBeGreaterThan(0)
  await show(page, calm())
  await expect(card(page)).toBeHidden()
  await expect(terminal(page)).toBeFocused()
})

test('at the end of a sitting a key changes nothing; more time does, and it says how often still', async ({ page }) => {
  const { sent } = await open(page, warned({ why: 'limit' }))
  await terminal(page).focus()
  await page.keyboard.type('make')
  await expect(card(page)).toContainText('whatever is done in it')
  await expect(card(page).getByText('Any key')).toBeHidden()
  await card(page).getByRole('button', { name: '30 min more 2 left' }).click()
  await expect.poll(() => sent).toEqual(['extend'])
  await show(page, calm())
  await expect(card(page)).toBeHidden()
})

test('more time is offered from its moment on: before, it says when; without any, that there is none', async ({ page }) => {
  const later = new Date(Date.now() + 2_500).toISOString()
  await open(page, warned({ why: 'limit', extend: { byMs: 30 * MINUTE, left: 1, from: later } }))
  await expect(card(page)).toContainText(/30 min more can be had from \d\d:\d\d/)
  await expect(card(page).getByRole('button', { name: /30 min more/ })).toBeVisible()
  await show(page, warned({ why: 'limit', extend: null }))
  await expect(card(page)).toContainText('There is no more time in it')
  await expect(card(page).getByRole('button')).toHaveText(['Sleep now'])
})

test('where machines cannot pause it says that programs end, before and after', async ({ page }) => {
  await open(page, warned({ how: 'stop' }))
  await expect(card(page)).toContainText('Programs end when they fall asleep; your files stay')
  await show(page, { view: view({ phase: 'suspended', sleep: { how: 'stop', why: 'idle' }, actions: ['wake', 'reset'] }) })
  await expect(page.getByRole('list', { name: 'What is kept' })).toContainText('stopped; start them again')
})

test('through sleep the same terminals stay below, go on calling, and get the cursor back', async ({ page }) => {
  const { sent } = await open(page, calm())
  await terminal(page).focus()
  await page.keyboard.type('half a li')
  const sleep = { how: 'suspend', why: 'idle' } as const
  for (const phase of ['suspending', 'suspended'] as const) {
    await show(page, { view: view({ phase, sleep, actions: ['wake', 'reset'] }) })
    await expect(page.locator('#cover')).toBeFocused()
    await expect(page.locator('[data-reachable="true"]')).toHaveCount(2)
    await expect(page.locator('[data-visible="true"]')).toHaveCount(0)
  }
  await expect(page).toHaveTitle('Asleep · Two machines')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Wake up' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect.poll(() => sent).toEqual(['wake'])
  await show(page, { view: moving('resuming', 0, { sleep }) })
  await expect(page.getByRole('heading', { name: 'Picking up where you left off' })).toBeVisible()
  await show(page, calm())
  await expect(terminal(page)).toBeFocused()
  await expect(terminal(page)).toHaveValue(/^half a li/)
})

test('whoever comes while they sleep finds terminals that call nobody until they wake', async ({ page }) => {
  const sleep = { how: 'suspend', why: 'asked' } as const
  await open(page, { view: view({ phase: 'suspended', sleep, actions: ['wake', 'reset'] }) })
  await expect(page.locator('[data-reachable="false"]')).toHaveCount(2)
  await show(page, { view: moving('resuming', 0, { sleep }) })
  await expect(page.locator('[data-reachable="true"]')).toHaveCount(2)
})

test('the mark moves by the usual time, and what takes longer says so and goes on', async ({ page }) => {
  const estimate = { usualMs: 4_000, fromMs: 3_000, toMs: 5_000, runs: 9 }
  await open(page, { view: moving('resuming', 2_000, { estimate }) })
  const mark = page.getByRole('progressbar', { name: 'How far, by its usual time' })
  await expect(page.getByText('Usually about 4 s, between 3 s and 5 s.')).toBeVisible()
  await expect(mark).toHaveAttribute('aria-valuetext', 'About 1 s left')
  await expect(mark).toHaveAttribute('aria-valuetext', 'Longer than usual, still moving')
  expect(Number(await mark.getAttribute('aria-valuenow'))).toBeLessThan(100)
  await show(page, { view: moving('resuming', 2_000) })
  await expect(mark).toBeHidden()
  await expect(page.getByText('No estimate yet: this lab is new here.')).toBeVisible()
})

test('what happened is told from the menu, by day, and the cursor comes back', async ({ page }) => {
  await open(page, calm())
  await page.getByRole('button', { name: 'Lab menu' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: 'What happened' }).focus()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'What happened' })
  await expect(dialog.getByRole('heading', { level: 3 })).toHaveCount(3)
  await expect(dialog).toContainText('You woke them')
  await expect(dialog).toContainText('Stopped trying')
  expect(await problems(page)).toEqual([])
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await expect(page.getByRole('button', { name: 'Lab menu' })).toBeFocused()
})

test('a history that cannot be read says so and can be asked for again; an empty one says that', async ({ page }) => {
  await open(page, calm())
  let answers = 0
  await page.route('**/l/stage/history', (route) => {
    answers += 1
    return answers === 1 ? route.abort() : route.fulfill({ json: { events: [] } })
  })
  await page.getByRole('button', { name: 'Lab menu' }).click()
  await page.getByRole('menuitem', { name: 'What happened' }).click()
  const dialog = page.getByRole('dialog', { name: 'What happened' })
  await expect(dialog.getByRole('alert')).toContainText('could not be read')
  await dialog.getByRole('button', { name: 'Try again' }).click()
  await expect(dialog).toContainText('Nothing has happened yet.')
})

test('at rest the page sets no timer; while it warns, one a second', async ({ browser }) => {
  const counted = async (told: Partial<StageProps>) => {
    const page = await pageThatCounts(browser)
    await open(page, told)
    await page.waitForFunction(() => performance.now() > 1_500)
    const before = await page.evaluate(() => (window as unknown as { timers: number }).timers)
    await page.waitForFunction((at) => performance.now() > at, 4_500)
    const after = await page.evaluate(() => (window as unknown as { timers: number }).timers)
    await page.close()
    return after - before
  }
  expect(await counted(calm())).toBe(0)
  expect(await counted({ view: view({ phase: 'suspended', actions: ['wake'] }) })).toBe(0)
  expect(await counted(warned())).toBeLessThanOrEqual(4)
})

async function pageThatCounts(browser: Browser): Promise<Page> {
  const page = await browser.newPage()
  await page.addInitScript(() => {
    const counting = window as unknown as { timers: number }
    counting.timers = 0
    for (const name of ['setTimeout', 'setInterval'] as const) {
      const real = window[name].bind(window) as (...words: unknown[]) => number
      Object.assign(window, {
        [name]: (...words: unknown[]) => {
          counting.timers += 1
          return real(...words)
        },
      })
    }
  })
  return page
}
