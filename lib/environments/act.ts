import { deadlineWhy } from './deadlines.ts'
import { type Action, type EnvironmentFacts, goalAt } from './decide.ts'
import { actOnServers, actOnStack, createStack, type Done } from './execute.ts'
import { confirmClaim } from './held-claim.ts'
import type { Loaded, Placement } from './load.ts'
import type { Look } from './observe.ts'
import type { Memory } from './step-memory.ts'

export type ActContext = {
  loaded: Loaded
  look: Look
  placement: Placement
  memory: Memory
  signal: AbortSignal
  now: () => number
}

type Call = Exclude<Action, { do: 'wait' | 'rest' }>

/** Whether an action asks something of the cloud. */
export function isCall(action: Action): action is Call {
  return action.do !== 'wait' && action.do !== 'rest'
}

export type Deadline = 'idle' | 'limit' | 'delete'

/**
 * Which deadline is kept from now on; null: none has come, or a person has said so anyway. Whoever comes back then wakes it, also where
 * there is nothing left to ask of the cloud because somebody else has put its machines to sleep; and a deletion that has begun is not
 * taken back.
 */
export function deadlineKept(facts: EnvironmentFacts, action: Action, now: number): Deadline | null {
  const goal = goalAt(facts, now)
  if (goal === 'deleted') return facts.intent === 'deleted' ? null : 'delete'
  if (facts.intent !== 'running' || goal !== 'suspended') return null
  return action.do === 'rest' && action.why === 'lost' ? null : deadlineWhy(facts)
}

/** Whether what somebody was at is gone with it: disks, or programs. */
export function endsWork(action: Action): boolean {
  return action.do === 'delete' || (action.do === 'power' && action.to === 'off' && action.how !== 'suspend')
}

/** Does what was decided: at most one thing is asked of the cloud. Null where there was nothing to ask. @throws StaleClaim */
export async function act(action: Action, context: ActContext): Promise<Done | null> {
  if (!isCall(action)) return null
  const { loaded, look, placement, memory, signal, now } = context
  const { correlationId } = loaded.row
  const stillOurs = () => confirmClaim(loaded, endsWork(action))
  if (action.do === 'create') {
    if (!('cloudId' in placement)) throw new Error('decided to create without a cloud')
    const { cloud } = await memory.cloudOf(placement.cloudId)
    return createStack(loaded, { cloud, tag: memory.tag, now, signal, stillOurs })
  }
  const sighting = action.do === 'delete' && action.target === 'older' ? look.older : look.current
  if (!sighting?.listed) throw new Error(`decided to ${action.do} a stack that was not seen`)
  const { cloud } = await memory.cloudOf(sighting.row.cloudId)
  const ref = { name: sighting.listed.name, id: sighting.listed.id }
  const call = { cloud, signal, correlationId, stillOurs }
  const outcome = action.do === 'power' ? await actOnServers(action, ref, call) : await actOnStack(action.do, ref, call)
  return { outcome, ref: null }
}
