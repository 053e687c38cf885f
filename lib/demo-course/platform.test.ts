import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ltiClaim } from './id-token.ts'
import { launchFromCourse } from './launch-drive.ts'
import { createBrowser, selfSubmittingForm } from './plain-browser.ts'
import { type DemoCourse, type DemoCourseOptions, startDemoCourse } from './platform.ts'
import { type StubTool, startStubTool } from './stub-tool.fixture.ts'
import { openToken } from './web-signature.ts'

let tool: StubTool
let course: DemoCourse
let folder: string
let clock = Date.now()

const options = (changes: Partial<DemoCourseOptions> = {}): DemoCourseOptions => ({
  port: 0,
  toolOrigin: tool.origin,
  folder,
  now: () => clock,
  log: () => {},
  ...changes,
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-course-'))
  tool = await startStubTool()
  course = await startDemoCourse(options())
  tool.register(course.registration)
})

beforeEach(() => {
  tool.ask = {}
  clock = Date.now()
})

afterAll(async () => {
  await course.close()
  await tool.close()
  await rm(folder, { recursive: true })
})

const get = (path: string, init?: RequestInit) => fetch(course.origin + path, { redirect: 'manual', ...init })
const frameOf = (origin: string) => createBrowser({ place: 'frame', site: origin })
const keySet = async () => ((await (await get('/lti/keys')).json()) as { keys: (JsonWebKey & { kid: string })[] }).keys

/** Begins a launch and stops before the platform: the tool's own authentication request. */
async function asked(person = 'ada'): Promise<URL> {
  const browser = frameOf(course.origin)
  const until = (url: URL) => url.pathname === '/lti/authorize'
  const login = await browser.open(`${course.origin}/as/${person}/lab/two-machines/start`, {}, { until })
  return new URL(login.headers.location ?? '')
}

async function judged(url: URL): Promise<{ status: number; form: Record<string, string> | null; action: string | null; body: string }> {
  const response = await fetch(url, { redirect: 'manual' })
  const body = await response.text()
  const form = selfSubmittingForm(body)
  return { status: response.status, form: form && Object.fromEntries(form.fields), action: form?.action ?? null, body }
}

test('a click on the lab ends in the tool as the person whose page it was, two people in one browser apart', async () => {
  const browser = frameOf(course.origin)
  const [ada, lin] = await Promise.all(
    ['ada', 'lin'].map((person) => launchFromCourse({ courseOrigin: course.origin, person, lab: 'two-machines', browser })),
  )
  expect(ada?.final.body).toContain('Ada Okafor in two-machines')
  expect(lin?.final.body).toContain('Lin Wu in two-machines')
})

