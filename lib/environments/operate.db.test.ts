import { expect, test } from 'vitest'
import type { OperatorActor } from '#lib/access/actor.ts'
import { ownDatabase } from '#lib/database.fixture.ts'
import { listen, prisma } from '#lib/db.ts'
import { isFailure } from '#lib/errors.ts'
import type { Prisma } from '#lib/generated/prisma/client.ts'
import { claimDue } from './claim.ts'
import { makeCourse } from './course.fixture.ts'
import { deleteEnvironment, undeleteEnvironment } from './delete.ts'
import { guarded, isStaleClaim } from './held-claim.ts'
import { operatorReset, suspendEnvironment, wakeEnvironment } from './operate.ts'

ownDatabase()

const operator: OperatorActor = { kind: 'operator', loginSessionId: crypto.randomUUID(), userId: crypto.randomUUID() }
const commandLine = { kind: 'command_line' } as const
const rowOf = (id: string) => prisma().environment.findUniqueOrThrow({ where: { id } })
const eventsOf = (id: string) =>
  prisma().environmentEvent.findMany({ where: { environmentId: id }, orderBy: [{ at: 'asc' }, { id: 'asc' }] })
const auditOf = (subjectId: string) => prisma().auditEntry.findMany({ where: { subjectId }, orderBy: [{ at: 'asc' }, { id: 'asc' }] })
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: unknown) => (isFailure(error) ? error.code : String(error)),
  )

/** Somebody's environment, in a state. */
async function standing(data: Prisma.EnvironmentUncheckedUpdateInput = {}): Promise<string> {
  const course = await makeCourse()
  const id = await course.ensure(await course.join('Ada'))
  await prisma().environment.update({ where: { id }, data: { phase: 'ready', wasReady: true, ...data } })
  return id
}

test('an operator puts to sleep: what is wanted is written, with who and why, and the step in hand may write no more', async () => {
  await prisma().environment.updateMany({ data: { nextCheckAt: null } })
  const tomorrow = new Date(Date.now() + 86_400_000)
  const id = await standing({ phase: 'queued', suspendAt: tomorrow, limitAt: tomorrow, extensions: 2, nextCheckAt: new Date(0) })
  const [claim] = await claimDue(10)
  await prisma().environment.update({ where: { id }, data: { phase: 'ready', reasonCode: 'cloud.unavailable' } })
  await suspendEnvironment(operator, id, { reason: ' the room is needed ' })
  const asleep = { intent: 'suspended', phase: 'suspending', sleepWhy: 'asked', suspendAt: null, limitAt: null, extensions: 0 }
  expect(await rowOf(id)).toMatchObject({ ...asleep, reasonCode: null, generation: 1 })
  const [event] = (await eventsOf(id)).slice(-1)
  expect(event).toMatchObject({ kind: 'sleep', phase: 'suspending', actorId: operator.userId, detail: 'the room is needed' })
  expect(await auditOf(id)).toMatchObject([{ action: 'environment.sleep', actorId: operator.userId, reason: 'the room is needed' }])
  expect((await rowOf(id)).correlationId).toBe(event?.correlationId)
  if (!claim) throw new Error('nothing was due')
  expect(await guarded(prisma(), claim, { phase: 'lost' }).catch(isStaleClaim)).toBe(true)
})

test('workers and pages hear of an order, and of nothing when nothing was ordered', async () => {
  const id = await standing()
  const heard: string[] = []
  const told = Promise.withResolvers<void>()
  const silences = await Promise.all(
    (['environment_work', 'environment_changed'] as const).map((channel) =>
      listen(channel, (about) => {
        heard.push(`${channel} ${about === id ? 'it' : about}`)
        if (heard.length === 2) told.resolve()
      }),
    ),
  )
  await suspendEnvironment(operator, id)
  await suspendEnvironment(operator, id)
  await told.promise
  await prisma().$executeRaw`select pg_notify('environment_work', 'last')`
  await expect.poll(() => heard.sort()).toEqual(['environment_changed it', 'environment_work it', 'environment_work last'])
  for (const silence of silences) silence()
})

