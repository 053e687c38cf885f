import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'

/*
 * How a page looks: what axe finds, what runs out of the window, and a picture of it. Pictures go to `test-results`, which Git ignores.
 */

export const widths = [360, 768, 1280, 1920] as const
export const themes = ['light', 'dark'] as const

/** What axe finds by WCAG 2.2 AA, in a line each; [] is well. */
export async function violations(page: Page): Promise<string[]> {
  const found = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze()
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
}

/** By how many pixels the page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}

/** Every picture of one state: both themes at four widths. @returns what runs out of a window, in a line each */
export async function look(page: Page, name: string, { heights = 800 }: { heights?: number } = {}): Promise<string[]> {
  const wrong: string[] = []
  for (const width of widths) {
    await page.setViewportSize({ width, height: heights })
    const wide = await overflow(page)
    if (wide > 0) wrong.push(`${name}: wider than ${width} px by ${wide}`)
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.screenshot({
        path: `test-results/looks/${name.replaceAll(/\W+/g, '-')}-${width}-${colorScheme}.jpg`,
        type: 'jpeg',
        quality: 70,
      })
    }
  }
  return wrong
}
