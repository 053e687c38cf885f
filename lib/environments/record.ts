import { passing } from '../crash-points.ts'
import { inTransaction, notify, prisma, type Transaction } from '../db.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { recordUsage, type UsageOwner } from '../ledger.ts'
import type { StackRef } from '../openstack-heat-client/index.ts'
import type { Books, Reason, SittingChange } from './account.ts'
import { guarded } from './held-claim.ts'
import type { Loaded, StackRow } from './load.ts'
import type { Look, Sighting } from './observe.ts'
import { countUsage, type KnownPart, type PartRow, partsAfter, writeParts } from './parts.ts'
import { recordSpan, type SpanAction } from './spans.ts'

/** What a step found and did. */
export type Entry = {
  /** Of the commit: see crash-points.ts. */
  name: string
  look: Look
  books: Books
  /** What `keep` stands for where something new was learnt in this step. */
  freshReason: Reason
  /** Of a create that was accepted. */
  created: StackRef | null
  /** A create that was refused, or taken for stuck: how it ended is written down. */
  createEnded: 'refused' | 'stuck' | null
  /** Machines that have become known in this step. */
  hosts: Prisma.HostCreateManyInput[]
  now: Date
  /** The step is over: the lease ends with it. */
  release: boolean
}

/**
 * Writes a step down, in one transaction and only as the holder of the claim; hints go out with it where people see a difference.
 * @returns what was loaded, as it stands now
 * @throws StaleClaim
 */
export async function record(loaded: Loaded, entry: Entry): Promise<Loaded> {
  const { row, claim } = loaded
  const environment = environmentChange(loaded, entry)
  const stacks = stackChanges(loaded, entry)
  const parts = await changedParts(entry)
  const phaseChanged = entry.books.phase !== row.phase
  const { sitting } = entry.books
  const visible =
    phaseChanged || sitting !== null || environment.reasonCode !== undefined || parts.changed.length > 0 || entry.hosts.length > 0
  const after = { ...loaded, row: { ...row, ...environment }, stacks: stacksAfter(loaded, stacks) } as Loaded
  const unless = sitting?.kind === 'warned' || sitting?.kind === 'held' ? row : null
  const name = `commit ${entry.name}${phaseChanged ? `, ${row.phase} to ${entry.books.phase}` : ` in ${row.phase}`}`
  if (!visible && stacks.length === 0) {
    await passing(name, () => guarded(prisma(), claim, environment))
    return after
  }
  const write = async (transaction: Transaction) => {
    await guarded(transaction, claim, environment, unless)
    for (const { id, data } of stacks) await transaction.stack.update({ where: { id }, data })
    await writeParts(transaction, parts)
    if (entry.hosts.length > 0) await transaction.host.createMany({ data: entry.hosts, skipDuplicates: true })
    await writeUsage(transaction, loaded, { stacks, isFirstLook: parts.isFirstLook, all: parts.all })
    if (phaseChanged) await writePhase(transaction, after, entry)
    if (phaseChanged) await writeSpan(transaction, loaded, entry)
    if (sitting?.kind === 'warned' || (sitting?.kind === 'held' && row.heldCommand === null))
      await writeSitting(transaction, after, sitting)
    if (visible) await notify(transaction, 'environment_changed', row.id)
  }
  await passing(name, () => inTransaction(write))
  return after
}

type EnvironmentChange = Omit<Prisma.EnvironmentUncheckedUpdateManyInput, 'id'>

/** What a step changes in the row of its environment. Pure. */
export function environmentChange({ row }: Loaded, { books, freshReason, now, release }: Entry): EnvironmentChange {
  const { phase, failures, sleepFailures, sleepHow, wasReady } = books
  const reason = books.reason === 'keep' ? (freshReason ?? unsaid(row, books) ?? 'keep') : books.reason
  const reasonChanged = reason !== 'keep' && (row.reasonCode !== (reason?.code ?? null) || row.reasonDetail !== (reason?.detail ?? null))
  return {
    failures,
    sleepFailures,
    sleepHow,
    wasReady,
    checkedAt: now,
    ...sittingChange(books.sitting),
    ...(books.sitting?.kind === 'begun' && isFuture(row.lastActivityAt, now) ? { lastActivityAt: now } : {}),
    retryAt: books.retryAt === 0 ? null : new Date(books.retryAt),
    nextCheckAt: books.nextCheckAt === null ? null : new Date(books.nextCheckAt),
    ...(phase === row.phase ? {} : { phase }),
    ...(phase === row.phase && !isFuture(row.phaseAt, now) ? {} : { phaseAt: now }),
    ...(phase === 'ready' && row.readyAt === null ? { readyAt: now } : {}),
    ...(phase === 'deleted' && row.deletedAt === null ? { deletedAt: now, intent: 'deleted' } : {}),
    ...(reasonChanged ? { reasonCode: reason?.code ?? null, reasonDetail: bounded(reason?.detail ?? null) } : {}),
    ...(release ? { leaseOwner: null, leaseUntil: null } : {}),
  }
}

