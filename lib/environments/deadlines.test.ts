import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  announceAt,
  beginSitting,
  deadlineAt,
  deadlineWhy,
  extended,
  extensionOf,
  hasBegun,
  heldUntil,
  isJobWanted,
  isWarningDue,
  jobEndsAt,
  type Sitting,
  sleepAt,
  warnAt,
  warnedFrom,
} from './deadlines.ts'

const NOW = 1_000_000_000
const seconds = (count: number) => count * 1_000
const minutes = (count: number) => count * 60_000

const sitting: Sitting = { suspendAt: NOW + minutes(30), limitAt: NOW + minutes(480), warnedAt: null, warnMs: minutes(2) }

test('the nearer of the two deadlines counts, and at the same time the end of the sitting is the reason', () => {
  expect(deadlineAt({ suspendAt: null, limitAt: null })).toBeNull()
  expect(deadlineAt({ suspendAt: 7, limitAt: null })).toBe(7)
  expect(deadlineAt({ suspendAt: null, limitAt: 8 })).toBe(8)
  expect(deadlineAt({ suspendAt: 7, limitAt: 8 })).toBe(7)
  expect(deadlineWhy({ suspendAt: 7, limitAt: 8 })).toBe('idle')
  expect(deadlineWhy({ suspendAt: 8, limitAt: 8 })).toBe('limit')
  expect(deadlineWhy({ suspendAt: null, limitAt: 8 })).toBe('limit')
  expect(deadlineWhy({ suspendAt: 7, limitAt: null })).toBe('idle')
})

test('nothing sleeps that was not told so long before', () => {
  expect(sleepAt(sitting, NOW)).toBeNull()
  expect(sleepAt({ ...sitting, warnedAt: NOW }, NOW)).toBe(NOW + minutes(30))
  expect(sleepAt({ ...sitting, suspendAt: NOW - minutes(60), warnedAt: NOW }, NOW)).toBe(NOW + minutes(2))
  expect(sleepAt({ suspendAt: null, limitAt: null, warnedAt: NOW, warnMs: 1 }, NOW)).toBeNull()
})

test('a warning is written down a little ahead of its time, and holds from its time on', () => {
  expect(warnAt(sitting)).toBe(NOW + minutes(28))
  expect(announceAt(sitting)).toBe(NOW + minutes(28) - seconds(5))
  expect(announceAt({ ...sitting, warnMs: seconds(10) })).toBe(NOW + minutes(30) - seconds(11))
  const early = NOW + minutes(28) - seconds(5)
  expect(isWarningDue(sitting, early - 1)).toBe(false)
  expect(isWarningDue(sitting, early)).toBe(true)
  expect(warnedFrom(sitting, early)).toBe(NOW + minutes(28))
  expect(isWarningDue({ ...sitting, warnedAt: NOW + minutes(28) }, early)).toBe(false)
  expect(warnedFrom(sitting, NOW + minutes(90))).toBe(NOW + minutes(90))
})

test('a warning that a clock gave which has been put back since is given once more', () => {
  const future = { ...sitting, suspendAt: NOW + minutes(1), warnedAt: NOW + minutes(60) }
  expect(sleepAt(future, NOW)).toBeNull()
  expect(isWarningDue(future, NOW)).toBe(true)
})

const rule = {
  ...sitting,
  suspendAt: NOW + minutes(2),
  jobMs: minutes(120),
  idleMs: minutes(30),
  lastActivityAt: NOW - minutes(28),
  awakeAt: NOW - minutes(60),
}

test('a program counts from the last use, and up to its limit', () => {
  expect(jobEndsAt(rule)).toBe(NOW - minutes(28) + minutes(150))
  expect(jobEndsAt({ ...rule, lastActivityAt: null })).toBe(NOW - minutes(60) + minutes(150))
  expect(jobEndsAt({ ...rule, jobMs: null })).toBeNull()
  expect(jobEndsAt({ ...rule, idleMs: null })).toBeNull()
  expect(jobEndsAt({ ...rule, awakeAt: null })).toBeNull()
})

test('it is looked for when the warning would come, and only where it would put that off', () => {
  expect(isJobWanted(rule, NOW)).toBe(true)
  expect(isJobWanted(rule, NOW - minutes(1))).toBe(false)
  expect(isJobWanted({ ...rule, warnedAt: NOW }, NOW)).toBe(false)
  expect(isJobWanted({ ...rule, limitAt: NOW + minutes(1) }, NOW)).toBe(false)
  expect(isJobWanted({ ...rule, lastActivityAt: NOW - minutes(149), awakeAt: NOW - minutes(149) }, NOW)).toBe(false)
  expect(heldUntil(rule, NOW)).toBe(NOW + minutes(3))
  expect(heldUntil({ ...rule, idleMs: seconds(8) }, NOW)).toBe(NOW + minutes(2) + seconds(4))
  expect(heldUntil({ ...rule, jobMs: 0, lastActivityAt: NOW - minutes(28) }, NOW)).toBe(NOW + minutes(2))
})

