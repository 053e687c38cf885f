import type { Environment } from '../generated/prisma/client.ts'
import type { Lab } from '../labs/lab.ts'
import type { Lifecycle } from '../labs/lifecycle.ts'
import { activityStepMs, afterUse } from './activity.ts'
import { askedAgain } from './execute.ts'
import type { Loaded, StackRow } from './load.ts'
import { type Entry, environmentChange, stackChanges, stacksAfter } from './record.ts'

/*
 * The database of the simulation: one environment's row and its stacks, with leases and fences as in claim.ts and record.ts. What is
 * written comes from the real code; what SQL does with it is told again here.
 */

export type Patch = { [Key in keyof Environment]?: Environment[Key] | { increment: number } }

const LEASE_MS = 5_000
const NO_LEASE_MS = 60_000

export class FakeBooks {
  row: Environment
  stacks: StackRow[] = []
  readonly lab: { labId: string; lab: Lab }
  readonly lifecycle: Lifecycle
  /** The lease is renewed in time, whatever its row says. */
  held = false
  #made = 0

  constructor(lifecycle: Lifecycle, now: number) {
    this.lifecycle = lifecycle
    this.lab = { labId: 'lab', lab: { readyTimeoutSeconds: 60, lifecycle } as Lab }
    this.row = newRow(new Date(now))
  }

  apply(patch: Patch): void {
    const row = this.row as unknown as Record<string, unknown>
    for (const key in patch) {
      const value = patch[key as keyof Patch]
      if (value === undefined) continue
      if (value === null || typeof value !== 'object' || value instanceof Date) row[key] = value
      else if (typeof row[key] === 'bigint') row[key] = row[key] + BigInt(value.increment)
      else row[key] = Number(row[key]) + value.increment
    }
  }

  /** claim.ts: whether it may be claimed at this time of the database's clock. */
  isFree(databaseNow: number): boolean {
    const { leaseUntil } = this.row
    if (this.held) return false
    return leaseUntil === null || leaseUntil.getTime() < databaseNow || leaseUntil.getTime() > databaseNow + NO_LEASE_MS
  }

  claim(owner: string, databaseNow: number): void {
    this.apply({ leaseOwner: owner, leaseUntil: new Date(databaseNow + LEASE_MS), fence: { increment: 1 } })
    this.held = true
  }

  /** The lease is renewed no more. */
  abandon(owner: string, until: number): void {
    if (this.row.leaseOwner !== owner) return
    this.held = false
    this.row.leaseUntil = new Date(until)
  }

  letGo(owner: string): void {
    if (this.row.leaseOwner !== owner) return
    this.held = false
    this.row.leaseOwner = null
    this.row.leaseUntil = null
  }

  /** load.ts; null where the claim has been lost. */
  load(owner: string, loadedAt: number): Loaded | null {
    const { row } = this
    if (row.leaseOwner !== owner) return null
    const stacks = this.stacks.filter(({ goneAt }) => goneAt === null)
    return { claim: { environmentId: row.id, owner, fence: row.fence }, row: { ...row }, stacks, lab: this.lab, loadedAt }
  }

  isHeld({ claim }: Loaded): boolean {
    return this.row.fence === claim.fence
  }

  /** record.ts, guarded; null: the claim is stale, nothing was written. */
  guarded({ claim, row }: Loaded, patch: Patch, withDeadlines: boolean): boolean {
    if (this.row.fence !== claim.fence) return false
    const same = (one: Date | null, other: Date | null) => one?.getTime() === other?.getTime()
    if (withDeadlines && !(same(row.suspendAt, this.row.suspendAt) && same(row.limitAt, this.row.limitAt))) return false
    this.apply(patch)
    return true
  }

