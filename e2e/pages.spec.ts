import { randomUUID } from 'node:crypto'
import { type BrowserContext, expect, type Page, test } from '@playwright/test'
import { look } from './look.ts'
import { enterCourse, openLab, ownWindow } from './people.ts'
import { type Product, startProduct } from './product.ts'
import { openRows, type Rows } from './rows.ts'

/*
 * Every page that is not the lab itself, in both themes at four widths: for axe, for the window's edge, and in a picture.
 */

test.describe.configure({ mode: 'serial' })

let product: Product
let rows: Rows
let learner: BrowserContext
let instructor: BrowserContext
let ada: string
let mira: string

test.beforeAll(async ({ browser }) => {
  test.setTimeout(120_000)
  product = await startProduct({ env: { ASTROLABE_DEV_CLOUD_DRIVER: 'null' } })
  rows = await openRows(product.databaseUrl)
  learner = await browser.newContext()
  instructor = await browser.newContext()
  ada = await ownWindow(learner, product.course, 'ada')
  mira = await ownWindow(instructor, product.course, 'mira')
})

test.afterAll(async () => {
  await learner?.close()
  await instructor?.close()
  await rows?.close()
  await product?.stop()
})

/** Opens an address and looks at it once its heading is there. */
async function wrongWith(page: Page, name: string, address: string): Promise<string[]> {
  await page.goto(new URL(address, product.origin).href)
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  return look(page, name)
}

test('whoever comes from nowhere, or to nothing, is told so in a page that everybody can read', async ({ page }) => {
  test.setTimeout(90_000)
  expect(await wrongWith(page, 'front', '/')).toEqual([])
  expect(await wrongWith(page, 'not found', '/nothing-here')).toEqual([])
  expect(await wrongWith(page, 'signed out', `/l/${randomUUID()}`)).toEqual([])
  expect(await wrongWith(page, 'operator signed out', '/operator')).toEqual([])
  expect(await wrongWith(page, 'components', '/dev/components')).toEqual([])
})

test('the class, and a page that is not for learners, can be read by everybody', async () => {
  test.setTimeout(90_000)
  const [hers, theirs] = [await learner.newPage(), await instructor.newPage()]
  expect(await wrongWith(theirs, 'class', `${mira}/class`)).toEqual([])
  expect(await wrongWith(hers, 'forbidden', `${ada}/class`)).toEqual([])
})

test('an operator signs in, sees all environments, one, and what an order for many would do, at every width', async ({ page }) => {
  test.setTimeout(120_000)
  expect(await wrongWith(page, 'sign in', product.signIn)).toEqual([])
  await page.getByRole('button', { name: /sign in/i }).click()
  await expect(page).toHaveURL(/\/operator$/)
  expect(await look(page, 'operator')).toEqual([])
  const [one] = await rows.query<{ id: string }>('select id from environment order by id limit 1')
  expect(await wrongWith(page, 'environment', `/operator/environments/${one?.id}`)).toEqual([])
  expect(await wrongWith(page, 'bulk', '/operator/bulk?do=delete&touched=yes&spare=0')).toEqual([])
  expect(await wrongWith(page, 'operator, nothing found', '/operator?q=nobody-of-this-name')).toEqual([])
})

test('the course and the lab in its frame can be read at every width', async ({ browser }) => {
  test.setTimeout(90_000)
  const context = await browser.newContext()
  const page = await enterCourse(context, product.course, 'lin')
  expect(await look(page, 'course')).toEqual([])
  await page.setViewportSize({ width: 1280, height: 800 })
  const { lab } = await openLab(page)
  await lab.getByRole('heading', { level: 1 }).waitFor({ state: 'attached' })
  expect(await look(page, 'course with the lab')).toEqual([])
  await context.close()
})

test('a place without a lab says so, and offers an instructor the labs there are', async () => {
  test.setTimeout(90_000)
  await rows.query("update environment set deleted_at = now(), phase = 'deleted'")
  await rows.query('update resource_link set lab_version_id = null, lab_id = null')
  expect(await wrongWith(await learner.newPage(), 'no lab, learner', ada)).toEqual([])
  expect(await wrongWith(await instructor.newPage(), 'no lab, instructor', mira)).toEqual([])
})
