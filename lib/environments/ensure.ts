import { notify, type Transaction } from '../db.ts'
import { touchEnvironment } from './activity.ts'
import { awakeByOrder } from './intent.ts'

export type EnsureEnvironment = {
  launchId: string
  userId: string
  courseId: string | null
  resourceLinkId: string
  correlationId: string
}

/** Whose an environment is: a learner's, in one place of a lab. Unique over what is not deleted. */
export function ownerKeyOf(resourceLinkId: string, userId: string): string {
  return `link:${resourceLinkId}/user:${userId}`
}

/**
 * Sees to it that a learner has an environment in a place: the one they have, woken if it sleeps, or a new one. Any number of calls at
 * once end with one environment. Only rows are written: a worker builds.
 * @returns its id, or null while the place has no lab
 */
export async function ensureEnvironment(transaction: Transaction, request: EnsureEnvironment): Promise<string | null> {
  const link = await transaction.resourceLink.findUniqueOrThrow({
    where: { id: request.resourceLinkId },
    select: { labId: true, labVersionId: true },
  })
  if (link.labId === null) return null
  const ownerKey = ownerKeyOf(request.resourceLinkId, request.userId)
  // An environment that was deleted between our two looks leaves room for a new one: once more is enough for any one deletion.
  for (let look = 0; look < 3; look += 1) {
    const standing = await transaction.environment.findFirst({
      where: { ownerKey, deletedAt: null },
      select: { id: true, intent: true, phase: true },
    })
    if (standing) return wake(transaction, standing, request)
    const labVersionId = link.labVersionId ?? (await newestVersion(transaction, link.labId))
    if (labVersionId === null) return null
    const created = await insert(transaction, request, { ownerKey, labVersionId })
    if (created !== null) return created
  }
  throw new Error(`an environment for ${ownerKey} could neither be found nor made`)
}

async function newestVersion(transaction: Transaction, labId: string): Promise<string | null> {
  const version = await transaction.labVersion.findFirst({ where: { labId }, orderBy: { createdAt: 'desc' }, select: { id: true } })
  return version?.id ?? null
}

/** Null where somebody else was quicker: their row is visible once this insert has waited for them. */
async function insert(
  transaction: Transaction,
  request: EnsureEnvironment,
  { ownerKey, labVersionId }: { ownerKey: string; labVersionId: string },
): Promise<string | null> {
  const { userId, courseId, resourceLinkId, correlationId } = request
  const [created] = await transaction.environment.createManyAndReturn({
    data: [{ ownerKey, labVersionId, courseId, resourceLinkId, correlationId }],
    skipDuplicates: true,
    select: { id: true, generation: true },
  })
  if (!created) return null
  const environmentId = created.id
  await transaction.environmentMember.create({ data: { environmentId, userId, role: 'owner' } })
  await transaction.environmentEvent.create({
    data: { environmentId, generation: created.generation, kind: 'requested', phase: 'queued', actorId: userId, correlationId },
  })
  await notify(transaction, 'environment_work', environmentId)
  return environmentId
}

async function wake(
  transaction: Transaction,
  standing: { id: string; intent: string; phase: string },
  { userId, correlationId }: EnsureEnvironment,
): Promise<string> {
  const now = new Date()
  const { id } = standing
  // Whoever opens the lab is using it, also where its machines were just about to fall asleep.
  if (standing.intent === 'running' && standing.phase === 'ready') await touchEnvironment(id, now, transaction)
  if (standing.intent !== 'suspended') return id
  const data = { ...awakeByOrder(now), correlationId }
  const { count } = await transaction.environment.updateMany({ where: { id, intent: 'suspended', deletedAt: null }, data })
  // Two launches at once wake it once.
  if (count === 0) return id
  const { generation } = await transaction.environment.findUniqueOrThrow({ where: { id }, select: { generation: true } })
  await transaction.environmentEvent.create({
    data: { environmentId: id, generation, kind: 'wake', phase: 'resuming', actorId: userId, correlationId },
  })
  await notify(transaction, 'environment_work', id)
  await notify(transaction, 'environment_changed', id)
  return id
}
