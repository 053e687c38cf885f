import AxeBuilder from '@axe-core/playwright'
import { type BrowserContext, expect, type Page, test } from '@playwright/test'
import { launched } from './cast.ts'
import { type Product, startProduct } from './product.ts'
import { openRows, type Rows } from './rows.ts'

/*
 * What somebody who runs the installation does to one environment and to many. Machines are only played here.
 */

test.describe.configure({ mode: 'serial' })

let product: Product
let rows: Rows
let office: BrowserContext
let page: Page

test.beforeAll(async ({ browser }) => {
  test.setTimeout(120_000)
  product = await startProduct({ env: { ASTROLABE_DEV_CLOUD_DRIVER: 'null' } })
  rows = await openRows(product.databaseUrl)
  for (const person of ['ada', 'lin', 'mira']) await launched(product, person)
  office = await browser.newContext()
  page = await office.newPage()
  await page.goto(product.signIn)
  await page.getByRole('button', { name: /sign in/i }).click()
  await expect(page).toHaveURL(/\/operator$/)
  await reach('ready', 3)
  for (const person of ['Ada', 'Lin', 'Mira']) await set(person, 'last_activity_at = null, touched_at = null')
})

test.afterAll(async () => {
  await office?.close()
  await rows?.close()
  await product?.stop()
})

/** Waits until so many environments are in a phase. */
async function reach(phase: string, count: number): Promise<void> {
  const found = () => rows.query('select id from environment where phase::text = $1', [phase])
  await expect.poll(async () => (await found()).length, { timeout: 20_000 }).toBe(count)
}

async function noViolations(where: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page: where }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual([])
}

/** Ada, Lin or Mira by the first name; the course calls them so. */
const rowOf = (name: string) => page.getByRole('row').filter({ hasText: name })

/** Sets what time would, in the environment of one of them. */
async function set(name: string, change: string): Promise<void> {
  await rows.query(
    `update environment set ${change}, fence = fence + 1 where deleted_at is null and id in (
       select environment_id from environment_member join person on person.user_id = environment_member.user_id where name like $1)`,
    [`${name}%`],
  )
}

test('the list is narrowed by state and owner, and its address keeps that over a reload', async () => {
  await page.goto(`${product.origin}/operator`)
  await page.getByRole('searchbox').fill('ada')
  await page.getByRole('button', { name: 'Show' }).click()
  await expect(page).toHaveURL(/owner=ada/)
  await expect(rowOf('Ada')).toBeVisible()
  await expect(rowOf('Lin')).toHaveCount(0)
  await page.getByRole('link', { name: /^ready/i }).click()
  await expect(page).toHaveURL(/state=ready&owner=ada/)
  await page.reload()
  await expect(page.getByRole('searchbox')).toHaveValue('ada')
  await expect(rowOf('Ada')).toBeVisible()
  await noViolations(page)
  await page.goto(`${product.origin}/operator?state=nonsense`)
  await expect(page.getByText('There is nothing at this address')).toBeVisible()
})

test('many are put to sleep after a page that says what becomes of each, and who is left alone', async () => {
  await set('Lin', 'last_activity_at = now(), touched_at = now()')
  await page.goto(`${product.origin}/operator`)
  await page.getByRole('button', { name: /suspend/i }).click()
  await expect(page).toHaveTitle('Suspend 2 environments?')
  const [changes, spared] = [page.getByRole('table', { name: 'What will happen' }), page.getByRole('table', { name: 'Left alone' })]
  await expect(changes.getByRole('row').filter({ hasText: 'Ada' })).toContainText('Ready')
  await expect(spared.getByRole('row').filter({ hasText: 'Lin' })).toContainText('Somebody is using it now')
  await noViolations(page)
  await page.getByRole('textbox').fill('the room is needed')
  await page.getByRole('button', { name: 'Suspend 2', exact: true }).click()
  await expect(page).toHaveTitle('2 environments were suspended')
  await expect(page.getByText('the room is needed')).toBeVisible()
  // Nobody reloads it.
  await expect(rowOf('Ada')).toContainText('Asleep')
  await reach('suspended', 2)
  await noViolations(page)
})

test('when something changes between the look and the click nothing is done, and the new state is shown', async () => {
  await page.goto(`${product.origin}/operator/bulk?do=wake`)
  await expect(page).toHaveTitle('Wake 2 environments?')
  await set('Ada', `intent = 'running', phase = 'resuming', next_check_at = now()`)
  await page.getByRole('button', { name: 'Wake 2', exact: true }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'Nothing was done' })).toBeVisible()
  await expect(page).toHaveTitle('Wake 1 environment?')
  await page.getByRole('button', { name: 'Wake 1', exact: true }).click()
  await expect(page).toHaveTitle('1 environment was woken')
  await reach('suspended', 0)
})

