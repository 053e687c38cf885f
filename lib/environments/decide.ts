/*
 * What to do next about one environment: (what people want, what is seen, now) -> one action. Pure: no I/O, no clock, no chance.
 * It never asks how things came to be as they are; simulation.test.ts shows that it always arrives. Times are milliseconds since 1970.
 */

export type Goal = 'running' | 'suspended' | 'deleted'

export type EnvironmentFacts = {
  /** What a person last asked for. */
  intent: Goal
  /** Idle deadline, moved by activity. */
  suspendAt: number | null
  /** Deletion that a person ordered or approved; never set by a time-out on touched work (decisions 16). */
  deleteAt: number | null
  /** This generation has been handed to its owner. */
  wasReady: boolean
  /** Attempts of this generation that ended badly in the cloud. */
  failures: number
  /** No call before this, after one that failed. */
  retryAt: number
  /** A cloud has been found for it. */
  placed: boolean
  /** How long a create may take before it is taken for stuck: a Heat engine that was restarted forgets it (facts 10, 13). */
  createLimitMs: number
  /** How long creates of this lab usually take; null where none is known. */
  usualCreateMs: number | null
}

/** One stack of ours as the cloud shows it. */
export type Seen =
  | {
      stack: 'absent'
      /** Until then a create of ours that got no answer may still make it appear. */
      certainAt: number
    }
  | {
      stack: 'present'
      /** Heat's words. */
      action: string
      status: 'IN_PROGRESS' | 'COMPLETE' | 'FAILED'
      /** When we last asked for its creation. */
      askedAt: number
      /** Since when it has been seen like this. */
      since: number
      /** Every machine that the lab names answers SSH; `never`: the stack does not say where they are, and will not. */
      reachable: boolean | 'never'
      /** How its create ended has been written down before. */
      counted: boolean
    }

export type Observation = {
  /** A stack of an earlier generation for which we still answer. */
  older: Seen | null
  /** The stack of this generation. */
  current: Seen
}

export type Target = 'older' | 'current'

export type Action =
  | { do: 'create' | 'suspend' | 'resume' }
  | { do: 'delete'; target: Target; why: 'asked' | 'older' | 'create_failed' | 'create_stuck' | 'delete_failed' }
  | { do: 'wait'; until: number; why: 'backoff' | 'cloud' | 'older' | 'stack' | 'unanswered' | 'ssh' }
  | { do: 'rest'; until: number | null; why: 'ready' | 'suspended' | 'deleted' | 'lost' | 'gave_up' }

/** One attempt, and one more. Heat itself has by then tried each failing part five times (fact 12). */
export const MAX_FAILURES = 2

const seconds = (count: number) => count * 1000
/** A deletion that says nothing for so long is asked for again, which does no harm (fact 3). */
const DELETE_PATIENCE_MS = seconds(600)
const AT_REST_MS = seconds(30)
const MOVING_MS = seconds(2)
const ANY_MOMENT_MS = 250
const ALMOST_MS = 100
/** Where stacks are made in less, a quarter of a second is much of what their owners wait. */
const QUICK_MS = seconds(3)
const YOUNG_MS = seconds(90)

/** What is wanted now: the intent, overridden by the deadlines that have come. */
export function goalAt(environment: EnvironmentFacts, now: number): Goal {
  const { intent, suspendAt, deleteAt } = environment
  if (intent === 'deleted' || (deleteAt !== null && now >= deleteAt)) return 'deleted'
  if (intent === 'suspended') return 'suspended'
  return suspendAt !== null && now >= suspendAt ? 'suspended' : 'running'
}

/** The one action that comes next. First match wins; the order is the table in docs/architecture.md. */
export function decide(environment: EnvironmentFacts, { older, current }: Observation, now: number): Action {
  const goal = goalAt(environment, now)
  const backoff: Action | null = now < environment.retryAt ? { do: 'wait', until: environment.retryAt, why: 'backoff' } : null
  if (older) {
    const action = removeOlder(older, { goal, backoff, now })
    if (action) return action
  }
  if (current.stack === 'absent') return withoutStack(environment, current.certainAt, { goal, backoff, now })
  if (goal === 'deleted' && current.action !== 'DELETE') return backoff ?? { do: 'delete', target: 'current', why: 'asked' }
  if (isMoving(current)) return whileMoving(environment, current, { goal, backoff, now })
  if (current.action === 'DELETE') return backoff ?? { do: 'delete', target: 'current', why: 'delete_failed' }
  // A half-made stack is never repaired.
  if (current.action === 'CREATE' && current.status === 'FAILED')
    return backoff ?? { do: 'delete', target: 'current', why: 'create_failed' }
  return withStack(environment, current, { goal, backoff, now })
}

type Situation = { goal: Goal; backoff: Action | null; now: number }
type Present = Extract<Seen, { stack: 'present' }>

