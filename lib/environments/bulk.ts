import { randomUUID } from 'node:crypto'
import { authorise } from '../access/policy.ts'
import { passing } from '../crash-points.ts'
import { inTransaction, prisma, type Transaction } from '../db.ts'
import { type Failure, fail } from '../errors.ts'
import { appendAudit } from '../ledger.ts'
import { type BulkOrder, digestOf, gistOf, orderAt, type PlannedChange, planFor, type SpareReason } from './bulk-plan.ts'
import { whereOf } from './filter.ts'
import { checkedReason, type Operating, type OperatorAction } from './operate.ts'
import type { Phase } from './phase.ts'
import { type EnvironmentSummary, summaryOf, summaryRow } from './summary.ts'
import { lockForOrder, type Order, orderKinds, orderRow, writeOrder } from './write-order.ts'

/*
 * One action for many environments: first what would happen to each, then that and nothing else.
 */

/** What would happen if it were ordered now. Newest first. */
export type BulkPreview = {
  changes: { environment: EnvironmentSummary; to: Phase }[]
  spared: { environment: EnvironmentSummary; why: SpareReason }[]
  /** Stands for the changes: `runBulk` makes these and no others. */
  digest: string
}

/** So many environments at most are looked at, and changed, by one order. */
export const MOST_AT_ONCE = 5_000
/** Rows that one transaction holds. */
const CHUNK = 250

const abilities = {
  suspend: 'environment.sleep',
  wake: 'environment.wake',
  reset: 'environment.reset',
  delete: 'environment.delete',
  undelete: 'environment.delete',
} as const satisfies Record<OperatorAction, string>

/**
 * Which environments an order would change and how, and which it leaves alone and why. Writes nothing.
 * @throws Failure access.denied, input.invalid (the filter; more than 5,000 match)
 */
export async function previewBulk(actor: Operating, bulk: BulkOrder): Promise<BulkPreview> {
  authorise(actor, abilities[bulk.action])
  const now = new Date()
  const order = orderAt(bulk, now)
  const rows = await prisma().environment.findMany({
    where: whereOf(bulk.filter, now),
    select: { ...summaryRow, ...orderRow },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: MOST_AT_ONCE + 1,
  })
  if (rows.length > MOST_AT_ONCE)
    throw fail('input.invalid', { detail: `More than ${MOST_AT_ONCE} environments match. At most ${MOST_AT_ONCE} can be changed at once.` })
  const changes: BulkPreview['changes'] = []
  const spared: BulkPreview['spared'] = []
  for (const row of rows) {
    const plan = planFor(bulk, order, { row, now })
    const environment = summaryOf(row, now)
    if ('to' in plan) changes.push({ environment, to: plan.to })
    else spared.push({ environment, why: plan.spared })
  }
  return { changes, spared, digest: digestOf(bulk, changes.map(planned)) }
}

const planned = ({ environment: { id, generation, phase, touched }, to }: BulkPreview['changes'][number]): PlannedChange => ({
  id,
  generation,
  from: phase,
  to,
  touched,
})

export type BulkDone = {
  /** Everything that was ordered with it carries this id; null where nothing was to be done. */
  orderId: string | null
  changed: number
  /** Left alone after all: they changed in the very moment. */
  passed: number
}

/**
 * Orders what was previewed. Only intent is written, in transactions of bounded size; what one of them has written stands, whatever becomes
 * of the next.
 * @param digest of the preview that was shown
 * @throws Failure access.denied; input.invalid: no reason where one is needed, or other changes would be made than were shown, then
 * with the preview as it is now (`changedPreview`)
 */
export async function runBulk(actor: Operating, bulk: BulkOrder, digest: string): Promise<BulkDone> {
  authorise(actor, abilities[bulk.action])
  checkedReason(bulk.reason, { needed: erases(bulk) })
  const preview = await previewBulk(actor, bulk)
  if (preview.digest !== digest) throw Object.assign(fail('input.invalid', { detail: CHANGED }), { preview })
  return runPreviewed(actor, bulk, preview)
}

const erases = ({ action }: BulkOrder) => action === 'reset' || action === 'delete'
const CHANGED = 'What would happen has changed since it was shown.'

/** As `runBulk`, of a preview that was taken a moment ago by whoever calls. @throws Failure access.denied, input.invalid (no reason) */
export async function runPreviewed(actor: Operating, bulk: BulkOrder, preview: BulkPreview): Promise<BulkDone> {
  authorise(actor, abilities[bulk.action])
  const reason = checkedReason(bulk.reason, { needed: erases(bulk) })
  if (preview.changes.length === 0) return { orderId: null, changed: 0, passed: 0 }
  const orderId = randomUUID()
  await inTransaction((transaction) =>
    appendAudit(transaction, actor, {
      action: `environment.bulk_${orderKinds[bulk.action]}`,
      subjectKind: 'order',
      subjectId: orderId,
      reason,
      correlationId: orderId,
    }),
  )
  const order = orderAt({ ...bulk, reason: reason ?? undefined }, new Date())
  const shown = new Map(preview.changes.map(planned).map((change) => [change.id, gistOf(bulk, change)]))
  const ids = [...shown.keys()].sort()
  let changed = 0
  for (let from = 0; from < ids.length; from += CHUNK)
    changed += await writeChunk(actor, ids.slice(from, from + CHUNK), { bulk, order, orderId, shown })
  return { orderId, changed, passed: ids.length - changed }
}

/** The preview as it is now, of a refusal because it has changed; null of any other failure. */
export function changedPreview(failure: Failure): BulkPreview | null {
  return 'preview' in failure ? (failure.preview as BulkPreview) : null
}

type Run = { bulk: BulkOrder; order: Order; orderId: string; shown: ReadonlyMap<string, string> }

/** @returns how many of them were changed: those about which everything is still as it was shown */
function writeChunk(actor: Operating, ids: readonly string[], { bulk, order, orderId, shown }: Run): Promise<number> {
  const write = async (transaction: Transaction) => {
    const now = new Date()
    const rows = (await lockForOrder(transaction, ids)).filter((row) => {
      const plan = planFor(bulk, order, { row, now })
      if (!('to' in plan)) return false
      const { id, generation, phase, touchedAt } = row
      return gistOf(bulk, { id, generation, from: phase, to: plan.to, touched: touchedAt !== null }) === shown.get(id)
    })
    if (rows.length > 0) await writeOrder(transaction, actor, { order, rows, correlationId: orderId, now })
    return rows.length
  }
  return passing(`commit ${bulk.action} of many`, () => inTransaction(write))
}
