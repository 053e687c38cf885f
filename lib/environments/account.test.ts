import { expect, test } from 'vitest'
import { accountFor, asleepByDeadline, countEnd, deletedByDeadline, type Outcome } from './account.ts'
import { type Action, type EnvironmentFacts, MAX_FAILURES, type Observation } from './decide.ts'
import { ABSENT, awake, NOW, power, stack, wanted } from './facts.fixture.ts'
import { asleepByOrder, awakeByOrder, freshStart, resetByOrder } from './intent.ts'
import type { Phase } from './phase.ts'

const absent: Observation = { older: null, current: ABSENT, job: null }
const seen = (words: string, more: Parameters<typeof stack>[1] = {}): Observation => ({
  ...absent,
  current: stack(words, { since: NOW, ...more }),
})

type More = Partial<EnvironmentFacts> & { phase?: Phase }
const books = (action: Action, outcome: Outcome | null, observation = absent, { phase = 'building', ...more }: More = {}) =>
  accountFor({ ...wanted, ...more }, observation, { action, outcome, phase, phaseAt: NOW - 8_000, now: NOW })

const done = { kind: 'done' } as const
const again = { kind: 'again' } as const
const outage = { kind: 'later', code: 'cloud.unavailable', detail: 'words' } as const
const refused = { kind: 'later', code: 'cloud.refused', detail: 'no' } as const
const ready = (more: object = {}): Action => ({ do: 'rest', until: null, why: 'ready', warn: false, holdUntil: null, ...more })

test('a create that failed counts once, however often it is seen', () => {
  expect(countEnd(wanted, seen('CREATE FAILED'), NOW)).toBe(1)
  expect(countEnd(wanted, seen('CREATE FAILED', { counted: true }), NOW)).toBe(0)
  expect(countEnd(wanted, seen('CREATE IN_PROGRESS'), NOW)).toBe(0)
  expect(countEnd(wanted, seen('DELETE FAILED'), NOW)).toBe(0)
  expect(countEnd(wanted, absent, NOW)).toBe(0)
})

test('an attempt that took minutes is the last one', () => {
  expect(countEnd(wanted, seen('CREATE FAILED', { askedAt: NOW - 300_000 }), NOW)).toBe(MAX_FAILURES)
})

test('a create that was accepted is looked at again at once', () => {
  const { phase, nextCheckAt, reason } = books({ do: 'create' }, done)
  expect(phase).toBe('building')
  expect((nextCheckAt ?? 0) - NOW).toBeLessThan(100)
  expect(reason).toBeNull()
})

test('nobody waits at the door for machines to fall asleep', () => {
  const down = { ...awake, intent: 'suspended' } as const
  expect(books({ do: 'suspend' }, done, seen('CREATE COMPLETE'), down).nextCheckAt).toBe(NOW + 1_000)
  expect(books({ do: 'resume' }, done, seen('SUSPEND COMPLETE'), awake).nextCheckAt).toBe(NOW + 60)
})

test('what the cloud could not answer is tried again after a pause that grows, and does not count', () => {
  expect(books({ do: 'create' }, outage)).toMatchObject({ failures: 0, retryAt: NOW + 2_000, nextCheckAt: NOW + 2_000 })
  expect(books({ do: 'create' }, outage).reason).toMatchObject({ code: 'cloud.unavailable', detail: 'words' })
  expect(books({ do: 'power', to: 'on' }, outage, seen('CREATE COMPLETE'), awake).failures).toBe(0)
})

test('what the cloud refuses ends the trying at once, with its words', () => {
  const after = books({ do: 'create' }, { kind: 'stop', code: 'cloud.refused', detail: 'no such flavor' })
  expect(after).toMatchObject({ phase: 'failed', failures: MAX_FAILURES, reason: { detail: 'no such flavor' } })
})

test('why it was given up is not forgotten over what keeps us from clearing it away', () => {
  const clear: Action = { do: 'delete', target: 'current', why: 'create_failed' }
  const after = books(clear, outage, seen('CREATE FAILED', { counted: true }), { failures: MAX_FAILURES, phase: 'failed' })
  expect(after).toMatchObject({ phase: 'failed', reason: 'keep' })
})

test('being ready forgives what went wrong on the way, and begins a sitting', () => {
  const after = books(ready(), null, seen('CREATE COMPLETE'), { failures: 1, sleepFailures: 2, sleepHow: 'stop' })
  expect(after).toMatchObject({ failures: 0, sleepFailures: 0, sleepHow: null, wasReady: true, reason: null, retryAt: 0 })
  const deadlines = { suspendAt: NOW + 1_800_000, limitAt: NOW + 28_800_000 }
  expect(after.sitting).toEqual({ kind: 'begun', awakeAt: NOW, ...deadlines })
  expect(after.nextCheckAt).toBe(NOW + 1_800_000 - 120_000 - 5_000)
  const endless = books(ready(), null, seen('CREATE COMPLETE'), { idleMs: null, sittingMs: null })
  expect(endless).toMatchObject({ nextCheckAt: null, sitting: { suspendAt: null, limitAt: null } })
  expect(books(ready({ until: NOW + 5 }), null, seen('CREATE COMPLETE'), { idleMs: null, sittingMs: null }).nextCheckAt).toBe(NOW + 5)
})

