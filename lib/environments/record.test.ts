import { expect, test } from 'vitest'
import type { Books } from './account.ts'
import type { Loaded, StackRow } from './load.ts'
import { emptyLook } from './look.ts'
import { type Entry, environmentChange, stackChanges, stacksAfter } from './record.ts'

const NOW = new Date(1_000_000_000)
const at = (agoMs: number) => new Date(NOW.getTime() - agoMs)

const row = {
  generation: 1,
  phase: 'resuming',
  phaseAt: at(5_000),
  lastActivityAt: null,
  reasonCode: null,
  reasonDetail: null,
  readyAt: at(9),
}
const stack = { id: 'row', generation: 1, heatId: 'heat', action: 'RESUME', status: 'IN_PROGRESS', observedAt: at(4_000) }
const times = { requestedAt: at(9_000), createdAt: at(9_000), completedAt: at(8_000), missingAt: null, goneAt: null }

const loaded = (environment: object = {}, stacks: object[] = []) =>
  ({ row: { ...row, ...environment }, stacks: stacks.map((more) => ({ ...stack, ...times, ...more })) }) as Loaded

const books: Books = {
  phase: 'resuming',
  reason: 'keep',
  failures: 0,
  sleepFailures: 0,
  sleepHow: null,
  retryAt: 0,
  nextCheckAt: NOW.getTime(),
  wasReady: true,
  sitting: null,
}
const entry = (more: Partial<Entry> = {}): Entry => ({
  name: 'wait',
  look: emptyLook,
  books,
  freshReason: null,
  created: null,
  createEnded: null,
  hosts: [],
  now: NOW,
  release: true,
  ...more,
})
const failed = (more: Partial<Books> = {}) => entry({ books: { ...books, phase: 'failed', ...more } })

test('what has failed has a reason: the one that was learnt, the one that stands, or that nobody said why', () => {
  expect(environmentChange(loaded(), failed())).toMatchObject({ reasonCode: 'environment.resume_failed' })
  expect(environmentChange(loaded(), failed({ wasReady: false }))).toMatchObject({ reasonCode: 'environment.create_failed' })
  expect(environmentChange(loaded({ reasonCode: 'cloud.unavailable' }), failed())).toMatchObject({
    reasonCode: 'environment.resume_failed',
  })
  const silent = { reasonCode: 'environment.unreachable' }
  expect(environmentChange(loaded(silent), failed())).toMatchObject({ reasonCode: 'environment.resume_failed' })
  expect(environmentChange(loaded({ ...silent, phase: 'failed' }), failed())).not.toHaveProperty('reasonCode')
  expect(environmentChange(loaded({ reasonCode: 'cloud.quota_exceeded' }), failed())).not.toHaveProperty('reasonCode')
  const learnt = { code: 'cloud.quota_exceeded', detail: 'no room' } as const
  expect(environmentChange(loaded(), { ...failed(), freshReason: learnt })).toMatchObject({
    reasonCode: learnt.code,
    reasonDetail: 'no room',
  })
  expect(environmentChange(loaded(), entry())).not.toHaveProperty('reasonCode')
})

test('a phase tells since when it lasts, anew where a clock was put back', () => {
  expect(environmentChange(loaded(), entry())).not.toHaveProperty('phaseAt')
  expect(environmentChange(loaded(), failed())).toMatchObject({ phase: 'failed', phaseAt: NOW })
  expect(environmentChange(loaded({ phaseAt: at(-3_600_000) }), entry())).toMatchObject({ phaseAt: NOW })
})

test('a sitting that begins anew forgets a use that is still to come', () => {
  const begun = { kind: 'begun', awakeAt: NOW.getTime(), suspendAt: null, limitAt: null } as const
  const future = { lastActivityAt: at(-3_600_000) }
  expect(environmentChange(loaded(future), entry({ books: { ...books, sitting: begun } }))).toMatchObject({
    lastActivityAt: NOW,
    awakeAt: NOW,
  })
  expect(environmentChange(loaded(future), entry())).not.toHaveProperty('lastActivityAt')
})

const look = (listed: object | null, more: Partial<StackRow> = {}, gone = false): Entry['look'] => {
  const current = { row: { ...stack, ...times, ...more }, listed, seen: { stack: 'absent', certainAt: 0 }, gone }
  return { ...emptyLook, current } as Entry['look']
}
const changes = (seen: Entry['look'], more: Partial<Entry> = {}) => stackChanges(loaded({}, [{}]), entry({ look: seen, ...more }))

test('what is seen anew is noted with its time, what is seen again is not', () => {
  const same = { id: 'heat', action: 'RESUME', status: 'IN_PROGRESS', statusReason: '' }
  expect(changes(look(same))).toEqual([])
  expect(changes(look({ ...same, status: 'COMPLETE' }))).toEqual([
    { id: 'row', data: { action: 'RESUME', status: 'COMPLETE', statusReason: '', observedAt: NOW } },
  ])
  expect(changes(look(same, { observedAt: at(-60_000), requestedAt: at(-60_000) }))).toEqual([
    { id: 'row', data: { observedAt: NOW, requestedAt: NOW } },
  ])
  expect(changes(look(same, { missingAt: at(1) }))).toEqual([{ id: 'row', data: { missingAt: null } }])
})

test('what is missed is noted at the first look, and what is gone is no longer answered for', () => {
  expect(changes(look(null))).toEqual([{ id: 'row', data: { missingAt: NOW } }])
  expect(changes(look(null, { missingAt: at(3_000) }))).toEqual([])
  expect(changes(look(null, { missingAt: at(-3_000) }))).toEqual([{ id: 'row', data: { missingAt: NOW } }])
  const gone = changes(look(null, { missingAt: at(11_000) }, true))
  expect(gone).toEqual([{ id: 'row', data: { goneAt: NOW } }])
  expect(stacksAfter(loaded({}, [{}]), gone)).toEqual([])
})

test('a create that was refused has no stack, unless an earlier one of the same name may still have', () => {
  const once = look(null, { completedAt: null, heatId: null })
  expect(changes(once, { createEnded: 'refused' })).toEqual([{ id: 'row', data: { goneAt: NOW } }])
  const twice = look(null, { completedAt: null, heatId: null, requestedAt: at(1_000) })
  expect(changes(twice, { createEnded: 'refused' })).toEqual([])
  expect(changes(once, { created: { id: 'heat-2', name: 'stack' } })).toEqual([
    { id: 'row', data: { heatId: 'heat-2', action: 'CREATE', status: 'IN_PROGRESS', observedAt: NOW } },
  ])
})
