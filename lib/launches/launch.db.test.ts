import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ownDatabase } from '../database.fixture.ts'
import { listen, prisma } from '../db.ts'
import { hostileTokens } from '../demo-course/hostile-tokens.ts'
import { ltiClaim } from '../demo-course/id-token.ts'
import { makeSigningKey } from '../demo-course/keyring.ts'
import { type LaunchRun, postAnswer } from '../demo-course/launch-drive.ts'
import { createBrowser } from '../demo-course/plain-browser.ts'
import { createTestPlatform, type TestPlatform } from '../demo-course/test-platform.ts'
import { addPlatform } from './registrations.ts'
import { startTool, type Tool } from './tool.fixture.ts'

ownDatabase()

let tool: Tool
let platform: TestPlatform
let other: TestPlatform

async function register(one: TestPlatform, name: string, clientId?: string): Promise<void> {
  const { deploymentIds, algorithms: _algorithms, ...registration } = one.registration(clientId)
  await addPlatform({ kind: 'command_line' }, { name, ...registration, deploymentId: deploymentIds[0] })
}

beforeAll(async () => {
  tool = await startTool()
  platform = await createTestPlatform({ toolOrigin: tool.origin, clients: [{ clientId: 'block-one' }, { clientId: 'block-two' }] })
  other = await createTestPlatform({ toolOrigin: tool.origin })
  await register(platform, 'Northfield', 'block-one')
  await register(platform, 'Northfield', 'block-two')
  await register(other, 'Southfield')
  const lab = await prisma().lab.create({ data: { slug: 'two-machines' } })
  await prisma().labVersion.create({ data: { labId: lab.id, revision: '0'.repeat(64), title: 'Two machines' } })
})

beforeEach(() => {
  platform.serveKeySet(null)
})

afterAll(async () => {
  await Promise.all([platform?.close(), other?.close(), tool?.close()])
})

const codeOf = ({ final }: Pick<LaunchRun, 'final'>) => /Code <code>([\w.]+)<\/code>/.exec(final.body)?.[1]
const counts = async () => ({
  users: await prisma().user.count(),
  launches: await prisma().launch.count(),
  sessions: await prisma().loginSession.count(),
  nonces: await prisma().nonce.count(),
  environments: await prisma().environment.count(),
})
const atTool = () => createBrowser({ place: 'frame', site: platform.origin })

