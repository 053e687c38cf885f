import AxeBuilder from '@axe-core/playwright'
import { type BrowserContext, expect, type FrameLocator, type Page, test } from '@playwright/test'
import { command, enterCourse, openLab, proveShell } from './people.ts'
import { type Product, startProduct } from './product.ts'

/*
 * The story of "The thread", told once through: Ada, Lin in the same browser, their instructor, an operator, and the morning after.
 * Each test goes on where the one before it stopped, as their day does.
 */

test.describe.configure({ mode: 'serial' })
test.skip(process.getuid?.() !== 0, 'Machines need root; start the tests as root to have this story told.')

let product: Product
let campus: BrowserContext
let ada: { page: Page; lab: FrameLocator }
let lin: { page: Page; lab: FrameLocator }

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000)
  product = await startProduct()
  campus = await browser.newContext()
})

test.afterAll(async () => {
  await campus?.close()
  await product?.stop()
})

async function noViolations(page: Page, include?: string): Promise<void> {
  const builder = new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
  const { violations } = await (include ? builder.include(include) : builder).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual([])
}

test('Ada enters the course, opens the lab, and watches her machines come up while the guide is there to read', async () => {
  const page = await enterCourse(campus, product.course, 'ada')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await noViolations(page)
  ada = await openLab(page)
  await expect(ada.lab.getByRole('heading', { level: 1, name: 'Two machines' })).toBeAttached()
  await expect(ada.lab.getByRole('region', { name: 'Guide', exact: true })).toContainText(/machine/i)
})

test('a prompt answers on each of her two machines', async () => {
  await proveShell(ada, 'node1')
  await proveShell(ada, 'node2')
})

test('they are two machines: own processes, addresses, root file systems, systemd, and ssh from one to the other', async () => {
  await command(ada.lab, 'node1', 'echo init=$(cat /proc/1/comm) ip=$(hostname -I)', /init=systemd ip=10\.20\.0\.11/)
  await command(ada.lab, 'node2', 'echo init=$(cat /proc/1/comm) ip=$(hostname -I)', /init=systemd ip=10\.20\.0\.12/)
  await command(ada.lab, 'node1', 'touch ~/left-by-ada; ssh node2 "hostname; ls | wc -l" | paste -sd:', /node2:0/)
  await command(ada.lab, 'node1', 'systemctl is-system-running', /running/)
})

test('she reloads, leaves and returns: the same machines, the same shell', async () => {
  await command(ada.lab, 'node1', 'export PLACE=here$((40+2)); echo set-$((1+1))', /set-2/)
  const frame = ada.page.frames().find((candidate) => candidate.url().startsWith(product.origin))
  await frame?.evaluate(() => location.reload())
  await command(ada.lab, 'node1', 'echo again-$PLACE-$(ls)', /again-here42-left-by-ada/)
  await ada.page.goto(`${product.course}/as/ada`)
  ada = await openLab(ada.page)
  await command(ada.lab, 'node1', 'echo back-$PLACE', /back-here42/)
})

test('Lin, in another tab of the same browser, has machines of her own, and neither sees the other', async () => {
  const page = await enterCourse(campus, product.course, 'lin')
  lin = await openLab(page)
  await proveShell(lin, 'node1')
  await command(lin.lab, 'node1', 'echo count:$(ls ~ | wc -l)', /count:0/)
  await lin.page.reload()
  await expect(lin.lab.getByRole('heading', { level: 1, name: 'Two machines' })).toBeAttached()
  await command(ada.lab, 'node1', 'echo mine:$(ls)', /mine:left-by-ada/)
})

test('nothing in the lab page stands in the way of a screen reader', async () => {
  await noViolations(ada.page)
})

test('the instructor sees who has machines and in what state, and has machines of her own', async ({ browser }) => {
  const context = await browser.newContext()
  const teacher = await openLab(await enterCourse(context, product.course, 'mira'))
  await proveShell(teacher, 'node1')
  await teacher.lab.getByRole('link', { name: /class/i }).click()
  const rows = teacher.lab.getByRole('row')
  await expect(rows.filter({ hasText: 'Ada' })).toContainText(/ready/i)
  await expect(rows.filter({ hasText: 'Lin' })).toContainText(/ready/i)
  await noViolations(teacher.page)
  await context.close()
})

