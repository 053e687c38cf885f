import { readFileSync, rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { labFolder } from '../e2e/lab-folder.ts'
import { createHeatClient, type HeatClient, readCloudsYaml, type Stack } from '../lib/openstack-heat-client/index.ts'
import { everybody, makeCrowd } from './crowd.ts'
import { openRows } from './environment-row.ts'
import { atMost, type Figure, report } from './report.ts'
import { controlOf, openStage } from './stage.ts'

/*
 * Bar 4 of "The lifecycle": 200 environments whose deadlines lie in the same second, on played servers that take 3 s to suspend; beside
 * them, as the baseline, the same calls sent straight to the cloud with the same concurrency. Then once more with sick ones among them,
 * whose calls hang: nobody else may wait for those.
 */

const count = Number(process.argv[2] ?? 200)
const concurrency = 32
const warnMs = 50_000
/** A warning is written down so much ahead of its time (lib/environments/deadlines.ts). */
const LEAD_MS = 5_000

const labs = labFolder({ idle: { after: '2h', warn: `${warnMs / 1000}s` } })
const stage = await openStage({
  ASTROLABE_LABS: labs,
  ASTROLABE_DEV_CLOUD_DRIVER: 'null',
  ASTROLABE_NULL_TIMES: 'start=50ms,suspend=3s,resume=200ms,stop=200ms,delete=50ms',
})
const settings = readCloudsYaml(readFileSync(stage.cloudsYaml, 'utf8'), 'dev')
const heat = createHeatClient({ ...settings, fetch, now: () => new Date(), timeoutMs: 60_000, userAgent: 'astrolabe-bench' })
const rows = await openRows(stage.databaseUrl)
const control = controlOf(stage.data)

const isAsleep = ({ action, status }: Stack) => action === 'SUSPEND' && status === 'COMPLETE'

/** When every stack but these is asleep in the cloud's own list, `performance.now()`. */
async function allAsleep(cloud: HeatClient, sick: ReadonlySet<string>, limitMs: number): Promise<number> {
  const late = performance.now() + limitMs
  for (;;) {
    const list = await cloud.listStacks({})
    const waiting = list.filter((stack) => !sick.has(stack.name) && !isAsleep(stack))
    if (waiting.length === 0) return performance.now()
    if (performance.now() > late) throw new Error(`${waiting.length} stacks are still awake`)
    await delay(50)
  }
}

/** The same calls, straight to the cloud. */
async function direct(): Promise<number> {
  const queue = (await heat.listStacks({})).map(({ name, id }) => ({ name, id }))
  const began = performance.now()
  const one = async () => {
    for (let next = queue.pop(); next; next = queue.pop()) await heat.suspendStack(next)
  }
  await Promise.all(Array.from({ length: concurrency }, one))
  return (await allAsleep(heat, new Set(), 120_000)) - began
}

async function wakeAll(): Promise<void> {
  await rows.query(
    `update environment set intent = 'running', phase = 'resuming', phase_at = now(), awake_at = null, suspend_at = null, limit_at = null,
       warned_at = null, next_check_at = now(), fence = fence + 1`,
  )
  await rows.query("select pg_notify('environment_work', '')")
  await everybody(rows, 'ready', 120_000)
}

/** All deadlines in the same second, each with its warning before it. */
async function deadlines(sick: ReadonlySet<string> = new Set()): Promise<number> {
  const inMs = warnMs + LEAD_MS + 3_000
  const [due] = await rows.query<{ at: Date }>(
    `update environment set suspend_at = date_trunc('second', now()) + make_interval(secs => $1), warned_at = null,
       next_check_at = date_trunc('second', now()) + make_interval(secs => $1) - make_interval(secs => $2) returning suspend_at as at`,
    [inMs / 1000, (warnMs + LEAD_MS) / 1000],
  )
  await rows.query("select pg_notify('environment_work', '')")
  const dueAt = performance.now() + ((due?.at.getTime() ?? 0) - Date.now())
  await delay(dueAt - performance.now())
  return (await allAsleep(heat, sick, 120_000)) - dueAt
}

const figures: Record<string, Figure> = {}
try {
  const worker = await stage.start('worker')
  await makeCrowd(rows, count, 300_000)
  await worker.kill('SIGTERM')
  const straight = await direct()
  await stage.start('worker')
  await wakeAll()
  const ours = await deadlines()
  await everybody(rows, 'suspended', 60_000)
  await wakeAll()

  const ill = (await heat.listStacks({})).slice(0, 20)
  const sick = new Set(ill.map(({ name }) => name))
  for (const stack of sick)
    await control('/rules', { method: 'POST', body: { way: 'slow-call', service: 'heat', verb: 'suspend', stack, ms: 60_000 } })
  const beside = await deadlines(sick)
  await control('/rules', { method: 'DELETE' })
  await everybody(rows, 'suspended', 120_000)

  const bar = straight * 1.2 + 2_000
  figures['lifecycle.4 the same calls sent directly'] = { value: Math.round(straight), unit: 'ms' }
  figures['lifecycle.4 deadlines to all asleep in the cloud'] = atMost(ours, 'ms', Math.round(bar))
  figures['lifecycle.4 the healthy beside 20 sick ones'] = atMost(beside, 'ms', Math.round(bar))
} finally {
  await rows.close()
  await stage.close()
  rmSync(labs, { recursive: true, force: true })
}
report('deadlines', figures)
