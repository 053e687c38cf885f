import type { Transaction } from '../db.ts'

/**
 * Before an order to reset or delete is written: a stack that was taken for gone may only not have been shown. It is ours to remove again,
 * so that it is looked for, and does not stay behind for nobody.
 * @param ids of environments; those that are not `lost` are left alone
 */
export async function reviveLost(transaction: Transaction, ids: readonly string[]): Promise<void> {
  await transaction.$executeRaw`
    update stack set gone_at = null, missing_at = null from environment
    where environment.id = any(${[...ids]}::uuid[]) and environment.phase = 'lost' and environment.deleted_at is null
      and stack.environment_id = environment.id and stack.generation = environment.generation and stack.gone_at is not null
      and stack.attempt = (select max(attempt) from stack other
                           where other.environment_id = environment.id and other.generation = environment.generation)`
}
