import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { labFolder } from '../e2e/lab-folder.ts'
import { openRows } from './environment-row.ts'
import { atMost, type Figure, report } from './report.ts'
import { controlOf, openStage } from './stage.ts'

/*
 * Bar 5 of "The lifecycle": the embedded cloud misbehaves in each way, during each action. Within the declared time the goal is reached,
 * or a reason is stated: with a button that works once the cloud is well again, or, for sleep and deletion, with trying that goes on.
 * What somebody has used is never deleted: after sleep and waking its servers are the same ones.
 */

const actions = ['create', 'suspend', 'resume', 'reset', 'delete'] as const
type Action = (typeof actions)[number]

/** `global`: it is the whole cloud's, not one stack's. `withinMs`: the declared time; default 90 s. */
type Way = {
  name: string
  rules: (action: Action) => Record<string, unknown>[]
  global?: true
  withinMs?: number
  only?: Action[]
  forMs?: number
}

const verbOf = (action: Action) => (action === 'reset' ? 'create' : action)
const ways: Way[] = [
  { name: 'each call takes 3 s longer', rules: () => [{ way: 'slow-call', ms: 3_000 }] },
  { name: 'the action takes 15 s longer', rules: (action) => [{ way: 'slow-action', ms: 15_000, verb: verbOf(action) }] },
  { name: 'the action fails once', rules: (action) => [{ way: 'fail', verb: verbOf(action), count: 1 }] },
  { name: 'the action fails always', rules: (action) => [{ way: 'fail', verb: verbOf(action) }] },
  {
    name: 'the action fails always, by Nova too',
    rules: (action) => [
      { way: 'fail', verb: verbOf(action) },
      { way: 'fail', service: 'nova', verb: verbOf(action) },
      ...(action === 'suspend' ? [{ way: 'fail', service: 'nova', verb: 'stop' }] : []),
    ],
    only: ['suspend', 'resume'],
  },
  { name: 'no room for servers', rules: () => [{ way: 'quota' }], only: ['create', 'reset'] },
  { name: 'no room for addresses', rules: () => [{ way: 'quota-floating-ips' }], only: ['create', 'reset'] },
  { name: 'no room for stacks', rules: () => [{ way: 'quota-stacks' }], only: ['create', 'reset'] },
  { name: 'machines never signal', rules: () => [{ way: 'mute' }], only: ['create', 'reset'], withinMs: 200_000 },
  { name: 'servers cannot be suspended', rules: () => [{ way: 'refuse' }], only: ['suspend', 'resume'] },
  { name: 'answers 500 for 15 s', rules: () => [{ way: 'answer-error', forMs: 15_000 }] },
  { name: 'answers 503 to the order, twice', rules: (action) => [{ way: 'answer-error', status: 503, verb: verbOf(action), count: 2 }] },
  { name: 'says for 5 s that the stack is not there', rules: () => [{ way: 'lie', says: 'absent', forMs: 5_000 }] },
  { name: 'says for 5 s that all is complete', rules: () => [{ way: 'lie', says: 'complete', forMs: 5_000 }] },
  { name: 'the order is lost', rules: (action) => [{ way: 'drop-before', verb: verbOf(action), count: 1 }] },
  {
    name: 'the answer to the order is lost',
    rules: (action) => [{ way: 'drop-after', verb: verbOf(action), count: 1 }],
    withinMs: 120_000,
  },
  { name: 'the order is never answered', rules: (action) => [{ way: 'hang', verb: verbOf(action), count: 1 }], withinMs: 120_000 },
  { name: 'the cloud is gone for 15 s', rules: () => [{ way: 'vanish', forMs: 15_000 }], global: true, withinMs: 120_000 },
  { name: 'the engine is gone for 30 s', rules: () => [{ way: 'stop-engine', forMs: 30_000 }], global: true, withinMs: 300_000 },
]

const labs = labFolder({ idle: { after: '2h' } }, { 'environment.ready.timeout': '60s' })
const stage = await openStage({
  ASTROLABE_LABS: labs,
  ASTROLABE_DEV_CLOUD_DRIVER: 'null',
  ASTROLABE_NULL_TIMES: 'start=300ms,suspend=500ms,resume=500ms,stop=300ms,delete=300ms',
})
const rows = await openRows(stage.databaseUrl)
const control = controlOf(stage.data)
const wanted = process.argv.find((argument) => argument.startsWith('--only='))?.slice(7)