test('the id_token verifies against the published key and says who, where, as what and for how long', async () => {
  await launchFromCourse({ courseOrigin: course.origin, person: 'mira', lab: 'two-machines' })
  const [key] = await keySet()
  if (key === undefined) throw new Error('no key')
  expect(key).toMatchObject({ kty: 'RSA', alg: 'RS256', use: 'sig' })
  expect(Object.keys(key).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
  const opened = openToken(tool.answers.at(-1)?.get('id_token') ?? '', createPublicKey({ key, format: 'jwk' }))
  expect(opened?.header).toEqual({ alg: 'RS256', typ: 'JWT', kid: key.kid })
  const claims = opened?.payload ?? {}
  expect(claims).toMatchObject({
    iss: course.issuer,
    aud: course.clientId,
    azp: course.clientId,
    name: 'Dr. Mira Berg',
    email: 'mira.berg@northfield.example',
    iat: Math.floor(clock / 1000),
    exp: Math.floor(clock / 1000) + 300,
    [ltiClaim('message_type')]: 'LtiResourceLinkRequest',
    [ltiClaim('version')]: '1.3.0',
    [ltiClaim('deployment_id')]: course.deploymentId,
    [ltiClaim('target_link_uri')]: `${tool.origin}/lti/launch`,
    [ltiClaim('context')]: { label: 'DS 101', title: 'Distributed systems 101' },
    [ltiClaim('custom')]: { lab: 'two-machines' },
    [ltiClaim('launch_presentation')]: { document_target: 'iframe', locale: 'en-GB' },
    [ltiClaim('tool_platform')]: { name: 'Northfield College' },
  })
  expect(claims[ltiClaim('roles')]).toContain('http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor')
})

test('the instructor of the other course is nobody in this one', async () => {
  await launchFromCourse({ courseOrigin: course.origin, person: 'jonas', lab: 'two-machines' })
  const payload = (tool.answers.at(-1)?.get('id_token') ?? '').split('.')[1] ?? ''
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
  expect(claims[ltiClaim('context')].title).toBe('Databases 201')
  expect(claims[ltiClaim('resource_link')].id).toContain('db-201')
  expect(await (await get('/')).text()).not.toContain('Falk')
})

test('the login initiation names the launch by a hint that comes back unaltered', async () => {
  await launchFromCourse({ courseOrigin: course.origin, person: 'ada', lab: 'two-machines' })
  const login = Object.fromEntries(tool.logins.at(-1) ?? [])
  expect(login).toMatchObject({ iss: course.issuer, login_hint: 'ada', client_id: course.clientId, lti_deployment_id: '1' })
  expect(JSON.parse(login.lti_message_hint ?? '')).toMatchObject({ placement: 'ds-101+two-machines', note: 'a&b=c%2B “ü”' })
  expect(login).not.toHaveProperty('lti_storage_target')
})

test('by POST, and with platform storage offered, the login says so', async () => {
  const other = await startDemoCourse(options({ loginMethod: 'POST', platformStorage: true, folder: join(folder, 'other') }))
  tool.register(other.registration)
  const { final } = await launchFromCourse({ courseOrigin: other.origin, person: 'lin', lab: 'two-machines' })
  expect(final.body).toContain('Lin Wu')
  expect(tool.logins.at(-1)?.get('lti_storage_target')).toBe('_parent')
  const inWindow = await frameOf(other.origin).send(`${other.origin}/as/lin/lab/two-machines/start?window=1`)
  expect(inWindow.body).not.toContain('lti_storage_target')
  await other.close()
})

test.each([
  ['response_type', 'code', 'unsupported_response_type'],
  ['response_mode', 'query', 'invalid_request'],
  ['response_mode', undefined, 'invalid_request'],
  ['scope', 'openid profile', 'invalid_scope'],
  ['prompt', undefined, 'invalid_request'],
  ['nonce', undefined, 'invalid_request'],
  ['nonce', 'guessable', 'invalid_request'],
  ['login_hint', undefined, 'invalid_request'],
  ['login_hint', 'lin', 'access_denied'],
  ['lti_message_hint', undefined, 'login_required'],
  ['lti_message_hint', '{"placement":"ds-101+two-machines"}', 'login_required'],
])('a request with %s=%s is answered to the tool with an error (OIDC core 3.1.2.6)', async (name, value, error) => {
  tool.ask = { [name]: value }
  const url = await asked()
  const answer = await judged(url)
  expect(answer).toMatchObject({ status: 200, action: `${tool.origin}/lti/launch`, form: { error, state: url.searchParams.get('state') } })
  expect(answer.form).not.toHaveProperty('id_token')
})

test.each([
  ['client_id', 'somebody-else'],
  ['client_id', undefined],
  ['redirect_uri', undefined],
  ['redirect_uri', 'https://evil.example/lti/launch'],
  ['redirect_uri', 'TOOL/lti/launch?lab=1'],
  ['redirect_uri', 'TOOL/lti/launch/'],
  ['state', undefined],
  ['state', 'guessable'],
])('a request with %s=%s is not answered to anybody', async (name, value) => {
  tool.ask = { [name]: value?.replace('TOOL', tool.origin) }
  const answer = await judged(await asked())
  expect(answer).toMatchObject({ status: 400, form: null })
  expect(answer.body).not.toContain('id_token')
})

test('a parameter sent twice is refused', async () => {
  const url = await asked()
  url.searchParams.append('nonce', 'another-nonce-that-is-long-enough')
  expect(await judged(url)).toMatchObject({ status: 400, form: null })
})

test('a begun launch is answered once, and not after ten minutes', async () => {
  const url = await asked()
  expect((await judged(url)).form).toHaveProperty('id_token')
  expect((await judged(url)).form).toMatchObject({ error: 'login_required' })
  const late = await asked()
  clock += 601_000
  expect((await judged(late)).form).toMatchObject({ error: 'login_required' })
})

test('where hints may be used again, as in Open edX, a second request is answered too', async () => {
  const lenient = await startDemoCourse(options({ reusableHints: true, folder: join(folder, 'lenient') }))
  tool.register(lenient.registration)
  const until = (url: URL) => url.pathname === '/lti/authorize'
  const login = await frameOf(lenient.origin).open(`${lenient.origin}/as/ada/lab/two-machines/start`, {}, { until })
  const url = new URL(login.headers.location ?? '')
  expect((await judged(url)).form).toHaveProperty('id_token')
  expect((await judged(url)).form).toHaveProperty('id_token')
  await lenient.close()
})

test('an authentication request may come by POST, as a plain form of reasonable size', async () => {
  const url = await asked()
  const body = new URLSearchParams(url.searchParams)
  const send = (init: RequestInit) => get('/lti/authorize', { method: 'POST', ...init })
  expect(
    (await send({ body: `${body}&filler=${'x'.repeat(70_000)}`, headers: { 'content-type': 'application/x-www-form-urlencoded' } })).status,
  ).toBe(413)
  expect((await send({ body: JSON.stringify(Object.fromEntries(body)), headers: { 'content-type': 'application/json' } })).status).toBe(415)
  expect((await get('/lti/authorize', { method: 'PUT' })).status).toBe(405)
  expect(await (await send({ body })).text()).toContain('id_token')
})

test('keys and client id outlive a restart, readable by their owner alone', async () => {
  const kept = await readFile(join(folder, 'platform.json'), 'utf8')
  expect((await stat(join(folder, 'platform.json'))).mode & 0o777).toBe(0o600)
  const again = await startDemoCourse(options())
  expect(again.clientId).toBe(course.clientId)
  expect(await (await fetch(again.jwksUrl)).json()).toEqual({ keys: await keySet() })
  expect(await readFile(join(folder, 'platform.json'), 'utf8')).toBe(kept)
  await again.close()
  await again.close()
  await expect(fetch(again.jwksUrl)).rejects.toThrow('fetch failed')
})

test('a damaged key file is reported, not replaced', async () => {
  const damaged = await mkdtemp(join(tmpdir(), 'demo-course-'))
  await writeFile(join(damaged, 'platform.json'), '{"clientId":')
  await expect(startDemoCourse(options({ folder: damaged }))).rejects.toMatchObject({ code: 'demo_course.memory_damaged' })
  expect(await readFile(join(damaged, 'platform.json'), 'utf8')).toBe('{"clientId":')
  await rm(damaged, { recursive: true })
})

test('a tool address with a path is refused at the start', async () => {
  await expect(startDemoCourse(options({ toolOrigin: `${tool.origin}/lab` }))).rejects.toMatchObject({ code: 'demo_course.tool_origin' })
})

test('after a rotation new launches are signed by the new key, and the one before is still published', async () => {
  const [before] = await keySet()
  const { keys } = await course.rotateKeys()
  expect(keys.map(({ kid }) => kid)).toEqual([keys[0]?.kid, before?.kid])
  const { final } = await launchFromCourse({ courseOrigin: course.origin, person: 'ada', lab: 'two-machines' })
  expect(final.body).toContain('Ada Okafor')
  expect((await course.rotateKeys()).keys.map(({ kid }) => kid)).not.toContain(before?.kid)
})

test('where nothing answers at the tool, the frame says so in words', async () => {
  const gone = await new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
  const lonely = await startDemoCourse(options({ toolOrigin: `http://127.0.0.1:${gone}`, folder: join(folder, 'lonely') }))
  const response = await fetch(`${lonely.origin}/as/ada/lab/two-machines/start`)
  expect(response.status).toBe(502)
  expect(await response.text()).toContain('The lab does not answer')
  await lonely.close()
})

test('every page has one heading of the first level, a title, and a policy without any inline loophole', async () => {
  const paths = ['/', '/as/ada', '/as/mira', '/as/jonas', '/as/ada/read/why-two', '/as/ada/lab/two-machines', '/as/nobody']
  for (const path of paths) {
    const response = await get(path)
    const html = await response.text()
    expect(html.match(/<h1[ >]/g), path).toHaveLength(1)
    expect(html, path).toMatch(/<title>[^<]+<\/title>/)
    expect(html, path).not.toMatch(/ style="| on[a-z]+="|src="http|href="http/)
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy, path).toContain("default-src 'none'")
    expect(policy, path).not.toContain('unsafe')
    expect(response.headers.get('x-content-type-options'), path).toBe('nosniff')
  }
  const lab = await get('/as/ada/lab/two-machines')
  expect(lab.headers.get('content-security-policy')).toContain(`frame-src 'self' ${tool.origin}`)
  expect(await lab.text()).not.toContain('clipboard')
})

test.each([
  '/as',
  '/as/nobody',
  '/as/ada/lab/three-machines',
  '/as/ada/read/nothing',
  '/as/ada/lab/two-machines/start/more',
  '/as/__proto__',
  '/nowhere',
])('%s is not found', async (path) => {
  expect((await get(path)).status).toBe(404)
})

test('the course answers to the name localhost only: by address it points there, to other names it says nothing', async () => {
  const { port } = new URL(course.origin)
  const named = (host: string) =>
    new Promise<{ status?: number; location?: string }>((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port, path: '/as/ada', headers: { host }, agent: false }, (response) => {
        response.resume()
        resolve({ status: response.statusCode, location: response.headers.location })
      })
      request.on('error', reject).end()
    })
  expect(await named(`127.0.0.1:${port}`)).toEqual({ status: 308, location: `${course.origin}/as/ada` })
  expect(await named(`rebound.example:${port}`)).toEqual({ status: 421, location: undefined })
})
