import type { Phase } from '#lib/environments/phase.ts'

/*
 * Which environments a list shows, as its address says it: links survive a reload, and one operator can send them to another.
 */

export const listStates = ['all', 'ready', 'moving', 'asleep', 'failed', 'lost', 'marked', 'deleting', 'deleted'] as const
export type ListState = (typeof listStates)[number]

/** Null: all that are not removed. */
const phasesOf: Record<ListState, readonly Phase[] | null> = {
  all: null,
  ready: ['ready'],
  moving: ['queued', 'building', 'starting', 'resuming'],
  asleep: ['suspending', 'suspended'],
  failed: ['failed'],
  lost: ['lost'],
  marked: null,
  deleting: ['deleting'],
  deleted: ['deleted'],
}

const HOUR = 3_600_000

/** How long not used, in milliseconds, by what the address says. */
export const idleChoices = {
  '30m': HOUR / 2,
  '1h': HOUR,
  '8h': 8 * HOUR,
  '1d': 24 * HOUR,
  '7d': 168 * HOUR,
  '30d': 720 * HOUR,
} as const
export type IdleChoice = keyof typeof idleChoices

export type ListFilter = {
  state: ListState
  /** Ids. */
  course: string | null
  lab: string | null
  cloud: string | null
  idle: IdleChoice | null
  owner: string | null
  /** A code of lib/errors.ts. */
  reason: string | null
  /** Just these, whatever the other conditions say. */
  ids: readonly string[]
}

export const everything: ListFilter = { state: 'all', course: null, lab: null, cloud: null, idle: null, owner: null, reason: null, ids: [] }

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const MOST_OWNER = 200

/** What an address asks for; null where it says something that is not understood: then nothing is better than too much. */
export function readListFilter(address: URLSearchParams): ListFilter | null {
  const given = (name: string) => address.get(name)?.trim() || null
  const state = given('state') ?? 'all'
  const idle = given('idle')
  const [course, lab, cloud] = [given('course'), given('lab'), given('cloud')]
  const ids = address.getAll('id')
  const owner = given('owner')
  const reason = given('reason')
  if ([course, lab, cloud, ...ids].some((id) => id !== null && !uuid.test(id))) return null
  if (!isListState(state) || (idle !== null && !isIdleChoice(idle))) return null
  if ((owner?.length ?? 0) > MOST_OWNER || (reason !== null && !/^[a-z_.]{1,60}$/.test(reason))) return null
  return { state, course, lab, cloud, idle, owner, reason, ids }
}

function isListState(text: string): text is ListState {
  return (listStates as readonly string[]).includes(text)
}

function isIdleChoice(text: string): text is IdleChoice {
  return Object.hasOwn(idleChoices, text)
}

/** The conditions as names and values of an address, or of the fields of a form. */
export function filterFields({ state, course, lab, cloud, idle, owner, reason, ids }: ListFilter): [string, string][] {
  const fields: [string, string | null][] = [
    ['state', state === 'all' ? null : state],
    ['course', course],
    ['lab', lab],
    ['cloud', cloud],
    ['idle', idle],
    ['owner', owner],
    ['reason', reason],
    ...ids.map((id): [string, string] => ['id', id]),
  ]
  return fields.flatMap(([name, value]) => (value === null ? [] : [[name, value]]))
}

/** The address of a list, e.g. `/operator?state=ready`. */
export function listAddress(filter: ListFilter, path = '/operator', more: Record<string, string> = {}): string {
  const query = new URLSearchParams([...filterFields(filter), ...Object.entries(more)]).toString()
  return query === '' ? path : `${path}?${query}`
}

/** The same for `lib/environments`. */
export function environmentsMeant(filter: ListFilter) {
  if (filter.ids.length > 0) return { ids: filter.ids }
  const { state, course, lab, cloud, idle, owner, reason } = filter
  return {
    phases: phasesOf[state] ?? undefined,
    marked: state === 'marked' ? true : undefined,
    courseId: course ?? undefined,
    labId: lab ?? undefined,
    cloudId: cloud ?? undefined,
    idleMs: idle === null ? undefined : idleChoices[idle],
    owner: owner ?? undefined,
    reasonCode: reason ?? undefined,
  }
}

/** How many are in a state, of counts by phase. */
export function countIn(state: ListState, { byPhase, marked }: { byPhase: Partial<Record<Phase, number>>; marked: number }): number {
  if (state === 'marked') return marked
  const phases = phasesOf[state]
  const counted = phases ?? (Object.keys(byPhase) as Phase[]).filter((phase) => phase !== 'deleted')
  return counted.reduce((sum, phase) => sum + (byPhase[phase] ?? 0), 0)
}
