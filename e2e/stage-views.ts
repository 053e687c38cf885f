import type { DeadlineView, EnvironmentView, EstimateView, PartView, Phase } from '../lib/environments/phase.ts'
import type { FailureCode } from '../lib/errors.ts'
import type { StageProps } from './stage.ts'

/*
 * Every state of the lab page that has to do with time: what the server would tell of it at the moment of the call.
 */

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const from = (ms: number) => new Date(Date.now() + ms).toISOString()
const hosts = ['node1', 'node2'].map((name) => ({ name, label: name }))
const estimate = (usual: number, least: number, most: number): EstimateView => {
  return { usualMs: usual * SECOND, fromMs: least * SECOND, toMs: most * SECOND, runs: 12 }
}

/** Machines of Ada's; ready unless told otherwise. */
export function view(more: Partial<EnvironmentView> = {}): EnvironmentView {
  return {
    id: '0190f0c2-0000-7000-8000-000000000001',
    generation: 1,
    phase: 'ready',
    phaseAt: from(-20 * MINUTE),
    startedAt: from(-40 * MINUTE),
    readyAt: from(-39 * MINUTE),
    parts: [],
    hosts,
    reason: null,
    deadline: null,
    sleep: null,
    movingSince: null,
    estimate: null,
    deletion: null,
    actions: ['sleep', 'extend', 'reset'],
    ...more,
  }
}

/** A deadline so long from now, two minutes warned of, that any key moves; more time is to be had. */
export function deadline(leftMs: number, more: Partial<DeadlineView> = {}): DeadlineView {
  return {
    at: from(leftMs),
    why: 'idle',
    warnFrom: from(leftMs - 2 * MINUTE),
    how: 'suspend',
    extend: { byMs: 30 * MINUTE, left: 2, from: from(leftMs - 15 * MINUTE) },
    heldBy: null,
    ...more,
  }
}

/** Something that has been in motion for so long. */
export function moving(phase: Phase, forMs: number, more: Partial<EnvironmentView> = {}): EnvironmentView {
  return view({
    phase,
    phaseAt: from(-forMs),
    movingSince: from(-forMs),
    actions: phase === 'suspending' ? ['wake', 'reset'] : ['reset'],
    ...more,
  })
}

function part(name: string, type: string, began: number | null, ended: number | null): PartView {
  const state = began === null ? 'waiting' : ended === null ? 'busy' : 'done'
  const at = (seconds: number | null) => (seconds === null ? null : from(-seconds * SECOND))
  return { name, type, state, startedAt: at(began), finishedAt: at(ended), note: null }
}

function built(forMs: number, more: Partial<EnvironmentView> = {}): EnvironmentView {
  const parts = [
    part('net', 'OS::Neutron::Net', 42, 38),
    part('key', 'OS::Nova::KeyPair', 41, 40),
    part('subnet', 'OS::Neutron::Subnet', 38, 35),
    part('port1', 'OS::Neutron::Port', 35, 31),
    part('node1', 'OS::Nova::Server', 30, null),
    part('node2', 'OS::Nova::Server', 29, null),
    part('ready', 'OS::Heat::WaitCondition', null, null),
  ]
  return moving('building', forMs, { startedAt: from(-forMs), readyAt: null, hosts: [], parts, ...more })
}

const asleep = {
  phase: 'suspended',
  phaseAt: from(-90 * MINUTE),
  sleep: { how: 'suspend', why: 'idle' },
  actions: ['wake', 'reset'],
} as const
const notWoken = 'Your machines could not be woken. Everything on them is kept. Try again, or tell your instructor.'
const notBuilt = 'The cloud has no room for more machines just now.'
const silent = 'The cloud is not answering. We keep trying.'
const awakeStill = 'Your machines could not be put to sleep yet. They run on meanwhile, and it is tried again.'
const clock = 'Your machines are awake, but the clock of one is wrong and could not be set. Programs that look at the time may be confused.'
const reason = (code: FailureCode, sentence: string) => ({ code, sentence, detail: null })
const job = { host: 'node1', command: 'rados bench' }
const lost = 'Your machines were removed outside this page. Reset to get new ones.'

