import { expect, test } from 'vitest'
import { steadyClock } from './steady-clock.ts'
import { answeredOf, createMemory, forget } from './step-memory.ts'

const row = { id: 'ada', generation: 1, phaseAt: new Date(1_000), failures: 0 }
const stack = { observedAt: new Date(2_000) }

test('a machine that has answered need not answer again in the same awakening, and must in the next', () => {
  const memory = createMemory('tag', steadyClock())
  answeredOf(memory, row, stack).hosts.add('one')
  expect(answeredOf(memory, row, stack).hosts.has('one')).toBe(true)
  const later = [
    [{ ...row, phaseAt: new Date(9_000) }, stack],
    [{ ...row, failures: 1 }, stack],
    [row, { observedAt: new Date(9_000) }],
    [{ ...row, generation: 2 }, stack],
  ] as const
  for (const [environment, seen] of later) {
    answeredOf(memory, row, stack).hosts.add('one')
    expect(answeredOf(memory, environment, seen).hosts.size).toBe(0)
  }
  answeredOf(memory, row, stack).hosts.add('one')
  forget(memory, row)
  expect(answeredOf(memory, row, stack).hosts.size).toBe(0)
})
