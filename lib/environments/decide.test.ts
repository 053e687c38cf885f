import { expect, test } from 'vitest'
import { type Action, decide, type EnvironmentFacts, goalAt, MAX_FAILURES, type Observation } from './decide.ts'
import { derivePhase } from './derive.ts'
import { ABSENT, awake, NOW, power, stack, wanted } from './facts.fixture.ts'
import type { Phase } from './phase.ts'

const say = (action: Action) => {
  if (action.do === 'rest' || action.do === 'wait') return `${action.do}: ${action.why}`
  if (action.do === 'power') return `power ${action.to}${action.to === 'off' ? ` by ${action.how}` : ''}`
  return action.do === 'delete' ? `delete ${action.target}` : action.do
}

type Case = [title: string, facts: Partial<EnvironmentFacts>, observation: Partial<Observation>, says: string, phase: Phase]

const unanswered = { stack: 'absent', certainAt: NOW + 1 } as const
const silent = { createLimitMs: 600_000, movingSince: NOW - 600_001 }
const long = { since: NOW - 600_001, actionSince: NOW - 600_001 }
const hour = { since: NOW - 3_600_000, actionSince: NOW - 3_600_000 }

const building: Case[] = [
  ['nothing stands yet', {}, {}, 'create', 'queued'],
  ['no cloud is connected', { placed: false }, {}, 'wait: cloud', 'queued'],
  ['the last call failed a moment ago', { retryAt: NOW + 1 }, {}, 'wait: backoff', 'queued'],
  ['a pause was begun before a clock was put back', { retryAt: NOW + 3_600_000 }, {}, 'create', 'queued'],
  ['a create got no answer', {}, { current: unanswered }, 'create', 'queued'],
  ['an attempt failed and one is left', { failures: 1 }, {}, 'create', 'building'],
  ['all attempts failed', { failures: MAX_FAILURES }, {}, 'rest: gave_up', 'failed'],
  ['it is being created', {}, { current: stack('CREATE IN_PROGRESS') }, 'wait: stack', 'building'],
  ['it is about to be created', {}, { current: stack('INIT COMPLETE') }, 'wait: stack', 'building'],
  ['its create is stuck', {}, { current: stack('CREATE IN_PROGRESS', { askedAt: NOW - 600_001 }) }, 'delete current', 'building'],
  ['its create failed', {}, { current: stack('CREATE FAILED') }, 'delete current', 'building'],
  ['its last create failed', { failures: MAX_FAILURES }, { current: stack('CREATE FAILED') }, 'delete current', 'failed'],
  ['a failed create is cleared away', { failures: MAX_FAILURES }, { current: stack('DELETE IN_PROGRESS') }, 'wait: stack', 'failed'],
  ['its machines do not answer yet', {}, { current: stack('CREATE COMPLETE') }, 'wait: ssh', 'starting'],
  ['they have been silent for too long', silent, { current: stack('CREATE COMPLETE', long) }, 'rest: gave_up', 'failed'],
  ['they came up just now, after a long create', silent, { current: stack('CREATE COMPLETE') }, 'wait: ssh', 'starting'],
  ['its machines answer', {}, { current: stack('CREATE COMPLETE', { reachable: true }) }, 'rest: ready', 'ready'],
  ['nobody can say where they are', {}, { current: stack('CREATE COMPLETE', { reachable: 'never' }) }, 'rest: gave_up', 'failed'],
  ['somebody checked it', {}, { current: stack('CHECK COMPLETE', { reachable: true }) }, 'rest: ready', 'ready'],
]

const older: Case[] = [
  ['an older one stands', {}, { older: stack('CREATE COMPLETE') }, 'delete older', 'building'],
  ['an older one is being made', {}, { older: stack('CREATE IN_PROGRESS') }, 'delete older', 'building'],
  ['an older one goes', {}, { older: stack('DELETE IN_PROGRESS') }, 'wait: older', 'building'],
  ['an older one would not go', {}, { older: stack('DELETE FAILED') }, 'delete older', 'building'],
  ['an older one says nothing for long', {}, { older: stack('DELETE IN_PROGRESS', long) }, 'delete older', 'building'],
  ['an older one was asked for again', { retryAt: NOW + 1 }, { older: stack('DELETE IN_PROGRESS', long) }, 'wait: backoff', 'building'],
  ['an older create has no answer', {}, { older: unanswered }, 'wait: unanswered', 'queued'],
  ['an older create never arrived', {}, { older: ABSENT }, 'create', 'queued'],
]

