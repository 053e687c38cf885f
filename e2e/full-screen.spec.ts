import { createServer } from 'node:http'
import { expect, type FrameLocator, type Page, test } from '@playwright/test'
import { picture, themes, violations, widths } from './look.ts'
import { type OpenStage, openStage, show } from './stage.ts'
import { deadline, stageViews, view } from './stage-views.ts'

/*
 * The whole screen for the page, for all terminals or for one, on a stage: in a window of its own and in the frame of a course.
 */

let stage: OpenStage
/** A page of another origin, to have ours in its frame. */
const course = { html: '', origin: '' }
const courseServer = createServer((_, response) => void response.setHeader('content-type', 'text/html').end(course.html))

test.beforeAll(async () => {
  stage = await openStage()
  await new Promise<void>((done) => courseServer.listen(0, '127.0.0.1', done))
  const address = courseServer.address()
  course.origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
})

test.afterAll(async () => {
  await stage.close()
  courseServer.closeAllConnections()
  await new Promise((done) => courseServer.close(done))
})

const ready = () => ({ view: view({ deadline: deadline(30 * 60_000) }) })

test.beforeEach(async ({ page }) => {
  await page.goto(stage.origin)
  await page.waitForFunction(() => 'stage' in window)
  await show(page, ready())
})

const fills = (page: Page) => page.evaluate(() => document.fullscreenElement === document.documentElement)
const choose = async (page: Page | FrameLocator, menu: string, item: string) => {
  await page.getByRole('button', { name: menu, exact: true }).first().click()
  await page.getByRole('menuitem', { name: item, exact: true }).click()
}
const terminal = (page: Page, host = 'node1') => page.getByRole('textbox', { name: `Terminal on ${host}` })
const leave = (page: Page) => page.getByRole('button', { name: 'Leave full screen' })
const bar = (page: Page) => page.getByRole('banner')

test('the page takes the whole screen as it is, and gives it back where it says so', async ({ page }) => {
  await choose(page, 'Lab menu', 'Full screen')
  await expect.poll(() => fills(page)).toBe(true)
  await expect(page.getByRole('region', { name: 'Guide', exact: true })).toBeVisible()
  await expect(leave(page)).toHaveCount(1)
  expect(await violations(page)).toEqual([])
  await leave(page).click()
  await expect.poll(() => fills(page)).toBe(false)
  await expect(leave(page)).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Lab menu' })).toBeFocused()
})

test('the terminals take it alone, with the cursor in them and Escape for their programs; F6 leads to the way out', async ({ page }) => {
  await page.getByRole('button', { name: 'All terminals in full screen' }).click()
  await expect.poll(() => fills(page)).toBe(true)
  await expect(page.getByRole('region', { name: 'Guide', exact: true })).toBeHidden()
  await expect(bar(page)).toHaveCount(0)
  await expect(terminal(page)).toBeFocused()
  await expect(page.getByRole('status').filter({ hasText: 'Hold Esc to leave' })).toHaveCount(1)
  await page.evaluate(() => {
    const told = window as unknown as { escapes: number }
    told.escapes = 0
    document.activeElement?.addEventListener(
      'keydown',
      (event) => (told.escapes += event instanceof KeyboardEvent && event.key === 'Escape' ? 1 : 0),
    )
  })
  await page.keyboard.press('Escape')
  expect(await page.evaluate(() => (window as unknown as { escapes: number }).escapes)).toBe(1)
  expect(await fills(page)).toBe(true)
  await page.keyboard.press('F6')
  await expect(leave(page)).toBeFocused()
  await page.keyboard.press('F6')
  await expect(terminal(page)).toBeFocused()
  await page.keyboard.press('Shift+F6')
  await expect(leave(page)).toBeFocused()
  await page.keyboard.press('Enter')
  await expect.poll(() => fills(page)).toBe(false)
  await expect(page.getByRole('region', { name: 'Guide', exact: true })).toBeVisible()
  await expect(terminal(page)).toBeFocused()
})

