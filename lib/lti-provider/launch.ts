import { compactVerify, type JWK } from 'jose'
import { type LaunchClaims, readClaims } from './claims.ts'
import { LtiError } from './errors.ts'
import { type Algorithm, isAlgorithm, suitableKeys } from './key-choice.ts'
import { isOwnAddress } from './login.ts'
import { parseToken } from './token.ts'

/** What is known of the platform, from the login that this token answers - never from the token itself. */
export type LaunchRegistration = {
  issuer: string
  clientId: string
  algorithms: readonly string[]
  /** Audiences beside our client id that a token may name (Security Framework 5.1.3, step 3). */
  trustedAudiences: readonly string[]
  anonymousLaunches: boolean
}

export type LaunchExpectation = {
  registration: LaunchRegistration
  now: Date
  /** The keys of this registration's key set that bear this `kid`. @throws LtiError `key.unknown` or `key_set.*` */
  findKeys(kid: string): Promise<readonly JWK[]>
  /** Whether this is the nonce that was given out with the state. Using it up is the caller's, in one transaction with the state. */
  isNonce(nonce: string): boolean
  /** From the login: the signed claims must say the same. */
  targetLinkUri: string
  deploymentHint: string | null
  toolOrigin: string
}

const leewaySeconds = 60
const oldestSeconds = 10 * 60

/**
 * Verifies the id_token of an authentication response and reads the launch in it (Security Framework 5.1.3, core 5.3). The order is:
 * structure, header, key, signature, OpenID Connect claims, LTI claims. Nothing is fetched before the header has passed.
 * @throws LtiError naming the check that failed
 */
export async function verifyLaunch(idToken: string, expected: LaunchExpectation): Promise<LaunchClaims> {
  const { header, payload } = parseToken(idToken)
  const { algorithm, kid } = readHeader(header, expected.registration)
  await verifySignature(idToken, algorithm, await expected.findKeys(kid))
  checkParties(payload, expected.registration)
  checkTimes(payload, expected.now)
  // Security Framework 5.1.3 step 9: the nonce of the request, and of no other one that we gave out.
  if (typeof payload.nonce !== 'string' || payload.nonce === '' || !expected.isNonce(payload.nonce)) throw new LtiError('claim.nonce')
  const claims = readClaims(payload, expected.registration)
  // Core 5.3.4: what the unsigned login said is confirmed by what is signed.
  if (claims.targetLinkUri !== expected.targetLinkUri) throw new LtiError('claim.target_mismatch')
  if (!isOwnAddress(claims.targetLinkUri, expected.toolOrigin)) throw new LtiError('claim.target_foreign')
  if (expected.deploymentHint !== null && expected.deploymentHint !== claims.deploymentId) throw new LtiError('claim.deployment_mismatch')
  return claims
}

/** RFC 7515 4.1. The registration decides what is allowed; `jku`, `jwk`, `x5u` and `x5c` are never looked at. */
function readHeader(header: Record<string, unknown>, registration: LaunchRegistration): { algorithm: Algorithm; kid: string } {
  const { alg, kid, typ, crit, b64, zip } = header
  if (!isAlgorithm(alg) || !registration.algorithms.includes(alg)) throw new LtiError('header.algorithm', String(alg).slice(0, 20))
  if (kid === undefined || kid === '') throw new LtiError('header.kid_missing')
  if (typeof kid !== 'string' || kid.length > 255) throw new LtiError('header.kid_invalid')
  if (typ !== undefined && !(typeof typ === 'string' && typ.toUpperCase() === 'JWT')) throw new LtiError('header.type')
  if (crit !== undefined || b64 !== undefined || zip !== undefined) throw new LtiError('header.critical')
  return { algorithm: alg, kid }
}

async function verifySignature(idToken: string, algorithm: Algorithm, candidates: readonly JWK[]): Promise<void> {
  for (const key of await suitableKeys(candidates, algorithm)) {
    const verified = await compactVerify(idToken, key, { algorithms: [algorithm] }).catch(() => null)
    if (verified) return
  }
  throw new LtiError('signature.invalid')
}

/** Security Framework 5.1.3 steps 2-5: who says it, to whom. */
function checkParties(payload: Record<string, unknown>, { issuer, clientId, trustedAudiences }: LaunchRegistration): void {
  if (payload.iss !== issuer) throw new LtiError('claim.issuer')
  const audiences: unknown[] = Array.isArray(payload.aud) ? payload.aud : [payload.aud]
  if (!audiences.includes(clientId)) throw new LtiError('claim.audience')
  if (audiences.some((one) => one !== clientId && !(typeof one === 'string' && trustedAudiences.includes(one))))
    throw new LtiError('claim.audience', 'an audience that is not trusted')
  if (payload.azp === undefined ? audiences.length > 1 : payload.azp !== clientId) throw new LtiError('claim.authorized_party')
}

/** Security Framework 5.1.3 steps 7-8, with leeway for clocks that disagree; Moodle's tokens live 60 s. */
function checkTimes({ exp, iat, nbf }: Record<string, unknown>, now: Date): void {
  const seconds = now.getTime() / 1000
  if (typeof exp !== 'number' || exp < 0 || seconds >= exp + leewaySeconds) throw new LtiError('claim.expiry')
  if (typeof iat !== 'number' || iat < 0 || iat > seconds + leewaySeconds) throw new LtiError('claim.issued_at')
  if (iat < seconds - oldestSeconds - leewaySeconds) throw new LtiError('claim.issued_at', 'too old')
  if (nbf !== undefined && (typeof nbf !== 'number' || nbf > seconds + leewaySeconds)) throw new LtiError('claim.not_before')
}

/** How long a nonce must be remembered after its token was seen, in seconds: no token that carries it can be accepted later. */
export const nonceLifetimeSeconds = oldestSeconds + 2 * leewaySeconds
