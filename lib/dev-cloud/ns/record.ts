import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DriverFailure, type PortFilter, type ServerSpec, type SpaceNetwork } from '../driver.ts'
import type { ProcessMark } from './process.ts'

/** `routers`: the networks that each of them joins. `filters`: what may come in. */
export type SpaceRecord = {
  id: string
  networks: SpaceNetwork[]
  routers?: string[][]
  filters?: PortFilter[]
  keeper: ProcessMark | null
  netNamespace: string | null
}

/** `making` until the first boot has succeeded: what is found in that state was never anybody's. */
export type MachineRecord = {
  id: string
  spaceId: string
  image: string
  state: 'making' | 'on' | 'off'
  process: ProcessMark | null
  /** Of its last start; absent: systemd. */
  init?: 'systemd' | 'plain'
  spec: ServerSpec
  /** `image`: a file with a file system of the flavor's size. Else the layers lie in the machine's folder, and a watch measures them. */
  disk?: 'image'
  /** What its file of names still says, where that is other than its spec. */
  hostsWritten?: ServerSpec['hosts']
}

/** What is known about spaces and machines, one small file each, so that a next process finds them again. */
export type Records = {
  spaces(): SpaceRecord[]
  machines(): MachineRecord[]
  keepSpace(record: SpaceRecord): void
  keepMachine(record: MachineRecord): void
  dropSpace(id: string): void
  dropMachine(id: string): void
}

export function openRecords(folder: string): Records {
  const spaces = join(folder, 'spaces')
  const machines = join(folder, 'records')
  for (const path of [spaces, machines]) mkdirSync(path, { recursive: true, mode: 0o700 })
  return {
    spaces: () => readAll<SpaceRecord>(spaces),
    machines: () => readAll<MachineRecord>(machines),
    keepSpace: (record) => write(spaces, record),
    keepMachine: (record) => write(machines, record),
    dropSpace: (id) => rmSync(fileOf(spaces, id), { force: true }),
    dropMachine: (id) => rmSync(fileOf(machines, id), { force: true }),
  }
}

function fileOf(folder: string, id: string): string {
  return join(folder, `${id}.json`)
}

/** Written beside and renamed: a half-written record would lose a machine. */
function write(folder: string, record: { id: string }): void {
  const path = fileOf(folder, record.id)
  writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

/** The files are ours alone (0700 folder), so their shape is trusted; one that cannot be read is left out. */
function readAll<T extends { id: string }>(folder: string): T[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      try {
        const value: T = JSON.parse(readFileSync(join(folder, name), 'utf8'))
        return [value]
      } catch {
        return []
      }
    })
}

/** Ids become names of folders and control groups. Throws `input.invalid`. */
export function checkId(id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(id)) return id
  throw new DriverFailure('input.invalid', 'This id cannot be used for a machine, network or space.')
}
