import type { ResourceType, Work } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { type JsonMap, maps, strings, text } from '../json.ts'
import { housePort } from '../neutron/home-network.ts'
import { networkBody, portBody, subnetBody } from '../neutron/neutron-shapes.ts'
import { guardPorts } from '../neutron/port-filters.ts'
import type { Port } from '../state.ts'
import { addressWishes, chooseAddresses, groupIds, makePort } from './port-make.ts'
import { portSchema } from './port-schema.ts'
import { moreOf, neutronFailure } from './refusals.ts'

const fields = [
  'admin_state_up',
  'allowed_address_pairs',
  'binding:vnic_type',
  'dns_name',
  'port_security_enabled',
  'propagate_uplink_status',
  'tags',
]

/** Pairs without a hardware address mean the port's own. */
function fieldsOf(properties: JsonMap, mac: string): JsonMap {
  const more = moreOf(properties, fields)
  const pairs = maps(properties.allowed_address_pairs).map((pair) => ({
    mac_address: pair.mac_address ?? mac,
    ip_address: pair.ip_address ?? null,
  }))
  return { ...more, allowed_address_pairs: pairs }
}

const groupsOf = (work: Work): string[] =>
  groupIds(work, work.properties.security_groups === undefined ? undefined : strings(work.properties.security_groups))

const port: ResourceType = {
  ...portSchema,
  house: housePort,
  aliases: { network_id: 'network' },
  validate(properties) {
    if (properties.no_fixed_ips === true && maps(properties.fixed_ips).length > 0) {
      const words = 'Cannot define the following properties at the same time: fixed_ips, no_fixed_ips.'
      throw new Fault(400, 'ResourcePropertyConflict', words)
    }
  },
  async create(work) {
    const { cloud, stack, resource, properties } = work
    const networkId = cloud.content.network(text(properties.network) ?? '')?.id ?? ''
    if (!stack.things.networks[networkId]) {
      const words = `Network ${networkId} does not belong to this stack; this development cloud keeps stacks apart.`
      throw neutronFailure('BadRequest', words, work)
    }
    const made = makePort(work, {
      id: resource.plannedId,
      name: text(properties.name) ?? resource.physicalName,
      networkId,
      securityGroups: groupsOf(work),
      deviceId: text(properties.device_id) ?? '',
      deviceOwner: text(properties.device_owner) ?? '',
      fixed: addressWishes(work, properties),
      mac: text(properties.mac_address),
      card: 0,
    })
    made.more = fieldsOf(properties, made.mac)
    resource.physicalId = resource.plannedId
    await guardPorts(cloud, stack)
  },
  replaces: ({ after }) => after.replacement_policy === 'REPLACE_ALWAYS',
  async update(work, { changed }) {
    const { cloud, stack, resource, properties } = work
    const made = stack.things.ports[resource.plannedId]
    if (!made) return
    made.name = text(properties.name) ?? resource.physicalName
    made.more = fieldsOf(properties, made.mac)
    if (changed.includes('security_groups')) made.securityGroups = groupsOf(work)
    if (changed.includes('device_id')) made.deviceId = text(properties.device_id) ?? ''
    if (changed.includes('device_owner')) made.deviceOwner = text(properties.device_owner) ?? ''
    if (changed.includes('fixed_ips') || changed.includes('no_fixed_ips')) changeAddresses(work, made)
    await guardPorts(cloud, stack)
  },
  /** Its addresses are free for the port that takes its place. */
  makeRoom({ stack, resource }) {
    const made = stack.things.ports[resource.plannedId]
    if (made) made.addresses = []
  },
  async remove({ cloud, stack, resource }) {
    delete stack.things.ports[resource.plannedId]
    for (const floating of Object.values(stack.things.floatingIps)) {
      if (floating.portId === resource.plannedId) Object.assign(floating, { portId: null, fixedAddress: null })
    }
    await guardPorts(cloud, stack)
  },
  show: ({ cloud, stack, resource }) => portBody(cloud, stack, resource.plannedId),
  attribute(work, name) {
    const body = port.show(work)
    if (name === 'subnets') return maps(body.fixed_ips).map((fixed) => subnetBody(work.cloud, work.stack, text(fixed.subnet_id) ?? ''))
    if (name === 'network') return networkBody(work.cloud, work.stack, text(body.network_id) ?? '')
    return body[name]
  },
}

/**
 * heat/engine/resources/openstack/neutron/port.py, _prepare_port_properties: an empty list leaves the addresses as they are. The machine
 * that the port is plugged into keeps its own settings until it boots anew.
 */
function changeAddresses(work: Work, made: Port): void {
  const fixed = addressWishes(work, work.properties)
  if (fixed === 'none') made.addresses = []
  else if (fixed.length > 0) made.addresses = chooseAddresses(work, made, { fixed })
}

export const portTypes: Record<string, ResourceType> = { 'OS::Neutron::Port': port }
