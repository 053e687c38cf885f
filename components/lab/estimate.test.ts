import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { EnvironmentView, EstimateView } from '#lib/environments/phase.ts'
import { movingFrom, paceOf, roundly, spread } from './estimate.ts'

const usual: EstimateView = { usualMs: 25_000, fromMs: 20_000, toMs: 40_000, runs: 12 }

test('within its usual time something says how much of that is left', () => {
  expect(paceOf(usual, 0, 10_000)).toMatchObject({ state: 'going', leftMs: 15_000, forMs: 10_000 })
})

test('past its usual time it says any moment, and past that of nearly all that it takes longer', () => {
  expect(paceOf(usual, 0, 25_000)).toMatchObject({ state: 'soon', leftMs: 0 })
  expect(paceOf(usual, 0, 40_000).state).toBe('soon')
  expect(paceOf(usual, 0, 40_001).state).toBe('longer')
})

test('a clock that runs behind makes nothing negative', () => {
  expect(paceOf(usual, 5_000, 0)).toMatchObject({ forMs: 0, leftMs: 25_000, share: 0 })
})

test('the mark only moves on, and never reaches the end', () => {
  const estimate = fc.record({ usualMs: fc.nat(600_000), fromMs: fc.constant(0), toMs: fc.nat(900_000), runs: fc.constant(5) })
  fc.assert(
    fc.property(estimate, fc.nat(10_000_000), fc.nat(100_000), (one, at, more) => {
      const [before, after] = [paceOf(one, 0, at).share, paceOf(one, 0, at + more).share]
      expect(before).toBeGreaterThanOrEqual(0)
      expect(after).toBeGreaterThanOrEqual(before)
      expect(after).toBeLessThan(1)
    }),
  )
})

test.each([
  [400, 1_000],
  [3_400, 3_000],
  [23_000, 25_000],
  [78_000, 80_000],
  [200_000, 180_000],
])('%i ms are said as %i', (ms, said) => {
  expect(roundly(ms)).toBe(said)
})

test('a spread is said where it says more than the usual time', () => {
  expect(spread(usual)).toEqual({ usual: 25_000, between: { from: 20_000, to: 40_000 } })
  expect(spread({ usualMs: 900, fromMs: 850, toMs: 960, runs: 30 })).toEqual({ usual: 1_000, between: null })
})

test('a spread holds its middle, however it is rounded', () => {
  const times = fc
    .tuple(fc.nat(4_000_000), fc.nat(4_000_000), fc.nat(4_000_000))
    .map((all) => all.toSorted((one, other) => one - other) as typeof all)
  fc.assert(
    fc.property(times, ([fromMs, usualMs, toMs]) => {
      const { usual: middle, between } = spread({ fromMs, usualMs, toMs, runs: 9 })
      if (between) expect(between.from <= middle && middle <= between.to).toBe(true)
    }),
  )
})

test('motion is counted from when it began; where that is not told, from the order or the phase', () => {
  const view = { phase: 'resuming', phaseAt: '2026-11-20T12:00:05Z', startedAt: '2026-11-19T08:00:00Z', movingSince: null }
  const from = (more: Partial<EnvironmentView>) => new Date(movingFrom({ ...view, ...more } as EnvironmentView)).toISOString()
  expect(from({ movingSince: '2026-11-20T12:00:01Z' })).toBe('2026-11-20T12:00:01.000Z')
  expect(from({})).toBe('2026-11-20T12:00:05.000Z')
  expect(from({ phase: 'building' })).toBe('2026-11-19T08:00:00.000Z')
})
