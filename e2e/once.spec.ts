import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { launchFromCourse } from '../lib/demo-course/launch-drive.ts'
import { createBrowser, type PlainBrowser } from '../lib/demo-course/plain-browser.ts'
import { createHeatClient, type HeatClient, readCloudsYaml } from '../lib/openstack-heat-client/index.ts'
import { type Balancer, startBalancer } from './balancer.ts'
import { freePort, type Product, startProduct } from './product.ts'
import { openRows, type Rows } from './rows.ts'
import { startWebProcess, type WebProcess } from './web-process.ts'

/*
 * A click that arrives a hundred times gives one person one set of machines. Two web processes answer; they share rows and nothing else.
 */

const launches = 100
/** Each of these clicks twice. */
const browserCount = 50

let balancer: Balancer
let product: Product
let second: WebProcess
let rows: Rows
let heat: HeatClient
let opened: { browser: PlainBrowser; address: string }[] = []

test.beforeAll(async () => {
  test.setTimeout(120_000)
  balancer = await startBalancer(await freePort())
  product = await startProduct({ env: { ASTROLABE_PUBLIC_URL: balancer.origin, ASTROLABE_DEV_CLOUD_DRIVER: 'memory' } })
  second = await startWebProcess(product, balancer.origin)
  const { port }: { port: number } = JSON.parse(readFileSync(join(product.data, 'running.json'), 'utf8'))
  balancer.serve([port, second.port])
  rows = await openRows(product.databaseUrl)
  const cloud = readCloudsYaml(readFileSync(join(product.data, 'dev-cloud', 'clouds.yaml'), 'utf8'), 'dev')
  heat = createHeatClient({ ...cloud, fetch, now: () => new Date(), userAgent: 'astrolabe-e2e' })
})

test.afterAll(async () => {
  await rows?.close()
  await second?.stop()
  await product?.stop()
  await balancer?.close()
})

const one = async <T>(what: string) => (await rows.query<{ found: T }>(`select ${what} as found`))[0]?.found

test('100 launches of one learner and lab at once, through two web processes, make one stack and show 100 good pages', async () => {
  test.setTimeout(180_000)
  const browsers = Array.from({ length: browserCount }, (): PlainBrowser => createBrowser({ place: 'frame', site: product.course }))
  const began = performance.now()
  const outcomes = await Promise.allSettled(
    Array.from({ length: launches }, async (_, index) => {
      const browser = browsers[index % browserCount] ?? createBrowser({ site: product.course })
      return launchFromCourse({ courseOrigin: product.course, person: 'ada', lab: 'two-machines', browser })
    }),
  )
  const seconds = ((performance.now() - began) / 1000).toFixed(1)

  const pages = outcomes.map((outcome): string => {
    if (outcome.status === 'rejected') return String(outcome.reason)
    const { status, body } = outcome.value.final
    return `${status} ${/<h1[^>]*>([^<]*)/.exec(body)?.[1] ?? 'no title'}`
  })
  const isGood = (page: string): boolean => page === '200 Two machines'
  const good = pages.filter(isGood)
  expect([...new Set(pages.filter((page) => !isGood(page)))], 'pages that are not the lab').toEqual([])
  expect(good).toHaveLength(launches)

  // Every page is a launch of its own, and the same environment.
  opened = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [{ browser: outcome.value.browser, address: outcome.value.final.url }] : [],
  )
  expect(new Set(opened.map(({ address }) => address)).size).toBe(launches)
  const shares = [...balancer.taken().values()]
  expect(shares).toHaveLength(2)
  expect(Math.min(...shares)).toBeGreaterThan(launches / 2)

  await expect.poll(() => one<number>(`(select count(*)::int from stack where heat_id is not null)`), { timeout: 30_000 }).toBe(1)
  expect(await one(`(select count(*)::int from launch)`)).toBe(launches)
  expect(await one(`(select count(*)::int from environment)`)).toBe(1)
  expect(await one(`(select count(*)::int from environment_member)`)).toBe(1)
  expect(await one(`(select count(*)::int from "user" where subject not in ('operator'))`)).toBe(1)
  // In the cloud, deleted ones included: none was made and taken away again.
  const stacks = await heat.listStacks({ showDeleted: true })
  expect(stacks.map(({ name }) => name)).toHaveLength(1)
  console.log(
    `thread.3: ${stacks.length} stack in the cloud, ${good.length} good pages of ${launches} launches (${launches} under way at once, ${browserCount} browsers, two web processes ${shares.join('/')} connections, ${seconds} s)`,
  )
})

test('a browser that began two launches at once keeps both: each page can be opened again', async () => {
  const again = await Promise.all(opened.map(async ({ browser, address }) => (await browser.send(address)).status))
  expect(again.filter((status) => status !== 200)).toEqual([])
})

test('100 openings of the same page at once change nothing', async () => {
  const browser = createBrowser({ place: 'frame', site: product.course })
  const { final } = await launchFromCourse({ courseOrigin: product.course, person: 'ada', lab: 'two-machines', browser })
  const again = await Promise.all(Array.from({ length: launches }, () => browser.send(final.url)))
  expect(again.map(({ status }) => status).filter((status) => status !== 200)).toEqual([])
  expect(await one(`(select count(*)::int from environment)`)).toBe(1)
  expect(await heat.listStacks({ showDeleted: true })).toHaveLength(1)
})