/** Why something takes long, never why it has failed. */
const troubles: readonly (string | null)[] = ['cloud.unavailable', 'cloud.auth_failed', 'cloud.conflict', 'internal.fault']

/** What has failed without a word of the cloud's has a reason all the same. */
function unsaid({ phase: before, reasonCode }: Loaded['row'], { phase, wasReady }: Books): Reason {
  if (phase !== 'failed') return null
  // Machines were silent, and then could not be switched on.
  const isPast = before !== 'failed' && reasonCode === 'environment.unreachable'
  if (reasonCode !== null && !isPast && !troubles.includes(reasonCode)) return null
  return { code: wasReady ? 'environment.resume_failed' : 'environment.create_failed', detail: null }
}

function sittingChange(sitting: SittingChange | null): EnvironmentChange {
  const at = (ms: number | null) => (ms === null ? null : new Date(ms))
  const free = { heldHost: null, heldCommand: null }
  switch (sitting?.kind) {
    case 'begun': {
      const { awakeAt, suspendAt, limitAt } = sitting
      return {
        ...free,
        awakeAt: at(awakeAt),
        suspendAt: at(suspendAt),
        limitAt: at(limitAt),
        warnedAt: null,
        extensions: 0,
        sleepWhy: null,
      }
    }
    case 'warned':
      return { ...free, warnedAt: at(sitting.warnedAt) }
    case 'held':
      return { suspendAt: at(sitting.suspendAt), warnedAt: null, heldHost: sitting.job.host, heldCommand: sitting.job.command }
    default:
      return {}
  }
}

type StackChange = { id: string; data: Partial<StackRow> }

/** What a step changes in the rows of its stacks. Pure. */
export function stackChanges({ stacks, row }: Loaded, { name, look, created, createEnded, now }: Entry): StackChange[] {
  // Its row has begun anew with the create: what was missed before is past.
  const seen = (name === 'create' ? [] : [look.older, look.current]).flatMap((sighting) =>
    sighting ? [{ id: sighting.row.id, data: seenChange(sighting, now) }] : [],
  )
  const current = look.current?.row ?? stacks.find(({ generation }) => generation === row.generation)
  const mine = current && !look.current?.gone ? [{ id: current.id, data: ownChange(current, { created, createEnded, now }) }] : []
  return [...seen, ...mine].filter(({ data }) => Object.keys(data).length > 0)
}

function seenChange({ row, listed, gone }: Sighting, now: Date): Partial<StackRow> {
  if (gone) return { goneAt: now }
  // Noted at the first look that misses it, anew where a clock was put back meanwhile.
  // What was noted by a clock that has been put back since would never grow old.
  const request = isFuture(row.requestedAt, now) ? { requestedAt: now } : {}
  if (!listed)
    return { ...request, ...(row.completedAt !== null && (row.missingAt === null || row.missingAt > now) ? { missingAt: now } : {}) }
  const { action, status } = listed
  const isNew = row.action !== action || row.status !== status
  const createIsOver =
    (action !== 'CREATE' && action !== 'INIT' && action !== 'DELETE') || (action === 'CREATE' && status !== 'IN_PROGRESS')
  return {
    ...request,
    ...(row.heatId === null ? { heatId: listed.id } : {}),
    ...(row.missingAt === null ? {} : { missingAt: null }),
    ...(isNew ? { action, status, statusReason: bounded(listed.statusReason), observedAt: now } : {}),
    ...(isFuture(row.observedAt, now) ? { observedAt: now } : {}),
    ...(createIsOver && row.completedAt === null ? { completedAt: now } : {}),
  }
}

/** Clocks of processes may differ by less. */
const CLOCKS_DIFFER_MS = 5_000

function isFuture(noted: Date | null, now: Date): boolean {
  return noted !== null && noted.getTime() > now.getTime() + CLOCKS_DIFFER_MS
}

