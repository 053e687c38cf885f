import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'
import { overflow } from './look.ts'
import { type OpenStage, openStage, show } from './stage.ts'
import { planPicture, stageGuides } from './stage-guide.ts'
import { deadline, view } from './stage-views.ts'

/*
 * A guide with everything in it, alone on a stage: pictures, call-outs, tables, colours, languages, addresses of its parts.
 */

let stage: OpenStage

test.beforeAll(async () => {
  stage = await openStage()
})

test.afterAll(async () => {
  await stage.close()
})

const open = async (page: Page, hash = '') => {
  await page.route('**/files/**', (route) => route.fulfill({ contentType: 'image/svg+xml', body: planPicture }))
  await page.goto(`${stage.origin}/${hash}`)
  await page.waitForFunction(() => 'stage' in window)
  await show(page, { view: view({ deadline: deadline(30 * 60_000) }), guides: stageGuides() })
}

for (const scheme of ['light', 'dark'] as const) {
  for (const width of [1280, 390]) {
    test(`everything in a guide can be read by everybody, ${scheme}, ${width} wide`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: scheme })
      await page.setViewportSize({ width, height: 800 })
      await open(page)
      if (width < 640) await page.getByRole('button', { name: 'Guide', exact: true }).click()
      const picture = page.getByRole('img', { name: 'The plan: two machines on one network' })
      await expect.poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(320)
      const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze()
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual([])
      const sideways = await page
        .locator('#guide section')
        .last()
        .evaluate((box) => box.scrollWidth - box.clientWidth)
      expect(sideways).toBe(0)
      expect(await overflow(page)).toBe(0)
      const table = page.getByRole('group', { name: 'Table' })
      expect(await table.evaluate((box) => box.scrollWidth > box.clientWidth)).toBe(true)
      if (process.env.SHOTS) {
        await page.screenshot({ path: `${process.env.SHOTS}/guide-${width}-${scheme}.png` })
        await table.scrollIntoViewIfNeeded()
        await page
          .locator('#guide section')
          .last()
          .evaluate((box) => box.scrollTo(0, 640))
        await page.screenshot({ path: `${process.env.SHOTS}/guide-${width}-${scheme}-2.png` })
      }
    })
  }
}

test('a place for a picture is kept before it is there', async ({ page }) => {
  await open(page)
  await page.route('**/files/**', (route) => route.abort())
  const image = page.getByRole('img', { name: 'The plan: two machines on one network' })
  expect(await image.evaluate((each) => [each.getAttribute('width'), each.getAttribute('height')])).toEqual(['320', '120'])
})

test('an address of a heading opens its step, and each heading has its address', async ({ page }) => {
  await open(page, '#guide-second-second')
  await expect(page.getByRole('heading', { name: 'Second' })).toBeVisible()
  await open(page, '#step-1')
  await page.getByRole('link', { name: 'Link to “What runs where”' }).click()
  expect(new URL(page.url()).hash).toBe('#guide-plan-what-runs-where')
  await expect(page.getByRole('heading', { name: 'What runs where' })).toBeInViewport()
})

test('steps that were seen are marked in the menu', async ({ page }) => {
  await open(page)
  await page.getByRole('button', { name: /^Next: / }).click()
  await page.getByRole('button', { name: 'Step 2 of 2' }).click()
  await expect(page.getByRole('menuitemradio', { name: /Plan the network\s*visited/ })).toBeVisible()
  await expect(page.getByRole('menuitemradio', { name: /Second\s*visited/ })).toHaveCount(0)
})

test('another language is chosen, is said to screen readers, and is remembered', async ({ page }) => {
  await open(page)
  await page.getByRole('button', { name: 'Language of the guide: English' }).click()
  await page.getByRole('menuitemradio', { name: 'Deutsch' }).click()
  await expect(page.locator('article[lang="de"]')).toContainText('Beide Rechner.')
  await open(page)
  await expect(page.locator('article[lang="de"]')).toBeVisible()
  await page.getByRole('button', { name: /^Next: / }).click()
  await expect(page.locator('article[lang="en"]')).toContainText('The end.')
})

test('a command that must not run at a click can only be copied, and several lines go as one paste', async ({ page }) => {
  await open(page)
  await expect(page.getByRole('button', { name: 'Run on node2: sudo reboot' })).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Copy: sudo reboot' })).toBeVisible()
  await page.getByRole('button', { name: 'Run on node1: # Two answers are enough' }).click()
  await expect(page.getByRole('textbox', { name: 'Terminal on node1' })).toHaveValue(/for n in 1 2; do\n {2}ping -c 1 "node\$n"/)
})
