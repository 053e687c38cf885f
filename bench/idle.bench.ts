import { readFileSync, rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { labFolder } from '../e2e/lab-folder.ts'
import { everybody, makeCrowd } from './crowd.ts'
import { openRows } from './environment-row.ts'
import { atMost, type Figure, report } from './report.ts'
import { controlOf, openStage, type Part } from './stage.ts'

/*
 * Bar 8 of "The lifecycle": what 1,000 sleeping environments cost: requests to the cloud, counted at the cloud, tokens included, and the
 * processor time of the application, beside the same application with nothing in it.
 */

const count = Number(process.argv[2] ?? 1_000)
const watchMs = Number(process.argv[3] ?? 120_000)

const labs = labFolder({ idle: { after: '2h' } })
const stage = await openStage({
  ASTROLABE_LABS: labs,
  ASTROLABE_DEV_CLOUD_DRIVER: 'null',
  ASTROLABE_NULL_TIMES: 'start=20ms,suspend=20ms,resume=20ms,stop=20ms,delete=20ms',
})
const rows = await openRows(stage.databaseUrl)
const control = controlOf(stage.data)

/** Processor time that a process has used, in ms (proc(5): utime and stime, in hundredths of a second). */
function cpuMs({ pid }: Part): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

type Calls = { total: number }
const calls = async (): Promise<number> => (await control<Calls>('/requests')).total

/** Every claim adds one to a row's number. */
async function claims(): Promise<number> {
  const [row] = await rows.query<{ fences: string }>('select sum(fence) as fences from environment')
  return Number(row?.fences ?? 0)
}

async function watch(application: Part): Promise<{ perMinute: number; coreShare: number }> {
  const [callsBefore, cpuBefore, began] = [await calls(), cpuMs(application), performance.now()]
  await delay(watchMs)
  const ms = performance.now() - began
  return { perMinute: ((await calls()) - callsBefore) / (ms / 60_000), coreShare: ((cpuMs(application) - cpuBefore) / ms) * 100 }
}

const figures: Record<string, Figure> = {}
try {
  const application = await stage.start('web,worker,gateway,course')
  // What a start compiles and collects is over by then.
  await delay(30_000)
  const empty = await watch(application)
  await makeCrowd(rows, count, 600_000)
  await rows.query(
    `update environment set intent = 'suspended', sleep_why = 'asked', phase = 'suspending', phase_at = now(), awake_at = null,
       suspend_at = null, limit_at = null, warned_at = null, next_check_at = now(), fence = fence + 1`,
  )
  await rows.query("select pg_notify('environment_work', '')")
  await everybody(rows, 'suspended', 600_000)
  await delay(30_000)
  const before = await claims()
  const asleep = await watch(application)
  const after = await claims()
  figures['lifecycle.8 requests a minute, nothing there'] = { value: Math.round(empty.perMinute * 10) / 10, unit: 'requests' }
  figures['lifecycle.8 requests a minute'] = atMost(asleep.perMinute, 'requests', 6)
  figures['lifecycle.8 processor, nothing there'] = { value: Math.round(empty.coreShare * 100) / 100, unit: '% of a core' }
  figures['lifecycle.8 processor'] = atMost(asleep.coreShare, '% of a core', 1)
  figures['lifecycle.8 rows touched'] = atMost(after - before, 'claims', 0)
} finally {
  await rows.close()
  await stage.close()
  rmSync(labs, { recursive: true, force: true })
}
report('idle', figures)
