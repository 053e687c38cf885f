import { ensureSpace, type ResourceType, type Work } from '../cloud.ts'
import { addressNumber, addressText, readCidr } from '../content.ts'
import { Fault, invalidStack, type ResourceFailure } from '../fault.ts'
import { isUnknown } from '../hot/call.ts'
import { type JsonMap, strings, text } from '../json.ts'
import { defaultPools, poolsOf } from '../neutron/addresses.ts'
import { houseSubnet } from '../neutron/home-network.ts'
import { networkBody, subnetBody } from '../neutron/neutron-shapes.ts'
import { rootOf, type Subnet } from '../state.ts'
import { untilFree } from './conflicts.ts'
import { netSchema, subnetSchema } from './network-schema.ts'
import { checkNeutronQuota, moreOf, neutronFailure } from './refusals.ts'

const netFields = ['admin_state_up', 'shared', 'port_security_enabled', 'dns_domain', 'availability_zone_hints', 'tags']

const net: ResourceType = {
  ...netSchema,
  create(work) {
    const { stack, resource, cloud, properties } = work
    if (!stack.things.networks[resource.plannedId]) checkNeutronQuota(work, 'network', 'networks', cloud.quota.networks)
    stack.things.networks[resource.plannedId] = {
      id: resource.plannedId,
      name: text(properties.name) ?? resource.physicalName,
      createdAt: cloud.now().getTime(),
      more: moreOf(properties, netFields),
    }
    resource.physicalId = resource.plannedId
  },
  update({ stack, resource, properties }) {
    const made = stack.things.networks[resource.plannedId]
    if (made) Object.assign(made, { name: text(properties.name) ?? resource.physicalName, more: moreOf(properties, netFields) })
  },
  async remove(work) {
    const { stack, resource } = work
    await untilFree(work, () => {
      const used = Object.values(stack.things.ports).some((port) => port.networkId === resource.plannedId)
      const words = `Unable to complete operation on network ${resource.plannedId}. There are one or more ports still in use on the network.`
      return used ? neutronFailure('NetworkInUseClient', words, work) : undefined
    })
    delete stack.things.networks[resource.plannedId]
  },
  show: ({ cloud, stack, resource }) => networkBody(cloud, stack, resource.plannedId),
  attribute: (work, name) => net.show(work)[name],
}

const subnetFields = ['host_routes', 'tags']

const subnet: ResourceType = {
  ...subnetSchema,
  house: houseSubnet,
  aliases: { network_id: 'network' },
  validate: checkSubnet,
  async create(work) {
    const { cloud, stack, resource } = work
    if (!stack.things.subnets[resource.plannedId]) checkNeutronQuota(work, 'subnet', 'subnets', cloud.quota.networks)
    const made = planSubnet(work)
    stack.things.subnets[made.id] = made
    resource.physicalId = made.id
    await ensureSpace(cloud, stack)
    const first = addressText((readCidr(made.cidr)?.base ?? 0) + 1)
    await cloud.driver.createNetwork(rootOf(stack).id, { id: made.id, cidr: made.cidr, gateway: made.gateway ?? first })
  },
  update(work) {
    const { stack, resource, properties } = work
    const made = stack.things.subnets[resource.plannedId]
    if (!made) return
    const gateway = gatewayOf(properties, made.cidr)
    Object.assign(made, {
      name: text(properties.name) ?? resource.physicalName,
      gateway,
      pools: poolsOf(properties) ?? defaultPools(made.cidr, gateway),
      dns: strings(properties.dns_nameservers),
      dhcp: properties.enable_dhcp === true,
      more: moreOf(properties, subnetFields),
    })
  },
  async remove(work) {
    const { cloud, stack, resource } = work
    if (!stack.things.subnets[resource.plannedId]) return
    await untilFree(work, () => subnetInUse(work))
    await cloud.driver.deleteNetwork(rootOf(stack).id, resource.plannedId)
    delete stack.things.subnets[resource.plannedId]
  },
  show: ({ cloud, stack, resource }) => subnetBody(cloud, stack, resource.plannedId),
  attribute: (work, name) => subnet.show(work)[name],
}

function subnetInUse(work: Work): ResourceFailure | undefined {
  const { stack, resource } = work
  const used = Object.values(stack.things.ports).some((port) => port.addresses.some((fixed) => fixed.subnetId === resource.plannedId))
  const words = `Unable to complete operation on subnet ${resource.plannedId}: One or more ports have an IP allocation from this subnet.`
  return used ? neutronFailure('Conflict', words, work) : undefined
}

