import type { FailureCode } from '../errors.ts'
import { announceAt, beginSitting, hasBegun, warnedFrom } from './deadlines.ts'
import { type Action, type EnvironmentFacts, type Job, MAX_FAILURES, type Observation } from './decide.ts'
import { usedUp } from './decide-power.ts'
import { derivePhase, deriveReason } from './derive.ts'
import { noSitting } from './intent.ts'
import { LONGEST_PAUSE_MS, pauseAfterOutage } from './pace.ts'
import type { Phase } from './phase.ts'

/*
 * What is written down after a step. Pure, so that the simulation keeps the same books as the controller.
 */

/** What became of a call. `again`: the world is not as we thought, look at it. `later`: it may work after a while. `stop`: it never will. */
export type Outcome = { kind: 'done' | 'again' } | { kind: 'later' | 'stop'; code: FailureCode; detail: string | null }

export type Reason = { code: FailureCode; detail: string | null } | null

/** What a step changes of the deadlines. */
export type SittingChange =
  | { kind: 'begun'; awakeAt: number; suspendAt: number | null; limitAt: number | null }
  | { kind: 'warned'; warnedAt: number }
  | { kind: 'held'; suspendAt: number; job: Job }

export type Books = {
  phase: Phase
  /** `keep`: what is written there stays. */
  reason: Reason | 'keep'
  failures: number
  sleepFailures: number
  sleepHow: EnvironmentFacts['sleepHow']
  retryAt: number
  nextCheckAt: number | null
  wasReady: boolean
  /** Null: the deadlines stay as they are. */
  sitting: SittingChange | null
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
  /** The phase that it was in before this step, and since when. */
  phase: Phase
  phaseAt: number
  now: number
}

/** What the row of an environment says after a step. */
export function accountFor(environment: EnvironmentFacts, observation: Observation, done: StepDone): Books {
  const { action, outcome, phaseAt, now } = done
  const failures = failuresAfter(environment, observation, { action, outcome, now })
  const sleep = sleepAfter(environment, observation, { action, outcome })
  const after = { ...environment, ...sleep, failures }
  const base = { failures, ...sleep, wasReady: environment.wasReady, retryAt: environment.retryAt, sitting: null }
  const phase = derivePhase(after, observation, done)
  const reason = deriveReason(after, observation, done)
  if (action.do === 'rest') return atRest(environment, observation, { base: { ...base, phase, reason }, action, now })
  // A time further ahead was named by a clock that has been put back since.
  if (action.do === 'wait') return { ...base, phase, reason, nextCheckAt: Math.min(action.until, now + LONGEST_PAUSE_MS) }
  if (outcome?.kind === 'stop') return { ...base, phase: 'failed', reason: reasonOf(outcome), nextCheckAt: now }
  if (outcome?.kind === 'later') {
    const retryAt = now + pauseAfterOutage(now - phaseAt)
    // Why it was given up is not forgotten over what keeps us from clearing it away.
    return { ...base, phase, reason: phase === 'failed' ? 'keep' : reasonOf(outcome), retryAt, nextCheckAt: retryAt }
  }
  const isCreate = action.do === 'create'
  // What was asked is visible a moment later (fact 1): until then it is not asked again, only looked at.
  const retryAt = isCreate ? 0 : now + pauseAfter(after, observation, { action, sinceMs: now - phaseAt })
  if (outcome?.kind === 'again') return { ...base, phase, reason: 'keep', retryAt, nextCheckAt: now + AFTER_CALL_MS }
  // A create was accepted, and is already on its way.
  return { ...base, phase: isCreate ? 'building' : phase, reason, retryAt, nextCheckAt: now + lookAfterMs(action) }
}

const AFTER_CALL_MS = 60
/** Nobody waits for machines to be asleep, and hundreds may be on their way at once. */
const UNHURRIED_MS = 1_000

function lookAfterMs(action: Action): number {
  return action.do === 'suspend' || (action.do === 'power' && action.to === 'off') ? UNHURRIED_MS : AFTER_CALL_MS
}

const UNSEEN_MS = 1_000
/** Each request makes Heat begin a hung deletion anew: asked too often it never ends. */
const HUNG_DELETE_PAUSE_MS = 75_000

type Resting = { base: Omit<Books, 'nextCheckAt'>; action: Extract<Action, { do: 'rest' }>; now: number }

