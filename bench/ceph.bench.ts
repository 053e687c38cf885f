import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Browser, type BrowserContext, chromium, type Page } from '@playwright/test'
import { browserLaunchOptions } from '../e2e/browser.mjs'
import { enterCourse, openLab } from '../e2e/people.ts'
import { type Product, startProduct } from '../e2e/product.ts'
import { ensureImage } from '../lib/dev-cloud/images/ensure.mjs'
import { spokenProgress } from '../lib/dev-cloud/images/spoken.mjs'
import { imageFolder } from '../scripts/machines.mjs'
import { openRows } from './environment-row.ts'
import { commandBlocks, openTerminals, type Terminals } from './guide-reader.ts'
import { atMost, type Figure, percentile, report } from './report.ts'

/*
 * Bar 4 of "The embedded cloud": from the click on *Ceph in three nodes* to a typed `ceph -s` that answers HEALTH_OK, image cached, a
 * new cluster each time. Then, in one of them: an object outlives a sleep and a stop of the whole demo, and an OSD is broken and healed
 * by the guide's own commands, taken from its text.
 */

process.env.BROWSER_FROM ??= 'registry'
const runs = Number(process.argv[2] ?? 5)
const image = 'debian-12-ceph'
/** Well beyond the bar: what is late is to be measured, not cut off. */
const PATIENCE_MS = 150_000

const spoken = spokenProgress((line) => process.stdout.write(`${line}\n`))
await ensureImage({ imageFolder: imageFolder(), name: image, onProgress: (progress) => spoken.onProgress(progress) }).finally(() =>
  spoken.stop(),
)

let product = await startProduct()
const browser: Browser = await chromium.launch(await browserLaunchOptions())

type Visit = { context: BrowserContext; page: Page; terminals: Terminals; tookMs: number }

/** A click in the course, then `ceph -s` at node1's first prompt, until it has answered HEALTH_OK. */
async function launch(): Promise<Visit> {
  const context = await browser.newContext()
  const page = await enterCourse(context, product.course, 'ada')
  const began = performance.now()
  await openLab(page, 'ceph')
  const terminals = await openTerminals(page, PATIENCE_MS)
  for (;;) {
    const answer = await terminals.type('node1', 'ceph -s')
    if (/health:\s*HEALTH_OK/.test(answer)) return { context, page, terminals, tookMs: performance.now() - began }
  }
}

const ask = async ({ terminals }: Visit, host: string, text: string) => (await terminals.type(host, text)).split('\n').at(-1) ?? ''

/** The environment leaves as a person would have it leave: by an order to delete, carried out by the worker. */
async function leave(context: BrowserContext, rows: Awaited<ReturnType<typeof openRows>>): Promise<void> {
  await context.close()
  await rows.query(
    "update environment set intent = 'deleted', delete_at = now(), delete_reason = 'bench', next_check_at = now() where deleted_at is null",
  )
  await rows.query("select pg_notify('environment_work', '')")
  while ((await rows.query('select 1 from environment where deleted_at is null')).length > 0) await delay(50)
}

/** "Sleep now", as the page asks for it. */
async function fallAsleep(page: Page, at: Product): Promise<void> {
  const frame = page.frames().find((candidate) => candidate.url().startsWith(at.origin))
  const status = await frame?.evaluate(async () => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
    return (await fetch(`${location.pathname}/sleep`, init)).status
  })
  if (status !== 202) throw new Error(`sleep was answered with ${status}`)
}

/** Types what a step of the guide tells, block for block; what it answered, by block. */
async function follow({ terminals }: Visit, step: string): Promise<string[]> {
  const answers: string[] = []
  for (const { host, text } of commandBlocks(readFileSync(join('heat-templates', 'ceph', 'guide', step), 'utf8')))
    answers.push(await terminals.type(host, text))
  return answers
}

const seconds = (ms: number) => Math.round(ms / 100) / 10
const count = (value: boolean) => atMost(value ? 0 : 1, 'failures', 0)

const figures: Record<string, Figure> = {}
try {
  let rows = await openRows(product.databaseUrl, () => product.output().slice(-3000))
  const took: number[] = []
  const ids = new Set<string>()
  let visit: Visit | null = null
  for (let run = 0; run < runs; run += 1) {
    if (visit !== null) await leave(visit.context, rows)
    visit = await launch()
    took.push(visit.tookMs)
    ids.add(await ask(visit, 'node1', 'ceph fsid'))
    process.stdout.write(`run ${run + 1}: ${seconds(visit.tookMs)} s to HEALTH_OK, cluster ${[...ids].at(-1)}\n`)
  }
  if (visit === null) throw new Error('no runs')
  figures['cloud.4 click to HEALTH_OK, p50'] = { value: seconds(percentile(took, 0.5)), unit: 's' }
  figures['cloud.4 click to HEALTH_OK, slowest'] = atMost(percentile(took, 1) / 1000, 's', 75)
  figures['cloud.4 clusters that are not new'] = atMost(runs - ids.size, 'clusters', 0)

  await follow(visit, '04-objects.md')
  await ask(visit, 'node2', 'echo kept-$((6*7)) | rados -p lab put kept -')
  await fallAsleep(visit.page, product)
  await rows.when(({ phase }) => phase === 'suspended', 60_000)
  await visit.context.close()
  visit = await launch()
  figures['cloud.4 asleep to HEALTH_OK'] = { value: seconds(visit.tookMs), unit: 's' }
  figures['cloud.4 object written before the sleep'] = count((await ask(visit, 'node3', 'rados -p lab get kept -')) === 'kept-42')

  const outage = await follow(visit, '07-outage.md')
  figures['cloud.4 an outage shows'] = count(outage.some((answer) => /osds? down/.test(answer)))
  const loss = await follow(visit, '08-loss.md')
  figures['cloud.4 a lost disk shows'] = count(loss.some((answer) => /osds? down/.test(answer)))
  const began = performance.now()
  const healed = await follow(visit, '09-heal.md')
  figures['cloud.4 healed by the guide'] = count(
    /health:\s*HEALTH_OK/.test(healed.at(-1) ?? '') && /before the outage/.test(healed.at(-1) ?? ''),
  )
  figures['cloud.4 heal step'] = { value: seconds(performance.now() - began), unit: 's' }

  await visit.context.close()
  await rows.close()
  const { data } = product
  await product.stop({ keep: true })
  product = await startProduct({ data })
  rows = await openRows(product.databaseUrl, () => product.output().slice(-3000))
  visit = await launch()
  figures['cloud.4 stopped demo to HEALTH_OK'] = { value: seconds(visit.tookMs), unit: 's' }
  figures['cloud.4 object written before the stop'] = count((await ask(visit, 'node1', 'rados -p lab get kept -')) === 'kept-42')
  await leave(visit.context, rows)
  await rows.close()
} finally {
  await browser.close()
  await product.stop()
}
report('ceph', figures)
