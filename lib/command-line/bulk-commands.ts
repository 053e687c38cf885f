import { type BulkPreview, changedPreview, previewBulk, runBulk } from '../environments/bulk.ts'
import { type BulkOrder, GRACE_MS, SPARE_MS, type SpareReason } from '../environments/bulk-plan.ts'
import { undoBulk } from '../environments/bulk-result.ts'
import type { OperatorAction } from '../environments/operate.ts'
import { fail, isFailure } from '../errors.ts'
import type { argumentsOf } from './arguments.ts'
import { type Answer, exitCodes } from './command.ts'
import { filterFlags, filterHelp, filterNames, filterOf, filterTakes, isNarrowed, millisecondsOf } from './environment-filter.ts'
import { table } from './table.ts'

/*
 * One action for many environments: what would happen is printed, and done when that is confirmed.
 */

export const bulkNames = [...filterNames, 'reason', 'spare', 'digest', 'order'] as const
export const bulkFlags = [...filterFlags, 'all', 'yes', 'dry-run', 'with-work', 'now'] as const
export type BulkName = (typeof bulkNames)[number]
export type BulkFlag = (typeof bulkFlags)[number]
type Given = ReturnType<typeof argumentsOf<BulkName, BulkFlag>>

const actor = { kind: 'command_line' } as const

export function takesFor(more: string): string {
  return `ID... | FILTER | --all ${more}`.trim()
}

/** What `--help` says of a command about one or many. */
export function bulkHelp(action: OperatorAction): string[] {
  const erases = action === 'reset' || action === 'delete'
  return [
    'One ID is acted on at once. Several, a filter or --all: what would happen is shown first.',
    '',
    `FILTER is any of ${filterTakes}`,
    ...filterHelp,
    '--all                 everything that is not removed',
    '',
    '--yes                 do it; without it nothing is done and the exit code is 3',
    '--digest D            with --yes: only if exactly what was shown under this digest would still happen',
    '--dry-run             show what would happen, also of one ID; the exit code is 0',
    ...(action === 'undelete'
      ? ['--order ORDER         take back all that one order for many has marked']
      : [`--reason TEXT         ${erases ? 'why: needed, kept with the record' : 'why: kept with the record'}`]),
    ...(action === 'suspend' || erases ? ['--spare LENGTH        leave alone what was used within; 15m if missing, 0: spare nothing'] : []),
    ...(erases ? ['--with-work           also what somebody has worked on: that work is erased'] : []),
    ...(action === 'delete' ? ['--now                 at once; without it in ten minutes, and until then it can be taken back'] : []),
    '',
    'Exit codes: 0 done, or nothing to do; 1 refused or failed; 2 not understood; 3 shown, and waiting for --yes.',
  ]
}

/** Shows what would happen, or does it. */
export async function orderMany(action: OperatorAction, given: Given): Promise<Answer> {
  if (given.rest.length === 0 && !isNarrowed(given) && !given.flags.has('all'))
    throw fail('input.invalid', { detail: `Which? Name ids, a filter, or --all. See astrolabe environment ${action} --help` })
  const bulk = await orderOf(action, given)
  const preview = await previewBulk(actor, bulk)
  if (!given.flags.has('yes') || given.flags.has('dry-run')) return shown(bulk, preview, given)
  try {
    const { orderId, changed, passed } = await runBulk(actor, bulk, given.values.digest ?? preview.digest)
    if (orderId === null) return { lines: [`Nothing to ${action}.`, ...sparedLines(preview)], exitCode: exitCodes.done }
    return { lines: doneLines(bulk, { orderId, changed, passed }), exitCode: exitCodes.done }
  } catch (error) {
    const now = isFailure(error) ? changedPreview(error) : null
    if (now === null) throw error
    const lines = ['What would happen has changed since it was shown. Nothing was done. This is how it is now.', '']
    return { lines: [...lines, ...previewLines(bulk, now)], exitCode: exitCodes.failed }
  }
}