/** Nothing is built beside what is still there: one stack per learner and place. Null once it is gone. */
function removeOlder(older: Seen, { goal, backoff, now }: Situation): Action | null {
  if (older.stack === 'absent')
    return now < older.certainAt ? { do: 'wait', until: soonest(older.certainAt, now), why: 'unanswered' } : null
  if (older.action === 'DELETE' && older.status === 'IN_PROGRESS' && now - older.since < DELETE_PATIENCE_MS)
    return { do: 'wait', until: now + pace({ awaited: goal === 'running', ageMs: now - older.since, usualMs: null }), why: 'older' }
  return backoff ?? { do: 'delete', target: 'older', why: 'older' }
}

function withoutStack(environment: EnvironmentFacts, certainAt: number, { goal, backoff, now }: Situation): Action {
  if (goal === 'deleted')
    return now < certainAt ? { do: 'wait', until: soonest(certainAt, now), why: 'unanswered' } : { do: 'rest', until: null, why: 'deleted' }
  // A learner's work is gone: say so, never quietly start over.
  if (environment.wasReady) return rest(environment, 'lost', now)
  if (goal === 'suspended') return rest(environment, 'suspended', now)
  if (environment.failures >= MAX_FAILURES) return rest(environment, 'gave_up', now)
  if (!environment.placed) return { do: 'wait', until: now + AT_REST_MS, why: 'cloud' }
  return backoff ?? { do: 'create' }
}

function whileMoving(environment: EnvironmentFacts, { action, askedAt, since }: Present, { goal, backoff, now }: Situation): Action {
  const creating = action === 'CREATE' || action === 'INIT'
  const ageMs = now - (creating ? askedAt : since)
  if (creating && ageMs > environment.createLimitMs) return backoff ?? { do: 'delete', target: 'current', why: 'create_stuck' }
  if (action === 'DELETE' && ageMs > DELETE_PATIENCE_MS) return backoff ?? { do: 'delete', target: 'current', why: 'delete_failed' }
  const usualMs = creating ? environment.usualCreateMs : null
  return { do: 'wait', until: now + pace({ awaited: goal === 'running', ageMs, usualMs }), why: 'stack' }
}

/** The stack is up, asleep, or failed on the way between the two. */
function withStack(
  environment: EnvironmentFacts,
  { action, status, reachable, since }: Present,
  { goal, backoff, now }: Situation,
): Action {
  const asleep = action === 'SUSPEND' && status === 'COMPLETE'
  // Suspending never gives up: that would leave it running unattended.
  if (goal === 'suspended') return asleep ? rest(environment, 'suspended', now) : (backoff ?? { do: 'suspend' })
  if (asleep || (status === 'FAILED' && (action === 'SUSPEND' || action === 'RESUME'))) {
    if (environment.failures >= MAX_FAILURES) return rest(environment, 'gave_up', now)
    return backoff ?? { do: 'resume' }
  }
  if (reachable === 'never') return rest(environment, 'gave_up', now)
  if (reachable) return rest(environment, 'ready', now)
  return { do: 'wait', until: now + (now - since > YOUNG_MS ? MOVING_MS : 0), why: 'ssh' }
}

/** INIT is what a stack is for the moment before its create begins. */
function isMoving({ action, status }: Present): boolean {
  return status === 'IN_PROGRESS' || action === 'INIT'
}

/** At rest the cloud is still asked now and then: what was removed behind our back must be said. */
function rest(environment: EnvironmentFacts, why: 'ready' | 'suspended' | 'lost' | 'gave_up', now: number): Action {
  const watched = why === 'ready' || why === 'suspended' ? now + AT_REST_MS : Number.POSITIVE_INFINITY
  const ahead = [environment.suspendAt, environment.deleteAt, watched].filter((at) => at !== null && at > now)
  const until = Math.min(...ahead.map(Number))
  return { do: 'rest', until: Number.isFinite(until) ? until : null, why }
}

/**
 * How long until the next look at something in motion (decisions 24): a quarter of a second while it may be done any moment and a person
 * waits, less where it has just begun and usually does not take long, 2 s otherwise.
 */
export function pace({ awaited, ageMs, usualMs }: { awaited: boolean; ageMs: number; usualMs: number | null }): number {
  if (awaited && usualMs !== null && usualMs < QUICK_MS && ageMs < QUICK_MS) return ALMOST_MS
  const anyMoment = usualMs === null ? ageMs < YOUNG_MS : ageMs > usualMs * 0.6 - seconds(2) && ageMs < usualMs * 2 + seconds(10)
  return awaited && anyMoment ? ANY_MOMENT_MS : MOVING_MS
}

const soonest = (at: number, now: number) => Math.min(at, now + MOVING_MS)

/** The pause after a call that the cloud could not answer: it grows with the time it has been like this, and never ends the trying. */
export function pauseAfterOutage(sinceMs: number): number {
  return Math.max(seconds(1), Math.min(seconds(30), sinceMs / 4))
}
