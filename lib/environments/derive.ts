import type { FailureCode } from '../errors.ts'
import type { Reason, StepDone } from './account.ts'
import { type EnvironmentFacts, MAX_FAILURES, type Observation, type Seen } from './decide.ts'
import { isWhole, underWayMs } from './decide-power.ts'
import type { Phase } from './phase.ts'

/**
 * What people are told, from what is wanted, what is seen, and what comes next. Pure; the only place where a phase is made.
 */
export function derivePhase(environment: EnvironmentFacts, { older, current }: Observation, done: StepDone): Phase {
  const { action, phase } = done
  if (action.do === 'rest') return action.why === 'gave_up' ? 'failed' : action.why
  // A deadline that has come in the course of the step is kept by the next one: until then nothing is shown of it.
  if (environment.intent === 'deleted') return 'deleting'
  if (environment.intent === 'suspended') return 'suspending'
  // What is left of a given-up attempt is cleared away without making the learner wait for the verdict.
  if (environment.failures >= MAX_FAILURES && !environment.wasReady && !isMade(current)) return 'failed'
  if (!environment.wasReady && (isInTheWay(older, done) || isInTheWay(current, done))) return 'failed'
  if (older && older.stack === 'present') return 'building'
  if (current.stack === 'absent') {
    // It was there a moment ago, and is looked for once more.
    if (environment.wasReady) return phase
    const waits = done.outcome?.kind === 'later' || (action.do === 'wait' && action.why === 'backoff')
    return environment.failures > 0 || (phase === 'building' && !waits) ? 'building' : 'queued'
  }
  if (current.action === 'DELETE') return environment.wasReady ? 'lost' : 'building'
  if (environment.wasReady || current.action === 'SUSPEND' || current.action === 'RESUME') return 'resuming'
  return current.status === 'COMPLETE' && current.action !== 'INIT' ? 'starting' : 'building'
}

/** A deletion that an engine forgot takes two minutes and a half to be over, and says for a moment that it has failed. */
const IN_THE_WAY_MS = 180_000

/** What the cloud does not remove is removed later; who waits for machines in its place is told, not kept waiting. */
function isInTheWay(seen: Seen | null, { phase, phaseAt, now }: StepDone): boolean {
  if (seen?.stack !== 'present' || seen.action !== 'DELETE') return false
  return phase === 'failed' || (seen.status === 'FAILED' && now - phaseAt > IN_THE_WAY_MS)
}

function isMade(seen: Seen): boolean {
  if (seen.stack === 'absent' || seen.action === 'INIT' || seen.action === 'DELETE') return false
  return seen.action !== 'CREATE' || seen.status === 'COMPLETE'
}

/** Long enough to say that the machines run but do not answer. */
const SILENT_MS = 60_000

function whyGivenUp(environment: EnvironmentFacts, seen: Seen, now: number): Reason | 'keep' {
  if (seen.stack === 'absent') return 'keep'
  if (seen.reachable === 'never') return { code: 'environment.hosts_missing', detail: null }
  const isUp = seen.power === null ? seen.status === 'COMPLETE' && seen.action !== 'SUSPEND' : isWhole(seen.power)
  return isUp && underWayMs(environment, seen, now) > SILENT_MS ? { code: 'environment.unreachable', detail: null } : 'keep'
}

/** The reason that belongs to a phase by itself; `keep`: whatever was written down when it happened. */
export function deriveReason(environment: EnvironmentFacts, { older, current }: Observation, done: StepDone): Reason | 'keep' {
  const { action, phase, now } = done
  const as = (code: FailureCode): Reason => ({ code, detail: null })
  if (action.do === 'rest') {
    if (action.why === 'lost') return as('environment.lost')
    if (action.why === 'gave_up') return whyGivenUp(environment, current, now)
    return action.why === 'ready' && phase === 'ready' ? 'keep' : null
  }
  if (action.do === 'delete' && action.why === 'create_stuck') return as('environment.create_stuck')
  const isBlocked = phase !== 'failed' && environment.intent === 'running' && !environment.wasReady
  if (isBlocked && (isInTheWay(older, done) || isInTheWay(current, done))) return as('environment.delete_failed')
  // An order to delete has cleared the reason; what is there since is why it is not done yet.
  if (phase === 'failed' || environment.intent === 'deleted') return 'keep'
  const { failures, sleepFailures, wasReady } = environment
  const inTrouble = wasReady ? failures > 0 || sleepFailures > 0 : failures >= MAX_FAILURES
  if (action.do !== 'wait') return inTrouble ? 'keep' : null
  if (action.why === 'backoff' || action.why === 'cloud' || (inTrouble && action.why === 'stack')) return 'keep'
  if (action.why === 'ssh' && current.stack === 'present' && underWayMs(environment, current, now) > SILENT_MS)
    return as('environment.unreachable')
  return null
}
