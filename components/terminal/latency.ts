/*
 * How long keys take to come back, measured on what is typed anyway: from a key to what answers it.
 */

/** Below this nobody feels it, and nothing is said. */
export const FELT_MS = 150
/** After so long it was no answer to that key: the connection was lost in between. */
const LONGEST_MS = 5_000
const KEPT = 5

export type Latency = {
  /** Something was typed. Milliseconds, by any steady clock. */
  typed(now: number): void
  /** Something answered. @returns what is to be shown from now on, in milliseconds; null: nothing */
  came(now: number): number | null
}

/** The middle of the last few, so that neither one slow answer nor one quick one is shown. */
export function createLatency(): Latency {
  let since: number | null = null
  let times: number[] = []
  return {
    typed(now) {
      since ??= now
    },
    came(now) {
      if (since !== null && now - since <= LONGEST_MS) times = [...times, now - since].slice(-KEPT)
      since = null
      const middle = times.length < 3 ? 0 : (times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0)
      // To the next ten: a number that jumps about draws the eye.
      return middle >= FELT_MS ? Math.round(middle / 10) * 10 : null
    },
  }
}
