import type { Frame, Page } from '@playwright/test'

/*
 * Somebody who does what a guide says: types its commands into the terminals of the page and reads what is answered.
 */

/** The commands of a step's text, in its order. */
export function commandBlocks(markdown: string): { host: string; text: string }[] {
  return [...markdown.matchAll(/^```sh \{host=([a-z0-9-]+)\}\n([\s\S]*?)\n```$/gm)].map(([, host = '', text = '']) => ({ host, text }))
}

export type Terminals = {
  /** Types lines at a machine's prompt, one when the last has ended; resolves with what of their answers was on the screen. */
  type(host: string, text: string): Promise<string>
}

/** The terminals in the course's frame. Whatever is waited for may take `patienceMs`. */
export async function openTerminals(page: Page, patienceMs: number): Promise<Terminals> {
  const frame = await (await page.locator('iframe').elementHandle())?.contentFrame()
  if (!frame) throw new Error('the course shows no frame')
  let count = 0
  const typeOne = async (host: string, command: string) => {
    count += 1
    await rowsMatch(frame, host, '[$#]\\s*$', patienceMs)
    await frame.getByRole('tabpanel', { name: host }).locator('.xterm-helper-textarea').focus()
    // Computed by the shell, so that what is typed is not taken for its answer. On the same line: systemctl throws away what was typed ahead.
    await page.keyboard.type(`clear; ${command}; echo e$((${count}*77)).\n`)
    await rowsMatch(frame, host, `e${count * 77}\\.`, patienceMs)
    const screen = await rowsOf(frame, host)
    return screen.slice(0, screen.lastIndexOf(`e${count * 77}.`)).trim()
  }
  return {
    async type(host, text) {
      await frame.getByRole('tab', { name: host }).click({ timeout: patienceMs })
      const answers: string[] = []
      for (const command of commandsIn(text)) answers.push(await typeOne(host, command))
      return answers.join('\n')
    },
  }
}

/** The commands of a block: a line each, and those after it that it goes on in. */
export function commandsIn(text: string): string[] {
  return text.replaceAll(/(&&|\||\\)\n\s*/g, (_all, joint: string) => (joint === '\\' ? '' : `${joint} `)).split('\n')
}

async function rowsMatch(frame: Frame, host: string, source: string, patienceMs: number): Promise<void> {
  const matched = frame.waitForFunction(
    ({ name, source }) => {
      const tab = [...document.querySelectorAll('[role="tab"]')].find((one) => one.textContent?.trim() === name)
      const panel = document.getElementById(tab?.getAttribute('aria-controls') ?? '')
      const rows = panel?.closest('[inert]') ? null : panel?.querySelector('.xterm-rows')
      return rows != null && new RegExp(source).test(rows.textContent ?? '')
    },
    { name: host, source },
    { timeout: patienceMs },
  )
  await matched.catch(async (cause: unknown) => {
    throw new Error(`${host} did not show ${source} within ${patienceMs} ms:\n${await rowsOf(frame, host)}`, { cause })
  })
}

async function rowsOf(frame: Frame, host: string): Promise<string> {
  const panel = frame.getByRole('tabpanel', { name: host })
  const rows = await panel.locator('.xterm-rows > div').allTextContents()
  return rows.map((row) => row.replaceAll(' ', ' ').trimEnd()).join('\n')
}