  /** record.ts, record; null: the claim is stale, nothing was written. */
  record(loaded: Loaded, entry: Entry): Loaded | null {
    const environment = environmentChange(loaded, entry) as Patch
    const changes = stackChanges(loaded, entry)
    const { sitting } = entry.books
    if (!this.guarded(loaded, environment, sitting?.kind === 'warned' || sitting?.kind === 'held')) return null
    if (entry.release) this.held = false
    // Whoever lets go does not ask what became of it.
    if (entry.release && changes.length === 0) return loaded
    for (const { id, data } of changes) this.stacks = this.stacks.map((stack) => (stack.id === id ? { ...stack, ...data } : stack))
    return { ...loaded, row: { ...loaded.row, ...environment } as Environment, stacks: stacksAfter(loaded, changes) }
  }

  /** execute.ts, writeDown: the row of a stack before its create is asked for; null: the claim is stale. */
  writeStack(loaded: Loaded, requestedAt: Date): StackRow | null {
    if (!this.isHeld(loaded)) return null
    const { id: environmentId, generation } = loaded.row
    const standing = loaded.stacks.find((stack) => stack.generation === generation)
    if (standing) {
      const stack = { ...standing, ...askedAgain(requestedAt) }
      this.stacks = this.stacks.map((one) => (one.id === stack.id ? stack : one))
      return stack
    }
    const attempt = 1 + this.stacks.filter((stack) => stack.generation === generation).length
    this.#made += 1
    const name = `g${generation}-a${attempt}`
    const nothing = { heatId: null, action: null, status: null, statusReason: null, observedAt: null }
    const times = { requestedAt, createdAt: requestedAt, completedAt: null, goneAt: null, missingAt: null }
    const stack = { id: `row-${this.#made}`, environmentId, cloudId: 'cloud', generation, attempt, name, ...nothing, ...times }
    this.stacks.push(stack)
    return stack
  }

  /** activity.ts: what its SQL does. @returns for how long it need not be told again */
  touch(now: Date): number {
    const { row, lifecycle } = this
    const { idleMs, warnMs } = lifecycle
    const stepMs = activityStepMs(idleMs)
    if (row.deletedAt !== null) return stepMs
    const last = row.lastActivityAt
    const limitIsFar = row.limitAt === null || row.limitAt.getTime() > now.getTime() + warnMs
    const isStale = last === null || last.getTime() <= now.getTime() - stepMs || last > now
    if (row.touchedAt !== null && !isStale && !(row.warnedAt !== null && limitIsFar)) return stepMs
    const { suspendAt, lookAt } = afterUse(lifecycle, now)
    const isAwake = row.phase === 'ready' && row.intent === 'running' && row.awakeAt !== null
    this.apply({
      touchedAt: row.touchedAt ?? now,
      lastActivityAt: now,
      heldHost: null,
      heldCommand: null,
      ...(isAwake ? { suspendAt, nextCheckAt: earlier(row.nextCheckAt, lookAt) } : {}),
      ...(limitIsFar ? { warnedAt: null } : {}),
    })
    return stepMs
  }
}

/** SQL's least(). */
function earlier(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other
  return one < other ? one : other
}

function newRow(now: Date): Environment {
  const nobody = { ownerKey: 'ada', cloudId: 'cloud', courseId: null, resourceLinkId: null, correlationId: null }
  const unused = { touchedAt: null, lastActivityAt: null, readyAt: null, deletedAt: null, retryAt: null, checkedAt: null }
  const sitting = { suspendAt: null, limitAt: null, extensions: 0, awakeAt: null, warnedAt: null, heldHost: null, heldCommand: null }
  const sleep = { sleepWhy: null, sleepHow: null, sleepFailures: 0 }
  const deletion = { deleteAt: null, deleteReason: null, deleteActorId: null }
  const counters = { generation: 1, failures: 0, fence: 0n, wasReady: false, reasonCode: null, reasonDetail: null }
  const wanted = { intent: 'running', phase: 'queued', phaseAt: now, nextCheckAt: now, createdAt: now, leaseOwner: null, leaseUntil: null }
  const row = {
    id: 'environment',
    labVersionId: 'version',
    ...nobody,
    ...unused,
    ...sitting,
    ...sleep,
    ...deletion,
    ...counters,
    ...wanted,
  }
  return row as Environment
}
