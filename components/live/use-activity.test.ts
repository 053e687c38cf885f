import { expect, test } from 'vitest'
import { isTellingDue, type Told } from './use-activity.ts'

test('the first thing that somebody does is told at once', () => {
  expect(isTellingDue(null, 0, false)).toBe(true)
})

test('whoever works all the time is told of once in twenty seconds', () => {
  const told: Told[] = []
  for (let at = 0; at < 120_000; at += 100) if (isTellingDue(told.at(-1) ?? null, at, false)) told.push({ at, urgent: false })
  expect(told.map(({ at }) => at)).toEqual([0, 20_000, 40_000, 60_000, 80_000, 100_000])
})

test('a warning is taken back at once, however lately something was told, and not a hundred times', () => {
  expect(isTellingDue({ at: 5_000, urgent: false }, 5_001, false)).toBe(false)
  expect(isTellingDue({ at: 5_000, urgent: false }, 5_001, true)).toBe(true)
  expect(isTellingDue({ at: 5_000, urgent: true }, 5_999, true)).toBe(false)
  expect(isTellingDue({ at: 5_000, urgent: true }, 6_000, true)).toBe(true)
})
