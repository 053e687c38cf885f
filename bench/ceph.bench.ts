import { setTimeout as delay } from 'node:timers/promises'
import { type Browser, type BrowserContext, chromium } from '@playwright/test'
import { browserLaunchOptions } from '../e2e/browser.mjs'
import { startProduct } from '../e2e/product.ts'
import { ensureImage } from '../lib/dev-cloud/images/ensure.mjs'
import { spokenProgress } from '../lib/dev-cloud/images/spoken.mjs'
import { imageFolder } from '../scripts/machines.mjs'
import { ask, comeBack, launchCeph, liveThrough, seconds, under, type Visit } from './ceph-story.ts'
import { openRows } from './environment-row.ts'
import { atMost, type Figure, percentile, report } from './report.ts'

/*
 * Bar 4 of "The embedded cloud": from the click on *Ceph in three nodes* to a typed `ceph -s` that answers HEALTH_OK, image cached, a
 * new cluster each time. Then, in one of them, the whole story (ceph-story.ts).
 */

process.env.BROWSER_FROM ??= 'registry'
const runs = Number(process.argv[2] ?? 5)
const image = 'debian-12-ceph'
const spoken = spokenProgress((line) => process.stdout.write(`${line}\n`))
await ensureImage({ imageFolder: imageFolder(), name: image, onProgress: (progress) => spoken.onProgress(progress) }).finally(() =>
  spoken.stop(),
)

let product = await startProduct()
const browser: Browser = await chromium.launch(await browserLaunchOptions())

/** The environment leaves as a person would have it leave: by an order to delete, carried out by the worker. */
async function leave(context: BrowserContext, rows: Awaited<ReturnType<typeof openRows>>): Promise<void> {
  await context.close()
  await rows.query(
    "update environment set intent = 'deleted', delete_at = now(), delete_reason = 'bench', next_check_at = now() where deleted_at is null",
  )
  await rows.query("select pg_notify('environment_work', '')")
  while ((await rows.query('select 1 from environment where deleted_at is null')).length > 0) await delay(50)
}

const figures: Record<string, Figure> = {}
try {
  let rows = await openRows(product.databaseUrl, () => product.output().slice(-3000))
  const took: number[] = []
  const ids = new Set<string>()
  let visit: Visit | null = null
  for (let run = 0; run < runs; run += 1) {
    if (visit !== null) await leave(visit.context, rows)
    visit = await launchCeph(browser, product)
    took.push(visit.tookMs)
    ids.add(await ask(visit, 'node1', 'ceph fsid'))
    process.stdout.write(`run ${run + 1}: ${seconds(visit.tookMs)} s to HEALTH_OK, cluster ${[...ids].at(-1)}\n`)
  }
  if (visit === null) throw new Error('no runs')
  figures['cloud.4 click to HEALTH_OK, p50'] = { value: seconds(percentile(took, 0.5)), unit: 's' }
  figures['cloud.4 click to HEALTH_OK, slowest'] = atMost(percentile(took, 1) / 1000, 's', 75)
  figures['cloud.4 clusters that are not new'] = atMost(runs - ids.size, 'clusters', 0)

  const lived = await liveThrough(browser, product, visit)
  Object.assign(figures, under('cloud.4 ', lived.figures))

  await lived.visit.context.close()
  await rows.close()
  const { data } = product
  await product.stop({ keep: true })
  product = await startProduct({ data })
  rows = await openRows(product.databaseUrl, () => product.output().slice(-3000))
  const back = await comeBack(browser, product)
  Object.assign(figures, under('cloud.4 ', back.figures))
  await leave(back.visit.context, rows)
  await rows.close()
} finally {
  await browser.close()
  await product.stop()
}
report('ceph', figures)
