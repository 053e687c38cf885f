import { expect, test } from 'vitest'
import type { OperatorActor } from '#lib/access/actor.ts'
import { ownDatabase } from '#lib/database.fixture.ts'
import { prisma } from '#lib/db.ts'
import { isFailure } from '#lib/errors.ts'
import type { Prisma } from '#lib/generated/prisma/client.ts'
import { type BulkPreview, changedPreview, MOST_AT_ONCE, previewBulk, runBulk } from './bulk.ts'
import type { BulkOrder } from './bulk-plan.ts'
import { bulkResult, undoBulk } from './bulk-result.ts'
import { type Course, makeCourse } from './course.fixture.ts'
import { deleteEnvironment, undeleteEnvironment } from './delete.ts'

ownDatabase()

const operator: OperatorActor = { kind: 'operator', loginSessionId: crypto.randomUUID(), userId: crypto.randomUUID() }
const commandLine = { kind: 'command_line' } as const
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000)
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: unknown) => (isFailure(error) ? error.code : String(error)),
  )
const rowsOf = (course: Course) => prisma().environment.findMany({ where: { courseId: course.courseId }, orderBy: { createdAt: 'asc' } })
/** Who becomes what, and who is left alone why. */
const told = ({ changes, spared }: BulkPreview) => ({
  changes: Object.fromEntries(changes.map(({ environment, to }) => [environment.ownerName, to])),
  spared: Object.fromEntries(spared.map(({ environment, why }) => [environment.ownerName, why])),
})

type Standing = Record<string, Omit<Prisma.EnvironmentUncheckedUpdateInput, 'id'>>

/** A course of people whose environments are in given states. */
async function classOf(people: Standing): Promise<Course> {
  const course = await makeCourse()
  for (const [name, data] of Object.entries(people)) {
    const id = await course.ensure(await course.join(name))
    await prisma().environment.update({ where: { id }, data: { phase: 'ready', wasReady: true, ...data } })
  }
  return course
}

const inCourse = (course: Course, more: BulkOrder['filter'] = {}) => ({ courseId: course.courseId, ...more })

test('a preview says of each what becomes of it, or why it is left alone, and writes nothing', async () => {
  const course = await classOf({
    Ada: { touchedAt: ago(600), lastActivityAt: ago(500) },
    Lin: { touchedAt: ago(600), lastActivityAt: ago(1) },
    Tom: { touchedAt: ago(600), lastActivityAt: ago(10) },
    Eve: { heldHost: 'node1', heldCommand: 'make' },
    Sam: { phase: 'suspended', intent: 'suspended' },
    Kim: { phase: 'deleting', intent: 'deleted', deleteAt: ago(1), deleteReason: 'over' },
    New: { phase: 'queued', wasReady: false },
  })
  const before = await rowsOf(course)
  const filter = inCourse(course)
  expect(told(await previewBulk(operator, { action: 'suspend', filter }))).toEqual({
    changes: { Ada: 'suspending' },
    spared: { Lin: 'in_use', Tom: 'used_lately', Eve: 'held', Sam: 'already', Kim: 'removed', New: 'not_now' },
  })
  expect(told(await previewBulk(commandLine, { action: 'wake', filter })).changes).toEqual({ Sam: 'resuming' })
  const deletion: BulkOrder = { action: 'delete', filter, graceMs: 0 }
  expect(told(await previewBulk(operator, deletion)).changes).toEqual({ Sam: 'deleting', New: 'deleting' })
  expect(told(await previewBulk(operator, { ...deletion, touched: true, spareMs: 0 })).spared).toEqual({ Kim: 'removed' })
  expect(await rowsOf(course)).toEqual(before)
})

