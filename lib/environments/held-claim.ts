import { prisma, type Transaction } from '../db.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import type { Claim } from './claim.ts'
import type { Loaded } from './load.ts'

/*
 * Writing, and asking of a cloud, as the holder of a claim and only as that.
 */

/** The claim is no longer ours: somebody else has claimed, or a person has spoken. Recognise it with `isStaleClaim`. */
export function staleClaim(): Error {
  return Object.assign(new Error('this claim has been overtaken'), { name: STALE })
}

const STALE = 'StaleClaim'

export function isStaleClaim(error: unknown): boolean {
  return error instanceof Error && error.name === STALE
}

/**
 * Writes to an environment as the holder of a claim.
 * @param unless what must stand in the row as it was loaded: activity moves deadlines without moving the claim's number
 * @throws StaleClaim: nothing was written
 */
export async function guarded(
  transaction: Pick<Transaction, 'environment'>,
  { environmentId, fence }: Claim,
  data: Prisma.EnvironmentUncheckedUpdateManyInput,
  unless: Pick<Loaded['row'], 'suspendAt' | 'limitAt'> | null = null,
): Promise<void> {
  const where = { id: environmentId, fence, ...(unless === null ? {} : { suspendAt: unless.suspendAt, limitAt: unless.limitAt }) }
  const { count } = await transaction.environment.updateMany({ where, data })
  if (count === 0) throw staleClaim()
}

/** A process that stood still for so long may have lost its claim to another. */
const FRESH_MS = 1_500

/**
 * Makes sure that a claim is still held, right before something is asked of a cloud.
 * @param endsWork what is asked cannot be undone: whoever has spoken a moment ago is heard, too
 * @throws StaleClaim
 */
export async function confirmClaim({ claim, loadedAt }: Loaded, endsWork: boolean): Promise<void> {
  if (!endsWork && performance.now() - loadedAt < FRESH_MS) return
  const { environmentId, fence } = claim
  const held = await prisma().environment.count({ where: { id: environmentId, fence } })
  if (held === 0) throw staleClaim()
}
