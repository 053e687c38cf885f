import type { Frame, Page } from '@playwright/test'

/*
 * Somebody who does what a guide says: types its commands into the terminals of the page and reads what is answered.
 */

/** The commands of a step's text, in its order. */
export function commandBlocks(markdown: string): { host: string; text: string }[] {
  return [...markdown.matchAll(/^```sh \{host=([a-z0-9-]+)\}\n([\s\S]*?)\n```$/gm)].map(([, host = '', text = '']) => ({ host, text }))
}

export type Terminals = {
  /** Types lines at a machine's prompt; resolves with all that was answered, once the last has ended. */
  type(host: string, text: string): Promise<string>
}

/** The terminals in the course's frame. Whatever is waited for may take `patienceMs`. */
export async function openTerminals(page: Page, patienceMs: number): Promise<Terminals> {
  const frame = await (await page.locator('iframe').elementHandle())?.contentFrame()
  if (!frame) throw new Error('the course shows no frame')
  let count = 0
  return {
    async type(host, text) {
      count += 1
      const [begin, end] = [`begin-${count * 1000 + 1}-`, `end-${count * 1000 + 2}-`]
      await show(frame, host, patienceMs)
      await rowsMatch(frame, host, '[$#]\\s*$', patienceMs)
      await frame.getByRole('tabpanel', { name: host }).locator('.xterm-helper-textarea').focus()
      // Everything goes to a file first: a screen shows only the last of a long answer.
      await page.keyboard.type(`clear; echo begin-$((${count}*1000+1))-\n`)
      await rowsMatch(frame, host, begin, patienceMs)
      await page.keyboard.type(`${text}\n`)
      await page.keyboard.type(`echo end-$((${count}*1000+2))-\n`)
      await rowsMatch(frame, host, end, patienceMs)
      const screen = await rowsOf(frame, host)
      const from = screen.lastIndexOf(begin)
      const answer = screen.slice(from < 0 ? 0 : from + begin.length, screen.lastIndexOf(end))
      return withoutEcho(answer)
    },
  }
}

/** The lines that a person reads as the answer: without prompts and what was typed there. */
export function withoutEcho(screen: string): string {
  return screen
    .split('\n')
    .filter((line) => !/^\S+@\S+:\S*[$#]( |$)/.test(line) && !line.startsWith('> '))
    .join('\n')
}

async function show(frame: Frame, host: string, patienceMs: number): Promise<void> {
  await frame.getByRole('tab', { name: host }).click({ timeout: patienceMs })
}

async function rowsMatch(frame: Frame, host: string, source: string, patienceMs: number): Promise<void> {
  await frame.waitForFunction(
    ({ name, source }) => {
      const tab = [...document.querySelectorAll('[role="tab"]')].find((one) => one.textContent?.trim() === name)
      const panel = document.getElementById(tab?.getAttribute('aria-controls') ?? '')
      const rows = panel?.closest('[inert]') ? null : panel?.querySelector('.xterm-rows')
      return rows != null && new RegExp(source).test(rows.textContent ?? '')
    },
    { name: host, source },
    { timeout: patienceMs },
  )
}

async function rowsOf(frame: Frame, host: string): Promise<string> {
  const panel = frame.getByRole('tabpanel', { name: host })
  const rows = await panel.locator('.xterm-rows > div').allTextContents()
  return rows.map((row) => row.replaceAll(' ', ' ').trimEnd()).join('\n')
}
