import { beforeAll, beforeEach, expect, test } from 'vitest'
import { config } from '../config.ts'
import { ownDatabase } from '../database.fixture.ts'
import { inTransaction, prisma } from '../db.ts'
import { newBrowserSecret } from './browser-cookie.ts'
import { loginExpiry, openLoginSession, requireLaunch, requireOperator, signOut } from './login-session.ts'
import { inviteOperator, signInOperator } from './operators.ts'
import { requireOwnOrigin } from './origin.ts'
import { issueTerminalTicket, redeemTerminalTicket } from './tickets.ts'

ownDatabase()

const code = (name: string) => expect.objectContaining({ code: name })
const cookie = (secret: string) => `__Host-astrolabe=${secret}`
const at = (seconds: number) => new Date(Date.now() + seconds * 1_000)

async function world() {
  const { id: platformId } = await prisma().platform.create({ data: { name: 'Northfield' } })
  const urls = { authorizationUrl: 'https://lms.example/auth', jwksUrl: 'https://lms.example/keys' }
  const registration = await prisma().registration.create({ data: { platformId, issuer: 'https://lms.example', clientId: 'c', ...urls } })
  const deployment = await prisma().deployment.create({ data: { registrationId: registration.id, platformId, deploymentId: '1' } })
  const course = await prisma().courseContext.create({ data: { platformId, contextId: 'ds-101' } })
  const link = await prisma().resourceLink.create({ data: { platformId, courseId: course.id, linkId: 'link' } })
  const lab = await prisma().lab.create({ data: { slug: 'two-machines' } })
  const version = await prisma().labVersion.create({ data: { labId: lab.id, revision: 'r', title: 'Two machines' } })
  const environment = await prisma().environment.create({ data: { labVersionId: version.id } })
  return { platformId, registration, deployment, course, link, environment }
}

let here: Awaited<ReturnType<typeof world>>
let secret = ''
let launchId = ''
let userId = ''

async function launchAs(subject: string, role: 'learner' | 'instructor', browser: string): Promise<string> {
  const { platformId, registration, deployment, link, course } = here
  const where = { platformId_subject: { platformId, subject } }
  const user = await prisma().user.upsert({ where, create: { platformId, subject }, update: {} })
  const seat = { userId: user.id, courseId: course.id }
  await prisma().membership.upsert({ where: { userId_courseId: seat }, create: { ...seat, role }, update: { role } })
  const loginSessionId = await inTransaction((transaction) =>
    openLoginSession(transaction, { userId: user.id, secret: browser }, new Date()),
  )
  const data = {
    loginSessionId,
    registrationId: registration.id,
    deploymentId: deployment.id,
    userId: user.id,
    resourceLinkId: link.id,
    role,
  }
  userId = user.id
  return (await prisma().launch.create({ data: { ...data, expiresAt: loginExpiry(new Date()) } })).id
}

beforeAll(async () => {
  here = await world()
})

beforeEach(async () => {
  secret = newBrowserSecret()
  launchId = await launchAs('ada', 'learner', secret)
})

test('a launch is known in its browser and in no other, for twelve hours', async () => {
  expect(await requireLaunch(launchId, cookie(secret))).toMatchObject({
    kind: 'launch',
    launchId,
    userId,
    role: 'learner',
    courseId: here.course.id,
  })
  for (const [id, header] of [
    [launchId, null],
    [launchId, cookie(newBrowserSecret())],
    ['0190a000-0000-7000-8000-000000000000', cookie(secret)],
    ["' or 1=1", cookie(secret)],
  ] as const)
    await expect(requireLaunch(id, header)).rejects.toThrow(code('access.signed_out'))
  await expect(requireLaunch(launchId, cookie(secret), at(12 * 3_600 + 1))).rejects.toThrow(code('access.signed_out'))
})

test('signing out ends every launch of this browser, and of no other', async () => {
  const elsewhere = newBrowserSecret()
  const other = await launchAs('ada', 'learner', elsewhere)
  await signOut(cookie(secret))
  await expect(requireLaunch(launchId, cookie(secret))).rejects.toThrow(code('access.signed_out'))
  expect((await requireLaunch(other, cookie(elsewhere))).launchId).toBe(other)
})

test('a browser and a person have one login session, however many launches arrive at once', async () => {
  const who = { userId, secret: newBrowserSecret() }
  const ids = await Promise.all(
    Array.from({ length: 20 }, () => inTransaction((transaction) => openLoginSession(transaction, who, new Date()))),
  )
  expect(new Set(ids).size).toBe(1)
})

