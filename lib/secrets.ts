import { createCipheriv, createDecipheriv, createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { config } from './config.ts'

/*
 * Sealed form: version (1 byte) | key id (4) | nonce (12) | tag (16) | ciphertext. AES-256-GCM (NIST SP 800-38D); the purpose is
 * authenticated with it, so that a value sealed for one column does not open in another.
 */
const VERSION = 1
const HEADER = 1 + 4 + 12 + 16

function keyId(key: Buffer): Buffer {
  return createHash('sha256').update('astrolabe key id').update(key).digest().subarray(0, 4)
}

function keys(): Buffer[] {
  const all = config().secretKeys.map((key) => Buffer.from(key.reveal(), 'base64'))
  if (all.length === 0) throw new Error('ASTROLABE_SECRET_KEY is not set')
  return all
}

/** Seals a text with the newest key. `purpose` names where it is kept, e.g. `cloud.auth`, and must be given again to open it. */
export function seal(text: string, purpose: string): Uint8Array<ArrayBuffer> {
  const key = keys()[0] as Buffer
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose))
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return new Uint8Array(Buffer.concat([Buffer.of(VERSION), keyId(key), nonce, cipher.getAuthTag(), body]))
}

/**
 * Opens what `seal` made, with whichever of our keys sealed it.
 * @throws Error when the key is gone, the purpose differs, or a bit was changed
 */
export function open(sealed: Uint8Array, purpose: string): string {
  const bytes = Buffer.from(sealed)
  if (bytes.length < HEADER || bytes[0] !== VERSION) throw new Error(`Not a sealed value (${purpose})`)
  const key = keys().find((candidate) => keyId(candidate).equals(bytes.subarray(1, 5)))
  if (!key) throw new Error(`The key that sealed this (${purpose}) is not among ASTROLABE_SECRET_KEY and ASTROLABE_PREVIOUS_SECRET_KEYS`)
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(5, 17))
    .setAAD(Buffer.from(purpose))
    .setAuthTag(bytes.subarray(17, 33))
  return Buffer.concat([decipher.update(bytes.subarray(33)), decipher.final()]).toString('utf8')
}

/** Whether a sealed value was sealed by an older key and should be sealed anew. */
export function isOutdated(sealed: Uint8Array): boolean {
  return !keyId(keys()[0] as Buffer).equals(Buffer.from(sealed).subarray(1, 5))
}

/** 256 random bits for cookies, codes and states, in base64url. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url')
}

/** The only form in which a token is kept: SHA-256. Tokens have 256 random bits, so no salt or stretching is needed. */
export function hashToken(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(token).digest())
}

/** Equality in a time that does not tell where the difference is. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}
