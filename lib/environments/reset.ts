import { randomUUID } from 'node:crypto'
import type { LaunchActor } from '../access/actor.ts'
import { authorise } from '../access/policy.ts'
import { passing } from '../crash-points.ts'
import { inTransaction, notify, prisma, type Transaction } from '../db.ts'
import { fail } from '../errors.ts'
import { appendAudit } from '../ledger.ts'
import { resetByOrder } from './intent.ts'
import { phaseFacts } from './phase.ts'
import { reviveLost } from './revive.ts'
import { environmentIdOf } from './view.ts'

export type ResetRequest = {
  /** Default: the person's own in the place of their launch. */
  environmentId?: string
  /** The generation that the person saw. Another one stands already: then nothing is done, so that two clicks reset once. */
  generation?: number
  correlationId?: string
}

/**
 * New machines for old ones, which are erased first. Only intent is written: a worker does it.
 * @returns the environment's id
 * @throws Failure access.denied, environment.not_found, environment.action_refused (not in this phase)
 */
export async function resetEnvironment(actor: LaunchActor, request: ResetRequest = {}): Promise<string> {
  const environment = await ownEnvironment(actor, request.environmentId)
  authorise(actor, 'environment.reset', environment)
  const { id, generation, phase } = environment
  if (request.generation !== undefined && request.generation !== generation) return id
  if (!phaseFacts(phase).actions.includes('reset') || environment.intent === 'deleted') throw fail('environment.action_refused')
  const correlationId = request.correlationId ?? randomUUID()
  const write = async (transaction: Transaction) => {
    const now = new Date()
    await reviveLost(transaction, [id])
    const { count } = await transaction.environment.updateMany({
      where: { id, generation, deletedAt: null, intent: { not: 'deleted' } },
      data: { ...resetByOrder(now), correlationId },
    })
    if (count === 0) return
    await tell(transaction, { id, generation: generation + 1, kind: 'reset', actorId: actor.userId, correlationId })
    await appendAudit(transaction, actor, { action: 'environment.reset', subjectKind: 'environment', subjectId: id, correlationId })
  }
  await passing('commit reset ordered', () => inTransaction(write))
  return id
}

/** The row of a person's own environment, with what the policy asks. @throws Failure environment.not_found */
export async function ownEnvironment(actor: LaunchActor, environmentId?: string) {
  const id = environmentId ?? (await environmentIdOf(actor))
  const found = id === null ? null : await prisma().environment.findUnique({ where: { id }, include: { members: true } })
  if (!found) throw fail('environment.not_found')
  return { ...found, memberIds: found.members.filter(({ role }) => role === 'owner').map(({ userId }) => userId) }
}

export type Told = {
  id: string
  generation: number
  kind: string
  actorId: string | null
  correlationId: string | null
  phase?: 'queued' | 'building' | 'deleting' | 'suspending' | 'resuming'
  detail?: string
}

/** Notes an event and wakes whoever works on the environment or shows it. */
export async function tell(transaction: Transaction, { id, ...event }: Told): Promise<void> {
  await transaction.environmentEvent.create({ data: { environmentId: id, ...event } })
  await notify(transaction, 'environment_work', id)
  await notify(transaction, 'environment_changed', id)
}
