import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { launchFromCourse } from '../lib/demo-course/launch-drive.ts'
import type { PlainBrowser } from '../lib/demo-course/plain-browser.ts'
import { createHeatClient, readCloudsYaml } from '../lib/openstack-heat-client/index.ts'
import { type EnvironmentRow, openRows } from './environment-row.ts'
import { atMost, type Figure, percentile, report } from './report.ts'
import { openStage, type Part } from './stage.ts'

/*
 * Bar 2 of "The lifecycle": kill -9 of the worker, and of the whole application, at every named point of create, suspend, resume, reset
 * and delete. The points are recorded from an unbroken run. Each time the goal must be reached soon after the restart, with no stack
 * twice, none left over and no row without a way out.
 */

const LIMIT_MS = 15_000
const actions = ['create', 'suspend', 'resume', 'reset', 'delete'] as const
type Action = (typeof actions)[number]

const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice(7)
const stage = await openStage()
const folder = join(stage.data, 'crash')
mkdirSync(folder)
const rows = await openRows(stage.databaseUrl)
const settings = readCloudsYaml(readFileSync(stage.cloudsYaml, 'utf8'), 'dev')
const heat = createHeatClient({ ...settings, fetch, now: () => new Date(), timeoutMs: 10_000, userAgent: 'astrolabe-bench' })
let launch = { url: '', browser: undefined as PlainBrowser | undefined }

/** The processes of one way of running the product: which of them carries the crash points, and is the one that dies. */
type Cast = { name: string; start: (crash: boolean) => Promise<Part[]> }
const casts: Cast[] = [
  {
    name: 'whole application',
    start: async () => [await stage.start('web,worker,gateway,course', { ASTROLABE_CRASH_FOLDER: folder })],
  },
  {
    name: 'worker',
    start: async () => [await stage.start('worker', { ASTROLABE_CRASH_FOLDER: folder }), ...(others ?? [])],
  },
]
let others: Part[] | undefined

async function post(path: string, body: unknown): Promise<void> {
  if (!launch.browser) throw new Error('nobody has launched')
  const answer = await launch.browser.send(`${launch.url}${path}`, {
    method: 'POST',
    text: JSON.stringify(body),
    contentType: 'application/json',
    from: stage.origin,
  })
  if (answer.status >= 500) throw new Error(`${path} answered ${answer.status}`)
}

async function click(): Promise<void> {
  const { browser, final } = await launchFromCourse({ courseOrigin: stage.course, person: 'ada', lab: 'two-machines' })
  if (final.status !== 200) throw new Error(`the launch ended with ${final.status}`)
  launch = { url: final.url, browser }
}

async function newest(): Promise<EnvironmentRow & { deleted: boolean }> {
  const [row] = await rows.query<EnvironmentRow & { deleted: boolean }>(
    `select id, phase::text, intent::text, generation, reason_code, reason_detail, failures, sleep_how::text, deleted_at is not null as deleted
     from environment order by created_at desc limit 1`,
  )
  if (!row) throw new Error('there is no environment')
  return row
}

/** What a person does to have it, and does again if nothing seems to have come of it. */
const orders: Record<Action, (before: EnvironmentRow | null) => Promise<void>> = {
  create: click,
  suspend: () => post('/sleep', {}),
  resume: click,
  reset: (before) => post('/reset', { generation: before?.generation ?? 1 }),
  delete: async () => {
    await rows.query(
      `update environment set intent = 'deleted', delete_at = now(), delete_reason = 'a test', phase = 'deleting', phase_at = now(),
         next_check_at = now(), fence = fence + 1 where deleted_at is null`,
    )
    await rows.query("select pg_notify('environment_work', '')")
  },
}
const goals: Record<Action, (row: EnvironmentRow, before: EnvironmentRow | null) => boolean> = {
  create: ({ phase, id }, before) => phase === 'ready' && id !== before?.id,
  suspend: ({ phase }) => phase === 'suspended',
  resume: ({ phase }) => phase === 'ready',
  reset: ({ phase, generation }, before) => phase === 'ready' && generation === (before?.generation ?? 0) + 1,
  delete: ({ phase }) => phase === 'deleted',
}

async function reach(action: Action, before: EnvironmentRow | null, limitMs: number): Promise<void> {
  await rows.when((row) => goals[action](row, before), limitMs)
}

/** The environment as each action needs it: nothing, awake, or asleep. */
async function prepare(action: Action): Promise<EnvironmentRow | null> {
  let now = await newest().catch(() => null)
  if (action === 'create') {
    if (now && !now.deleted) {
      await orders.delete(now)
      // A create that got no answer may still land within a minute: until then nobody says that it is gone.
      await reach('delete', now, 120_000)
    }
    return now
  }
  if (!now || now.deleted) {
    await click()
    await rows.when(({ phase }) => phase === 'ready', 120_000)
  } else if (now.phase !== 'ready' && (action !== 'resume' || now.phase !== 'suspended')) {
    await click()
    await rows.when(({ phase }) => phase === 'ready', 120_000)
  }
  if (action === 'resume') {
    await post('/sleep', {})
    await rows.when(({ phase }) => phase === 'suspended', 30_000)
  }
  now = await newest()
  return now
}

const logged = () => readFileSync(join(folder, 'log'), 'utf8').split('\n').filter(Boolean)
const clearLog = () => writeFileSync(join(folder, 'log'), '')
const dieAt = (point: string | null) => {
  if (point === null) rmSync(join(folder, 'at'), { force: true })
  else writeFileSync(join(folder, 'at'), point)
}

