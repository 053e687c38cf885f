/**
 * JSON Web Signatures made by hand on node:crypto, on purpose without the library the tool verifies with: a mistake on
 * one side must not be hidden by the same mistake on the other. RFC 7515 (JWS, compact), RFC 7518 (algorithms).
 */
import { constants, createHmac, type KeyObject, sign, verify } from 'node:crypto'

export type SecretOrKey = KeyObject | Buffer | string

type Scheme = { readonly hash: string; readonly kind: 'rsa' | 'pss' | 'ec' | 'hmac' }

const schemes: Readonly<Record<string, Scheme>> = {
  RS256: { hash: 'sha256', kind: 'rsa' },
  RS384: { hash: 'sha384', kind: 'rsa' },
  RS512: { hash: 'sha512', kind: 'rsa' },
  PS256: { hash: 'sha256', kind: 'pss' },
  PS384: { hash: 'sha384', kind: 'pss' },
  PS512: { hash: 'sha512', kind: 'pss' },
  ES256: { hash: 'sha256', kind: 'ec' },
  ES384: { hash: 'sha384', kind: 'ec' },
  ES512: { hash: 'sha512', kind: 'ec' },
  HS256: { hash: 'sha256', kind: 'hmac' },
  HS384: { hash: 'sha384', kind: 'hmac' },
  HS512: { hash: 'sha512', kind: 'hmac' },
}

/** Base64url without padding, RFC 7515 section 2. */
export function base64url(bytes: Buffer | string): string {
  return Buffer.from(bytes).toString('base64url')
}

/**
 * The signature part of a compact JWS over `signingInput` (`header.payload`, already encoded).
 * Algorithm `none`, in any spelling, gives the empty string. HMAC takes the key's bytes as they are.
 * Throws a TypeError for an algorithm it does not know, or an HMAC over a private key.
 */
export function signatureOf(signingInput: string, algorithm: string, key: SecretOrKey): string {
  if (algorithm.toLowerCase() === 'none') return ''
  const scheme = schemes[algorithm]
  if (scheme === undefined) throw new TypeError(`No such signature algorithm: ${algorithm}`)
  const data = Buffer.from(signingInput)
  if (scheme.kind === 'hmac') return createHmac(scheme.hash, key).update(data).digest('base64url')
  if (typeof key === 'string' || Buffer.isBuffer(key)) throw new TypeError(`${algorithm} needs a private key object`)
  if (scheme.kind === 'pss') {
    const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    return sign(scheme.hash, data, { key, ...padding }).toString('base64url')
  }
  return sign(scheme.hash, data, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
}

/** A compact JWS with this header and payload, signed by the header's own `alg`. */
export function signedToken(header: { alg: string } & Record<string, unknown>, payload: Record<string, unknown>, key: KeyObject): string {
  const signingInput = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(payload))}`
  return `${signingInput}.${signatureOf(signingInput, header.alg, key)}`
}

export type OpenedToken = { readonly header: Record<string, unknown>; readonly payload: Record<string, unknown> }

/**
 * Verifies an RS256 token against one public key and opens it; null when the signature does not hold. For tests and for
 * the platform's own use: it checks the signature and nothing else. Throws a SyntaxError when the parts are not JSON.
 */
export function openToken(token: string, publicKey: KeyObject): OpenedToken | null {
  const [header, payload, signature, ...rest] = token.split('.')
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) return null
  if (!verify('sha256', Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, 'base64url'))) return null
  return { header: jsonPart(header), payload: jsonPart(payload) }
}

function jsonPart(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
}