test('one of several terminals takes it, the others are behind its tabs, and all are where they were afterwards', async ({ page }) => {
  await choose(page, 'Terminals', 'Put beside')
  const places = async () => Promise.all(['node1', 'node2'].map((host) => terminal(page, host).boundingBox()))
  const before = await places()
  await page.getByRole('button', { name: 'This terminal in full screen' }).nth(1).click()
  await expect.poll(() => fills(page)).toBe(true)
  await expect(page.getByRole('tablist')).toHaveCount(1)
  const [first = '', second] = await page.getByRole('tab').allTextContents()
  await expect(terminal(page, second)).toBeFocused()
  await page.keyboard.press('Alt+1')
  await expect(terminal(page, first)).toBeFocused()
  await choose(page, 'Terminals', 'All terminals in full screen')
  await expect(page.getByRole('tablist')).toHaveCount(2)
  await choose(page, 'Terminals', 'Leave full screen')
  await expect.poll(() => fills(page)).toBe(false)
  await expect.poll(places).toEqual(before)
})

test('what has to be seen is seen there too: a warning, machines that fall asleep, and still the way out', async ({ page }) => {
  await choose(page, 'Terminals', 'All terminals in full screen')
  await expect(bar(page)).toHaveCount(0)
  await show(page, { view: view({ deadline: deadline(114_000) }) })
  await expect(page.getByRole('region', { name: 'About to fall asleep' })).toBeVisible()
  await show(page, stageViews.asleep?.() ?? {})
  await expect(page.getByRole('button', { name: 'Wake up' })).toBeVisible()
  await expect(leave(page)).toBeVisible()
  await leave(page).click()
  await expect.poll(() => fills(page)).toBe(false)
})

test('without a lock of the keyboard it is said that Escape leaves; nothing of it is remembered', async ({ page }) => {
  await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'keyboard'))
  await page.reload()
  await page.waitForFunction(() => 'stage' in window)
  await show(page, ready())
  await choose(page, 'Terminals', 'All terminals in full screen')
  await expect(leave(page)).toHaveAccessibleDescription('Esc leaves; programs get it as Ctrl [')
  await page.evaluate(() => document.exitFullscreen())
  await expect(bar(page)).toBeVisible()
  await choose(page, 'Lab menu', 'Full screen')
  await expect(page.getByRole('region', { name: 'Guide', exact: true })).toBeVisible()
})

/** The page inside a course's. */
async function framed(page: Page, rights: string): Promise<FrameLocator> {
  const html = `<!doctype html><title>A course</title><iframe title="Lab" src="${stage.origin}" allow="${rights}" style="width:100%;height:700px"></iframe>`
  course.html = html
  await page.goto(course.origin)
  const frame = await (await page.locator('iframe').elementHandle())?.contentFrame()
  await frame?.waitForFunction(() => 'stage' in window)
  await frame?.evaluate((told) => (window as unknown as { stage: { show(props: unknown): void } }).stage.show(told), ready())
  return page.frameLocator('iframe')
}

test('in a frame it is offered where the course allows it, and only there', async ({ page }) => {
  const refused = await framed(page, '')
  await refused.getByRole('button', { name: 'Lab menu' }).click()
  await expect(refused.getByRole('menuitem', { name: 'Open in its own window' })).toBeVisible()
  await expect(refused.getByRole('menuitem', { name: 'Full screen' })).toHaveCount(0)
  await expect(refused.getByRole('button', { name: /full screen/ })).toHaveCount(0)
  const allowed = await framed(page, 'fullscreen')
  await choose(allowed, 'Terminals', 'All terminals in full screen')
  await expect.poll(() => page.evaluate(() => document.fullscreenElement?.tagName)).toBe('IFRAME')
  await expect(allowed.getByRole('textbox', { name: 'Terminal on node1' })).toBeFocused()
  const out = allowed.getByRole('button', { name: 'Leave full screen' })
  await expect(out).toHaveAccessibleDescription('Esc leaves; programs get it as Ctrl [')
  await out.click()
  await expect.poll(() => page.evaluate(() => document.fullscreenElement)).toBe(null)
})

test('it stands in nobody’s way at any width, by day and by night', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  for (const width of widths) {
    await page.setViewportSize({ width, height: 720 })
    if (width <= 640) await page.getByRole('button', { name: 'Machines', exact: true }).click()
    for (const [part, menu, item] of [
      ['page', 'Lab menu', 'Full screen'],
      ['terminals', 'Terminals', 'All terminals in full screen'],
    ] as const) {
      await choose(page, menu, item)
      await expect(leave(page)).toBeVisible()
      for (const colorScheme of themes) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        expect(await violations(page)).toEqual([])
        await picture(page, `full screen ${part}`)
      }
      await leave(page).click()
      await expect.poll(() => fills(page)).toBe(false)
    }
  }
})