test('what was shown is done, under one id, with reason and actor; the others stay as they are', async () => {
  const course = await classOf({ Ada: {}, Lin: {}, Sam: { phase: 'suspended', intent: 'suspended' } })
  const bulk: BulkOrder = { action: 'suspend', filter: inCourse(course), reason: 'the room is needed' }
  const { digest } = await previewBulk(operator, bulk)
  const done = await runBulk(operator, bulk, digest)
  expect(done).toMatchObject({ changed: 2, passed: 0 })
  const rows = await rowsOf(course)
  expect(rows.map(({ phase, intent, fence }) => [phase, intent, fence])).toEqual([
    ['suspending', 'suspended', 1n],
    ['suspending', 'suspended', 1n],
    ['suspended', 'suspended', 0n],
  ])
  expect(rows.map(({ correlationId }) => correlationId === done.orderId)).toEqual([true, true, false])
  const [ada] = rows
  expect(await prisma().environmentEvent.findMany({ where: { environmentId: ada?.id, kind: 'sleep' } })).toMatchObject([
    { phase: 'suspending', detail: 'the room is needed', actorId: operator.userId, correlationId: done.orderId },
  ])
  const notes = await prisma().auditEntry.findMany({ where: { correlationId: done.orderId }, orderBy: { at: 'asc' } })
  expect(notes.map(({ action, reason }) => [action, reason])).toEqual([
    ['environment.bulk_sleep', 'the room is needed'],
    ['environment.sleep', 'the room is needed'],
    ['environment.sleep', 'the room is needed'],
  ])
  const result = await bulkResult(operator, done.orderId ?? '')
  expect(result).toMatchObject({ action: 'suspend', reason: 'the room is needed', undoable: 0, actorName: null })
  expect(result.environments.map(({ ownerName }) => String(ownerName)).sort()).toEqual(['Ada', 'Lin'])
})

test('when something has changed since the preview nothing is done, and the new preview is given', async () => {
  const course = await classOf({ Ada: {}, Lin: {} })
  const bulk: BulkOrder = { action: 'suspend', filter: inCourse(course) }
  const { digest } = await previewBulk(operator, bulk)
  const [ada] = await rowsOf(course)
  await prisma().environment.update({ where: { id: ada?.id }, data: { lastActivityAt: new Date() } })
  const refused = await runBulk(operator, bulk, digest).catch((error: unknown) => error)
  if (!isFailure(refused, 'input.invalid')) throw refused
  expect(refused.detail).toMatch(/changed since/)
  const now = changedPreview(refused)
  expect(now && told(now)).toEqual({ changes: { Lin: 'suspending' }, spared: { Ada: 'in_use' } })
  expect((await rowsOf(course)).map(({ phase }) => phase)).toEqual(['ready', 'ready'])
  expect(await runBulk(operator, bulk, now?.digest ?? '')).toMatchObject({ changed: 1 })
})

test('what is merely further on its way is done as it was shown; work that came to it meanwhile is not erased', async () => {
  const course = await classOf({ Ada: { phase: 'suspending', intent: 'suspended' }, Lin: {} })
  const [ada, lin] = await rowsOf(course)
  const bulk: BulkOrder = { action: 'reset', filter: inCourse(course), touched: true, spareMs: 0, reason: 'a clean start' }
  const { digest } = await previewBulk(operator, bulk)
  await prisma().environment.update({ where: { id: lin?.id }, data: { touchedAt: new Date(), lastActivityAt: new Date() } })
  expect(await code(runBulk(operator, bulk, digest))).toBe('input.invalid')
  await prisma().environment.update({ where: { id: lin?.id }, data: { touchedAt: null } })
  await prisma().environment.update({ where: { id: ada?.id }, data: { phase: 'suspended' } })
  expect(await runBulk(operator, bulk, digest)).toMatchObject({ changed: 2, passed: 0 })
})

test('a row that changes between the last look and the write is passed over', async () => {
  const course = await classOf({ Ada: {}, Lin: {} })
  const bulk: BulkOrder = { action: 'suspend', filter: inCourse(course) }
  const { digest } = await previewBulk(operator, bulk)
  const [ada] = await rowsOf(course)
  // Somebody holds the row while the order looks and waits; what they leave behind is not what was shown.
  const running = await prisma().$transaction(async (transaction) => {
    await transaction.$queryRaw`select id from environment where id = ${ada?.id}::uuid for update`
    const order = runBulk(operator, bulk, digest)
    await expect.poll(waiting).toBe(1)
    await transaction.environment.update({ where: { id: ada?.id }, data: { generation: 2 } })
    return { order }
  })
  expect(await running.order).toMatchObject({ changed: 1, passed: 1 })
  expect((await rowsOf(course)).map(({ phase, intent }) => [phase, intent])).toEqual([
    ['ready', 'running'],
    ['suspending', 'suspended'],
  ])
})

