import {
  announceAt,
  deadlineAt,
  hasBegun,
  heldUntil,
  isJobWanted,
  isWarningDue,
  type JobRule,
  type Sitting,
  sleepAt,
  warnedFrom,
} from './deadlines.ts'
import { fallAsleep, type Power, type SleepFacts, underWayMs, wakeUp } from './decide-power.ts'
import { LONGEST_PAUSE_MS, MOVING_MS, pace, YOUNG_MS } from './pace.ts'

/*
 * What to do next about one environment: (what people want, what is seen, now) -> one action. Pure: no I/O, no clock, no chance.
 * It never asks how things came to be as they are; simulation.test.ts shows that it always arrives. Times are milliseconds since 1970.
 */

export type Goal = 'running' | 'suspended' | 'deleted'

export type EnvironmentFacts = Sitting &
  JobRule &
  SleepFacts & {
    /** What a person last asked for, or a deadline that has been kept. */
    intent: Goal
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
    /** How long a sitting of it may last; null: as long as its owner wants. */
    sittingMs: number | null
    /**
     * How long a create may take before it is taken for stuck: a Heat engine that was restarted forgets it (facts 10, 13). So long machines
     * that run may be silent, too.
     */
    createLimitMs: number
  }

/** One stack of ours as the cloud shows it. */
export type Seen =
  | {
      stack: 'absent'
      /** Until then a create of ours that got no answer may still make it appear, or a stack that was there is only not shown. */
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
      /** Since when at the latest it has been at this action, whatever its status. */
      actionSince: number
      /** Every machine that the lab names answers SSH; `never`: the stack does not say where they are, and will not. */
      reachable: boolean | 'never'
      /** How its create ended has been written down before. */
      counted: boolean
      /** What Nova says of its servers; null: nobody asked (isPowerWanted). */
      power: Power | null
    }

export type Observation = {
  /** A stack of an earlier generation for which we still answer. */
  older: Seen | null
  /** The stack of this generation. */
  current: Seen
  /** Whether a program runs in one of its owner's shells; null: nobody looked (isJobWanted), or none does. */
  job: Job | null
}

/** A program that somebody has left running. */
export type Job = { host: string; command: string }

export type Target = 'older' | 'current'

export type Action =
  | { do: 'create' | 'suspend' | 'resume' | 'check' }
  /** By Nova, each server that is not so already. */
  | { do: 'power'; to: 'off'; how: 'suspend' | 'stop' | 'shelve' }
  | { do: 'power'; to: 'on' }
  | { do: 'delete'; target: Target; why: 'asked' | 'older' | 'create_failed' | 'create_stuck' | 'delete_failed' }
  | { do: 'wait'; until: number; why: 'backoff' | 'cloud' | 'older' | 'stack' | 'unanswered' | 'ssh' }
  | { do: 'rest'; until: number | null; why: 'suspended' | 'deleted' | 'lost' | 'gave_up' }
  /** `warn`: its owner is to be told from now on that it is about to sleep. `holdUntil`: a program keeps it awake until then. */
  | { do: 'rest'; until: number | null; why: 'ready'; warn: boolean; holdUntil: number | null }

/** One attempt, and one more. Heat itself has by then tried each failing part five times (fact 12). */
export const MAX_FAILURES = 2

const seconds = (count: number) => count * 1000
/**
 * A deletion that says nothing for so long is asked for again, which does no harm (fact 3): an engine that was restarted has forgotten it
 * (fact 13). Heat itself tries for about 67 s before it says that it failed (fact 12).
 */
const DELETE_PATIENCE_MS = seconds(90)
const AT_REST_MS = seconds(30)

/** What is wanted now: the intent, overridden by the deadlines that have come. */
export function goalAt(environment: EnvironmentFacts, now: number): Goal {
  const { intent, deleteAt } = environment
  if (intent === 'deleted' || (deleteAt !== null && now >= deleteAt)) return 'deleted'
  if (intent === 'suspended') return 'suspended'
  const asleepFrom = sleepAt(environment, now)
  return asleepFrom !== null && now >= asleepFrom ? 'suspended' : 'running'
}

/** The one action that comes next. First match wins; the order is the table in docs/architecture.md. */
export function decide(environment: EnvironmentFacts, observation: Observation, now: number): Action {
  const { older, current } = observation
  const goal = goalAt(environment, now)
  // A pause that is longer than any we take was begun before a clock was put back.
  const paused = now < environment.retryAt && environment.retryAt <= now + LONGEST_PAUSE_MS
  const backoff: Action | null = paused ? { do: 'wait', until: lookBefore(environment.retryAt, now), why: 'backoff' } : null
  if (older) {
    const action = removeOlder(older, { goal, backoff, now })
    if (action) return action
  }
  if (current.stack === 'absent') return withoutStack(environment, current.certainAt, { goal, backoff, now })
  if (goal === 'deleted' && current.action !== 'DELETE') return backoff ?? { do: 'delete', target: 'current', why: 'asked' }
  if (isBuilding(current)) return whileBuilding(environment, current, { goal, backoff, now })
  if (current.action === 'DELETE') return whileDeleting(current, { goal, backoff, now })
  // A half-made stack is never repaired.
  if (current.action === 'CREATE' && current.status === 'FAILED')
    return backoff ?? { do: 'delete', target: 'current', why: 'create_failed' }
  const next = goal === 'suspended' ? fallAsleep(environment, current, { backoff, now }) : wakeUp(environment, current, { backoff, now })
  if (next === 'asleep') return rest(environment, 'suspended', now)
  if (next === 'gave_up') return rest(environment, 'gave_up', now)
  return next === 'up' ? awake(environment, observation, now) : next
}

