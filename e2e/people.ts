import { type Browser, type BrowserContext, expect, type Frame, type FrameLocator, type Locator, type Page } from '@playwright/test'

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

/** Clicks a lab in the course; resolves when the frame has been told to load. */
export async function openLab(page: Page, lab = 'two-machines'): Promise<Learner> {
  await page.locator(`a[href$="/lab/${lab}"]`).first().click()
  return { page, lab: page.frameLocator('iframe') }
}

/** Somebody's lab in a window of its own, where it can be opened again and again. @returns its address, `/l/<launch>` at its end */
export async function ownWindow(context: BrowserContext, course: string, person: string): Promise<string> {
  const page = await enterCourse(context, course, person)
  const { lab } = await openLab(page)
  await lab.getByRole('button', { name: 'Lab menu' }).click()
  const item = lab.getByRole('menuitem', { name: 'Open in its own window' })
  const [own] = await Promise.all([context.waitForEvent('page'), item.click()])
  await own.waitForURL(/\/l\/[0-9a-f-]{36}$/)
  const address = own.url()
  await own.close()
  await page.close()
  return address
}

/** The terminal of one machine: its tab is selected first. */
export async function terminalOf(lab: FrameLocator, host: string): Promise<Locator> {
  await lab.getByRole('tab', { name: host }).click()
  return lab.getByRole('tabpanel', { name: host })
}

/** Resolves in the very frame in which the machine's terminal, in sight, shows a text that matches. */
async function screenShows(frame: Frame, host: string, pattern: RegExp): Promise<void> {
  await frame.waitForFunction(
    ({ name, source }) => {
      const tab = [...document.querySelectorAll('[role="tab"]')].find((one) => one.textContent?.trim() === name)
      const panel = document.getElementById(tab?.getAttribute('aria-controls') ?? '')
      const rows = panel?.closest('[inert]') ? null : panel?.querySelector('.xterm-rows')
      return rows != null && new RegExp(source).test(rows.textContent ?? '')
    },
    { name: host, source: pattern.source },
    { timeout: 60_000 },
  )
}

let counter = 0

/**
 * Types `echo $(hostname):$((A*B))` with a new A and B at the machine's prompt and waits until the answer is on the screen:
 * proof that a person reached that machine.
 */
export async function proveShell({ page, lab }: Learner, host: string): Promise<void> {
  counter += 1
  const [a, b] = [100 + (counter % 800), 3001 + ((counter * 7919) % 5000)]
  const frame = await (await page.locator('iframe').elementHandle())?.contentFrame()
  if (!frame) throw new Error('the course shows no frame')
  await screenShows(frame, host, /[$#]\s*$/)
  await lab.getByRole('tab', { name: host }).click()
  await lab.getByRole('tabpanel', { name: host }).locator('.xterm-helper-textarea').focus()
  await page.keyboard.type(`echo $(hostname):$((${a}*${b}))\n`)
  await screenShows(frame, host, new RegExp(`${host}:${a * b}`))
}

/** Types a command at a machine's prompt and waits for a text in its terminal. */
export async function command(lab: FrameLocator, host: string, text: string, answer: string | RegExp): Promise<void> {
  const terminal = await terminalOf(lab, host)
  await expect(terminal.locator('.xterm-rows')).toContainText(/[$#]\s*$/, { timeout: 60_000 })
  await terminal.locator('.xterm-helper-textarea').focus()
  await lab.owner().page().keyboard.type(`${text}\n`)
  await expect(terminal.locator('.xterm-rows')).toContainText(answer)
}