let duplicates = 0
let looking = true
/** Somebody else who looks all the time: never two stacks of one environment. */
const watcher = (async () => {
  while (looking) {
    const list = await heat.listStacks({}).catch(() => [])
    if (list.length > 1) duplicates += 1
    await delay(100)
  }
})()

async function stuckRows(): Promise<number> {
  const found = await rows.query(
    `select 1 from environment where deleted_at is null and next_check_at is null and phase not in ('ready', 'suspended', 'lost', 'failed')`,
  )
  return found.length
}

type Trial = { cast: string; action: Action; point: string; tookMs: number; reached: boolean; stuck: number }
const trials: Trial[] = []

/** Whether a point is passed depends on how quick the machine is at that moment: what was not passed is tried again. */
const TRIES = 6
let neverPassed = 0

async function tryPoint(cast: Cast, parts: Part[], action: Action, point: string, tries = TRIES): Promise<Part[]> {
  dieAt(null)
  const before = await prepare(action)
  dieAt(point)
  const [victim] = parts
  if (!victim) throw new Error('nobody to kill')
  const ordered = orders[action](before).catch(() => {})
  const passedBy = reach(action, before, 120_000).then(() => delay(500))
  const died = await Promise.race([victim.ended.then(() => true), passedBy.then(() => false)])
  void passedBy.catch(() => {})
  dieAt(null)
  await ordered
  if (!died) {
    if (tries > 1) return tryPoint(cast, parts, action, point, tries - 1)
    neverPassed += 1
    process.stdout.write(`       ${cast.name}, ${action}: ${point}: not passed again in ${TRIES} runs\n`)
    return parts
  }
  const began = performance.now()
  const again = await cast.start(true)
  const served = performance.now() - began
  // A person whose click got no answer clicks again; one whose click was taken does nothing.
  const order = async () => {
    const row = await newest().catch(() => null)
    const taken =
      action === 'create'
        ? row !== null && row.id !== before?.id
        : action === 'suspend'
          ? row?.intent === 'suspended'
          : action === 'resume'
            ? row?.intent === 'running'
            : action === 'reset'
              ? row?.generation !== before?.generation
              : row?.intent === 'deleted'
    if (!taken) await orders[action](before)
  }
  await order()
  const reached = await reach(action, before, LIMIT_MS - served + 1).then(
    () => true,
    (error: unknown) => {
      process.stdout.write(`${String(error)}\n`)
      return false
    },
  )
  const tookMs = performance.now() - began
  trials.push({ cast: cast.name, action, point, tookMs, reached, stuck: await stuckRows() })
  process.stdout.write(`${reached ? 'ok    ' : 'FAILED'} ${cast.name}, ${action}: ${point} (${Math.round(tookMs)} ms)\n`)
  if (!reached)
    await rows.when((row) => goals[action](row, before), 90_000).catch((error: unknown) => process.stdout.write(`${String(error)}\n`))
  return again
}

const figures: Record<string, Figure> = {}
let leftStacks = -1
try {
  const points: string[] = []
  for (const cast of casts) {
    if (cast.name === 'worker') others = [await stage.start('web,gateway,course')]
    clearLog()
    let parts = await cast.start(true)
    const found: [Action, string][] = []
    for (const action of actions) {
      const before = await prepare(action)
      clearLog()
      await orders[action](before)
      await reach(action, before, 60_000)
      await delay(300)
      for (const point of new Set(logged())) found.push([action, point])
    }
    process.stdout.write(`${cast.name}: ${found.length} points\n${found.map(([action, point]) => `  ${action}: ${point}`).join('\n')}\n`)
    points.push(...found.map(([action, point]) => `${action}: ${point}`))
    for (const [action, point] of found) {
      if (only !== undefined && !`${cast.name} ${action}: ${point}`.includes(only)) continue
      parts = await tryPoint(cast, parts, action, point)
    }
    dieAt(null)
    const last = await newest()
    if (!last.deleted) {
      await orders.delete(last)
      await reach('delete', last, 30_000)
    }
    for (const part of parts) await part.kill('SIGTERM')
  }
  await delay(500)
  leftStacks = (await heat.listStacks({})).length
  const missed = trials.filter(({ reached }) => !reached)
  figures['lifecycle.2 points recorded'] = { value: new Set(points).size, unit: 'points', bar: 40, pass: new Set(points).size >= 40 }
  figures['lifecycle.2 points not passed again'] = { value: neverPassed, unit: 'points' }
  figures['lifecycle.2 kills'] = { value: trials.length, unit: 'kills' }
  figures['lifecycle.2 goals missed within 15 s of the restart'] = atMost(missed.length, 'kills', 0)
  figures['lifecycle.2 from the restart to the goal, p50'] = {
    value: Math.round(
      percentile(
        trials.map(({ tookMs }) => tookMs),
        0.5,
      ),
    ),
    unit: 'ms',
  }
  figures['lifecycle.2 from the restart to the goal, longest'] = {
    value: Math.round(Math.max(...trials.map(({ tookMs }) => tookMs))),
    unit: 'ms',
  }
  figures['lifecycle.2 looks that saw two stacks'] = atMost(duplicates, 'looks', 0)
  figures['lifecycle.2 stacks left over'] = atMost(leftStacks, 'stacks', 0)
  figures['lifecycle.2 rows without a way out'] = atMost(
    trials.reduce((sum, { stuck }) => sum + stuck, 0),
    'rows',
    0,
  )
} finally {
  looking = false
  await watcher
  await rows.close()
  await stage.close()
}
report('crash', figures)
