import { expect, test } from 'vitest'
import { isTellingDue } from './use-activity.ts'

test('the first thing that somebody does is told at once', () => {
  expect(isTellingDue(null, 0, false)).toBe(true)
})

test('whoever works all the time is told of once in twenty seconds', () => {
  const told: number[] = []
  for (let now = 0; now < 120_000; now += 100) if (isTellingDue(told.at(-1) ?? null, now, false)) told.push(now)
  expect(told).toEqual([0, 20_000, 40_000, 60_000, 80_000, 100_000])
})

test('a warning is taken back at once, however lately something was told, and not a hundred times', () => {
  expect(isTellingDue(5_000, 6_000, false)).toBe(false)
  expect(isTellingDue(5_000, 6_000, true)).toBe(true)
  expect(isTellingDue(5_000, 5_999, true)).toBe(false)
})
