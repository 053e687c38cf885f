import { expect, type Page, test } from '@playwright/test'
import { picture, violations } from './look.ts'
import { type OpenStage, openStage } from './stage.ts'
import { type StageGateway, startStageGateway } from './stage-gateway.ts'

/*
 * Terminals with shells behind them, but no machines and no page around them: what a tab tells, what is said of the connection, and what
 * screen readers and fingers get.
 */

let desk: OpenStage
let stage: StageGateway

test.beforeAll(async () => {
  desk = await openStage({ name: 'stage-desk' })
})

test.afterAll(async () => {
  await desk.close()
})

test.beforeEach(async ({ page }) => {
  stage = await startStageGateway(desk)
  await open(page)
})

test.afterEach(async ({ page }) => {
  await page.close()
  await stage.close()
})

async function open(page: Page): Promise<void> {
  await page.goto(stage.origin)
  await expect(rows(page)).toContainText(/[$#]\s*$/)
}

const pane = (page: Page, name = 'node1') => page.getByRole('tabpanel', { name, exact: true })
const rows = (page: Page) => pane(page).locator('.xterm-rows')
const tab = (page: Page, name: string) => page.getByRole('tab', { name })
const type = async (page: Page, text: string) => {
  await pane(page).locator('.xterm-helper-textarea').focus()
  await page.keyboard.type(text)
}

test('what happens out of sight is told by its tab until somebody looks', async ({ page }) => {
  // It goes on when there is a file, which the other shell makes: both are shells of the same computer.
  await type(page, "until [ -e ring ]; do sleep 0.1; done; printf '\\a'\n")
  await tab(page, 'node2').click()
  await expect(pane(page)).toBeHidden()
  await expect(pane(page, 'node2').locator('.xterm-rows')).toContainText(/[$#]\s*$/)
  await pane(page, 'node2').locator('.xterm-helper-textarea').focus()
  await page.keyboard.type('touch ring\n')
  await expect(tab(page, 'node1')).toHaveAttribute('title', /rang/)
  await picture(page, 'terminal rang')
  await tab(page, 'node1').click()
  await expect(tab(page, 'node1')).not.toHaveAttribute('title', /rang/)
})

test('a long way to the machine is told by the tab', async ({ page }) => {
  stage.delay(250)
  await pane(page).locator('.xterm-helper-textarea').focus()
  for (const seen of ['s', 'sl', 'slo', 'slow']) {
    await page.keyboard.type(seen.slice(-1))
    await expect(rows(page)).toContainText(seen)
  }
  await expect(tab(page, 'node1')).toContainText(/\d{3} ms/)
  await expect(tab(page, 'node1')).toHaveAttribute('title', /So long your keys take/)
  expect(await violations(page)).toEqual([])
  await picture(page, 'terminal far away')
})

test('what is cut says so and counts, and what is typed meanwhile arrives once', async ({ page }) => {
  await type(page, 'echo ke')
  await expect(rows(page)).toContainText('echo ke')
  stage.cut(true)
  const says = pane(page).getByRole('status').filter({ hasText: 'Connection lost' })
  await expect(says).toContainText(/Trying (again in \d+ s|now)/)
  expect(await violations(page)).toEqual([])
  await picture(page, 'terminal cut off')
  await type(page, 'pt-$((40 + 2))\n')
  // It comes back by itself, sooner or later: nobody has to press the button.
  await expect(pane(page).getByRole('button', { name: 'Try now' })).toBeVisible()
  stage.cut(false)
  await expect(pane(page).getByRole('status').filter({ hasText: 'Connected again. Nothing was lost.' })).toHaveCount(1)
  await expect(rows(page)).toContainText('kept-42')
  expect((await rows(page).textContent())?.match(/kept-42/g)).toHaveLength(1)
})

test('a connection that has died without a word is noticed by the next key, or when the network is another', async ({ page }) => {
  const back = pane(page).getByRole('status').filter({ hasText: 'Connected again. Nothing was lost.' })
  await type(page, 'echo here-$((40 + 2))\n')
  await expect(rows(page)).toContainText('here-42')
  stage.lose()
  await type(page, 'echo kept-$((40 + 2))\n')
  await expect(rows(page)).toContainText('kept-42', { timeout: 12_000 })
  await expect(back).toHaveCount(1)
  await expect(back).toHaveCount(0, { timeout: 20_000 })
  stage.lose()
  await page.evaluate(() => window.dispatchEvent(new Event('online')))
  await expect(back).toHaveCount(1, { timeout: 12_000 })
  await type(page, 'echo also-$((40 + 2))\n')
  await expect(rows(page)).toContainText('also-42')
  expect((await rows(page).textContent())?.match(/kept-42/g)).toHaveLength(1)
})

test('a late window shows the last lines at once, and what has scrolled away is there too, once', async ({ page, context }) => {
  await type(page, "seq -f '<%g>' 1 4000; printf '\\a'; echo late-$((40 + 2))\n")
  await expect(rows(page)).toContainText('late-42')
  const late = await context.newPage()
  // Once it is there, no frame is without it.
  await late.addInitScript(() => {
    const seen = { shown: 0, gone: 0 }
    Object.assign(window, { seen })
    // A message that is sent while a frame is made arrives after it: what is there then was painted.
    const { port1, port2 } = new MessageChannel()
    const look = () => port2.postMessage(null)
    port1.onmessage = () => {
      const isThere = document.querySelector('.xterm-rows')?.textContent?.includes('late-42') ?? false
      if (isThere) seen.shown++
      else if (seen.shown > 0) seen.gone++
      if (seen.shown < 60) requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
  await open(late)
  await late.waitForFunction(() => (window as unknown as { seen: { shown: number } }).seen.shown === 60)
  expect(await late.evaluate(() => (window as unknown as { seen: { gone: number } }).seen.gone)).toBe(0)
  // What rang before it came is no news.
  await expect(pane(late).locator('.flashing')).toHaveCount(0)
  await pane(late).locator('.xterm-helper-textarea').focus()
  await late.keyboard.press('Control+Shift+F')
  const search = late.getByRole('textbox', { name: 'Search in the terminal' })
  for (const line of ['<1>', '<3999>']) {
    await search.fill(line)
    await expect(rows(late)).toContainText(line)
    await expect(late.getByText('1 of 1')).toBeVisible()
  }
  await late.close()
})

test('for a screen reader the lines of the screen are in the accessibility tree, and what comes is said', async ({ page }) => {
  await page.getByRole('button', { name: 'Terminals', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Terminal settings' }).click()
  await page.getByRole('checkbox', { name: 'For screen readers' }).check()
  await page.keyboard.press('Escape')
  await type(page, 'echo said-$((6 * 7))\n')
  await expect(
    pane(page)
      .getByRole('listitem')
      .filter({ hasText: /^said-42/ }),
  ).toHaveCount(1)
  await expect(pane(page).locator('[aria-live="assertive"]')).toContainText('said-42')
  expect(await violations(page)).toEqual([])
})

test('the shell counts as many columns as the screen: a line is edited where it is seen', async ({ page, context }) => {
  const cdp = await context.newCDPSession(page)
  await type(page, 'echo ab')
  for (const text of ['🥲', '日', 'e\u0301']) await cdp.send('Input.insertText', { text })
  await type(page, 'cd')
  for (let letter = 0; letter < 5; letter++) await page.keyboard.press('ArrowLeft')
  await type(page, 'X')
  await expect(rows(page)).toContainText('echo abX🥲日e\u0301cd')
  await page.keyboard.press('Enter')
  await expect(
    rows(page)
      .locator('> div')
      .filter({ hasText: /^abX🥲日e\u0301cd/ }),
  ).toHaveCount(1)
})

test.describe('under a finger', () => {
  test.use({ viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true })

  test('the row of keys has what a phone’s keyboard lacks, and what is held goes with the next letter', async ({ page }) => {
    const keys = pane(page).getByRole('toolbar', { name: 'Keys' })
    const tap = (name: string) => keys.getByRole('button', { name, exact: true }).tap()
    await pane(page).locator('.xterm-screen').tap()
    await page.keyboard.type('sleep 1000\n')
    await tap('Ctrl')
    await expect(keys.getByRole('button', { name: 'Ctrl' })).toHaveAttribute('aria-pressed', 'true')
    await picture(page, 'terminal under a finger')
    await page.keyboard.type('c')
    await expect(rows(page)).toContainText('^C')
    await expect(keys.getByRole('button', { name: 'Ctrl' })).toHaveAttribute('aria-pressed', 'false')
    await page.keyboard.type('echo one-$((1 + 1))\n')
    await expect(rows(page)).toContainText('one-2')
    await tap('Up')
    await page.keyboard.type('; ls /us')
    await tap('Tab')
    await expect(rows(page)).toContainText('echo one-$((1 + 1)); ls /usr/')
    expect(await violations(page)).toEqual([])
  })
})
