import type { EnvironmentView, HostView, PartView } from '#lib/environments/phase.ts'

/** A message under `part`, and the name it may take. */
export type PartLabel = { key: PartKey; name: string }

export type PartKey =
  | 'network'
  | 'subnet'
  | 'router'
  | 'routerInterface'
  | 'firewall'
  | 'port'
  | 'address'
  | 'key'
  | 'server'
  | 'signal'
  | 'ready'
  | 'disk'
  | 'attachment'
  | 'group'
  | 'other'

// Resource types of the HOT guide. What is not here is called by the name its template gives it.
const keys: Record<string, PartKey> = {
  'OS::Neutron::Net': 'network',
  'OS::Neutron::Subnet': 'subnet',
  'OS::Neutron::Router': 'router',
  'OS::Neutron::RouterInterface': 'routerInterface',
  'OS::Neutron::SecurityGroup': 'firewall',
  'OS::Neutron::Port': 'port',
  'OS::Neutron::FloatingIP': 'address',
  'OS::Neutron::FloatingIPAssociation': 'address',
  'OS::Nova::FloatingIP': 'address',
  'OS::Nova::KeyPair': 'key',
  'OS::Nova::Server': 'server',
  'OS::Heat::WaitConditionHandle': 'signal',
  'OS::Heat::SwiftSignalHandle': 'signal',
  'OS::Heat::WaitCondition': 'ready',
  'OS::Heat::SwiftSignal': 'ready',
  'OS::Cinder::Volume': 'disk',
  'OS::Cinder::VolumeAttachment': 'attachment',
  'OS::Heat::ResourceGroup': 'group',
}

/**
 * How a part is called in front of a learner.
 * @param hosts the lab's machines where known: a server that is one of them goes by that machine's label
 */
export function partLabel(part: Pick<PartView, 'name' | 'type'>, hosts: readonly HostView[] = []): PartLabel {
  const host = hosts.find(({ name }) => name === part.name)
  const key = Object.hasOwn(keys, part.type) ? keys[part.type] : undefined
  return { key: key ?? 'other', name: host?.label ?? part.name.replaceAll('_', ' ') }
}

/** How far the whole is: parts that are there, and all that are known of. */
export function progress(parts: readonly PartView[]): { done: number; all: number } {
  const done = parts.filter(({ state }) => state === 'done').length
  return { done, all: parts.length }
}

/** The part that failed, if one did: a machine before anything else, since that is what people know. */
export function failedPart(parts: readonly PartView[]): PartView | undefined {
  const failed = parts.filter(({ state }) => state === 'failed')
  return failed.find(({ type }) => type === 'OS::Nova::Server') ?? failed[0]
}

const SLOW_MS = 60_000

/** The part that has been in progress longest, where that is long enough to say so. */
export function slowPart(parts: readonly PartView[], now: number): { part: PartView; forMs: number } | undefined {
  let slowest: { part: PartView; forMs: number } | undefined
  for (const part of parts) {
    if (part.state !== 'busy' || part.startedAt === null) continue
    const forMs = now - Date.parse(part.startedAt)
    if (forMs >= SLOW_MS && (slowest === undefined || forMs > slowest.forMs)) slowest = { part, forMs }
  }
  return slowest
}

/** What busy parts wait for, each said once. */
export function partNotes(parts: readonly PartView[]): string[] {
  const notes = parts.flatMap(({ state, note }) => (state === 'busy' && note !== null ? [note] : []))
  return [...new Set(notes)]
}

const gridSeconds = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600]

/** The time line's scale: four equal stretches, each a round number of seconds, that hold what has passed so far with room to move. */
export function timeScale(elapsedMs: number): { stretchMs: number; spanMs: number } {
  const stretch = gridSeconds.find((seconds) => seconds * 4000 >= elapsedMs * 1.05) ?? Math.ceil(elapsedMs / 4000 / 3600) * 3600
  return { stretchMs: stretch * 1000, spanMs: stretch * 4000 }
}

/** Where a part's bar stands on the scale, in per cent of it; null where it has not begun. */
export function barOf(part: PartView, startedAt: number, until: number, spanMs: number): { left: number; width: number } | null {
  if (part.startedAt === null) return null
  const from = clamp(Date.parse(part.startedAt) - startedAt, spanMs)
  const to = clamp((part.finishedAt === null ? until : Date.parse(part.finishedAt)) - startedAt, spanMs)
  return { left: (from / spanMs) * 100, width: Math.max(0, (to - from) / spanMs) * 100 }
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(0, value), most)
}

/** How long a part has taken, or has been at it; null where it has not begun. In milliseconds. */
export function partDuration(part: PartView, until: number): number | null {
  if (part.startedAt === null) return null
  return Math.max(0, (part.finishedAt === null ? until : Date.parse(part.finishedAt)) - Date.parse(part.startedAt))
}

const FRESH_MS = 10_000

/** Whether an order was given so lately that waiting for it is not worth a word. */
export function isFresh(view: Pick<EnvironmentView, 'phaseAt'>, now: number): boolean {
  return now - Date.parse(view.phaseAt) < FRESH_MS
}
