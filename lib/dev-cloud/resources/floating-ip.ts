import type { ResourceType, Work } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { type JsonMap, text } from '../json.ts'
import { floatingIpBody } from '../neutron/neutron-shapes.ts'
import { outerAddress } from '../neutron/outside.ts'
import type { FloatingIp } from '../state.ts'
import { floatingIpAssociationSchema, floatingIpSchema } from './port-schema.ts'
import { moreOf, neutronFailure } from './refusals.ts'

const fields = ['dns_name', 'dns_domain']

const floatingIp: ResourceType = {
  ...floatingIpSchema,
  aliases: { floating_network_id: 'floating_network' },
  validate(properties) {
    if (properties.port_id === undefined && properties.fixed_ip_address !== undefined)
      throw new Fault(500, 'ResourcePropertyDependency', 'fixed_ip_address cannot be specified without port_id.')
  },
  create(work) {
    const { resource, properties } = work
    const made = work.stack.things.floatingIps[resource.plannedId] ?? allocate(work, text(properties.floating_network) ?? '')
    resource.physicalId = made.id
    made.more = moreOf(properties, fields)
    placeFloatingIp(work, made, properties)
  },
  update(work) {
    const { stack, resource, properties } = work
    const made = stack.things.floatingIps[resource.plannedId]
    if (!made) return
    made.more = moreOf(properties, fields)
    Object.assign(made, { portId: null, fixedAddress: null })
    placeFloatingIp(work, made, properties)
  },
  remove: ({ stack, resource }) => {
    delete stack.things.floatingIps[resource.plannedId]
  },
  show: ({ cloud, stack, resource }) => floatingIpBody(cloud, stack, resource.plannedId),
  attribute: (work, name) => floatingIp.show(work)[name],
}

function placeFloatingIp(work: Work, floating: FloatingIp, properties: JsonMap): void {
  const portName = text(properties.port_id)
  if (portName !== undefined) associate(work, floating, { portName, address: text(properties.fixed_ip_address) })
}

/** Takes an address from a network that leads outside. */
export function allocate(work: Work, networkName: string): FloatingIp {
  const { cloud, stack, resource, properties } = work
  const { external } = cloud.content
  const networkId = cloud.content.network(networkName)?.id
  if (networkId !== external.id) {
    throw neutronFailure('BadRequest', `Bad floatingip request: Network ${networkId} is not a valid external network.`, work)
  }
  const used = [...cloud.state.stacks.values()].reduce((sum, { things }) => sum + Object.keys(things.floatingIps).length, 0)
  // Recording heat-show-failed-quota-floating-ip-200.
  const full = cloud.rules.take('quota-floating-ips', { service: 'neutron', verb: 'create', stack: work.stack.name })
  if (full || used >= cloud.quota.floatingIps)
    throw neutronFailure('OverQuotaClient', "Quota exceeded for resources: ['floatingip'].", work)
  const address = outerAddress(work, text(properties.floating_ip_address))
  const made: FloatingIp = { id: resource.plannedId, address, portId: null, fixedAddress: null, createdAt: cloud.now().getTime() }
  stack.things.floatingIps[made.id] = made
  return made
}

type Place = { portName: string; address?: string | undefined }

/** neutron/db/l3_db.py: a port can have an address from outside only where a router leads from its subnet to that network. */
export function associate(work: Work, floating: FloatingIp, { portName, address }: Place): void {
  const { cloud, stack } = work
  const port = cloud.content.port(portName)
  if (!port) throw neutronFailure('PortNotFoundClient', `Port ${portName} could not be found.`, work)
  const fixed = address === undefined ? port.addresses[0] : port.addresses.find((each) => each.address === address)
  if (!fixed) {
    const words =
      address === undefined
        ? `Bad floatingip request: Cannot add floating IP to port ${port.id} that has no fixed IPv4 addresses.`
        : `Bad floatingip request: Port ${port.id} does not have fixed ip ${address}.`
    throw neutronFailure('BadRequest', words, work)
  }
  const outside = cloud.content.external.id
  const leads = Object.values(stack.things.routers).some(
    (router) => router.externalNetworkId === outside && router.subnetIds.includes(fixed.subnetId),
  )
  if (!leads) {
    const detail = `External network ${outside} is not reachable from subnet ${fixed.subnetId}.`
    throw neutronFailure('NotFound', `${detail}  Therefore, cannot associate Port ${port.id} with a Floating IP.`, work)
  }
  const other = Object.values(stack.things.floatingIps).find(
    (each) => each.id !== floating.id && each.portId === port.id && each.fixedAddress === fixed.address,
  )
  if (other) {
    const what = `Cannot associate floating IP ${floating.address} (${floating.id}) with port ${port.id} using fixed IP ${fixed.address}`
    throw neutronFailure('Conflict', `${what}, as that fixed IP already has a floating IP on external network ${outside}.`, work)
  }
  Object.assign(floating, { portId: port.id, fixedAddress: fixed.address })
}

const floatingIpAssociation: ResourceType = {
  ...floatingIpAssociationSchema,
  create(work) {
    lead(work)
    work.resource.physicalId = work.resource.plannedId
  },
  update(work) {
    release(work)
    lead(work)
  },
  remove: (work) => release(work),
  show: (): JsonMap => ({}),
  attribute: () => undefined,
}

function lead(work: Work): void {
  const { resource, properties } = work
  const floating = floatingOf(work)
  associate(work, floating, { portName: text(properties.port_id) ?? '', address: text(properties.fixed_ip_address) })
  resource.data.floatingIpId = floating.id
}

function floatingOf({ cloud, properties, resource, stack }: Work): FloatingIp {
  const id = text(properties.floatingip_id) ?? ''
  const found = cloud.content.floatingIp(id)
  if (!found) throw neutronFailure('NotFound', `Floating IP ${id} could not be found`, { cloud, properties, resource, stack })
  return found
}

function release({ cloud, resource }: Work): void {
  const floating = cloud.content.floatingIp(text(resource.data.floatingIpId) ?? '')
  if (floating) Object.assign(floating, { portId: null, fixedAddress: null })
}

export const floatingIpTypes: Record<string, ResourceType> = {
  'OS::Neutron::FloatingIP': floatingIp,
  'OS::Neutron::FloatingIPAssociation': floatingIpAssociation,
}
