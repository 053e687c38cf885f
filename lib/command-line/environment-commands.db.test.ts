import { expect, test } from 'vitest'
import { ownDatabase } from '#lib/database.fixture.ts'
import { prisma } from '#lib/db.ts'
import { type Course, makeCourse } from '#lib/environments/course.fixture.ts'
import { isFailure } from '#lib/errors.ts'
import { commands } from './commands.ts'

ownDatabase()

/** What a command prints, and how it ends. */
async function run(line: string): Promise<{ out: string; exitCode: number }> {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  const command = commands.find((one) => one.words === words.slice(0, 2).join(' '))
  if (!command) throw new Error(`no command in "${line}"`)
  const answer = await command.run(words.slice(2)).catch((error: unknown) => {
    if (!isFailure(error)) throw error
    return { lines: [`${error.code} ${error.detail ?? ''}`], exitCode: error.code === 'input.invalid' ? 2 : 1 }
  })
  const { lines, exitCode } = Array.isArray(answer) ? { lines: answer, exitCode: 0 } : answer
  return { out: lines.join('\n'), exitCode }
}

async function classOf(names: readonly string[]): Promise<{ course: Course; ids: string[] }> {
  const course = await makeCourse()
  const ids: string[] = []
  for (const name of names) {
    const id = await course.ensure(await course.join(name))
    await prisma().environment.update({ where: { id }, data: { phase: 'ready', wasReady: true } })
    ids.push(id)
  }
  return { course, ids }
}

const phasesOf = async (course: Course) =>
  (await prisma().environment.findMany({ where: { courseId: course.courseId }, orderBy: { createdAt: 'asc' } })).map(({ phase }) => phase)

test('a list is narrowed by the same conditions as the page, and says what it does not understand', async () => {
  const { course, ids } = await classOf(['Ada', 'Lin'])
  await prisma().environment.update({ where: { id: ids[1] }, data: { phase: 'failed', reasonCode: 'cloud.refused' } })
  expect((await run(`environment list --course ${course.courseId}`)).out.split('\n')).toHaveLength(3)
  const failed = await run(`environment list --course ${course.courseId} --phase lost,failed`)
  expect(failed.out).toMatch(/failed\s+Lin\s+Distributed systems 101\s+Two machines.*cloud\.refused/)
  expect((await run(`environment list --owner lin --lab "two machines" --reason-code cloud.refused`)).out.split('\n')).toHaveLength(2)
  expect((await run(`environment list --course ${course.courseId} --idle 1d`)).out).toBe('No environments.')
  for (const line of ['--phase asleep', '--lab nothing', '--idle tomorrow', '--limit 0', '--wat', 'word'])
    expect((await run(`environment list ${line}`)).exitCode).toBe(2)
})

test('one that is named is acted on at once, and shown whole', async () => {
  const { course, ids } = await classOf(['Ada'])
  const [id] = ids
  expect(await run(`environment suspend ${id} --reason "the room is needed"`)).toEqual({ out: `${id} is being put to sleep.`, exitCode: 0 })
  expect(await phasesOf(course)).toEqual(['suspending'])
  const whole = (await run(`environment show ${id}`)).out
  expect(whole).toMatch(/phase\s+suspending since/)
  expect(whole).toMatch(/may\s+wake, reset, delete/)
  expect(whole).toMatch(/sleep\s+suspending.*the room is needed/)
  expect((await run(`environment wake ${id}`)).exitCode).toBe(0)
  expect(await run(`environment reset ${id}`)).toMatchObject({ exitCode: 2 })
  expect((await run(`environment reset ${id} --reason "a clean start"`)).out).toContain('generation 2')
  const soon = await run(`environment delete ${id} --reason over`)
  expect(soon.out).toMatch(/is removed from .* Until then: astrolabe environment undelete/)
  expect((await run(`environment undelete ${id}`)).out).toBe(`${id} is kept.`)
  expect(await run(`environment undelete ${id}`)).toMatchObject({ exitCode: 1, out: expect.stringContaining('environment.action_refused') })
  expect((await run(`environment delete ${id} --reason over --now`)).out).toBe(`${id} is being removed.`)
  expect(await phasesOf(course)).toEqual(['deleting'])
  expect(await run('environment wake nonsense')).toMatchObject({ exitCode: 2 })
  expect(await run(`environment show ${crypto.randomUUID()}`)).toMatchObject({ exitCode: 1 })
})

test('many are shown first, and changed only by --yes; under a digest only if nothing has changed', async () => {
  const { course } = await classOf(['Ada', 'Lin', 'Tom'])
  const some = `--course ${course.courseId}`
  const shown = await run(`environment suspend ${some}`)
  expect(shown.exitCode).toBe(3)
  expect(shown.out).toMatch(/3 of 3 would change/)
  expect(shown.out).toMatch(/Ada\s+Distributed systems 101\s+Two machines\s+ready -> suspending/)
  expect((await run(`environment suspend ${some} --dry-run`)).exitCode).toBe(0)
  expect(await phasesOf(course)).toEqual(['ready', 'ready', 'ready'])
  const digest = /--digest (\S+)/.exec(shown.out)?.[1]
  await prisma().environment.updateMany({
    where: { courseId: course.courseId, members: { some: {} } },
    data: { lastActivityAt: new Date() },
  })
  const refused = await run(`environment suspend ${some} --yes --digest ${digest}`)
  expect(refused).toMatchObject({ exitCode: 1, out: expect.stringMatching(/has changed[\s\S]*3 {2}somebody is using it now/) })
  const done = await run(`environment suspend ${some} --spare 0 --yes`)
  expect(done).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^3 put to sleep\. Order /) })
  expect(await phasesOf(course)).toEqual(['suspending', 'suspending', 'suspending'])
  expect(await run(`environment suspend ${some} --yes`)).toMatchObject({ exitCode: 0, out: expect.stringContaining('Nothing to suspend.') })
})

test('many are deleted with a reason, with time to take it back by the order; work only where that is said', async () => {
  const { course, ids } = await classOf(['Ada', 'Lin'])
  await prisma().environment.update({ where: { id: ids[0] }, data: { touchedAt: new Date(0) } })
  const both = `${ids.join(' ')}`
  expect((await run(`environment delete ${both}`)).out).toMatch(/1 of 2 would change[\s\S]*1 {2}somebody has worked on it/)
  expect(await run(`environment delete ${both} --with-work --yes`)).toMatchObject({ exitCode: 2 })
  const done = await run(`environment delete ${both} --with-work --yes --reason "end of term"`)
  expect(done.out).toMatch(/^2 marked for deletion/)
  const order = /--order (\S+)/.exec(done.out)?.[1]
  expect(await run(`environment undelete --order ${order}`)).toEqual({ out: '2 kept.', exitCode: 0 })
  expect(await phasesOf(course)).toEqual(['ready', 'ready'])
  expect(await run('environment delete --yes --reason x')).toMatchObject({ exitCode: 2, out: expect.stringContaining('Which?') })
  expect((await run(`environment delete ${ids[1]} --dry-run --now`)).out).toMatch(/ready -> removed/)
})
