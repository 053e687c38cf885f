import { randomInt } from 'node:crypto'
import type { ResourceType, Work } from '../cloud.ts'
import { addressNumber, addressText } from '../content.ts'
import { type JsonMap, text } from '../json.ts'
import { floatingIpBody } from '../neutron/neutron-shapes.ts'
import type { FloatingIp } from '../state.ts'
import { neutronFailure } from './refusals.ts'

const floatingIp: ResourceType = {
  aliases: { floating_network_id: 'floating_network' },
  properties: {
    floating_network: { type: 'string', required: true, content: 'neutron.network' },
    floating_subnet: { type: 'string' },
    value_specs: { type: 'map', default: {} },
    port_id: { type: 'string', content: 'neutron.port' },
    fixed_ip_address: { type: 'string', content: 'ip_addr' },
    floating_ip_address: { type: 'string', content: 'ip_addr' },
    dns_name: { type: 'string' },
    dns_domain: { type: 'string' },
  },
  attributes: ['router_id', 'tenant_id', 'floating_network_id', 'fixed_ip_address', 'floating_ip_address', 'port_id'],
  create(work) {
    const { stack, resource, properties } = work
    const { id } = resource.physicalId === null ? allocate(work) : { id: resource.plannedId }
    resource.physicalId = id
    const portId = text(properties.port_id)
    const floating = stack.things.floatingIps[id]
    if (portId !== undefined && floating) associate(work, floating, portId)
  },
  remove: ({ stack, resource }) => {
    delete stack.things.floatingIps[resource.plannedId]
  },
  show: ({ cloud, stack, resource }) => floatingIpBody(cloud, stack, resource.plannedId),
  attribute: (work, name) => floatingIp.show(work)[name],
}

function allocate(work: Work): FloatingIp {
  const { cloud, stack, resource, properties } = work
  const { external } = cloud.content
  const networkId = cloud.content.network(text(properties.floating_network) ?? '')?.id
  if (networkId !== external.id) {
    throw neutronFailure('BadRequest', `Bad floatingip request: Network ${networkId} is not a valid external network.`, work)
  }
  const taken = new Set<string>()
  for (const each of cloud.state.stacks.values()) for (const { address } of Object.values(each.things.floatingIps)) taken.add(address)
  // Recording heat-show-failed-quota-floating-ip-200.
  const full = cloud.rules.take('quota-floating-ips', { service: 'neutron', verb: 'create', stack: work.stack.name })
  if (full || taken.size >= cloud.quota.floatingIps)
    throw neutronFailure('OverQuotaClient', "Quota exceeded for resources: ['floatingip'].", work)
  const wished = text(properties.floating_ip_address)
  const address = wished !== undefined && !taken.has(wished) ? wished : someFreeAddress(external.first, external.last, taken)
  if (address === undefined) {
    throw neutronFailure('IpAddressGenerationFailureClient', `No more IP addresses available on network ${external.id}.`, work)
  }
  const made: FloatingIp = { id: resource.plannedId, address, portId: null, fixedAddress: null, createdAt: cloud.now().getTime() }
  stack.things.floatingIps[made.id] = made
  return made
}

/** Neutron's l3 plugin: a port can have an address from outside only where a router leads from its subnet to that network. */
function associate(work: Work, floating: FloatingIp, portName: string): void {
  const { cloud, stack } = work
  const port = cloud.content.port(portName)
  const [fixed] = port?.addresses ?? []
  if (!port || !fixed) throw neutronFailure('PortNotFoundClient', `Port ${portName} could not be found.`, work)
  const outside = cloud.content.external.id
  const leads = Object.values(stack.things.routers).some(
    (router) => router.externalNetworkId === outside && router.subnetIds.includes(fixed.subnetId),
  )
  if (!leads) {
    const detail = `External network ${outside} is not reachable from subnet ${fixed.subnetId}.`
    throw neutronFailure('NotFound', `${detail}  Therefore, cannot associate Port ${port.id} with a Floating IP.`, work)
  }
  floating.portId = port.id
  floating.fixedAddress = fixed.address
}

const floatingIpAssociation: ResourceType = {
  properties: {
    floatingip_id: { type: 'string', required: true, content: 'neutron.floatingip' },
    port_id: { type: 'string', content: 'neutron.port' },
    fixed_ip_address: { type: 'string', content: 'ip_addr' },
  },
  attributes: [],
  create(work) {
    const { cloud, resource, properties } = work
    const floating = cloud.content.floatingIp(text(properties.floatingip_id) ?? '')
    if (!floating) throw neutronFailure('NotFound', `Floating IP ${text(properties.floatingip_id)} could not be found`, work)
    const portId = text(properties.port_id)
    if (portId !== undefined) associate(work, floating, portId)
    resource.data.floatingIpId = floating.id
    resource.physicalId = resource.plannedId
  },
  remove: ({ cloud, resource }) => {
    const floating = cloud.content.floatingIp(text(resource.data.floatingIpId) ?? '')
    if (floating) Object.assign(floating, { portId: null, fixedAddress: null })
  },
  show: (): JsonMap => ({}),
  attribute: () => undefined,
}

export const floatingIpTypes: Record<string, ResourceType> = {
  'OS::Neutron::FloatingIP': floatingIp,
  'OS::Neutron::FloatingIPAssociation': floatingIpAssociation,
}

/** Any free address of a pool, not always the same: an address that was just given back should rest. */
function someFreeAddress(first: string, last: string, taken: Set<string>): string | undefined {
  const low = addressNumber(first) ?? 0
  const count = (addressNumber(last) ?? -1) - low + 1
  const start = count > 0 ? randomInt(count) : 0
  for (let step = 0; step < count; step += 1) {
    const candidate = addressText(low + ((start + step) % count))
    if (!taken.has(candidate)) return candidate
  }
  return undefined
}