/** What we know of the current stack because we did it, not because we saw it. */
function ownChange(row: StackRow, { created, createEnded, now }: Pick<Entry, 'created' | 'createEnded' | 'now'>): Partial<StackRow> {
  if (created) return { heatId: created.id, action: 'CREATE', status: 'IN_PROGRESS', observedAt: now }
  // An earlier create of the same name that got no answer could still land: then the row stays and answers for it.
  const onlyOnce = row.requestedAt === null || row.requestedAt.getTime() === row.createdAt.getTime()
  if (createEnded === 'refused') return onlyOnce ? { goneAt: now } : {}
  return createEnded === 'stuck' && row.completedAt === null ? { completedAt: now } : {}
}

/** The stacks for which we still answer after these changes. Pure. */
export function stacksAfter({ stacks }: Loaded, changes: StackChange[]): StackRow[] {
  const after = stacks.map((stack) => Object.assign({ ...stack }, ...changes.filter(({ id }) => id === stack.id).map(({ data }) => data)))
  return after.filter((stack: StackRow) => stack.goneAt === null)
}

type PartChanges = { stackId: string | null; changed: PartRow[]; all: PartRow[]; isFirstLook: boolean }

async function changedParts({ look, now }: Entry): Promise<PartChanges> {
  const { current, parts } = look
  if (!current || !parts || current.gone) return { stackId: null, changed: [], all: [], isFirstLook: false }
  const stackId = current.row.id
  const known: KnownPart[] = await prisma().stackResource.findMany({ where: { stackId } })
  return { stackId, ...partsAfter(known, parts, now), isFirstLook: known.length === 0 }
}

type UsageChange = { stacks: StackChange[]; isFirstLook: boolean; all: PartRow[] }

/** From the first sight of its parts a stack is used, until it is gone. */
async function writeUsage(transaction: Transaction, { row, lab }: Loaded, { stacks, isFirstLook, all }: UsageChange): Promise<void> {
  const anyGone = stacks.some(({ data }) => data.goneAt)
  if (!anyGone && !(isFirstLook && all.length > 0)) return
  const owner = await transaction.environmentMember.findFirst({
    where: { environmentId: row.id, role: 'owner' },
    select: { userId: true },
  })
  const { id: environmentId, courseId, cloudId } = row
  const labId = 'labId' in lab ? lab.labId : null
  const who: UsageOwner = { environmentId, userId: owner?.userId ?? null, courseId, labId, cloudId }
  await recordUsage(transaction, who, anyGone ? {} : countUsage(all))
}

async function writePhase(transaction: Transaction, { row }: Loaded, { books }: Entry): Promise<void> {
  await transaction.environmentEvent.create({
    data: {
      environmentId: row.id,
      generation: row.generation,
      kind: 'phase',
      phase: books.phase,
      code: row.reasonCode,
      detail: row.reasonDetail,
      correlationId: row.correlationId,
    },
  })
}

async function writeSitting(transaction: Transaction, { row }: Loaded, { kind }: SittingChange): Promise<void> {
  const { id: environmentId, generation, correlationId } = row
  await transaction.environmentEvent.create({ data: { environmentId, generation, kind, correlationId } })
}

/** A wait of a person's that has come to its goal without trouble tells how long the next one may take. */
async function writeSpan(transaction: Transaction, { row, stacks }: Loaded, { look, books, now }: Entry): Promise<void> {
  if (row.cloudId === null || row.failures > 0 || row.sleepFailures > 0) return
  const action = spanOf(row.phase, books.phase)
  if (action === null) return
  const stack = look.current?.row ?? stacks.find(({ generation }) => generation === row.generation)
  const since = action === 'create' ? stack?.createdAt : row.phaseAt
  const { labVersionId, cloudId } = row
  if (since && since <= now) await recordSpan(transaction, { labVersionId, cloudId, action, ms: now.getTime() - since.getTime() })
}

function spanOf(from: Loaded['row']['phase'], to: Books['phase']): SpanAction | null {
  if (to === 'suspended') return from === 'suspending' ? 'suspend' : null
  if (to === 'deleted') return from === 'deleting' ? 'delete' : null
  if (to !== 'ready') return null
  return from === 'resuming' ? 'resume' : from === 'building' || from === 'starting' ? 'create' : null
}

const MOST_DETAIL = 2_000

function bounded<T extends string | null>(text: T): T | string {
  return text === null ? text : text.slice(0, MOST_DETAIL)
}
