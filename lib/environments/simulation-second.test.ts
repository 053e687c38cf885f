import { expect, test } from 'vitest'
import { report, simulate } from './simulation.fixture.ts'

const RUNS = 10_000

test('the other half of the runs: whatever happens, an environment arrives where its people want it', { timeout: 120_000 }, () => {
  expect(report(simulate({ from: RUNS + 1, runs: RUNS }).failures)).toBe('')
})
