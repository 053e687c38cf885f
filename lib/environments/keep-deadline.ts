import { randomUUID } from 'node:crypto'
import { passing } from '../crash-points.ts'
import { inTransaction, type Transaction } from '../db.ts'
import { asleepByDeadline, deletedByDeadline } from './account.ts'
import type { Deadline } from './act.ts'
import { guarded } from './held-claim.ts'
import type { Loaded } from './load.ts'

/**
 * Keeps a deadline: from this commit on the environment is falling asleep, or is being removed, whatever becomes of the call that follows.
 * @throws StaleClaim also where somebody has used it, or taken its deletion back, in this very moment
 */
export async function keepDeadline(loaded: Loaded, why: Deadline, now: Date): Promise<Loaded> {
  const { row, claim } = loaded
  const change = why === 'delete' ? deletedByDeadline(now) : asleepByDeadline(why, now)
  const { phase } = change
  await passing(`commit ${phase}`, async () => {
    const write = { ...change, reasonCode: null, reasonDetail: null, checkedAt: now }
    const { id: environmentId, generation, correlationId } = row
    const event = { environmentId, generation, correlationId, kind: 'phase', phase }
    await inTransaction(async (transaction) => {
      await guarded(transaction, claim, write, why === 'delete' ? null : row)
      // One way to the database instead of two: at noon many deadlines come at once.
      await noteAndNotify(transaction, event)
    })
  })
  return { ...loaded, row: { ...row, ...change, reasonCode: null, reasonDetail: null } }
}

type PhaseNote = { environmentId: string; generation: number; correlationId: string | null; kind: string; phase: string }

async function noteAndNotify(
  transaction: Transaction,
  { environmentId, generation, correlationId, kind, phase }: PhaseNote,
): Promise<void> {
  await transaction.$executeRaw`
    with noted as (
      insert into environment_event (id, environment_id, generation, kind, phase, correlation_id)
      values (${randomUUID()}::uuid, ${environmentId}::uuid, ${generation}, ${kind}, ${phase}::"Phase", ${correlationId}::uuid)
      returning environment_id)
    select pg_notify('environment_changed', environment_id::text) from noted`
}
