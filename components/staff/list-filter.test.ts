import { expect, test } from 'vitest'
import { bulkAddress, readBulkAsk } from './bulk-address.ts'
import { countIn, environmentsMeant, everything, type ListFilter, listAddress, listStates, readListFilter } from './list-filter.ts'

const id = '01900000-0000-7000-8000-000000000006'
const read = (query: string) => readListFilter(new URLSearchParams(query))
const readBulk = (query: string) => readBulkAsk(new URLSearchParams(query))

test('an address and what it asks for are the same thing twice', () => {
  const filter: ListFilter = {
    state: 'ready',
    course: id,
    lab: id,
    cloud: id,
    idle: '8h',
    owner: 'Ada & Lin =%',
    reason: 'cloud.refused',
    ids: [id, id.replace('6', '7')],
  }
  expect(read(listAddress(filter).split('?')[1] ?? '')).toEqual(filter)
  const ask = { action: 'delete', filter, spareMinutes: 0, touched: true, when: 'now' } as const
  expect(readBulk(bulkAddress(ask).split('?')[1] ?? '')).toEqual(ask)
  const usual = { action: 'suspend', filter: everything, spareMinutes: 15, touched: false, when: 'later' } as const
  expect(bulkAddress(usual)).toBe('/operator/bulk?do=suspend')
  expect(readBulk('do=suspend')).toEqual(usual)
})

test('empty fields of a form ask for nothing, and all is the shortest address', () => {
  expect(read('owner=&course=&lab=&idle=&state=')).toEqual(everything)
  expect(listAddress(everything)).toBe('/operator')
})

test('what is not understood is refused: it must never mean more than was said', () => {
  for (const query of ['state=awake', 'idle=2h', 'course=1', 'id=x', `id=${id}&id=`, 'reason=DROP', `owner=${'x'.repeat(201)}`])
    expect(read(query), query).toBe(null)
  for (const query of ['', 'do=eat', 'do=suspend&spare=1', 'do=delete&when=soon', 'do=suspend&state=awake'])
    expect(readBulk(query), query).toBe(null)
})

test('ids that are named are meant, whatever the list showed besides', () => {
  expect(environmentsMeant({ ...everything, state: 'ready', idle: '1d', ids: [id] })).toEqual({ ids: [id] })
  expect(environmentsMeant({ ...everything, state: 'ready', idle: '1h' })).toMatchObject({ phases: ['ready'], idleMs: 3_600_000 })
  expect(environmentsMeant({ ...everything, state: 'marked' })).toMatchObject({ phases: undefined, marked: true })
})

test('every environment is counted in one state, and all that are not removed in all', () => {
  const counts = { byPhase: { queued: 1, ready: 2, suspending: 4, suspended: 8, lost: 16, deleting: 32, deleted: 64 }, marked: 3 }
  expect(Object.fromEntries(listStates.map((state) => [state, countIn(state, counts)]))).toEqual({
    all: 63,
    ready: 2,
    moving: 1,
    asleep: 12,
    failed: 0,
    lost: 16,
    marked: 3,
    deleting: 32,
    deleted: 64,
  })
})
