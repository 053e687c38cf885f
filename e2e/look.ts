import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'

/*
 * How a page looks: what axe finds, what runs out of the window, and a picture of it. Pictures go to `test-results`, which Git ignores.
 */

export const widths = [360, 768, 1280, 1920] as const
export const themes = ['light', 'dark'] as const

const axe = readFileSync(
  createRequire(createRequire(import.meta.url).resolve('@axe-core/playwright')).resolve('axe-core/axe.min.js'),
  'utf8',
)
const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

type Found = { violations: { id: string; nodes: { target: unknown[] }[] }[] }
type Axe = { run(context: unknown, options: unknown): Promise<Found> }

/**
 * What axe finds by WCAG 2.2 AA in the page itself, not in what it frames; in a line each, [] is well.
 * @param options `contrastOnly`: the rest was looked at in the other theme
 */
export async function violations(page: Page, { contrastOnly = false }: { contrastOnly?: boolean } = {}): Promise<string[]> {
  // Once for each page: it is half a megabyte.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
  // A colour on its way from one theme to the other is neither.
  await page.evaluate(() => {
    for (const change of document.getAnimations()) if (change instanceof CSSTransition) change.finish()
  })
  const runOnly = contrastOnly ? { type: 'rule', values: ['color-contrast'] } : { type: 'tag', values: wcag }
  const found = await page.evaluate((options) => (window as unknown as { axe: Axe }).axe.run(document, options), {
    runOnly,
    resultTypes: ['violations'],
    iframes: false,
  })
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
}

/**
 * By how many pixels the page is larger than its window: wider, and of pages that fill their window also higher. There only parts scroll,
 * or a wheel over a terminal would take the page's head away.
 */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement
    const isFilling = document.querySelector('.page-frame') !== null
    return Math.max(scrollWidth - clientWidth, isFilling ? scrollHeight - clientHeight : 0)
  })
}

/** A picture of what is in the window, named for the state, the width and the theme. */
export async function picture(page: Page, name: string): Promise<void> {
  const dark = await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches)
  const file = `${name.replaceAll(/\W+/g, '-')}-${page.viewportSize()?.width}-${dark ? 'dark' : 'light'}`
  await page.screenshot({ path: `test-results/looks/${file}.jpg`, type: 'jpeg', quality: 70 })
}

/** Looks at a page in both themes at four widths. @returns what is wrong with it, in a line each */
export async function look(page: Page, name: string): Promise<string[]> {
  const wrong: string[] = []
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 })
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      const found = await violations(page, { contrastOnly: colorScheme === 'dark' })
      const over = await overflow(page)
      wrong.push(...found, ...(over > 0 ? [`larger than the window by ${over} px`] : []).map((one) => `${name}, ${width}: ${one}`))
      await picture(page, name)
    }
  }
  return wrong
}
