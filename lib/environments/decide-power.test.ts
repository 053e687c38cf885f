import { expect, test } from 'vitest'
import { isPowerWanted, overdueMs, type SleepFacts, underWayMs, usedUp } from './decide-power.ts'
import { awake, NOW, stack } from './facts.fixture.ts'

const minutes = (count: number) => count * 60_000
/** Its state is as old as this. */
const old = (ms: number) => ({ since: NOW - ms, actionSince: NOW - ms })

const moving = { ...awake, movingSince: NOW - 1_000 }
const up = (words: string, facts: Partial<SleepFacts> = {}, more = {}) =>
  isPowerWanted({ ...moving, ...facts }, stack(words, more), { asleep: false, now: NOW })
const down = (words: string, facts: Partial<SleepFacts> = {}, more = {}) =>
  isPowerWanted({ ...moving, ...facts }, stack(words, more), { asleep: true, now: NOW })

test('Nova is not asked about what Heat does as it should', () => {
  for (const words of ['CREATE COMPLETE', 'RESUME COMPLETE', 'CHECK COMPLETE', 'RESUME IN_PROGRESS', 'SUSPEND IN_PROGRESS']) {
    expect([words, up(words), down(words)]).toEqual([words, false, false])
  }
  expect(up('SUSPEND COMPLETE')).toBe(false)
})

test('Nova is never asked about what is being made or removed', () => {
  for (const words of ['INIT COMPLETE', 'CREATE IN_PROGRESS', 'CREATE FAILED', 'DELETE IN_PROGRESS', 'DELETE FAILED']) {
    const facts = { how: 'stop', sleepHow: 'stop', sleepFailures: 9 } as const
    expect([words, up(words, facts, old(minutes(60))), down(words, facts, old(minutes(60)))]).toEqual([words, false, false])
  }
})

test('what has failed, and what Heat is at for three times as long as usual, is asked of Nova', () => {
  expect([up('RESUME FAILED'), down('SUSPEND FAILED'), down('CHECK FAILED')]).toEqual([true, true, true])
  expect(down('SUSPEND IN_PROGRESS', {}, old(30_000))).toBe(false)
  expect(down('SUSPEND IN_PROGRESS', {}, old(30_001))).toBe(true)
  const usualMs = { create: null, suspend: 60_000, resume: 1_000 }
  expect(down('SUSPEND IN_PROGRESS', { usualMs }, old(180_000))).toBe(false)
  expect(down('SUSPEND IN_PROGRESS', { usualMs }, old(180_001))).toBe(true)
  expect(up('RESUME IN_PROGRESS', { usualMs }, old(20_001))).toBe(true)
  expect([overdueMs(null), overdueMs(1_000), overdueMs(60_000)]).toEqual([30_000, 20_000, 180_000])
})

test('where Nova puts to sleep, Nova says whether it sleeps and whether it is awake, also if how it fell asleep was never written down', () => {
  for (const facts of [{ how: 'stop' }, { how: 'shelve' }, { sleepFailures: 2 }] as const) {
    expect([facts, down('CREATE COMPLETE', facts), up('CREATE COMPLETE', facts)]).toEqual([facts, true, true])
  }
  expect(up('CREATE COMPLETE', { sleepHow: 'suspend' })).toBe(true)
  expect(down('CREATE COMPLETE', { sleepFailures: 1 })).toBe(false)
})

test('that it sleeps is taken from Heat if it was said of this sleep, and asked of Nova if not', () => {
  const fresh = { movingSince: NOW - 5_000 }
  expect(down('SUSPEND COMPLETE', fresh, old(4_000))).toBe(false)
  expect(down('SUSPEND COMPLETE', fresh, old(5_000))).toBe(true)
  expect(down('SUSPEND COMPLETE', fresh, { since: NOW, actionSince: NOW - 9_000 })).toBe(true)
  expect(down('SUSPEND COMPLETE', { ...fresh, sleepHow: 'suspend' }, old(4_000))).toBe(true)
})

test('machines that are silent for a minute are asked of Nova: somebody may have switched them off', () => {
  expect(up('CREATE COMPLETE', { movingSince: NOW - minutes(1) }, old(minutes(60)))).toBe(false)
  expect(up('CREATE COMPLETE', { movingSince: NOW - minutes(1) - 1 }, old(minutes(60)))).toBe(true)
  expect(up('CREATE COMPLETE', { movingSince: NOW - minutes(60) }, old(minutes(1)))).toBe(false)
  expect(up('CREATE COMPLETE', { movingSince: null }, old(minutes(60)))).toBe(false)
})

test('how long something has been under way counts from its order and from its last change', () => {
  const seen = (ms: number) => stack('CREATE COMPLETE', old(ms))
  expect(underWayMs({ movingSince: NOW - 7_000 }, seen(minutes(600)), NOW)).toBe(7_000)
  expect(underWayMs({ movingSince: NOW - minutes(600) }, seen(7_000), NOW)).toBe(7_000)
  expect(underWayMs({ movingSince: null }, seen(7_000), NOW)).toBe(0)
  expect(underWayMs({ movingSince: NOW + 7_000 }, seen(7_000), NOW)).toBe(0)
})

test('the way of falling asleep that has worked is not used up', () => {
  expect(usedUp({ sleepHow: 'suspend', sleepFailures: 7 })).toBe(2)
  expect(usedUp({ sleepHow: 'suspend', sleepFailures: 1 })).toBe(1)
  expect(usedUp({ sleepHow: 'stop', sleepFailures: 7 })).toBe(7)
})