test('a sitting that goes on is not begun again; one from the future is', () => {
  expect(books(ready(), null, seen('CREATE COMPLETE'), awake).sitting).toBeNull()
  const future = { ...awake, awakeAt: NOW + 3_600_000 }
  expect(books(ready(), null, seen('CREATE COMPLETE'), future).sitting).toMatchObject({ kind: 'begun', awakeAt: NOW })
})

test('a warning and a program that holds are written down', () => {
  const near = { ...awake, suspendAt: NOW + 123_000 }
  expect(books(ready({ warn: true }), null, seen('CREATE COMPLETE'), near).sitting).toEqual({ kind: 'warned', warnedAt: NOW + 3_000 })
  const late = { ...awake, suspendAt: NOW - 123_000 }
  expect(books(ready({ warn: true }), null, seen('CREATE COMPLETE'), late).sitting).toEqual({ kind: 'warned', warnedAt: NOW })
  const job = { host: 'one', command: 'make' }
  const held = books(ready({ holdUntil: NOW + 180_000 }), null, { ...seen('CREATE COMPLETE'), job }, near)
  expect(held.sitting).toEqual({ kind: 'held', suspendAt: NOW + 180_000, job })
})

test('a way of falling asleep is used up by a failure or a refusal, never by an outage', () => {
  const down = { ...awake, intent: 'suspended', sleepFailures: 1 } as const
  const after = (action: Action, outcome: Outcome, words: string) => books(action, outcome, seen(words), down).sleepFailures
  expect(after({ do: 'suspend' }, done, 'CREATE COMPLETE')).toBe(1)
  expect(after({ do: 'suspend' }, done, 'SUSPEND FAILED')).toBe(2)
  expect(after({ do: 'suspend' }, again, 'SUSPEND IN_PROGRESS')).toBe(2)
  expect(after({ do: 'suspend' }, again, 'CREATE COMPLETE')).toBe(1)
  expect(after({ do: 'suspend' }, refused, 'CREATE COMPLETE')).toBe(2)
  expect(after({ do: 'suspend' }, outage, 'SUSPEND FAILED')).toBe(1)
  const off: Action = { do: 'power', to: 'off', how: 'suspend' }
  expect(after(off, done, 'SUSPEND FAILED')).toBe(2)
  expect(after(off, refused, 'SUSPEND FAILED')).toBe(2)
  expect(after(off, outage, 'SUSPEND FAILED')).toBe(1)
  expect(books(off, outage, seen('SUSPEND FAILED'), down).sleepHow).toBe('suspend')
  expect(books({ do: 'suspend' }, done, seen('SUSPEND FAILED'), down).sleepHow).toBeNull()
})

test('the way that has worked is the first one next time', () => {
  const rest: Action = { do: 'rest', until: null, why: 'suspended' }
  const after = (more: More) => books(rest, null, seen('SUSPEND FAILED'), { ...awake, intent: 'suspended', ...more }).sleepFailures
  expect(after({ sleepHow: 'suspend', sleepFailures: 3 })).toBe(2)
  expect(after({ sleepHow: 'stop', sleepFailures: 4 })).toBe(4)
  expect(after({ sleepHow: null, sleepFailures: 1 })).toBe(1)
})

test('waking by Nova counts each time, by Heat only after it failed', () => {
  const after = (action: Action, outcome: Outcome, words: string) => books(action, outcome, seen(words), awake).failures
  expect(after({ do: 'power', to: 'on' }, done, 'CREATE COMPLETE')).toBe(1)
  expect(after({ do: 'power', to: 'on' }, again, 'CREATE COMPLETE')).toBe(1)
  expect(after({ do: 'resume' }, done, 'SUSPEND COMPLETE')).toBe(0)
  expect(after({ do: 'resume' }, done, 'RESUME FAILED')).toBe(1)
  expect(after({ do: 'resume' }, { kind: 'stop', code: 'cloud.refused', detail: null }, 'SUSPEND COMPLETE')).toBe(MAX_FAILURES)
})

