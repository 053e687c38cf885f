import { setTimeout as delay } from 'node:timers/promises'
import { type Phase, phaseFacts } from '../lib/environments/phase.ts'
import { isHeatError } from '../lib/openstack-heat-client/index.ts'
import type { EnvironmentRow } from './environment-row.ts'
import { findEngine } from './heat-engine.ts'
import { CREATE_TIMEOUT_MS, type Learner, type Stage } from './heat-stage.ts'

/*
 * Heat's engine dies in the middle of what somebody has asked for, and comes back after half a minute. It forgets what it was at: the
 * stack says for ever that it is in progress. Everybody must arrive all the same, or be told why not and be given a button.
 */

export type Interrupted = {
  action: 'create' | 'suspend' | 'resume' | 'reset' | 'delete'
  learner: Learner
  goal: Phase
  /** Heat's word for its stack when the engine died, e.g. "SUSPEND IN_PROGRESS". */
  caught: string
  /** Of stacks that hold somebody's work and that nobody has ordered to be deleted. */
  kept: string[]
}

const OUTAGE_MS = 30_000
/** From the engine's return to the goal or a reason with a button. A create is given up for stuck only after its own time is over. */
const DECLARED_MS = {
  suspend: 120_000,
  resume: 120_000,
  delete: 180_000,
  create: CREATE_TIMEOUT_MS + 240_000,
  reset: CREATE_TIMEOUT_MS + 300_000,
}

const inHeat: Record<Interrupted['action'], RegExp> = {
  create: /^CREATE IN_PROGRESS/,
  suspend: /^SUSPEND IN_PROGRESS/,
  resume: /^RESUME IN_PROGRESS/,
  reset: /^DELETE IN_PROGRESS/,
  delete: /^DELETE IN_PROGRESS/,
}

/** Waits until Heat is at work on each of them, and lets its engine die for half a minute. */
export async function strike(stage: Stage, all: Interrupted[]): Promise<void> {
  const engine = findEngine()
  if (!engine) throw new Error('HEAT_ENGINE_PID and HEAT_ENGINE_START are not set')
  const late = performance.now() + 20_000
  while (!all.every(({ action, caught }) => inHeat[action].test(caught))) {
    if (performance.now() > late) break
    for (const each of all) {
      const stack = (await stage.stacksOf(each.learner.environmentId)).at(-1)
      each.caught = stack ? `${stack.action} ${stack.status}` : 'no stack'
    }
  }
  engine.kill()
  await delay(OUTAGE_MS)
  engine.start()
}

export type Arrival = Interrupted & {
  row: EnvironmentRow
  tookMs: number
  /** The goal, a reason with a button, or neither within the declared time. */
  end: 'goal' | 'reason' | 'neither'
  /** Stacks with somebody's work in them that are gone, or on their way. */
  lost: number
}

/** What became of one of them, counted from now on. */
export async function follow(stage: Stage, interrupted: Interrupted): Promise<Arrival> {
  const { action, learner, goal, kept } = interrupted
  const began = performance.now()
  for (;;) {
    const row = await stage.row(learner.environmentId)
    const tookMs = performance.now() - began
    const end = row.phase === goal ? 'goal' : hasWayOut(row) ? 'reason' : tookMs > DECLARED_MS[action] ? 'neither' : null
    if (end) return { ...interrupted, row, tookMs, end, lost: await countLost(stage, kept) }
    await delay(100)
  }
}

/** At rest, with a reason that can be read and something to press. */
function hasWayOut({ phase, reason_code }: EnvironmentRow): boolean {
  const { moving, actions } = phaseFacts(phase as Phase)
  return !moving && phase !== 'ready' && reason_code !== null && actions.length > 0
}

const BUTTON_MS = 300_000

/** Presses what the page offers to somebody who did not arrive. @returns whether machines came of it */
export async function takeWayOut(stage: Stage, { learner, row }: Arrival): Promise<boolean> {
  const verb = phaseFacts(row.phase as Phase).actions.find((action) => action === 'start' || action === 'wake' || action === 'reset')
  if (verb !== 'start' && verb !== 'wake' && verb !== 'reset') return false
  await stage.press(learner, verb, { generation: row.generation })
  return stage
    .until(learner.environmentId, ({ phase }) => phase === 'ready', BUTTON_MS)
    .then(
      () => true,
      () => false,
    )
}

/** What the engine has forgotten is not in the way of the next time. @returns whether it slept and came back */
export async function sleepsAndWakes(stage: Stage, learner: Learner): Promise<boolean> {
  const reaches = (wanted: Phase) => stage.until(learner.environmentId, ({ phase }) => phase === wanted, DECLARED_MS.suspend)
  try {
    await stage.press(learner, 'sleep')
    await reaches('suspended')
    const asleep = await stage.serversOf(learner.environmentId)
    await stage.press(learner, 'wake')
    await reaches('ready')
    const awake = await stage.serversOf(learner.environmentId)
    return asleep.every(({ status }) => status === 'SUSPENDED') && awake.every(({ status }) => status === 'ACTIVE')
  } catch (error) {
    process.stdout.write(`${learner.person} did not sleep and wake once more: ${error instanceof Error ? error.message : String(error)}\n`)
    return false
  }
}

async function countLost({ heat }: Stage, kept: string[]): Promise<number> {
  if (kept.length === 0) return 0
  const listed = await heat.listStacks()
  return kept.filter((id) => !listed.some((stack) => stack.id === id && stack.action !== 'DELETE')).length
}

/** What the product and Heat noted about one environment: for whoever has to find out why it did not arrive. */
export async function evidence({ heat, rows, stacksOf }: Stage, { learner }: Interrupted): Promise<string> {
  const noted = await rows.query<{ line: string }>(
    `select to_char(at, 'HH24:MI:SS.MS') || ' g' || generation || ' ' || kind || ' ' || coalesce(phase::text, '') || ' ' || coalesce(code, '') || ' ' || coalesce(left(detail, 160), '') as line
     from environment_event where environment_id = $1 order by at, id`,
    [learner.environmentId],
  )
  const events = await Promise.all(
    (await stacksOf(learner.environmentId)).map(async (stack) => {
      const told = await heat.listEvents(stack).catch((error: unknown) => (isHeatError(error) ? [] : Promise.reject(error)))
      return told.map(
        (event) => `${event.at.toISOString()} ${event.resourceName} ${event.action} ${event.status} ${event.statusReason.slice(0, 120)}`,
      )
    }),
  )
  return [...noted.map(({ line }) => line), ...events.flat()].map((line) => `    ${line}`).join('\n')
}
