import { randomUUID } from 'node:crypto'
import type { LaunchActor } from '../access/actor.ts'
import { authorise } from '../access/policy.ts'
import { passing } from '../crash-points.ts'
import { inTransaction } from '../db.ts'
import { fail } from '../errors.ts'
import { appendAudit } from '../ledger.ts'
import { asleepByOrder, awakeByOrder } from './intent.ts'
import { phaseFacts } from './phase.ts'
import { ownEnvironment, tell } from './reset.ts'

type Request = { environmentId?: string; correlationId?: string }

/**
 * "Sleep now": its owner puts it to sleep. Only intent is written: a worker does it, and never gives up.
 * @returns its id
 * @throws Failure access.denied, environment.not_found, environment.action_refused (not in this phase)
 */
export async function sleepEnvironment(actor: LaunchActor, request: Request = {}): Promise<string> {
  const environment = await ownEnvironment(actor, request.environmentId)
  authorise(actor, 'environment.sleep', environment)
  const { id, phase, intent } = environment
  if (intent === 'suspended') return id
  if (!phaseFacts(phase).actions.includes('sleep') || intent === 'deleted') throw fail('environment.action_refused')
  return order(actor, environment, { ...request, verb: 'sleep' })
}

/**
 * "Wake up": its owner wants it back as it was left. Waking what is awake changes nothing.
 * @returns its id
 * @throws Failure access.denied, environment.not_found, environment.action_refused (not in this phase)
 */
export async function wakeEnvironment(actor: LaunchActor, request: Request = {}): Promise<string> {
  const environment = await ownEnvironment(actor, request.environmentId)
  authorise(actor, 'environment.wake', environment)
  const { id, phase, intent } = environment
  if (intent === 'running' && (phase === 'resuming' || phase === 'ready')) return id
  if (!phaseFacts(phase).actions.includes('wake') || intent === 'deleted') throw fail('environment.action_refused')
  return order(actor, environment, { ...request, verb: 'wake' })
}

const orders = {
  sleep: { phase: 'suspending', write: asleepByOrder, from: ['running'] },
  wake: { phase: 'resuming', write: awakeByOrder, from: ['running', 'suspended'] },
} as const

async function order(
  actor: LaunchActor,
  { id, generation }: { id: string; generation: number },
  { verb, correlationId = randomUUID() }: Request & { verb: keyof typeof orders },
): Promise<string> {
  const { phase, write, from } = orders[verb]
  await passing(`commit ${verb} ordered`, () =>
    inTransaction(async (transaction) => {
      const where = { id, generation, deletedAt: null, intent: { in: [...from] } }
      const { count } = await transaction.environment.updateMany({ where, data: { ...write(new Date()), correlationId } })
      // Somebody has said otherwise a moment ago.
      if (count === 0) return
      await tell(transaction, { id, generation, kind: verb, phase, actorId: actor.userId, correlationId })
      await appendAudit(transaction, actor, { action: `environment.${verb}`, subjectKind: 'environment', subjectId: id, correlationId })
    }),
  )
  return id
}
