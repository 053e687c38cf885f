import { notify, type Transaction } from '../db.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { type Acting, actorId, appendAudits } from '../ledger.ts'
import { asleepByOrder, awakeByOrder, freshStart, resetByOrder } from './intent.ts'
import type { Phase } from './phase.ts'
import { reviveLost } from './revive.ts'

/** What somebody who runs this installation orders about environments. */
export type Order =
  | { action: 'suspend'; reason: string | null }
  | { action: 'wake'; reason: string | null }
  | { action: 'reset'; reason: string | null }
  /** `atOnce`: it cannot be taken back; otherwise until `deleteAt`. */
  | { action: 'delete'; reason: string; deleteAt: Date; atOnce: boolean }
  | { action: 'undelete' }

/** All of an environment's row that an order depends on. */
export const orderRow = {
  id: true,
  generation: true,
  phase: true,
  intent: true,
  reasonCode: true,
  wasReady: true,
  touchedAt: true,
  lastActivityAt: true,
  heldHost: true,
  heldCommand: true,
  deleteAt: true,
  deletedAt: true,
} as const satisfies Prisma.EnvironmentSelect

export type OrderRow = Prisma.EnvironmentGetPayload<{ select: typeof orderRow }>

/** The rows as they are now, held until the transaction ends: what is decided of them is still so when it is written. */
export async function lockForOrder(transaction: Transaction, ids: readonly string[]): Promise<OrderRow[]> {
  // In the same order everywhere, so that two who want the same rows wait for each other and never in a circle.
  await transaction.$queryRaw`select id from environment where id = any(${[...ids]}::uuid[]) order by id for update`
  return transaction.environment.findMany({ where: { id: { in: [...ids] } }, select: orderRow, orderBy: { id: 'asc' } })
}

/** What people are told as soon as the order is written. Pure. */
export function phaseAfter(
  order: Pick<Order, 'action'> & { atOnce?: boolean },
  { phase, wasReady }: Pick<OrderRow, 'phase' | 'wasReady'>,
): Phase {
  if (order.action === 'suspend') return 'suspending'
  // What failed on its way up, or waits in line, has no machines to wake: it gets new attempts.
  if (order.action === 'wake') return phase === 'queued' || (phase === 'failed' && !wasReady) ? 'queued' : 'resuming'
  if (order.action === 'reset') return 'building'
  return order.action === 'delete' && order.atOnce === true ? 'deleting' : phase
}

type Written = Prisma.EnvironmentUncheckedUpdateManyInput

/** What an order writes into the row of an environment: only what is wanted, and that the step in hand may write no more. */
function dataOf(order: Order, after: Phase, { now, by }: { now: Date; by: string | null }): Written {
  if (order.action === 'suspend') return asleepByOrder(now)
  if (order.action === 'wake') return after === 'queued' ? { ...freshStart(now), intent: 'running', phase: 'queued' } : awakeByOrder(now)
  if (order.action === 'reset') return resetByOrder(now)
  const atOnce = { nextCheckAt: now, fence: { increment: 1 } }
  if (order.action === 'undelete') return { ...atOnce, deleteAt: null, deleteReason: null, deleteActorId: null }
  const begun = { intent: 'deleted', phase: 'deleting', phaseAt: now, reasonCode: null, reasonDetail: null } as const
  return {
    ...atOnce,
    deleteAt: order.deleteAt,
    deleteReason: order.reason,
    deleteActorId: by,
    retryAt: null,
    ...(order.atOnce ? begun : {}),
  }
}

/** How an order is called in the history of an environment, and in the audit trail after `environment.`. */
export const orderKinds = { suspend: 'sleep', wake: 'wake', reset: 'reset', delete: 'delete', undelete: 'undelete' } as const

export type Writing = {
  order: Order
  /** Held, and decided: all of them are changed. */
  rows: readonly OrderRow[]
  /** One for everything that is ordered in one go. */
  correlationId: string
  now: Date
}

/** Writes an order down: the rows, their history, the audit trail; then workers and pages are told. */
export async function writeOrder(transaction: Transaction, actor: Acting, { order, rows, correlationId, now }: Writing): Promise<void> {
  const by = actorId(actor)
  const kind = orderKinds[order.action]
  const reason = order.action === 'undelete' ? null : order.reason
  if (order.action === 'reset' || order.action === 'delete')
    await reviveLost(
      transaction,
      rows.map(({ id }) => id),
    )
  const after = rows.map((row) => ({ id: row.id, phase: phaseAfter(order, row), row }))
  for (const [phase, group] of Map.groupBy(after, (one) => one.phase)) {
    const data = { ...dataOf(order, phase, { now, by }), correlationId }
    await transaction.environment.updateMany({ where: { id: { in: group.map(({ id }) => id) } }, data })
  }
  await transaction.environmentEvent.createMany({
    data: after.map(({ id, phase, row }) => ({
      environmentId: id,
      generation: order.action === 'reset' ? row.generation + 1 : row.generation,
      kind,
      phase: phase === row.phase ? null : phase,
      detail: reason,
      actorId: by,
      correlationId,
    })),
  })
  const notes = after.map(({ id }) => ({ action: `environment.${kind}`, subjectKind: 'environment', subjectId: id, reason, correlationId }))
  await appendAudits(transaction, actor, notes)
  const ids = after.map(({ id }) => id)
  await notify(transaction, 'environment_work', ids)
  await notify(transaction, 'environment_changed', ids)
}
