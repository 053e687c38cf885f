import { expect, test } from 'vitest'
import { LONGEST_PAUSE_MS, pace, pauseAfterOutage } from './pace.ts'

test('the cloud is asked at short intervals only while a person waits and it may be done any moment', () => {
  const ask = (ageMs: number, usualMs: number | null, awaited = true) => pace({ awaited, ageMs, usualMs })
  expect(ask(1_000, null)).toBe(250)
  expect(ask(91_000, null)).toBe(2_000)
  expect(ask(1_000, null, false)).toBe(2_000)
  expect(ask(5_000, 60_000)).toBe(2_000)
  expect(ask(50_000, 60_000)).toBe(250)
  expect([ask(200, 1_000), ask(200, 3_000), ask(3_000, 1_000), ask(200, 1_000, false)]).toEqual([100, 250, 250, 2_000])
  expect(ask(300_000, 60_000)).toBe(2_000)
})

test('what fails again and again is tried with growing pauses, and never less than twice a minute', () => {
  expect([-3_600_000, 0, 4_000, 20_000, 3_600_000].map(pauseAfterOutage)).toEqual([1_000, 1_000, 1_000, 5_000, 30_000])
  expect(pauseAfterOutage(Number.MAX_SAFE_INTEGER)).toBeLessThanOrEqual(LONGEST_PAUSE_MS)
})