test('what was asked is not asked again before it can be seen, and with pauses where it has failed', () => {
  const repeat: Action = { do: 'delete', target: 'current', why: 'delete_failed' }
  expect(books(repeat, done, seen('DELETE FAILED'), { intent: 'deleted' }).retryAt).toBe(NOW + 2_000)
  // Each request makes Heat begin a hung deletion anew.
  expect(books(repeat, done, seen('DELETE IN_PROGRESS'), { intent: 'deleted' }).retryAt).toBe(NOW + 75_000)
  const first: Action = { do: 'delete', target: 'current', why: 'asked' }
  expect(books(first, done, seen('CREATE COMPLETE'), { intent: 'deleted' }).retryAt).toBe(NOW + 1_000)
  const older: Action = { do: 'delete', target: 'older', why: 'older' }
  expect(books(older, done, { ...absent, older: stack('DELETE FAILED') }).retryAt).toBe(NOW + 2_000)
})

test('a create that was stuck counts where it is asked to go, once', () => {
  const stuck: Action = { do: 'delete', target: 'current', why: 'create_stuck' }
  expect(books(stuck, done, seen('CREATE IN_PROGRESS', { askedAt: NOW - 200_000 })).failures).toBe(1)
  expect(books(stuck, done, seen('CREATE IN_PROGRESS', { askedAt: NOW - 200_000, counted: true })).failures).toBe(0)
  expect(books(stuck, outage, seen('CREATE IN_PROGRESS', { askedAt: NOW - 200_000 })).failures).toBe(0)
})

test('no wait outlasts the longest pause, whatever clock had named its end', () => {
  const wait: Action = { do: 'wait', until: NOW + 3_600_000, why: 'stack' }
  expect(books(wait, null, seen('CREATE IN_PROGRESS')).nextCheckAt).toBe(NOW + 75_000)
  expect(books({ ...wait, until: NOW + 250 }, null, seen('CREATE IN_PROGRESS')).nextCheckAt).toBe(NOW + 250)
})

test('machines that stay silent for a minute are said to be silent, however long their stack has been like that', () => {
  const wait: Action = { do: 'wait', until: NOW, why: 'ssh' }
  const unreachable = { code: 'environment.unreachable', detail: null }
  const hours = seen('CREATE COMPLETE', { since: NOW - 36_000_000 })
  expect(books(wait, null, hours, { movingSince: NOW - 1_000 }).reason).toBeNull()
  expect(books(wait, null, hours, { movingSince: NOW - 61_000 }).reason).toEqual(unreachable)
  expect(books(wait, null, seen('CREATE COMPLETE', { since: NOW - 61_000 }), { movingSince: NOW - 90_000 }).reason).toEqual(unreachable)
})

test('trouble on the way is said as long as it lasts', () => {
  const wait: Action = { do: 'wait', until: NOW, why: 'stack' }
  expect(books(wait, null, seen('RESUME IN_PROGRESS'), { ...awake, failures: 1 }).reason).toBe('keep')
  expect(books(wait, null, seen('RESUME IN_PROGRESS'), awake).reason).toBeNull()
  expect(books({ ...wait, why: 'backoff' }, null, absent).reason).toBe('keep')
  expect(books({ do: 'rest', until: null, why: 'lost' }, null, absent, awake).reason).toMatchObject({ code: 'environment.lost' })
  const nowhere = seen('CREATE COMPLETE', { reachable: 'never' })
  const gaveUp: Action = { do: 'rest', until: null, why: 'gave_up' }
  expect(books(gaveUp, null, nowhere).reason).toMatchObject({ code: 'environment.hosts_missing' })
  expect(books(gaveUp, null, seen('RESUME FAILED', { power: power('broken', 'active') }), awake).reason).toBe('keep')
})

const at = new Date(NOW)

test('a deadline and an order leave no trace of an earlier sleep, and waking keeps how it fell asleep', () => {
  for (const change of [asleepByDeadline('idle', at), asleepByOrder(at)]) {
    expect(change).toMatchObject({
      intent: 'suspended',
      phase: 'suspending',
      sleepHow: null,
      sleepFailures: 0,
      suspendAt: null,
      warnedAt: null,
    })
  }
  expect(asleepByDeadline('limit', at)).toMatchObject({ sleepWhy: 'limit' })
  const woken = awakeByOrder(at)
  expect(woken).toMatchObject({ intent: 'running', phase: 'resuming', failures: 0, awakeAt: null })
  expect(woken).not.toHaveProperty('sleepHow')
  expect(woken).not.toHaveProperty('sleepFailures')
  expect(freshStart(at)).toMatchObject({ sleepHow: null, sleepFailures: 0, failures: 0 })
  expect(resetByOrder(at)).toMatchObject({ generation: { increment: 1 }, wasReady: false, intent: 'running', phase: 'building' })
  expect(deletedByDeadline(at)).toMatchObject({ intent: 'deleted', phase: 'deleting' })
})
