import { type CryptoKey, importJWK, type JWK } from 'jose'
import { LtiError } from './errors.ts'

/** Signature algorithms a registration may allow (Security Framework 1.1, approved algorithms). None is symmetric. */
export const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'] as const
export type Algorithm = (typeof algorithms)[number]

const kinds = {
  RS256: { kty: 'RSA' },
  RS384: { kty: 'RSA' },
  RS512: { kty: 'RSA' },
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  ES512: { kty: 'EC', crv: 'P-521' },
} as const satisfies Record<Algorithm, { kty: string; crv?: string }>

export function isAlgorithm(name: unknown): name is Algorithm {
  return algorithms.some((one) => one === name)
}

// The same key verifies launch after launch: imported once for as long as the key set keeps it.
const imported = new WeakMap<JWK, Map<Algorithm, Promise<CryptoKey | Uint8Array>>>()

/**
 * The keys that may verify a signature of this algorithm, ready to use. A key without `alg` or `use` is fine (Open edX, D2L); one
 * that says something else is not (RFC 7517 4.2-4.4).
 * @throws LtiError `key.unsuitable` when none is left
 */
export async function suitableKeys(candidates: readonly JWK[], algorithm: Algorithm): Promise<(CryptoKey | Uint8Array)[]> {
  const fitting = candidates.filter((jwk) => fits(jwk, algorithm))
  if (fitting.length === 0) throw new LtiError('key.unsuitable')
  return Promise.all(fitting.map((jwk) => importOnce(jwk, algorithm)))
}

function importOnce(jwk: JWK, algorithm: Algorithm): Promise<CryptoKey | Uint8Array> {
  const ready = imported.get(jwk) ?? new Map<Algorithm, Promise<CryptoKey | Uint8Array>>()
  imported.set(jwk, ready)
  const { kty, n, e, crv, x, y } = jwk
  const key =
    ready.get(algorithm) ??
    importJWK(kty === 'RSA' ? { kty, n, e } : { kty, crv, x, y }, algorithm).catch((cause: unknown) => {
      throw new LtiError('key.unsuitable', 'not importable', { cause })
    })
  ready.set(algorithm, key)
  return key
}

function fits(jwk: JWK, algorithm: Algorithm): boolean {
  const kind = kinds[algorithm]
  if (jwk.kty !== kind.kty || ('crv' in kind && jwk.crv !== kind.crv)) return false
  if (jwk.alg !== undefined && jwk.alg !== algorithm) return false
  if (jwk.use !== undefined && jwk.use !== 'sig') return false
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes('verify'))) return false
  return jwk.kty !== 'RSA' || isStrongRsa(jwk)
}

/** RFC 7518 3.3: 2048 bits or more; and an exponent that is one. */
function isStrongRsa({ n, e }: JWK): boolean {
  if (typeof n !== 'string' || typeof e !== 'string') return false
  const exponent = Buffer.from(e, 'base64url')
  const modulus = Buffer.from(n, 'base64url')
  const first = modulus.findIndex((byte) => byte !== 0)
  const bits = first < 0 ? 0 : (modulus.length - first) * 8 - Math.clz32(modulus[first] ?? 0) + 24
  if (bits < 2048 || bits > 16_384 || exponent.length === 0 || exponent.length > 8) return false
  const value = BigInt(`0x${exponent.toString('hex')}`)
  return value >= 3n && value % 2n === 1n
}
