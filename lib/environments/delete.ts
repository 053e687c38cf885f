import { authorise } from '../access/policy.ts'
import { fail } from '../errors.ts'
import { carryOut, checkedReason, type Operating } from './operate.ts'

export type DeletionOrder = {
  reason: string
  /** Until then it can be undone; absent: at once. */
  notBefore?: Date
  correlationId?: string
}

/**
 * Orders the deletion of an environment with its machines and disks. Only intent is written: a worker does it, and never gives up.
 * Ordering what is ordered for then or earlier already changes nothing.
 * @throws Failure access.denied, environment.not_found (also: already gone), input.invalid (no reason)
 */
export async function deleteEnvironment(actor: Operating, id: string, request: DeletionOrder): Promise<void> {
  authorise(actor, 'environment.delete')
  const reason = checkedReason(request.reason, { needed: true }) ?? ''
  const now = new Date()
  const { notBefore } = request
  const atOnce = notBefore === undefined || notBefore <= now
  await carryOut(actor, id, { action: 'delete', reason, deleteAt: atOnce ? now : notBefore, atOnce }, request)
}

/**
 * Takes a deletion back whose time has not come.
 * @throws Failure access.denied, environment.not_found, environment.action_refused (none is ordered, or it has begun)
 */
export async function undeleteEnvironment(actor: Operating, id: string, request: { correlationId?: string } = {}): Promise<void> {
  authorise(actor, 'environment.delete')
  const changed = await carryOut(actor, id, { action: 'undelete' }, request)
  if (!changed) throw fail('environment.action_refused')
}
