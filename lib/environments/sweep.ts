import { inTransaction, notify, prisma, type Transaction } from '../db.ts'
import { log } from '../log.ts'
import type { ListedStack } from './cloud-watch.ts'
import type { Memory } from './step-memory.ts'

/*
 * What is at rest costs nothing of its own: all of a cloud's resting environments are held against one list of its stacks, twice a
 * minute, by whichever worker comes first. Only those of which the list says something else are looked at.
 */

/** A stack of an environment at rest, as it was last seen. */
export type RestingStack = {
  environmentId: string
  name: string
  action: string | null
  status: string | null
  /** It was not found when it was last looked for. */
  missing: boolean
  /** It was taken for gone. */
  lost: boolean
}

/** Which of them are not as they were left. Pure. */
export function changedBehindOurBack(
  resting: readonly RestingStack[],
  listed: ReadonlyMap<string, Pick<ListedStack, 'action' | 'status'>>,
): { changed: string[]; found: string[] } {
  const changed: string[] = []
  const found: string[] = []
  for (const { environmentId, name, action, status, missing, lost } of resting) {
    const stack = listed.get(name)
    if (lost) {
      if (stack && stack.action !== 'DELETE') found.push(environmentId)
    } else if (missing || (stack?.action ?? null) !== action || (stack?.status ?? null) !== status) changed.push(environmentId)
  }
  return { changed, found }
}

const EVERY_SECONDS = 30

/** Sweeps each cloud whose time has come; a cloud that does not answer is tried again at its next turn. It never fails. */
export async function sweepClouds(memory: Memory, now: () => number): Promise<void> {
  try {
    await forgetTheFuture(new Date(now()))
    const due = await claimSweeps(new Date(now()))
    await Promise.all(due.map((cloudId) => sweepCloud(memory, cloudId, now)))
  } catch (error) {
    log().warn({ err: error }, 'what is at rest could not be looked after')
  }
}

const CLOCKS_DIFFER_MS = 5_000

/** What was last looked at, asked for or used later than now waits for a time that a clock, put back since, has named. */
async function forgetTheFuture(now: Date): Promise<void> {
  const ahead = new Date(now.getTime() + CLOCKS_DIFFER_MS)
  await prisma().environment.updateMany({
    where: {
      OR: [{ checkedAt: { gt: ahead } }, { phaseAt: { gt: ahead } }, { lastActivityAt: { gt: ahead } }],
      nextCheckAt: { not: null, gt: now },
    },
    data: { nextCheckAt: now, checkedAt: now },
  })
}

/** A cloud with nothing at rest is not asked. A time from the future was written before a clock was put back. */
async function claimSweeps(now: Date): Promise<string[]> {
  const rows = await prisma().$queryRaw<{ id: string }[]>`
    update cloud set swept_at = ${now}
    where disabled_at is null
      and (swept_at is null or swept_at <= ${now}::timestamptz - make_interval(secs => ${EVERY_SECONDS}) or swept_at > ${now})
      and exists (select from environment where cloud_id = cloud.id and deleted_at is null and phase in ('ready', 'suspended', 'lost', 'failed'))
    returning id`
  return rows.map(({ id }) => id)
}

async function sweepCloud({ cloudOf }: Memory, cloudId: string, now: () => number): Promise<void> {
  try {
    const { watch } = await cloudOf(cloudId)
    const begunAt = new Date(now())
    const listed = await watch.stacks()
    const resting = await restingStacks(cloudId, begunAt)
    const { changed, found } = changedBehindOurBack(resting, listed)
    if (changed.length + found.length > 0) await inTransaction((transaction) => wakeWorkers(transaction, { changed, found, cloudId }))
  } catch (error) {
    log().warn({ err: error, cloudId }, 'a cloud could not be asked for what is at rest')
  }
}

/** What has changed since the list was begun is somebody's work in hand; what has in the future, by a clock put back since, is not. */
async function restingStacks(cloudId: string, before: Date): Promise<RestingStack[]> {
  const ahead = new Date(before.getTime() + CLOCKS_DIFFER_MS)
  return prisma().$queryRaw<RestingStack[]>`
    select environment.id as "environmentId", stack.name, stack.action, stack.status,
      (stack.missing_at is not null) as missing, (environment.phase = 'lost') as lost
    from environment join stack on stack.environment_id = environment.id and stack.generation = environment.generation
    where stack.cloud_id = ${cloudId}::uuid and environment.deleted_at is null and environment.lease_owner is null
      and (environment.checked_at is null or environment.checked_at < ${before} or environment.checked_at > ${ahead})
      and (environment.phase_at < ${before} or environment.phase_at > ${ahead})
      and ((stack.gone_at is null and environment.phase in ('ready', 'suspended', 'failed'))
        or (environment.phase = 'lost'
          and stack.attempt = (select max(attempt) from stack other where other.environment_id = environment.id and other.generation = environment.generation)))`
}

/** A stack that was taken for gone and is there again is ours again: nothing of it is lost. */
async function wakeWorkers(
  transaction: Transaction,
  { changed, found, cloudId }: { changed: string[]; found: string[]; cloudId: string },
): Promise<void> {
  if (found.length > 0) {
    await transaction.$executeRaw`
      update stack set gone_at = null, missing_at = null from environment
      where environment.id = stack.environment_id and stack.generation = environment.generation and stack.cloud_id = ${cloudId}::uuid
        and environment.id = any(${found}::uuid[]) and environment.phase = 'lost'`
  }
  const ids = [...changed, ...found]
  await transaction.$executeRaw`update environment set next_check_at = now() where id = any(${ids}::uuid[]) and deleted_at is null`
  await notify(transaction, 'environment_work', '')
}
