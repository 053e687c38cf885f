import type { EnvironmentFacts } from './decide.ts'

/*
 * The clock on the wall may be put forward or back, or leap ahead while a computer sleeps. What was noted before is then of unknown age: it
 * counts from the change on.
 */

export type SteadyClock = {
  /** Milliseconds since 1970. */
  now: () => number
  /** Since when, by this clock, it has run steadily; what went on before it was first looked at nobody knows. */
  steadySince: () => number
}

/** More than any clock is off between two looks. */
const JUMP_MS = 1_000

/** @param ticks a clock that is never put forward or back, in ms */
export function steadyClock(wall: () => number = Date.now, ticks: () => number = () => performance.now()): SteadyClock {
  let since = wall()
  let offset = since - ticks()
  const look = () => {
    const now = wall()
    const before = offset
    offset = now - ticks()
    if (Math.abs(offset - before) > JUMP_MS) since = now
    return now
  }
  return {
    now: look,
    steadySince: () => {
      look()
      return since
    },
  }
}

/** What of an environment's facts is worth something although the clock was changed: a warning is given once more. Pure. */
export function sinceSteady(facts: EnvironmentFacts, steadySince: number): EnvironmentFacts {
  const { warnedAt, movingSince } = facts
  return {
    ...facts,
    warnedAt: warnedAt !== null && warnedAt < steadySince ? null : warnedAt,
    movingSince: movingSince === null ? null : Math.max(movingSince, steadySince),
  }
}
