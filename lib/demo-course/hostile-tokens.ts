/**
 * Tokens that a tool must refuse, by the numbers of `lti.md` (b) and, marked C there, of the 1EdTech suite; one deviation each
 * from a perfect launch. `launchAs({ deviation })` sends them. Cases about state, replay and other browsers (A1-A9, A15) are
 * fields and calls of `launch-drive.ts` instead.
 */
import { type Deviation, publicKeyPem, tamperedPayload, tamperedSignature } from './forge.ts'
import { ltiClaim } from './id-token.ts'
import type { SigningKey } from './keyring.ts'

export type HostileToken = { readonly case: string; readonly what: string; readonly deviation: Deviation }

/** What the forging needs: the platform's own key, a key the tool has never seen, and the client id. */
export type Ingredients = { readonly key: SigningKey; readonly strangeKey: SigningKey; readonly clientId: string }

/** All of them, one entry per variant. */
export function hostileTokens(ingredients: Ingredients): HostileToken[] {
  return [
    ...malformed(),
    ...wrongKeys(ingredients),
    ...wrongAlgorithms(ingredients),
    ...wrongIdentity(ingredients),
    ...wrongTimes(),
    ...wrongClaims(),
  ]
}

function malformed(): HostileToken[] {
  return [
    { case: 'J1', what: 'two parts', deviation: { mangle: (token) => token.split('.').slice(0, 2).join('.') } },
    { case: 'J1', what: 'five parts', deviation: { mangle: (token) => `${token}.e30.e30` } },
    { case: 'J1', what: 'not a token', deviation: { mangle: () => 'hello' } },
    { case: 'J2', what: 'padding', deviation: { mangle: (token) => `${token}==` } },
    { case: 'J2', what: 'a space inside', deviation: { mangle: (token) => token.replace('.', ' .') } },
    { case: 'J3', what: 'a header that is a list', deviation: { headerText: '["RS256"]' } },
    { case: 'J3', what: 'a payload that is a number', deviation: { payloadText: '7' } },
    { case: 'J3', what: 'an endless expiry', deviation: { payloadText: '{"exp":1e999}' } },
    { case: 'J3', what: 'depth 10 000', deviation: { payloadText: `${'['.repeat(10_000)}${']'.repeat(10_000)}` } },
  ]
}

function wrongKeys({ strangeKey }: Ingredients): HostileToken[] {
  return [
    { case: 'J4', what: 'no kid', deviation: { header: { kid: undefined } } },
    { case: 'J5', what: 'an unknown kid', deviation: { header: { kid: 'nobody-knows-this-key' } } },
    {
      case: 'J5',
      what: 'the kid of a strange key that signed',
      deviation: { header: { kid: strangeKey.kid }, key: strangeKey.privateKey },
    },
    { case: 'J6', what: 'a kid that is a number', deviation: { header: { kid: 7 } } },
    { case: 'J6', what: 'a kid that is a query operator', deviation: { header: { kid: { $ne: 1 } } } },
    { case: 'J6', what: 'a kid that is a path', deviation: { header: { kid: '../../etc/passwd' } } },
    {
      case: 'J15',
      what: 'a key set of its own choice',
      deviation: { header: { jku: 'http://127.0.0.1:9/keys' }, key: strangeKey.privateKey },
    },
    {
      case: 'J16',
      what: 'a key of its own inside',
      deviation: { header: { jwk: strangeKey.publicKey.export({ format: 'jwk' }) }, key: strangeKey.privateKey },
    },
    { case: 'J18', what: 'a changed payload', deviation: { mangle: tamperedPayload({ sub: 'somebody-else' }) } },
    { case: 'J18', what: 'a changed signature', deviation: { mangle: tamperedSignature } },
    { case: 'J18', what: 'an empty signature', deviation: { mangle: (token) => token.slice(0, token.lastIndexOf('.') + 1) } },
    { case: 'J19', what: 'signed by another key under this kid', deviation: { key: strangeKey.privateKey } },
  ]
}

