import { expect, test } from 'vitest'
import { isLtiError, type LtiCheck } from './errors.ts'
import { claim, expectation, forge, goodClaims, newSigner, seconds } from './forge.fixture.ts'
import { verifyLaunch } from './launch.ts'

const signer = newSigner()
const stranger = newSigner()
const pem = signer.publicKey.export({ type: 'spki', format: 'pem' }).toString()

async function outcome(token: string, keys = [signer.jwk], changes = {}): Promise<LtiCheck | 'accepted'> {
  try {
    await verifyLaunch(token, expectation(keys, changes))
    return 'accepted'
  } catch (error) {
    if (isLtiError(error)) return error.code
    throw error
  }
}

const good = () => forge(signer)
const [goodHeader = '', goodPayload = '', goodSignature = ''] = good().split('.')
const roles = (value: unknown) => ({ [claim('roles')]: value })

test('a good launch is read: who, where, as what', async () => {
  const token = forge(signer, { claims: { [claim('custom')]: { lab: 'two-machines', zone: '$Person.address.timezone', n: 7 } } })
  expect(await verifyLaunch(token, expectation([signer.jwk]))).toMatchObject({
    deploymentId: '1',
    subject: 'person-1',
    role: 'learner',
    person: { name: 'Ada Okafor', email: null },
    resourceLink: { id: 'link-1', title: 'Two machines' },
    course: { id: 'course-1', label: 'DS101', title: 'Distributed systems' },
    custom: { lab: 'two-machines' },
    returnUrl: null,
  })
})

const structures: [string, string, LtiCheck][] = [
  ['J1: two parts', `${goodHeader}.${goodPayload}`, 'token.structure'],
  ['J1: four parts', `${good()}.e30`, 'token.structure'],
  ['J1: five parts (RFC 7516, an encrypted token)', `${good()}.e30.e30`, 'token.structure'],
  ['J1: nothing', '', 'token.structure'],
  ['J2: padding', `${good()}==`, 'token.encoding'],
  ['J2: a space inside', good().replace('.', ' .'), 'token.encoding'],
  ['J2: bits that no encoder leaves', `${goodHeader}.e31.${goodSignature}`, 'token.encoding'],
  ['J3: a payload that is a list', forge(signer, { payload: '[]' }), 'token.json'],
  ['J3: a header that is a text', forge(signer, { header: '"RS256"' }), 'token.json'],
  ['J3: the same claim twice', forge(signer, { payload: '{"iss":"a","iss":"b"}' }), 'token.json'],
  ['J3: the same claim twice, once in disguise', forge(signer, { payload: '{"iss":"a","\\u0069ss":"b"}' }), 'token.json'],
  ['J3: depth 10 000', forge(signer, { payload: `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}` }), 'token.json'],
  ['J3: a number beyond all bounds', forge(signer, { payload: '{"exp":1e999}' }), 'token.json'],
  ['J3: not UTF-8', `${goodHeader}.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.${goodSignature}`, 'token.json'],
]

test.each(structures)('%s', async (_what, token, check) => {
  expect(await outcome(token)).toBe(check)
})

const headers: [string, object, LtiCheck][] = [
  ['J4: no kid', { kid: undefined }, 'header.kid_missing'],
  ['J5: an unknown kid', { kid: 'nobody' }, 'key.unsuitable'],
  ['J6: a kid that is a number', { kid: 7 }, 'header.kid_invalid'],
  ['J6: a kid of 10 KB', { kid: 'x'.repeat(10_240) }, 'header.kid_invalid'],
  ['J6: a kid that is an operator', { kid: { $ne: 1 } }, 'header.kid_invalid'],
  ['J8: none', { alg: 'none' }, 'header.algorithm'],
  ['J8: nOnE', { alg: 'nOnE' }, 'header.algorithm'],
  ['J9: HS256', { alg: 'HS256' }, 'header.algorithm'],
  ['J11: RS512 where RS256 is pinned', { alg: 'RS512' }, 'header.algorithm'],
  ['J17: unknown critical', { crit: ['x'], x: 1 }, 'header.critical'],
  ['J17: b64', { b64: false }, 'header.critical'],
  ['J17: zip', { zip: 'DEF' }, 'header.critical'],
  ['J27: an access token', { typ: 'at+jwt' }, 'header.type'],
]

test.each(headers)('%s is refused (RFC 7515 4.1)', async (_what, header, check) => {
  expect(await outcome(forge(signer, { header, secret: pem }))).toBe(check)
})

test('J9: HS256 with the public key as secret is refused before any key is looked at', async () => {
  let asked = false
  const findKeys = async () => {
    asked = true
    return [signer.jwk]
  }
  const der = signer.publicKey.export({ type: 'spki', format: 'der' })
  for (const secret of [pem, der, String(signer.jwk.n), 'our-client'])
    expect(await outcome(forge(signer, { header: { alg: 'HS256' }, secret }), [], { findKeys })).toBe('header.algorithm')
  expect(asked).toBe(false)
})

