import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'
import { type OpenStage, openStage, show } from './stage.ts'
import { deadline, view } from './stage-views.ts'

/*
 * The terminals' desk, alone on a stage: tabs, groups, dividers, what is remembered, and commands of the guide that run.
 */

let stage: OpenStage

test.beforeAll(async () => {
  stage = await openStage()
})

test.afterAll(async () => {
  await stage.close()
})

test.beforeEach(async ({ page }) => {
  await page.goto(stage.origin)
  await page.waitForFunction(() => 'stage' in window)
  await show(page, { view: view({ deadline: deadline(30 * 60_000) }) })
})

const tabs = (page: Page) => page.getByRole('tab').allTextContents()
const seen = (page: Page) => page.getByRole('tab', { selected: true }).allTextContents()
const menu = async (page: Page, item: string, group = 0) => {
  await page.getByRole('button', { name: 'Terminals', exact: true }).nth(group).click()
  await page.getByRole('menuitem', { name: item }).click()
}
const box = async (page: Page, name: string) => {
  const found = await page.getByRole('tabpanel', { name, exact: true }).boundingBox()
  if (!found) throw new Error(`${name} is not in sight`)
  return found
}
async function problems(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
}

test('a terminal is put below another, both are in sight, and the divider moves by keyboard', async ({ page }) => {
  await menu(page, 'Put below')
  expect(await seen(page)).toEqual(['node2', 'node1'])
  const [upper, lower] = [await box(page, 'node2'), await box(page, 'node1')]
  expect(lower.y).toBeGreaterThan(upper.y + upper.height)
  const divider = page.getByRole('separator', { name: 'Divide the terminals below each other' })
  await divider.focus()
  await page.keyboard.press('Shift+ArrowUp')
  await page.keyboard.press('ArrowUp')
  expect((await box(page, 'node1')).height).toBeCloseTo(lower.height + 80, 0)
  expect(await problems(page)).toEqual([])
})

test('the desk is as it was left when the page is opened again', async ({ page }) => {
  await menu(page, 'New terminal on node2')
  await menu(page, 'Put beside')
  expect(await seen(page)).toEqual(['node1', 'node2 (2)'])
  const before = await box(page, 'node2 (2)')
  await page.reload()
  await page.waitForFunction(() => 'stage' in window)
  await show(page, { view: view({ deadline: deadline(30 * 60_000) }) })
  expect(await tabs(page)).toEqual(['node1', 'node2', 'node2 (2)'])
  expect(await box(page, 'node2 (2)')).toEqual(before)
})

test('what is on a screen stays when its terminal moves to another group', async ({ page }) => {
  const field = page.getByRole('textbox', { name: 'Terminal on node1' })
  await field.fill('half a command')
  await menu(page, 'Put below')
  await expect(field).toHaveValue('half a command')
  await page.getByRole('tab', { name: 'node1' }).dragTo(page.getByRole('tab', { name: 'node2' }))
  await expect.poll(() => page.getByRole('tablist').count()).toBe(1)
  await expect(field).toHaveValue('half a command')
})

test('tabs by keyboard: arrows, Alt and a number from within a terminal, Delete', async ({ page }) => {
  await menu(page, 'New terminal on node1')
  await page.getByRole('tab', { name: 'node1 (2)' }).focus()
  await page.keyboard.press('Home')
  expect(await seen(page)).toEqual(['node1'])
  await page.keyboard.press('ArrowRight')
  expect(await seen(page)).toEqual(['node2'])
  await page.getByRole('textbox', { name: 'Terminal on node2' }).focus()
  await page.keyboard.press('Alt+3')
  await page.keyboard.type('at once')
  const third = page.getByRole('textbox', { name: 'Terminal 2 on node1' })
  await expect(third).toBeFocused()
  await expect(third).toHaveValue(/at once/)
  await page.getByRole('tab', { name: 'node1 (2)' }).focus()
  await page.keyboard.press('Delete')
  expect(await tabs(page)).toEqual(['node1', 'node2'])
})

