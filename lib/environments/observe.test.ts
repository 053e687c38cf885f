import { expect, test } from 'vitest'
import type { StackRow } from './load.ts'
import { sightingOf, UNCERTAIN_MS } from './observe.ts'

const NOW = 1_000_000_000
const at = (agoMs: number) => new Date(NOW - agoMs)

/** Created an hour ago and handed over. */
const row: StackRow = {
  id: 'row',
  environmentId: 'ada',
  cloudId: 'cloud',
  generation: 2,
  attempt: 1,
  name: 'stack-of-ada',
  heatId: 'heat-1',
  action: 'CREATE',
  status: 'COMPLETE',
  statusReason: '',
  observedAt: at(3_500_000),
  requestedAt: at(3_600_000),
  createdAt: at(3_600_000),
  completedAt: at(3_500_000),
  goneAt: null,
  missingAt: null,
}
const owner = { generation: 2, wasReady: true, intent: 'running', deleteAt: null } as const
type Owner = Parameters<typeof sightingOf>[2]['environment']

const absent = (stack: Partial<StackRow>, more: Partial<Owner> = {}, steadySince = 0) => {
  const { seen, gone } = sightingOf({ ...row, ...stack }, null, { environment: { ...owner, ...more }, now: NOW, steadySince })
  return { gone, waitsMs: seen.stack === 'absent' ? Math.max(0, seen.certainAt - NOW) : 'it is there' }
}

test('what somebody works on is looked for for ten seconds before it counts as gone', () => {
  expect(absent({})).toEqual({ gone: false, waitsMs: 10_000 })
  expect(absent({ missingAt: at(4_000) })).toEqual({ gone: false, waitsMs: 6_000 })
  expect(absent({ missingAt: at(10_000) })).toEqual({ gone: true, waitsMs: 0 })
  // Noted by a clock that has been put back since.
  expect(absent({ missingAt: at(-3_600_000) })).toEqual({ gone: false, waitsMs: 10_000 })
  expect(absent({ missingAt: at(60_000) }, {}, NOW - 1_000)).toEqual({ gone: false, waitsMs: 9_000 })
})

test('what nobody has had, or somebody wants gone, is gone at the first look', () => {
  for (const more of [{ wasReady: false }, { intent: 'deleted' }, { deleteAt: at(0) }, { generation: 3 }] as const)
    expect(absent({}, more)).toEqual({ gone: true, waitsMs: 0 })
  expect(absent({ action: 'DELETE', status: 'IN_PROGRESS' })).toEqual({ gone: true, waitsMs: 0 })
  expect(absent({}, { deleteAt: at(-1) })).toEqual({ gone: false, waitsMs: 10_000 })
})

test('a create without an answer may still act for a minute, also where it was sent twice', () => {
  const fresh = { wasReady: false }
  const asked = { requestedAt: at(1_000), createdAt: at(1_000), completedAt: null, action: null, status: null, observedAt: null }
  expect(absent({ ...asked, heatId: null }, fresh)).toEqual({ gone: false, waitsMs: UNCERTAIN_MS - 1_000 })
  expect(absent({ ...asked, createdAt: at(30_000) }, fresh)).toEqual({ gone: false, waitsMs: UNCERTAIN_MS - 1_000 })
  expect(absent(asked, fresh)).toEqual({ gone: true, waitsMs: 0 })
  // Never answered, never seen: its row waits for it, unless a newer generation stands in its place.
  const old = { ...asked, heatId: null, requestedAt: at(61_000), createdAt: at(61_000) }
  expect(absent(old, fresh)).toEqual({ gone: false, waitsMs: 0 })
  expect(absent(old, { ...fresh, generation: 3 })).toEqual({ gone: true, waitsMs: 0 })
  expect(absent(old, { ...fresh, generation: 3 }, NOW - 1_000)).toEqual({ gone: false, waitsMs: UNCERTAIN_MS - 1_000 })
  expect(absent({ ...old, requestedAt: null }, { ...fresh, generation: 3 })).toEqual({ gone: true, waitsMs: 0 })
})

test('what is there has been like this since it was first seen so, as far as the clock can tell', () => {
  const listed = { id: 'heat-1', name: 'stack-of-ada', action: 'SUSPEND', status: 'COMPLETE', statusReason: '' } as const
  const stack = { ...listed, createdAt: at(0), updatedAt: null, deletedAt: null, tags: [] }
  const seen = (more: Partial<StackRow>, steadySince = 0) => {
    const sighting = sightingOf({ ...row, ...more }, stack, { environment: owner, now: NOW, steadySince })
    if (sighting.seen.stack === 'absent') throw new Error('it is there')
    const { since, actionSince, askedAt, counted } = sighting.seen
    return { ms: NOW - since, actionMs: NOW - actionSince, askedMs: NOW - askedAt, counted }
  }
  const asleep = { action: 'SUSPEND', observedAt: at(9_000) }
  expect(seen({ ...asleep, status: 'COMPLETE' })).toEqual({ ms: 9_000, actionMs: 9_000, askedMs: 3_600_000, counted: true })
  expect(seen({ ...asleep, status: 'IN_PROGRESS' })).toMatchObject({ ms: 0, actionMs: 9_000 })
  expect(seen({})).toMatchObject({ ms: 0, actionMs: 0 })
  expect(seen({ ...asleep, status: 'COMPLETE' }, NOW - 2_000)).toMatchObject({ ms: 2_000, actionMs: 2_000, askedMs: 2_000 })
  expect(seen({ ...asleep, status: 'COMPLETE', observedAt: at(-9_000), requestedAt: at(-9_000) })).toMatchObject({ ms: 0, askedMs: 0 })
  expect(seen({ completedAt: null })).toMatchObject({ counted: false })
})
