import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json, JsonMap } from './json.ts'
import { writeSecret } from './keystone/identity.ts'
import type { KeyPair } from './state.ts'

/** What the project has that belongs to no stack. Times are milliseconds since 1970. */
export type Things = {
  applicationCredentials: Record<string, ApplicationCredential>
  accessRules: Record<string, AccessRule>
  keyPairs: Record<string, KeyPair>
  softwareConfigs: Record<string, SoftwareConfig>
  serverGroups: Record<string, ServerGroup>
  /** Also those that stacks have made: they are nobody's but the project's. */
  volumes: Record<string, Volume>
  /** Tokens that were taken back, by digest, with the time at which they would have ended. */
  revokedTokens: Record<string, number>
}
export type ApplicationCredential = {
  id: string
  name: string
  description: string | null
  /** SHA-256 of the secret, which is 512 random bits unless somebody chose it. */
  secretDigest: string
  /** Null: nobody said. */
  unrestricted: boolean | null
  expiresAt: number | null
  roles: string[]
  /** Ids of its access rules; null: it has none, and may do everything. */
  accessRules: string[] | null
  createdAt: number
}
export type AccessRule = { id: string; service: string | null; method: string | null; path: string | null }
export type SoftwareConfig = {
  id: string
  name: string | null
  group: string | null
  config: Json
  inputs: JsonMap[]
  outputs: JsonMap[]
  options: JsonMap
  createdAt: number
}
export type ServerGroup = { id: string; name: string; policy: string; createdAt: number }

/** Which server has it stands with the server. `status`: beside that; `error`: it could not be made. */
export type Volume = {
  id: string
  name: string
  description: string
  sizeGiB: number
  status: 'creating' | 'available' | 'extending' | 'deleting' | 'error'
  metadata: Record<string, string>
  bootable: boolean
  /** Of which image it is said to be; nothing of that is in it. */
  image?: string
  createdAt: number
  updatedAt: number
}

export type Belongings = {
  things: Things
  /** Says that something is other than in the file. It is written soon. */
  changed(): void
  /** Resolves once everything said so far is written. */
  flush(): Promise<void>
}

const nothing = (): Things => ({
  applicationCredentials: {},
  accessRules: {},
  keyPairs: {},
  softwareConfigs: {},
  serverGroups: {},
  volumes: {},
  revokedTokens: {},
})

/** Reads `<folder>/project.json` (mode 0600). A file that cannot be read is logged, and nothing is written over it. */
export async function openBelongings(folder: string, log: (line: string) => void): Promise<Belongings> {
  const path = join(folder, 'project.json')
  const found = await read(path, log)
  const things = { ...nothing(), ...found.things }
  let dirty = false
  let writing: Promise<void> = Promise.resolve()
  const write = async () => {
    if (!dirty || !found.readable) return
    dirty = false
    await writeSecret(path, JSON.stringify(things)).catch((error: unknown) => log(`cannot write ${path}: ${String(error)}`))
  }
  const flush = () => {
    writing = writing.then(write)
    return writing
  }
  return {
    things,
    changed() {
      dirty = true
      void flush()
    },
    flush,
  }
}

async function read(path: string, log: (line: string) => void): Promise<{ things: Partial<Things>; readable: boolean }> {
  try {
    return { things: JSON.parse(await readFile(path, 'utf8')) as Partial<Things>, readable: true }
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT'
    if (!absent) log(`unreadable ${path}: ${error instanceof Error ? error.message : String(error)}`)
    return { things: {}, readable: absent }
  }
}
