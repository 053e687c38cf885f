import { randomBytes, randomUUID } from 'node:crypto'
import { addressNumber, addressText, readCidr } from '../content.ts'
import type { ServerSpec } from '../driver.ts'
import { isUnknown, type Scope } from '../hot/call.ts'
import { resolve } from '../hot/functions.ts'
import type { Template } from '../hot/template.ts'
import { isMap, type Json, type JsonMap, maps, text } from '../json.ts'
import { familyOf, type Resource, type Stack, type Subnet } from '../state.ts'

/** One network card that a port or a server will have, decided before anything is made. */
export type PlannedPort = { id: string; mac: string; subnetId: string; address: string }

/** `10.20.0.0/24` → pools of all its addresses but the network's, the gateway's and the broadcast (Neutron's default). */
export function defaultPools(cidr: string, gateway: string | null): { start: string; end: string }[] {
  const range = readCidr(cidr)
  if (!range || range.size < 4) return []
  const first = range.base + 1
  const last = range.base + range.size - 2
  const at = gateway === null ? undefined : addressNumber(gateway)
  const pieces: [number, number][] =
    at !== undefined && at >= first && at <= last
      ? [
          [first, at - 1],
          [at + 1, last],
        ]
      : [[first, last]]
  return pieces.filter(([start, end]) => start <= end).map(([start, end]) => ({ start: addressText(start), end: addressText(end) }))
}

/** The first address of the pools that nobody has. */
export function freeAddress(pools: { start: string; end: string }[], taken: Set<string>): string | undefined {
  for (const { start, end } of pools) {
    const last = addressNumber(end) ?? 0
    for (let value = addressNumber(start) ?? Number.POSITIVE_INFINITY; value <= last; value += 1) {
      const candidate = addressText(value)
      if (!taken.has(candidate)) return candidate
    }
  }
  return undefined
}

