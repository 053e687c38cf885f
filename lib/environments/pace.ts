/*
 * How long until the next look, and how long a pause after trouble (decisions 24). Pure; milliseconds.
 */

const seconds = (count: number) => count * 1000
export const MOVING_MS = seconds(2)
const ANY_MOMENT_MS = 250
const ALMOST_MS = 100
/** Where stacks are made in less, a quarter of a second is much of what their owners wait. */
const QUICK_MS = seconds(3)
export const YOUNG_MS = seconds(90)

/**
 * How long until the next look at something in motion: a quarter of a second while it may be done any moment and a person waits, less
 * where it has just begun and usually does not take long, 2 s otherwise.
 */
export function pace({ awaited, ageMs, usualMs }: { awaited: boolean; ageMs: number; usualMs: number | null }): number {
  if (awaited && usualMs !== null && usualMs < QUICK_MS && ageMs < QUICK_MS) return ALMOST_MS
  const anyMoment = usualMs === null ? ageMs < YOUNG_MS : ageMs > usualMs * 0.6 - seconds(2) && ageMs < usualMs * 2 + seconds(10)
  return awaited && anyMoment ? ANY_MOMENT_MS : MOVING_MS
}

/** The pause after a call that the cloud could not answer: it grows with the time it has been like this, and never ends the trying. */
export function pauseAfterOutage(sinceMs: number): number {
  return Math.max(seconds(1), Math.min(seconds(30), sinceMs / 4))
}

/** Longest pause that anything here ever takes: a time further ahead was set by a clock that has been put back since. */
export const LONGEST_PAUSE_MS = seconds(75)
