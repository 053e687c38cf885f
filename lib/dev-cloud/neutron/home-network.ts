import { randomUUID } from 'node:crypto'
import type { Cloud, ResourceType } from '../cloud.ts'
import { isUnknown } from '../hot/call.ts'
import { type Json, type JsonMap, maps, text } from '../json.ts'
import { familyOf, type HomeNetwork, rootOf, type Stack, type Things } from '../state.ts'
import { defaultPools } from './addresses.ts'

/*
 * Templates of other clouds count on what a project has there: a network of its own with a way outside, and whatever names those have.
 * A lenient cloud gives each stack one such network as soon as something in it needs one; a machine reaches no other stack's.
 */

const NAME = 'private'
/** Unlike what templates choose for networks of their own. */
const CIDR = '10.213.77.0/24'
const GATEWAY = '10.213.77.1'

type Place = { cloud: Cloud; stack: Stack }
type Kind = 'networks' | 'subnets' | 'routers'

/** Whether a name or id means nothing in this stack, nor anything that is planned for it. */
function isForeign(stack: Stack, kind: Kind, value: Json | undefined): boolean {
  const key = text(value)
  if (key === undefined || key === '' || isUnknown(key)) return false
  const own: Record<string, { name: string }> = rootOf(stack).things[kind]
  if (Object.hasOwn(own, key) || Object.values(own).some(({ name }) => name === key)) return false
  return !familyOf(stack).some(({ resources }) => Object.values(resources).some(({ plannedId }) => plannedId === key))
}

/** Puts the stack's own network in the place of foreign names below `keys`. */
function rehouse(place: Place, entry: JsonMap, keys: Record<string, Kind>): JsonMap {
  const changed = { ...entry }
  for (const [key, kind] of Object.entries(keys)) if (isForeign(place.stack, kind, entry[key])) changed[key] = idOf(homeOf(place), kind)
  return changed
}

const idOf = (home: HomeNetwork, kind: Kind) => ({ networks: home.networkId, subnets: home.subnetId, routers: home.routerId })[kind]

const cardKeys = { network: 'networks', uuid: 'networks', subnet: 'subnets' } as const
const portKeys = { network: 'networks', network_id: 'networks' } as const
const addressKeys = { subnet: 'subnets', subnet_id: 'subnets' } as const

/** An address that was chosen for another network means nothing in this one. */
function card(place: Place, entry: JsonMap): JsonMap {
  const housed = rehouse(place, entry, cardKeys)
  const { fixed_ip: _other, ...without } = housed
  return housed.network === entry.network && housed.uuid === entry.uuid && housed.subnet === entry.subnet ? housed : without
}

function address(place: Place, entry: JsonMap, isMoved: boolean): JsonMap[] {
  const housed = rehouse(place, entry, addressKeys)
  const { ip_address: _other, ...without } = housed
  if (!isMoved && housed.subnet === entry.subnet && housed.subnet_id === entry.subnet_id) return [housed]
  return Object.keys(without).length > 0 ? [without] : []
}

type House = NonNullable<ResourceType['house']>

export const houseServer: House = (place, properties) => {
  const listed = maps(properties.networks)
  const networks = listed.length > 0 ? listed.map((entry) => card(place, entry)) : [{ network: homeOf(place).networkId }]
  return { ...properties, networks }
}

export const housePort: House = (place, properties) => {
  const housed = rehouse(place, properties, portKeys)
  const isMoved = housed.network !== properties.network || housed.network_id !== properties.network_id
  if (properties.fixed_ips === undefined) return housed
  return { ...housed, fixed_ips: maps(properties.fixed_ips).flatMap((entry) => address(place, entry, isMoved)) }
}

export const houseSubnet: House = (place, properties) => rehouse(place, properties, portKeys)

export const houseInterface: House = (place, properties) =>
  rehouse(place, properties, { ...addressKeys, router: 'routers', router_id: 'routers' })

/**
 * A resource's properties with the stack's own network where a template counts on one that this cloud has not; that network is made a
 * part of the records if it is needed. Those of a strict cloud stay as they are.
 */
export function atHome(place: Place, type: ResourceType, properties: JsonMap): JsonMap {
  return (place.cloud.content.standIns && type.house?.(place, properties)) ?? properties
}

/** The stack's own network, in the records if it is not there yet; the driver has it with the space (`ensureSpace`). */
function homeOf({ cloud, stack }: Place): HomeNetwork {
  const root = rootOf(stack)
  if (root.home) return root.home
  const home: HomeNetwork = { networkId: randomUUID(), subnetId: randomUUID(), routerId: randomUUID() }
  const createdAt = cloud.now().getTime()
  const { networks, subnets, routers }: Things = root.things
  networks[home.networkId] = { id: home.networkId, name: NAME, createdAt }
  subnets[home.subnetId] = {
    id: home.subnetId,
    name: `${NAME}-subnet`,
    networkId: home.networkId,
    cidr: CIDR,
    gateway: GATEWAY,
    pools: defaultPools(CIDR, GATEWAY),
    dns: [],
    dhcp: true,
    createdAt,
  }
  const externalNetworkId = cloud.content.external.id
  routers[home.routerId] = { id: home.routerId, name: 'router', externalNetworkId, subnetIds: [home.subnetId], createdAt }
  root.home = home
  // The space may have been made before anybody needed this.
  cloud.spaces.delete(root.id)
  cloud.content.standIns?.tell(`network ${NAME}: the stack's own, with a way outside, for what names no network that is here`)
  return home
}

/** Takes it out of the records, when everything else of the stack is gone. */
export function leaveHome(stack: Stack): void {
  const { home, things } = stack
  if (!home) return
  delete things.routers[home.routerId]
  delete things.subnets[home.subnetId]
  delete things.networks[home.networkId]
  delete stack.home
}
