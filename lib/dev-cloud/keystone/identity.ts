import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Who this cloud is: its names, ids and secrets, made once and kept in `<folder>/cloud.json` (mode 0600). */
export type Identity = {
  region: string
  user: { id: string; name: string; password: string }
  project: { id: string; name: string }
  adminProjectId: string
  /** The secret behind every token and id. */
  key: string
  socks: { user: string; password: string }
  ports: { keystone: number; heat: number; socks: number }
  createdAt: number
}

const fileName = 'cloud.json'

/** Reads the identity, or makes one. */
export async function openIdentity(folder: string, now: Date): Promise<Identity> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  try {
    return JSON.parse(await readFile(join(folder, fileName), 'utf8')) as Identity
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const hex = () => randomBytes(16).toString('hex')
  // Typed after --os-password, a word that begins with a dash is taken for an option.
  const password = () => randomBytes(18).toString('hex')
  const identity: Identity = {
    region: 'RegionOne',
    user: { id: hex(), name: 'labs', password: password() },
    project: { id: hex(), name: 'labs' },
    adminProjectId: hex(),
    key: randomBytes(32).toString('base64url'),
    socks: { user: 'gateway', password: password() },
    ports: { keystone: 0, heat: 0, socks: 0 },
    createdAt: now.getTime(),
  }
  await saveIdentity(folder, identity)
  return identity
}

export async function saveIdentity(folder: string, identity: Identity): Promise<void> {
  await writeSecret(join(folder, fileName), JSON.stringify(identity, null, 1))
}

/** Writes a file that only its owner may read, all at once. */
export async function writeSecret(path: string, content: string): Promise<void> {
  await writeFile(`${path}.new`, content, { mode: 0o600 })
  await rename(`${path}.new`, path)
}

/** An id in the shape of a UUID that is always the same for the same name, as the built-in images and flavors need. */
export function fixedId(identity: Identity, name: string): string {
  const hex = createHash('sha256').update(`${identity.key} ${name}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

export function fixedHex(identity: Identity, name: string): string {
  return fixedId(identity, name).replaceAll('-', '')
}

/** Signs a text with the cloud's key; the result begins as a Fernet token does. */
export function sealText(identity: Identity, payload: string): string {
  const body = Buffer.from(payload).toString('base64url')
  return `gAAAAA${body}.${createHmac('sha256', identity.key).update(body).digest('base64url')}`
}

/** The text of a sealed token, or undefined when it was not sealed here. */
export function openSealed(identity: Identity, token: string): string | undefined {
  if (!token.startsWith('gAAAAA') || token.length > 4096) return undefined
  const [body, mac] = token.slice(6).split('.')
  if (!body || !mac) return undefined
  const expected = createHmac('sha256', identity.key).update(body).digest()
  const given = Buffer.from(mac, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  return Buffer.from(body, 'base64url').toString('utf8')
}
