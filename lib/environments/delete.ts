import { randomUUID } from 'node:crypto'
import type { CommandLineActor, OperatorActor } from '../access/actor.ts'
import { authorise } from '../access/policy.ts'
import { inTransaction, prisma } from '../db.ts'
import { fail } from '../errors.ts'
import { actorId, appendAudit } from '../ledger.ts'
import { tell } from './reset.ts'

export type DeletionOrder = {
  reason: string
  /** Until then it can be undone; absent: at once. */
  notBefore?: Date
  correlationId?: string
}

const MOST_REASON = 500

/**
 * Orders the deletion of an environment with its machines and disks. Only intent is written: a worker does it, and never gives up.
 * Ordering what is ordered already changes nothing.
 * @throws Failure access.denied, environment.not_found (also: already gone), input.invalid (no reason)
 */
export async function deleteEnvironment(actor: OperatorActor | CommandLineActor, id: string, order: DeletionOrder): Promise<void> {
  authorise(actor, 'environment.delete')
  const reason = order.reason.trim()
  if (reason === '' || reason.length > MOST_REASON)
    throw fail('input.invalid', { detail: `A reason of up to ${MOST_REASON} characters is needed.` })
  const environment = await findStanding(id)
  const now = new Date()
  const deleteAt = order.notBefore && order.notBefore > now ? order.notBefore : now
  const atOnce = deleteAt === now
  const correlationId = order.correlationId ?? randomUUID()
  await inTransaction(async (transaction) => {
    const { count } = await transaction.environment.updateMany({
      where: { id, deletedAt: null, intent: { not: 'deleted' } },
      data: {
        deleteAt,
        deleteReason: reason,
        deleteActorId: actorId(actor),
        correlationId,
        retryAt: null,
        nextCheckAt: now,
        fence: { increment: 1 },
        ...(atOnce ? { intent: 'deleted', phase: 'deleting', phaseAt: now, reasonCode: null, reasonDetail: null } : {}),
      },
    })
    if (count === 0) return
    const phase = atOnce ? ({ phase: 'deleting' } as const) : {}
    const { generation } = environment
    await tell(transaction, { id, generation, kind: 'delete', ...phase, actorId: actorId(actor), correlationId, detail: reason })
    await appendAudit(transaction, actor, {
      action: 'environment.delete',
      subjectKind: 'environment',
      subjectId: id,
      reason,
      correlationId,
    })
  })
}

/**
 * Takes a deletion back whose time has not come.
 * @throws Failure access.denied, environment.not_found, environment.action_refused (none is ordered, or it has begun)
 */
export async function undeleteEnvironment(
  actor: OperatorActor | CommandLineActor,
  id: string,
  request: { correlationId?: string } = {},
): Promise<void> {
  authorise(actor, 'environment.delete')
  const { generation } = await findStanding(id)
  const correlationId = request.correlationId ?? randomUUID()
  const now = new Date()
  await inTransaction(async (transaction) => {
    const { count } = await transaction.environment.updateMany({
      where: { id, deletedAt: null, intent: { not: 'deleted' }, deleteAt: { gt: now } },
      data: { deleteAt: null, deleteReason: null, deleteActorId: null, nextCheckAt: now, fence: { increment: 1 } },
    })
    if (count === 0) throw fail('environment.action_refused')
    await tell(transaction, { id, generation, kind: 'undelete', actorId: actorId(actor), correlationId })
    await appendAudit(transaction, actor, { action: 'environment.undelete', subjectKind: 'environment', subjectId: id, correlationId })
  })
}

async function findStanding(id: string): Promise<{ generation: number }> {
  const found = await prisma().environment.findFirst({ where: { id, deletedAt: null }, select: { generation: true } })
  if (!found) throw fail('environment.not_found')
  return found
}