test('Option and a number types what is on the key, where that is a character that shells need', async ({ page, context }) => {
  const cdp = await context.newCDPSession(page)
  const field = page.getByRole('textbox', { name: 'Terminal on node1' })
  await field.fill('')
  const key = { key: '[', code: 'Digit2', windowsVirtualKeyCode: 50, modifiers: 1 }
  await cdp.send('Input.dispatchKeyEvent', { type: 'keyDown', text: '[', ...key })
  await cdp.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key })
  await expect(field).toHaveValue('[')
  expect(await seen(page)).toEqual(['node1'])
})

test('a command of the guide runs on the machine that it is meant for, and that one comes into sight', async ({ page }) => {
  await page.keyboard.press('Alt+2')
  expect(await seen(page)).toEqual(['node2'])
  await page.getByRole('button', { name: 'Run on node1: ping -c 3 node2' }).click()
  await expect(page.getByRole('textbox', { name: 'Terminal on node1' })).toHaveValue(/ping -c 3 node2\n$/)
  expect(await seen(page)).toEqual(['node1'])
  await expect(page.getByRole('status').filter({ hasText: 'Sent to node1' })).toHaveCount(1)
})

test('on a phone all terminals are in one row, and a command that runs shows where', async ({ page }) => {
  await menu(page, 'Put below')
  await page.setViewportSize({ width: 390, height: 780 })
  await page.getByRole('button', { name: 'Guide', exact: true }).click()
  await page.getByRole('button', { name: 'Run on node1: ping -c 3 node2' }).click()
  await expect(page.getByRole('tablist')).toHaveCount(1)
  await expect(page.getByRole('textbox', { name: 'Terminal on node1' })).toBeVisible()
  expect(await problems(page)).toEqual([])
})

test('guide and machines are divided as somebody likes it, and that is remembered', async ({ page }) => {
  const divider = page.getByRole('separator', { name: 'Divide guide and machines' })
  const guide = () => page.locator('#guide').boundingBox()
  const before = await guide()
  await divider.focus()
  await page.keyboard.press('Shift+ArrowRight')
  const after = await guide()
  expect(after?.width).toBeCloseTo((before?.width ?? 0) + 64, 0)
  await page.reload()
  await page.waitForFunction(() => 'stage' in window)
  expect((await guide())?.width).toBeCloseTo(after?.width ?? 0, 0)
})

test('the guide goes on where somebody was, and is printed whole', async ({ page }) => {
  await page.getByRole('button', { name: /^Next: / }).click()
  await page.goto(stage.origin)
  await page.waitForFunction(() => 'stage' in window)
  await expect(page.getByRole('heading', { name: 'From one to the other' })).toBeVisible()
  await page.emulateMedia({ media: 'print' })
  await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')))
  await expect(page.getByRole('heading', { name: 'Two machines', level: 2 })).toBeVisible()
  await expect(page.getByRole('heading', { name: 'From one to the other' })).toBeVisible()
  await expect(page.locator('#machines')).toBeHidden()
})

test('terminals are set as somebody likes them, by keyboard, and that is remembered', async ({ page }) => {
  await menu(page, 'Terminal settings')
  const settings = page.getByRole('dialog', { name: 'Terminal settings' })
  await settings.getByRole('button', { name: 'Larger letters' }).press('Enter')
  await expect(settings.getByText('14 px')).toBeVisible()
  await settings.getByRole('radio', { name: 'Paper' }).check()
  await settings.getByRole('checkbox', { name: 'For screen readers' }).check()
  expect(await problems(page)).toEqual([])
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Terminals', exact: true }).first()).toBeFocused()
  await page.reload()
  await page.waitForFunction(() => 'stage' in window)
  await show(page, { view: view({ deadline: deadline(30 * 60_000) }) })
  await menu(page, 'Terminal settings')
  await expect(settings.getByText('14 px')).toBeVisible()
  await expect(settings.getByRole('radio', { name: 'Paper' })).toBeChecked()
  await expect(settings.getByRole('checkbox', { name: 'For screen readers' })).toBeChecked()
})
