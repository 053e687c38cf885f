import { expect, test } from 'vitest'
import type { Actor } from './actor.ts'
import { type Ability, authorise, can } from './policy.ts'

const ada: Actor = {
  kind: 'launch',
  launchId: 'launch',
  loginSessionId: 'login',
  userId: 'ada',
  role: 'learner',
  platformId: 'platform',
  courseId: 'ds-101',
  resourceLinkId: 'link',
  locale: null,
  endsAt: new Date(Date.now() + 3_600_000),
}
const mira: Actor = { ...ada, userId: 'mira', role: 'instructor' }
const jonas: Actor = { ...mira, userId: 'jonas', courseId: 'other-course', resourceLinkId: 'other-link' }
const operator: Actor = { kind: 'operator', loginSessionId: 'login', userId: 'operator' }
const commandLine: Actor = { kind: 'command_line' }

const adas = { memberIds: ['ada'], courseId: 'ds-101', resourceLinkId: 'link' }
const people = { ada, mira, jonas, operator, commandLine }

const rows: [Ability, (keyof typeof people)[]][] = [
  ['environment.view', ['ada', 'operator', 'commandLine']],
  ['environment.use', ['ada']],
  ['environment.start', ['ada']],
  ['environment.reset', ['ada', 'operator', 'commandLine']],
  ['environment.sleep', ['ada', 'operator', 'commandLine']],
  ['environment.wake', ['ada', 'operator', 'commandLine']],
  ['environment.extend', ['ada']],
  ['environment.list_course', ['mira']],
  ['environment.list_all', ['operator', 'commandLine']],
  ['environment.delete', ['operator', 'commandLine']],
  ['lab.choose', ['mira']],
  ['platform.manage', ['operator', 'commandLine']],
  ['operator.invite', ['operator', 'commandLine']],
]

test.each(rows)("%s of what is Ada's: %j and nobody else", (ability, allowed) => {
  const found = Object.entries(people)
    .filter(([, actor]) => can(actor, ability, adas))
    .map(([name]) => name)
  expect(found).toEqual(allowed)
})

test('her own machines in another place are out of reach of this launch', () => {
  expect(can(ada, 'environment.use', { ...adas, resourceLinkId: 'other-link' })).toBe(false)
})

test('what does not say whose it is belongs to nobody', () => {
  expect([can(ada, 'environment.view'), can(mira, 'environment.list_course'), can(mira, 'lab.choose')]).toEqual([false, false, false])
  expect(can({ ...mira, courseId: null }, 'environment.list_course', { courseId: null })).toBe(false)
})

test('a refusal has the code and names the ability for the log', () => {
  expect(() => authorise(mira, 'environment.use', adas)).toThrow(
    expect.objectContaining({ code: 'access.denied', internal: 'environment.use' }),
  )
})
