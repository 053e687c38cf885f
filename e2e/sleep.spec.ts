import { rmSync } from 'node:fs'
import AxeBuilder from '@axe-core/playwright'
import { type BrowserContext, expect, type FrameLocator, type Page, test } from '@playwright/test'
import { labFolder } from './lab-folder.ts'
import { command, enterCourse, openLab, proveShell } from './people.ts'
import { type Product, startProduct } from './product.ts'
import { openRows, type Rows } from './rows.ts'

/*
 * Ada runs something long, is told that her machines are about to fall asleep, lets them, and finds everything where it was. The times of
 * the lab are a lunch break made short.
 */

test.describe.configure({ mode: 'serial' })
test.skip(process.getuid?.() !== 0, 'Machines need root; start the tests as root to have this story told.')

const labs = labFolder({
  idle: { after: '14s', warn: '7s' },
  limit: { session: '1h', extend: { by: '10m', max: 1, onlyWhenLeft: '1h' } },
})
let product: Product
let rows: Rows
let campus: BrowserContext
let ada: { page: Page; lab: FrameLocator }

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000)
  product = await startProduct({ env: { ASTROLABE_LABS: labs } })
  rows = await openRows(product.databaseUrl)
  campus = await browser.newContext()
})

test.afterAll(async () => {
  await campus?.close()
  await rows?.close()
  await product?.stop()
  rmSync(labs, { recursive: true, force: true })
})

async function noViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual([])
}

const titleInFrame = () =>
  ada.page
    .frames()
    .find((frame) => frame.url().startsWith(product.origin))
    ?.title() ?? Promise.resolve('')

/** The counter's numbers, all of them, as her own shell reads them. */
async function counted(): Promise<void> {
  const check = `awk '$1 != NR {bad++} END {print "wrong-" bad+0 "-of", (NR > 20 ? "many" : NR)}' ~/counter`
  await command(ada.lab, 'node1', check, /wrong-0-of many/)
}

test('she starts something long, and her shell remembers a word', async () => {
  ada = await openLab(await enterCourse(campus, product.course, 'ada'))
  await proveShell(ada, 'node1')
  const loop = 'i=0; while :; do i=$((i+1)); echo $i >>~/counter; sleep 0.1; done'
  await command(ada.lab, 'node1', `WORD=kept; nohup sh -c '${loop}' >/dev/null 2>&1 & echo on-$((6*7))`, /on-42/)
})

test('before her machines fall asleep the page, its title and the terminal say so; more time is hers to take', async () => {
  await expect(ada.lab.getByText(/Asleep in 0:0\d/).first()).toBeVisible({ timeout: 30_000 })
  expect(await titleInFrame()).toMatch(/Asleep in/)
  await noViolations(ada.page)
  // The mouse on its way there has taken the warning back already: that more time was given is another thing.
  const given = ada.page.waitForResponse((response) => response.url().endsWith('/extend'))
  await ada.lab.getByRole('button', { name: /10 min more/ }).click()
  expect((await given).status()).toBe(202)
  await expect(ada.lab.getByText(/Asleep in 0:0\d/)).toHaveCount(0)
  // As every order does it: a worker in the middle of a look may not write what it has found.
  const soon = "suspend_at = now() + interval '9 seconds', next_check_at = now(), fence = fence + 1"
  await rows.query(`update environment set ${soon} where deleted_at is null`)
  await rows.query("select pg_notify('environment_work', '')")
})

test('left alone they fall asleep, the page that was left open says so and offers to wake them', async () => {
  await expect(ada.lab.getByRole('heading', { name: /asleep, exactly as you left them/ })).toBeVisible({ timeout: 40_000 })
  expect(await titleInFrame()).toMatch(/^Asleep/)
  await noViolations(ada.page)
  await ada.lab.getByRole('button', { name: 'Wake up' }).click()
  await command(ada.lab, 'node1', 'echo word-$WORD', /word-kept/)
  await counted()
})

test('she puts them to sleep herself, and one click in the course wakes them: the same shell, the counter has not lost a step', async () => {
  await ada.lab.getByRole('button', { name: 'Lab menu' }).click()
  await ada.lab.getByRole('menuitem', { name: /Sleep now/ }).click()
  await expect(ada.lab.getByRole('heading', { name: /asleep, exactly as you left them/ })).toBeVisible({ timeout: 20_000 })
  const [asleep] = await rows.query<{ phase: string; next_check_at: Date | null }>('select phase::text, next_check_at from environment')
  expect(asleep).toEqual({ phase: 'suspended', next_check_at: null })
  await ada.page.goto(`${product.course}/as/ada`)
  ada = await openLab(ada.page)
  await command(ada.lab, 'node1', 'echo again-$WORD', /again-kept/)
  await counted()
})

test('what happened can be read', async () => {
  await ada.lab.getByRole('button', { name: 'Lab menu' }).click()
  await ada.lab.getByRole('menuitem', { name: /What happened/ }).click()
  const dialog = ada.lab.getByRole('dialog', { name: 'What happened' })
  await expect(dialog.getByRole('listitem').first()).toBeVisible()
  expect(await dialog.getByRole('listitem').count()).toBeGreaterThan(6)
  await noViolations(ada.page)
  await ada.page.keyboard.press('Escape')
})
