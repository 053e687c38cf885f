import { expect, test } from 'vitest'
import type { OperatorActor } from '#lib/access/actor.ts'
import { connectCloud } from '#lib/clouds.ts'
import { config, setConfig } from '#lib/config.ts'
import { ownDatabase } from '#lib/database.fixture.ts'
import { prisma } from '#lib/db.ts'
import { isFailure } from '#lib/errors.ts'
import { touchEnvironment } from './activity.ts'
import { claimDue, renewLeases } from './claim.ts'
import { environmentController } from './controller.ts'
import { makeCourse } from './course.fixture.ts'
import { deleteEnvironment, undeleteEnvironment } from './delete.ts'
import { guarded, isStaleClaim } from './held-claim.ts'
import { hostForTerminal, pinHostKey } from './hosts.ts'
import { resetEnvironment } from './reset.ts'
import { startEnvironment } from './start.ts'
import { courseRoster, listEnvironments } from './store.ts'
import { environmentOf, environmentView } from './view.ts'

ownDatabase()

const operator: OperatorActor = { kind: 'operator', loginSessionId: crypto.randomUUID(), userId: crypto.randomUUID() }
const rowOf = (id: string) => prisma().environment.findUniqueOrThrow({ where: { id } })
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: unknown) => (isFailure(error) ? error.code : String(error)),
  )
/** Only this file's environment is left to claim. */
const idle = () => prisma().environment.updateMany({ data: { nextCheckAt: null, leaseOwner: null, leaseUntil: null } })

test('fifty launches at once of one learner end with one environment', async () => {
  const course = await makeCourse()
  const ada = await course.join('Ada')
  const lin = await course.join('Lin')
  const ids = new Set(await Promise.all(Array.from({ length: 50 }, () => course.ensure(ada))))
  expect(ids.size).toBe(1)
  const [id = ''] = ids
  expect(await prisma().environmentMember.count({ where: { environmentId: id } })).toBe(1)
  expect(await prisma().environmentEvent.count({ where: { environmentId: id } })).toBe(1)
  expect(await course.ensure(lin)).not.toBe(id)
})

test('a place without a lab gets no environment', async () => {
  const course = await makeCourse({ withLab: false })
  await expect(course.ensure(await course.join('Ada'))).rejects.toThrow('no lab')
})

test('a launch wakes what sleeps and disturbs nothing else', async () => {
  const course = await makeCourse()
  const ada = await course.join('Ada')
  const id = await course.ensure(ada)
  const before = await rowOf(id)
  await course.ensure(ada)
  expect(await rowOf(id)).toEqual(before)
  await prisma().environment.update({ where: { id }, data: { intent: 'suspended', phase: 'suspended' } })
  await course.ensure(ada)
  expect(await rowOf(id)).toMatchObject({ intent: 'running', generation: 1 })
})

test('a reset asks for the next generation once, however often the button is pressed', async () => {
  const course = await makeCourse()
  const ada = await course.join('Ada')
  const id = await course.ensure(ada)
  await prisma().environment.update({ where: { id }, data: { phase: 'ready', wasReady: true, touchedAt: new Date() } })
  await Promise.all(Array.from({ length: 5 }, () => resetEnvironment(ada, { generation: 1 })))
  expect(await rowOf(id)).toMatchObject({ generation: 2, wasReady: false, touchedAt: null, phase: 'building' })
  expect(await prisma().auditEntry.count({ where: { subjectId: id, action: 'environment.reset' } })).toBe(1)
})

test('nobody resets or starts what is not theirs, nor in a phase that has no such button', async () => {
  const course = await makeCourse()
  const ada = await course.join('Ada')
  const lin = await course.join('Lin')
  const teacher = await course.join('Grace', 'instructor')
  const id = await course.ensure(ada)
  expect(await code(resetEnvironment(ada))).toBe('environment.action_refused')
  await prisma().environment.update({ where: { id }, data: { phase: 'ready' } })
  expect(await code(resetEnvironment(lin, { environmentId: id }))).toBe('access.denied')
  expect(await code(resetEnvironment(teacher, { environmentId: id }))).toBe('access.denied')
  expect(await code(startEnvironment(ada))).toBe('environment.action_refused')
  expect(await code(resetEnvironment(lin))).toBe('environment.not_found')
  expect(await code(courseRoster(ada))).toBe('access.denied')
})

