import { createPublicKey, generateKeyPair, type JsonWebKey, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'

/*
 * The tool's own keys (Security Framework 6.3). A key is published from the day it is made and signs only from `activeFrom`, so that
 * every platform has seen it by then; the one before it stays published for a while, so that what it signed still verifies.
 */

export type ToolKey = { kid: string; modulus: string; exponent: string; activeFrom: Date; retiredAt: Date | null }

export type NewToolKey = { kid: string; modulus: string; exponent: string; privatePem: string }

export type PublishedToolKey = { kty: 'RSA'; n: string; e: string; kid: string; alg: 'RS256'; use: 'sig' }

/** A 2048-bit RSA pair with a `kid` that is never used again. The private half is PKCS#8 PEM: seal it. */
export async function generateToolKey(): Promise<NewToolKey> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 2_048 })
  const { n, e } = pair.publicKey.export({ format: 'jwk' })
  if (n === undefined || e === undefined) throw new TypeError('An RSA key without numbers')
  return { kid: randomUUID(), modulus: n, exponent: e, privatePem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

/** The key that signs at `now`: the newest that is active and not retired; undefined when there is none. */
export function signingKey<Key extends ToolKey>(keys: readonly Key[], now: Date): Key | undefined {
  return keys
    .filter((key) => key.activeFrom <= now && (key.retiredAt === null || key.retiredAt > now))
    .sort((one, other) => other.activeFrom.getTime() - one.activeFrom.getTime())[0]
}

/** The key set to publish at `now` (RFC 7517): next, current and previous; newest first. */
export function toolKeySet(keys: readonly ToolKey[], now: Date): { keys: PublishedToolKey[] } {
  const published = keys
    .filter((key) => key.retiredAt === null || key.retiredAt > now)
    .sort((one, other) => other.activeFrom.getTime() - one.activeFrom.getTime())
  return { keys: published.map(({ modulus, exponent, kid }) => ({ kty: 'RSA', n: modulus, e: exponent, kid, alg: 'RS256', use: 'sig' })) }
}

/** The public half as PEM (SPKI), for platforms that want to be handed a key instead of an address. */
export function toolKeyPem({ modulus, exponent }: Pick<ToolKey, 'modulus' | 'exponent'>): string {
  const jwk: JsonWebKey = { kty: 'RSA', n: modulus, e: exponent }
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString()
}