function wrongAlgorithms({ key, clientId }: Ingredients): HostileToken[] {
  const none = ['none', 'None', 'nOnE'].map((alg) => ({ case: 'J8', what: `algorithm ${alg}`, deviation: { header: { alg } } }))
  const others = ['RS384', 'RS512', 'PS256'].map((alg) => ({ case: 'J11', what: `algorithm ${alg}`, deviation: { header: { alg } } }))
  const der = key.publicKey.export({ type: 'spki', format: 'der' })
  const modulus = key.publicKey.export({ format: 'jwk' }).n ?? ''
  return [
    ...none,
    { case: 'J8', what: 'algorithm none over a true signature', deviation: { header: { alg: 'none' }, signAs: 'RS256' } },
    { case: 'J9', what: 'HS256 with the public key as PEM', deviation: { header: { alg: 'HS256' }, key: publicKeyPem(key.publicKey) } },
    { case: 'J9', what: 'HS256 with the public key as DER', deviation: { header: { alg: 'HS256' }, key: der } },
    { case: 'J9', what: 'HS256 with the modulus', deviation: { header: { alg: 'HS256' }, key: modulus } },
    { case: 'J10', what: 'HS256 with the client id', deviation: { header: { alg: 'HS256' }, key: clientId } },
    ...others,
    { case: 'J17', what: 'an unknown critical parameter', deviation: { header: { crit: ['exp'], exp: 1 } } },
    { case: 'J17', what: 'an unencoded payload', deviation: { header: { crit: ['b64'], b64: false } } },
    { case: 'J27', what: 'a token of another type', deviation: { header: { typ: 'at+jwt' } } },
  ]
}

function wrongIdentity({ clientId }: Ingredients): HostileToken[] {
  const claim = (name: string, what: string, claims: Record<string, unknown>) => ({ case: name, what, deviation: { claims } })
  return [
    claim('C1', 'no issuer', { iss: undefined }),
    claim('C1', 'another issuer', { iss: 'https://stranger.example' }),
    claim('C2', 'no audience', { aud: undefined }),
    claim('C2', 'another audience', { aud: 'another-client', azp: undefined }),
    claim('C2', 'an empty audience', { aud: [] }),
    claim('C4', 'an audience nobody trusts beside ours', { aud: [clientId, 'https://stranger.example'] }),
    claim('C5', 'several audiences without azp', { aud: [clientId, clientId], azp: undefined }),
    claim('C6', 'another authorized party', { azp: 'another-client' }),
    claim('C13', 'no nonce', { nonce: undefined }),
    claim('C13', 'an empty nonce', { nonce: '' }),
    claim('C13', 'a nonce that is a number', { nonce: 7 }),
    claim('C14', 'a nonce nobody asked for', { nonce: 'a-nonce-that-was-never-issued-by-anybody' }),
    claim('C16', 'no subject', { sub: undefined }),
    claim('C16', 'an empty subject', { sub: '' }),
    claim('C16', 'a subject that is a number', { sub: 7 }),
    claim('C16', 'a subject of 300 characters', { sub: 'x'.repeat(300) }),
  ]
}

function wrongTimes(): HostileToken[] {
  const claim = (name: string, what: string, claims: Record<string, unknown>) => ({ case: name, what, deviation: { claims } })
  const farAhead = 4_102_444_800
  return [
    { case: 'C7', what: 'expired 100 s ago', deviation: { shiftSeconds: -400 } },
    claim('C7', 'no expiry', { exp: undefined }),
    claim('C7', 'an expiry that is text', { exp: String(farAhead) }),
    claim('C7', 'a negative expiry', { exp: -1 }),
    { case: 'C9', what: 'issued ten minutes ahead', deviation: { shiftSeconds: 600 } },
    claim('C9', 'no time of issue', { iat: undefined }),
    { case: 'C11', what: 'issued two hours ago and still valid', deviation: { shiftSeconds: -7200, claims: { exp: farAhead } } },
    claim('C12', 'not valid yet', { nbf: farAhead }),
  ]
}

function wrongClaims(): HostileToken[] {
  const claim = (name: string, what: string, short: string, value: unknown) => ({
    case: name,
    what,
    deviation: { claims: { [ltiClaim(short)]: value } },
  })
  return [
    claim('C17', 'no deployment', 'deployment_id', undefined),
    claim('C17', 'a deployment that is a number', 'deployment_id', 1),
    claim('C18', 'an unknown deployment', 'deployment_id', 'nobody-approved-this'),
    claim('C21', 'no version', 'version', undefined),
    claim('C21', 'version 1.3', 'version', '1.3'),
    claim('C22', 'no message type', 'message_type', undefined),
    claim('C22', 'an unknown message type', 'message_type', 'LtiFooRequest'),
    claim('C24', 'no roles', 'roles', undefined),
    claim('C24', 'roles that are text', 'roles', 'Learner'),
    claim('C28', 'no resource link', 'resource_link', undefined),
    claim('C28', 'a resource link without id', 'resource_link', { title: 'Nowhere' }),
    claim('C30', 'no target', 'target_link_uri', undefined),
    claim('C31', 'another target than the login named', 'target_link_uri', 'https://evil.example/lti/launch'),
  ]
}
