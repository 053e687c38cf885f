import type { Phase } from '#lib/environments/phase.ts'

/** Something that happened to an environment, as `GET /l/<launch>/history` tells it. */
export type HistoryEvent = {
  id: string
  /** ISO 8601. */
  at: string
  kind: string
  phase: Phase | null
  /** Of a failure, for the person. */
  sentence: string | null
  /** In the cloud's own words, or in those of whoever ordered it. */
  detail: string | null
  actor: 'you' | 'somebody else' | null
}

/** The events of an answer; null where it is none. */
export function readHistory(body: unknown): HistoryEvent[] | null {
  if (typeof body !== 'object' || body === null || !('events' in body) || !Array.isArray(body.events)) return null
  return body.events as HistoryEvent[]
}

const orders = ['requested', 'start', 'reset', 'sleep', 'wake', 'warned', 'extend', 'held', 'delete', 'undelete'] as const
const phases = [
  'queued',
  'building',
  'starting',
  'ready',
  'suspending',
  'suspended',
  'resuming',
  'deleting',
  'deleted',
  'lost',
  'failed',
] as const satisfies Phase[]

/** A message under `history.kind`. */
export type EventKey = (typeof orders)[number] | Phase | 'unknown'

/** What an event is called: an order by itself, everything else by the phase that began with it. */
export function eventKey({ kind, phase }: Pick<HistoryEvent, 'kind' | 'phase'>): EventKey {
  return orders.find((order) => order === kind) ?? phases.find((known) => known === phase) ?? 'unknown'
}

/** What a sentence about an event asks for: who did it. */
export function eventWho({ actor }: Pick<HistoryEvent, 'actor'>): 'you' | 'somebody' | 'nobody' {
  if (actor === null) return 'nobody'
  return actor === 'you' ? 'you' : 'somebody'
}

export type HistoryDay = { day: string; when: 'today' | 'yesterday' | 'earlier'; events: HistoryEvent[] }

/**
 * Events by the days of the reader, in the order in which they came. Pure.
 * @param now milliseconds
 * @param zone IANA, e.g. `Europe/Vienna`; undefined: the computer's own
 * @returns `day` as `2026-11-20`
 */
export function byDay(events: readonly HistoryEvent[], now: number, zone?: string): HistoryDay[] {
  const dayOf = (moment: Date) => moment.toLocaleDateString('en-CA', { timeZone: zone })
  const today = dayOf(new Date(now))
  const yesterday = dayBefore(today)
  const days: HistoryDay[] = []
  for (const event of events) {
    const day = dayOf(new Date(event.at))
    const last = days.at(-1)
    if (last?.day === day) last.events.push(event)
    else days.push({ day, when: day === today ? 'today' : day === yesterday ? 'yesterday' : 'earlier', events: [event] })
  }
  return days
}

/** By the calendar: a day that has 23 or 25 hours has one day before it too. */
function dayBefore(day: string): string {
  const noon = new Date(`${day}T12:00:00Z`)
  noon.setUTCDate(noon.getUTCDate() - 1)
  return noon.toISOString().slice(0, 10)
}
