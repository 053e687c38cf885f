import type { EnvironmentFacts, Present, Seen } from './decide.ts'
import type { Power } from './decide-power.ts'

/*
 * An environment that is as it should be, for tests of what is decided: each case changes one thing.
 */

export const NOW = 1_000_000_000
export const ABSENT: Seen = { stack: 'absent', certainAt: 0 }

const minutes = (count: number) => count * 60_000

/** Wanted, its cloud found, nothing gone wrong, nothing built yet. */
export const wanted: EnvironmentFacts = {
  intent: 'running',
  suspendAt: null,
  limitAt: null,
  warnedAt: null,
  warnMs: minutes(2),
  awakeAt: null,
  lastActivityAt: null,
  idleMs: minutes(30),
  sittingMs: minutes(480),
  jobMs: null,
  deleteAt: null,
  wasReady: false,
  failures: 0,
  sleepFailures: 0,
  sleepHow: null,
  how: 'suspend',
  otherwise: 'stop',
  retryAt: 0,
  movingSince: NOW - 1_000,
  placed: true,
  createLimitMs: 600_000,
  usualMs: { create: null, suspend: null, resume: null },
}

/** Handed to its owner, who has been at it for an hour. */
export const awake: EnvironmentFacts = {
  ...wanted,
  wasReady: true,
  movingSince: null,
  awakeAt: NOW - minutes(60),
  lastActivityAt: NOW - minutes(1),
  suspendAt: NOW + minutes(29),
  limitAt: NOW + minutes(420),
}

/** @param words Heat's, e.g. "CREATE COMPLETE" */
export function stack(words: string, more: Partial<Present> = {}): Present {
  const [action = '', status = ''] = words.split(' ')
  if (status !== 'IN_PROGRESS' && status !== 'COMPLETE' && status !== 'FAILED') throw new Error(words)
  const times = { askedAt: NOW - 1_000, since: NOW - 1_000, actionSince: NOW - 1_000 }
  return { stack: 'present', action, status, ...times, reachable: false, counted: false, power: null, ...more }
}

/** Two servers. */
export function power(...states: [keyof Power, keyof Power]): Power {
  const found: Power = { active: 0, suspended: 0, stopped: 0, moving: 0, broken: 0 }
  for (const state of states) found[state] += 1
  return found
}