test('J11: an algorithm that the registration allows is accepted', async () => {
  const registration = { ...expectation([]).registration, algorithms: ['RS256', 'RS512'] }
  expect(await outcome(forge(signer, { header: { alg: 'RS512' } }), [signer.jwk], { registration })).toBe('accepted')
})

test('J12, J13, J14, J26: what a key says of itself, or leaves out, is heard', async () => {
  const weak = newSigner(1024)
  const token = good()
  expect(await outcome(token, [{ ...signer.jwk, alg: 'RS512' }])).toBe('key.unsuitable')
  expect(await outcome(token, [{ ...signer.jwk, use: 'enc' }])).toBe('key.unsuitable')
  expect(await outcome(token, [{ ...signer.jwk, key_ops: ['sign'] }])).toBe('key.unsuitable')
  expect(await outcome(token, [{ ...signer.jwk, key_ops: ['verify'] }])).toBe('accepted')
  expect(await outcome(forge(weak), [weak.jwk])).toBe('key.unsuitable')
  expect(await outcome(token, [{ ...signer.jwk, e: 'AQ' }])).toBe('key.unsuitable')
  expect(await outcome(token, [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: signer.kid }])).toBe('key.unsuitable')
  expect(await outcome(token, [{ ...stranger.jwk, kid: signer.kid }, signer.jwk])).toBe('accepted')
})

test('J15, J16: keys that a token brings along are not looked at', async () => {
  const header = { kid: signer.kid, jwk: stranger.jwk, jku: 'https://evil.example/keys', x5u: 'https://evil.example/cert' }
  expect(await outcome(forge(stranger, { header }))).toBe('signature.invalid')
})

test('J18, J19: a changed payload, a changed, empty or foreign signature', async () => {
  const payload = Buffer.from(JSON.stringify({ ...goodClaims, sub: 'somebody-else' })).toString('base64url')
  expect(await outcome(`${goodHeader}.${payload}.${goodSignature}`)).toBe('signature.invalid')
  expect(await outcome(`${goodHeader}.${goodPayload}.AAAA`)).toBe('signature.invalid')
  expect(await outcome(`${goodHeader}.${goodPayload}.`)).toBe('signature.invalid')
  expect(await outcome(forge(stranger, { header: { kid: signer.kid } }))).toBe('signature.invalid')
})

const trusted = 'https://trusted.example'
const claims: [string, object, LtiCheck | 'accepted'][] = [
  ['C1: no issuer', { iss: undefined }, 'claim.issuer'],
  ['C1: an issuer in other case', { iss: 'https://LMS.example' }, 'claim.issuer'],
  ['C1: a list of issuers', { iss: ['https://lms.example'] }, 'claim.issuer'],
  ['C2: no audience', { aud: undefined }, 'claim.audience'],
  ['C2: another audience', { aud: 'another' }, 'claim.audience'],
  ['C2: an empty list', { aud: [] }, 'claim.audience'],
  ['C2: an object', { aud: { 0: 'our-client' } }, 'claim.audience'],
  ['C3: a list of ours', { aud: ['our-client'] }, 'accepted'],
  ['C3: ours and a trusted one, with azp', { aud: ['our-client', trusted] }, 'accepted'],
  ['C4: ours and another one', { aud: ['our-client', 'another'] }, 'claim.audience'],
  ['C5: several without azp', { aud: ['our-client', trusted], azp: undefined }, 'claim.authorized_party'],
  ['C6: another azp', { azp: 'another' }, 'claim.authorized_party'],
  ['C7: expired beyond leeway', { exp: seconds - 61 }, 'claim.expiry'],
  ['C7: no expiry', { exp: undefined }, 'claim.expiry'],
  ['C7: an expiry that is text', { exp: String(seconds + 300) }, 'claim.expiry'],
  ['C7: a negative expiry', { exp: -1 }, 'claim.expiry'],
  ['C8: expired within leeway', { exp: seconds - 30 }, 'accepted'],
  ['C9: issued ten minutes ahead', { iat: seconds + 600 }, 'claim.issued_at'],
  ['C9: no time of issue', { iat: undefined }, 'claim.issued_at'],
  ['C10: issued half a minute ahead', { iat: seconds + 30 }, 'accepted'],
  ['C11: two hours old', { iat: seconds - 7200, exp: seconds + 7200 }, 'claim.issued_at'],
  ['C12: not valid yet', { nbf: seconds + 600 }, 'claim.not_before'],
  ['C13: no nonce', { nonce: undefined }, 'claim.nonce'],
  ['C13: an empty nonce', { nonce: '' }, 'claim.nonce'],
  ['C14: another nonce', { nonce: 'another-nonce' }, 'claim.nonce'],
  ['C16: no subject', { sub: undefined }, 'claim.subject'],
  ['C16: a subject of 300 characters', { sub: 'x'.repeat(300) }, 'claim.subject'],
  ['C16: a subject with a line break', { sub: 'a\nb' }, 'claim.subject'],
  ['C17: no deployment', { [claim('deployment_id')]: undefined }, 'claim.deployment'],
  ['C17: a deployment of 300 characters', { [claim('deployment_id')]: 'x'.repeat(300) }, 'claim.deployment'],
  ['C20: another deployment than the login said', { [claim('deployment_id')]: '2' }, 'claim.deployment_mismatch'],
  ['C21: no version', { [claim('version')]: undefined }, 'claim.version'],
  ['C21: a version that is a number', { [claim('version')]: 1.3 }, 'claim.version'],
  ['C22: no message type', { [claim('message_type')]: undefined }, 'claim.message_type'],
  ['C22: a message that is ours to send', { [claim('message_type')]: 'LtiDeepLinkingResponse' }, 'claim.message_type'],
  ['C24: no roles', roles(undefined), 'claim.roles'],
  ['C24: null roles', roles(null), 'claim.roles'],
  ['C24: roles that are text', roles('Instructor'), 'claim.roles'],
  ['C25: an empty list of roles', roles([]), 'accepted'],
  ['C25: only unknown roles', roles(['https://vendor.example/role']), 'accepted'],
  ['C27: 10 000 roles', roles(Array.from({ length: 10_000 }, () => 'Learner')), 'token.json'],
  ['C27: 300 roles', roles(Array.from({ length: 300 }, () => 'Learner')), 'claim.roles'],
  ['C28: no resource link', { [claim('resource_link')]: undefined }, 'claim.resource_link'],
  ['C28: a resource link with an empty id', { [claim('resource_link')]: { id: '' } }, 'claim.resource_link'],
  ['C29: no context', { [claim('context')]: undefined }, 'accepted'],
  ['C29: a context without id', { [claim('context')]: { title: 'x' } }, 'accepted'],
  ['C30: no target', { [claim('target_link_uri')]: undefined }, 'claim.target'],
  ['C31: another target than the login said', { [claim('target_link_uri')]: 'https://tool.example/lti/launch' }, 'claim.target_mismatch'],
  ['C33: custom parameters that are a list', { [claim('custom')]: ['lab'] }, 'accepted'],
  ['C39: unknown claims', { 'https://vendor.example/x': [1, { y: null }], acr: 7 }, 'accepted'],
]

