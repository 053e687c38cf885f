import { createHash } from 'node:crypto'
import type { EnvironmentFilter } from './filter.ts'
import { type OperatorAction, type Refusal, refusalOf } from './operate.ts'
import type { Phase } from './phase.ts'
import { type Order, type OrderRow, phaseAfter } from './write-order.ts'

/** One action for all environments that a filter finds. */
export type BulkOrder = {
  action: OperatorAction
  filter: EnvironmentFilter
  /** Of a deletion: so long, in milliseconds, it can be taken back; 0: not at all. Ten minutes where nothing is said. */
  graceMs?: number
  /** Of a reset or a deletion: also what somebody has worked on. They are left alone where nothing is said. */
  touched?: boolean
  /** What was used within so many milliseconds, or is in use, is left alone: 15 minutes where nothing is said; 0: nothing is spared. */
  spareMs?: number
  reason?: string
}

export const GRACE_MS = 10 * 60_000
export const SPARE_MS = 15 * 60_000
/** Use is noted once a minute: two are now. */
const IN_USE_MS = 2 * 60_000

/** Why an environment is left alone: an order would change nothing, somebody is at it, a program runs, their work would be erased. */
export type SpareReason = Refusal | 'in_use' | 'held' | 'used_lately' | 'touched'

export type Plan = { to: Phase } | { spared: SpareReason }

/** What one order of the many says, at the moment at which it is given. */
export function orderAt({ action, graceMs = GRACE_MS, reason }: BulkOrder, now: Date): Order {
  if (action === 'undelete') return { action }
  if (action !== 'delete') return { action, reason: reason ?? null }
  return { action, reason: reason ?? '', deleteAt: new Date(now.getTime() + graceMs), atOnce: graceMs <= 0 }
}

/** What becomes of one environment. Pure. */
export function planFor(bulk: BulkOrder, order: Order, { row, now }: { row: OrderRow; now: Date }): Plan {
  const refusal = refusalOf(order, row, now)
  if (refusal !== null) return { spared: refusal }
  const spared = sparedFor(bulk, row, now)
  return spared === null ? { to: phaseAfter(order, row) } : { spared }
}

/** The work of people, and people at work. */
function sparedFor({ action, touched = false, spareMs = SPARE_MS }: BulkOrder, row: OrderRow, now: Date): SpareReason | null {
  if (action === 'wake' || action === 'undelete') return null
  const quietMs = row.lastActivityAt === null ? Number.POSITIVE_INFINITY : now.getTime() - row.lastActivityAt.getTime()
  if (quietMs < Math.min(spareMs, IN_USE_MS)) return 'in_use'
  if (spareMs > 0 && row.heldHost !== null) return 'held'
  if (quietMs < spareMs) return 'used_lately'
  return action !== 'suspend' && !touched && row.touchedAt !== null ? 'touched' : null
}

export type PlannedChange = { id: string; generation: number; from: Phase; to: Phase; touched: boolean }

/**
 * What is done to one environment, in so far as whoever orders it must have seen it: what comes of it, and whether work is lost. That it
 * is further on its way by then changes neither.
 */
export function gistOf({ action }: Pick<BulkOrder, 'action'>, { id, generation, from, to, touched }: PlannedChange): string {
  const loses = touched && (action === 'reset' || action === 'delete')
  return `${id} ${generation} ${to === from ? 'stays' : to}${loses ? ' loses work' : ''}`
}

/** Stands for exactly these changes by exactly this order: whoever has seen them can ask for them, and for nothing else. */
export function digestOf({ action, graceMs = GRACE_MS }: BulkOrder, changes: readonly PlannedChange[]): string {
  const lines = changes.map((change) => gistOf({ action }, change)).sort()
  return createHash('sha256')
    .update([action, action === 'delete' ? graceMs : '', ...lines].join('\n'))
    .digest('base64url')
}
