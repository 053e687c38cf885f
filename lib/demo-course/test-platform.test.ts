import { createHmac, createPublicKey } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { publicKeyPem, tamperedPayload, tamperedSignature } from './forge.ts'
import { hostileTokens } from './hostile-tokens.ts'
import { ltiClaim } from './id-token.ts'
import { makeSigningKey } from './keyring.ts'
import { postAnswer } from './launch-drive.ts'
import { createBrowser } from './plain-browser.ts'
import { type StubTool, startStubTool } from './stub-tool.fixture.ts'
import { createTestPlatform, keySetDocument, type TestPlatform } from './test-platform.ts'
import { openToken } from './web-signature.ts'

let tool: StubTool
let platform: TestPlatform
let stranger: TestPlatform

beforeAll(async () => {
  tool = await startStubTool()
  platform = await createTestPlatform({ toolOrigin: tool.origin, clients: [{ clientId: 'client-a', deploymentIds: ['1', '2'] }, {}] })
  stranger = await createTestPlatform({ toolOrigin: tool.origin })
  tool.register(platform.registration())
  tool.register(stranger.registration())
})

beforeEach(() => {
  tool.ask = {}
})

afterAll(async () => {
  await Promise.all([platform.close(), stranger.close(), tool.close()])
})

const parts = (token: string) =>
  token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')))

test('a whole launch over plain HTTP ends on the page of the person who launched', async () => {
  const run = await platform.launchAs({ person: 'ada' })
  expect(run.final).toMatchObject({ status: 200, method: 'GET' })
  expect(run.final.body).toContain('<h1>Ada Okafor in two-machines</h1>')
  expect(run.cookies.map(({ name }) => name)).toEqual([`__Host-stub-${run.request?.state}`])
})

test('a hundred launches at once each end on a good page', async () => {
  const runs = await Promise.all(Array.from({ length: 100 }, () => platform.launchAs({ person: 'lin', method: 'POST' })))
  expect(runs.filter(({ final }) => final.status !== 200)).toEqual([])
})

test('the login initiation is sent by GET or by POST, and any field of it can be changed, repeated or left out', async () => {
  await platform.launchAs({ method: 'POST', login: { lti_storage_target: '_parent', login_hint: 'ada' } })
  expect(tool.logins.at(-1)?.get('lti_storage_target')).toBe('_parent')
  const refused = await platform.launchAs({ login: { iss: ['https://one.example', 'https://two.example'], client_id: undefined } })
  expect(tool.logins.at(-1)?.getAll('iss')).toEqual(['https://one.example', 'https://two.example'])
  expect(tool.logins.at(-1)?.has('client_id')).toBe(false)
  expect(refused).toMatchObject({ request: null, fields: [], final: { status: 400 } })
})

test('an answer can be replayed, and posted by another browser than the one that began', async () => {
  const run = await platform.launchAs({ person: 'ada' })
  const again = await postAnswer(run.browser, `${tool.origin}/lti/launch`, run.fields)
  expect(again.launch.status).toBe(410)
  const elsewhere = await platform.launchAs({ answerFrom: createBrowser({ site: platform.origin }) })
  expect(elsewhere.launch.status).toBe(401)
})

test('a browser that keeps no cookies in frames loses the launch', async () => {
  const run = await platform.launchAs({ place: 'frame without cookies' })
  expect(run.launch.status).toBe(401)
  expect(run.browser.refusedCookies).toHaveLength(1)
})

test('a state of one registration can be answered with a token of another', async () => {
  const run = await platform.launchAs({ idToken: stranger.forge({ person: 'ada' }) })
  expect(run.launch.status).toBe(401)
})

test('a tool that asks sloppily gets no launch from the test platform', async () => {
  tool.ask = { nonce: 'short' }
  await expect(platform.launchAs()).rejects.toThrow('invalid_request')
})

test('a true token verifies against the published key, and names person, place and times', () => {
  const token = platform.forge({ person: 'mira', nonce: 'n-1', deploymentId: '2' })
  const opened = openToken(token, createPublicKey(publicKeyPem(platform.key().publicKey)))
  expect(opened?.header).toEqual({ alg: 'RS256', typ: 'JWT', kid: platform.key().kid })
  const claims = opened?.payload ?? {}
  expect(claims).toMatchObject({
    iss: platform.origin,
    aud: 'client-a',
    nonce: 'n-1',
    name: 'Dr. Mira Berg',
    [ltiClaim('deployment_id')]: '2',
  })
  expect(Number(claims.exp) - Number(claims.iat)).toBe(300)
  expect(claims[ltiClaim('roles')]).toContain('http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor')
})