export function newMac(): string {
  return ['fa', '16', '3e', ...[...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0'))].join(':')
}

/** Every address of a subnet that is given away or promised to any machine of the family. */
export function takenAddresses(stack: Stack, subnetId: string): Set<string> {
  const taken = new Set<string>()
  for (const port of Object.values(stack.things.ports)) {
    for (const fixed of port.addresses) if (fixed.subnetId === subnetId) taken.add(fixed.address)
  }
  for (const resource of resourcesOf(stack)) {
    for (const planned of plannedPorts(resource.data)) if (planned?.subnetId === subnetId) taken.add(planned.address)
  }
  const gateway = stack.things.subnets[subnetId]?.gateway
  if (gateway) taken.add(gateway)
  return taken
}

const resourcesOf = (stack: Stack): Resource[] => familyOf(stack).flatMap(({ resources }) => Object.values(resources))

/** The cards that were planned for a resource, by position; a position without a plan is undefined. */
export function plannedPorts(data: JsonMap): (PlannedPort | undefined)[] {
  if (!Array.isArray(data.ports)) return []
  return data.ports.map((card) => (isMap(card) ? (card as unknown as PlannedPort) : undefined))
}

type PlannedSubnet = Pick<Subnet, 'id' | 'networkId' | 'pools'> & { taken: Set<string> }
type Wish = { resource: Resource; index: number; subnet: PlannedSubnet; address: string | undefined }
/** One stack of a family, with what its template may refer to. `house`: puts a resource's properties where it will be (home-network.ts). */
export type Place = { stack: Stack; template: Template; scope: Scope; house: House }
type House = (resource: { name: string; type: string }, properties: JsonMap) => JsonMap

/**
 * Gives every port and every card of a server its address before anything is made, as far as the templates alone say
 * it, so that each machine can know the names of all the others from its first moment. Fixed wishes are met first.
 */
export function planAddresses(stack: Stack, places: Place[]): void {
  const made = Object.values(stack.things.subnets).map((subnet) => ({ ...subnet, taken: takenAddresses(stack, subnet.id) }))
  const known = new Set(made.map(({ id }) => id))
  const subnets: PlannedSubnet[] = [...made, ...places.flatMap(planSubnets).filter(({ id }) => !known.has(id))]
  for (const subnet of subnets) for (const address of takenAddresses(stack, subnet.id)) subnet.taken.add(address)
  const wishes = places.flatMap((place) => Object.keys(place.template.resources).flatMap((name) => wishesOf(place, { name, subnets })))
  for (const wish of wishes) if (wish.address !== undefined) wish.subnet.taken.add(wish.address)
  const cards = new Map<Resource, PlannedPort[]>()
  for (const { resource, index, subnet, address: wished } of wishes) {
    const address = wished ?? freeAddress(subnet.pools, subnet.taken)
    if (address === undefined) continue
    subnet.taken.add(address)
    const list = cards.get(resource) ?? []
    const isPort = resource.type === 'OS::Neutron::Port'
    list[index] = { id: isPort ? resource.plannedId : randomUUID(), mac: newMac(), subnetId: subnet.id, address }
    cards.set(resource, list)
  }
  for (const [resource, list] of cards) resource.data.ports = Array.from(list, (card): Json => (card ? { ...card } : null))
}

function planSubnets({ stack, template, scope, house }: Place): PlannedSubnet[] {
  const planned: PlannedSubnet[] = []
  for (const [name, definition] of Object.entries(template.resources)) {
    const resource = stack.resources[name]
    if (definition.type !== 'OS::Neutron::Subnet' || !resource) continue
    const properties = house({ name, type: definition.type }, attempt(definition.properties, scope))
    const networkId = text(properties.network ?? properties.network_id)
    const cidr = text(properties.cidr)
    if (networkId === undefined || cidr === undefined || !readCidr(cidr)) continue
    const gateway = text(properties.gateway_ip) ?? addressText((readCidr(cidr)?.base ?? 0) + 1)
    const pools = poolsOf(properties) ?? defaultPools(cidr, gateway)
    planned.push({ id: resource.plannedId, networkId, pools, taken: new Set([gateway]) })
  }
  return planned
}

export function poolsOf(properties: JsonMap): { start: string; end: string }[] | undefined {
  const pools = maps(properties.allocation_pools).map((pool) => ({ start: text(pool.start) ?? '', end: text(pool.end) ?? '' }))
  return pools.length > 0 ? pools : undefined
}

/** What is made already, or planned already, has its addresses. */
function wishesOf({ stack, template, scope, house }: Place, { name, subnets }: { name: string; subnets: PlannedSubnet[] }): Wish[] {
  const definition = template.resources[name]
  const resource = stack.resources[name]
  if (!definition || resource?.action !== 'INIT' || resource.data.ports !== undefined) return []
  const properties = housed({ ...definition, name }, scope, house)
  const choose = (networkId: Json | undefined, subnetId: Json | undefined) =>
    subnets.find((subnet) => (subnetId ? subnet.id === subnetId : subnet.networkId === networkId))
  const wish = (index: number, subnet: PlannedSubnet | undefined, address: Json | undefined): Wish[] =>
    subnet ? [{ resource, index, subnet, address: text(address) }] : []
  if (definition.type === 'OS::Neutron::Port') {
    const [fixed] = maps(properties.fixed_ips)
    return wish(0, choose(properties.network ?? properties.network_id, fixed?.subnet ?? fixed?.subnet_id), fixed?.ip_address)
  }
  if (definition.type !== 'OS::Nova::Server') return []
  return maps(properties.networks).flatMap((entry, index) =>
    entry.port ? [] : wish(index, choose(entry.network ?? entry.uuid, entry.subnet), entry.fixed_ip),
  )
}

/** Properties as far as they can be known now; what cannot is left out. */
function attempt(properties: JsonMap, scope: Scope): JsonMap {
  const known: JsonMap = {}
  for (const [key, value] of Object.entries(properties)) {
    try {
      const resolved = resolve(value, scope)
      if (resolved !== undefined && !isUnknown(resolved)) known[key] = resolved
    } catch {
      // What is wrong here is reported when the property is checked.
    }
  }
  return known
}

/** What will be the properties of a port or server as far as they concern networks; what is open yet stays open. */
export function housed(resource: { name: string; type: string; properties: JsonMap }, scope: Scope, house: House): JsonMap {
  const known = attempt(resource.properties, scope)
  const isOpen = resource.properties.networks !== undefined && known.networks === undefined
  return isOpen ? known : house(resource, known)
}

/** Notes on every server of the family the names and addresses that it will have, as far as they are decided. */
export function planHosts(family: Stack, places: Place[]): void {
  for (const { stack, template, scope, house } of places) {
    for (const [name, definition] of Object.entries(template.resources)) {
      const resource = stack.resources[name]
      if (definition.type !== 'OS::Nova::Server' || resource?.action !== 'INIT') continue
      const { name: named = null, networks = [] } = definition.properties
      const properties = housed({ name, type: definition.type, properties: { name: named, networks } }, scope, house)
      const names = namesOf(text(properties.name) ?? resource.physicalName)
      resource.data.hosts = maps(properties.networks).flatMap((entry, index) => {
        const address = entry.port ? addressOfPort(family, text(entry.port)) : plannedPorts(resource.data)[index]?.address
        return address === undefined ? [] : [{ address, names }]
      })
    }
  }
}

/** All machines of the family by name: those that exist as they are, the others as they are planned. */
export function hostsOf(stack: Stack): ServerSpec['hosts'] {
  return resourcesOf(stack)
    .filter(({ type }) => type === 'OS::Nova::Server')
    .flatMap(({ plannedId, data }) => {
      const made = stack.things.servers[plannedId]
      if (!made) return maps(data.hosts) as unknown as ServerSpec['hosts']
      return made.spec.nics.map(({ address }) => ({ address, names: namesOf(made.name) }))
    })
}

function namesOf(name: string): string[] {
  const host = hostName(name)
  return host.includes('.') ? [host, host.split('.')[0] ?? host] : [host]
}

function addressOfPort(stack: Stack, portId: string | undefined): string | undefined {
  const made = portId === undefined ? undefined : stack.things.ports[portId]
  if (made) return made.addresses[0]?.address
  for (const { plannedId, data } of resourcesOf(stack)) {
    if (plannedId === portId) return plannedPorts(data)[0]?.address
  }
  return undefined
}

/** nova/utils.py, sanitize_hostname: a name as a machine can bear it; `machineName` is its first part. */
export function hostName(name: string): string {
  const clean = name
    .replace(/[ _]/g, '-')
    .replace(/[^a-zA-Z0-9.-]/g, '')
    .toLowerCase()
    .replace(/^[.-]+|[.-]+$/g, '')
    .slice(0, 63)
  return clean === '' ? 'server' : clean
}

export function machineName(name: string): string {
  return (hostName(name).split('.')[0] ?? '').replace(/-+$/, '') || 'server'
}
