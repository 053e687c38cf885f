import { expect, test } from 'vitest'
import type { DeadlineView, EnvironmentView } from '#lib/environments/phase.ts'
import { awakeUntil, countdown, isUseUrgent, moreTime, sittingLeft, untilNextLook, warningOf, warningStage, warnsFrom } from './deadline.ts'

const NOON = Date.parse('2026-11-20T12:00:00.000Z')
const SECOND = 1_000
const MINUTE = 60 * SECOND
const at = (ms: number) => new Date(NOON + ms).toISOString()

const calm: DeadlineView = {
  at: at(30 * MINUTE),
  why: 'idle',
  warnFrom: at(28 * MINUTE),
  how: 'suspend',
  extend: { byMs: 30 * MINUTE, left: 2, from: at(15 * MINUTE) },
  heldBy: null,
}
const awake = (deadline: Partial<DeadlineView> = {}) => ({ phase: 'ready', deadline: { ...calm, ...deadline } }) as EnvironmentView

test('nothing is said before the warning begins, and from then on until the end', () => {
  const begins = warnsFrom(calm)
  expect(warningOf(awake(), begins - 1)).toBeNull()
  expect(warningOf(awake(), begins)).toMatchObject({ leftMs: NOON + 30 * MINUTE - begins })
  expect(warningOf(awake(), NOON + 29 * MINUTE)).toMatchObject({ leftMs: MINUTE, share: 0.5 })
  expect(warningOf(awake(), NOON + 31 * MINUTE)).toMatchObject({ leftMs: 0, share: 0 })
})

test('a warning waits a moment for the server to find a program, and longer where one runs; never for much of its time', () => {
  const from = NOON + 28 * MINUTE
  expect(warnsFrom(calm) - from).toBe(1_500)
  expect(warnsFrom({ ...calm, heldBy: { host: 'node1', command: 'make' } }) - from).toBe(6_000)
  const short = { ...calm, at: at(2_000), warnFrom: at(0) }
  expect(warnsFrom(short) - NOON).toBe(100)
  expect(warnsFrom({ ...short, heldBy: { host: 'node1', command: 'make' } }) - NOON).toBe(500)
})

test('use is told at once where it takes back a warning, or keeps one from coming', () => {
  expect(isUseUrgent(awake(), NOON + 28 * MINUTE - 20 * SECOND - 1)).toBe(false)
  expect(isUseUrgent(awake(), NOON + 28 * MINUTE - 20 * SECOND)).toBe(true)
  expect(isUseUrgent(awake({ why: 'limit' }), NOON + 29 * MINUTE)).toBe(false)
  expect(isUseUrgent({ ...awake(), phase: 'suspended' }, NOON + 29 * MINUTE)).toBe(false)
})

test('machines that do not run, or never sleep by themselves, are not warned of', () => {
  const late = NOON + 29 * MINUTE
  expect(warningOf(null, late)).toBeNull()
  expect(warningOf({ ...awake(), deadline: null }, late)).toBeNull()
  expect(warningOf({ ...awake(), phase: 'suspending' }, late)).toBeNull()
  expect(awakeUntil({ ...awake(), phase: 'resuming' })).toBeNull()
})

test('the same moment counts, in whatever zone it is written', () => {
  const elsewhere = awake({ at: '2026-11-20T14:30:00+02:00', warnFrom: '2026-11-20T06:28:00-06:00' })
  expect(warningOf(elsewhere, NOON + 29 * MINUTE)?.leftMs).toBe(MINUTE)
})

test('more time is offered from its moment on, and not where none is left', () => {
  expect(moreTime(calm, NOON + 15 * MINUTE - 1)).toMatchObject({ offered: false, from: at(15 * MINUTE) })
  expect(moreTime(calm, NOON + 15 * MINUTE)).toMatchObject({ offered: true, left: 2, byMs: 30 * MINUTE })
  expect(moreTime({ ...calm, extend: { byMs: MINUTE, left: 0, from: at(0) } }, NOON)).toBeNull()
  expect(moreTime({ ...calm, extend: null }, NOON)).toBeNull()
})

test('what is left of a sitting is said in its last half hour, and not of a deadline that any key moves', () => {
  const sitting = awake({ why: 'limit', at: at(60 * MINUTE), warnFrom: at(58 * MINUTE) })
  expect(sittingLeft(sitting, NOON + 30 * MINUTE)).toBeNull()
  expect(sittingLeft(sitting, NOON + 30 * MINUTE + 1)).toBe(30 * MINUTE - 1)
  expect(sittingLeft(awake(), NOON + 10 * MINUTE)).toBeNull()
})

test.each([
  [114_000, '1:54'],
  [113_001, '1:54'],
  [59_000, '0:59'],
  [1, '0:01'],
  [0, '0:00'],
  [-5_000, '0:00'],
  [600_000, '10:00'],
  [3_723_000, '1:02:03'],
])('%i ms tick as %s', (ms, text) => {
  expect(countdown(ms)).toBe(text)
})

test('a warning is said aloud when it begins, at two minutes, and at one', () => {
  const stages = [10 * MINUTE, 2 * MINUTE + 1, 2 * MINUTE, MINUTE + 1, MINUTE, 0].map(warningStage)
  expect(stages).toEqual(['begun', 'begun', 'twoMinutes', 'twoMinutes', 'oneMinute', 'oneMinute'])
})

test('the clock is looked at once a second while a warning counts, on the second, and no more when it is over', () => {
  expect(untilNextLook(awake(), NOON + 29 * MINUTE, false)).toBe(SECOND)
  expect(untilNextLook(awake(), NOON + 29 * MINUTE + 300, false)).toBe(700)
  expect(untilNextLook(awake(), NOON + 30 * MINUTE, false)).toBeNull()
})

test('the clock is looked at once a second while something moves', () => {
  expect(untilNextLook({ ...awake(), phase: 'resuming', deadline: null }, NOON, true)).toBe(SECOND)
})

test('before a warning the clock is looked at only when something begins, and never where nothing is due', () => {
  expect(untilNextLook(awake(), NOON, false)).toBe(15 * MINUTE)
  expect(untilNextLook(awake(), NOON + 15 * MINUTE, false)).toBe(warnsFrom(calm) - NOON - 15 * MINUTE)
  expect(untilNextLook(awake({ extend: null }), NOON, false)).toBe(warnsFrom(calm) - NOON)
  expect(untilNextLook({ ...awake(), deadline: null }, NOON, false)).toBeNull()
  expect(untilNextLook({ ...awake(), phase: 'suspended' }, NOON, false)).toBeNull()
  expect(untilNextLook(null, NOON, false)).toBeNull()
})

test('in the last half hour of a sitting the clock is looked at when another minute has begun', () => {
  const sitting = awake({ why: 'limit', at: at(60 * MINUTE), warnFrom: at(58 * MINUTE), extend: null })
  const looks: number[] = []
  for (let now = NOON; now < NOON + 58 * MINUTE; ) {
    now += untilNextLook(sitting, now, false) ?? Number.POSITIVE_INFINITY
    looks.push(Math.floor((NOON + 60 * MINUTE - now) / MINUTE))
  }
  expect(looks).toEqual(Array.from({ length: 29 }, (_, index) => 29 - index))
})