const gone: Case[] = [
  ['it was handed over and is gone', { wasReady: true }, {}, 'rest: lost', 'lost'],
  ['it was handed over and is not found for a moment', { wasReady: true }, { current: unanswered }, 'wait: unanswered', 'ready'],
  ['somebody else removes it', { wasReady: true }, { current: stack('DELETE IN_PROGRESS') }, 'wait: stack', 'lost'],
  ['it should go', { intent: 'deleted' }, { current: stack('CREATE IN_PROGRESS') }, 'delete current', 'deleting'],
  [
    'it should go and the cloud was out',
    { intent: 'deleted', retryAt: NOW + 1 },
    { current: stack('CREATE COMPLETE') },
    'wait: backoff',
    'deleting',
  ],
  ['its time to go has come', { deleteAt: NOW }, { current: stack('CREATE COMPLETE') }, 'delete current', 'deleting'],
  ['its time to go is ahead', { deleteAt: NOW + 1 }, { current: stack('CREATE COMPLETE', { reachable: true }) }, 'rest: ready', 'ready'],
  [
    'its time to go comes in its sleep',
    { intent: 'suspended', deleteAt: NOW },
    { current: stack('SUSPEND COMPLETE') },
    'delete current',
    'deleting',
  ],
  ['it goes', { intent: 'deleted' }, { current: stack('DELETE IN_PROGRESS') }, 'wait: stack', 'deleting'],
  ['it would not go', { intent: 'deleted', failures: 9 }, { current: stack('DELETE FAILED') }, 'delete current', 'deleting'],
  ['it is forgotten as it goes', { intent: 'deleted' }, { current: stack('DELETE IN_PROGRESS', long) }, 'delete current', 'deleting'],
  ['it is gone', { intent: 'deleted', wasReady: true }, {}, 'rest: deleted', 'deleted'],
  ['it is gone, or not yet there', { intent: 'deleted' }, { current: unanswered }, 'wait: unanswered', 'deleting'],
  ['it should go and an older one stands', { intent: 'deleted' }, { older: stack('CREATE COMPLETE') }, 'delete older', 'deleting'],
]

const down = { ...awake, intent: 'suspended', movingSince: NOW - 1_000, awakeAt: null, suspendAt: null, limitAt: null } as const
const asleepByHeat: Case[] = [
  ['it should sleep', down, { current: stack('CREATE COMPLETE') }, 'suspend', 'suspending'],
  ['it should sleep and was woken by Heat', down, { current: stack('RESUME COMPLETE') }, 'suspend', 'suspending'],
  ['it should sleep and was checked', down, { current: stack('CHECK COMPLETE') }, 'suspend', 'suspending'],
  ['it should sleep and is being made', { intent: 'suspended' }, { current: stack('CREATE IN_PROGRESS') }, 'wait: stack', 'suspending'],
  ['it should sleep and was never made', { intent: 'suspended' }, {}, 'rest: suspended', 'suspended'],
  ['it falls asleep', down, { current: stack('SUSPEND IN_PROGRESS') }, 'wait: stack', 'suspending'],
  ['it sleeps as it should', down, { current: stack('SUSPEND COMPLETE') }, 'rest: suspended', 'suspended'],
  ['it was to sleep while it woke', down, { current: stack('RESUME IN_PROGRESS') }, 'wait: stack', 'suspending'],
  [
    'the cloud was out as it was to sleep',
    { ...down, retryAt: NOW + 1 },
    { current: stack('CREATE COMPLETE') },
    'wait: backoff',
    'suspending',
  ],
]

