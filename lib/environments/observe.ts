import type { OpenCloud } from '../clouds.ts'
import { isHeatError, type StackResource } from '../openstack-heat-client/index.ts'
import type { CloudWatch, ListedStack } from './cloud-watch.ts'
import type { Observation, Seen } from './decide.ts'
import type { Loaded, StackRow } from './load.ts'

/** A stack of ours and what the cloud shows of it; `gone`: it certainly is not there any more. */
export type Sighting = { row: StackRow; listed: ListedStack | null; seen: Seen; gone: boolean }

export type Look = {
  observation: Observation
  older: Sighting | null
  current: Sighting | null
  /** The parts of the current stack, where it was time to ask for them. */
  parts: StackResource[] | null
}

export type LookContext = {
  cloud: OpenCloud
  watch: CloudWatch
  now: () => number
  /** Since when the clock has run steadily (steady-clock.ts). */
  steadySince: () => number
  /** Whether the parts of the current stack are wanted too. */
  wantsParts: boolean
  signal: AbortSignal
}

/** Longer than any call of ours waits for its answer: after that, what was not answered will not act any more. */
export const UNCERTAIN_MS = 60_000

const ABSENT: Seen = { stack: 'absent', certainAt: 0 }
const NOTHING: Look = { observation: { older: null, current: ABSENT, job: null }, older: null, current: null, parts: null }

/** What of an environment nothing was ever asked for is not looked for. */
export function nothingToSee({ stacks }: Loaded): Look | null {
  return stacks.length === 0 ? NOTHING : null
}

/**
 * Looks at the stacks of one environment: in the list that all share, and by name where the list does not have them, since being
 * absent decides about new machines.
 * @throws HeatError
 */
export async function observe({ row: environment, stacks }: Loaded, context: LookContext): Promise<Look> {
  const olderRow = stacks.find(({ generation }) => generation < environment.generation)
  const currentRow = stacks.find(({ generation }) => generation === environment.generation)
  const [listed, parts] = await Promise.all([context.watch.stacks(), currentRow ? partsOf(currentRow, context) : null])
  const [older, current] = await Promise.all([
    olderRow ? sight(olderRow, { listed, context, environment }) : null,
    currentRow ? sight(currentRow, { listed, context, environment }) : null,
  ])
  return {
    observation: {
      older: older && !older.gone ? older.seen : null,
      current: current && !current.gone ? current.seen : ABSENT,
      job: null,
    },
    older,
    current,
    parts,
  }
}

async function partsOf({ heatId, name }: StackRow, { cloud, wantsParts, signal }: LookContext): Promise<StackResource[] | null> {
  if (heatId === null || !wantsParts) return null
  try {
    return await cloud.heat.listResources({ name, id: heatId }, { signal })
  } catch (error) {
    // The list of stacks says what there is to say.
    if (isHeatError(error)) return null
    throw error
  }
}

type SightContext = { listed: ReadonlyMap<string, ListedStack>; context: LookContext; environment: Owner }

async function sight(row: StackRow, { listed, context, environment }: SightContext): Promise<Sighting> {
  const found = listed.get(row.name) ?? null
  const stack = found && !isDeleted(found) ? found : await lookDirectly(row, context)
  return sightingOf(row, stack, { environment, now: context.now(), steadySince: context.steadySince() })
}

/** What the cloud's answer means for a stack of ours; `stack` null: it shows none of that name. Pure. */
export function sightingOf(row: StackRow, stack: ListedStack | null, { environment, now, steadySince }: SightingContext): Sighting {
  if (stack) return { row, listed: stack, seen: seenOf(row, stack, { now, steadySince }), gone: false }
  const isOlder = row.generation < environment.generation
  const certainAt = Math.max(
    certainlyAbsentAt(row, steadySince),
    isDear(row, environment, now) ? confirmedAt(row, { now, steadySince }) : 0,
  )
  const answered = row.heatId !== null || isOlder
  return { row, listed: null, seen: { stack: 'absent', certainAt }, gone: answered && now >= certainAt }
}

type SightingContext = Times & { environment: Owner }

type Times = { now: number; steadySince: number }

type Owner = Pick<Loaded['row'], 'generation' | 'wasReady' | 'intent' | 'deleteAt'>

/** Handed to its owner, and nobody has asked for its removal. */
function isDear({ generation, action }: StackRow, owner: Owner, now: number): boolean {
  const unwanted = owner.intent === 'deleted' || (owner.deleteAt !== null && owner.deleteAt.getTime() <= now)
  return owner.wasReady && generation === owner.generation && action !== 'DELETE' && !unwanted
}

const CONFIRM_MS = 10_000

/** What somebody works on is not taken for gone at one word of the cloud's, which may be wrong for a moment. */
function confirmedAt({ missingAt }: StackRow, { now, steadySince }: Times): number {
  return Math.min(now, Math.max(missingAt?.getTime() ?? now, steadySince)) + CONFIRM_MS
}

async function lookDirectly({ heatId, name }: StackRow, { cloud, signal }: LookContext): Promise<ListedStack | null> {
  try {
    const ref = heatId === null ? await cloud.heat.findStack(name, { signal }) : { name, id: heatId }
    const stack = await cloud.heat.showStack(ref, { resolveOutputs: false, signal })
    return isDeleted(stack) ? null : stack
  } catch (error) {
    if (isHeatError(error, 'not_found')) return null
    throw error
  }
}

function isDeleted({ action, status }: ListedStack): boolean {
  return action === 'DELETE' && status === 'COMPLETE'
}

function seenOf(row: StackRow, { action, status }: ListedStack, { now, steadySince }: Times): Seen {
  const noted = Math.min(now, Math.max(row.observedAt?.getTime() ?? now, steadySince))
  const isSameAction = row.action === action
  return {
    stack: 'present',
    action,
    status,
    // What is noted as later than now was noted before a clock was put back.
    askedAt: Math.min(now, Math.max((row.requestedAt ?? row.createdAt).getTime(), steadySince)),
    since: isSameAction && row.status === status ? noted : now,
    actionSince: isSameAction ? noted : now,
    reachable: false,
    counted: row.completedAt !== null,
    power: null,
  }
}

/** A create that was sent once and answered acts no more; one without an answer may, for a while, also after a second one was answered. */
function certainlyAbsentAt({ heatId, requestedAt, createdAt }: StackRow, steadySince: number): number {
  if (requestedAt === null) return 0
  const once = requestedAt.getTime() === createdAt.getTime()
  return heatId !== null && once ? 0 : Math.max(requestedAt.getTime(), steadySince) + UNCERTAIN_MS
}