test('more time is offered so often, near the end, and never later than the warning', () => {
  const offer = { byMs: minutes(30), most: 2, whenLeftMs: minutes(15) }
  expect(extensionOf({ ...sitting, extensions: 0 }, offer)).toEqual({ byMs: minutes(30), left: 2, from: NOW + minutes(15) })
  expect(extensionOf({ ...sitting, extensions: 1 }, { ...offer, whenLeftMs: 0 })).toEqual({
    byMs: minutes(30),
    left: 1,
    from: NOW + minutes(28),
  })
  expect(extensionOf({ ...sitting, extensions: 2 }, offer)).toBeNull()
  expect(extensionOf({ ...sitting, extensions: 0 }, null)).toBeNull()
  expect(extensionOf({ ...sitting, suspendAt: null, limitAt: null, extensions: 0 }, offer)).toBeNull()
})

test('more time moves what was near, not what was far', () => {
  const idle = { ...sitting, suspendAt: NOW + minutes(1), idleMs: minutes(30) }
  expect(extended(idle, minutes(45), NOW)).toEqual({ suspendAt: NOW + minutes(46), limitAt: NOW + minutes(480) })
  const limit = { ...sitting, limitAt: NOW + minutes(1), idleMs: minutes(30) }
  expect(extended(limit, minutes(45), NOW)).toEqual({ suspendAt: NOW + minutes(46), limitAt: NOW + minutes(46) })
  expect(extended({ ...limit, suspendAt: null }, minutes(45), NOW)).toEqual({ suspendAt: null, limitAt: NOW + minutes(46) })
  // To ask for it is to use it: never less than a key would have given.
  expect(extended(idle, minutes(5), NOW).suspendAt).toBe(NOW + minutes(30))
})

test('a sitting begins with its machines, and anew where a clock was put back', () => {
  expect(beginSitting({ idleMs: minutes(30), sittingMs: null }, NOW)).toEqual({ suspendAt: NOW + minutes(30), limitAt: null })
  expect(beginSitting({ idleMs: null, sittingMs: minutes(480) }, NOW)).toEqual({ suspendAt: null, limitAt: NOW + minutes(480) })
  expect(hasBegun({ awakeAt: null, lastActivityAt: null }, NOW)).toBe(false)
  expect(hasBegun({ awakeAt: NOW - 1, lastActivityAt: null }, NOW)).toBe(true)
  expect(hasBegun({ awakeAt: NOW + seconds(2), lastActivityAt: null }, NOW)).toBe(true)
  expect(hasBegun({ awakeAt: NOW + minutes(2), lastActivityAt: null }, NOW)).toBe(false)
  expect(hasBegun({ awakeAt: NOW - 1, lastActivityAt: NOW + minutes(2) }, NOW)).toBe(false)
})

const around = fc.integer({ min: NOW - minutes(600), max: NOW + minutes(600) })
const anySitting = fc.record({
  suspendAt: fc.option(around),
  limitAt: fc.option(around),
  warnedAt: fc.option(around),
  warnMs: fc.integer({ min: 1, max: minutes(30) }),
})

test('whatever the times, it sleeps only after its deadline and so long after the warning', () => {
  fc.assert(
    fc.property(anySitting, around, (any, now) => {
      const at = sleepAt(any, now)
      if (at === null) return
      expect(at).toBeGreaterThanOrEqual(deadlineAt(any) ?? Number.NaN)
      expect(at).toBeGreaterThanOrEqual((any.warnedAt ?? Number.NaN) + any.warnMs)
      expect(isWarningDue(any, now)).toBe(false)
    }),
  )
})

test('whoever follows the warnings comes to sleep: warned at the first look that is due, it sleeps at the second', () => {
  fc.assert(
    fc.property(anySitting, around, (any, start) => {
      const fresh = { ...any, warnedAt: null }
      if (deadlineAt(fresh) === null) return
      const first = Math.max(start, announceAt(fresh) ?? Number.NaN)
      expect(isWarningDue(fresh, first)).toBe(true)
      const warned = { ...fresh, warnedAt: warnedFrom(fresh, first) }
      const second = sleepAt(warned, first)
      expect(second).not.toBeNull()
      expect(second ?? 0).toBeGreaterThanOrEqual(first + fresh.warnMs)
    }),
  )
})

test('more time never brings a deadline nearer, and never gives the end of the sitting more than was offered', () => {
  fc.assert(
    fc.property(
      anySitting,
      around,
      fc.integer({ min: 1, max: minutes(120) }),
      fc.option(fc.integer({ min: 1, max: minutes(60) })),
      (any, now, byMs, idleMs) => {
        const after = extended({ ...any, idleMs }, byMs, now)
        expect(after.suspendAt === null).toBe(any.suspendAt === null)
        expect(after.limitAt === null).toBe(any.limitAt === null)
        if (any.suspendAt !== null) expect(after.suspendAt).toBeGreaterThanOrEqual(any.suspendAt)
        if (any.limitAt !== null) expect(after.limitAt).toBeGreaterThanOrEqual(any.limitAt)
        if (any.limitAt !== null) expect(after.limitAt).toBeLessThanOrEqual(any.limitAt + byMs)
      },
    ),
  )
})
