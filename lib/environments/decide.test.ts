import { expect, test } from 'vitest'
import { type Action, decide, type EnvironmentFacts, MAX_FAILURES, type Observation, pace, pauseAfterOutage, type Seen } from './decide.ts'
import { derivePhase } from './derive.ts'
import type { Phase } from './phase.ts'

const NOW = 1_000_000_000
const ABSENT: Seen = { stack: 'absent', certainAt: 0 }

/** An environment that is as it should be: wanted, its cloud found, nothing gone wrong. Each case changes one thing. */
const wanted: EnvironmentFacts = {
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

type Present = Extract<Seen, { stack: 'present' }>
const stack = (words: string, more: Partial<Present> = {}): Present => {
  const [action = '', status = ''] = words.split(' ')
  if (status !== 'IN_PROGRESS' && status !== 'COMPLETE' && status !== 'FAILED') throw new Error(words)
  return { stack: 'present', action, status, askedAt: NOW - 1000, since: NOW - 1000, reachable: false, counted: false, ...more }
}

const say = (action: Action) => {
  if (action.do === 'rest' || action.do === 'wait') return `${action.do}: ${action.why}`
  return action.do === 'delete' ? `delete ${action.target}` : action.do
}

const table: [title: string, facts: Partial<EnvironmentFacts>, observation: Partial<Observation>, says: string, phase: Phase][] = [
  ['nothing stands yet', {}, {}, 'create', 'queued'],
  ['no cloud is connected', { placed: false }, {}, 'wait: cloud', 'queued'],
  ['the last call failed a moment ago', { retryAt: NOW + 1 }, {}, 'wait: backoff', 'queued'],
  ['an attempt failed and one is left', { failures: 1 }, {}, 'create', 'building'],
  ['all attempts failed', { failures: MAX_FAILURES }, {}, 'rest: gave_up', 'failed'],
  ['it was ready once and is gone', { wasReady: true }, {}, 'rest: lost', 'lost'],
  ['it is being created', {}, { current: stack('CREATE IN_PROGRESS') }, 'wait: stack', 'building'],
  ['it is about to be created', {}, { current: stack('INIT COMPLETE') }, 'wait: stack', 'building'],
  ['its create is stuck', {}, { current: stack('CREATE IN_PROGRESS', { askedAt: NOW - 600_001 }) }, 'delete current', 'building'],
  ['its create failed', {}, { current: stack('CREATE FAILED') }, 'delete current', 'building'],
  ['its last create failed', { failures: MAX_FAILURES }, { current: stack('CREATE FAILED') }, 'delete current', 'failed'],
  ['a failed create is cleared away', { failures: MAX_FAILURES }, { current: stack('DELETE IN_PROGRESS') }, 'wait: stack', 'failed'],
  ['its machines do not answer yet', {}, { current: stack('CREATE COMPLETE') }, 'wait: ssh', 'starting'],
  ['its machines answer', {}, { current: stack('CREATE COMPLETE', { reachable: true }) }, 'rest: ready', 'ready'],
  ['nobody can say where they are', {}, { current: stack('CREATE COMPLETE', { reachable: 'never' }) }, 'rest: gave_up', 'failed'],
  ['somebody checked it', {}, { current: stack('CHECK COMPLETE', { reachable: true }) }, 'rest: ready', 'ready'],
  ['an older one stands', { failures: 0 }, { older: stack('CREATE COMPLETE') }, 'delete older', 'building'],
  ['an older one is being made', {}, { older: stack('CREATE IN_PROGRESS') }, 'delete older', 'building'],
  ['an older one goes', {}, { older: stack('DELETE IN_PROGRESS') }, 'wait: older', 'building'],
  ['an older one would not go', {}, { older: stack('DELETE FAILED') }, 'delete older', 'building'],
  ['an older one says nothing for long', {}, { older: stack('DELETE IN_PROGRESS', { since: NOW - 600_001 }) }, 'delete older', 'building'],
  ['an older create has no answer', {}, { older: { stack: 'absent', certainAt: NOW + 1 } }, 'wait: unanswered', 'queued'],
  ['an older create never arrived', {}, { older: ABSENT }, 'create', 'queued'],
  ['it sleeps and is wanted', { wasReady: true }, { current: stack('SUSPEND COMPLETE') }, 'resume', 'resuming'],
  ['it wakes', { wasReady: true }, { current: stack('RESUME IN_PROGRESS') }, 'wait: stack', 'resuming'],
  ['it woke and does not answer yet', { wasReady: true }, { current: stack('RESUME COMPLETE') }, 'wait: ssh', 'resuming'],
  ['waking failed', { wasReady: true, failures: 1 }, { current: stack('RESUME FAILED') }, 'resume', 'resuming'],
  ['waking failed for good', { wasReady: true, failures: 2 }, { current: stack('RESUME FAILED') }, 'rest: gave_up', 'failed'],
  ['it should sleep', { intent: 'suspended' }, { current: stack('CREATE COMPLETE') }, 'suspend', 'suspending'],
  ['its idle time is over', { suspendAt: NOW }, { current: stack('RESUME COMPLETE') }, 'suspend', 'suspending'],
  ['it should sleep and is being made', { intent: 'suspended' }, { current: stack('CREATE IN_PROGRESS') }, 'wait: stack', 'suspending'],
  ['it sleeps as it should', { intent: 'suspended' }, { current: stack('SUSPEND COMPLETE') }, 'rest: suspended', 'suspended'],
  ['it would not sleep', { intent: 'suspended', failures: 9 }, { current: stack('SUSPEND FAILED') }, 'suspend', 'suspending'],
  ['it should go', { intent: 'deleted' }, { current: stack('CREATE IN_PROGRESS') }, 'delete current', 'deleting'],
  ['its time to go has come', { deleteAt: NOW }, { current: stack('CREATE COMPLETE') }, 'delete current', 'deleting'],
  ['its time to go is ahead', { deleteAt: NOW + 1 }, { current: stack('CREATE COMPLETE', { reachable: true }) }, 'rest: ready', 'ready'],
  ['it goes', { intent: 'deleted' }, { current: stack('DELETE IN_PROGRESS') }, 'wait: stack', 'deleting'],
  ['it would not go', { intent: 'deleted', failures: 9 }, { current: stack('DELETE FAILED') }, 'delete current', 'deleting'],
  ['it is gone', { intent: 'deleted', wasReady: true }, {}, 'rest: deleted', 'deleted'],
  [
    'it is gone, or not yet there',
    { intent: 'deleted' },
    { current: { stack: 'absent', certainAt: NOW + 1 } },
    'wait: unanswered',
    'deleting',
  ],
  ['it should go and an older one stands', { intent: 'deleted' }, { older: stack('CREATE COMPLETE') }, 'delete older', 'deleting'],
]

test.each(table)('when %s', (_, facts, seen, says, phase) => {
  const environment = { ...wanted, ...facts }
  const observation = { older: null, current: ABSENT, ...seen }
  const action = decide(environment, observation, NOW)
  expect(say(action)).toBe(says)
  expect(derivePhase(environment, observation, { action, now: NOW })).toBe(phase)
})

test('at rest the next look is at the first deadline, and otherwise now and then', () => {
  const ready = { older: null, current: stack('CREATE COMPLETE', { reachable: true }) }
  const until = (facts: Partial<EnvironmentFacts>) => {
    const action = decide({ ...wanted, ...facts }, ready, NOW)
    return action.do === 'rest' ? action.until : 'not at rest'
  }
  expect(until({})).toBe(NOW + 30_000)
  expect(until({ suspendAt: NOW + 10_000, deleteAt: NOW + 20_000 })).toBe(NOW + 10_000)
  const lost = decide({ ...wanted, wasReady: true }, { older: null, current: ABSENT }, NOW)
  expect(lost).toMatchObject({ do: 'rest', until: null })
})

test('the cloud is asked at short intervals only while a person waits and it may be done any moment', () => {
  const ask = (ageMs: number, usualMs: number | null, awaited = true) => pace({ awaited, ageMs, usualMs })
  expect(ask(1_000, null)).toBe(250)
  expect(ask(91_000, null)).toBe(2_000)
  expect(ask(1_000, null, false)).toBe(2_000)
  expect(ask(5_000, 60_000)).toBe(2_000)
  expect(ask(50_000, 60_000)).toBe(250)
  expect([ask(200, 1_000), ask(200, 3_000), ask(3_000, 1_000), ask(200, 1_000, false)]).toEqual([100, 250, 250, 2_000])
  expect(ask(300_000, 60_000)).toBe(2_000)
})

test('what fails again and again is tried with growing pauses, and never less than twice a minute', () => {
  expect([0, 4_000, 20_000, 3_600_000].map(pauseAfterOutage)).toEqual([1_000, 1_000, 5_000, 30_000])
})
