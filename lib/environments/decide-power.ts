import type { Action, Present } from './decide.ts'
import { LONGEST_PAUSE_MS, pace } from './pace.ts'

/*
 * Between awake and asleep, where the cloud does as it is told and where it does not. Heat's suspend and resume come first. Where they
 * fail, are refused, or never end, what counts is what Nova says of the servers, and Nova is asked directly. Pure.
 */

/** How many servers of a stack are in which state. */
export type Power = {
  /** ACTIVE. */
  active: number
  /** SUSPENDED, with their memory. */
  suspended: number
  /** SHUTOFF, or shelved: no memory. */
  stopped: number
  /** On the way from one to another. */
  moving: number
  /** ERROR, missing, or nothing that we know. */
  broken: number
}

export type SleepFacts = {
  /** How the lab wants it to sleep. */
  how: 'suspend' | 'stop' | 'shelve'
  /** What is done where the cloud cannot suspend it. */
  otherwise: 'stop' | 'shelve'
  /** How it was put to sleep by Nova, this time; null: not by Nova. */
  sleepHow: 'suspend' | 'stop' | 'shelve' | null
  /** Ways of putting it to sleep that have not worked this time. */
  sleepFailures: number
  failures: number
  /** Since when it is on its way to where it is wanted; null: it is at rest. */
  movingSince: number | null
  /** How long actions of this lab usually take on this cloud, ms; null: not known. */
  usualMs: { create: number | null; suspend: number | null; resume: number | null }
}

type Situation = { backoff: Action | null; now: number }

/** Where an action of Heat's takes longer, its servers are looked at: an engine that was restarted forgets what it was at (fact 13). */
export function overdueMs(usualMs: number | null): number {
  return Math.max(20_000, (usualMs ?? 10_000) * 3)
}

const HEAT_TRIES = 2
const NOVA_SUSPENDS = 3
const POWER_TRIES = 2
/** What Nova has been at for so long it has forgotten. */
const NOVA_PATIENCE_MS = 600_000
/** Machines that do not answer for so long may have been switched off: Nova knows. */
const SILENT_MS = 60_000

/** How long it has been on its way with its stack as it is now: a stack may have been like this for weeks before. */
export function underWayMs({ movingSince }: Pick<SleepFacts, 'movingSince'>, { since }: Present, now: number): number {
  return movingSince === null ? 0 : Math.max(0, now - Math.max(movingSince, since))
}

/** Whether Nova must be asked about the servers before anything can be decided. */
export function isPowerWanted(facts: SleepFacts, seen: Present, { asleep, now }: { asleep: boolean; now: number }): boolean {
  if (seen.action === 'CREATE' && seen.status !== 'COMPLETE') return false
  if (seen.action === 'DELETE' || seen.action === 'INIT') return false
  if (seen.status === 'FAILED' || isOverdue(facts, seen, now)) return true
  if (seen.status === 'IN_PROGRESS') return false
  if (isAsleepInHeat(seen)) return asleep && (facts.sleepHow !== null || isOldNews(facts, seen))
  // How it fell asleep may not have been written down any more: what would have been asked of Nova may have been.
  return byNova(facts) || (!asleep && (facts.sleepHow !== null || underWayMs(facts, seen, now) > SILENT_MS))
}

/** What Heat says to be asleep it may have said so of before Nova, or somebody else, woke it. */
function isOldNews({ movingSince }: SleepFacts, { actionSince }: Present): boolean {
  return movingSince === null || actionSince <= movingSince
}

function isOverdue({ usualMs }: SleepFacts, { action, status, since }: Present, now: number): boolean {
  if (status !== 'IN_PROGRESS') return false
  return now - since > overdueMs(action === 'SUSPEND' ? usualMs.suspend : action === 'RESUME' ? usualMs.resume : null)
}

function isAsleepInHeat({ action, status }: Present): boolean {
  return action === 'SUSPEND' && status === 'COMPLETE'
}

