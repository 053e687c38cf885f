import { randomBytes, randomUUID } from 'node:crypto'
import type { Content, Quota } from './content.ts'
import type { Driver } from './driver.ts'
import type { Identity } from './identity.ts'
import type { Json, JsonMap } from './json.ts'
import type { PropertySchemas } from './properties.ts'
import type { Resource, Stack, StackEvent, State } from './state.ts'

/** Everything the rooms of this cloud share. */
export type Cloud = {
  identity: Identity
  state: State
  driver: Driver
  content: Content
  quota: Quota
  now: () => Date
  /** Runs `what` after a time; the result takes it back. Handed in so that no test waits for a time limit. */
  setTimer: (afterMs: number, what: () => void) => () => void
  log: (line: string) => void
  heatUrl: () => string
  /** Who waits for a signal to a handle, by `<stack id>/<resource>`. */
  watchers: Map<string, Set<() => void>>
  /** The driver's spaces that exist or are being made, by stack id. */
  spaces: Map<string, Promise<void>>
}

/** One resource being made, looked at or removed. */
export type Work = { cloud: Cloud; stack: Stack; resource: Resource; properties: JsonMap }

/** What a resource type can do; `resources/*.ts` hold one table each. */
export type ResourceType = {
  properties: PropertySchemas
  /** Older names of properties, by which templates may still call them. */
  aliases?: Record<string, string>
  /** Takes any property and has any attribute (OS::Heat::None). */
  anything?: true
  /** What get_attr may ask for, besides `show`. */
  attributes: string[]
  /** More than the schema can say; throws a Fault. */
  validate?: (properties: JsonMap, name: string) => void
  /** Makes the thing and sets `resource.physicalId`. Done again after a restart in its middle, so it must not mind. */
  create: (work: Work, cancelled: AbortSignal) => void | Promise<void>
  remove: (work: Work) => void | Promise<void>
  /** `undefined`: no such attribute. */
  attribute: (work: Work, name: string) => Json | undefined
  /** The thing as its own service would show it. */
  show: (work: Work) => JsonMap
  /** What get_resource gives, when it is not the physical id. */
  reference?: (work: Work) => string
  suspend?: (work: Work) => Promise<void>
  resume?: (work: Work) => Promise<void>
  /** Throws when the thing is not as it should be. */
  check?: (work: Work) => void
}

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
}

/** The private internet of a stack, made once however many ask for it. */
export function ensureSpace(cloud: Cloud, stack: Stack): Promise<void> {
  const known = cloud.spaces.get(stack.id)
  if (known) return known
  const making = cloud.driver.createSpace(stack.id)
  cloud.spaces.set(stack.id, making)
  making.catch(() => cloud.spaces.delete(stack.id))
  return making
}

/** Writes down that something happened to a resource or to the stack itself (its event bears the stack's name). */
export function record(cloud: Cloud, stack: Stack, event: Omit<StackEvent, 'id' | 'at'>): void {
  stack.events.push({ id: randomUUID(), at: cloud.now().getTime(), ...event })
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
