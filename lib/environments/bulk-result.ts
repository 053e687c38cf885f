import { authorise } from '../access/policy.ts'
import { prisma } from '../db.ts'
import { fail } from '../errors.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { type BulkDone, previewBulk, runPreviewed } from './bulk.ts'
import type { BulkOrder } from './bulk-plan.ts'
import { isId } from './filter.ts'
import type { Operating } from './operate.ts'
import { type EnvironmentSummary, summaryOf, summaryRow } from './summary.ts'
import { orderKinds } from './write-order.ts'

/** What one order for many has come to. Times are ISO 8601 in UTC. */
export type BulkResult = {
  orderId: string
  action: keyof typeof orderKinds
  at: string
  /** Null: at the command line, or by somebody whose name is not known any more. */
  actorName: string | null
  reason: string | null
  /** Those that were changed, as they are now. */
  environments: EnvironmentSummary[]
  /** Of these, deletions that can still be taken back. */
  undoable: number
}

/** An order is carried out within this time: so far apart are its first and its last note in the audit trail. */
const LONGEST_ORDER_MS = 10 * 60_000
const CLOCKS_MS = 60_000

/**
 * What was ordered for many at once, and how they are now.
 * @throws Failure access.denied, page.not_found (no such order)
 */
export async function bulkResult(actor: Operating, orderId: string): Promise<BulkResult> {
  authorise(actor, 'environment.list_all')
  const head = isId(orderId) ? await prisma().auditEntry.findFirst({ where: { subjectKind: 'order', subjectId: orderId } }) : null
  const action = (Object.keys(orderKinds) as (keyof typeof orderKinds)[]).find(
    (one) => head?.action === `environment.bulk_${orderKinds[one]}`,
  )
  if (!head || action === undefined) throw fail('page.not_found')
  const notes = await prisma().auditEntry.findMany({
    where: {
      subjectKind: 'environment',
      correlationId: orderId,
      at: { gte: new Date(head.at.getTime() - CLOCKS_MS), lte: new Date(head.at.getTime() + LONGEST_ORDER_MS) },
    },
    select: { subjectId: true },
  })
  const ids = notes.flatMap(({ subjectId }) => (subjectId === null ? [] : [subjectId]))
  const now = new Date()
  const [rows, person, undoable] = await Promise.all([
    prisma().environment.findMany({ where: { id: { in: ids } }, select: summaryRow, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] }),
    head.actorId === null ? null : prisma().person.findUnique({ where: { userId: head.actorId }, select: { name: true } }),
    action === 'delete' ? deletionsBy(orderId, ids, now) : [],
  ])
  return {
    orderId,
    action,
    at: head.at.toISOString(),
    actorName: person?.name ?? null,
    reason: head.reason,
    environments: rows.map((row) => summaryOf(row, now)),
    undoable: undoable.length,
  }
}

/** Those whose deletion was ordered by this order and by none after it, and has not begun. */
async function deletionsBy(orderId: string, ids: readonly string[], now: Date): Promise<string[]> {
  const marked: Prisma.EnvironmentWhereInput = { id: { in: [...ids] }, deleteAt: { gt: now }, intent: { not: 'deleted' } }
  const last = await prisma().environmentEvent.findMany({
    where: { kind: 'delete', environment: marked },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    select: { environmentId: true, correlationId: true },
  })
  const newest = new Map<string, string | null>()
  for (const { environmentId, correlationId } of last) if (!newest.has(environmentId)) newest.set(environmentId, correlationId)
  return [...newest].filter(([, correlationId]) => correlationId === orderId).map(([id]) => id)
}

/**
 * Takes back every deletion of an order whose time has not come.
 * @throws Failure access.denied, page.not_found, environment.action_refused (none is left to take back)
 */
export async function undoBulk(actor: Operating, orderId: string): Promise<BulkDone> {
  authorise(actor, 'environment.delete')
  const { environments } = await bulkResult(actor, orderId)
  const ids = await deletionsBy(
    orderId,
    environments.map(({ id }) => id),
    new Date(),
  )
  if (ids.length === 0) throw fail('environment.action_refused')
  const bulk: BulkOrder = { action: 'undelete', filter: { ids } }
  return runPreviewed(actor, bulk, await previewBulk(actor, bulk))
}