/** The way of sleeping that is next. */
function wayDown({ how, otherwise, sleepFailures }: SleepFacts): 'suspend' | 'stop' | 'shelve' {
  if (how !== 'suspend') return how
  return sleepFailures < NOVA_SUSPENDS ? 'suspend' : otherwise
}

/** What counts as used up once it sleeps: the way that has worked is the first where it has to be put to sleep once more. */
export function usedUp({ sleepHow, sleepFailures }: Pick<SleepFacts, 'sleepHow' | 'sleepFailures'>): number {
  return sleepHow === 'suspend' ? Math.min(sleepFailures, HEAT_TRIES) : sleepFailures
}

function byNova(facts: SleepFacts): boolean {
  return facts.how !== 'suspend' || facts.sleepFailures >= HEAT_TRIES
}

/** What brings it to sleep. It never gives up: that would leave it running unattended (decisions 17). */
export function fallAsleep(facts: SleepFacts, seen: Present, { backoff, now }: Situation): Action | 'asleep' {
  const { power } = seen
  if (power === null) {
    if (isAsleepInHeat(seen)) return 'asleep'
    if (seen.status === 'IN_PROGRESS') return whileMoving(facts, seen, { awaited: false, now })
    return backoff ?? { do: 'suspend' }
  }
  const ageMs = underWayMs(facts, seen, now)
  if (power.moving > 0 && ageMs < NOVA_PATIENCE_MS)
    return { do: 'wait', until: now + pace({ awaited: false, ageMs, usualMs: null }), why: 'stack' }
  // Nothing can be asked of what Nova is at, however long it takes.
  if (power.moving > 0 && power.active === 0) return { do: 'wait', until: now + LONGEST_PAUSE_MS, why: 'stack' }
  if (power.active === 0 && (seen.status !== 'COMPLETE' || byNova(facts) || isAsleepInHeat(seen))) return 'asleep'
  if (backoff) return backoff
  if (seen.status !== 'COMPLETE' && !byNova(facts)) {
    // Woken by Nova last time, or by an engine that was restarted in its midst: Heat has to look before it can suspend again (fact 4).
    if (seen.action !== 'SUSPEND' && seen.action !== 'CHECK' && power.active > 0 && isWhole(power)) return { do: 'check' }
    // Where an engine was restarted in the midst of it, the next one takes it over and ends it well.
    if (seen.action === 'SUSPEND' && power.stopped === 0 && power.broken === 0) return { do: 'suspend' }
  }
  return { do: 'power', to: 'off', how: wayDown(facts) }
}

/** They all run. */
export const isWhole = ({ suspended, stopped, moving, broken }: Power) => suspended + stopped + moving + broken === 0

/** What brings it up: a few times, then it says so, and keeps everything as it is. */
export function wakeUp(facts: SleepFacts, seen: Present, { backoff, now }: Situation): Action | 'up' | 'gave_up' {
  if (isAsleepInHeat(seen)) return facts.failures >= POWER_TRIES ? 'gave_up' : (backoff ?? { do: 'resume' })
  const { power } = seen
  if (power === null) return seen.status === 'IN_PROGRESS' ? whileMoving(facts, seen, { awaited: true, now }) : 'up'
  // Heat may not know it, but they all run.
  if (isWhole(power)) return 'up'
  const ageMs = underWayMs(facts, seen, now)
  if (power.moving > 0 && ageMs < NOVA_PATIENCE_MS)
    return { do: 'wait', until: now + pace({ awaited: true, ageMs, usualMs: null }), why: 'stack' }
  if (backoff) return backoff
  if (facts.failures >= POWER_TRIES) return 'gave_up'
  if (seen.action === 'RESUME' && seen.status === 'FAILED' && facts.failures === 0) return { do: 'resume' }
  return { do: 'power', to: 'on' }
}

function whileMoving({ usualMs }: SleepFacts, { action, since }: Present, { awaited, now }: { awaited: boolean; now: number }): Action {
  const usual = action === 'SUSPEND' ? usualMs.suspend : action === 'RESUME' ? usualMs.resume : null
  return { do: 'wait', until: now + pace({ awaited, ageMs: now - since, usualMs: usual }), why: 'stack' }
}
