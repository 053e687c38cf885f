import { randomUUID } from 'node:crypto'
import type { CommandLineActor, OperatorActor } from '../access/actor.ts'
import { authorise } from '../access/policy.ts'
import { passing } from '../crash-points.ts'
import { inTransaction, type Transaction } from '../db.ts'
import { fail } from '../errors.ts'
import { isMarked } from './due.ts'
import { isId } from './filter.ts'
import type { Phase } from './phase.ts'
import { lockForOrder, type Order, type OrderRow, writeOrder } from './write-order.ts'

/** Somebody who runs this installation, in a browser or at its command line. */
export type Operating = OperatorActor | CommandLineActor

/** What an operator may order. `suspend` puts to sleep in the way the lab declares; `wake` also tries again what has failed. */
export type OperatorAction = 'suspend' | 'wake' | 'reset' | 'delete' | 'undelete'

const allowed = {
  // Nothing has been built yet: there is nothing to put to sleep, or to begin anew.
  queued: ['delete'],
  building: ['suspend', 'reset', 'delete'],
  starting: ['suspend', 'reset', 'delete'],
  ready: ['suspend', 'reset', 'delete'],
  suspending: ['wake', 'reset', 'delete'],
  suspended: ['wake', 'reset', 'delete'],
  resuming: ['suspend', 'reset', 'delete'],
  deleting: [],
  deleted: [],
  lost: ['reset', 'delete'],
  failed: ['wake', 'suspend', 'reset', 'delete'],
} as const satisfies Record<Phase, readonly Exclude<OperatorAction, 'undelete'>[]>

/** What an operator may order in a phase. Taking a deletion back depends on the deletion alone. */
export function operatorActions(phase: Phase): readonly OperatorAction[] {
  return allowed[phase]
}

const alreadySo: Partial<Record<OperatorAction, readonly Phase[]>> = {
  suspend: ['suspending', 'suspended'],
  wake: ['queued', 'building', 'starting', 'ready', 'resuming'],
}

/** Why an order changes nothing. `already`: things are so. `removed`: it is being removed, or is. `not_now`: not in this phase. */
export type Refusal = 'already' | 'removed' | 'not_now'

/** Whether an order can be carried out as things stand; null: it can. Pure. */
export function refusalOf(order: Order, row: OrderRow, now: Date): Refusal | null {
  if (row.deletedAt !== null || row.intent === 'deleted' || row.phase === 'deleting') return 'removed'
  const { action } = order
  if (action === 'undelete') return isMarked(row, now) ? null : row.deleteAt === null ? 'already' : 'removed'
  // What waits in line because something is wrong can be tried at once.
  if (action === 'wake' && row.phase === 'queued' && row.reasonCode !== null) return null
  if (alreadySo[action]?.includes(row.phase)) return 'already'
  if (!operatorActions(row.phase).includes(action)) return 'not_now'
  // What could not be built was cleared away: there are no machines to put to sleep.
  if (action === 'suspend' && row.phase === 'failed' && !row.wasReady) return 'not_now'
  // An order may bring a deletion forward, never put it off: for that it is taken back.
  if (order.action === 'delete' && row.deleteAt !== null && row.deleteAt <= order.deleteAt) return 'already'
  return null
}

type Asked = { reason?: string; correlationId?: string }

/**
 * Puts an environment to sleep, whoever is using it: its machines stay as they are. Only intent is written: a worker does it, and never
 * gives up. Ordering what is so already changes nothing.
 * @throws Failure access.denied, environment.not_found, environment.action_refused (not in this phase), input.invalid
 */
export async function suspendEnvironment(actor: Operating, id: string, request: Asked = {}): Promise<void> {
  authorise(actor, 'environment.sleep')
  await carryOut(actor, id, { action: 'suspend', reason: checkedReason(request.reason, { needed: false }) }, request)
}

/**
 * Wakes an environment, or tries once more what has failed. Only intent is written.
 * @throws Failure access.denied, environment.not_found, environment.action_refused (not in this phase), input.invalid
 */
export async function wakeEnvironment(actor: Operating, id: string, request: Asked = {}): Promise<void> {
  authorise(actor, 'environment.wake')
  await carryOut(actor, id, { action: 'wake', reason: checkedReason(request.reason, { needed: false }) }, request)
}

export type ResetOrder = {
  /** The generation that the operator saw. Another one stands already: then nothing is done, so that two clicks reset once. */
  generation: number
  reason: string
  correlationId?: string
}

/**
 * New machines for old ones, which are erased first with whatever is on them. Only intent is written.
 * @throws Failure access.denied, environment.not_found, environment.action_refused (not in this phase), input.invalid (no reason)
 */
export async function operatorReset(actor: Operating, id: string, { generation, reason, correlationId }: ResetOrder): Promise<void> {
  authorise(actor, 'environment.reset')
  await carryOut(actor, id, { action: 'reset', reason: checkedReason(reason, { needed: true }) }, { generation, correlationId })
}

/** One order about one environment, decided and written while its row is held. @returns whether anything was changed */
export async function carryOut(
  actor: Operating,
  id: string,
  order: Order,
  { generation, correlationId = randomUUID() }: { generation?: number; correlationId?: string },
): Promise<boolean> {
  if (!isId(id)) throw fail('environment.not_found')
  const write = async (transaction: Transaction) => {
    const [row] = await lockForOrder(transaction, [id])
    if (!row || row.deletedAt !== null) throw fail('environment.not_found')
    if (generation !== undefined && generation !== row.generation) return false
    const now = new Date()
    const refusal = refusalOf(order, row, now)
    // Being removed already is what a deletion wants.
    if (refusal === 'already' || (refusal === 'removed' && order.action === 'delete')) return false
    if (refusal !== null) throw fail('environment.action_refused', { internal: `${order.action} in ${row.phase}: ${refusal}` })
    await writeOrder(transaction, actor, { order, rows: [row], correlationId, now })
    return true
  }
  return passing(`commit ${order.action} ordered by an operator`, () => inTransaction(write))
}

const MOST_REASON = 500

/** @returns the reason as it is kept; null where none was given. @throws Failure input.invalid */
export function checkedReason(text: string | undefined, { needed }: { needed: boolean }): string | null {
  const reason = text?.trim() ?? ''
  if (reason.length > MOST_REASON || (needed && reason === ''))
    throw fail('input.invalid', { detail: `A reason of up to ${MOST_REASON} characters is needed.` })
  return reason === '' ? null : reason
}
