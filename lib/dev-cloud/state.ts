import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ServerSpec } from './driver.ts'
import type { JsonMap } from './json.ts'
import type { ServerVerb } from './nova/server-actions.ts'

export type Action = 'INIT' | 'CREATE' | 'DELETE' | 'ROLLBACK' | 'SUSPEND' | 'RESUME' | 'CHECK'
export type Status = 'COMPLETE' | 'IN_PROGRESS' | 'FAILED'

/** A stack with all that belongs to it, as it is written to `stacks/<id>.json`. Times are milliseconds since 1970. */
export type Stack = {
  id: string
  name: string
  /** The project in which Heat keeps the users that may signal; it is in the address of every signal. */
  userProjectId: string
  createdAt: number
  updatedAt: number | null
  deletedAt: number | null
  action: Action
  status: Status
  reason: string
  /** When the current action began; its time limit counts from here. */
  actionSince: number
  /** In progress, but its engine was stopped: nobody goes on with it. */
  orphan?: true
  /** Its machines' signals never arrive. */
  muted?: true
  disableRollback: boolean
  timeoutMins: number | null
  tags: string[]
  template: JsonMap
  files: Record<string, string>
  environment: JsonMap
  parameters: JsonMap
  resources: Record<string, Resource>
  events: StackEvent[]
  things: Things
}

export type Resource = {
  name: string
  type: string
  action: Action
  status: Status
  reason: string
  /** The id of the thing it will make, decided before anything is made, so that every step can be done again. */
  plannedId: string
  /** `stack-resource-abcdef123456`: Heat's own name for the thing. */
  physicalName: string
  physicalId: string | null
  createdAt: number
  updatedAt: number
  properties: JsonMap
  data: JsonMap
}

export type StackEvent = {
  id: string
  at: number
  resource: string
  type: string
  physicalId: string
  status: string
  reason: string
}

/** What the stack's resources have made in Neutron and Nova, by id. */
export type Things = {
  networks: Record<string, Network>
  subnets: Record<string, Subnet>
  ports: Record<string, Port>
  routers: Record<string, Router>
  floatingIps: Record<string, FloatingIp>
  securityGroups: Record<string, SecurityGroup>
  keyPairs: Record<string, KeyPair>
  servers: Record<string, Server>
}
/** `more`: fields that are kept and shown and mean nothing to a machine (tags, descriptions, names for a name service). */
export type Network = { id: string; name: string; createdAt: number; more?: JsonMap }
export type Subnet = {
  id: string
  name: string
  networkId: string
  cidr: string
  gateway: string | null
  pools: { start: string; end: string }[]
  dns: string[]
  dhcp: boolean
  createdAt: number
  more?: JsonMap
}
export type Port = {
  id: string
  name: string
  networkId: string
  mac: string
  addresses: { subnetId: string; address: string }[]
  securityGroups: string[]
  deviceId: string
  deviceOwner: string
  createdAt: number
  more?: JsonMap
}
export type Router = {
  id: string
  name: string
  externalNetworkId: string | null
  /** Its own address outside. */
  externalAddress?: string | null
  subnetIds: string[]
  createdAt: number
  more?: JsonMap
}
export type FloatingIp = {
  id: string
  address: string
  portId: string | null
  fixedAddress: string | null
  createdAt: number
  more?: JsonMap
}
export type SecurityGroup = { id: string; name: string; description: string; rules: JsonMap[]; createdAt: number }
export type KeyPair = { name: string; publicKey: string; fingerprint: string; createdAt: number }
export type ServerStatus = 'BUILD' | 'ACTIVE' | 'SHUTOFF' | 'SUSPENDED' | 'SHELVED' | 'SHELVED_OFFLOADED' | 'ERROR'
export type Server = {
  id: string
  name: string
  status: ServerStatus
  /** What Nova is doing to it just now. */
  task?: ServerVerb | undefined
  /** Why it is in ERROR. */
  fault?: { message: string; at: number } | undefined
  /** Suspended, but its memory went when this cloud was switched off: it boots when it is resumed. */
  cold?: true | undefined
  keyName: string | null
  portIds: string[]
  securityGroups: string[]
  flavor: string
  spec: ServerSpec
  /** What was begun with it since it was created, oldest first. */
  actions?: ServerAction[]
  createdAt: number
  changedAt: number
}
/** `event`: Nova's name for the part of it that a host does. */
export type ServerAction = { action: string; event: string; requestId: string; at: number; endedAt: number | null; failed: boolean }

export const noThings = (): Things => ({
  networks: {},
  subnets: {},
  ports: {},
  routers: {},
  floatingIps: {},
  securityGroups: {},
  keyPairs: {},
  servers: {},
})

/** The stacks in memory, and their files. A change is on disk within about 50 ms, several changes as one write. */
export type State = {
  stacks: Map<string, Stack>
  /** Says that a stack is other than its file. */
  changed(stack: Stack): void
  /** Forgets a stack and its file. */
  forget(stack: Stack): void
  /** Resolves once everything said so far is written. */
  flush(): Promise<void>
}

const writePauseMs = 50

/** Reads `<folder>/stacks`. A file that cannot be read is logged and left where it is. */
export async function openState(folder: string, log: (line: string) => void): Promise<State> {
  const directory = join(folder, 'stacks')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const stacks = new Map<string, Stack>()
  for (const name of (await readdir(directory)).sort()) {
    if (!name.endsWith('.json')) continue
    try {
      const stack = JSON.parse(await readFile(join(directory, name), 'utf8')) as Stack
      // What an earlier version did not know of is not there yet.
      stack.things = { ...noThings(), ...stack.things }
      stacks.set(stack.id, stack)
    } catch (error) {
      log(`unreadable stack file ${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return { stacks, ...writer(directory, stacks, log) }
}

function writer(directory: string, stacks: Map<string, Stack>, log: (line: string) => void): Omit<State, 'stacks'> {
  const dirty = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  const writeAll = async () => {
    const ids = [...dirty]
    dirty.clear()
    for (const id of ids) {
      const stack = stacks.get(id)
      const path = join(directory, `${id}.json`)
      if (!stack) await rm(path, { force: true })
      else {
        await writeFile(`${path}.new`, JSON.stringify(stack), { mode: 0o600 })
        await rename(`${path}.new`, path)
      }
    }
  }
  const write = () => {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(writeAll).catch((error: unknown) => log(`cannot write the state: ${String(error)}`))
    return writing
  }
  const touch = (id: string) => {
    dirty.add(id)
    timer ??= setTimeout(write, writePauseMs)
  }
  return {
    changed: (stack) => touch(stack.id),
    forget: (stack) => {
      stacks.delete(stack.id)
      touch(stack.id)
    },
    flush: () => write(),
  }
}
