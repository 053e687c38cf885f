import { randomBytes, randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { LaunchActor } from '#lib/access/actor.ts'
import { inTransaction, prisma } from '#lib/db.ts'
import { readLabFolder } from '#lib/labs/folder.ts'
import { publishLab } from '#lib/labs/publish.ts'
import { ensureEnvironment } from './ensure.ts'

/** A course with a place for the lab "Two machines". */
export type Course = {
  platformId: string
  courseId: string
  resourceLinkId: string
  labId: string
  /** Somebody in it, launched into the place. */
  join(name: string, role?: 'learner' | 'instructor'): Promise<LaunchActor>
  /** As a launch does. */
  ensure(actor: LaunchActor): Promise<string>
}

const labFolder = fileURLToPath(new URL('../../heat-templates/two-machines', import.meta.url))

export async function makeCourse({ withLab = true }: { withLab?: boolean } = {}): Promise<Course> {
  const { labId } = await publishLab(await readLabFolder(labFolder))
  const platform = await prisma().platform.create({ data: { name: 'An LMS' } })
  const platformId = platform.id
  const registration = await prisma().registration.create({
    data: {
      platformId,
      issuer: 'https://lms.example',
      clientId: randomUUID(),
      authorizationUrl: 'https://lms.example/a',
      jwksUrl: 'https://lms.example/k',
    },
  })
  const deployment = await prisma().deployment.create({ data: { platformId, registrationId: registration.id, deploymentId: '1' } })
  const { id: courseId } = await prisma().courseContext.create({
    data: { platformId, contextId: randomUUID(), title: 'Distributed systems 101' },
  })
  const { id: resourceLinkId } = await prisma().resourceLink.create({
    data: { platformId, courseId, linkId: randomUUID(), labId: withLab ? labId : null },
  })
  const join = async (name: string, role: 'learner' | 'instructor' = 'learner'): Promise<LaunchActor> => {
    const { id: userId } = await prisma().user.create({ data: { platformId, subject: randomUUID(), person: { create: { name } } } })
    await prisma().membership.create({ data: { userId, courseId, role } })
    const expiresAt = new Date(Date.now() + 3_600_000)
    const browserHash = new Uint8Array(randomBytes(32))
    const { id: loginSessionId } = await prisma().loginSession.create({ data: { userId, browserHash, expiresAt } })
    const { id: launchId } = await prisma().launch.create({
      data: { loginSessionId, registrationId: registration.id, deploymentId: deployment.id, userId, resourceLinkId, role, expiresAt },
    })
    return { kind: 'launch', launchId, loginSessionId, userId, role, platformId, courseId, resourceLinkId, locale: null, endsAt: expiresAt }
  }
  const ensure = async ({ launchId, userId }: LaunchActor) => {
    const request = { launchId, userId, courseId, resourceLinkId, correlationId: randomUUID() }
    const id = await inTransaction((transaction) => ensureEnvironment(transaction, request))
    if (id === null) throw new Error('the place has no lab')
    return id
  }
  return { platformId, courseId, resourceLinkId, labId, join, ensure }
}