test('a learner is launched, by GET and by POST, into one environment of their own, and reload shows the same person', async () => {
  const browser = atTool()
  for (const method of ['GET', 'POST'] as const) {
    const run = await platform.launchAs({ person: 'ada', method, browser })
    expect(run.launch.status).toBe(303)
    expect(run.launch.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    expect(run.final.url).toMatch(new RegExp(`^${tool.origin}/l/[0-9a-f-]{36}$`))
    expect(JSON.parse(run.final.body)).toMatchObject({ kind: 'launch', role: 'learner', locale: 'en-GB' })
    expect((await browser.send(run.final.url)).body).toBe(run.final.body)
    expect(browser.refusedCookies).toEqual([])
  }
  expect(await prisma().environment.count()).toBe(1)
  expect(await prisma().loginSession.count()).toBe(1)
  expect(await prisma().person.findFirst()).toMatchObject({ name: 'Ada Okafor' })
})

test('two people in one browser never mix: each launch stays its own, and knows nobody without its cookie', async () => {
  const browser = atTool()
  const [ada, lin] = [await platform.launchAs({ person: 'ada', browser }), await platform.launchAs({ person: 'lin', browser })]
  const [first, second] = [JSON.parse((await browser.send(ada.final.url)).body), JSON.parse((await browser.send(lin.final.url)).body)]
  expect(first.userId).not.toBe(second.userId)
  expect(first.loginSessionId).not.toBe(second.loginSessionId)
  expect((await atTool().send(ada.final.url)).status).toBe(401)
})

test('launches that begin at once in a browser without cookies all arrive, and all can be opened again', async () => {
  const browser = atTool()
  const runs = await Promise.all(Array.from({ length: 6 }, () => platform.launchAs({ person: 'ada', browser })))
  expect(runs.map(({ final }) => final.status)).toEqual(runs.map(() => 200))
  const again = await Promise.all(runs.map(({ final }) => browser.send(final.url)))
  expect(again.map(({ status }) => status)).toEqual(runs.map(() => 200))
})

test('an instructor is an instructor in the course; a subject is the same person in every registration of a platform', async () => {
  const mira = await platform.launchAs({ person: 'mira', clientId: 'block-one' })
  expect(JSON.parse(mira.final.body).role).toBe('instructor')
  const again = await platform.launchAs({ person: 'mira', clientId: 'block-two' })
  expect(JSON.parse(again.final.body).userId).toBe(JSON.parse(mira.final.body).userId)
})

test('a launch that makes somebody another than they were has what they hold judged again; one that changes nothing does not', async () => {
  const heard: (string | null)[] = []
  const stop = await listen('rights_changed', (id) => heard.push(id))
  const asWhat = (role: string) => ({
    deviation: { claims: { [ltiClaim('roles')]: [`http://purl.imsglobal.org/vocab/lis/v2/membership#${role}`] } },
  })
  const mira = await platform.launchAs({ person: 'mira' })
  await platform.launchAs({ person: 'mira' })
  const less = await platform.launchAs({ person: 'mira', ...asWhat('Learner') })
  expect(JSON.parse(less.final.body).role).toBe('learner')
  await platform.launchAs({ person: 'mira', ...asWhat('Learner') })
  await platform.launchAs({ person: 'mira', ...asWhat('Instructor') })
  const { userId } = JSON.parse(mira.final.body)
  await expect.poll(() => heard.length).toBeGreaterThanOrEqual(2)
  expect(heard).toEqual([userId, userId])
  stop()
})

test('C38: the same subject at another platform is somebody else', async () => {
  const [here, there] = [await platform.launchAs({ person: 'ada' }), await other.launchAs({ person: 'ada' })]
  expect(JSON.parse(here.final.body).userId).not.toBe(JSON.parse(there.final.body).userId)
})

test('every hostile token is refused with a code, keeps nothing, and the next good launch works (J, C)', async () => {
  const hostile = hostileTokens({ key: platform.key(), strangeKey: await makeSigningKey(new Date()), clientId: 'block-one' })
  expect(hostile.length).toBeGreaterThan(50)
  await platform.launchAs({ person: 'ada' })
  const before = await counts()
  for (const { case: id, what, deviation } of hostile) {
    const run = await platform.launchAs({ person: 'ada', deviation })
    expect.soft({ id, what, status: run.final.status, code: codeOf(run) }).toEqual({
      id,
      what,
      status: expect.toSatisfy((status: number) => status >= 400 && status < 500),
      code: expect.stringMatching(/^lti\./),
    })
    expect.soft({ id, what, left: await prisma().ltiLogin.count({ where: { consumedAt: null } }) }).toEqual({
      id,
      what,
      left: 0,
    })
  }
  expect(await counts()).toEqual(before)
  expect((await platform.launchAs({ person: 'ada' })).final.status).toBe(200)
})

const logins: [string, Record<string, string | undefined>, number, string][] = [
  ['L1', { iss: undefined }, 400, 'lti.request_malformed'],
  ['L2', { login_hint: '' }, 400, 'lti.request_malformed'],
  ['L3', { target_link_uri: undefined }, 400, 'lti.request_malformed'],
  ['L4', { iss: 'https://stranger.example' }, 400, 'lti.platform_unknown'],
  ['L5', { client_id: 'nobody' }, 400, 'lti.platform_unknown'],
  ['L6', { client_id: undefined, lti_deployment_id: undefined }, 400, 'lti.registration_ambiguous'],
  ['L10', { target_link_uri: 'https://evil.example/x' }, 400, 'lti.target_foreign'],
  ['L11', { target_link_uri: 'javascript:alert(1)' }, 400, 'lti.target_foreign'],
]

test.each(logins)('%s: a login with %j is refused with %i %s', async (_case, login, status, code) => {
  const run = await platform.launchAs({ login })
  expect([run.final.status, codeOf(run), run.request]).toEqual([status, code, null])
})

test('L4: also with a slash at the end; the page names the issuer it received, escaped', async () => {
  expect(codeOf(await platform.launchAs({ login: { iss: `${platform.issuer}/` } }))).toBe('lti.platform_unknown')
  const run = await platform.launchAs({ login: { iss: 'https://x.example/<script>alert(1)</script>' } })
  expect(run.final.body).toContain('https://x.example/&lt;script&gt;')
  expect(run.final.body).not.toContain('<script')
})

test('L14: the same parameter twice with two values is refused; split over query and form it is fine', async () => {
  expect(codeOf(await platform.launchAs({ login: { iss: undefined, login_hint: ['ada', 'lin'] } }))).toBe('lti.request_malformed')
  const { facts } = await platform.startLogin()
  const form = { iss: facts.issuer, login_hint: 'ada', target_link_uri: facts.targetLinkUri, client_id: facts.clientId }
  const split = await atTool().send(`${tool.origin}/lti/login?lti_storage_target=_parent`, { form: Object.entries(form) })
  expect(split.status).toBe(200)
  expect(split.body).toContain('"verb":"put_data"')
})

test('L8: a registration that is switched off launches nobody', async () => {
  const where = { issuer_clientId: { issuer: platform.issuer, clientId: 'block-two' } }
  await prisma().registration.update({ where, data: { disabledAt: new Date() } })
  expect(codeOf(await platform.launchAs({ clientId: 'block-two' }))).toBe('lti.platform_disabled')
  await prisma().registration.update({ where, data: { disabledAt: null } })
})

test('L15, L16, A10, A12, A13: other methods, forms and sizes are refused before anything is read', async () => {
  const browser = atTool()
  const post = (path: string, sending: object) =>
    browser.send(tool.origin + path, { method: 'POST', ...sending }).then(({ status }) => status)
  expect((await browser.send(`${tool.origin}/lti/launch?id_token=a&state=b`)).status).toBe(405)
  expect(await post('/lti/launch', { text: '{}', contentType: 'application/json' })).toBe(415)
  expect(await post('/lti/launch', { text: '--x--', contentType: 'multipart/form-data; boundary=x' })).toBe(415)
  expect(await post('/lti/login', { text: '{}', contentType: 'application/json' })).toBe(415)
  expect(await post('/lti/launch', { form: [['id_token', 'x'.repeat(300_000)]] })).toBe(413)
  expect(
    await post('/lti/launch', {
      form: [
        ['state', 's'],
        ['id_token', 'x'.repeat(200_000)],
      ],
    }),
  ).toBe(413)
})

const answers: [string, Record<string, string | string[] | undefined>, number, string][] = [
  ['A1', { state: undefined }, 400, 'lti.request_malformed'],
  ['A2', { id_token: undefined }, 400, 'lti.request_malformed'],
  ['A3', { id_token: undefined, error: 'login_required', error_description: '<b>no</b>' }, 401, 'lti.login_refused'],
  ['A4', { state: 'a-state-that-nobody-gave-out' }, 401, 'lti.state_unknown'],
  ['A11', { state: ['one', 'two'] }, 400, 'lti.request_malformed'],
]

test.each(answers)('%s: an answer with %j is refused with %i %s', async (_case, fields, status, code) => {
  const run = await platform.launchAs({ fields })
  expect([run.final.status, codeOf(run)]).toEqual([status, code])
})

test('A5: a login that took longer than ten minutes is over', async () => {
  const browser = atTool()
  const { request } = await platform.startLogin({ browser })
  await prisma().ltiLogin.updateMany({ where: { consumedAt: null }, data: { expiresAt: new Date(Date.now() - 1_000) } })
  const form = [
    ['id_token', platform.forge({ nonce: request?.nonce ?? '' })],
    ['state', request?.state ?? ''],
  ] as const
  const run = await postAnswer(browser, `${tool.origin}/lti/launch`, form)
  expect([run.final.status, codeOf(run)]).toEqual([410, 'lti.state_expired'])
})

test('A6, C15: an exact replay, and its nonce with another state, are refused', async () => {
  const browser = atTool()
  const run = await platform.launchAs({ browser })
  const replay = await postAnswer(browser, `${tool.origin}/lti/launch`, run.fields)
  expect([replay.final.status, codeOf(replay)]).toEqual([410, 'lti.state_used'])
  const reused = await platform.launchAs({ browser, idToken: run.fields.find(([name]) => name === 'id_token')?.[1] ?? '' })
  expect([reused.final.status, codeOf(reused)]).toEqual([401, 'lti.token_invalid'])
})

test('A7: an answer from another browser is refused and offers a window of its own; the one that began it still gets in', async () => {
  const browser = atTool()
  const before = await counts()
  for (const stranger of [atTool(), createBrowser({ place: 'frame without cookies', site: platform.origin })]) {
    const run = await platform.launchAs({ browser, answerFrom: stranger })
    expect([run.final.status, codeOf(run)]).toEqual([401, 'lti.other_browser'])
    expect(run.final.body).toContain('action="/lti/login" target="_blank"')
    expect(run.final.headers['content-security-policy']).toContain(`form-action 'self' ${platform.origin}`)
  }
  expect(await counts()).toEqual(before)
})

test('A7: whoever knows the storage secret of a login must still speak from our own page', async () => {
  const attacker = atTool()
  const begun = await attacker.send(
    `${tool.origin}/lti/login?${new URLSearchParams({
      iss: platform.issuer,
      client_id: 'block-one',
      login_hint: 'ada',
      target_link_uri: `${tool.origin}/lti/launch`,
      lti_storage_target: '_parent',
    })}`,
  )
  const step = JSON.parse(/id="step">([^<]+)</.exec(begun.body)?.[1] ?? '{}')
  const asked = new URL(step.next).searchParams
  const form = [
    ['id_token', platform.forge({ nonce: asked.get('nonce') ?? '' })],
    ['state', asked.get('state') ?? ''],
  ] as const
  const victim = createBrowser({ place: 'frame without cookies', site: 'https://evil.example' })
  const stolen = await victim.send(`${tool.origin}/lti/launch`, { form: [...form, ['storage_secret', step.value]] })
  expect(stolen.status).toBe(401)
  const recalled = await victim.send(`${tool.origin}/lti/launch`, { form })
  expect(recalled.body).toContain('"verb":"get_data"')
  expect(recalled.headers['content-security-policy']).toContain(`frame-ancestors ${platform.origin}`)
  const helped = await victim.send(`${tool.origin}/lti/launch`, { form: [...form, ['storage_secret', step.value]], from: tool.origin })
  expect(helped.status).toBe(200)
  const path = /href="([^"]+)"/.exec(helped.body)?.[1] ?? ''
  const window = createBrowser({ place: 'window', site: tool.origin })
  const opened = await window.open(tool.origin + path, { from: tool.origin })
  expect(JSON.parse(opened.body)).toMatchObject({ kind: 'launch', role: 'learner' })
})