const seen = (words: string, ...states: Parameters<typeof power>) => ({ current: stack(words, { power: power(...states) }) })
const tried = (count: number) => ({ ...down, sleepFailures: count })
const stopping = { ...down, how: 'stop' } as const
const asleepByNova: Case[] = [
  ['it would not sleep', down, seen('SUSPEND FAILED', 'active', 'active'), 'suspend', 'suspending'],
  ['it would not sleep though Heat suspended one', down, seen('SUSPEND FAILED', 'active', 'suspended'), 'suspend', 'suspending'],
  ['it would not sleep, twice', tried(2), seen('SUSPEND FAILED', 'active', 'active'), 'power off by suspend', 'suspending'],
  ['neither Heat nor Nova can suspend it', tried(3), seen('SUSPEND FAILED', 'active', 'active'), 'power off by stop', 'suspending'],
  [
    'its lab would have it shelved then',
    { ...tried(3), otherwise: 'shelve' },
    seen('SUSPEND FAILED', 'active', 'active'),
    'power off by shelve',
    'suspending',
  ],
  ['nothing has worked for long', tried(99), seen('SUSPEND FAILED', 'active', 'active'), 'power off by stop', 'suspending'],
  ['Heat failed and all the same they sleep', down, seen('SUSPEND FAILED', 'suspended', 'suspended'), 'rest: suspended', 'suspended'],
  ['its owner had switched one off', down, seen('SUSPEND FAILED', 'stopped', 'active'), 'power off by suspend', 'suspending'],
  ['its owner had switched both off', down, seen('SUSPEND FAILED', 'stopped', 'stopped'), 'rest: suspended', 'suspended'],
  ['Nova woke it last time and Heat does not know', down, seen('RESUME FAILED', 'active', 'active'), 'check', 'suspending'],
  ['Heat has checked it and found fault', down, seen('CHECK FAILED', 'active', 'active'), 'power off by suspend', 'suspending'],
  ['Nova is at it', tried(2), seen('SUSPEND FAILED', 'moving', 'suspended'), 'wait: stack', 'suspending'],
  ['its lab wants it stopped', stopping, seen('CREATE COMPLETE', 'active', 'active'), 'power off by stop', 'suspending'],
  [
    'its lab wants it shelved',
    { ...down, how: 'shelve' },
    seen('CREATE COMPLETE', 'active', 'active'),
    'power off by shelve',
    'suspending',
  ],
  ['it is being stopped', stopping, seen('CREATE COMPLETE', 'moving', 'stopped'), 'wait: stack', 'suspending'],
  ['it is stopped', stopping, seen('CREATE COMPLETE', 'stopped', 'stopped'), 'rest: suspended', 'suspended'],
  ['one is stopped and one broken', stopping, seen('CREATE COMPLETE', 'stopped', 'broken'), 'rest: suspended', 'suspended'],
  ['Heat was restarted as it suspended', down, seen('SUSPEND IN_PROGRESS', 'active', 'suspended'), 'suspend', 'suspending'],
  ['Heat is at it for ever', tried(2), seen('SUSPEND IN_PROGRESS', 'active', 'suspended'), 'power off by suspend', 'suspending'],
  ['they sleep and Heat is at it for ever', down, seen('SUSPEND IN_PROGRESS', 'suspended', 'suspended'), 'rest: suspended', 'suspended'],
  [
    'Heat says that it sleeps and one runs',
    { ...down, sleepHow: 'suspend', sleepFailures: 2 },
    seen('SUSPEND COMPLETE', 'suspended', 'active'),
    'power off by suspend',
    'suspending',
  ],
]

