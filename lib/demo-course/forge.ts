/**
 * Any id_token, by hand: the true one of a launch, with whatever a test wants to be wrong about it. A deviation is laid over
 * an otherwise perfect token, so that a refusal can only be due to that deviation.
 */
import type { KeyObject } from 'node:crypto'
import { idTokenClaims, type LaunchFacts } from './id-token.ts'
import type { SigningKey } from './keyring.ts'
import { base64url, type SecretOrKey, signatureOf } from './web-signature.ts'

/** What shall be wrong. Everything is optional; nothing given means a perfect token. */
export type Deviation = {
  /** Laid over the header `{ alg: 'RS256', typ: 'JWT', kid }`; a value of `undefined` takes the parameter away. */
  readonly header?: Readonly<Record<string, unknown>>
  /** Laid over the claims (full names: `ltiClaim('roles')`); a value of `undefined` takes the claim away. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Replaces the whole set of claims: `{ iss, sub, aud, exp, iat }` for a plain OpenID token (C23). */
  readonly onlyClaims?: Readonly<Record<string, unknown>>
  /** The header or payload as raw text, before base64url: duplicate keys, arrays, `1e999`, bad JSON (J3). */
  readonly headerText?: string
  readonly payloadText?: string
  /** Signs with this instead of the platform's key. A string or Buffer serves HS256 as a secret. */
  readonly key?: SecretOrKey
  /** Signs by this algorithm whatever the header says (J12). */
  readonly signAs?: string
  /** Moves `iat` and `exp` by this many seconds, negative into the past: -400 is a token that expired 100 s ago. */
  readonly shiftSeconds?: number
  /** Last touch on the finished token: `tamperedPayload`, `tamperedSignature`, cutting parts off. */
  readonly mangle?: (token: string) => string
}

/** A token for `facts`, issued at `now`, signed with `key` unless the deviation says otherwise. */
export function forgeToken(
  facts: LaunchFacts,
  { key, now, deviation = {} }: { key: SigningKey; now: Date; deviation?: Deviation },
): string {
  const issuedAt = new Date(now.getTime() + (deviation.shiftSeconds ?? 0) * 1000)
  const header = overlaid({ alg: 'RS256', typ: 'JWT', kid: key.kid }, deviation.header)
  const claims = overlaid(deviation.onlyClaims ?? idTokenClaims(facts, issuedAt), deviation.claims)
  const headerPart = base64url(deviation.headerText ?? JSON.stringify(header))
  const payloadPart = base64url(deviation.payloadText ?? JSON.stringify(claims))
  const signingInput = `${headerPart}.${payloadPart}`
  const algorithm = deviation.signAs ?? (typeof header.alg === 'string' ? header.alg : 'RS256')
  const secret = deviation.key ?? (algorithm.startsWith('HS') ? publicKeyPem(key.publicKey) : key.privateKey)
  const token = `${signingInput}.${signatureOf(signingInput, algorithm, secret)}`
  return deviation.mangle?.(token) ?? token
}

function overlaid(base: Readonly<Record<string, unknown>>, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const merged = Object.entries({ ...base, ...changes })
  return Object.fromEntries(merged.filter(([, value]) => value !== undefined))
}

/** The public key as PEM: what the attack with HS256 signs with (J9). */
export function publicKeyPem(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'pem' }).toString()
}

/** The token with claims changed after it was signed (J18). */
export function tamperedPayload(changes: Readonly<Record<string, unknown>>): (token: string) => string {
  return (token) => {
    const [header = '', payload = '', signature = ''] = token.split('.')
    const claims: Record<string, unknown> = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    return [header, base64url(JSON.stringify(overlaid(claims, changes))), signature].join('.')
  }
}

/** The token with one bit of its signature turned (J18). */
export function tamperedSignature(token: string): string {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  bytes[0] = (bytes[0] ?? 0) ^ 1
  return [header, payload, bytes.toString('base64url')].join('.')
}