type Row = {
  id: string
  phase: string
  intent: string
  generation: number
  reason_code: string | null
  reason_detail: string | null
  sleep_how: string | null
}
const rowOf = async (id: string) => {
  const [row] = await rows.query<Row>(
    'select id, phase::text, intent::text, generation, reason_code, reason_detail, sleep_how::text from environment where id = $1',
    [id],
  )
  if (!row) throw new Error('the environment has no row')
  return row
}
const hint = () => rows.query("select pg_notify('environment_work', '')")

async function make(id: string): Promise<void> {
  await rows.query(
    `insert into environment (id, owner_key, lab_version_id) select $1::uuid, $2, id from lab_version order by created_at desc limit 1`,
    [id, `bench:${id}`],
  )
  await hint()
}

const noSitting = 'suspend_at = null, limit_at = null, warned_at = null, awake_at = null, failures = 0, sleep_failures = 0, retry_at = null'
const orders: Record<Exclude<Action, 'create'> | 'again', string> = {
  suspend: `intent = 'suspended', phase = 'suspending', sleep_why = 'asked', sleep_how = null, ${noSitting}`,
  resume: `intent = 'running', phase = 'resuming', ${noSitting}`,
  again: `intent = 'running', phase = 'resuming', ${noSitting}`,
  reset: `generation = generation + 1, was_ready = false, ready_at = null, touched_at = null, phase = 'building', sleep_how = null, ${noSitting}`,
  delete: `intent = 'deleted', phase = 'deleting', delete_at = now(), delete_reason = 'a test', retry_at = null`,
}
async function order(id: string, action: keyof typeof orders): Promise<void> {
  await rows.query(
    `update environment set ${orders[action]}, phase_at = now(), reason_code = null, reason_detail = null, next_check_at = now(),
       fence = fence + 1 where id = $1`,
    [id],
  )
  await hint()
}

/** Passes by itself: nobody has to press anything. */
const passing = new Set(['cloud.unavailable', 'cloud.auth_failed'])
const goals: Record<Action, string> = { create: 'ready', suspend: 'suspended', resume: 'ready', reset: 'ready', delete: 'deleted' }

async function until(id: string, met: (row: Row) => boolean, limitMs: number): Promise<Row | null> {
  const late = performance.now() + limitMs
  for (;;) {
    const row = await rowOf(id)
    if (met(row)) return row
    if (performance.now() > late) return null
    await delay(100)
  }
}

type Server = { id: string; stack: string | null; state: string }
const serversOf = async (prefix: string) => {
  const { servers } = await control<{ servers: Server[] }>('/servers')
  return servers
    .filter(({ stack }) => stack?.startsWith(prefix))
    .map(({ id }) => id)
    .sort()
    .join(' ')
}

type Verdict = { way: string; action: Action; ok: boolean; says: string; kept: boolean; tookMs: number }

async function prepare(id: string, action: Action): Promise<void> {
  if (action === 'create') return
  await make(id)
  if (!(await until(id, ({ phase }) => phase === 'ready', 90_000))) throw new Error(`not ready: ${JSON.stringify(await rowOf(id))}`)
  if (action !== 'resume') return
  await order(id, 'suspend')
  if (!(await until(id, ({ phase }) => phase === 'suspended', 90_000))) throw new Error('not asleep')
}

/** The goal, or a reason; then, with the cloud well again, the goal by the button. */
async function judge(way: Way, action: Action, id: string, well: () => Promise<void>): Promise<Omit<Verdict, 'kept'>> {
  const goal = goals[action]
  const began = performance.now()
  const reached = ({ phase, generation }: Row) => phase === goal && (action !== 'reset' || generation === 2)
  // In line for a reason there is a button, too: "try now".
  const stated = ({ phase, reason_code }: Row) =>
    (phase === 'failed' || phase === 'queued') && reason_code !== null && !passing.has(reason_code)
  const withinMs = way.withinMs ?? 90_000
  const row = await until(id, (now) => reached(now) || stated(now), withinMs)
  const tookMs = performance.now() - began
  await well()
  const base = { way: way.name, action, tookMs }
  if (row && reached(row)) return { ...base, ok: true, says: row.sleep_how === null ? 'goal' : `goal, by ${row.sleep_how}` }
  const now = await rowOf(id)
  if (!row) {
    // Sleep and deletion never give up: they say why, and go on (decisions 17).
    const goesOn = (action === 'suspend' || action === 'delete') && now.reason_code !== null
    if (!goesOn) return { ...base, ok: false, says: `neither goal nor reason: ${JSON.stringify(now)}` }
  } else {
    const wasReady = action === 'resume'
    await order(id, wasReady ? 'again' : 'reset')
  }
  const says = `${row ? 'stated' : 'goes on'}: ${now.reason_code}`
  const after = await until(id, ({ phase }) => phase === goal, 120_000)
  return {
    ...base,
    ok: after !== null,
    says: after ? `${says}; then goal` : `${says}; the button did not help: ${JSON.stringify(await rowOf(id))}`,
  }
}

