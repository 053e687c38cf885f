import { expect, test } from 'vitest'
import { byDay, eventKey, eventWho, type HistoryEvent, readHistory } from './history.ts'

const event = (at: string): HistoryEvent => ({ id: at, at, kind: 'phase', phase: 'ready', sentence: null, detail: null, actor: null })
const NOW = Date.parse('2026-11-20T22:30:00Z')

test('events stand under the days of the reader, not of the server', () => {
  const events = ['2026-11-20T22:10:00Z', '2026-11-20T03:00:00Z', '2026-11-19T23:30:00Z'].map(event)
  const days = (zone: string) => byDay(events, NOW, zone).map(({ day, when, events: on }) => [day, when, on.length])
  expect(days('UTC')).toEqual([
    ['2026-11-20', 'today', 2],
    ['2026-11-19', 'yesterday', 1],
  ])
  expect(days('Asia/Tokyo')).toEqual([
    ['2026-11-21', 'today', 1],
    ['2026-11-20', 'yesterday', 2],
  ])
  expect(days('America/Los_Angeles')).toEqual([
    ['2026-11-20', 'today', 1],
    ['2026-11-19', 'yesterday', 2],
  ])
})

test('yesterday is the day before, also where the clocks were changed in between', () => {
  const [day] = byDay([event('2026-10-24T23:30:00+02:00')], Date.parse('2026-10-25T23:30:00+01:00'), 'Europe/Vienna')
  expect(day?.when).toBe('yesterday')
})

test('an order is called by itself, everything else by what began', () => {
  expect(eventKey({ kind: 'wake', phase: 'resuming' })).toBe('wake')
  expect(eventKey({ kind: 'phase', phase: 'suspended' })).toBe('suspended')
  expect(eventKey({ kind: 'something_new', phase: null })).toBe('unknown')
})

test('whoever did something is you or somebody, never a name', () => {
  expect((['you', 'somebody else', null] as const).map((actor) => eventWho({ actor }))).toEqual(['you', 'somebody', 'nobody'])
})

test('an answer without events is none', () => {
  expect(readHistory({ events: [event('2026-11-20T22:10:00Z')] })).toHaveLength(1)
  expect(readHistory({ events: [] })).toEqual([])
  for (const body of [null, 'no', {}, { events: 'no' }]) expect(readHistory(body)).toBeNull()
})