test('a person’s command makes the step in hand write nothing more', async () => {
  await idle()
  const course = await makeCourse()
  const ada = await course.join('Ada')
  const id = await course.ensure(ada)
  const [claim] = await claimDue(10)
  if (!claim) throw new Error('nothing was due')
  await prisma().environment.update({ where: { id }, data: { phase: 'ready' } })
  await resetEnvironment(ada)
  const late = guarded(prisma(), claim, { phase: 'lost' })
  expect(await late.catch(isStaleClaim)).toBe(true)
  expect(await rowOf(id)).toMatchObject({ phase: 'building', generation: 2, leaseOwner: claim.owner })
})

test('a claim keeps others out while its lease lasts; afterwards they take over and the first may write nothing', async () => {
  await idle()
  const course = await makeCourse()
  const id = await course.ensure(await course.join('Ada'))
  const [claim] = await claimDue(10)
  if (!claim) throw new Error('nothing was due')
  expect(await claimDue(10)).toEqual([])
  expect([...(await renewLeases([claim.owner]))]).toEqual([claim.owner])
  await prisma().environment.update({ where: { id }, data: { leaseUntil: new Date(Date.now() - 1) } })
  const [other] = await claimDue(10)
  expect(other).toMatchObject({ environmentId: id, fence: claim.fence + 1n })
  expect([...(await renewLeases([claim.owner]))]).toEqual([])
  expect(await guarded(prisma(), claim, { failures: 1 }).catch(isStaleClaim)).toBe(true)
  if (other) await guarded(prisma(), other, { failures: 1 })
  expect((await rowOf(id)).failures).toBe(1)
})

test('a deletion with notice can be undone until its time, one without cannot; both say why and by whom', async () => {
  const course = await makeCourse()
  const id = await course.ensure(await course.join('Ada'))
  const tomorrow = new Date(Date.now() + 86_400_000)
  expect(await code(deleteEnvironment(operator, id, { reason: '  ' }))).toBe('input.invalid')
  await deleteEnvironment(operator, id, { reason: 'the course is over', notBefore: tomorrow })
  expect(await rowOf(id)).toMatchObject({ intent: 'running', deleteAt: tomorrow, deleteActorId: operator.userId })
  await undeleteEnvironment(operator, id)
  expect(await rowOf(id)).toMatchObject({ deleteAt: null, deleteReason: null })
  expect(await code(undeleteEnvironment(operator, id))).toBe('environment.action_refused')
  await deleteEnvironment(operator, id, { reason: 'asked for' })
  expect(await rowOf(id)).toMatchObject({ intent: 'deleted', phase: 'deleting', deleteReason: 'asked for' })
  expect(await code(undeleteEnvironment(operator, id))).toBe('environment.action_refused')
  const learner = await course.join('Lin')
  expect(await code(deleteEnvironment(learner as never, id, { reason: 'mine' }))).toBe('access.denied')
})

test('what was never built is deleted by the first step, and a new start makes another', async () => {
  await idle()
  const course = await makeCourse()
  const ada = await course.join('Ada')
  const id = await course.ensure(ada)
  await deleteEnvironment(operator, id, { reason: 'asked for' })
  await stepAll()
  expect(await rowOf(id)).toMatchObject({ phase: 'deleted', nextCheckAt: null, leaseOwner: null })
  expect((await environmentOf(ada))?.actions).toEqual(['start'])
  const next = await startEnvironment(ada)
  expect(next).not.toBe(id)
  expect((await environmentOf(ada))?.id).toBe(next)
  expect(await code(deleteEnvironment(operator, id, { reason: 'again' }))).toBe('environment.not_found')
})

