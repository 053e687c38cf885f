import type { Work } from '../cloud.ts'
import { addressNumber, readCidr } from '../content.ts'
import { type JsonMap, maps, text } from '../json.ts'
import { freeAddress, newMac, plannedPorts, takenAddresses } from '../neutron/addresses.ts'
import type { Port, Subnet } from '../state.ts'
import { checkNeutronQuota, neutronFailure } from './refusals.ts'

/** One address that a port shall have: of this subnet, this very one, or both. */
export type AddressWish = { subnetId?: string | undefined; address?: string | undefined }
/** `fixed`: wished addresses; empty: one of any subnet. `none`: the port goes without. `card`: which planned card it takes. */
export type PortWish = Omit<Port, 'addresses' | 'mac' | 'createdAt'> & {
  fixed: AddressWish[] | 'none'
  mac?: string | undefined
  card: number
}

/** Makes a port with its addresses: the planned one where there is one, else the wished or the first free ones. */
export function makePort(work: Work, wish: PortWish): Port {
  const { cloud, stack, resource } = work
  const { fixed, mac, card, ...port } = wish
  const existing = stack.things.ports[port.id]
  if (existing) return existing
  checkNeutronQuota(work, 'port', 'ports', cloud.quota.ports)
  const planned = plannedPorts(resource.data)[card]
  const taken = mac !== undefined && Object.values(stack.things.ports).some((each) => each.networkId === port.networkId && each.mac === mac)
  if (taken) {
    const words = `Unable to complete operation for network ${port.networkId}. The mac address ${mac} is in use.`
    throw neutronFailure('MacAddressInUseClient', words, work)
  }
  const made: Port = { ...port, mac: mac ?? planned?.mac ?? newMac(), addresses: [], createdAt: cloud.now().getTime() }
  made.addresses = fixed === 'none' ? [] : chooseAddresses(work, made, { fixed, planned })
  stack.things.ports[made.id] = made
  return made
}

/** The addresses that a port gets; `port` itself does not count as somebody who has one. */
export function chooseAddresses(
  work: Work,
  port: Pick<Port, 'id' | 'networkId'>,
  wish: { fixed: AddressWish[]; planned?: { subnetId: string; address: string } | undefined },
): Port['addresses'] {
  const subnets = Object.values(work.stack.things.subnets).filter((each) => each.networkId === port.networkId)
  const { planned } = wish
  if (wish.fixed.length === 0) {
    const own = subnets.find(({ id }) => id === planned?.subnetId)
    if (own && planned && !isTaken(work, port, own, planned.address)) return [{ subnetId: own.id, address: planned.address }]
    return subnets.length === 0 ? [] : [anyAddress(work, port, subnets)]
  }
  const chosen: Port['addresses'] = []
  for (const { subnetId, address } of wish.fixed) {
    if (subnetId !== undefined && !subnets.some(({ id }) => id === subnetId)) {
      const words = `Invalid input for operation: Failed to create port on network ${port.networkId}, because fixed_ips included invalid subnet ${subnetId}.`
      throw neutronFailure('BadRequest', words, work)
    }
    const named = subnets.find(({ id }) => id === subnetId)
    if (address === undefined) {
      const isPlanned = planned?.subnetId === named?.id && planned !== undefined && named !== undefined
      const free = isPlanned && !isTaken(work, port, named, planned.address) ? { subnetId: named.id, address: planned.address } : undefined
      chosen.push(free ?? anyAddress(work, port, named ? [named] : subnets))
    } else chosen.push(wishedAddress(work, port, { subnets, named, address }))
  }
  return chosen
}

function isTaken({ stack }: Work, port: Pick<Port, 'id'>, subnet: Subnet, address: string): boolean {
  const others = Object.values(stack.things.ports).filter(({ id }) => id !== port.id)
  return others.some(({ addresses }) => addresses.some((fixed) => fixed.subnetId === subnet.id && fixed.address === address))
}

function anyAddress(work: Work, port: Pick<Port, 'id' | 'networkId'>, subnets: Subnet[]): { subnetId: string; address: string } {
  for (const subnet of subnets) {
    const address = freeAddress(subnet.pools, takenAddresses(work.stack, subnet.id))
    if (address !== undefined) return { subnetId: subnet.id, address }
  }
  throw neutronFailure('IpAddressGenerationFailureClient', `No more IP addresses available on network ${port.networkId}.`, work)
}

type Wished = { subnets: Subnet[]; named: Subnet | undefined; address: string }

function wishedAddress(work: Work, port: Pick<Port, 'id' | 'networkId'>, { subnets, named, address }: Wished): Port['addresses'][number] {
  const value = addressNumber(address) ?? -1
  const holds = ({ cidr }: Subnet) => {
    const range = readCidr(cidr)
    return range !== undefined && value > range.base && value < range.base + range.size - 1
  }
  if (named && !holds(named)) {
    throw neutronFailure('InvalidIpForSubnetClient', `IP address ${address} is not a valid IP for the specified subnet.`, work)
  }
  const subnet = named ?? subnets.find(holds)
  if (!subnet) {
    const words = `IP address ${address} is not a valid IP for any of the subnets on the specified network.`
    throw neutronFailure('InvalidIpForNetworkClient', words, work)
  }
  if (isTaken(work, port, subnet, address)) {
    throw neutronFailure('IpAddressAlreadyAllocatedClient', `IP address ${address} already allocated in subnet ${subnet.id}`, work)
  }
  return { subnetId: subnet.id, address }
}

/** `fixed_ips` of a port as wishes, with subnets by id. */
export function addressWishes({ cloud }: Work, properties: JsonMap): AddressWish[] | 'none' {
  if (properties.no_fixed_ips === true) return 'none'
  return maps(properties.fixed_ips).map((each) => {
    const named = text(each.subnet ?? each.subnet_id)
    return { subnetId: named === undefined ? undefined : (cloud.content.subnet(named)?.id ?? named), address: text(each.ip_address) }
  })
}

/** The ids of the groups that are named; without any, the project's default one. */
export function groupIds({ cloud }: Work, names: string[] | undefined): string[] {
  const wanted = names ?? ['default']
  const { content } = cloud
  if (!content.standIns) return wanted.map((name) => content.securityGroup(name)?.id ?? name)
  const others = content.securityGroup('default')
  return [...new Set(wanted.map((name) => (content.securityGroup(name) ?? others)?.id ?? name))]
}