type Situation = { goal: Goal; backoff: Action | null; now: number }
export type Present = Extract<Seen, { stack: 'present' }>

/** Nothing is built beside what is still there: one stack per learner and place. Null once it is gone. */
function removeOlder(older: Seen, { goal, backoff, now }: Situation): Action | null {
  if (older.stack === 'absent')
    return now < older.certainAt ? { do: 'wait', until: soonest(older.certainAt, now), why: 'unanswered' } : null
  if (older.action === 'DELETE' && older.status === 'IN_PROGRESS' && now - older.since < DELETE_PATIENCE_MS)
    return { do: 'wait', until: now + pace({ awaited: goal === 'running', ageMs: now - older.since, usualMs: null }), why: 'older' }
  return watched(backoff, older, now) ?? { do: 'delete', target: 'older', why: 'older' }
}

function withoutStack(environment: EnvironmentFacts, certainAt: number, { goal, backoff, now }: Situation): Action {
  const unsure = now < certainAt
  if (unsure && (goal === 'deleted' || environment.wasReady)) return { do: 'wait', until: soonest(certainAt, now), why: 'unanswered' }
  if (goal === 'deleted') return { do: 'rest', until: null, why: 'deleted' }
  // A learner's work is gone: say so, never quietly start over.
  if (environment.wasReady) return rest(environment, 'lost', now)
  if (goal === 'suspended') return rest(environment, 'suspended', now)
  if (environment.failures >= MAX_FAILURES) return rest(environment, 'gave_up', now)
  if (!environment.placed) return { do: 'wait', until: now + AT_REST_MS, why: 'cloud' }
  return backoff ?? { do: 'create' }
}

/** INIT is what a stack is for the moment before its create begins. */
function isBuilding({ action, status }: Present): boolean {
  return action === 'INIT' || (action === 'CREATE' && status === 'IN_PROGRESS')
}

function whileBuilding(environment: EnvironmentFacts, { askedAt }: Present, { goal, backoff, now }: Situation): Action {
  const ageMs = now - askedAt
  if (ageMs > environment.createLimitMs) return backoff ?? { do: 'delete', target: 'current', why: 'create_stuck' }
  return { do: 'wait', until: now + pace({ awaited: goal === 'running', ageMs, usualMs: environment.usualMs.create }), why: 'stack' }
}

function whileDeleting(current: Present, { goal, backoff, now }: Situation): Action {
  const { status, since } = current
  const ageMs = now - since
  if (status === 'IN_PROGRESS' && ageMs <= DELETE_PATIENCE_MS)
    return { do: 'wait', until: now + pace({ awaited: goal !== 'suspended', ageMs, usualMs: null }), why: 'stack' }
  return watched(backoff, current, now) ?? { do: 'delete', target: 'current', why: 'delete_failed' }
}

/** What is still on its way out is looked at also during a pause. */
function watched(backoff: Action | null, { status }: Present, now: number): Action | null {
  if (backoff?.do !== 'wait' || status !== 'IN_PROGRESS') return backoff
  return { ...backoff, until: soonest(backoff.until, now) }
}

/** The stack is up, as far as the cloud says: its machines have the last word. */
function awake(environment: EnvironmentFacts, { current, job }: Observation, now: number): Action {
  if (current.stack === 'absent' || current.reachable === 'never') return rest(environment, 'gave_up', now)
  if (!current.reachable) {
    const silentMs = underWayMs(environment, current, now)
    // Its owner is told, and may try again: nobody looks for ever at what nobody mends.
    if (silentMs > environment.createLimitMs) return rest(environment, 'gave_up', now)
    return { do: 'wait', until: now + (silentMs > YOUNG_MS ? MOVING_MS : 0), why: 'ssh' }
  }
  const sitting = hasBegun(environment, now) ? environment : notBegun(environment)
  const held = job !== null && isJobWanted(sitting, now) ? heldUntil(sitting, now) : null
  const warn = held === null && isWarningDue(sitting, now)
  const until = nextOf(held === null ? sitting : { ...sitting, suspendAt: held, warnedAt: null }, warn, now)
  return { do: 'rest', until: ahead([until, environment.deleteAt], now), why: 'ready', warn, holdUntil: held }
}

/** Deadlines of a sitting that begins with this step do not count yet. */
function notBegun(environment: EnvironmentFacts): EnvironmentFacts {
  return { ...environment, suspendAt: null, limitAt: null, warnedAt: null }
}

/** When there is something to do about the deadlines: to warn, or, once warned, to keep them. */
function nextOf(sitting: Sitting, warn: boolean, now: number): number | null {
  if (warn) return Math.max(deadlineAt(sitting) ?? now, warnedFrom(sitting, now) + sitting.warnMs)
  return sleepAt(sitting, now) ?? announceAt(sitting)
}

/** At rest nobody asks the cloud about one environment: all of them are held against one list (sweep.ts). */
function rest(environment: EnvironmentFacts, why: 'suspended' | 'lost' | 'gave_up', now: number): Action {
  return { do: 'rest', until: ahead([environment.deleteAt], now), why }
}

function ahead(times: (number | null)[], now: number): number | null {
  const until = Math.min(...times.filter((at) => at !== null).map((at) => Math.max(at, now)))
  return Number.isFinite(until) ? until : null
}

/** A short pause is for what was asked to become visible: it is looked for meanwhile. A long one is for the cloud to recover. */
function lookBefore(retryAt: number, now: number): number {
  return retryAt - now <= seconds(1) ? Math.min(retryAt, now + 100) : retryAt
}

const soonest = (at: number, now: number) => Math.min(at, now + MOVING_MS)
