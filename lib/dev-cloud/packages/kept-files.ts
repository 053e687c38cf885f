import { createHash } from 'node:crypto'
import { createReadStream, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { type ComingFile, startComingFile } from './coming-file.ts'

/** What all kept files may take on this computer's disk, and one of them, in bytes. */
const LIMITS = { room: 1024 * 1024 * 1024, file: 256 * 1024 * 1024 }

export type KeptFile = { size: number; stream: Readable }

/** Files that never change under their name, read once for all who want them, also at the same moment. */
export type KeptFiles = {
  /** `fetch` is called where the file is not here; what it answers comes back as it is where it is nothing to keep. */
  get(name: string, fetch: () => Promise<IncomingMessage>): Promise<KeptFile | IncomingMessage>
  /** What is on its way must have been broken off before. */
  close(): Promise<void>
}

/** @param folder made if absent; holds nothing else. It is for one process at a time. */
export function openKeptFiles(folder: string, limits = LIMITS): KeptFiles {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // What was half there when an earlier process ended is nobody's.
  for (const name of readdirSync(folder)) if (name.endsWith('.part')) rmSync(join(folder, name), { force: true })
  /** Sizes; what was unused for longest comes first. */
  const whole = new Map(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).size]))
  const coming = new Map<string, Promise<ComingFile | null>>()
  const filling = new Set<ComingFile>()
  const ends = new Set<Promise<void>>()

  const isRoomFor = (size: number): boolean => {
    const free = limits.room - size - sum([...filling].map((file) => file.size))
    if (size > limits.file || free < 0) return false
    for (const name of whole.keys()) {
      if (sum(whole.values()) <= free) break
      whole.delete(name)
      rmSync(join(folder, name), { force: true })
    }
    return true
  }
  const keep = async (name: string, source: IncomingMessage): Promise<ComingFile | null> => {
    const size = Number(source.headers['content-length'] ?? 0)
    if (source.statusCode !== 200 || !(size > 0) || !isRoomFor(size)) return null
    const path = join(folder, name)
    const file = await startComingFile(source, { path: `${path}.part`, size })
    filling.add(file)
    const over = file.ended.then((isWhole) => {
      if (isWhole) renameSync(`${path}.part`, path)
      else rmSync(`${path}.part`, { force: true })
      if (isWhole) whole.set(name, size)
      filling.delete(file)
      coming.delete(name)
      ends.delete(over)
    })
    ends.add(over)
    return file
  }
  const found = (name: string): KeptFile | null => {
    const size = whole.get(name)
    if (size === undefined) return null
    whole.delete(name)
    whole.set(name, size)
    return { size, stream: createReadStream(join(folder, name)) }
  }
  const follow = (name: string, file: ComingFile): KeptFile => found(name) ?? { size: file.size, stream: file.follow() }
  return {
    async get(address, fetch) {
      const name = createHash('sha256').update(address).digest('hex')
      const here = found(name)
      if (here !== null) return here
      const underWay = coming.get(name)
      if (underWay !== undefined) {
        const file = await underWay
        return file === null ? fetch() : follow(name, file)
      }
      const fetched = fetch()
      const kept = fetched.then((source) => keep(name, source))
      coming.set(name, kept)
      const file = await kept.catch((error: unknown) => {
        coming.delete(name)
        throw error
      })
      if (file !== null) return follow(name, file)
      coming.delete(name)
      return fetched
    },
    async close() {
      await Promise.all(ends)
    },
  }
}

function sum(sizes: Iterable<number>): number {
  let all = 0
  for (const size of sizes) all += size
  return all
}