async function play(tag: string, way: Way, action: Action, id: string, addRules: boolean, well: () => Promise<void>): Promise<Verdict> {
  const prefix = `astrolabe-${tag}-${id.replaceAll('-', '').slice(-12)}-`
  const before = await serversOf(prefix)
  const mine: string[] = []
  if (addRules) {
    for (const rule of way.rules(action)) {
      const { rule: added } = await control<{ rule: { id: string } }>('/rules', { method: 'POST', body: { ...rule, stack: prefix } })
      mine.push(added.id)
    }
  }
  if (action === 'create') await make(id)
  else await order(id, action)
  const cure = async () => {
    for (const rule of mine) await control(`/rules/${rule}`, { method: 'DELETE' }).catch(() => {})
    await well()
  }
  const verdict = await judge(way, action, id, cure)
  const kept = (action !== 'suspend' && action !== 'resume') || (await serversOf(prefix)) === before
  const mark = verdict.ok && kept ? 'ok    ' : 'FAILED'
  process.stdout.write(
    `${mark} ${way.name}, ${action}: ${verdict.says} (${Math.round(verdict.tookMs / 100) / 10} s)${kept ? '' : '; its servers are others now'}\n`,
  )
  return { ...verdict, kept }
}

const figures: Record<string, Figure> = {}
try {
  const worker = await stage.start('worker')
  await delay(500)
  const [instance] = await rows.query<{ tag: string }>('select tag from instance')
  const tag = instance?.tag ?? ''
  const cases = ways
    .flatMap((way) =>
      actions.filter((action) => way.only === undefined || way.only.includes(action)).map((action) => ({ way, action, id: randomUUID() })),
    )
    .filter(({ way, action }) => wanted === undefined || `${way.name}, ${action}`.includes(wanted))
  const verdicts: Verdict[] = []
  const own = cases.filter(({ way }) => !way.global)
  await Promise.all(own.map(({ id, action }) => prepare(id, action)))
  verdicts.push(...(await Promise.all(own.map(({ way, action, id }) => play(tag, way, action, id, true, async () => {})))))
  for (const way of ways.filter(({ global }) => global)) {
    const group = cases.filter((one) => one.way === way)
    if (group.length === 0) continue
    await Promise.all(group.map(({ id, action }) => prepare(id, action)))
    const running = group.map(({ action, id }) => play(tag, way, action, id, false, async () => {}))
    // In the middle of it all.
    await delay(150)
    for (const rule of way.rules('create')) await control('/rules', { method: 'POST', body: rule })
    verdicts.push(...(await Promise.all(running)))
    await control('/rules', { method: 'DELETE' })
  }
  const bad = verdicts.filter(({ ok, kept }) => !ok || !kept)
  if (bad.length > 0) process.stdout.write(`${worker.output().slice(-6_000)}\n`)
  figures['lifecycle.5 ways'] = { value: new Set(verdicts.map(({ way }) => way)).size, unit: 'ways' }
  figures['lifecycle.5 ways during actions'] = { value: verdicts.length, unit: 'cases' }
  figures['lifecycle.5 neither goal nor reason in the declared time'] = atMost(verdicts.filter(({ ok }) => !ok).length, 'cases', 0)
  figures['lifecycle.5 work that was not kept'] = atMost(verdicts.filter(({ kept }) => !kept).length, 'cases', 0)
  figures['lifecycle.5 longest to goal or reason'] = { value: Math.round(Math.max(...verdicts.map(({ tookMs }) => tookMs))), unit: 'ms' }
} finally {
  await rows.close()
  await stage.close()
  rmSync(labs, { recursive: true, force: true })
}
report('misbehave', figures)
