import { expect, test } from 'vitest'
import type { PartView } from '#lib/environments/phase.ts'
import { barOf, failedPart, partDuration, partLabel, partNotes, progress, slowPart, timeScale } from './parts.ts'

const begun = Date.parse('2026-11-21T12:00:00Z')
const at = (seconds: number) => new Date(begun + seconds * 1000).toISOString()
const part = (over: Partial<PartView>): PartView => ({
  name: 'node1',
  type: 'OS::Nova::Server',
  state: 'busy',
  startedAt: at(2),
  finishedAt: null,
  note: null,
  ...over,
})

test('what parts wait for is said once, and only while they are at it', () => {
  const note = 'Image debian-12-ceph is being built, step 3 of 4: installing packages, 45 %'
  const waiting = part({ state: 'busy', note })
  expect(partNotes([waiting, waiting, part({ state: 'busy' }), part({ state: 'done', note: 'old' })])).toEqual([note])
})

test('parts go by what they are, a machine by its label, and what is not known by its own name', () => {
  expect(partLabel({ name: 'net', type: 'OS::Neutron::Net' })).toEqual({ key: 'network', name: 'net' })
  expect(partLabel({ name: 'node1', type: 'OS::Nova::Server' }, [{ name: 'node1', label: 'First machine' }])).toEqual({
    key: 'server',
    name: 'First machine',
  })
  expect(partLabel({ name: 'my_thing', type: 'OS::Zaqar::Queue' })).toEqual({ key: 'other', name: 'my thing' })
  expect(partLabel({ name: 'a', type: 'toString' }).key).toBe('other')
})

test('progress counts what is there, and nothing is none of nothing', () => {
  expect(progress([])).toEqual({ done: 0, all: 0 })
  expect(progress([part({ state: 'done' }), part({ state: 'failed' }), part({})])).toEqual({ done: 1, all: 3 })
})

test('of several failed parts the machine is named', () => {
  const port = part({ name: 'port', type: 'OS::Neutron::Port', state: 'failed' })
  const node = part({ state: 'failed' })
  expect(failedPart([port, node])).toBe(node)
  expect(failedPart([port])).toBe(port)
  expect(failedPart([part({})])).toBeUndefined()
})

test('a part is slow after a minute, and the slowest is named', () => {
  const slow = part({ name: 'a', startedAt: at(0) })
  const slower = part({ name: 'b', startedAt: at(-30) })
  expect(slowPart([slow], begun + 59_000)).toBeUndefined()
  expect(slowPart([slow, slower, part({ state: 'done', startedAt: at(-300) })], begun + 61_000)).toEqual({ part: slower, forMs: 91_000 })
})

test('the scale is four round stretches that hold what has passed', () => {
  expect(timeScale(0)).toEqual({ stretchMs: 1_000, spanMs: 4_000 })
  expect(timeScale(3_900).spanMs).toBe(8_000)
  expect(timeScale(100_000)).toEqual({ stretchMs: 30_000, spanMs: 120_000 })
  for (const elapsed of [1, 5e3, 59e3, 61e3, 3.6e6, 9e7]) expect(timeScale(elapsed).spanMs).toBeGreaterThanOrEqual(elapsed)
})

test('a bar begins and ends where its part did, and never leaves the scale', () => {
  expect(barOf(part({ startedAt: null }), begun, begun, 8_000)).toBeNull()
  expect(barOf(part({ startedAt: at(2), finishedAt: at(4) }), begun, begun + 6_000, 8_000)).toEqual({ left: 25, width: 25 })
  expect(barOf(part({ startedAt: at(2) }), begun, begun + 6_000, 8_000)).toEqual({ left: 25, width: 50 })
  // A clock that is behind ours must not give a bar that runs backwards.
  expect(barOf(part({ startedAt: at(9) }), begun, begun + 6_000, 8_000)).toEqual({ left: 100, width: 0 })
})

test('a part that was not begun has taken no time', () => {
  expect(partDuration(part({ startedAt: null }), begun)).toBeNull()
  expect(partDuration(part({ startedAt: at(1), finishedAt: at(1.4) }), begun + 60_000)).toBe(400)
  expect(partDuration(part({ startedAt: at(10) }), begun)).toBe(0)
})
