import { expect, type Page, test } from '@playwright/test'
import { overflow, themes, violations, widths } from './look.ts'
import { type OpenStage, openStage } from './stage.ts'

/*
 * The design system's page: every part in every state, on paper and at night.
 */

let stage: OpenStage

test.beforeAll(async () => {
  stage = await openStage({ name: 'stage-parts' })
})

test.afterAll(async () => {
  await stage.close()
})

/** The page with everything in sight that is shown only when asked for. */
async function open(page: Page): Promise<void> {
  await page.goto(stage.origin)
  await page.getByRole('heading', { level: 1 }).waitFor()
}

const part = (page: Page, name: string) => page.getByRole('region', { name, exact: true })

for (const colorScheme of themes) {
  test(`every part can be read and reached by everybody, in a page that is ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await open(page)
    const shows = page.locator('[data-show]')
    while ((await shows.count()) > 0) await shows.first().click()
    expect(await violations(page)).toEqual([])
    const height = await page.evaluate(() => document.querySelector('main')?.scrollHeight ?? 0)
    for (const width of widths) {
      await page.setViewportSize({ width, height: width < 1024 ? height * 2 : height })
      expect({ width, over: await overflow(page) }).toEqual({ width, over: 0 })
      await page.screenshot({ path: `test-results/looks/parts-${width}-${colorScheme}.png` })
    }
  })

  test(`what lies over the page can be read by everybody too, in a page that is ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await open(page)
    for (const [name, role] of [
      ['Ask before erasing', 'alertdialog'],
      ['Something to read', 'dialog'],
    ] as const) {
      const button = part(page, 'Dialogs').getByRole('button', { name }).first()
      await button.click()
      await expect(page.getByRole(role)).toBeVisible()
      expect(await violations(page)).toEqual([])
      await page.screenshot({ path: `test-results/looks/parts-${role}-${colorScheme}.png` })
      await page.keyboard.press('Escape')
      await expect(button).toBeFocused()
    }
  })
}

test('every part has a name, a sentence, its keys, and both of its sides', async ({ page }) => {
  await open(page)
  const parts = await page.locator('section:has(> div > h3)').all()
  expect(parts.length).toBeGreaterThan(15)
  for (const one of parts) {
    await expect(one.getByText(/^Keys: |^Takes no keys\.$/)).toHaveCount(1)
    await expect(one.locator('[data-theme]')).toHaveCount(2)
  }
})

test('with Tab alone one passes through every part, in the order of the page, and always sees where one is', async ({ page }) => {
  await open(page)
  const seen: string[] = []
  for (;;) {
    await page.keyboard.press('Tab')
    const at = await page.evaluate(() => {
      const element = document.activeElement
      if (!element || element === document.body) return null
      const box = element.getBoundingClientRect()
      const style = getComputedStyle(element)
      const inSight = box.bottom > 0 && box.top < innerHeight
      return { part: element.closest('section:has(> div > h3)')?.id ?? '', ring: style.outlineStyle !== 'none' && inSight }
    })
    if (at === null) break
    expect(at).toEqual({ part: at.part, ring: true })
    if (at.part !== seen.at(-1)) seen.push(at.part)
  }
  expect(seen).toEqual([
    '',
    'mark',
    'button',
    'menu',
    'dialogs',
    'divider',
    'tab-row',
    'connection-line',
    'ask-line',
    'search-line',
    'way-out-of-full-screen',
  ])
})

test('a divider is moved by its keys, and stops where it must', async ({ page }) => {
  await open(page)
  const divider = page.getByRole('separator', { name: 'Divide guide and machines, light' })
  await divider.focus()
  const at = async () => Number(await divider.getAttribute('aria-valuenow'))
  const first = await at()
  await page.keyboard.press('ArrowRight')
  const second = await at()
  expect(second).toBeGreaterThan(first)
  await page.keyboard.press('Shift+ArrowRight')
  expect((await at()) - second).toBeGreaterThan(second - first)
  await page.keyboard.press('End')
  await expect(divider).toHaveAttribute('aria-valuenow', '80')
  await page.keyboard.press('Home')
  await expect(divider).toHaveAttribute('aria-valuenow', '20')
})

test('tabs go round by the arrows, and a further shell is closed by Delete', async ({ page }) => {
  await open(page)
  const tabs = page.getByRole('tablist', { name: 'Terminals, light' }).getByRole('tab')
  await tabs.first().focus()
  await page.keyboard.press('ArrowLeft')
  await expect(tabs.last()).toBeFocused()
  await expect(tabs.last()).toHaveAttribute('aria-selected', 'true')
  await page.keyboard.press('Delete')
  await expect(tabs).toHaveCount(2)
  await expect(tabs.first()).toHaveAttribute('aria-selected', 'true')
})

test('a menu is opened, walked and left by its keys; what cannot be had stays and says why', async ({ page }) => {
  await open(page)
  const button = page.getByRole('button', { name: 'Lab menu, dark' })
  await button.focus()
  await page.keyboard.press('Enter')
  const items = page.getByRole('menuitem')
  await expect(items.first()).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await expect(items.nth(1)).toBeFocused()
  await expect(items.nth(1)).toHaveAttribute('aria-disabled', 'true')
  await page.keyboard.press('Enter')
  await expect(items.nth(1)).toBeVisible()
  expect(await violations(page)).toEqual([])
  await page.keyboard.press('Escape')
  await expect(button).toBeFocused()
})
