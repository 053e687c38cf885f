import { randomUUID } from 'node:crypto'
import { joinNetworks, type ResourceType, type Work } from '../cloud.ts'
import { Fault, invalidStack, type ResourceFailure } from '../fault.ts'
import { isMap, type JsonMap, maps, text } from '../json.ts'
import { newMac } from '../neutron/addresses.ts'
import { houseInterface } from '../neutron/home-network.ts'
import { routerBody } from '../neutron/neutron-shapes.ts'
import { isReachedFromOutside, outerAddress } from '../neutron/outside.ts'
import type { Router, Subnet } from '../state.ts'
import { untilFree } from './conflicts.ts'
import { overlap } from './nets.ts'
import { routerGatewaySchema, routerInterfaceSchema, routerSchema } from './network-schema.ts'
import { checkNeutronQuota, moreOf, neutronFailure } from './refusals.ts'

const fields = ['admin_state_up', 'distributed', 'ha', 'availability_zone_hints', 'tags']

const conflict = (first: string, second: string) =>
  new Fault(400, 'ResourcePropertyConflict', `Cannot define the following properties at the same time: ${first}, ${second}.`)

/** heat/engine/resources/openstack/neutron/router.py, validate */
function checkRouter(properties: JsonMap): void {
  const { distributed, ha, l3_agent_id: one, l3_agent_ids: several } = properties
  if (one !== undefined && several !== undefined) throw conflict('l3_agent_id', 'l3_agent_ids')
  if (distributed === true && (one !== undefined || several !== undefined)) throw conflict('distributed', 'l3_agent_id/l3_agent_ids')
  if (ha === true && distributed === true) throw conflict('distributed', 'ha')
  if (ha !== true && Array.isArray(several) && several.length > 1) throw invalidStack('Non HA routers can only have one L3 agent.')
}

const router: ResourceType = {
  ...routerSchema,
  validate: checkRouter,
  create(work) {
    const { cloud, stack, resource, properties } = work
    if (!stack.things.routers[resource.plannedId]) checkNeutronQuota(work, 'router', 'routers', cloud.quota.routers)
    const made: Router = {
      id: resource.plannedId,
      name: text(properties.name) ?? resource.physicalName,
      externalNetworkId: null,
      externalAddress: null,
      subnetIds: [],
      createdAt: cloud.now().getTime(),
      more: moreOf(properties, fields),
    }
    setGateway(work, made, properties.external_gateway_info)
    stack.things.routers[resource.plannedId] = made
    resource.physicalId = resource.plannedId
  },
  async update(work, { changed }) {
    const { stack, resource, properties } = work
    const made = stack.things.routers[resource.plannedId]
    if (!made) return
    Object.assign(made, { name: text(properties.name) ?? resource.physicalName, more: moreOf(properties, fields) })
    if (!changed.includes('external_gateway_info')) return
    if (properties.external_gateway_info === undefined) await untilFree(work, () => gatewayInUse(work, made))
    setGateway(work, made, properties.external_gateway_info)
  },
  async remove(work) {
    const { stack, resource } = work
    const made = stack.things.routers[resource.plannedId]
    if (!made) return
    await untilFree(work, () => {
      const words = `Router ${made.id} still has ports`
      return made.subnetIds.length > 0 ? neutronFailure('Conflict', words, work) : undefined
    })
    delete stack.things.routers[resource.plannedId]
  },
  show: ({ cloud, stack, resource }) => routerBody(cloud, stack, resource.plannedId),
  attribute: (work, name) => router.show(work)[name],
}

/** Leads a router outside, or takes its way outside from it. Throws in Neutron's words. */
function setGateway(work: Work, made: Router, info: JsonMap[string] | undefined): void {
  const { cloud } = work
  if (info === undefined || !isMap(info)) {
    Object.assign(made, { externalNetworkId: null, externalAddress: null })
    return
  }
  const named = text(info.network) ?? ''
  const id = cloud.content.network(named)?.id
  if (id === undefined) throw neutronFailure('NetworkNotFoundClient', `Network ${named} could not be found.`, work)
  if (id !== cloud.content.external.id)
    throw neutronFailure('BadRequest', `Bad router request: Network ${id} is not an external network.`, work)
  const wished = text(maps(info.external_fixed_ips)[0]?.ip_address)
  const keeps = made.externalNetworkId === id && made.externalAddress && wished === undefined
  const address = keeps ? made.externalAddress : outerAddress(work, wished)
  Object.assign(made, { externalNetworkId: id, externalAddress: address })
  made.more = { ...made.more, ...(info.enable_snat === undefined ? {} : { enable_snat: info.enable_snat }) }
}

function gatewayInUse(work: Work, made: Router): ResourceFailure | undefined {
  const used = made.subnetIds.some((subnetId) => isReachedFromOutside(work, subnetId))
  const words = `Gateway cannot be updated for router ${made.id}, since a gateway to external network ${made.externalNetworkId} is required by one or more floating IPs.`
  return used ? neutronFailure('Conflict', words, work) : undefined
}

