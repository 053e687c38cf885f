import { randomBytes, randomUUID } from 'node:crypto'
import type { Belongings } from './belongings.ts'
import type { Content, Quota } from './content.ts'
import type { Rules } from './control/rules.ts'
import type { Driver } from './driver.ts'
import { ResourceFailure } from './fault.ts'
import type { PropertySchemas } from './hot/properties.ts'
import type { Shelf } from './images/shelf.ts'
import type { Json, JsonMap } from './json.ts'
import type { Identity } from './keystone/identity.ts'
import type { PackageMirror } from './packages/mirror.ts'
import { type Resource, rootOf, type Stack, type StackEvent, type State } from './state.ts'

/** Everything the rooms of this cloud share. */
export type Cloud = {
  identity: Identity
  state: State
  /** What the project has outside of stacks. */
  belongings: Belongings
  driver: Driver
  content: Content
  images: Shelf
  /** What machines may install from; null: nothing. */
  packages: PackageMirror | null
  quota: Quota
  now: () => Date
  /** Runs `what` after a time; the result takes it back. Handed in so that no test waits for a time limit. */
  setTimer: (afterMs: number, what: () => void) => () => void
  log: (line: string) => void
  heatUrl: () => string
  /** Who waits for a signal to a handle, by `signals <planned id>`, or for a server, by `server <id>`. */
  watchers: Map<string, Set<() => void>>
  /** How it is to misbehave. */
  rules: Rules
  /** Aborted when this cloud is closed. */
  closing: AbortSignal
  /** What is done to servers in the background. */
  tasks: Set<Promise<void>>
  /** Whether a shelved server gives its host back at once: Nova's `shelved_offload_time` of 0, its default, else -1. */
  offloadsShelved: boolean
  /** Whether Nova makes key pairs, as up to microversion 2.91; a stock cloud since Zed makes none (openstack/README.md, fact 31). */
  makesKeyPairs: boolean
  /** The driver's spaces that exist or are being made, by stack id. */
  spaces: Map<string, Promise<void>>
}

/** One resource being made, looked at or removed. */
export type Work = { cloud: Cloud; stack: Stack; resource: Resource; properties: JsonMap }

/** `again`: it had begun before this process did. */
export type Step = { cancelled: AbortSignal; again: boolean }

/** Whether a type is still to be used, since which version of Heat, and what it was before (heat/engine/support.py). */
export type SupportStatus = {
  status: 'SUPPORTED' | 'DEPRECATED' | 'HIDDEN'
  version?: string
  message?: string
  before?: SupportStatus
}

/** What get_attr may ask for. `hidden`: it may, but GET /resource_types/... does not tell. */
export type AttributeSchema = { type?: 'string' | 'integer' | 'boolean' | 'map' | 'list'; description: string; hidden?: true }

/** What a resource type says of itself, as GET /resource_types/... tells it. */
export type Description = {
  /** One sentence. */
  description?: string
  /** Absent: supported, since ever. */
  support?: SupportStatus
  properties: PropertySchemas
  /** By name, besides `show`. */
  attributes: Record<string, AttributeSchema>
}

/** A change of a resource's properties; `changed` names those that differ. */
export type Change = { before: JsonMap; after: JsonMap; changed: string[] }

/** What a resource type can do; `resources/*.ts` hold one table each. */
export type ResourceType = Description & {
  /** Older names of properties, by which templates may still call them. */
  aliases?: Record<string, string>
  /** Takes any property and has any attribute (OS::Heat::None). */
  anything?: true
  /** More than the schema can say; throws a Fault. Values that are not known yet are `unknownYet`. */
  validate?: (properties: JsonMap, name: string, place: { cloud: Cloud; stack: Stack }) => void
  /** Makes the thing and sets `resource.physicalId`. Done again after a restart in its middle, so it must not mind. */
  create: (work: Work, cancelled: AbortSignal) => void | Promise<void>
  /**
   * Whether a change of `updatable` properties makes a new thing all the same, because of what they say (a policy, for instance).
   * Absent: never. Heat's needs_replace_with_prop_diff and UpdateReplace in one.
   */
  replaces?: (change: Change) => boolean
  /**
   * Changes the thing in place; `work.properties` are the new ones. Asked only where each changed property is `updatable` and `replaces`
   * does not object. Absent: such changes need nothing to be done.
   */
  update?: (work: Work, change: { before: JsonMap; changed: string[] }, cancelled: AbortSignal) => void | Promise<void>
  remove: (work: Work) => void | Promise<void>
  /** Makes room for the thing that takes its place: asked before that is made. Heat's prepare_for_replace. */
  makeRoom?: (work: Work) => void | Promise<void>
  /** `undefined`: no such attribute. */
  attribute: (work: Work, name: string) => Json | undefined
  /** The thing as its own service would show it. */
  show: (work: Work) => JsonMap
  /** Takes a signal that was sent to it: keeps it, wakes who waits, and says what the event tells. Absent: it takes none. */
  signal?: (work: Work, body: JsonMap) => string
  /** What get_resource gives, when it is not the physical id. */
  reference?: (work: Work) => string
  suspend?: (work: Work, step: Step) => Promise<void>
  resume?: (work: Work, step: Step) => Promise<void>
  /** In a lenient cloud: its properties with a network of the stack's own in the place of what is not here (neutron/home-network.ts). */
  house?: (place: { cloud: Cloud; stack: Stack }, properties: JsonMap) => JsonMap
  /** What it made is as good as before when changing it has failed: no other takes its place. */
  endures?: true
  /** Throws where nothing of it can be kept with a snapshot of its stack. */
  snapshot?: (work: Work) => void
  /** Throws when the thing is not as it should be. */
  check?: (work: Work) => void
  /** It is a stack of its own, and all that is done to it is done to that stack by the engine. */
  nesting?: Nesting
}

