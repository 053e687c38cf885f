import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import type { JWK } from 'jose'
import type { LaunchExpectation } from './launch.ts'

/*
 * Tokens made by hand on node:crypto, never with the library that verifies them: one good launch, from which every case departs in one
 * thing.
 */

const P = 'https://purl.imsglobal.org/spec/lti/claim/'

/** The full name of an LTI claim. */
export const claim = (name: string) => `${P}${name}`

export const now = new Date('2026-11-21T12:00:00.000Z')
export const seconds = now.getTime() / 1000

export type Signer = { kid: string; privateKey: KeyObject; publicKey: KeyObject; jwk: JWK }

export function newSigner(modulusLength = 2048, kid: string = randomUUID()): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength })
  // As Open edX publishes it: neither alg nor use (J13).
  const { n, e } = publicKey.export({ format: 'jwk' })
  return { kid, privateKey, publicKey, jwk: { kty: 'RSA', n: String(n), e: String(e), kid } }
}

export const goodClaims: Record<string, unknown> = {
  iss: 'https://lms.example',
  aud: 'our-client',
  azp: 'our-client',
  sub: 'person-1',
  exp: seconds + 300,
  iat: seconds,
  nonce: 'the-nonce',
  name: 'Ada Okafor',
  [claim('message_type')]: 'LtiResourceLinkRequest',
  [claim('version')]: '1.3.0',
  [claim('deployment_id')]: '1',
  [claim('target_link_uri')]: 'https://tool.example/lti/launch?lab=two-machines',
  [claim('roles')]: ['http://purl.imsglobal.org/vocab/lis/v2/membership#Learner'],
  [claim('resource_link')]: { id: 'link-1', title: 'Two machines' },
  [claim('context')]: { id: 'course-1', label: 'DS101', title: 'Distributed systems' },
}

export function expectation(keys: JWK[], changes: Partial<LaunchExpectation> = {}): LaunchExpectation {
  return {
    registration: {
      issuer: 'https://lms.example',
      clientId: 'our-client',
      algorithms: ['RS256'],
      trustedAudiences: ['https://trusted.example'],
      anonymousLaunches: false,
    },
    now,
    findKeys: async (kid) => keys.filter((key) => key.kid === kid),
    isNonce: (nonce) => nonce === 'the-nonce',
    targetLinkUri: 'https://tool.example/lti/launch?lab=two-machines',
    deploymentHint: '1',
    toolOrigin: 'https://tool.example',
    ...changes,
  }
}

const part = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** Signed as its header says; HS* with `secret`, `none` not at all. A string stands for raw text instead of JSON. */
export function forge(
  signer: Signer,
  {
    header = {},
    claims = {},
    payload,
    secret = '',
  }: { header?: object | string; claims?: object; payload?: string; secret?: string | Buffer } = {},
): string {
  const head = typeof header === 'string' ? header : { alg: 'RS256', typ: 'JWT', kid: signer.kid, ...header }
  const input = `${part(head)}.${part(payload ?? { ...goodClaims, ...claims })}`
  const alg = typeof head === 'object' ? String(head.alg) : 'RS256'
  if (/^none$/i.test(alg)) return `${input}.`
  if (alg.startsWith('HS')) return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
  return `${input}.${sign(`sha${alg.slice(2)}`, Buffer.from(input), signer.privateKey).toString('base64url')}`
}
