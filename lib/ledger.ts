import type { Transaction } from './db.ts'

/*
 * The two ledgers. They only grow: the database refuses updates and deletions. They hold ids, never names.
 */

/** Whoever acts, as far as the ledger wants to know (lib/access/actor.ts has the whole). */
export type Acting = { kind: 'launch' | 'operator'; userId: string } | { kind: 'command_line' }

export type AuditNote = {
  /** e.g. `environment.delete` */
  action: string
  subjectKind: string
  subjectId: string | null
  reason?: string | null
  correlationId?: string | null
}

/** Writes down who did what to whom. `system`: nobody did, a policy or the product itself acted. */
export async function appendAudit(transaction: Transaction, actor: Acting | 'system', note: AuditNote): Promise<void> {
  await appendAudits(transaction, actor, [note])
}

/** The same of many things that somebody did at once. */
export async function appendAudits(transaction: Transaction, actor: Acting | 'system', notes: readonly AuditNote[]): Promise<void> {
  const actorKind = actor === 'system' ? 'system' : actor.kind === 'command_line' ? 'command_line' : 'person'
  await transaction.auditEntry.createMany({
    data: notes.map(({ action, subjectKind, subjectId, reason = null, correlationId = null }) => ({
      actorKind,
      actorId: actorId(actor),
      action,
      subjectKind,
      subjectId,
      reason,
      correlationId,
    })),
  })
}

/** The user behind an actor; null for the command line and the system. */
export function actorId(actor: Acting | 'system'): string | null {
  return actor === 'system' || actor.kind === 'command_line' ? null : actor.userId
}

export type UsageOwner = {
  environmentId: string
  userId: string | null
  courseId: string | null
  labId: string | null
  cloudId: string | null
}

/**
 * Brings the ledger of one environment to what it uses now, e.g. `{ server: 2, floating_ip: 2 }`; `{}`: nothing any more. Entries are
 * differences, so that saying the same twice writes nothing.
 */
export async function recordUsage(transaction: Transaction, owner: UsageOwner, uses: Record<string, number>): Promise<void> {
  const before = await transaction.usageEntry.groupBy({
    by: ['resource'],
    where: { environmentId: owner.environmentId },
    _sum: { amount: true },
  })
  const differences = new Map(Object.entries(uses))
  for (const { resource, _sum } of before) differences.set(resource, (differences.get(resource) ?? 0) - (_sum.amount ?? 0))
  const data = [...differences].filter(([, amount]) => amount !== 0).map(([resource, amount]) => ({ ...owner, resource, amount }))
  if (data.length > 0) await transaction.usageEntry.createMany({ data })
}
