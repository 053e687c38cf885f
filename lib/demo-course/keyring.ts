/**
 * The platform's own signing keys: made, kept in one file that only its owner can read, published as a key set (RFC 7517),
 * rotated so that the tool may still meet the previous key for a while (LTI security 6.3: key set URL, `kid`).
 */
import { createPrivateKey, createPublicKey, generateKeyPair, type JsonWebKey, type KeyObject, randomUUID } from 'node:crypto'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

export type SigningKey = { readonly kid: string; readonly createdAt: Date; readonly privateKey: KeyObject; readonly publicKey: KeyObject }

/** Newest first; the first one signs, all are published. */
export type Keyring = readonly SigningKey[]

export type PublishedKey = { kty: 'RSA'; n: string; e: string; kid: string; alg: 'RS256'; use: 'sig' }

export type KeySet = { keys: PublishedKey[] }

/** What the platform must remember between two starts. */
export type PlatformMemory = { readonly clientId: string; readonly keyring: Keyring }

type StoredKey = { kid: string; createdAt: string; privateJwk: JsonWebKey }

const memoryFile = 'platform.json'

/** A new 2048-bit RSA key with a `kid` that is never used again. */
export async function makeSigningKey(now: Date): Promise<SigningKey> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return { kid: randomUUID(), createdAt: now, privateKey: pair.privateKey, publicKey: pair.publicKey }
}

/** The key set as the tool reads it: public halves only, each with `kid`, `alg` and `use` (lti.md a1). */
export function keySetOf(keyring: Keyring): KeySet {
  return { keys: keyring.map(publishedKey) }
}

function publishedKey(key: SigningKey): PublishedKey {
  const { n, e } = key.publicKey.export({ format: 'jwk' })
  if (n === undefined || e === undefined) throw new TypeError('Only RSA keys are published here')
  return { kty: 'RSA', n, e, kid: key.kid, alg: 'RS256', use: 'sig' }
}

/** The ring after a rotation: `next` signs from now on, the key before it stays published, older ones are gone. */
export function rotated(keyring: Keyring, next: SigningKey): Keyring {
  return [next, ...keyring.slice(0, 1)]
}

/**
 * Reads what was kept in `folder`, or makes a client id and a first key and keeps them. The folder is made 0700, the file
 * 0600. Throws when the file is there and cannot be read as what this module wrote: a new identity in its place would
 * make strangers of all learners without anybody noticing.
 */
export async function openMemory(folder: string, now: Date): Promise<PlatformMemory> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const text = await readFile(join(folder, memoryFile), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text !== null) return parseMemory(text, join(folder, memoryFile))
  const memory = { clientId: randomUUID(), keyring: [await makeSigningKey(now)] }
  await saveMemory(folder, memory)
  return memory
}

/** Replaces the kept file in one step, readable by its owner alone. */
export async function saveMemory(folder: string, memory: PlatformMemory): Promise<void> {
  const keys: StoredKey[] = memory.keyring.map((key) => ({
    kid: key.kid,
    createdAt: key.createdAt.toISOString(),
    privateJwk: key.privateKey.export({ format: 'jwk' }),
  }))
  const path = join(folder, memoryFile)
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, `${JSON.stringify({ clientId: memory.clientId, keys }, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  await chmod(draft, 0o600)
  await rename(draft, path)
}

function parseMemory(text: string, path: string): PlatformMemory {
  try {
    const stored: { clientId: unknown; keys: StoredKey[] } = JSON.parse(text)
    if (typeof stored.clientId !== 'string' || stored.keys.length === 0) throw new TypeError('client id or keys missing')
    return { clientId: stored.clientId, keyring: stored.keys.map(parseKey) }
  } catch (cause) {
    const message = `${path} is damaged. Move it away to let the demo course make new keys (its learners will be new people to the tool).`
    throw Object.assign(new Error(message, { cause }), { code: 'demo_course.memory_damaged' })
  }
}

function parseKey(stored: StoredKey): SigningKey {
  const privateKey = createPrivateKey({ key: stored.privateJwk, format: 'jwk' })
  return { kid: stored.kid, createdAt: new Date(stored.createdAt), privateKey, publicKey: createPublicKey(privateKey) }
}