function atRest(environment: EnvironmentFacts, { job }: Observation, { base, action, now }: Resting): Books {
  const books = { ...base, nextCheckAt: action.until, retryAt: 0 }
  if (action.why === 'suspended') return { ...books, sleepFailures: usedUp(base) }
  if (action.why !== 'ready') return books
  const ready: Books = { ...books, wasReady: true, failures: 0, sleepFailures: 0, sleepHow: null }
  if (!hasBegun(environment, now)) {
    const deadlines = beginSitting(environment, now)
    const first = announceAt({ ...deadlines, warnedAt: null, warnMs: environment.warnMs })
    const nextCheckAt = soonest(books.nextCheckAt, first)
    return { ...ready, sitting: { kind: 'begun', awakeAt: now, ...deadlines }, nextCheckAt }
  }
  if (action.holdUntil !== null && job !== null) return { ...ready, sitting: { kind: 'held', suspendAt: action.holdUntil, job } }
  return action.warn ? { ...ready, sitting: { kind: 'warned', warnedAt: warnedFrom(environment, now) } } : ready
}

function soonest(one: number | null, other: number | null): number | null {
  if (one === null) return other
  return other === null ? one : Math.min(one, other)
}

function failuresAfter(
  environment: EnvironmentFacts,
  observation: Observation,
  { action, outcome, now }: Pick<StepDone, 'action' | 'outcome' | 'now'>,
): number {
  const { failures } = environment
  if (outcome?.kind === 'stop') return MAX_FAILURES
  if (action.do === 'power' && action.to === 'on' && outcome?.kind !== 'later') return oneMore(failures, 0)
  if (outcome?.kind !== 'done' || observation.current.stack === 'absent') return failures
  const { askedAt, counted, status } = observation.current
  if (action.do === 'delete' && action.why === 'create_stuck' && !counted) return oneMore(failures, now - askedAt)
  return action.do === 'resume' && status === 'FAILED' ? oneMore(failures, 0) : failures
}

/** Which ways of falling asleep are used up: asked for again after they failed, or refused. An outage uses nothing up. */
function sleepAfter(
  { sleepFailures, sleepHow }: EnvironmentFacts,
  { current }: Observation,
  { action, outcome }: Pick<StepDone, 'action' | 'outcome'>,
): Pick<Books, 'sleepFailures' | 'sleepHow'> {
  const refused = outcome?.kind === 'later' && outcome.code === 'cloud.refused'
  const failed = current.stack === 'present' && current.action === 'SUSPEND' && current.status !== 'COMPLETE'
  if (action.do === 'suspend')
    return { sleepHow, sleepFailures: refused || (outcome?.kind !== 'later' && failed) ? sleepFailures + 1 : sleepFailures }
  if (action.do !== 'power' || action.to !== 'off') return { sleepHow, sleepFailures }
  const used = refused || outcome?.kind !== 'later'
  return { sleepHow: action.how, sleepFailures: used ? sleepFailures + 1 : sleepFailures }
}

function pauseAfter(after: EnvironmentFacts, observation: Observation, { action, sinceMs }: { action: Action; sinceMs: number }): number {
  if (!repeats(after, observation, action)) return UNSEEN_MS
  const seen = action.do === 'delete' && action.target === 'older' ? observation.older : observation.current
  const isHung = action.do === 'delete' && seen?.stack === 'present' && seen.status === 'IN_PROGRESS'
  return isHung ? HUNG_DELETE_PAUSE_MS : pauseAfterOutage(sinceMs)
}

/** The same thing is asked again after it failed: with growing pauses. */
function repeats(after: EnvironmentFacts, { older, current }: Observation, action: Action): boolean {
  if (action.do === 'wait' || action.do === 'rest' || action.do === 'create') return false
  if (action.do === 'power') return action.to === 'on' ? after.failures > 1 : after.sleepFailures > 1
  const seen = action.do === 'delete' && action.target === 'older' ? older : current
  return seen?.stack === 'present' && seen.action === action.do.toUpperCase()
}

function reasonOf({ code, detail }: Extract<Outcome, { code: FailureCode }>): Reason {
  return { code, detail }
}

/** What the row says from the moment on in which a deletion whose time has come is begun: it is not taken back any more. */
export function deletedByDeadline(now: Date) {
  return { intent: 'deleted', phase: 'deleting', phaseAt: now } as const
}

/** What the row says from the moment on in which a deadline is kept, before the cloud is asked: a launch from then on wakes it. */
export function asleepByDeadline(why: 'idle' | 'limit', now: Date) {
  const books = { intent: 'suspended', sleepWhy: why, sleepHow: null, sleepFailures: 0, phase: 'suspending', phaseAt: now } as const
  return { ...noSitting, ...books }
}