async function waiting(): Promise<number> {
  const [found] = await prisma().$queryRaw<{ waiting: bigint }[]>`
    select count(*) as waiting from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
  return Number(found?.waiting)
}

test('two who order the same at once change each environment once', async () => {
  const course = await classOf(Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`P${index}`, {}])))
  const bulk: BulkOrder = { action: 'reset', filter: inCourse(course), reason: 'a clean start' }
  const { digest } = await previewBulk(operator, bulk)
  const done = await Promise.all([operator, commandLine, operator].map((actor) => runBulk(actor, bulk, digest).catch(() => null)))
  expect(done.reduce((sum, one) => sum + (one?.changed ?? 0), 0)).toBe(12)
  expect(new Set((await rowsOf(course)).map(({ generation }) => generation))).toEqual(new Set([2]))
})

test('erasing needs a reason, and waits ten minutes before it deletes; meanwhile all of it can be taken back at once', async () => {
  const course = await classOf({ Ada: { touchedAt: ago(600) }, Lin: {}, Tom: {} })
  const bulk: BulkOrder = { action: 'delete', filter: inCourse(course), touched: true }
  const { digest } = await previewBulk(operator, bulk)
  expect(await code(runBulk(operator, bulk, digest))).toBe('input.invalid')
  expect(await code(runBulk(operator, { ...bulk, action: 'reset' }, digest))).toBe('input.invalid')
  const { orderId, changed } = await runBulk(operator, { ...bulk, reason: 'end of term' }, digest)
  if (orderId === null) throw new Error('nothing was ordered')
  expect(changed).toBe(3)
  const [ada, lin, tom] = await rowsOf(course)
  expect(ada).toMatchObject({ phase: 'ready', intent: 'running', deleteReason: 'end of term', deleteActorId: operator.userId })
  const minutes = ((ada?.deleteAt?.getTime() ?? 0) - Date.now()) / 60_000
  expect(minutes).toBeGreaterThan(9.5)
  expect(minutes).toBeLessThanOrEqual(10)
  // Lin's is taken back and ordered anew for a reason of its own, Tom's has begun: neither is this order's any more.
  await undeleteEnvironment(operator, lin?.id ?? '')
  await deleteEnvironment(operator, lin?.id ?? '', { reason: 'her own wish', notBefore: new Date(Date.now() + 60_000) })
  await deleteEnvironment(operator, tom?.id ?? '', { reason: 'now' })
  expect(await bulkResult(operator, orderId)).toMatchObject({ action: 'delete', undoable: 1 })
  const undone = await undoBulk(operator, orderId)
  expect(undone).toMatchObject({ changed: 1, passed: 0 })
  expect((await rowsOf(course)).map(({ deleteReason }) => deleteReason)).toEqual([null, 'her own wish', 'now'])
  expect(await code(undoBulk(operator, orderId))).toBe('environment.action_refused')
  expect(await bulkResult(operator, undone.orderId ?? '')).toMatchObject({ action: 'undelete' })
})

test('more than can be changed at once is refused before anything is looked at closely', async () => {
  const course = await classOf({ Ada: {} })
  const [ada] = await rowsOf(course)
  await prisma().$executeRaw`
    insert into environment (id, lab_version_id, course_id, phase, was_ready)
    select gen_random_uuid(), ${ada?.labVersionId}::uuid, ${course.courseId}::uuid, 'ready', true from generate_series(1, ${MOST_AT_ONCE})`
  expect(await code(previewBulk(operator, { action: 'suspend', filter: inCourse(course) }))).toBe('input.invalid')
  await prisma().environment.deleteMany({ where: { courseId: course.courseId, ownerKey: null } })
})

test('only operators and the command line act on many', async () => {
  const course = await makeCourse()
  for (const actor of [await course.join('Ada'), await course.join('Grace', 'instructor')] as never[]) {
    for (const action of ['suspend', 'wake', 'reset', 'delete', 'undelete'] as const) {
      // A learner may put to sleep, wake and reset what is theirs: never by a filter.
      expect(await code(previewBulk(actor, { action, filter: {} }))).toBe('access.denied')
      expect(await code(runBulk(actor, { action, filter: {}, reason: 'x' }, ''))).toBe('access.denied')
    }
    expect(await code(bulkResult(actor, crypto.randomUUID()))).toBe('access.denied')
    expect(await code(undoBulk(actor, crypto.randomUUID()))).toBe('access.denied')
  }
  expect(await code(bulkResult(operator, crypto.randomUUID()))).toBe('page.not_found')
  expect(await code(bulkResult(operator, 'nonsense'))).toBe('page.not_found')
})
