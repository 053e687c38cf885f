import { randomUUID } from 'node:crypto'
import { prisma } from '../db.ts'

/*
 * Who works on which environment. A claim is a short lease and a number that only grows: the lease keeps workers apart, the number
 * refuses what one of them writes after its lease was lost or a person has spoken. The database's clock decides.
 */

export type Claim = {
  environmentId: string
  /** Unique to this claim. */
  owner: string
  fence: bigint
}

const LEASE_SECONDS = 5
/** A lease that ends later than any could was given before the database's clock was put back. */
const NO_LEASE_SECONDS = 60

/** Claims up to `limit` environments that are due, longest overdue first. Those that others hold are passed over. */
export async function claimDue(limit: number): Promise<Claim[]> {
  const owner = randomUUID()
  // Times of the next look come from the clocks of processes: whichever of the two clocks is ahead, nothing is overlooked.
  const now = new Date()
  const rows = await prisma().$queryRaw<{ id: string; fence: bigint }[]>`
    update environment set lease_owner = ${owner}, lease_until = now() + make_interval(secs => ${LEASE_SECONDS}), fence = fence + 1
    from (
      select id as due_id from environment
      where next_check_at <= greatest(now(), ${now}) 
        and (lease_until is null or lease_until < now() or lease_until > now() + make_interval(secs => ${NO_LEASE_SECONDS}))
      order by next_check_at limit ${limit} for update skip locked
    ) due
    where id = due_id
    returning id, fence`
  return rows.map(({ id, fence }) => ({ environmentId: id, owner, fence }))
}

/** Holds what is held for another lease. @returns the owners whose leases still stand */
export async function renewLeases(owners: readonly string[]): Promise<Set<string>> {
  if (owners.length === 0) return new Set()
  const rows = await prisma().$queryRaw<{ lease_owner: string }[]>`
    update environment set lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
    where lease_owner = any(${[...owners]}) and lease_until >= now()
    returning lease_owner`
  return new Set(rows.map((row) => row.lease_owner))
}

/** Lets go after a step whose writes were refused: whatever moved the number on has also said when to look again. */
export async function letGo({ environmentId, owner }: Claim): Promise<void> {
  await prisma().environment.updateMany({ where: { id: environmentId, leaseOwner: owner }, data: { leaseOwner: null, leaseUntil: null } })
}