const up = { ...wanted, wasReady: true, movingSince: NOW - 1_000 }
const woken: Case[] = [
  ['it sleeps and is wanted', up, { current: stack('SUSPEND COMPLETE') }, 'resume', 'resuming'],
  ['it wakes', up, { current: stack('RESUME IN_PROGRESS') }, 'wait: stack', 'resuming'],
  ['it is wanted while it falls asleep', up, { current: stack('SUSPEND IN_PROGRESS') }, 'wait: stack', 'resuming'],
  ['it woke and does not answer yet', up, { current: stack('RESUME COMPLETE') }, 'wait: ssh', 'resuming'],
  ['it woke and answers', up, { current: stack('RESUME COMPLETE', { reachable: true }) }, 'rest: ready', 'ready'],
  ['waking failed', up, seen('RESUME FAILED', 'suspended', 'suspended'), 'resume', 'resuming'],
  ['waking failed again', { ...up, failures: 1 }, seen('RESUME FAILED', 'suspended', 'active'), 'power on', 'resuming'],
  ['waking failed for good', { ...up, failures: 2 }, seen('RESUME FAILED', 'suspended', 'active'), 'rest: gave_up', 'failed'],
  ['Heat would not wake it twice', { ...up, failures: 2 }, { current: stack('SUSPEND COMPLETE') }, 'rest: gave_up', 'failed'],
  ['waking failed and they run', up, seen('RESUME FAILED', 'active', 'active'), 'wait: ssh', 'resuming'],
  ['they were stopped', { ...up, sleepHow: 'stop' }, seen('CREATE COMPLETE', 'stopped', 'stopped'), 'power on', 'resuming'],
  ['they start', { ...up, sleepHow: 'stop' }, seen('CREATE COMPLETE', 'moving', 'active'), 'wait: stack', 'resuming'],
  ['they have started', { ...up, sleepHow: 'stop' }, seen('CREATE COMPLETE', 'active', 'active'), 'wait: ssh', 'resuming'],
  ['suspending had failed and Nova put them to sleep', up, seen('SUSPEND FAILED', 'suspended', 'suspended'), 'power on', 'resuming'],
  ['Nova was a moment ago', { ...up, retryAt: NOW + 1 }, seen('SUSPEND FAILED', 'suspended', 'active'), 'wait: backoff', 'resuming'],
  ['Heat hangs and they sleep', up, seen('RESUME IN_PROGRESS', 'suspended', 'suspended'), 'power on', 'resuming'],
  ['Heat hangs and they run', up, seen('RESUME IN_PROGRESS', 'active', 'active'), 'wait: ssh', 'resuming'],
  ['somebody suspended it behind our back', awake, { current: stack('SUSPEND COMPLETE') }, 'resume', 'resuming'],
]

test.each([...building, ...older, ...gone])('when %s', (_, facts, observation, says, phase) => {
  check(facts, observation, says, phase)
})

test.each([...asleepByHeat, ...asleepByNova, ...woken])('asleep and awake: when %s', (_, facts, observation, says, phase) => {
  check(facts, observation, says, phase)
})

function check(facts: Case[1], observation: Case[2], says: string, phase: Phase): void {
  const environment = { ...wanted, ...facts }
  const all = { older: null, current: ABSENT, job: null, ...observation }
  const action = decide(environment, all, NOW)
  expect(say(action)).toBe(says)
  const before = environment.wasReady ? 'ready' : 'queued'
  // A deadline that has come is kept before anything is shown of it.
  const kept = { ...environment, intent: goalAt(environment, NOW) }
  expect(derivePhase(kept, all, { action, outcome: null, phase: before, phaseAt: NOW - 1_000, now: NOW })).toBe(phase)
}

test('what Nova has forgotten is not waited for in waking, and nothing else can be asked of it in falling asleep', () => {
  const forgotten = { movingSince: NOW - 600_001 }
  const current = stack('SUSPEND FAILED', { ...hour, power: power('moving', 'suspended') })
  const observation = { older: null, current, job: null }
  expect(say(decide({ ...up, ...forgotten }, observation, NOW))).toBe('power on')
  expect(say(decide({ ...up, ...forgotten, failures: 2 }, observation, NOW))).toBe('rest: gave_up')
  expect(say(decide({ ...down, ...forgotten }, observation, NOW))).toBe('wait: stack')
  const half = { ...observation, current: { ...current, power: power('moving', 'active') } }
  expect(say(decide({ ...down, ...forgotten, sleepFailures: 2 }, half, NOW))).toBe('power off by suspend')
})

