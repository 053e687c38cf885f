import { z } from 'zod'

/** A length of time as lab.yaml writes it. */
export const length = z
  .string()
  .regex(/^[1-9][0-9]{0,4}(s|m|h|d)$/, 'must be a length of time such as 90s, 15m, 2h or 14d')
  .meta({ description: 'A length of time: 90s, 15m, 2h, 14d.' })

/** Seconds of "90s", "15m", "2h", "14d". */
export function secondsOf(text: string): number {
  const perUnit = { s: 1, m: 60, h: 3600, d: 86_400 }[text.slice(-1)] ?? 1
  return Number(text.slice(0, -1)) * perUnit
}
