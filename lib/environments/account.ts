import type { FailureCode } from '../errors.ts'
import { type Action, type EnvironmentFacts, MAX_FAILURES, type Observation, pauseAfterOutage } from './decide.ts'
import { derivePhase, deriveReason } from './derive.ts'
import type { Phase } from './phase.ts'

/*
 * What is written down after a step. Pure, so that the simulation keeps the same books as the controller.
 */

/** What became of a call. `again`: the world is not as we thought, look at it. `later`: it may work after a while. `stop`: it never will. */
export type Outcome = { kind: 'done' | 'again' } | { kind: 'later' | 'stop'; code: FailureCode; detail: string | null }

export type Reason = { code: FailureCode; detail: string | null } | null

export type Books = {
  phase: Phase
  /** `keep`: what is written there stays. */
  reason: Reason | 'keep'
  failures: number
  retryAt: number
  nextCheckAt: number | null
  wasReady: boolean
}

/** An attempt that took so long is not worth the minutes of another. */
const LONG_ATTEMPT_MS = 240_000

/** The failures of this generation, with a create whose bad end is seen for the first time. */
export function countEnd(environment: EnvironmentFacts, { current }: Observation, now: number): number {
  const { failures } = environment
  if (current.stack === 'absent' || current.counted || current.action !== 'CREATE' || current.status !== 'FAILED') return failures
  return oneMore(failures, now - current.askedAt)
}

function oneMore(failures: number, tookMs: number): number {
  return tookMs > LONG_ATTEMPT_MS ? MAX_FAILURES : Math.min(MAX_FAILURES, failures + 1)
}

export type StepDone = {
  action: Action
  /** Of the call that was made; null where the action needed none. */
  outcome: Outcome | null
  /** Since when it has been in its present phase. */
  phaseAt: number
  now: number
}

/** What the row of an environment says after a step. */
export function accountFor(environment: EnvironmentFacts, observation: Observation, { action, outcome, phaseAt, now }: StepDone): Books {
  const failures = failuresAfter(environment, observation, { action, outcome, now })
  const after = { ...environment, failures }
  const base = { failures, wasReady: environment.wasReady, retryAt: environment.retryAt }
  const phase = derivePhase(after, observation, { action, now })
  if (action.do === 'rest') {
    const ready = action.why === 'ready'
    const reason = reasonOf(action, observation, now)
    return {
      ...base,
      phase,
      reason,
      nextCheckAt: action.until,
      retryAt: 0,
      wasReady: base.wasReady || ready,
      failures: ready ? 0 : failures,
    }
  }
  if (action.do === 'wait') return { ...base, phase, reason: reasonOf(action, observation, now), nextCheckAt: action.until }
  if (outcome?.kind === 'stop') return { ...base, phase: 'failed', reason: outcome, nextCheckAt: now }
  if (outcome?.kind === 'later') {
    const retryAt = now + pauseAfterOutage(now - phaseAt)
    return { ...base, phase, reason: outcome, retryAt, nextCheckAt: retryAt }
  }
  if (outcome?.kind === 'again') return { ...base, phase, reason: 'keep', nextCheckAt: now + AFTER_CALL_MS }
  const retryAt = repeats(observation, action) ? now + pauseAfterOutage(now - phaseAt) : 0
  // What was asked is visible a moment later (fact 1); a create was accepted, and is already on its way.
  const accepted = action.do === 'create' ? 'building' : phase
  return { ...base, phase: accepted, reason: failures >= MAX_FAILURES ? 'keep' : null, retryAt, nextCheckAt: now + AFTER_CALL_MS }
}

const AFTER_CALL_MS = 60

function failuresAfter(
  environment: EnvironmentFacts,
  observation: Observation,
  { action, outcome, now }: Pick<StepDone, 'action' | 'outcome' | 'now'>,
): number {
  const { failures } = environment
  if (outcome?.kind === 'stop') return MAX_FAILURES
  if (outcome?.kind !== 'done' || observation.current.stack === 'absent') return failures
  const { askedAt, counted, status } = observation.current
  if (action.do === 'delete' && action.why === 'create_stuck' && !counted) return oneMore(failures, now - askedAt)
  return action.do === 'resume' && status === 'FAILED' ? oneMore(failures, 0) : failures
}

/** The same thing is asked again after it failed: with growing pauses. */
function repeats({ older, current }: Observation, action: Action): boolean {
  if (action.do === 'wait' || action.do === 'rest' || action.do === 'create') return false
  const seen = action.do === 'delete' && action.target === 'older' ? older : current
  return seen?.stack === 'present' && seen.action === action.do.toUpperCase()
}

function reasonOf(action: Action, observation: Observation, now: number): Reason | 'keep' {
  const code = deriveReason(action, observation, now)
  return code === null || code === 'keep' ? code : { code, detail: null }
}
