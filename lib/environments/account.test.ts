import { expect, test } from 'vitest'
import { accountFor, countEnd, type Outcome } from './account.ts'
import { type Action, type EnvironmentFacts, MAX_FAILURES, type Observation, type Seen } from './decide.ts'

const NOW = 1_000_000_000

const facts: EnvironmentFacts = {
  intent: 'running',
  suspendAt: null,
  deleteAt: null,
  wasReady: false,
  failures: 0,
  retryAt: 0,
  placed: true,
  createLimitMs: 600_000,
  usualCreateMs: null,
}
const absent: Observation = { older: null, current: { stack: 'absent', certainAt: 0 } }
const seen = (action: string, status: 'IN_PROGRESS' | 'COMPLETE' | 'FAILED', more: object = {}): Observation => {
  const current: Seen = { stack: 'present', action, status, askedAt: NOW - 9_000, since: NOW, reachable: false, counted: false }
  return { older: null, current: { ...current, ...more } }
}
const books = (action: Action, outcome: Outcome | null, observation = absent, more: Partial<EnvironmentFacts> = {}) =>
  accountFor({ ...facts, ...more }, observation, { action, outcome, phaseAt: NOW - 8_000, now: NOW })

test('a create that failed counts once, however often it is seen', () => {
  expect(countEnd(facts, seen('CREATE', 'FAILED'), NOW)).toBe(1)
  expect(countEnd(facts, seen('CREATE', 'FAILED', { counted: true }), NOW)).toBe(0)
  expect(countEnd(facts, seen('CREATE', 'IN_PROGRESS'), NOW)).toBe(0)
  expect(countEnd(facts, seen('DELETE', 'FAILED'), NOW)).toBe(0)
})

test('an attempt that took minutes is the last one', () => {
  expect(countEnd(facts, seen('CREATE', 'FAILED', { askedAt: NOW - 300_000 }), NOW)).toBe(MAX_FAILURES)
})

test('a create that was accepted is looked at again at once', () => {
  const { phase, nextCheckAt, reason } = books({ do: 'create' }, { kind: 'done' })
  expect(phase).toBe('building')
  expect((nextCheckAt ?? 0) - NOW).toBeLessThan(100)
  expect(reason).toBeNull()
})

test('what the cloud could not answer is tried again after a pause that grows, and does not count', () => {
  const outage = { kind: 'later', code: 'cloud.unavailable', detail: 'words' } as const
  expect(books({ do: 'create' }, outage)).toMatchObject({ phase: 'queued', failures: 0, retryAt: NOW + 2_000, nextCheckAt: NOW + 2_000 })
  expect(books({ do: 'create' }, outage).reason).toMatchObject({ code: 'cloud.unavailable', detail: 'words' })
})

test('what the cloud refuses ends the trying at once, with its words', () => {
  const after = books({ do: 'create' }, { kind: 'stop', code: 'cloud.refused', detail: 'no such flavor' })
  expect(after).toMatchObject({ phase: 'failed', failures: MAX_FAILURES, reason: { detail: 'no such flavor' } })
})

test('being ready forgives what went wrong on the way', () => {
  const ready: Action = { do: 'rest', until: null, why: 'ready' }
  expect(books(ready, null, seen('CREATE', 'COMPLETE'), { failures: 1 })).toMatchObject({ failures: 0, wasReady: true, reason: null })
})

test('a deletion that failed is asked for again with pauses', () => {
  const again: Action = { do: 'delete', target: 'current', why: 'delete_failed' }
  expect(books(again, { kind: 'done' }, seen('DELETE', 'FAILED'), { intent: 'deleted' }).retryAt).toBe(NOW + 2_000)
  const first: Action = { do: 'delete', target: 'current', why: 'asked' }
  expect(books(first, { kind: 'done' }, seen('CREATE', 'COMPLETE'), { intent: 'deleted' }).retryAt).toBe(0)
})

test('machines that stay silent for a minute are said to be silent', () => {
  const wait: Action = { do: 'wait', until: NOW, why: 'ssh' }
  expect(books(wait, null, seen('CREATE', 'COMPLETE')).reason).toBeNull()
  expect(books(wait, null, seen('CREATE', 'COMPLETE', { since: NOW - 61_000 })).reason).toEqual({
    code: 'environment.unreachable',
    detail: null,
  })
})
