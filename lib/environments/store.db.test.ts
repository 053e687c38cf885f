import { expect, test } from 'vitest'
import type { OperatorActor } from '#lib/access/actor.ts'
import { ownDatabase } from '#lib/database.fixture.ts'
import { prisma } from '#lib/db.ts'
import { isFailure } from '#lib/errors.ts'
import type { Prisma } from '#lib/generated/prisma/client.ts'
import { needsAttention } from './attention.ts'
import { type Course, makeCourse } from './course.fixture.ts'
import type { EnvironmentFilter } from './filter.ts'
import { countEnvironments, filterChoices, listEnvironments } from './store.ts'

ownDatabase()

const operator: OperatorActor = { kind: 'operator', loginSessionId: crypto.randomUUID(), userId: crypto.randomUUID() }
const HOUR = 3_600_000
const ago = (hours: number) => new Date(Date.now() - hours * HOUR)
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: unknown) => (isFailure(error) ? error.code : String(error)),
  )

async function put(course: Course, name: string, data: Prisma.EnvironmentUncheckedUpdateInput): Promise<string> {
  const id = await course.ensure(await course.join(name))
  await prisma().environment.update({ where: { id }, data })
  return id
}

test('a filter finds by state, course, lab, owner, reason, and by how long nothing was done there', async () => {
  const course = await makeCourse()
  const other = await makeCourse()
  const old = { createdAt: ago(50), readyAt: ago(50) }
  const ada = await put(course, 'Ada Lovelace', { phase: 'ready', ...old, lastActivityAt: ago(9) })
  await put(course, 'Woken', { phase: 'ready', ...old, lastActivityAt: ago(9), awakeAt: ago(1) })
  await put(course, 'New', { phase: 'ready' })
  await put(course, 'Never', { phase: 'ready', ...old })
  await put(course, 'Failed', { phase: 'failed', reasonCode: 'cloud.refused' })
  const marked = { deleteAt: new Date(Date.now() + HOUR), deleteReason: 'over' }
  await put(course, 'Marked', { phase: 'suspended', ...marked })
  await put(course, 'Begun', { phase: 'deleting', intent: 'deleted', deleteAt: ago(0), deleteReason: 'over' })
  await put(course, 'Gone', { phase: 'deleted', intent: 'deleted', deletedAt: new Date() })
  await put(other, 'Mallory', { phase: 'ready' })
  const here: EnvironmentFilter = { courseId: course.courseId }
  const found = async (filter: EnvironmentFilter) =>
    (await listEnvironments(operator, filter)).map(({ ownerName }) => String(ownerName)).sort()
  expect(await found(here)).toEqual(['Ada Lovelace', 'Begun', 'Failed', 'Marked', 'Never', 'New', 'Woken'])
  expect(await found({ ...here, phases: ['deleted', 'failed'] })).toEqual(['Failed', 'Gone'])
  expect(await found({ ...here, idleMs: 8 * HOUR })).toEqual(['Ada Lovelace', 'Never'])
  expect(await found({ ...here, marked: true })).toEqual(['Marked'])
  expect(await found({ ...here, reasonCode: 'cloud.refused' })).toEqual(['Failed'])
  expect(await found({ owner: 'lovelace ' })).toEqual(['Ada Lovelace'])
  expect(await found({ owner: '%' })).toEqual([])
  expect(await found({ ids: [ada] })).toEqual(['Ada Lovelace'])
  expect(await found({ ids: [] })).toEqual([])
  expect(await found({ labId: course.labId, phases: ['ready'] })).toEqual(['Ada Lovelace', 'Mallory', 'Never', 'New', 'Woken'])
  expect(await found({ cloudId: crypto.randomUUID() })).toEqual([])
  const second = await listEnvironments(operator, here, { limit: 3, offset: 6 })
  expect(second.map(({ ownerName }) => ownerName)).toHaveLength(1)
  expect(await countEnvironments(operator, here)).toEqual({
    byPhase: { ready: 4, failed: 1, suspended: 1, deleting: 1, deleted: 1 },
    marked: 1,
  })
  expect((await filterChoices(operator)).courses.map(({ id }) => id).sort()).toEqual([course.courseId, other.courseId].sort())
  for (const wrong of [{ phases: ['asleep'] }, { courseId: 'x' }, { ids: ['nonsense'] }])
    expect(await code(listEnvironments(operator, wrong))).toBe('input.invalid')
  const nosy = await course.join('Nosy')
  for (const read of [listEnvironments, countEnvironments, filterChoices, needsAttention])
    expect(await code(read(nosy as never))).toBe('access.denied')
})