test('A9, J19: a token of another platform, or signed by its key, is refused', async () => {
  const { request } = await other.startLogin({ browser: atTool() })
  const mixed = await platform.launchAs({ idToken: other.forge({ nonce: request?.nonce ?? '' }) })
  expect([mixed.final.status, codeOf(mixed)]).toEqual([401, 'lti.token_invalid'])
  const key = other.key()
  const signed = await platform.launchAs({ deviation: { header: { kid: key.kid }, key: key.privateKey } })
  expect([signed.final.status, codeOf(signed)]).toEqual([401, 'lti.token_invalid'])
})

test('A15: twenty identical answers at once make one launch', async () => {
  const browser = atTool()
  const { request } = await platform.startLogin({ browser, person: 'lin' })
  const form = [
    ['id_token', platform.forge({ person: 'lin', nonce: request?.nonce ?? '' })],
    ['state', request?.state ?? ''],
  ] as const
  const before = await counts()
  const runs = await Promise.all(Array.from({ length: 20 }, () => browser.send(`${tool.origin}/lti/launch`, { form })))
  expect(runs.map(({ status }) => status).toSorted((one, next) => one - next)).toEqual([303, ...Array.from({ length: 19 }, () => 410)])
  expect((await counts()).launches).toBe(before.launches + 1)
})

