import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { chromium } from '@playwright/test'
import pg from 'pg'
import { browserLaunchOptions } from '../e2e/browser.mjs'
import { enterCourse, openLab, proveShell } from '../e2e/people.ts'
import { startProduct } from '../e2e/product.ts'
import { makeSshKeyPair } from '../lib/environments/key-pair.ts'
import { createHeatClient, type HeatClient, readCloudsYaml } from '../lib/openstack-heat-client/index.ts'
import { connectHost } from '../lib/reach.ts'
import { atMost, type Figure, percentile, report } from './report.ts'

/*
 * Bar 2 of "The thread": from the click in the course to a typed answer on both machines, cold, beside the same template created
 * straight at the embedded cloud until both machines answer `ssh ... true`. Interleaved, in one run.
 */

// The browser pinned by the lockfile, so that two runs compare; BROWSER_FROM=system takes this computer's own, which may be heavier.
process.env.BROWSER_FROM ??= 'registry'
const runs = Number(process.argv[2] ?? 20)
const folder = join('heat-templates', 'two-machines')
const template = readFileSync(join(folder, 'two-machines.yaml'), 'utf8')
const files = { 'node.yaml': readFileSync(join(folder, 'node.yaml'), 'utf8') }

const product = await startProduct()
const settings = readCloudsYaml(readFileSync(join(product.data, 'dev-cloud', 'clouds.yaml'), 'utf8'), 'dev')
const heat = createHeatClient({ ...settings, fetch, now: () => new Date(), timeoutMs: 30_000, userAgent: 'astrolabe-bench' })
const browser = await chromium.launch(await browserLaunchOptions())
const database = new pg.Client({ connectionString: product.databaseUrl })
await database.connect()

const gone = async (cloud: HeatClient) => {
  while ((await cloud.listStacks({})).length > 0) await delay(25)
}

async function answersTrue(address: string, privateKey: string): Promise<void> {
  for (;;) {
    const client = await connectHost({
      proxyUrl: settings.sshProxy ?? null,
      address,
      port: 22,
      timeoutMs: 1_000,
      user: 'debian',
      privateKey,
      hostKey: null,
      onFirstUse: (key) => key,
    }).catch(() => null)
    if (!client) {
      await delay(10)
      continue
    }
    const code = await new Promise<number | null>((done, failed) =>
      client.exec('true', (error, channel) => (error ? failed(error) : channel.on('exit', done).resume())),
    )
    client.end()
    if (code === 0) return
  }
}

/** The baseline: one POST, then SSH to both as soon as their addresses are known. */
async function direct(run: number): Promise<number> {
  const key = makeSshKeyPair('bench')
  const began = performance.now()
  const stack = await heat.createStack({
    name: `direct-${run}`,
    template,
    files,
    parameters: {
      ssh_public_key: key.publicKey,
      inside_public_key: key.publicKey,
      inside_private_key: Buffer.from(key.privateKey).toString('base64'),
    },
    timeoutMinutes: 5,
  })
  const addresses: string[] = []
  while (addresses.length < 2) {
    const { outputs = [] } = await heat.showStack(stack)
    addresses.length = 0
    for (const name of ['node1_address', 'node2_address']) {
      const value = outputs.find((output) => output.key === name)?.value
      if (typeof value === 'string') addresses.push(value)
    }
    if (addresses.length < 2) await delay(10)
  }
  await Promise.all(addresses.map((address) => answersTrue(address, key.privateKey)))
  const took = performance.now() - began
  await heat.deleteStack(stack)
  await gone(heat)
  return took
}

/** Ours: a browser of its own each time, from the click to both answers. */
async function launch(): Promise<number> {
  const context = await browser.newContext()
  const page = await enterCourse(context, product.course, 'ada')
  const began = performance.now()
  const learner = await openLab(page)
  await proveShell(learner, 'node1')
  await proveShell(learner, 'node2')
  const took = performance.now() - began
  await context.close()
  // The environment leaves as a person would have it leave: by an order to delete, carried out by the worker.
  await database.query(
    "update environment set intent = 'deleted', delete_at = now(), delete_reason = 'bench', next_check_at = now() where deleted_at is null",
  )
  await database.query("select pg_notify('environment_work', '')")
  while ((await database.query('select 1 from environment where deleted_at is null')).rowCount) await delay(25)
  await gone(heat)
  return took
}

const figures: Record<string, Figure> = {}
try {
  const [ours, theirs]: [number[], number[]] = [[], []]
  await direct(-1)
  await launch()
  for (let run = 0; run < runs; run += 1) {
    theirs.push(await direct(run))
    ours.push(await launch())
    process.stdout.write(
      `run ${String(run + 1).padStart(2)}: direct ${Math.round(theirs.at(-1) ?? 0)} ms, ours ${Math.round(ours.at(-1) ?? 0)} ms\n`,
    )
  }
  const median = percentile(theirs, 0.5)
  figures['thread.2 direct median'] = { value: Math.round(median), unit: 'ms' }
  figures['thread.2 click to answer p50'] = atMost(percentile(ours, 0.5), 'ms', 2_500)
  figures['thread.2 p50 beyond direct'] = atMost(percentile(ours, 0.5) - median, 'ms', 1_200)
  figures['thread.2 19 of 20 beyond direct'] = atMost(percentile(ours, 0.95) - median, 'ms', 2_000)
} finally {
  await browser.close()
  await database.end()
  await product.stop()
}
report('launch', figures)
