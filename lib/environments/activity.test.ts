import fc from 'fast-check'
import { expect, test } from 'vitest'
import { activityStepMs, afterUse } from './activity.ts'
import { announceAt } from './deadlines.ts'

const minutes = (count: number) => count * 60_000

test('use is written once in a twentieth of the idle time, a minute at most, and never more than four times a second', () => {
  expect([null, minutes(600), minutes(10), 20_000, 1_000].map(activityStepMs)).toEqual([60_000, 60_000, 30_000, 1_000, 250])
})

test('use moves the deadline to the idle time from now, and a worker looks before the warning', () => {
  const now = new Date(1_000_000_000)
  const after = afterUse({ idleMs: minutes(30), warnMs: minutes(2) }, now)
  expect(after.suspendAt?.getTime()).toBe(now.getTime() + minutes(30))
  expect(after.lookAt?.getTime()).toBe(now.getTime() + minutes(28) - 5_000)
  expect(afterUse({ idleMs: null, warnMs: minutes(2) }, now)).toEqual({ suspendAt: null, lookAt: null })
})

test('a look that was planned after one use is never later than the look after the next', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_000, max: minutes(600) }), fc.nat(), fc.nat(minutes(600)), (idleMs, at, laterMs) => {
      const warnMs = Math.min(minutes(2), idleMs / 2)
      const planned = announceAt({ suspendAt: at + idleMs, limitAt: null, warnedAt: null, warnMs }) ?? Number.NaN
      const next = afterUse({ idleMs, warnMs }, new Date(at + laterMs)).lookAt?.getTime() ?? Number.NaN
      // Times in rows are whole milliseconds.
      expect(Math.trunc(planned)).toBeLessThanOrEqual(next)
    }),
  )
})
