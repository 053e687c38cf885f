import type { FailureCode } from '../errors.ts'
import { type Action, type EnvironmentFacts, goalAt, MAX_FAILURES, type Observation } from './decide.ts'
import type { Phase } from './phase.ts'

/**
 * What people are told, from what is wanted, what is seen, and what comes next. Pure; the only place where a phase is made.
 */
export function derivePhase(
  environment: EnvironmentFacts,
  { older, current }: Observation,
  { action, now }: { action: Action; now: number },
): Phase {
  if (action.do === 'rest') return action.why === 'gave_up' ? 'failed' : action.why
  const goal = goalAt(environment, now)
  if (goal === 'deleted') return 'deleting'
  if (goal === 'suspended') return 'suspending'
  // What is left of a given-up attempt is cleared away without making the learner wait for the verdict.
  if (environment.failures >= MAX_FAILURES && !environment.wasReady) return 'failed'
  if (older && older.stack === 'present') return 'building'
  if (current.stack === 'absent') return environment.failures > 0 ? 'building' : 'queued'
  if (current.action === 'SUSPEND' || current.action === 'RESUME') return 'resuming'
  if (current.status === 'COMPLETE' && current.action !== 'DELETE' && current.action !== 'INIT') return 'starting'
  return 'building'
}

/** Long enough to say that the machines run but do not answer. */
const SILENT_MS = 60_000

/** The reason that belongs to a phase by itself; `keep`: whatever was written down when it happened. */
export function deriveReason(action: Action, { current }: Observation, now: number): FailureCode | null | 'keep' {
  if (action.do === 'rest') return restReason(action.why, current.stack === 'present' && current.reachable === 'never')
  if (action.do !== 'wait') return 'keep'
  if (action.why === 'backoff' || action.why === 'cloud') return 'keep'
  if (action.why === 'ssh' && current.stack === 'present' && now - current.since > SILENT_MS) return 'environment.unreachable'
  return null
}

function restReason(why: Extract<Action, { do: 'rest' }>['why'], nowhere: boolean): FailureCode | null | 'keep' {
  if (why === 'lost') return 'environment.lost'
  if (why !== 'gave_up') return null
  return nowhere ? 'environment.hosts_missing' : 'keep'
}
