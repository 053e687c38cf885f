import { type Browser, type BrowserContext, expect, type FrameLocator, type Locator, type Page } from '@playwright/test'

/** Somebody in the course: a page of the course, and the lab inside its frame. */
export type Learner = {
  page: Page
  /** The tool inside the course's page. */
  lab: FrameLocator
}

/** Opens the course as one of its people, up to the page from which the lab is one click away. */
export async function enterCourse(context: BrowserContext | Browser, course: string, person: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${course}/as/${person}`)
  return page
}

/** Clicks the lab in the course; resolves when the frame has been told to load. */
export async function openLab(page: Page): Promise<Learner> {
  await page.locator('a[href$="/lab/two-machines"]').first().click()
  return { page, lab: page.frameLocator('iframe') }
}

/** The terminal of one machine: its tab is selected first. */
export async function terminalOf(lab: FrameLocator, host: string): Promise<Locator> {
  await lab.getByRole('tab', { name: host }).click()
  return lab.getByRole('tabpanel', { name: host })
}

let counter = 0

/**
 * Types `echo $(hostname):$((A*B))` with a new A and B at the machine's prompt and waits until the answer is on the screen:
 * proof that a person reached that machine.
 */
export async function proveShell(lab: FrameLocator, host: string): Promise<void> {
  counter += 1
  const [a, b] = [100 + (counter % 800), 3001 + ((counter * 7919) % 5000)]
  await command(lab, host, `echo $(hostname):$((${a}*${b}))`, `${host}:${a * b}`)
}

/** Types a command at a machine's prompt and waits for a text in its terminal. */
export async function command(lab: FrameLocator, host: string, text: string, answer: string | RegExp): Promise<void> {
  const terminal = await terminalOf(lab, host)
  await expect(terminal.locator('.xterm-rows')).toContainText(/[$#]\s*$/, { timeout: 60_000 })
  await terminal.locator('.xterm-helper-textarea').focus()
  await lab.owner().page().keyboard.type(`${text}\n`)
  await expect(terminal.locator('.xterm-rows')).toContainText(answer)
}