test('a hundred launches of a new learner at once are one person, one place, one environment and a hundred good pages', async () => {
  const person = { key: 'new', subject: 'new-here', givenName: 'Noa', familyName: 'Lind', email: 'noa@example.org', locale: 'de' }
  const before = await counts()
  const runs = await Promise.all(Array.from({ length: 100 }, () => platform.launchAs({ person })))
  expect(runs.filter(({ final }) => final.status !== 200).map(({ final }) => final.body)).toEqual([])
  const after = await counts()
  expect(after).toMatchObject({ users: before.users + 1, launches: before.launches + 100, environments: before.environments + 1 })
  expect(await prisma().resourceLink.count({ where: { platform: { name: 'Northfield' } } })).toBe(1)
}, 60_000)

test('J21: a key that the platform has rotated to is found; J22: while its key set is broken, known keys go on working', async () => {
  expect((await other.launchAs()).final.status).toBe(200)
  await other.rotateKeys()
  expect((await other.launchAs()).final.status).toBe(200)
  other.serveKeySet(() => ({ status: 500, body: 'broken' }))
  expect((await other.launchAs()).final.status).toBe(200)
})

test('J22, J25: a key set that cannot be had is a matter of trying again, and the same answer then works', async () => {
  const third = await createTestPlatform({ toolOrigin: tool.origin })
  await register(third, 'Westfield')
  const browser = atTool()
  const { request } = await third.startLogin({ browser })
  const form = [
    ['id_token', third.forge({ nonce: request?.nonce ?? '' })],
    ['state', request?.state ?? ''],
  ] as const
  for (const answer of [
    { status: 200, body: '<html>' },
    { status: 200, body: '{"keys":[]}' },
    { status: 302, headers: { location: `${third.origin}/elsewhere` } },
    { status: 200, body: 'x'.repeat(300_000) },
  ]) {
    third.serveKeySet(() => answer)
    const run = await postAnswer(browser, `${tool.origin}/lti/launch`, form)
    expect([run.final.status, codeOf(run)]).toEqual([503, 'lti.keys_unreachable'])
  }
  third.serveKeySet(null)
  expect((await postAnswer(browser, `${tool.origin}/lti/launch`, form)).final.status).toBe(200)
  await third.close()
})

