import type { ResourceType, Work } from '../cloud.ts'
import { addressNumber, readCidr } from '../content.ts'
import { ResourceFailure } from '../fault.ts'
import { type Json, type JsonMap, maps, text } from '../json.ts'
import { freeAddress, newMac, plannedPorts, takenAddresses } from '../neutron/addresses.ts'
import { networkBody, portBody, subnetBody } from '../neutron/neutron-shapes.ts'
import type { Port, Subnet } from '../state.ts'
import { common } from './neutron.ts'
import { neutronFailure } from './refusals.ts'

const pick = (body: JsonMap, name: string): Json | undefined => body[name]

/** Makes a port with its address: the planned one where there is one, else the wished or the first free one. */
export function makePort(
  work: Work,
  wish: Omit<Port, 'addresses' | 'mac' | 'createdAt'> & { subnetId?: string; address?: string; mac?: string; card: number },
): Port {
  const { cloud, stack, resource } = work
  const { subnetId, address, mac, card, ...port } = wish
  const existing = stack.things.ports[port.id]
  if (existing) return existing
  const used = [...cloud.state.stacks.values()].reduce((sum, each) => sum + Object.keys(each.things.ports).length, 0)
  if (used >= cloud.quota.ports) throw neutronFailure('OverQuotaClient', "Quota exceeded for resources: ['port'].", work)
  const planned = plannedPorts(resource.data)[card]
  const subnets = Object.values(stack.things.subnets).filter((each) => each.networkId === port.networkId)
  const chosen = subnets.find((each) => each.id === (subnetId ?? planned?.subnetId)) ?? subnets[0]
  const made: Port = { ...port, mac: mac ?? planned?.mac ?? newMac(), addresses: [], createdAt: cloud.now().getTime() }
  if (chosen) {
    const isPlanned = planned?.subnetId === chosen.id && (address === undefined || address === planned.address)
    const given = isPlanned ? planned.address : (address ?? freeAddress(chosen.pools, takenAddresses(stack, chosen.id)))
    made.addresses.push({ subnetId: chosen.id, address: checkAddress(work, chosen, { given, wished: address !== undefined }) })
  }
  stack.things.ports[made.id] = made
  return made
}

function checkAddress(work: Work, chosen: Subnet, wish: { given: string | undefined; wished: boolean }): string {
  const { given, wished } = wish
  if (given === undefined) {
    throw neutronFailure('IpAddressGenerationFailureClient', `No more IP addresses available on network ${chosen.networkId}.`, work)
  }
  const range = readCidr(chosen.cidr)
  const value = addressNumber(given) ?? -1
  if (wished && range && (value <= range.base || value >= range.base + range.size - 1)) {
    throw neutronFailure('BadRequest', `IP address ${given} is not a valid IP for the specified subnet.`, work)
  }
  const others = Object.values(work.stack.things.ports)
  if (
    given === chosen.gateway ||
    others.some((port) => port.addresses.some((fixed) => fixed.subnetId === chosen.id && fixed.address === given))
  ) {
    throw neutronFailure('IpAddressAlreadyAllocatedClient', `IP address ${given} already allocated in subnet ${chosen.id}`, work)
  }
  return given
}

const port: ResourceType = {
  aliases: { network_id: 'network' },
  properties: {
    ...common,
    network: { type: 'string', required: true, content: 'neutron.network' },
    device_id: { type: 'string', default: '' },
    device_owner: { type: 'string', default: '' },
    fixed_ips: {
      type: 'list',
      items: {
        type: 'map',
        keys: {
          subnet: { type: 'string', content: 'neutron.subnet' },
          subnet_id: { type: 'string', content: 'neutron.subnet' },
          ip_address: { type: 'string', content: 'ip_addr' },
        },
      },
    },
    security_groups: { type: 'list', items: { type: 'string', content: 'neutron.security_group' } },
    replacement_policy: { type: 'string', default: 'AUTO' },
    dns_name: { type: 'string' },
    admin_state_up: { type: 'boolean', default: true },
    mac_address: { type: 'string', content: 'mac_addr' },
    allowed_address_pairs: { type: 'list' },
    'binding:vnic_type': { type: 'string', default: 'normal' },
    port_security_enabled: { type: 'boolean' },
    qos_policy: { type: 'string' },
    propagate_uplink_status: { type: 'boolean' },
    no_fixed_ips: { type: 'boolean', default: false },
  },
  attributes: [
    'admin_state_up',
    'allowed_address_pairs',
    'device_id',
    'device_owner',
    'dns_assignment',
    'fixed_ips',
    'mac_address',
    'name',
    'network',
    'network_id',
    'port_security_enabled',
    'propagate_uplink_status',
    'qos_policy_id',
    'security_groups',
    'status',
    'subnets',
    'tenant_id',
  ],
  create(work) {
    const { cloud, stack, resource, properties } = work
    const networkId = cloud.content.network(text(properties.network) ?? '')?.id ?? ''
    if (!stack.things.networks[networkId]) throw new ResourceFailure('NotFound', `Network ${networkId} could not be found in this stack.`)
    const [fixed] = maps(properties.fixed_ips)
    const named = text(fixed?.subnet ?? fixed?.subnet_id)
    makePort(work, {
      id: resource.plannedId,
      name: text(properties.name) ?? resource.physicalName,
      networkId,
      securityGroups: Array.isArray(properties.security_groups)
        ? properties.security_groups.filter((item) => typeof item === 'string')
        : [],
      deviceId: '',
      deviceOwner: '',
      subnetId: named === undefined ? undefined : cloud.content.subnet(named)?.id,
      address: text(fixed?.ip_address),
      mac: text(properties.mac_address),
      card: 0,
    })
    resource.physicalId = resource.plannedId
  },
  remove: ({ stack, resource }) => {
    delete stack.things.ports[resource.plannedId]
    for (const floating of Object.values(stack.things.floatingIps)) if (floating.portId === resource.plannedId) floating.portId = null
  },
  show: ({ cloud, stack, resource }) => portBody(cloud, stack, resource.plannedId),
  attribute(work, name) {
    const body = port.show(work)
    if (name === 'subnets') return maps(body.fixed_ips).map((fixed) => subnetBody(work.cloud, work.stack, text(fixed.subnet_id) ?? ''))
    if (name === 'network') return networkBody(work.cloud, work.stack, text(body.network_id) ?? '')
    return pick(body, name)
  },
}

export const portTypes: Record<string, ResourceType> = { 'OS::Neutron::Port': port }