test('by keyboard alone two are chosen, marked for deletion, and kept after all', async () => {
  await set('Lin', `last_activity_at = now() - interval '1 day'`)
  await page.goto(`${product.origin}/operator`)
  const press = async (key: string, until: () => Promise<boolean>) => {
    for (let presses = 0; presses < 60 && !(await until()); presses += 1) await page.keyboard.press(key)
    expect(await until()).toBe(true)
  }
  const onto = (label: RegExp) => () =>
    page.evaluate((source) => {
      const { activeElement: here } = document
      const name = here?.getAttribute('aria-label') ?? here?.closest('label')?.textContent ?? here?.textContent ?? ''
      return new RegExp(source, 'i').test(name.trim())
    }, label.source)
  await press('Tab', onto(/^choose lin/))
  await page.keyboard.press('Space')
  await press('Tab', onto(/^choose ada/))
  await page.keyboard.press('Space')
  await expect(page.getByText('2 chosen')).toBeVisible()
  await press('Shift+Tab', onto(/^delete…/))
  await page.keyboard.press('Enter')
  // Lin has worked on hers: it is left alone until that is said.
  await expect(page).toHaveTitle('Delete 1 environment?')
  await press('Tab', onto(/^include 1/))
  await page.keyboard.press('Space')
  await press('Tab', onto(/^look again/))
  await page.keyboard.press('Enter')
  await expect(page).toHaveTitle('Delete 2 environments?')
  await expect(page.getByText('Somebody has worked on 1 of them: that work is erased.')).toBeVisible()
  await noViolations(page)
  await page.getByRole('textbox', { name: /why/i }).focus()
  await page.keyboard.type('end of the exercise')
  await page.keyboard.press('Enter')
  await expect(page).toHaveTitle('2 environments were marked for deletion')
  await expect(rowOf('Lin')).toContainText(/deleted in \d+ min/i)
  await press('Tab', onto(/^undo 2/))
  await page.keyboard.press('Enter')
  await expect(page).toHaveTitle('The deletion of 2 environments was undone')
  expect(await rows.query('select id from environment where delete_at is not null')).toEqual([])
})

test('one environment: what is due, who did what, in words and in full; reset, put to sleep, woken', async () => {
  await page.goto(`${product.origin}/operator`)
  await rowOf('Ada').getByRole('link').click()
  const history = page.locator('#history')
  await expect(history).toContainText('undid the deletion')
  await history.getByText('Put to sleep').or(history.getByText('put it to sleep')).first().click()
  await expect(history).toContainText('Correlation id')
  await history.getByRole('link', { name: 'Ordered for many at once' }).first().click()
  await expect(page).toHaveTitle('2 environments were suspended')
  await page.goBack()
  // Until the browser has taken over, the button leads to a page instead of asking here.
  await page.waitForLoadState('networkidle')
  await page.getByRole('button', { name: /^reset/i }).click()
  const question = page.getByRole('alertdialog')
  await question.getByRole('textbox').fill('a clean start')
  await question.getByRole('button', { name: 'Erase and reset' }).click()
  await expect(history).toContainText('reset it: new machines for old')
  await reach('ready', 3)
  await page.getByRole('button', { name: 'Suspend' }).click()
  await expect(page.getByRole('button', { name: 'Wake' })).toBeVisible()
  await expect(page.getByText('Asleep', { exact: true }).first()).toBeVisible()
  await page.getByRole('button', { name: 'Wake' }).click()
  await expect(page.getByRole('button', { name: 'Suspend' })).toBeVisible()
  await noViolations(page)
})

test('what failed comes first, with the reason in words and the way to it in full', async () => {
  const said = 'Quota exceeded for cores: Requested 8, but already used 92 of 96 cores'
  await reach('ready', 3)
  await set('Ada', `phase = 'failed', reason_code = 'cloud.quota_exceeded', reason_detail = '${said}', next_check_at = null, failures = 2`)
  await page.goto(`${product.origin}/operator`)
  const attention = page.getByRole('region', { name: 'Needs attention' })
  await expect(attention).toContainText('1 could not start')
  await expect(attention).toContainText('The quota of the cloud has no room for it.')
  await noViolations(page)
  await attention.getByRole('link', { name: /ada/i }).click()
  await expect(page.locator('#reason')).toContainText(said)
  await page.getByRole('button', { name: 'Try again' }).click()
  await reach('failed', 0)
})

test('without JavaScript many and one are handled all the same', async ({ browser }) => {
  const plain = await browser.newContext({ javaScriptEnabled: false, storageState: await office.storageState() })
  const quiet = await plain.newPage()
  await quiet.goto(`${product.origin}/operator`)
  await quiet.getByRole('row').filter({ hasText: 'Mira' }).getByRole('checkbox').check()
  await quiet.getByRole('button', { name: /suspend/i }).click()
  await quiet.getByRole('button', { name: 'Suspend 1', exact: true }).click()
  await expect(quiet).toHaveTitle('1 environment was suspended')
  await quiet.getByRole('link', { name: /mira/i }).click()
  await quiet.getByRole('button', { name: /^delete/i }).click()
  await expect(quiet).toHaveTitle('Delete 1 environment?')
  await quiet.getByRole('radio', { name: /at once/i }).check()
  await quiet.getByRole('button', { name: 'Look again' }).click()
  await quiet.getByRole('textbox', { name: /why/i }).fill('the end')
  await quiet.getByRole('textbox', { name: /type 1/i }).fill('1')
  await quiet.getByRole('button', { name: 'Delete 1 at once' }).click()
  await expect(quiet).toHaveTitle('1 environment was marked for deletion')
  await plain.close()
  await reach('deleted', 1)
})

test('on a phone all of it fits, and nothing stands in the way of a screen reader', async () => {
  await page.setViewportSize({ width: 390, height: 844 })
  for (const path of ['/operator', '/operator/bulk?do=delete&touched=yes&spare=0']) {
    await page.goto(product.origin + path)
    const over = await page.locator('main').evaluate((main) => main.scrollWidth - main.clientWidth)
    expect(over, path).toBe(0)
    await noViolations(page)
  }
})