test('without a cloud it waits in line and says why; once one is connected it is taken up', async () => {
  await idle()
  const course = await makeCourse()
  const id = await course.ensure(await course.join('Ada'))
  await stepAll()
  expect(await environmentView(id)).toMatchObject({ phase: 'queued', reason: { code: 'cloud.not_configured' } })
  const before = config()
  setConfig({ ...before, noMachines: 'no user namespaces' })
  await prisma().environment.update({ where: { id }, data: { nextCheckAt: new Date() } })
  await stepAll()
  setConfig(before)
  expect(await environmentView(id)).toMatchObject({ reason: { code: 'cloud.no_machines', detail: 'no user namespaces' } })
  expect(await code(connectCloud({ file: '/nowhere/clouds.yaml', name: 'dev' }))).toBe('cloud.not_configured')
})

test('a failed environment starts again with a clean slate', async () => {
  const course = await makeCourse()
  const ada = await course.join('Ada')
  const id = await course.ensure(ada)
  const failed = { phase: 'failed', failures: 2, reasonCode: 'environment.create_failed', reasonDetail: 'words' } as const
  await prisma().environment.update({ where: { id }, data: failed })
  expect((await environmentView(id))?.reason).toMatchObject({ code: 'environment.create_failed', detail: 'words' })
  expect(await startEnvironment(ada)).toBe(id)
  expect(await rowOf(id)).toMatchObject({ phase: 'queued', failures: 0, generation: 1, reasonCode: null })
})

test('an instructor sees everybody in the course with the state of their machines, an operator sees all', async () => {
  const course = await makeCourse()
  const [teacher, ada] = [await course.join('Grace', 'instructor'), await course.join('Ada')]
  await course.join('Lin')
  const id = await course.ensure(ada)
  const other = await makeCourse()
  await other.ensure(await other.join('Mallory'))
  const roster = await courseRoster(teacher)
  expect(roster.map(({ name, role, environment }) => [name, role, environment?.id ?? null])).toEqual([
    ['Ada', 'learner', id],
    ['Lin', 'learner', null],
    ['Grace', 'instructor', null],
  ])
  const all = await listEnvironments(operator)
  expect(all.find((one) => one.id === id)).toMatchObject({
    ownerName: 'Ada',
    courseTitle: 'Distributed systems 101',
    labTitle: 'Two machines',
  })
  expect(all.map(({ ownerName }) => ownerName)).toContain('Mallory')
  expect(await listEnvironments({ kind: 'command_line' }, { phases: ['lost'] })).toEqual([])
  expect(await code(listEnvironments(operator, { phases: ['nonsense'] }))).toBe('input.invalid')
  expect(await code(listEnvironments(teacher as never))).toBe('access.denied')
})

test('a host key is pinned once, and use is noted at most once a minute', async () => {
  const course = await makeCourse()
  const id = await course.ensure(await course.join('Ada'))
  const host = { environmentId: id, generation: 1, name: 'node1' }
  expect(await code(hostForTerminal(host))).toBe('environment.not_ready')
  expect(await code(hostForTerminal({ ...host, generation: 2 }))).toBe('environment.not_found')
  await prisma().host.create({ data: { ...host, label: 'node1', position: 0, address: '10.0.0.1', user: 'debian' } })
  expect(await pinHostKey(host, 'ssh-ed25519 AAAA')).toBe('ssh-ed25519 AAAA')
  expect(await pinHostKey(host, 'ssh-ed25519 BBBB')).toBe('ssh-ed25519 AAAA')
  const first = new Date('2026-01-01T10:00:00Z')
  await touchEnvironment(id, first)
  await touchEnvironment(id, new Date('2026-01-01T10:00:59Z'))
  expect(await rowOf(id)).toMatchObject({ touchedAt: first, lastActivityAt: first })
  const later = new Date('2026-01-01T10:01:01Z')
  await touchEnvironment(id, later)
  expect(await rowOf(id)).toMatchObject({ touchedAt: first, lastActivityAt: later })
})

/** One step for everything that is due, as a worker takes it. */
async function stepAll(): Promise<void> {
  const controller = await environmentController()
  const never = new AbortController().signal
  for (const claim of await controller.claim(50)) await controller.step(claim, { stop: never, hint: never })
}
