import { isJobWanted } from './deadlines.ts'
import { type EnvironmentFacts, goalAt, type Job } from './decide.ts'
import { isPowerWanted, wakeUp } from './decide-power.ts'
import { type Loaded, type Placement, place } from './load.ts'
import { type Look, nothingToSee, observe } from './observe.ts'
import { phaseFacts } from './phase.ts'
import { lookAtPower } from './power.ts'
import { findJob } from './settle.ts'
import type { Memory } from './step-memory.ts'

/*
 * Everything that a step sees of the world before it decides.
 */

export type LookContext = { loaded: Loaded; memory: Memory; signal: AbortSignal; now: () => number }

export const emptyLook: Look = {
  observation: { older: null, current: { stack: 'absent', certainAt: 0 }, job: null },
  older: null,
  current: null,
  parts: null,
}

/** The stacks of an environment, and the cloud where it is or would go. @throws HeatError */
export async function lookAt({ loaded, memory, signal, now }: LookContext): Promise<{ look: Look; placement: Placement }> {
  const [first] = loaded.stacks
  const nothing = nothingToSee(loaded)
  if (nothing || !first) return { look: nothing ?? emptyLook, placement: await place(loaded) }
  const { cloud, watch } = await memory.cloudOf(first.cloudId)
  const { id, phase } = loaded.row
  const wantsParts = phaseFacts(phase).moving && now() - (memory.partsAt.get(id) ?? 0) >= watch.partsEveryMs()
  if (wantsParts) memory.partsAt.set(id, now())
  return {
    look: await observe(loaded, { cloud, watch, now, steadySince: memory.steadySince, wantsParts, signal }),
    placement: { cloudId: first.cloudId },
  }
}

/** What Heat does not say, where the decision needs it: the state of single servers, and whether a program runs. @throws HeatError */
export async function lookCloser(context: LookContext, look: Look, facts: EnvironmentFacts): Promise<Look> {
  const { memory, signal, now } = context
  const { current } = look
  if (!current?.listed || current.gone || current.seen.stack === 'absent') return look
  const asleep = goalAt(facts, now()) === 'suspended'
  if (!isPowerWanted(facts, current.seen, { asleep, now: now() })) return look
  const { cloud } = await memory.cloudOf(current.row.cloudId)
  const power = await lookAtPower({ name: current.listed.name, id: current.listed.id }, { cloud, signal })
  return withSeen(look, { ...current.seen, power })
}

/** A program in one of the owner's shells, where one would keep the machines awake. */
export async function lookForJob({ loaded, memory, signal, now }: LookContext, look: Look, facts: EnvironmentFacts): Promise<Job | null> {
  const { current } = look
  if (loaded.row.phase !== 'ready' || !current || !isUp(facts, look, now()) || !isJobWanted(facts, now())) return null
  const { cloud } = await memory.cloudOf(current.row.cloudId)
  return findJob(loaded, { cloud, signal })
}

/** Whether, as far as the cloud says, it is up and is to be: then its machines are asked. */
export function isUp(facts: EnvironmentFacts, { observation, current }: Look, now: number): boolean {
  if (observation.older || !current?.listed || current.gone || goalAt(facts, now) !== 'running') return false
  const { seen } = current
  if (seen.stack === 'absent' || seen.action === 'INIT' || seen.action === 'DELETE') return false
  if (seen.action === 'CREATE' && seen.status !== 'COMPLETE') return false
  return wakeUp(facts, seen, { backoff: null, now }) === 'up'
}

/** The same look with something more known of the current stack. */
export function withSeen(look: Look, seen: Look['observation']['current']): Look {
  const current = look.current === null ? null : { ...look.current, seen }
  return { ...look, current, observation: { ...look.observation, current: seen } }
}
