import { cloudForNewEnvironment } from '../clouds.ts'
import { config } from '../config.ts'
import { prisma } from '../db.ts'
import { type Failure, isFailure } from '../errors.ts'
import type { Environment, Stack } from '../generated/prisma/client.ts'
import type { Lab } from '../labs/lab.ts'
import { type Lifecycle, readLifecycle, withinBounds } from '../labs/lifecycle.ts'
import { labVersion } from '../labs/store.ts'
import type { Claim } from './claim.ts'
import type { EnvironmentFacts } from './decide.ts'
import { phaseFacts } from './phase.ts'

export type StackRow = Stack

/** Everything in rows that a step about one environment begins with. */
export type Loaded = {
  claim: Claim
  row: Environment
  /** For which we still answer, oldest generation first. */
  stacks: StackRow[]
  lab: { labId: string; lab: Lab } | Failure
  /** When its rows were read, by a clock that is never put back (`performance.now()`). */
  loadedAt: number
}

/** Null where the claim has been lost. */
export async function loadForStep(claim: Claim): Promise<Loaded | null> {
  const loadedAt = performance.now()
  const found = await prisma().environment.findUnique({
    where: { id: claim.environmentId },
    include: { stacks: { where: { goneAt: null }, orderBy: [{ generation: 'asc' }, { attempt: 'asc' }] } },
  })
  if (!found || found.leaseOwner !== claim.owner) return null
  const { stacks, ...row } = found
  const lab = await labVersion(row.labVersionId).catch((error: unknown) => {
    if (isFailure(error)) return error
    throw error
  })
  // A person may have spoken between the claim and now: then these rows hold what they said, and their number counts.
  return { claim: { ...claim, fence: row.fence }, row, stacks, lab, loadedAt }
}

export type Placement = Awaited<ReturnType<typeof cloudForNewEnvironment>>

/** The cloud of an environment without a stack: where it is, or where it would go. */
export async function place({ row }: Loaded): Promise<Placement> {
  const found = await cloudForNewEnvironment()
  return 'cloudId' in found && row.cloudId !== null ? { cloudId: row.cloudId } : found
}

const DEFAULT_READY_SECONDS = 900
const ms = (at: Date | null) => at?.getTime() ?? null

/** How long Heat may take to create the stack of a lab, in whole minutes. */
export function createMinutes(lab: Lab | null): number {
  return Math.max(1, Math.ceil((lab?.readyTimeoutSeconds ?? DEFAULT_READY_SECONDS) / 60))
}

/** When the machines of a lab sleep, within what the operator allows; what holds for any lab where this one cannot be read. */
export function lifecycleOf(lab: Lab | null): Lifecycle {
  return withinBounds(lab?.lifecycle ?? readLifecycle(undefined), config().lifecycle)
}

/** The same for a lab version. @param from see labVersion */
export async function lifecycleOfVersion(versionId: string, from?: Parameters<typeof labVersion>[1]): Promise<Lifecycle> {
  const version = await labVersion(versionId, from).catch((error: unknown) => {
    if (isFailure(error)) return null
    throw error
  })
  return lifecycleOf(version?.lab ?? null)
}

/** The row of an environment as the decision wants it. */
export function factsOf({ row, lab }: Loaded, { placed, usualMs }: Pick<EnvironmentFacts, 'placed' | 'usualMs'>): EnvironmentFacts {
  const known = 'lab' in lab ? lab.lab : null
  const { idleMs, warnMs, how, otherwise, jobMs, sittingMs } = lifecycleOf(known)
  return {
    intent: row.intent,
    suspendAt: ms(row.suspendAt),
    limitAt: ms(row.limitAt),
    warnedAt: ms(row.warnedAt),
    awakeAt: ms(row.awakeAt),
    lastActivityAt: ms(row.lastActivityAt),
    deleteAt: ms(row.deleteAt),
    wasReady: row.wasReady,
    failures: row.failures,
    sleepFailures: row.sleepFailures,
    sleepHow: row.sleepHow,
    retryAt: ms(row.retryAt) ?? 0,
    movingSince: phaseFacts(row.phase).moving ? row.phaseAt.getTime() : null,
    placed,
    idleMs,
    warnMs,
    how,
    otherwise,
    jobMs,
    sittingMs,
    // Heat's own deadline comes first; ours is for a Heat that forgot.
    createLimitMs: (createMinutes(known) + 2) * 60_000,
    usualMs,
  }
}
