import { join } from 'node:path'
import type { Page } from '@playwright/test'
import type { Plugin } from 'esbuild'
import { CLOSE, OPEN } from './pseudo-words.ts'

/*
 * A language that nobody speaks: English in brackets and 40 % longer. Text outside brackets was written into a component instead of
 * the messages; what no longer fits was laid out for English.
 */

/** Puts the pseudo-language in the place of English, in a page that is built for a stage. */
export const pseudoLanguage: Plugin = {
  name: 'pseudo-language',
  setup(build) {
    build.onResolve({ filter: /^\.\/en\.ts$/ }, ({ importer, resolveDir }) => {
      const catalogue = importer.endsWith(join('messages', 'catalogue.ts'))
      return catalogue ? { path: join(resolveDir, 'en.ts'), namespace: 'pseudo' } : undefined
    })
    build.onLoad({ filter: /.*/, namespace: 'pseudo' }, ({ path }) => ({
      contents: `import { en as real } from ${JSON.stringify(path)}
        import { pseudo } from ${JSON.stringify(join(import.meta.dirname, 'pseudo-words.ts'))}
        export const en = pseudo(real)`,
      resolveDir: import.meta.dirname,
    }))
  },
}

/**
 * What a page says outside the brackets: text that can be seen, and names that are only heard.
 * @param known what comes from elsewhere: the lab, the machines, the cloud
 */
export function unmarked(page: Page, known: readonly RegExp[]): Promise<string[]> {
  return page.evaluate(
    ({ sources, open, close }) => {
      const strip = (text: string) =>
        sources
          .reduce((rest, source) => rest.replaceAll(new RegExp(source, 'g'), ''), text)
          .replaceAll(/\s+/g, ' ')
          .trim()
      const found = new Set<string>()
      const say = (text: string, where: string) => /\p{L}{2}/u.test(strip(text)) && found.add(`${where}: ${strip(text)}`)
      const foreign = 'code, pre, time, textarea, .prose, [data-foreign], script, style, title'
      let depth = 0
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const parent = node.parentElement
        const skip = parent === null || parent.closest(foreign) !== null
        let outside = ''
        for (const letter of node.textContent ?? '') {
          if (letter === open) depth += 1
          else if (letter === close) depth -= 1
          else if (depth === 0) outside += letter
        }
        if (!skip && parent?.checkVisibility()) say(outside, parent.tagName.toLowerCase())
      }
      for (const element of document.querySelectorAll('[aria-label], [title], [placeholder], [alt], [aria-valuetext]')) {
        if (element.closest('.prose') || element.tagName === 'TIME' || element.tagName === 'TEXTAREA') continue
        for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'aria-valuetext']) {
          const text = element.getAttribute(name)
          if (text !== null && !text.includes(open)) say(text, name)
        }
      }
      return [...found]
    },
    { sources: known.map(({ source }) => source), open: OPEN, close: CLOSE },
  )
}

/** Controls whose words do not fit into them, or that lie outside the window with nothing that scrolls to them. */
export function clipped(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const scrolls = (element: Element | null): boolean =>
      element !== null && (/auto|scroll/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement))
    const found: string[] = []
    for (const element of document.querySelectorAll<HTMLElement>('button, a, [role="tab"], [role="menuitem"], h1, h2, h3, label')) {
      if (!element.checkVisibility() || element.closest('.sr-only, [inert]')) continue
      const box = element.getBoundingClientRect()
      if (box.width <= 1 || box.height <= 1) continue
      const name = `${element.tagName.toLowerCase()} "${(element.textContent || element.getAttribute('aria-label') || '').trim()}"`
      // What is cut with three dots says so, and is whole in its title or where it leads.
      const dots = getComputedStyle(element).textOverflow === 'ellipsis'
      if (element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1 && !dots)
        found.push(`${name} is too narrow for its words`)
      if ((box.right > innerWidth + 1 || box.left < -1) && !scrolls(element.parentElement)) found.push(`${name} is outside the window`)
    }
    return found
  })
}
