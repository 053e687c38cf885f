import { inTransaction, notify, prisma, type Transaction } from '../db.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { recordUsage, type UsageOwner } from '../ledger.ts'
import type { StackRef } from '../openstack-heat-client/index.ts'
import type { Books, Reason } from './account.ts'
import type { Claim } from './claim.ts'
import type { Loaded, StackRow } from './load.ts'
import type { Look, Sighting } from './observe.ts'
import { countUsage, type KnownPart, type PartRow, partsAfter, writeParts } from './parts.ts'

/** The claim is no longer ours: somebody else has claimed, or a person has spoken. Recognise it with `isStaleClaim`. */
function staleClaim(): Error {
  return Object.assign(new Error('this claim has been overtaken'), { name: STALE })
}

const STALE = 'StaleClaim'

export function isStaleClaim(error: unknown): boolean {
  return error instanceof Error && error.name === STALE
}

/** Writes to an environment as the holder of a claim. @throws StaleClaim: nothing was written */
export async function guarded(
  transaction: Pick<Transaction, 'environment'>,
  { environmentId, fence }: Claim,
  data: Prisma.EnvironmentUncheckedUpdateManyInput,
): Promise<void> {
  const { count } = await transaction.environment.updateMany({ where: { id: environmentId, fence }, data })
  if (count === 0) throw staleClaim()
}

/** What a step found and did. */
export type Entry = {
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
  const visible = phaseChanged || environment.reasonCode !== undefined || parts.changed.length > 0 || entry.hosts.length > 0
  const after = { ...loaded, row: { ...row, ...environment }, stacks: stacksAfter(loaded, stacks) } as Loaded
  if (!visible && stacks.length === 0) {
    await guarded(prisma(), claim, environment)
    return after
  }
  await inTransaction(async (transaction) => {
    await guarded(transaction, claim, environment)
    for (const { id, data } of stacks) await transaction.stack.update({ where: { id }, data })
    await writeParts(transaction, parts)
    if (entry.hosts.length > 0) await transaction.host.createMany({ data: entry.hosts, skipDuplicates: true })
    await writeUsage(transaction, loaded, { stacks, isFirstLook: parts.isFirstLook, all: parts.all })
    if (phaseChanged) await writePhase(transaction, after, entry)
    if (visible) await notify(transaction, 'environment_changed', row.id)
  })
  return after
}

type EnvironmentChange = Omit<Prisma.EnvironmentUncheckedUpdateManyInput, 'id'>

function environmentChange({ row }: Loaded, { books, freshReason, now, release }: Entry): EnvironmentChange {
  const { phase, failures, wasReady } = books
  const reason = books.reason === 'keep' ? (freshReason ?? 'keep') : books.reason
  const reasonChanged = reason !== 'keep' && (row.reasonCode !== (reason?.code ?? null) || row.reasonDetail !== (reason?.detail ?? null))
  return {
    failures,
    wasReady,
    retryAt: books.retryAt === 0 ? null : new Date(books.retryAt),
    nextCheckAt: books.nextCheckAt === null ? null : new Date(books.nextCheckAt),
    ...(phase === row.phase ? {} : { phase, phaseAt: now }),
    ...(phase === 'ready' && row.readyAt === null ? { readyAt: now } : {}),
    ...(phase === 'deleted' && row.deletedAt === null ? { deletedAt: now, intent: 'deleted' } : {}),
    ...(reasonChanged ? { reasonCode: reason?.code ?? null, reasonDetail: bounded(reason?.detail ?? null) } : {}),
    ...(release ? { leaseOwner: null, leaseUntil: null } : {}),
  }
}

type StackChange = { id: string; data: Partial<StackRow> }

function stackChanges({ stacks, row }: Loaded, { look, created, createEnded, now }: Entry): StackChange[] {
  const seen = [look.older, look.current].flatMap((sighting) =>
    sighting ? [{ id: sighting.row.id, data: seenChange(sighting, now) }] : [],
  )
  const current = look.current?.row ?? stacks.find(({ generation }) => generation === row.generation)
  const mine = current && !look.current?.gone ? [{ id: current.id, data: ownChange(current, { created, createEnded, now }) }] : []
  return [...seen, ...mine].filter(({ data }) => Object.keys(data).length > 0)
}

function seenChange({ row, listed, gone }: Sighting, now: Date): Partial<StackRow> {
  if (gone) return { goneAt: now }
  if (!listed) return {}
  const { action, status } = listed
  const isNew = row.action !== action || row.status !== status
  const createIsOver =
    (action !== 'CREATE' && action !== 'INIT' && action !== 'DELETE') || (action === 'CREATE' && status !== 'IN_PROGRESS')
  return {
    ...(row.heatId === null ? { heatId: listed.id } : {}),
    ...(isNew ? { action, status, statusReason: bounded(listed.statusReason), observedAt: now } : {}),
    ...(createIsOver && row.completedAt === null ? { completedAt: now } : {}),
  }
}

/** What we know of the current stack because we did it, not because we saw it. */
function ownChange(row: StackRow, { created, createEnded, now }: Pick<Entry, 'created' | 'createEnded' | 'now'>): Partial<StackRow> {
  if (created) return { heatId: created.id, action: 'CREATE', status: 'IN_PROGRESS', observedAt: now }
  // An earlier create of the same name that got no answer could still land: then the row stays and answers for it.
  const onlyOnce = row.requestedAt === null || row.requestedAt.getTime() === row.createdAt.getTime()
  if (createEnded === 'refused') return onlyOnce ? { goneAt: now } : {}
  return createEnded === 'stuck' && row.completedAt === null ? { completedAt: now } : {}
}

function stacksAfter({ stacks }: Loaded, changes: StackChange[]): StackRow[] {
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

const MOST_DETAIL = 2_000

function bounded<T extends string | null>(text: T): T | string {
  return text === null ? text : text.slice(0, MOST_DETAIL)
}
