import { expect, test } from 'vitest'
import { report, simulate } from './simulation.fixture.ts'

/*
 * 20,000 runs in all: the other half is in simulation-second.test.ts, so that two cores can share them.
 */

const RUNS = 10_000

test('whatever happens, an environment arrives where its people want it, and nothing is lost on the way', { timeout: 120_000 }, () => {
  const { failures, seen } = simulate({ from: 1, runs: RUNS })
  expect(report(failures)).toBe('')
  const times = (what: string) => seen.get(what) ?? 0
  // A world in which little happens would prove little.
  const often = [
    'deadline: idle',
    'deadline: limit',
    'warning',
    'held by a program',
    'wants more time',
    'wakes it by a launch',
    'resets it',
  ]
  const cloud = ['suspend', 'resume', 'check', 'create', 'delete: asked', 'delete: older', 'delete: create_failed', 'delete: delete_failed']
  const nova = ['power', 'power off: suspend', 'power off: stop', 'power off: shelve']
  const worst = ['a process dies', 'a process stands still', 'jump', 'lie', 'vandal', 'stray', 'engine restart', 'engine down', 'quota']
  const behind = [
    'the sweep finds changed what was suspended',
    'the sweep finds changed what was ready',
    'the sweep finds again what was lost',
  ]
  for (const what of [...often, ...cloud, ...nova, ...worst, ...behind]) expect([what, times(what) > RUNS / 100]).toEqual([what, true])
  expect(times('delete: create_stuck')).toBeGreaterThan(0)
  // With up to half of all actions failing some must give up, but only the unlucky.
  expect(times('in the end failed')).toBeGreaterThan(RUNS / 100)
  expect(times('in the end failed')).toBeLessThan(RUNS / 10)
  expect(times('in the end lost')).toBeLessThan(RUNS / 10)
})