/** heat/engine/resources/openstack/neutron/subnet.py, validate; and what this cloud cannot have. */
function checkSubnet(properties: JsonMap): void {
  const { cidr, subnetpool, prefixlen, ipv6_ra_mode: ra, ipv6_address_mode: mode } = properties
  const conflict = (first: string, second: string) =>
    new Fault(400, 'ResourcePropertyConflict', `Cannot define the following properties at the same time: ${first}, ${second}.`)
  if (subnetpool !== undefined && cidr !== undefined) throw conflict('subnetpool', 'cidr')
  if (subnetpool === undefined && cidr === undefined) {
    throw new Fault(400, 'PropertyUnspecifiedError', 'At least one of the following properties must be specified: subnetpool, cidr.')
  }
  if (prefixlen !== undefined && cidr !== undefined) throw conflict('prefixlen', 'cidr')
  if (properties.ip_version === 4 && (ra !== undefined || mode !== undefined))
    throw invalidStack('ipv6_ra_mode and ipv6_address_mode are not supported for ipv4.')
  if (ra !== undefined && mode !== undefined && ra !== mode)
    throw invalidStack('When both ipv6_ra_mode and ipv6_address_mode are set, they must be equal.')
  const gateway = text(properties.gateway_ip) ?? ''
  if (!['', '~'].includes(gateway) && !isUnknown(gateway) && !looksLikeAddress(gateway))
    throw invalidStack(`['Gateway IP address "%(gateway)s" is in invalid format.', '${gateway}']`)
  if (subnetpool !== undefined) throw invalidStack('Subnet pools are not supported by this development cloud.')
  if (properties.ip_version !== 4) throw invalidStack('IPv6 subnets are not supported by this development cloud.')
}

const looksLikeAddress = (value: string) => addressNumber(value) !== undefined || (value.includes(':') && /^[0-9a-f:.]+$/i.test(value))

/** Absent: the first address; empty or `~`: none. */
function gatewayOf(properties: JsonMap, cidr: string): string | null {
  const given = text(properties.gateway_ip)
  if (given === undefined) return addressText((readCidr(cidr)?.base ?? 0) + 1)
  return ['', '~'].includes(given) ? null : given
}

/** What Neutron would make of the wish; throws in its words. */
function planSubnet(work: Work): Subnet {
  const { cloud, stack, resource, properties } = work
  const cidr = text(properties.cidr) ?? ''
  const range = readCidr(cidr)
  const networkId = cloud.content.network(text(properties.network) ?? '')?.id ?? ''
  if (!range || !stack.things.networks[networkId])
    throw neutronFailure('NetworkNotFoundClient', `Network ${networkId} could not be found.`, work)
  const whole = `${addressText(range.base)}/${range.prefix}`
  for (const other of Object.values(stack.things.subnets)) {
    if (other.id === resource.plannedId || other.networkId !== networkId || !overlap(other.cidr, whole)) continue
    const words = `Invalid input for operation: Requested subnet with cidr: ${whole} for network: ${networkId} overlaps with another subnet.`
    throw neutronFailure('BadRequest', words, work)
  }
  const gateway = gatewayOf(properties, whole)
  const pools = poolsOf(properties)
  for (const pool of pools ?? []) checkPool(work, whole, pool)
  return {
    id: resource.plannedId,
    name: text(properties.name) ?? resource.physicalName,
    networkId,
    cidr: whole,
    gateway,
    pools: pools ?? defaultPools(whole, gateway),
    dns: strings(properties.dns_nameservers),
    dhcp: properties.enable_dhcp === true,
    createdAt: cloud.now().getTime(),
    more: moreOf(properties, subnetFields),
  }
}

function checkPool(work: Work, cidr: string, pool: { start: string; end: string }): void {
  const range = readCidr(cidr)
  const [start, end] = [addressNumber(pool.start) ?? -1, addressNumber(pool.end) ?? -1]
  if (start > end)
    throw neutronFailure('BadRequest', `The allocation pool {'start': '${pool.start}', 'end': '${pool.end}'} is not valid.`, work)
  if (range && (start < range.base || end >= range.base + range.size))
    throw neutronFailure('BadRequest', `The allocation pool ${pool.start}-${pool.end} spans beyond the subnet cidr ${cidr}.`, work)
}

/** Whether two ranges in CIDR form have an address in common. */
export function overlap(a: string, b: string): boolean {
  const [left, right] = [readCidr(a), readCidr(b)]
  return !!left && !!right && left.base < right.base + right.size && right.base < left.base + left.size
}

export const netTypes: Record<string, ResourceType> = { 'OS::Neutron::Net': net, 'OS::Neutron::Subnet': subnet }
