/** A length of time as people say it: at most two units. `key` is a message under `time`, `values` what it takes. */
export type SpokenDuration = {
  key: 'seconds' | 'minutes' | 'minutesSeconds' | 'hours' | 'hoursMinutes' | 'days' | 'daysHours'
  values: Record<string, number>
}

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * @param milliseconds negative lengths (clocks that disagree) count as none
 * @returns whole units, rounded down, e.g. 80 000 -> 1 min 20 s
 */
export function spokenDuration(milliseconds: number): SpokenDuration {
  const total = Math.max(0, Math.floor(milliseconds / 1000))
  if (total < MINUTE) return { key: 'seconds', values: { s: total } }
  if (total < HOUR) return twoUnits('minutes', 'minutesSeconds', { min: Math.floor(total / MINUTE) }, { s: total % MINUTE })
  if (total < DAY) return twoUnits('hours', 'hoursMinutes', { h: Math.floor(total / HOUR) }, { min: Math.floor((total % HOUR) / MINUTE) })
  return twoUnits('days', 'daysHours', { d: Math.floor(total / DAY) }, { h: Math.floor((total % DAY) / HOUR) })
}

function twoUnits(
  alone: SpokenDuration['key'],
  both: SpokenDuration['key'],
  big: Record<string, number>,
  small: Record<string, number>,
): SpokenDuration {
  return Object.values(small)[0] === 0 ? { key: alone, values: big } : { key: both, values: { ...big, ...small } }
}

/**
 * As `spokenDuration`, but short lengths keep a tenth of a second: parts of a stack are often done within one.
 * @returns the number of seconds with at most one decimal, e.g. 0.4, 3.2, 14
 */
export function partSeconds(milliseconds: number): number {
  const seconds = Math.max(0, milliseconds) / 1000
  return seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)
}