/** By name; each is made when it is asked for. */
export const stageViews: Record<string, () => StageProps> = {
  ready: () => ({ view: view({ deadline: deadline(28 * MINUTE) }) }),
  'ready, held by a job': () => ({ view: view({ deadline: deadline(4 * MINUTE, { heldBy: job }) }) }),
  'ready, sitting nearly over': () => ({ view: view({ deadline: deadline(24 * MINUTE, { why: 'limit' }) }) }),
  'warned, idle': () => ({ view: view({ deadline: deadline(114 * SECOND) }) }),
  'warned, idle, with a job': () => ({ view: view({ deadline: deadline(114 * SECOND, { heldBy: job }) }) }),
  'warned, idle, programs end': () => ({ view: view({ deadline: deadline(114 * SECOND, { how: 'stop', extend: null }) }) }),
  'warned, idle, more time later': () => {
    return { view: view({ deadline: deadline(114 * SECOND, { extend: { byMs: 30 * MINUTE, left: 1, from: from(MINUTE) } }) }) }
  },
  'warned, limit': () => ({ view: view({ deadline: deadline(114 * SECOND, { why: 'limit' }) }) }),
  'warned, limit, no more time': () => {
    return { view: view({ deadline: deadline(114 * SECOND, { why: 'limit', extend: null, how: 'shelve', heldBy: job }) }) }
  },
  'falling asleep': () => {
    return { view: moving('suspending', 3 * SECOND, { sleep: { how: 'suspend', why: 'idle' }, estimate: estimate(8, 6, 12) }) }
  },
  'falling asleep, never before': () => ({ view: moving('suspending', 3 * SECOND, { sleep: { how: 'stop', why: 'asked' } }) }),
  asleep: () => ({ view: view(asleep) }),
  'asleep, programs ended': () => ({ view: view({ ...asleep, phaseAt: from(-26 * HOUR), sleep: { how: 'stop', why: 'limit' } }) }),
  waking: () => ({ view: moving('resuming', 16 * SECOND, { sleep: { how: 'suspend', why: 'idle' }, estimate: estimate(25, 20, 40) }) }),
  'waking, longer than usual': () => {
    return { view: moving('resuming', 46 * SECOND, { sleep: { how: 'shelve', why: 'asked' }, estimate: estimate(25, 20, 40) }) }
  },
  'waking, never before': () => ({ view: moving('resuming', 4 * SECOND, { sleep: { how: 'suspend', why: 'idle' } }) }),
  'could not wake': () => ({
    view: view({
      phase: 'failed',
      sleep: asleep.sleep,
      reason: { code: 'environment.resume_failed', sentence: notWoken, detail: 'ResourceInError: resources.node1: Went to status ERROR' },
      actions: ['start', 'reset'],
    }),
  }),
  starting: () => ({ view: built(42 * SECOND, { estimate: estimate(122, 95, 170) }) }),
  'starting, never before': () => ({ view: built(42 * SECOND) }),
  'starting, longer than usual': () => ({ view: built(242 * SECOND, { estimate: estimate(122, 95, 170) }) }),
  'starting, the cloud is silent': () => {
    return { view: built(12 * SECOND, { estimate: estimate(122, 95, 170), reason: reason('cloud.unavailable', silent) }) }
  },
  'waking, the cloud is silent': () => {
    return {
      view: moving('resuming', 12 * SECOND, { sleep: { how: 'suspend', why: 'idle' }, reason: reason('cloud.unavailable', silent) }),
    }
  },
  'falling asleep, refused': () => {
    return {
      view: moving('suspending', 70 * SECOND, {
        sleep: { how: 'suspend', why: 'idle' },
        reason: reason('environment.suspend_failed', awakeStill),
      }),
    }
  },
  'ready, a clock is wrong': () => ({ view: view({ deadline: deadline(28 * MINUTE), reason: reason('environment.clock_wrong', clock) }) }),
  'in line for a reason': () => {
    const why = reason('cloud.quota_exceeded', 'The cloud has no room for more machines just now.')
    return { view: moving('queued', 3 * SECOND, { readyAt: null, hosts: [], reason: why, actions: ['start'] }) }
  },
  'in line': () => ({ view: moving('queued', 31 * SECOND, { readyAt: null, hosts: [], estimate: estimate(122, 95, 170), actions: [] }) }),
  'being removed': () => ({ view: moving('deleting', 4 * SECOND, { estimate: estimate(9, 6, 14), actions: [] }) }),
  'removal announced': () => {
    return { view: view({ deadline: deadline(28 * MINUTE), deletion: { at: from(50 * HOUR), reason: 'The course ended in July' } }) }
  },
  'removal announced, asleep': () => ({ view: view({ ...asleep, deletion: { at: from(8 * MINUTE), reason: 'end of the exercise' } }) }),
  missing: () => ({
    view: view({ phase: 'lost', reason: { code: 'environment.lost', sentence: lost, detail: null }, actions: ['reset'] }),
  }),
  'could not start': () => ({
    view: view({
      phase: 'failed',
      readyAt: null,
      hosts: [],
      reason: { code: 'cloud.quota_exceeded', sentence: notBuilt, detail: 'ResourceInError: resources.node2: No valid host was found' },
      actions: ['start', 'reset'],
    }),
  }),
  removed: () => ({ view: view({ phase: 'deleted', hosts: [], actions: ['start'] }) }),
  'not started': () => ({ view: null }),
  'no machines here': () => ({ view: null, noMachines: 'This computer cannot run machines: it is not Linux.' }),
  'signed out': () => ({ view: view({ deadline: deadline(28 * MINUTE) }), lostAt: from(-5 * SECOND), signedOut: true }),
  'several notices': () => ({
    view: view({
      deadline: deadline(28 * MINUTE),
      reason: reason('environment.clock_wrong', clock),
      deletion: { at: from(50 * HOUR), reason: 'The course ended in July' },
    }),
    lostAt: from(-5 * SECOND),
  }),
  reconnecting: () => ({ view: view({ deadline: deadline(114 * SECOND) }), lostAt: from(-5 * SECOND) }),
}