/** What a resource that is a stack itself is made of. */
export type Nesting = {
  /** `template`: a file; its outputs are attributes. `group`: members by number. `remote`: a stack that Heat would not call nested. */
  kind: 'template' | 'group' | 'remote'
  /** How Heat names its template where that is wrong. */
  url: string
  compose: (work: Work) => ChildForm
  /** What its update policy may say. */
  policy?: PropertySchemas
  /** What it looks like after each step of a change, the last step left out: nothing where all changes at once. */
  steps?: (work: Work, members: Pick<Resource, 'name' | 'status'>[], again: boolean) => ChildStep[]
}
export type ChildForm = { template: JsonMap; parameters: JsonMap; environment: JsonMap }
export type ChildStep = { template: JsonMap; pauseMs: number }

export const quotaOfPlenty: Quota = {
  instances: 100,
  cores: 400,
  ramMiB: 409_600,
  floatingIps: 231,
  keyPairs: 1000,
  ports: 1000,
  networks: 200,
  routers: 200,
  stacks: 1000,
  volumes: 100,
  volumeGiB: 1000,
}

export const quotaOfThousands: Quota = {
  instances: 20_000,
  cores: 80_000,
  ramMiB: 80_000_000,
  floatingIps: 60_000,
  keyPairs: 20_000,
  ports: 60_000,
  networks: 20_000,
  routers: 20_000,
  stacks: 20_000,
  volumes: 20_000,
  volumeGiB: 1_000_000,
}

/** The private internet of a stack and of all that is nested in it, made once however many ask for it. */
export function ensureSpace(cloud: Cloud, stack: Stack): Promise<void> {
  const { id } = rootOf(stack)
  const known = cloud.spaces.get(id)
  if (known) return known
  const making = cloud.driver.createSpace(id).then(() => moveIn(cloud, stack))
  cloud.spaces.set(id, making)
  making.catch(() => cloud.spaces.delete(id))
  return making
}

/** Makes the network that no resource makes (neutron/home-network.ts). */
async function moveIn(cloud: Cloud, stack: Stack): Promise<void> {
  const { id, home, things } = rootOf(stack)
  const subnet = home && things.subnets[home.subnetId]
  if (subnet) await cloud.driver.createNetwork(id, { id: subnet.id, cidr: subnet.cidr, gateway: subnet.gateway ?? '' })
}

/** Tells the driver which networks of a stack its routers join: others have no way to each other. */
export function joinNetworks(cloud: Cloud, stack: Stack): Promise<void> {
  const { id, things } = rootOf(stack)
  return cloud.driver.connectNetworks(
    id,
    Object.values(things.routers).map(({ subnetIds }) => subnetIds.filter((subnetId) => Object.hasOwn(things.subnets, subnetId))),
  )
}

/**
 * Resolves once `look` says so; it is asked now and whenever somebody wakes `key`. Rejects with what `look` throws, and with
 * `Cancelled`.
 */
export function waitUntil(cloud: Cloud, key: string, { look, cancelled }: { look: () => boolean; cancelled: AbortSignal }): Promise<void> {
  return new Promise((resolve, reject) => {
    const watching = cloud.watchers.get(key) ?? new Set()
    cloud.watchers.set(key, watching)
    const finish = (outcome: () => void) => {
      watching.delete(again)
      if (watching.size === 0 && cloud.watchers.get(key) === watching) cloud.watchers.delete(key)
      cancelled.removeEventListener('abort', stop)
      outcome()
    }
    const stop = () => finish(() => reject(new ResourceFailure('Cancelled', 'cancelled')))
    const again = () => {
      try {
        if (look()) finish(resolve)
      } catch (error) {
        finish(() => reject(error))
      }
    }
    watching.add(again)
    cancelled.addEventListener('abort', stop)
    if (cancelled.aborted) stop()
    else again()
  })
}

/** Lets everybody who waits under `key` look again. */
export function wake(cloud: Cloud, key: string): void {
  for (const look of Array.from(cloud.watchers.get(key) ?? [])) look()
}

/** Writes down that something happened to a resource or to the stack itself (its event bears the stack's name). */
export function record(cloud: Cloud, stack: Stack, event: Omit<StackEvent, 'id' | 'at' | 'order'>): void {
  const root = rootOf(stack)
  root.eventCount = (root.eventCount ?? 0) + 1
  stack.events.push({ id: randomUUID(), at: cloud.now().getTime(), order: root.eventCount, ...event })
  // heat.conf max_events_per_stack: the oldest go first.
  if (stack.events.length > 1000) stack.events.splice(0, stack.events.length - 1000)
  cloud.state.changed(stack)
}

/** `abcdef123456` as in Heat's names for things that have none (heat/common/short_id.py: 12 letters and digits). */
export function shortId(): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz234567'
  return [...randomBytes(12)].map((byte) => letters[byte % 32]).join('')
}

/** ISO time with a resolution of one second, as Heat writes it. */
export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