test('whoever is no longer instructor by a newer launch is none in older pages either', async () => {
  const older = await launchAs('mira', 'instructor', secret)
  expect((await requireLaunch(older, cookie(secret))).role).toBe('instructor')
  await launchAs('mira', 'learner', secret)
  expect((await requireLaunch(older, cookie(secret))).role).toBe('learner')
})

test('a platform that is switched off ends its launches', async () => {
  const disable = (disabledAt: Date | null) => prisma().platform.update({ where: { id: here.platformId }, data: { disabledAt } })
  await disable(new Date())
  await expect(requireLaunch(launchId, cookie(secret))).rejects.toThrow(code('access.signed_out'))
  await disable(null)
})

const terminal = () => ({ environmentId: here.environment.id, generation: 1, hostName: 'node1', mode: 'write' }) as const
const issue = async () => issueTerminalTicket(await requireLaunch(launchId, cookie(secret)), terminal())

test('a terminal ticket opens exactly what it was issued for, once', async () => {
  const token = await issue()
  const shown = { token, cookieHeader: cookie(secret), request: { launchId, ...terminal() } }
  const tries = await Promise.allSettled(Array.from({ length: 10 }, () => redeemTerminalTicket(shown)))
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test.each([
  ['generation', 2],
  ['hostName', 'node2'],
  ['mode', 'watch'],
  ['environmentId', '0190a000-0000-7000-8000-000000000000'],
])('a terminal ticket is worth nothing for another %s, and is used up by trying', async (field, value) => {
  const token = await issue()
  const request = { launchId, ...terminal() }
  const wrong = { token, cookieHeader: cookie(secret), request: { ...request, [field]: value } }
  await expect(redeemTerminalTicket(wrong)).rejects.toThrow(code('access.ticket_invalid'))
  await expect(redeemTerminalTicket({ ...wrong, request })).rejects.toThrow(code('access.ticket_invalid'))
})

test('a terminal ticket is worth nothing in another browser, for another launch of the same person, or after a minute', async () => {
  const request = { launchId, ...terminal() }
  const otherBrowser = { token: await issue(), cookieHeader: cookie(newBrowserSecret()), request }
  await expect(redeemTerminalTicket(otherBrowser)).rejects.toThrow(code('access.signed_out'))
  const token = await issue()
  const second = await launchAs('ada', 'learner', secret)
  const otherLaunch = { token, cookieHeader: cookie(secret), request: { ...request, launchId: second } }
  await expect(redeemTerminalTicket(otherLaunch)).rejects.toThrow(code('access.ticket_invalid'))
  const late = { token: await issue(), cookieHeader: cookie(secret), request }
  await expect(redeemTerminalTicket(late, at(61))).rejects.toThrow(code('access.ticket_invalid'))
})

test('an invitation signs an operator in once, in the browser that used it; a learner is never one', async () => {
  const path = await inviteOperator(' Grace  Hopper ')
  const link = new URL(path, 'http://tool.example').searchParams.get('code') ?? ''
  const browser = newBrowserSecret()
  const { setCookie } = await signInOperator({ code: link, cookieHeader: cookie(browser) })
  expect(setCookie).toContain(browser)
  expect(await requireOperator(cookie(browser))).toMatchObject({ kind: 'operator' })
  await expect(signInOperator({ code: link, cookieHeader: cookie(browser) })).rejects.toThrow(code('access.link_used'))
  await expect(requireOperator(cookie(secret))).rejects.toThrow(code('access.signed_out'))
  await expect(requireOperator(cookie(browser), at(12 * 3_600 + 1))).rejects.toThrow(code('access.signed_out'))
  await inviteOperator('grace hopper')
  expect(await prisma().user.count({ where: { platform: { kind: 'built_in' } } })).toBe(1)
})

test('an invitation lasts half an hour', async () => {
  const link = new URL(await inviteOperator('Grace'), 'http://tool.example').searchParams.get('code') ?? ''
  await expect(signInOperator({ code: link, cookieHeader: null }, at(1_801))).rejects.toThrow(code('access.link_used'))
})

test('only our own pages may change something', () => {
  requireOwnOrigin(new Headers({ origin: config().origin }))
  for (const headers of [{}, { origin: 'null' }, { origin: 'https://evil.example' }, { origin: `${config().origin}.evil.example` }])
    expect(() => requireOwnOrigin(new Headers(headers as Record<string, string>))).toThrow(code('access.foreign_origin'))
})
