import { randomUUID } from 'node:crypto'
import type { LaunchActor } from '../access/actor.ts'
import { authorise } from '../access/policy.ts'
import { inTransaction } from '../db.ts'
import { fail } from '../errors.ts'
import { appendAudit } from '../ledger.ts'
import { extended, extensionOf } from './deadlines.ts'
import { lifecycleOfVersion } from './load.ts'
import { ownEnvironment, tell } from './reset.ts'

/**
 * "30 min more", within what the lab offers: so often in one sitting, and only when little is left.
 * @returns its id
 * @throws Failure access.denied, environment.not_found, environment.action_refused (not awake), environment.extension_refused
 */
export async function extendEnvironment(actor: LaunchActor, request: { correlationId?: string } = {}): Promise<string> {
  const environment = await ownEnvironment(actor)
  authorise(actor, 'environment.extend', environment)
  const { id, generation, phase, intent, suspendAt, limitAt, warnedAt, extensions, labVersionId } = environment
  if (phase !== 'ready' || intent !== 'running') throw fail('environment.action_refused')
  const now = new Date()
  const lifecycle = await lifecycleOfVersion(labVersionId)
  const ms = (at: Date | null) => at?.getTime() ?? null
  const sitting = { suspendAt: ms(suspendAt), limitAt: ms(limitAt), warnedAt: ms(warnedAt), warnMs: lifecycle.warnMs }
  const offer = extensionOf({ ...sitting, extensions }, lifecycle.extend)
  if (offer === null || now.getTime() < offer.from) throw fail('environment.extension_refused')
  const after = extended({ ...sitting, idleMs: lifecycle.idleMs }, offer.byMs, now.getTime())
  const date = (at: number | null) => (at === null ? null : new Date(at))
  const correlationId = request.correlationId ?? randomUUID()
  await inTransaction(async (transaction) => {
    const { count } = await transaction.environment.updateMany({
      // Two clicks at once extend once.
      where: { id, generation, extensions, phase: 'ready', intent: 'running', deletedAt: null },
      data: {
        suspendAt: date(after.suspendAt),
        limitAt: date(after.limitAt),
        warnedAt: null,
        extensions: { increment: 1 },
        lastActivityAt: now,
        nextCheckAt: now,
        correlationId,
        fence: { increment: 1 },
      },
    })
    if (count === 0) return
    await tell(transaction, { id, generation, kind: 'extend', actorId: actor.userId, correlationId })
    await appendAudit(transaction, actor, { action: 'environment.extend', subjectKind: 'environment', subjectId: id, correlationId })
  })
  return id
}
