import { expect, test } from 'vitest'
import { partSeconds, spokenDuration } from './duration.ts'

test('a duration has two units at most, and no unit that is nought', () => {
  expect(spokenDuration(999)).toEqual({ key: 'seconds', values: { s: 0 } })
  expect(spokenDuration(48_000)).toEqual({ key: 'seconds', values: { s: 48 } })
  expect(spokenDuration(80_000)).toEqual({ key: 'minutesSeconds', values: { min: 1, s: 20 } })
  expect(spokenDuration(120_000)).toEqual({ key: 'minutes', values: { min: 2 } })
  expect(spokenDuration(6_120_000)).toEqual({ key: 'hoursMinutes', values: { h: 1, min: 42 } })
  expect(spokenDuration(187_200_000)).toEqual({ key: 'daysHours', values: { d: 2, h: 4 } })
})

test('clocks that disagree make no negative times', () => {
  expect(spokenDuration(-5_000)).toEqual({ key: 'seconds', values: { s: 0 } })
  expect(partSeconds(-5)).toBe(0)
})

test('what is done within seconds keeps a tenth', () => {
  expect(partSeconds(440)).toBe(0.4)
  expect(partSeconds(3_249)).toBe(3.2)
  expect(partSeconds(14_400)).toBe(14)
})
