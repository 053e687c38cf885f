import { beforeEach, expect, test } from 'vitest'
import { ownDatabase } from '#lib/database.fixture.ts'
import type { LaunchActor } from '../access/actor.ts'
import { requireLaunch } from '../access/login-session.ts'
import { prisma } from '../db.ts'
import { environmentDetails } from '../environments/details.ts'
import { terminalTicket } from '../environments/terminal-ticket.ts'
import { environmentIdOf } from '../environments/view.ts'
import { hashToken, randomToken } from '../secrets.ts'
import { chooseLab, placeOf, startInPlace } from './place.ts'

ownDatabase()

type World = { labId: string; versionId: string; linkId: string; instructor: LaunchActor; learner: LaunchActor }
let world: World

beforeEach(async () => {
  const tag = randomToken()
  const platform = await prisma().platform.create({ data: { name: tag } })
  const registration = await prisma().registration.create({
    data: { platformId: platform.id, issuer: `https://${tag}`, clientId: 'x', authorizationUrl: 'https://lms', jwksUrl: 'https://lms' },
  })
  const deployment = await prisma().deployment.create({
    data: { registrationId: registration.id, platformId: platform.id, deploymentId: '1' },
  })
  const course = await prisma().courseContext.create({ data: { platformId: platform.id, contextId: 'c', title: 'Course' } })
  const link = await prisma().resourceLink.create({
    data: { platformId: platform.id, courseId: course.id, linkId: 'l', title: 'Lab 1' },
  })
  const lab = await prisma().lab.create({
    data: { slug: tag.toLowerCase(), versions: { create: [{ revision: '1', title: 'Two machines' }] } },
    include: { versions: true },
  })
  const enter = async (role: 'learner' | 'instructor'): Promise<LaunchActor> => {
    const user = await prisma().user.create({ data: { platformId: platform.id, subject: role, person: { create: { name: role } } } })
    const secret = randomToken()
    const expiresAt = new Date(Date.now() + 3_600_000)
    const login = await prisma().loginSession.create({ data: { userId: user.id, browserHash: hashToken(secret), expiresAt } })
    const launch = await prisma().launch.create({
      data: {
        loginSessionId: login.id,
        registrationId: registration.id,
        deploymentId: deployment.id,
        userId: user.id,
        resourceLinkId: link.id,
        role,
        expiresAt,
      },
    })
    return requireLaunch(launch.id, `__Host-astrolabe=${secret}`)
  }
  const versionId = lab.versions[0]?.id ?? ''
  world = { labId: lab.id, versionId, linkId: link.id, instructor: await enter('instructor'), learner: await enter('learner') }
})

test('a place without a lab shows none, and gives no machines', async () => {
  expect(await placeOf(world.learner)).toEqual({ title: 'Lab 1', labVersionId: null })
  await expect(startInPlace(world.learner)).rejects.toMatchObject({ code: 'lab.not_chosen' })
})

test('an instructor chooses the lab of an empty place, once, and has machines of it', async () => {
  await chooseLab(world.instructor, world.labId)
  await chooseLab(world.instructor, world.labId)
  expect(await placeOf(world.learner)).toEqual({ title: 'Lab 1', labVersionId: world.versionId })
  expect(await prisma().environment.count({ where: { resourceLinkId: world.linkId } })).toBe(1)
  expect(await prisma().auditEntry.count({ where: { action: 'lab.choose', subjectId: world.linkId } })).toBe(1)
})

test('a learner chooses nothing, nobody chooses what is not there, and what was chosen stays', async () => {
  await expect(chooseLab(world.learner, world.labId)).rejects.toMatchObject({ code: 'access.denied' })
  await expect(chooseLab(world.instructor, world.versionId)).rejects.toMatchObject({ code: 'lab.not_found' })
  const other = await prisma().lab.create({ data: { slug: randomToken(), versions: { create: [{ revision: '1', title: 'Other' }] } } })
  await chooseLab(world.instructor, world.labId)
  await expect(chooseLab(world.instructor, other.id)).rejects.toMatchObject({ code: 'environment.action_refused' })
})

test('whoever opened the page before a lab was chosen can start then, and keeps the version they have', async () => {
  await chooseLab(world.instructor, world.labId)
  const id = await startInPlace(world.learner)
  expect(await environmentIdOf(world.learner)).toBe(id)
  await prisma().labVersion.create({ data: { labId: world.labId, revision: '2', title: 'Newer' } })
  expect((await placeOf(world.learner)).labVersionId).toBe(world.versionId)
})

test('a ticket is for a machine that stands: of this person, of this generation, with this name', async () => {
  await expect(terminalTicket(world.learner, { host: 'node1' })).rejects.toMatchObject({ code: 'environment.not_found' })
  await chooseLab(world.instructor, world.labId)
  const environment = await startInPlace(world.learner)
  await expect(terminalTicket(world.learner, { host: 'node1' })).rejects.toMatchObject({ code: 'environment.not_ready' })
  await prisma().host.create({
    data: { environmentId: environment, generation: 1, name: 'node1', label: 'node1', position: 0, address: '192.0.2.1', user: 'debian' },
  })
  const ticket = await terminalTicket(world.learner, { host: 'node1', generation: 1 })
  expect(ticket).toMatchObject({ environment, generation: 1, host: 'node1', mode: 'write' })
  await expect(terminalTicket(world.learner, { host: 'node2' })).rejects.toMatchObject({ code: 'environment.not_found' })
  await expect(terminalTicket(world.learner, { host: 'node1', generation: 2 })).rejects.toMatchObject({ code: 'environment.not_found' })
})

test('an operator sees everything about an environment, with names', async () => {
  await chooseLab(world.instructor, world.labId)
  const id = await startInPlace(world.learner)
  const details = await environmentDetails({ kind: 'command_line' }, id)
  expect(details).toMatchObject({ id, ownerName: 'learner', courseTitle: 'Course', labTitle: 'Two machines', phase: 'queued' })
  expect(details.events).toMatchObject([{ kind: 'requested', actorName: 'learner' }])
  await expect(environmentDetails({ kind: 'command_line' }, 'x')).rejects.toMatchObject({ code: 'environment.not_found' })
})
