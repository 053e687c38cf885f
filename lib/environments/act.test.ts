import { expect, test } from 'vitest'
import { deadlineKept, endsWork } from './act.ts'
import type { Action } from './decide.ts'
import { awake, NOW } from './facts.fixture.ts'

const suspend: Action = { do: 'suspend' }
const due = { ...awake, suspendAt: NOW - 1, warnedAt: NOW - 120_001 }

test('a deadline is kept by the step that finds it due, whatever there is left to do', () => {
  const asleep: Action = { do: 'rest', until: null, why: 'suspended' }
  const busy: Action = { do: 'wait', until: NOW, why: 'stack' }
  for (const action of [suspend, asleep, busy]) expect(deadlineKept(due, action, NOW)).toBe('idle')
  expect(deadlineKept({ ...due, limitAt: NOW - 1 }, suspend, NOW)).toBe('limit')
  // Lost is lost, not asleep.
  expect(deadlineKept(due, { do: 'rest', until: null, why: 'lost' }, NOW)).toBeNull()
})

test('what is not due, not warned of, or what a person has said is not kept as a deadline', () => {
  expect(deadlineKept(awake, suspend, NOW)).toBeNull()
  expect(deadlineKept({ ...due, warnedAt: null }, suspend, NOW)).toBeNull()
  expect(deadlineKept({ ...due, intent: 'suspended' }, suspend, NOW)).toBeNull()
  expect(deadlineKept({ ...due, intent: 'deleted' }, suspend, NOW)).toBeNull()
})

test('a deletion whose time has come is begun, once', () => {
  const remove: Action = { do: 'delete', target: 'current', why: 'asked' }
  expect(deadlineKept({ ...awake, deleteAt: NOW }, remove, NOW)).toBe('delete')
  expect(deadlineKept({ ...due, deleteAt: NOW }, remove, NOW)).toBe('delete')
  expect(deadlineKept({ ...awake, intent: 'suspended', deleteAt: NOW }, remove, NOW)).toBe('delete')
  expect(deadlineKept({ ...awake, deleteAt: NOW + 1 }, remove, NOW)).toBeNull()
  expect(deadlineKept({ ...awake, intent: 'deleted', deleteAt: NOW }, remove, NOW)).toBeNull()
})

test('whoever ends disks or programs asks once more whether somebody has spoken', () => {
  const ending: Action[] = [
    { do: 'delete', target: 'older', why: 'older' },
    { do: 'power', to: 'off', how: 'stop' },
    { do: 'power', to: 'off', how: 'shelve' },
  ]
  const keeping: Action[] = [
    suspend,
    { do: 'resume' },
    { do: 'check' },
    { do: 'create' },
    { do: 'power', to: 'on' },
    { do: 'power', to: 'off', how: 'suspend' },
  ]
  expect(ending.map(endsWork)).toEqual([true, true, true])
  expect(keeping.some(endsWork)).toBe(false)
})
