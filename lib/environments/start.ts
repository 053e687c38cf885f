import { randomUUID } from 'node:crypto'
import type { LaunchActor } from '../access/actor.ts'
import { authorise } from '../access/policy.ts'
import { inTransaction } from '../db.ts'
import { fail } from '../errors.ts'
import { appendAudit } from '../ledger.ts'
import { ensureEnvironment } from './ensure.ts'
import { awakeByOrder, freshStart } from './intent.ts'
import { ownerActions } from './phase.ts'
import { ownEnvironment, tell } from './reset.ts'

/**
 * "Try again": a failed environment gets new attempts; in the place of a deleted one a new one is made.
 * @returns the id of the environment that is now on its way
 * @throws Failure access.denied, environment.not_found, environment.action_refused (not in this phase), lab.not_chosen
 */
export async function startEnvironment(
  actor: LaunchActor,
  request: { environmentId?: string; correlationId?: string } = {},
): Promise<string> {
  const environment = await ownEnvironment(actor, request.environmentId)
  authorise(actor, 'environment.start', environment)
  const { id, phase, generation } = environment
  if (!ownerActions(environment).includes('start')) throw fail('environment.action_refused')
  const correlationId = request.correlationId ?? randomUUID()
  return inTransaction(async (transaction) => {
    const note = { action: 'environment.start', subjectKind: 'environment', correlationId }
    if (environment.deletedAt !== null) {
      const { launchId, userId, courseId, resourceLinkId } = actor
      const fresh = await ensureEnvironment(transaction, { launchId, userId, courseId, resourceLinkId, correlationId })
      if (fresh === null) throw fail('lab.not_chosen')
      await appendAudit(transaction, actor, { ...note, subjectId: fresh })
      return fresh
    }
    const now = new Date()
    // Machines that have been worked on are woken once more, never built anew.
    const data = environment.wasReady ? awakeByOrder(now) : ({ ...freshStart(now), intent: 'running', phase: 'queued' } as const)
    const where = { id, generation, phase, deletedAt: null } as const
    const { count } = await transaction.environment.updateMany({ where, data: { ...data, correlationId } })
    // Somebody has said the same a moment ago.
    if (count === 0) return id
    await tell(transaction, { id, generation, kind: 'start', phase: data.phase, actorId: actor.userId, correlationId })
    await appendAudit(transaction, actor, { ...note, subjectId: id })
    return id
  })
}