test.each(claims)('%s', async (_what, changed, check) => {
  expect(await outcome(forge(signer, { claims: changed }))).toBe(check)
})

test('C16: an anonymous launch is accepted where the registration says so', async () => {
  const registration = { ...expectation([]).registration, anonymousLaunches: true }
  expect(await outcome(forge(signer, { claims: { sub: undefined } }), [signer.jwk], { registration })).toBe('accepted')
})

test('C23: an OpenID token that is no launch', async () => {
  const { iss, aud, sub, exp, iat, nonce } = goodClaims
  expect(await outcome(forge(signer, { payload: JSON.stringify({ iss, aud, sub, exp, iat, nonce }) }))).toBe('claim.missing')
})

test.each([
  'https://evil.example/lti/launch',
  'http://tool.example/lti/launch',
  'https://tool.example@evil.example/',
  'https://tool.example.evil.example/',
  'https://tool.example/lti/../admin',
  'https://tool.example/lti/%2e%2E/admin',
  'https://tool.example/\\evil.example',
  '//tool.example/',
  'javascript:alert(1)',
])('C32: %s is not ours, also when login and token agree on it', async (targetLinkUri) => {
  const token = forge(signer, { claims: { [claim('target_link_uri')]: targetLinkUri } })
  expect(await outcome(token, [signer.jwk], { targetLinkUri })).toBe('claim.target_foreign')
})

const M = 'http://purl.imsglobal.org/vocab/lis/v2/membership'
test.each([
  [[`${M}#Instructor`], 'instructor'],
  [['Instructor'], 'instructor'],
  [[`${M}#ContentDeveloper`, `${M}#Learner`], 'instructor'],
  [[`${M}#Administrator`], 'instructor'],
  [[`${M}#Learner`], 'learner'],
  [[`${M}/Instructor#TeachingAssistant`], 'learner'],
  [['http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor'], 'learner'],
  [['http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator'], 'learner'],
  [[], 'learner'],
])('C26: %j is a course %s', async (given, role) => {
  expect(await verifyLaunch(forge(signer, { claims: roles(given) }), expectation([signer.jwk]))).toMatchObject({ role })
})

test('C35, C36: what is shown is cut and cleaned, where people are sent is http or https', async () => {
  const launched = await verifyLaunch(
    forge(signer, {
      claims: {
        name: `\u202eadmin\u0000${'x'.repeat(10_000)}`,
        [claim('launch_presentation')]: { document_target: 'popup', return_url: 'javascript:alert(1)', locale: 'de_DE' },
      },
    }),
    expectation([signer.jwk]),
  )
  expect(launched.person.name).toHaveLength(255)
  expect(launched.person.name).toMatch(/^admin x+$/)
  expect(launched).toMatchObject({ returnUrl: null, documentTarget: null, locale: 'de-DE' })
})