test('by keyboard alone: from the course to a prompt, to the other machine, out of the terminal, and to the menu', async () => {
  const page = await enterCourse(campus, product.course, 'ada')
  const press = async (key: string, until: () => Promise<boolean>) => {
    for (let presses = 0; presses < 40 && !(await until()); presses += 1) await page.keyboard.press(key)
    expect(await until()).toBe(true)
  }
  const focusedLink = () => page.evaluate(() => document.activeElement?.getAttribute('href') ?? '')
  await press('Tab', async () => (await focusedLink()).endsWith('/lab/two-machines'))
  await page.keyboard.press('Enter')
  const lab = page.frameLocator('iframe')
  const terminal = (host: string) => lab.getByRole('tabpanel', { name: host }).locator('.xterm-rows')
  await expect(terminal('node1')).toContainText(/[$#]\s*$/)
  await press('Tab', () => lab.getByText('To the terminal', { exact: true }).evaluate((link) => link === document.activeElement))
  await page.keyboard.press('Enter')
  await page.keyboard.type('echo typed-$((20+22))\n')
  await expect(terminal('node1')).toContainText('typed-42')
  await page.keyboard.press('Alt+2')
  await expect(terminal('node2')).toContainText(/[$#]\s*$/)
  await page.keyboard.type('echo there-$((20+23))\n')
  await expect(terminal('node2')).toContainText('there-43')
  await page.keyboard.press('Control+Shift+Escape')
  const menu = lab.getByRole('button', { name: /more|menu|actions/i })
  await press('Shift+Tab', () => menu.evaluate((button) => button === document.activeElement))
  await page.keyboard.press('Enter')
  await expect(lab.getByRole('menuitem', { name: /reset/i })).toBeVisible()
  await page.keyboard.press('Escape')
  await page.close()
})

test('Ada resets after a question that says what will be lost, by keyboard alone, and gets pristine machines', async () => {
  await ada.lab.getByRole('button', { name: /more|menu|actions/i }).focus()
  await ada.page.keyboard.press('Enter')
  await ada.lab.getByRole('menuitem', { name: /reset/i }).focus()
  await ada.page.keyboard.press('Enter')
  const question = ada.lab.getByRole('alertdialog')
  await expect(question).toContainText(/erased/i)
  await question.getByRole('textbox').focus()
  await ada.page.keyboard.type('reset')
  await ada.page.keyboard.press('Enter')
  await expect(question).toBeHidden()
  await command(ada.lab, 'node1', 'echo files:$(ls ~ | wc -l)', /files:0/)
  await command(lin.lab, 'node1', 'echo still-$(hostname)', /still-node1/)
})

test('an operator opens the one-time link, sees all environments with state and owner, and deletes one', async ({ browser }) => {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(product.signIn)
  await page.getByRole('button', { name: /sign in/i }).click()
  const row = page.getByRole('row').filter({ hasText: 'Lin' })
  await expect(row).toContainText(/ready/i)
  await noViolations(page)
  await row.getByRole('link').first().click()
  await page.getByRole('button', { name: /delete/i }).click()
  const question = page.getByRole('alertdialog')
  await question.getByRole('textbox').fill('by mistake')
  await question.getByRole('button', { name: /delete/i }).click()
  await expect(page.getByText('Marked for removal')).toBeVisible()
  await page.getByRole('button', { name: /undo/i }).click()
  await expect(page.getByText('Marked for removal')).toBeHidden()
  await page.getByRole('button', { name: /delete/i }).click()
  await question.getByRole('textbox').fill('end of the exercise')
  await question.getByRole('radio', { name: /at once/i }).check()
  await question.getByRole('button', { name: /delete/i }).click()
  await expect(async () => {
    await page.reload()
    await expect(page.getByText('Removed', { exact: true }).first()).toBeVisible({ timeout: 1_000 })
  }).toPass()
  await page.goto(product.signIn)
  await expect(page.getByText(/used or has expired/i)).toBeVisible()
  await context.close()
})

test('after everything was stopped, the next start continues with the disks as they were', async ({ browser }) => {
  test.setTimeout(120_000)
  await command(ada.lab, 'node2', 'echo kept > ~/note; sync; echo now:$(cat ~/note)', /now:kept/)
  await campus.close()
  await product.stop({ keep: true })
  product = await startProduct({ data: product.data })
  campus = await browser.newContext()
  const { lab } = await openLab(await enterCourse(campus, product.course, 'ada'))
  await command(lab, 'node2', 'echo then:$(cat ~/note)', /then:kept/)
})
