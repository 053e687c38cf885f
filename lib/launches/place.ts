import { randomUUID } from 'node:crypto'
import type { LaunchActor } from '../access/actor.ts'
import { authorise } from '../access/policy.ts'
import { inTransaction, prisma } from '../db.ts'
import { ensureEnvironment, ownerKeyOf } from '../environments/ensure.ts'
import { startEnvironment } from '../environments/start.ts'
import { environmentIdOf } from '../environments/view.ts'
import { fail } from '../errors.ts'
import { appendAudit } from '../ledger.ts'

/*
 * The place in a course that a launch came into: what its page needs to know of it, and what is done about it from there.
 */

export type Place = {
  /** As the course calls it; null where it did not say. */
  title: string | null
  /** The version this person works with: their environment's, else the one a new environment would get. Null: no lab was chosen. */
  labVersionId: string | null
}

/** What a launch's page shows. Whoever calls has the actor from `requireLaunch`. */
export async function placeOf(actor: LaunchActor): Promise<Place> {
  const { resourceLinkId, userId } = actor
  const [link, standing] = await Promise.all([
    prisma().resourceLink.findUniqueOrThrow({
      where: { id: resourceLinkId },
      select: {
        title: true,
        labVersionId: true,
        lab: { select: { versions: { orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], take: 1, select: { id: true } } } },
      },
    }),
    prisma().environment.findFirst({
      where: { ownerKey: ownerKeyOf(resourceLinkId, userId), deletedAt: null },
      select: { labVersionId: true },
    }),
  ])
  const offered = link.labVersionId ?? link.lab?.versions[0]?.id ?? null
  return { title: link.title, labVersionId: standing?.labVersionId ?? offered }
}

/**
 * An instructor says which lab people find in a place that has none, and gets machines of it. Choosing the same lab twice is choosing
 * it once.
 * @throws Failure access.denied, lab.not_found, environment.action_refused (another lab was chosen meanwhile)
 */
export async function chooseLab(actor: LaunchActor, labId: string): Promise<void> {
  const { launchId, userId, courseId, resourceLinkId } = actor
  authorise(actor, 'lab.choose', { resourceLinkId })
  const correlationId = randomUUID()
  await inTransaction(async (transaction) => {
    const lab = await transaction.lab.findFirst({ where: { id: labId, retiredAt: null, versions: { some: {} } }, select: { id: true } })
    if (!lab) throw fail('lab.not_found')
    const { count } = await transaction.resourceLink.updateMany({ where: { id: resourceLinkId, labId: null }, data: { labId } })
    const link = await transaction.resourceLink.findUniqueOrThrow({ where: { id: resourceLinkId }, select: { labId: true } })
    if (link.labId !== labId) throw fail('environment.action_refused', { detail: 'Another lab was chosen for this place meanwhile.' })
    const request = { launchId, userId, courseId, resourceLinkId, correlationId }
    await ensureEnvironment(transaction, request)
    if (count === 0) return
    await appendAudit(transaction, actor, { action: 'lab.choose', subjectKind: 'resource_link', subjectId: resourceLinkId, correlationId })
  })
}

/**
 * "Start" on a lab's page: the first machines of somebody who opened the page before a lab was chosen, else `startEnvironment`.
 * @returns the id of the environment that is now on its way
 * @throws Failure as `startEnvironment`; lab.not_chosen
 */
export async function startInPlace(actor: LaunchActor): Promise<string> {
  if ((await environmentIdOf(actor)) !== null) return startEnvironment(actor)
  const { launchId, userId, courseId, resourceLinkId } = actor
  authorise(actor, 'environment.start', { resourceLinkId, memberIds: [userId] })
  const correlationId = randomUUID()
  const id = await inTransaction((transaction) =>
    ensureEnvironment(transaction, { launchId, userId, courseId, resourceLinkId, correlationId }),
  )
  if (id === null) throw fail('lab.not_chosen')
  return id
}