const routerInterface: ResourceType = {
  ...routerInterfaceSchema,
  house: houseInterface,
  aliases: { router_id: 'router', subnet_id: 'subnet', port_id: 'port' },
  validate(properties) {
    if (properties.subnet !== undefined && properties.port !== undefined) throw conflict('subnet', 'port')
    if (properties.subnet === undefined && properties.port === undefined)
      throw new Fault(400, 'PropertyUnspecifiedError', 'At least one of the following properties must be specified: subnet, port.')
  },
  async create(work) {
    const { cloud, stack, resource, properties } = work
    const named = text(properties.router) ?? ''
    const owner = stack.things.routers[cloud.content.router(named)?.id ?? '']
    if (!owner) throw neutronFailure('NotFound', `Router ${named} could not be found`, work)
    if (resource.physicalId !== null) return
    const portName = text(properties.port)
    const subnetId = portName === undefined ? plugSubnet(work, owner) : plugPort(work, owner, portName)
    owner.subnetIds.push(subnetId)
    const via = portName === undefined ? `subnet_id=${subnetId}` : `port_id=${text(resource.data.portId)}`
    Object.assign(resource.data, { routerId: owner.id, subnetId })
    resource.physicalId = `${owner.id}:${via}`
    await joinNetworks(cloud, stack)
  },
  async remove(work) {
    const { cloud, stack, resource } = work
    const owner = stack.things.routers[text(resource.data.routerId) ?? '']
    const subnetId = text(resource.data.subnetId) ?? ''
    if (!owner) return
    await untilFree(work, () => {
      const words = `Router interface for subnet ${subnetId} on router ${owner.id} cannot be deleted, as it is required by one or more floating IPs.`
      return owner.subnetIds.includes(subnetId) && isReachedFromOutside(work, subnetId)
        ? neutronFailure('Conflict', words, work)
        : undefined
    })
    owner.subnetIds = owner.subnetIds.filter((id) => id !== subnetId)
    // A port that was given goes with the interface, as in Neutron.
    delete stack.things.ports[text(resource.data.portId) ?? '']
    await joinNetworks(cloud, stack)
  },
  show: () => ({}),
  attribute: () => undefined,
}

/** neutron/db/l3_db.py, _add_interface_by_subnet: the router takes the subnet's gateway address. */
function plugSubnet(work: Work, owner: Router): string {
  const { cloud, stack, resource, properties } = work
  const named = text(properties.subnet) ?? ''
  const subnet = stack.things.subnets[cloud.content.subnet(named)?.id ?? '']
  if (!subnet) throw neutronFailure('NotFound', `Subnet ${named} could not be found.`, work)
  if (subnet.gateway === null)
    throw neutronFailure('BadRequest', 'Bad router request: Subnet for router interface must have a gateway IP.', work)
  checkPlug(work, owner, subnet)
  const taken = Object.values(stack.things.ports).some(({ addresses }) =>
    addresses.some((fixed) => fixed.subnetId === subnet.id && fixed.address === subnet.gateway),
  )
  if (taken) {
    const words = `IP address ${subnet.gateway} already allocated in subnet ${subnet.id}`
    throw neutronFailure('IpAddressAlreadyAllocatedClient', words, work)
  }
  const id = randomUUID()
  stack.things.ports[id] = {
    id,
    name: '',
    networkId: subnet.networkId,
    mac: newMac(),
    addresses: [{ subnetId: subnet.id, address: subnet.gateway }],
    securityGroups: [],
    deviceId: owner.id,
    deviceOwner: 'network:router_interface',
    createdAt: cloud.now().getTime(),
  }
  resource.data.portId = id
  return subnet.id
}

function plugPort(work: Work, owner: Router, named: string): string {
  const { cloud, stack, resource } = work
  const port = stack.things.ports[cloud.content.port(named)?.id ?? '']
  if (!port) throw neutronFailure('PortNotFoundClient', `Port ${named} could not be found.`, work)
  if (port.deviceId !== '') {
    const words = `Unable to complete operation on port ${port.id} for network ${port.networkId}. Port already has an attached device ${port.deviceId}.`
    throw neutronFailure('PortInUseClient', words, work)
  }
  const subnet = stack.things.subnets[port.addresses[0]?.subnetId ?? '']
  if (!subnet) throw neutronFailure('BadRequest', 'Bad router request: Router port must have at least one fixed IP.', work)
  checkPlug(work, owner, subnet)
  Object.assign(port, { deviceId: owner.id, deviceOwner: 'network:router_interface' })
  resource.data.portId = port.id
  return subnet.id
}

function checkPlug(work: Work, owner: Router, subnet: Subnet): void {
  for (const id of owner.subnetIds) {
    if (id === subnet.id) throw neutronFailure('BadRequest', `Bad router request: Router already has a port on subnet ${id}.`, work)
    const other = work.stack.things.subnets[id]
    if (!other || !overlap(other.cidr, subnet.cidr)) continue
    const words = `Bad router request: Cidr ${subnet.cidr} of subnet ${subnet.id} overlaps with cidr ${other.cidr} of subnet ${id}.`
    throw neutronFailure('BadRequest', words, work)
  }
}

/** The older way to lead a router outside; hidden, but templates still have it. */
const routerGateway: ResourceType = {
  ...routerGatewaySchema,
  aliases: { network_id: 'network' },
  validate(properties) {
    if (properties.network === undefined)
      throw new Fault(400, 'PropertyUnspecifiedError', 'At least one of the following properties must be specified: network, network_id.')
  },
  create(work) {
    const { cloud, stack, resource, properties } = work
    const named = text(properties.router_id) ?? ''
    const owner = stack.things.routers[cloud.content.router(named)?.id ?? '']
    if (!owner) throw neutronFailure('NotFound', `Router ${named} could not be found`, work)
    setGateway(work, owner, { network: properties.network ?? '' })
    resource.data.routerId = owner.id
    resource.physicalId = `${owner.id}:${owner.externalNetworkId}`
  },
  async remove(work) {
    const owner = work.stack.things.routers[text(work.resource.data.routerId) ?? '']
    if (!owner) return
    await untilFree(work, () => gatewayInUse(work, owner))
    setGateway(work, owner, undefined)
  },
  show: () => ({}),
  attribute: () => undefined,
}

export const routerTypes: Record<string, ResourceType> = {
  'OS::Neutron::Router': router,
  'OS::Neutron::RouterInterface': routerInterface,
  'OS::Neutron::RouterGateway': routerGateway,
}