/** What `GET /l/<launch>/history` answers for Ada. */
export function stageHistory() {
  // It is told by days: what is of one day stays so, also for whoever looks soon after midnight.
  const last = new Date()
  if (last.getHours() < 5) last.setHours(0, 0, -1)
  const at = (minutes: number) => new Date(last.getTime() - minutes * MINUTE).toISOString()
  const plain = { sentence: null, detail: null, actor: null, phase: null }
  const day = 24 * 60
  const events = [
    { at: at(1), kind: 'phase', phase: 'ready' },
    { at: at(1.1), kind: 'wake', phase: 'resuming', actor: 'you' },
    { at: at(95), kind: 'phase', phase: 'suspended' },
    { at: at(95.2), kind: 'phase', phase: 'suspending' },
    { at: at(97), kind: 'warned' },
    { at: at(140), kind: 'held', detail: 'rados bench on node1' },
    { at: at(220), kind: 'extend', actor: 'you' },
    { at: at(day + 20), kind: 'undelete', actor: 'somebody else' },
    { at: at(day + 25), kind: 'delete', detail: 'The course ended in July', actor: 'somebody else' },
    { at: at(day + 80), kind: 'phase', phase: 'failed', sentence: notWoken, detail: 'ResourceInError: resources.node1' },
    { at: at(3 * day), kind: 'phase', phase: 'starting' },
    { at: at(3 * day + 1), kind: 'phase', phase: 'building' },
    { at: at(3 * day + 1), kind: 'requested', phase: 'queued', actor: 'you' },
  ]
  return { events: events.map((event, index) => ({ ...plain, id: String(index), ...event })) }
}