test('ten orders at once to sleep are one, as are ten resets of the same generation', async () => {
  const id = await standing()
  await Promise.all(Array.from({ length: 10 }, () => suspendEnvironment(operator, id)))
  await Promise.all(Array.from({ length: 10 }, () => operatorReset(commandLine, id, { generation: 1, reason: 'a clean start' })))
  expect(await rowOf(id)).toMatchObject({ generation: 2, intent: 'running', phase: 'building', wasReady: false, touchedAt: null })
  expect((await auditOf(id)).map(({ action, actorKind }) => [action, actorKind])).toEqual([
    ['environment.sleep', 'person'],
    ['environment.reset', 'command_line'],
  ])
  expect((await eventsOf(id)).map(({ kind, generation }) => `${kind} ${generation}`)).toEqual(['requested 1', 'sleep 1', 'reset 2'])
})

test('two who want opposite things at once are heard one after the other, and what stands is what one of them wants', async () => {
  const id = await standing({ phase: 'suspended', intent: 'suspended' })
  await Promise.all([wakeEnvironment(operator, id), deleteEnvironment(commandLine, id, { reason: 'over' })].map(code))
  expect(await rowOf(id)).toMatchObject({ intent: 'deleted', phase: 'deleting' })
})

test('an operator wakes what sleeps in the way in which it fell asleep, and tries again what has failed', async () => {
  const asleep = await standing({ phase: 'suspended', intent: 'suspended', sleepHow: 'shelve' })
  await wakeEnvironment(operator, asleep)
  expect(await rowOf(asleep)).toMatchObject({ intent: 'running', phase: 'resuming', sleepHow: 'shelve' })
  const failed = await standing({ phase: 'failed', wasReady: false, failures: 2, reasonCode: 'environment.create_failed' })
  await wakeEnvironment(operator, failed)
  expect(await rowOf(failed)).toMatchObject({ intent: 'running', phase: 'queued', failures: 0, reasonCode: null, generation: 1 })
  const tired = await standing({ phase: 'failed', sleepHow: 'stop', failures: 2, reasonCode: 'environment.resume_failed' })
  await wakeEnvironment(operator, tired)
  expect(await rowOf(tired)).toMatchObject({ phase: 'resuming', sleepHow: 'stop', failures: 0 })
})

test('what makes no sense in a phase is refused and changes nothing, what is so already is not an error', async () => {
  const id = await standing({ phase: 'lost' })
  const before = await rowOf(id)
  expect(await code(suspendEnvironment(operator, id))).toBe('environment.action_refused')
  expect(await code(wakeEnvironment(operator, id))).toBe('environment.action_refused')
  expect(await code(operatorReset(operator, id, { generation: 7, reason: 'late' }))).toBe('done')
  expect(await code(operatorReset(operator, id, { generation: 1, reason: '' }))).toBe('input.invalid')
  expect(await rowOf(id)).toEqual(before)
  await deleteEnvironment(operator, id, { reason: 'over' })
  await deleteEnvironment(operator, id, { reason: 'again' })
  expect(await rowOf(id)).toMatchObject({ deleteReason: 'over' })
  expect(await code(suspendEnvironment(operator, id))).toBe('environment.action_refused')
  expect(await code(operatorReset(operator, id, { generation: 1, reason: 'x' }))).toBe('environment.action_refused')
  for (const nobody of [crypto.randomUUID(), 'nonsense'])
    expect(await code(wakeEnvironment(operator, nobody))).toBe('environment.not_found')
})

test('only operators and the command line give these orders', async () => {
  const course = await makeCourse()
  const [ada, teacher] = [await course.join('Ada'), await course.join('Grace', 'instructor')]
  const id = await course.ensure(ada)
  await prisma().environment.update({ where: { id }, data: { phase: 'ready' } })
  for (const actor of [ada, teacher] as never[]) {
    expect(await code(suspendEnvironment(actor, id))).toBe('access.denied')
    expect(await code(wakeEnvironment(actor, id))).toBe('access.denied')
    expect(await code(operatorReset(actor, id, { generation: 1, reason: 'mine' }))).toBe('access.denied')
    expect(await code(deleteEnvironment(actor, id, { reason: 'mine' }))).toBe('access.denied')
    expect(await code(undeleteEnvironment(actor, id))).toBe('access.denied')
  }
  expect(await auditOf(id)).toEqual([])
})
