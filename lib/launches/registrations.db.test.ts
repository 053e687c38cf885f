import { afterAll, beforeAll, expect, test } from 'vitest'
import { inviteOperator } from '../access/operators.ts'
import { ownDatabase } from '../database.fixture.ts'
import { prisma } from '../db.ts'
import { createBrowser } from '../demo-course/plain-browser.ts'
import { createTestPlatform, type TestPlatform } from '../demo-course/test-platform.ts'
import { addPlatform, ensureDemoPlatform, listPlatforms } from './registrations.ts'
import { startTool, type Tool } from './tool.fixture.ts'

ownDatabase()

let tool: Tool
let vendor: TestPlatform
const actor = { kind: 'command_line' } as const
const code = (name: string) => expect.objectContaining({ code: name })
const given = {
  name: 'University',
  issuer: 'https://lms.example',
  clientId: 'client',
  authorizationUrl: 'https://lms.example/auth',
  jwksUrl: 'https://lms.example/keys',
}

beforeAll(async () => {
  tool = await startTool()
  vendor = await createTestPlatform({
    toolOrigin: tool.origin,
    clients: [{ clientId: 'vendor', deploymentIds: ['north', 'south', 'new'] }],
  })
})

afterAll(async () => {
  await Promise.all([vendor?.close(), tool?.close()])
})

test('a platform is added with its registration, once, and listed', async () => {
  await addPlatform(actor, { ...given, deploymentId: '1' })
  await expect(addPlatform(actor, given)).rejects.toThrow(code('input.invalid'))
  expect(await listPlatforms()).toMatchObject([
    { name: 'University', registrations: [{ issuer: given.issuer, clientId: 'client', deployments: ['1'], disabled: false }] },
  ])
  expect(await prisma().auditEntry.count({ where: { action: 'platform.add' } })).toBe(1)
})

test('another registration of the same platform joins it; the same name with another issuer is another platform', async () => {
  const first = await addPlatform(actor, { ...given, clientId: 'block-1' })
  const second = await addPlatform(actor, { ...given, clientId: 'block-2' })
  const stranger = await addPlatform(actor, { ...given, issuer: 'https://other.example' })
  expect(second.platformId).toBe(first.platformId)
  expect(stranger.platformId).not.toBe(first.platformId)
})

test.each([
  ['jwksUrl', 'http://lms.example/keys'],
  ['jwksUrl', 'https://169.254.169.254/keys'],
  ['authorizationUrl', 'javascript:alert(1)'],
  ['tokenUrl', 'https://[::ffff:10.0.0.1]/token'],
  ['loopbackOrigin', 'http://192.168.0.1:3001'],
  ['loopbackOrigin', 'http://localhost.evil.example'],
  ['name', ' '],
])('J24: a platform whose %s is %s is not added', async (field, value) => {
  await expect(addPlatform(actor, { ...given, clientId: 'bad', [field]: value })).rejects.toThrow(code('input.invalid'))
})

test('a learner adds nothing', async () => {
  const learner = {
    kind: 'launch',
    role: 'learner',
    launchId: '',
    loginSessionId: '',
    userId: '',
    platformId: '',
    courseId: null,
    resourceLinkId: '',
    locale: null,
    endsAt: new Date(),
  } as const
  await expect(addPlatform(learner, given)).rejects.toThrow(code('access.denied'))
})

test('the demo course is registered once, also by two processes at once, and stays itself on another port', async () => {
  const at = (port: number) => {
    const origin = `http://localhost:${port}`
    return {
      issuer: origin,
      clientId: 'demo',
      deploymentIds: ['1'],
      authorizationUrl: `${origin}/a`,
      jwksUrl: `${origin}/k`,
      loopbackOrigin: origin,
    }
  }
  await Promise.all([ensureDemoPlatform(at(3001)), ensureDemoPlatform(at(3001))])
  await ensureDemoPlatform(at(4001))
  const demo = (await listPlatforms()).filter(({ name }) => name === 'Demo course')
  expect(demo).toMatchObject([{ registrations: [{ issuer: 'http://localhost:4001', deployments: ['1'] }] }])
})

test('C18, C19, L6: a deployment decides whose tenant a launch is in; an unknown one is refused unless launches may bring them', async () => {
  const { deploymentIds: _all, algorithms: _algorithms, ...registration } = vendor.registration()
  const { registrationId } = await addPlatform(actor, { name: 'North', ...registration, deploymentId: 'north' })
  const { id: platformId } = await prisma().platform.create({ data: { name: 'South' } })
  await prisma().deployment.create({ data: { registrationId, platformId, deploymentId: 'south' } })
  const launch = async (deploymentId: string) =>
    (await vendor.launchAs({ deploymentId, link: { key: 'x', resourceLinkId: 'x', title: 'x', description: '', lab: '$none' } })).final
  const [north, south] = [JSON.parse((await launch('north')).body), JSON.parse((await launch('south')).body)]
  expect(south.platformId).toBe(platformId)
  expect([south.userId === north.userId, south.resourceLinkId === north.resourceLinkId]).toEqual([false, false])
  expect(await launch('new')).toMatchObject({ status: 403, body: expect.stringContaining('lti.deployment_unknown') })
  await prisma().registration.update({ where: { id: registrationId }, data: { deploymentsOnLaunch: true } })
  expect(JSON.parse((await launch('new')).body).platformId).toBe(north.platformId)
})

test('a sign-in link is not used up by looking at it, and signs in by a button of our own page only', async () => {
  const browser = createBrowser({ place: 'window', site: tool.origin })
  const link = tool.origin + (await inviteOperator('Grace'))
  const looks = [await browser.send(link), await browser.send(link)]
  expect(looks.map(({ status }) => status)).toEqual([200, 200])
  expect(looks[0]?.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'same-origin' })
  expect(looks[0]?.headers['content-security-policy']).toContain("frame-ancestors 'none'")
  const form = [['code', new URL(link).searchParams.get('code') ?? '']] as const
  const post = (from: string) => browser.send(`${tool.origin}/operator/sign-in`, { form, from })
  expect((await post('https://evil.example')).status).toBe(403)
  expect(await post(tool.origin)).toMatchObject({ status: 303, headers: { location: `${tool.origin}/operator` } })
  expect((await post(tool.origin)).status).toBe(410)
  expect((await browser.send(link)).status).toBe(410)
})