test('Nova is waited for also where Heat has said nothing new for an hour', () => {
  const facts = { ...up, sleepHow: 'stop', how: 'stop' } as const
  const current = stack('CREATE COMPLETE', { ...hour, power: power('moving', 'stopped') })
  expect(say(decide(facts, { older: null, current, job: null }, NOW))).toBe('wait: stack')
  expect(say(decide({ ...facts, intent: 'suspended' }, { older: null, current, job: null }, NOW))).toBe('wait: stack')
})

const ready = { older: null, current: stack('CREATE COMPLETE', { reachable: true }), job: null }

test('at rest the next look is at the first thing that is due by itself, and otherwise never', () => {
  const until = (facts: Partial<EnvironmentFacts>, observation: Observation = ready) => {
    const action = decide({ ...awake, ...facts }, observation, NOW)
    return action.do === 'rest' ? action.until : 'not at rest'
  }
  expect(until({ suspendAt: null, limitAt: null })).toBeNull()
  expect(until({ suspendAt: null, limitAt: null, deleteAt: NOW + 20_000 })).toBe(NOW + 20_000)
  expect(until({ suspendAt: null, limitAt: NOW + 400_000, deleteAt: NOW + 900_000 })).toBe(NOW + 400_000 - 120_000 - 5_000)
  const asleep = { older: null, current: stack('SUSPEND COMPLETE'), job: null }
  expect(until({ intent: 'suspended', movingSince: null }, asleep)).toBeNull()
  expect(until({ intent: 'suspended', deleteAt: NOW + 20_000 }, asleep)).toBe(NOW + 20_000)
  expect(until({}, { older: null, current: ABSENT, job: null })).toBeNull()
})

test('a deadline is warned of first, then kept; one that came while nobody looked is warned of all the same', () => {
  const at = (facts: Partial<EnvironmentFacts>) => decide({ ...awake, ...facts }, ready, NOW)
  expect(at({})).toMatchObject({ do: 'rest', warn: false, until: awake.suspendAt === null ? null : awake.suspendAt - 125_000 })
  expect(at({ suspendAt: NOW + 120_000 })).toMatchObject({ do: 'rest', warn: true, until: NOW + 120_000 })
  expect(at({ suspendAt: NOW - 3_600_000 })).toMatchObject({ do: 'rest', warn: true, until: NOW + 120_000 })
  expect(at({ suspendAt: NOW + 1, warnedAt: NOW - 120_000 })).toMatchObject({ do: 'rest', warn: false, until: NOW + 1 })
  expect(at({ suspendAt: NOW, warnedAt: NOW - 120_000 })).toEqual({ do: 'suspend' })
  expect(at({ suspendAt: NOW - 60_000, warnedAt: NOW - 60_000 })).toMatchObject({ do: 'rest', warn: false, until: NOW + 60_000 })
  expect(at({ limitAt: NOW, warnedAt: NOW - 120_000 })).toEqual({ do: 'suspend' })
})

test('a program keeps it awake before the warning and up to its limit, and the end of the sitting is announced in time all the same', () => {
  const job = { host: 'one', command: 'make' }
  const at = (facts: Partial<EnvironmentFacts>) =>
    decide({ ...awake, jobMs: 7_200_000, suspendAt: NOW + 120_000, ...facts }, { ...ready, job }, NOW)
  expect(at({})).toMatchObject({ warn: false, holdUntil: NOW + 120_000 + 60_000, until: NOW + 55_000 })
  expect(at({ limitAt: NOW + 150_000 })).toMatchObject({ warn: false, holdUntil: NOW + 180_000, until: NOW + 25_000 })
  expect(at({ jobMs: null })).toMatchObject({ warn: true, holdUntil: null })
  expect(at({ lastActivityAt: null, awakeAt: NOW - 1_800_000 - 7_200_000 })).toMatchObject({ warn: true, holdUntil: null })
  expect(at({ limitAt: NOW + 100_000 })).toMatchObject({ warn: true, holdUntil: null })
})

test('a sitting that begins in the future, by a clock put back since, begins anew', () => {
  const action = decide({ ...awake, awakeAt: NOW + 3_600_000, suspendAt: NOW - 1, warnedAt: null }, ready, NOW)
  expect(action).toMatchObject({ do: 'rest', why: 'ready', warn: false, until: null })
})
