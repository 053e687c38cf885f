import type { Lifecycle } from '../labs/lifecycle.ts'
import type { Chance } from './simulation-chance.fixture.ts'

/*
 * What goes wrong in one run of the simulation, and how the lab wants to sleep. Not everything goes wrong in every run: what hides behind
 * a louder fault shows in another run.
 */

export type Weather = {
  /** Nothing happens before: what is done then is done to what has been as it is for long. */
  from: number
  /** People speak and things break until then (ms of true time); what is broken for good stays so. */
  until: number
  /** Shares of what can go wrong each time. */
  failing: number
  losing: number
  stale: number
  dying: number
  freezing: number
  /** A person acts in the very moment between two strides of a step. */
  racing: number
  lostHints: number
  /** Two workers at once in spite of the lease. */
  noLease: number
  /** Servers that a failed action leaves in ERROR. */
  breaking: number
  /** Servers that run and never answer. */
  muting: number
  /** Actions that Nova is at for many minutes. */
  sticking: number
  /** Flavors that cannot be suspended: Nova refuses, or accepts and does nothing (and Heat waits for ever). */
  cannotSuspend: 'no' | 'refused' | 'silent'
  /** Mean time between two of them; null: none. */
  everyMs: Record<WeatherEvent, number | null>
  /** How far a clock jumps. */
  jumpMs: { least: number; most: number }
}

export type WeatherEvent = 'engine restart' | 'engine down' | 'outage' | 'vandal' | 'stray' | 'lie' | 'quota' | 'jump'

export const weatherEvents = ['engine restart', 'engine down', 'outage', 'vandal', 'stray', 'lie', 'quota', 'jump'] as const

const seconds = (count: number) => count * 1000
const minutes = (count: number) => count * 60_000

export function weatherOf(luck: Chance): Weather {
  const some = (share: number, most: number) => (luck.hits(share) ? luck.next() * most : 0)
  const now = (share: number, leastMs: number, mostMs: number) => (luck.hits(share) ? luck.log(leastMs, mostMs) : null)
  const from = luck.hits(0.06) ? minutes(luck.between(11, 15)) : 0
  return {
    from,
    until: from + seconds(luck.between(60, 260)),
    failing: some(0.6, 0.5),
    losing: some(0.5, 0.3),
    stale: some(0.5, 0.2),
    dying: some(0.4, 0.04),
    freezing: some(0.4, 0.04),
    racing: some(0.5, 0.03),
    lostHints: some(0.3, 0.5),
    noLease: some(0.2, 0.2),
    breaking: some(0.1, 0.3),
    sticking: some(0.04, 0.2),
    muting: some(0.04, 0.4),
    cannotSuspend: luck.hits(0.85) ? 'no' : luck.pick(['refused', 'silent']),
    everyMs: {
      'engine restart': now(0.25, seconds(20), seconds(120)),
      'engine down': now(0.15, seconds(40), seconds(200)),
      outage: now(0.15, seconds(30), seconds(200)),
      vandal: now(0.12, seconds(60), seconds(300)),
      stray: now(0.3, seconds(15), seconds(120)),
      lie: now(0.15, seconds(20), seconds(120)),
      quota: now(0.12, seconds(30), seconds(120)),
      jump: now(0.3, seconds(15), seconds(150)),
    },
    jumpMs: luck.hits(0.5) ? { least: seconds(5), most: minutes(10) } : { least: minutes(2), most: minutes(180) },
  }
}

/** A lab with short times, so that much happens in a run. */
export function lifecycleOfRun(luck: Chance): Lifecycle {
  const idleMs = luck.hits(0.8) ? seconds(luck.between(20, 90)) : null
  const sittingMs = luck.hits(0.5) ? seconds(luck.between(30, 150)) : null
  const shortest = Math.min(idleMs ?? seconds(60), sittingMs ?? seconds(60))
  return {
    idleMs,
    sittingMs,
    warnMs: Math.min(seconds(luck.between(3, 15)), shortest / 2),
    how: luck.hits(0.75) ? 'suspend' : luck.pick(['stop', 'shelve']),
    otherwise: luck.pick(['stop', 'shelve']),
    jobMs: luck.hits(0.3) ? seconds(luck.between(20, 120)) : null,
    extend: luck.hits(0.6)
      ? { byMs: seconds(luck.between(10, 60)), most: luck.between(1, 4), whenLeftMs: seconds(luck.between(10, 40)) }
      : null,
  }
}