test('J13, C3, C25, C29, C39: what real platforms send is accepted', async () => {
  const positives: Record<string, unknown>[] = [
    { aud: ['block-one'] },
    { [ltiClaim('roles')]: [] },
    { [ltiClaim('roles')]: ['http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor', 'Whatever'] },
    { [ltiClaim('context')]: undefined },
    { name: undefined, given_name: undefined, family_name: undefined, email: undefined },
    { [ltiClaim('custom')]: { lab: 'two-machines', odd: [1], empty: null } },
  ]
  for (const claims of positives) {
    const run = await platform.launchAs({ deviation: { claims }, person: 'mira' })
    expect.soft([claims, run.final.status]).toEqual([claims, 200])
  }
  const least = await platform.launchAs({ deviation: { claims: { [ltiClaim('roles')]: [] } }, person: 'mira' })
  expect(JSON.parse(least.final.body).role).toBe('learner')
})

test('C34: a lab that does not exist is named and refused; without one the place waits for its instructor', async () => {
  const run = await platform.launchAs({ deviation: { claims: { [ltiClaim('custom')]: { lab: '../../etc' } } } })
  expect([run.final.status, codeOf(run)]).toEqual([404, 'lab.not_found'])
  const link = { key: 'empty', resourceLinkId: 'empty-place', title: 'Later', description: '', lab: '$Not.Resolved' }
  const empty = await platform.launchAs({ link })
  expect(empty.final.status).toBe(200)
  expect(await prisma().resourceLink.findFirst({ where: { linkId: 'empty-place' } })).toMatchObject({ labId: null })
})

test('a launch moves to a window of its own, once, and only from our own page', async () => {
  const browser = atTool()
  const { final } = await platform.launchAs({ person: 'ada', browser })
  const ask = (from: string) => browser.send(`${final.url}/window`, { method: 'POST', text: '', from })
  expect((await ask(platform.origin)).status).toBe(403)
  const { url } = JSON.parse((await ask(tool.origin)).body)
  const window = createBrowser({ place: 'window', site: tool.origin })
  expect((await window.send(url, { from: 'https://evil.example' })).status).toBe(403)
  const opened = await window.open(url, { from: tool.origin })
  expect(opened.url).not.toBe(final.url)
  expect(JSON.parse(opened.body).userId).toBe(JSON.parse(final.body).userId)
  expect((await window.send(url, { from: tool.origin })).status).toBe(410)
  expect((await window.send(final.url)).status).toBe(401)
})

test('the key set is public, has a key from the first moment, and shows the next one before it signs', async () => {
  const browser = atTool()
  const read = async () => JSON.parse((await browser.send(`${tool.origin}/lti/jwks`)).body).keys
  const [first] = await read()
  expect(first).toMatchObject({ kty: 'RSA', alg: 'RS256', use: 'sig', kid: expect.any(String) })
  expect(Object.keys(first).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
  const { rotateToolKey } = await import('./registrations.ts')
  const kid = await rotateToolKey()
  expect((await read()).map((key: { kid: string }) => key.kid)).toEqual([kid, first.kid])
})
