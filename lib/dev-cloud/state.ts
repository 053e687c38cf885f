import type { ServerSpec } from './driver.ts'
import type { Json, JsonMap } from './json.ts'
import type { ServerVerb } from './nova/server-actions.ts'

export type Action =
  | 'INIT'
  | 'CREATE'
  | 'ADOPT'
  | 'UPDATE'
  | 'DELETE'
  | 'ROLLBACK'
  | 'SUSPEND'
  | 'RESUME'
  | 'CHECK'
  | 'SNAPSHOT'
  | 'RESTORE'
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
  /** Absent in a stack that nobody nests. */
  parent?: Parent
  /** Every stack nested in this one at any depth, by id, as planned (action INIT), as it is or as it was; only a root has them. */
  nested?: Record<string, Stack>
  /** Resources that were replaced or that the template has no more, by their planned id, until they are removed. */
  leftovers?: Record<string, Resource>
  /** What the stack was made of before the update that is under way or has failed: a rollback goes back there. */
  previous?: StackForm
  /** Whether updates look at what things really are (API: `converge`). */
  converge?: boolean
  snapshots?: Record<string, Snapshot>
  /** The snapshot that it is being brought back to. */
  restoring?: string
  /** What it had when it was abandoned; whoever adopts it gets it. */
  abandoned?: { resources: Record<string, Resource>; nested: Record<string, Stack> }
  /** Of a root: how many events there have been in the family. */
  eventCount?: number
  /** Of a root in a lenient cloud: the network for what names none that is here (neutron/home-network.ts). */
  home?: HomeNetwork
  /** Something that its resources made outlives them on purpose, and so does its network. */
  retains?: true
}

export type HomeNetwork = { networkId: string; subnetId: string; routerId: string }

/** `remote`: made by OS::Heat::Stack, which Heat shows as a stack of its own. */
export type Parent = { rootId: string; stackId: string; resource: string; depth: number; remote?: true }

/** What a stack is made of. */
export type StackForm = Pick<Stack, 'template' | 'environment' | 'parameters'> & { files?: Record<string, string> }

export type Snapshot = {
  id: string
  name: string | null
  status: Status
  reason: string
  createdAt: number
  /** What `GET .../snapshots/ID` shows as its data; null until it is complete. */
  data: JsonMap | null
  form: StackForm
  /** The machines whose disks are kept, by the driver, under the snapshot's id. */
  serverIds: string[]
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
  /** Planned ids of what it was made with; they are removed after it. */
  requires?: string[]
  /** The metadata of its definition, or what was put there since. */
  metadata?: Json
}

export type StackEvent = {
  id: string
  at: number
  /** Its number among all events of the family. */
  order?: number
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
  tags?: string[]
  configDrive?: boolean
  spec: ServerSpec
  volumes?: Attachment[]
  /** What was begun with it since it was created, oldest first. */
  actions?: ServerAction[]
  createdAt: number
  changedAt: number
}
/** A volume that a server has. `device`: below /dev. `ends`: it goes with the server. */
export type Attachment = { id: string; volumeId: string; device: string; at: number; ends?: true }
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
  /** Those that nobody nests; a nested one is kept in its root, as one file, so that both are always of the same moment. */
  stacks: Map<string, Stack>
  /** A stack by its id, nested or not. */
  find(id: string): Stack | undefined
  /** Says that a stack is other than its file. */
  changed(stack: Stack): void
  /** Forgets a stack and its file. */
  forget(stack: Stack): void
  /** Resolves once everything said so far is written. */
  flush(): Promise<void>
}

const roots = new WeakMap<Stack, Stack>()

/** The stack that nobody nests, in which this one is nested, or this one. */
export const rootOf = (stack: Stack): Stack => roots.get(stack) ?? stack

/** The root with all that is nested in it. */
export function familyOf(stack: Stack): Stack[] {
  const root = rootOf(stack)
  return [root, ...Object.values(root.nested ?? {})]
}

/** The stack that a resource stands for, when it is nested, as soon as it is planned. */
export function childOf(stack: Stack, resource: Resource): Stack | undefined {
  return rootOf(stack).nested?.[resource.plannedId]
}

/** Whether the world knows of it: a nested stack is planned before its time comes. */
export const isMade = (stack: Stack): boolean => stack.parent === undefined || stack.action !== 'INIT'

export const isGone = (stack: Stack): boolean => stack.action === 'DELETE' && stack.status === 'COMPLETE'

/**
 * Makes a stack a part of the root that it is nested in. What its resources make belongs to the root, as does their network; its
 * files are those of the stack above it, unless it brings its own. Neither is written twice.
 */
export function nestIn(root: Stack, child: Stack): Stack {
  const nested = root.nested ?? {}
  root.nested = nested
  nested[child.id] = child
  roots.set(child, root)
  Object.defineProperty(child, 'things', { get: () => root.things, enumerable: false, configurable: true })
  if (!child.parent?.remote) {
    const above = () => (child.parent && nested[child.parent.stackId]) ?? root
    Object.defineProperty(child, 'files', { get: () => above().files, enumerable: false, configurable: true })
  }
  return child
}