test('what is told of an environment: what is due, who is at it, whether work is on it', async () => {
  const course = await makeCourse()
  const at = (hours: number) => new Date(Math.round(Date.now() / 1000) * 1000 + hours * HOUR)
  const [sleep, limit] = [at(1), at(5)]
  const held = { heldHost: 'node1', heldCommand: 'rados bench' }
  await put(course, 'Busy', { phase: 'ready', suspendAt: sleep, limitAt: limit, touchedAt: ago(1), lastActivityAt: ago(1), ...held })
  const [busy] = await listEnvironments(operator, { courseId: course.courseId })
  expect(busy).toMatchObject({
    due: [
      { what: 'sleep', at: sleep.toISOString() },
      { what: 'limit', at: limit.toISOString() },
    ],
    heldBy: { host: 'node1', command: 'rados bench' },
    touched: true,
    marked: false,
  })
})

test('what wants attention comes in groups of one reason each, however many there are, and what is merely on its way does not', async () => {
  await prisma().environment.updateMany({ where: { deletedAt: null }, data: { phase: 'ready', reasonCode: null } })
  const course = await makeCourse()
  const { id: cloudId } = await prisma().cloud.create({ data: { name: 'a cloud', authUrl: 'http://x', sealedAuth: new Uint8Array([0]) } })
  const minutes = (count: number) => new Date(Date.now() - count * 60_000)
  for (let index = 0; index < 5; index += 1)
    await put(course, `Full ${index}`, { phase: 'failed', reasonCode: 'cloud.quota_exceeded', phaseAt: minutes(10 - index) })
  await put(course, 'Lost', { phase: 'lost', reasonCode: 'environment.lost' })
  await put(course, 'Sleepless', { phase: 'suspending', reasonCode: 'environment.suspend_failed', phaseAt: minutes(90) })
  await put(course, 'Waiting', { phase: 'queued', reasonCode: 'cloud.unavailable' })
  await put(course, 'Silent', { phase: 'building', phaseAt: minutes(6) })
  const slow = await put(course, 'Slow', { phase: 'resuming', phaseAt: minutes(2), cloudId })
  await put(course, 'On its way', { phase: 'building', phaseAt: minutes(2), cloudId })
  await put(course, 'At rest', { phase: 'suspended', phaseAt: minutes(900) })
  const { labVersionId } = await prisma().environment.findUniqueOrThrow({ where: { id: slow } })
  await prisma().actionSpan.createMany({ data: [20, 21, 25].map((s) => ({ labVersionId, cloudId, action: 'resume', ms: s * 1000 })) })
  const groups = await needsAttention(operator)
  expect(groups.map(({ kind, phase, reasonCode, count }) => [kind, phase, reasonCode, count])).toEqual([
    ['stopped', 'failed', 'cloud.quota_exceeded', 5],
    ['stopped', 'lost', 'environment.lost', 1],
    ['sleepless', 'suspending', 'environment.suspend_failed', 1],
    ['troubled', 'queued', 'cloud.unavailable', 1],
    ['slow', 'building', null, 1],
    ['slow', 'resuming', null, 1],
  ])
  expect(groups[0]?.examples.map(({ ownerName }) => ownerName)).toEqual(['Full 0', 'Full 1', 'Full 2'])
  expect(groups[5]?.examples.map(({ ownerName }) => ownerName)).toEqual(['Slow'])
})
