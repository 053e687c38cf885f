import { authorise } from '../access/policy.ts'
import { prisma } from '../db.ts'
import { fail } from '../errors.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { isId } from './filter.ts'
import { type Operating, type OperatorAction, refusalOf } from './operate.ts'
import type { SleepHow, SleepWhy } from './phase.ts'
import { type EnvironmentSummary, summaryOf, summaryRow } from './summary.ts'
import { type Order, orderRow } from './write-order.ts'

/** Everything about one environment, for operators. Times are ISO 8601 in UTC. */
export type EnvironmentDetails = EnvironmentSummary & {
  intent: 'running' | 'suspended' | 'deleted'
  /** What may be ordered now and would change something. */
  actions: OperatorAction[]
  ownerKey: string | null
  deleteReason: string | null
  deletedAt: string | null
  touchedAt: string | null
  /** The present sitting; null while asleep. */
  awakeAt: string | null
  extensions: number
  /** How and why it sleeps, or slept until it began to wake. */
  sleep: { how: SleepHow; why: SleepWhy } | null
  sleepFailures: number
  failures: number
  /** When a worker looks next; null: it rests until somebody says something, or the cloud's list does. */
  nextCheckAt: string | null
  /** Who works on it at this moment. */
  lease: { owner: string; until: string } | null
  checkedAt: string | null
  hosts: { name: string; address: string; user: string; hostKeySource: 'signal' | 'first_use' | null }[]
  /** Newest first. */
  stacks: StackDetails[]
  /** Newest first; the newest 200. */
  events: EventDetails[]
}

export type StackDetails = {
  name: string
  heatId: string | null
  generation: number
  attempt: number
  state: string | null
  statusReason: string | null
  createdAt: string
  goneAt: string | null
  /** Its parts that failed, with the cloud's own words. */
  failedParts: { name: string; type: string; status: string; statusReason: string | null }[]
}

export type EventDetails = {
  id: string
  at: string
  generation: number
  kind: string
  phase: EnvironmentSummary['phase'] | null
  code: string | null
  detail: string | null
  /** Whether a person did it, and their name where it is known. */
  byPerson: boolean
  actorName: string | null
  correlationId: string | null
  /** It came with an order for many (lib/environments/bulk-result.ts). */
  bulkOrderId: string | null
}

export const MOST_EVENTS = 200

const detailsRow = {
  ...summaryRow,
  ...orderRow,
  ownerKey: true,
  deleteReason: true,
  awakeAt: true,
  extensions: true,
  sleepHow: true,
  sleepWhy: true,
  sleepFailures: true,
  failures: true,
  nextCheckAt: true,
  leaseOwner: true,
  leaseUntil: true,
  checkedAt: true,
  hosts: { orderBy: [{ position: 'asc' }] },
  stacks: { orderBy: { createdAt: 'desc' }, include: { resources: { where: { status: { endsWith: '_FAILED' } } } } },
  events: { orderBy: [{ at: 'desc' }, { id: 'desc' }], take: MOST_EVENTS },
} as const satisfies Prisma.EnvironmentSelect

type DetailsRow = Prisma.EnvironmentGetPayload<{ select: typeof detailsRow }>

const iso = (at: Date | null) => at?.toISOString() ?? null

/** @throws Failure access.denied, environment.not_found */
export async function environmentDetails(actor: Operating, id: string): Promise<EnvironmentDetails> {
  authorise(actor, 'environment.list_all')
  if (!isId(id)) throw fail('environment.not_found')
  const row = await prisma().environment.findUnique({ where: { id }, select: detailsRow })
  if (!row) throw fail('environment.not_found')
  const now = new Date()
  return {
    ...summaryOf(row, now),
    intent: row.intent,
    actions: actionsFor(row, now),
    ownerKey: row.ownerKey,
    deleteReason: row.deleteReason,
    deletedAt: iso(row.deletedAt),
    touchedAt: iso(row.touchedAt),
    awakeAt: iso(row.awakeAt),
    extensions: row.extensions,
    sleep: row.sleepWhy === null ? null : { how: row.sleepHow ?? 'suspend', why: row.sleepWhy },
    sleepFailures: row.sleepFailures,
    failures: row.failures,
    nextCheckAt: iso(row.nextCheckAt),
    lease: row.leaseOwner !== null && row.leaseUntil !== null && row.leaseUntil > now ? leaseOf(row.leaseOwner, row.leaseUntil) : null,
    checkedAt: iso(row.checkedAt),
    hosts: row.hosts
      .filter(({ generation }) => generation === row.generation)
      .map(({ name, address, user, hostKeySource }) => ({ name, address, user, hostKeySource })),
    stacks: row.stacks.map(stackOf),
    events: await eventsOf(row.events),
  }
}

const leaseOf = (owner: string, until: Date) => ({ owner, until: until.toISOString() })

/** Of a deletion, whichever there is: what would be ordered here is a later one. */
function actionsFor(row: DetailsRow, now: Date): OperatorAction[] {
  const deletion = { action: 'delete', reason: '', deleteAt: new Date(8.64e15), atOnce: false } as const
  const orders: Order[] = [
    { action: 'suspend', reason: null },
    { action: 'wake', reason: null },
    { action: 'reset', reason: null },
    deletion,
    { action: 'undelete' },
  ]
  return orders.filter((order) => refusalOf(order, row, now) === null).map(({ action }) => action)
}

function stackOf(stack: DetailsRow['stacks'][number]): StackDetails {
  const { name, heatId, generation, attempt, action, status, statusReason, createdAt, goneAt, resources } = stack
  return {
    name,
    heatId,
    generation,
    attempt,
    state: action === null || status === null ? null : `${action}_${status}`,
    statusReason,
    createdAt: createdAt.toISOString(),
    goneAt: iso(goneAt),
    failedParts: resources.map((part) => ({ name: part.name, type: part.type, status: part.status, statusReason: part.statusReason })),
  }
}

async function eventsOf(events: DetailsRow['events']): Promise<EventDetails[]> {
  const [names, orders] = await Promise.all([
    namesOf(events.map(({ actorId }) => actorId)),
    bulkOrdersAmong(events.map(({ correlationId }) => correlationId)),
  ])
  return events.map(({ id, at, generation, kind, phase, code, detail, actorId, correlationId }) => ({
    id,
    at: at.toISOString(),
    generation,
    kind,
    phase,
    code,
    detail,
    byPerson: actorId !== null,
    actorName: actorId === null ? null : (names.get(actorId) ?? null),
    correlationId,
    bulkOrderId: correlationId !== null && orders.has(correlationId) ? correlationId : null,
  }))
}

const known = (ids: (string | null)[]) => [...new Set(ids.filter((id) => id !== null))]

async function namesOf(ids: (string | null)[]): Promise<Map<string, string>> {
  const people = await prisma().person.findMany({ where: { userId: { in: known(ids) } }, select: { userId: true, name: true } })
  return new Map(people.flatMap(({ userId, name }) => (name === null ? [] : [[userId, name]])))
}

async function bulkOrdersAmong(ids: (string | null)[]): Promise<Set<string | null>> {
  const found = await prisma().auditEntry.findMany({
    where: { subjectKind: 'order', subjectId: { in: known(ids) } },
    select: { subjectId: true },
  })
  return new Set(found.map(({ subjectId }) => subjectId))
}