async function orderOf(action: OperatorAction, given: Given): Promise<BulkOrder> {
  const { reason, spare } = given.values
  return {
    action,
    // Ids that are named are meant together with a filter, so that "these, where they are idle" can be said.
    filter: { ...(await filterOf(given)), ...(given.rest.length > 0 ? { ids: given.rest } : {}) },
    graceMs: given.flags.has('now') ? 0 : GRACE_MS,
    touched: given.flags.has('with-work'),
    spareMs: spare === undefined ? SPARE_MS : spare === '0' ? 0 : millisecondsOf(spare),
    reason,
  }
}

function shown(bulk: BulkOrder, preview: BulkPreview, given: Given): Answer {
  const isRehearsal = given.flags.has('dry-run')
  const waits = preview.changes.length > 0 && !isRehearsal
  const last = waits
    ? ['', 'Nothing was done. The same with --yes does it; to do exactly this and nothing else:', `  --yes --digest ${preview.digest}`]
    : []
  return { lines: [...previewLines(bulk, preview), ...last], exitCode: waits ? exitCodes.asks : exitCodes.done }
}

const SHOWN = 200

function previewLines(bulk: BulkOrder, preview: BulkPreview): string[] {
  const { changes, spared } = preview
  const erases = bulk.action === 'reset' || bulk.action === 'delete'
  const after = bulk.action === 'delete' ? (bulk.graceMs === 0 ? 'removed' : 'removed in 10 minutes') : null
  const rows = changes
    .slice(0, SHOWN)
    .map(({ environment: one, to }) => [
      one.id,
      one.ownerName ?? 'nobody',
      one.courseTitle ?? '',
      one.labTitle,
      `${one.phase} -> ${after ?? (bulk.action === 'undelete' ? 'kept' : to)}`,
      one.lastActivityAt ?? 'never',
      erases && one.touched ? 'has work on it' : '',
    ])
  const work = changes.filter(({ environment }) => environment.touched).length
  return [
    `${changes.length} of ${changes.length + spared.length} would change (${bulk.action}).`,
    ...(rows.length > 0 ? table(['id', 'owner', 'course', 'lab', 'phase', 'last used', ''], rows, '  ') : []),
    ...(changes.length > SHOWN ? [`  and ${changes.length - SHOWN} more`] : []),
    ...(erases && work > 0 ? [`People have worked on ${work} of them: that work is erased.`] : []),
    ...sparedLines(preview),
  ]
}

const why: Record<SpareReason, string> = {
  already: 'so already',
  removed: 'being removed, or removed',
  not_now: 'not possible in its phase',
  in_use: 'somebody is using it now',
  held: 'a program runs on it',
  used_lately: 'used a short while ago',
  touched: 'somebody has worked on it (--with-work includes it)',
}

function sparedLines({ spared }: BulkPreview): string[] {
  if (spared.length === 0) return []
  const counts = Map.groupBy(spared, (one) => one.why)
  return [`${spared.length} left alone:`, ...[...counts].map(([reason, those]) => `  ${String(those.length).padStart(5)}  ${why[reason]}`)]
}

const done = { suspend: 'put to sleep', wake: 'woken', reset: 'reset', delete: 'marked for deletion', undelete: 'kept' } as const

function doneLines(bulk: BulkOrder, { orderId, changed, passed }: { orderId: string; changed: number; passed: number }): string[] {
  const undo = bulk.action === 'delete' && bulk.graceMs !== 0
  return [
    `${changed} ${bulk.action === 'delete' && bulk.graceMs === 0 ? 'being removed' : done[bulk.action]}. Order ${orderId}`,
    ...(passed > 0 ? [`${passed} left alone after all: they changed in that moment.`] : []),
    ...(undo ? [`For ten minutes it can be taken back: astrolabe environment undelete --order ${orderId}`] : []),
  ]
}

/** Takes back every deletion of an order whose time has not come. */
export async function undoOrder(orderId: string): Promise<Answer> {
  const { changed } = await undoBulk(actor, orderId)
  return { lines: [`${changed} kept.`], exitCode: exitCodes.done }
}
