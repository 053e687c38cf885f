import { prisma, type Transaction } from '../db.ts'
import { announceAt } from './deadlines.ts'
import { lifecycleOf, lifecycleOfVersion } from './load.ts'

/*
 * Use of an environment: it moves the idle deadline, and takes back a warning. It is told often and written seldom.
 */

const LEAST_STEP_MS = 250
const LONGEST_STEP_MS = 60_000

/** How much of the idle time may pass unwritten. Pure. */
export function activityStepMs(idleMs: number | null): number {
  return Math.max(LEAST_STEP_MS, Math.min(LONGEST_STEP_MS, (idleMs ?? Number.POSITIVE_INFINITY) / 20))
}

/**
 * The idle deadline after use, and when a worker has to look at the latest: the next look is ahead of that, unless a clock was put back
 * since it was set. Null: it never falls asleep for want of use. Pure.
 */
export function afterUse({ idleMs, warnMs }: { idleMs: number | null; warnMs: number }, now: Date) {
  if (idleMs === null) return { suspendAt: null, lookAt: null }
  const at = now.getTime() + idleMs
  const lookAt = announceAt({ suspendAt: at, limitAt: null, warnedAt: null, warnMs }) ?? at
  return { suspendAt: new Date(at), lookAt: new Date(lookAt) }
}

/**
 * Notes that somebody uses an environment: from the first time on it is theirs to lose. Whoever calls has asked whether they may.
 * @param by the transaction of which this is a part, if it is one
 * @returns for how many ms it need not be told again, unless a warning comes
 */
export async function touchEnvironment(
  environmentId: string,
  now: Date = new Date(),
  by: Pick<Transaction, 'environment' | 'labVersion' | '$executeRaw'> = prisma(),
): Promise<{ nextInMs: number }> {
  const row = await by.environment.findUnique({ where: { id: environmentId }, select: { labVersionId: true } })
  const { idleMs, warnMs } = row ? await lifecycleOfVersion(row.labVersionId, by) : lifecycleOf(null)
  const stepMs = activityStepMs(idleMs)
  const stale = new Date(now.getTime() - stepMs)
  const warnTime = new Date(now.getTime() + warnMs)
  const { suspendAt, lookAt } = afterUse({ idleMs, warnMs }, now)
  // A warning of the end of the sitting is not taken back by use. A last use from the future was noted before a clock was put back.
  await by.$executeRaw`
    with moved as (
      update environment set
        touched_at = coalesce(touched_at, ${now}),
        last_activity_at = ${now},
        suspend_at = case when phase = 'ready' and intent = 'running' and awake_at is not null then ${suspendAt}::timestamptz else suspend_at end,
        next_check_at = case when phase = 'ready' and intent = 'running' and awake_at is not null
          then least(next_check_at, ${lookAt}::timestamptz) else next_check_at end,
        warned_at = case when limit_at is null or limit_at > ${warnTime} then null else warned_at end,
        held_host = null, held_command = null
      where id = ${environmentId}::uuid and deleted_at is null
        and (touched_at is null or last_activity_at is null or last_activity_at <= ${stale} or last_activity_at > ${now}
          or (warned_at is not null and (limit_at is null or limit_at > ${warnTime})))
      returning id, phase)
    select pg_notify('environment_changed', id::text) from moved where phase = 'ready'`
  return { nextInMs: stepMs }
}