test('a deviation changes what it names and nothing else', () => {
  const base = { nonce: 'n-2' }
  const [header, claims] = parts(platform.forge({ ...base, header: { kid: undefined, alg: 'none' }, claims: { sub: undefined, azp: 'x' } }))
  expect(header).toEqual({ alg: 'none', typ: 'JWT' })
  const [, whole] = parts(platform.forge(base))
  const { sub, ...rest } = whole
  expect(claims).toEqual({ ...rest, azp: 'x', iat: claims.iat, exp: claims.exp })
  expect(sub).toBeTypeOf('string')
})

test('a token is forged without signature, with the public key as a secret, by a strange key, or expired', async () => {
  expect(platform.forge({ header: { alg: 'nOnE' } }).split('.')[2]).toBe('')
  const [head, body, signature] = platform.forge({ header: { alg: 'HS256' } }).split('.')
  expect(signature).toBe(createHmac('sha256', publicKeyPem(platform.key().publicKey)).update(`${head}.${body}`).digest('base64url'))
  const strange = await makeSigningKey(new Date())
  const forged = platform.forge({ key: strange.privateKey })
  expect(openToken(forged, platform.key().publicKey)).toBeNull()
  expect(openToken(forged, strange.publicKey)).not.toBeNull()
  const [, expired] = parts(platform.forge({ shiftSeconds: -400 }))
  expect(expired.exp).toBeLessThan(Date.now() / 1000 - 90)
})

test('a tampered payload or signature no longer verifies', () => {
  const { publicKey } = platform.key()
  expect(openToken(platform.forge({ mangle: tamperedPayload({ sub: 'root' }) }), publicKey)).toBeNull()
  expect(openToken(platform.forge({ mangle: tamperedSignature }), publicKey)).toBeNull()
  expect(openToken(platform.forge({ mangle: tamperedPayload({}) }), publicKey)).not.toBeNull()
})

test('raw text goes into the token as it is', () => {
  const [header] = platform.forge({ headerText: '["RS256"]', payloadText: '{"exp":1e999}' }).split('.')
  expect(Buffer.from(header ?? '', 'base64url').toString()).toBe('["RS256"]')
})

test('after a rotation the new key signs and the former is still published, unless it is forgotten', async () => {
  const former = stranger.key().kid
  const next = await stranger.rotateKeys()
  const published = async () =>
    ((await (await fetch(stranger.registration().jwksUrl)).json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)
  expect(await published()).toEqual([next.kid, former])
  expect((await stranger.launchAs()).final.status).toBe(200)
  const last = await stranger.rotateKeys({ forgetOld: true })
  expect(await published()).toEqual([last.kid])
})

test('the key set counts its readers and misbehaves when told to', async () => {
  const { jwksUrl } = platform.registration()
  const before = platform.keySetReads()
  platform.serveKeySet(() => ({ status: 302, headers: { location: 'http://10.0.0.1/keys' } }))
  expect((await fetch(jwksUrl, { redirect: 'manual' })).status).toBe(302)
  platform.serveKeySet(() => keySetDocument(stranger.key()))
  expect((await platform.launchAs()).launch.status).toBe(401)
  platform.serveKeySet(null)
  expect((await platform.launchAs()).final.status).toBe(200)
  expect(platform.keySetReads()).toBe(before + 3)
})

test('platforms in one process differ in issuer, client and key; two may claim one issuer', async () => {
  expect(platform.registration().issuer).not.toBe(stranger.registration().issuer)
  expect(platform.clients).toHaveLength(2)
  const twin = await createTestPlatform({ toolOrigin: tool.origin, issuer: platform.issuer, clients: [{ clientId: 'client-a' }] })
  expect(twin.registration()).toMatchObject({ issuer: platform.issuer, clientId: 'client-a', jwksUrl: `${twin.origin}/lti/keys` })
  const run = await platform.launchAs({ idToken: twin.forge({ nonce: 'irrelevant' }) })
  expect(run.launch.status).toBe(401)
  await twin.close()
  await twin.close()
})

test('every hostile token is one deviation from a launch that works, and none breaks the forging', async () => {
  const ingredients = { key: platform.key(), strangeKey: await makeSigningKey(new Date()), clientId: 'client-a' }
  const tokens = hostileTokens(ingredients)
  expect(new Set(tokens.map((one) => `${one.case} ${one.what}`)).size).toBe(tokens.length)
  const perfect = platform.forge({ nonce: 'n-3' })
  for (const { what, deviation } of tokens) expect(platform.forge({ nonce: 'n-3', ...deviation }), what).not.toBe(perfect)
  const { publicKey } = platform.key()
  const signed = tokens.filter(({ case: number }) => number.startsWith('C'))
  for (const { what, deviation } of signed) expect(openToken(platform.forge(deviation), publicKey), what).not.toBeNull()
})
