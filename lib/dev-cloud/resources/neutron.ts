import { ensureSpace, type ResourceType } from '../cloud.ts'
import { addressText, readCidr } from '../content.ts'
import { invalidStack, ResourceFailure } from '../fault.ts'
import type { PropertySchemas } from '../hot/properties.ts'
import { isMap, type Json, type JsonMap, maps, text } from '../json.ts'
import { defaultPools, poolsOf } from '../neutron/addresses.ts'
import { networkBody, routerBody, securityGroupBody, subnetBody } from '../neutron/neutron-shapes.ts'
import type { Subnet } from '../state.ts'
import { neutronFailure } from './refusals.ts'

/** What most things of Neutron take. */
export const common: PropertySchemas = { name: { type: 'string' }, value_specs: { type: 'map', default: {} }, tags: { type: 'list' } }

const pick = (body: JsonMap, name: string): Json | undefined => body[name]

const net: ResourceType = {
  properties: {
    ...common,
    admin_state_up: { type: 'boolean', default: true },
    tenant_id: { type: 'string' },
    shared: { type: 'boolean', default: false },
    dhcp_agent_ids: { type: 'list' },
    port_security_enabled: { type: 'boolean' },
    qos_policy: { type: 'string' },
    dns_domain: { type: 'string' },
    availability_zone_hints: { type: 'list' },
  },
  attributes: [
    'admin_state_up',
    'l2_adjacency',
    'mtu',
    'name',
    'port_security_enabled',
    'qos_policy_id',
    'segments',
    'status',
    'subnets',
    'tenant_id',
  ],
  create(work) {
    const { stack, resource, cloud } = work
    const used = [...cloud.state.stacks.values()].reduce((sum, each) => sum + Object.keys(each.things.networks).length, 0)
    if (!stack.things.networks[resource.plannedId] && used >= cloud.quota.networks) {
      throw neutronFailure('OverQuotaClient', "Quota exceeded for resources: ['network'].", work)
    }
    stack.things.networks[resource.plannedId] = {
      id: resource.plannedId,
      name: text(work.properties.name) ?? resource.physicalName,
      createdAt: cloud.now().getTime(),
    }
    resource.physicalId = resource.plannedId
  },
  remove: ({ stack, resource }) => {
    delete stack.things.networks[resource.plannedId]
  },
  show: ({ cloud, stack, resource }) => networkBody(cloud, stack, resource.plannedId),
  attribute: (work, name) => pick(net.show(work), name),
}

const subnet: ResourceType = {
  aliases: { network_id: 'network' },
  properties: {
    ...common,
    network: { type: 'string', required: true, content: 'neutron.network' },
    subnetpool: { type: 'string' },
    prefixlen: { type: 'integer' },
    cidr: { type: 'string', content: 'net_cidr' },
    dns_nameservers: { type: 'list', default: [], items: { type: 'string' } },
    gateway_ip: { type: 'string' },
    ip_version: { type: 'integer', default: 4, allowed: [4, 6] },
    enable_dhcp: { type: 'boolean', default: true },
    allocation_pools: {
      type: 'list',
      items: {
        type: 'map',
        keys: {
          start: { type: 'string', required: true, content: 'ip_addr' },
          end: { type: 'string', required: true, content: 'ip_addr' },
        },
      },
    },
    tenant_id: { type: 'string' },
    host_routes: { type: 'list' },
    segment: { type: 'string' },
    ipv6_ra_mode: { type: 'string' },
    ipv6_address_mode: { type: 'string' },
  },
  attributes: [
    'name',
    'network_id',
    'tenant_id',
    'allocation_pools',
    'gateway_ip',
    'host_routes',
    'ip_version',
    'cidr',
    'dns_nameservers',
    'enable_dhcp',
  ],
  validate(properties) {
    if (properties.cidr === undefined)
      throw invalidStack('Either "cidr" or "subnetpool" must be specified for a subnet; this cloud has no subnet pools.')
    if (properties.ip_version !== 4) throw invalidStack('This cloud has IPv4 subnets only.')
  },
  async create(work) {
    const { cloud, stack, resource, properties } = work
    const cidr = text(properties.cidr) ?? ''
    const range = readCidr(cidr)
    const networkId = cloud.content.network(text(properties.network) ?? '')?.id ?? ''
    if (!range || !stack.things.networks[networkId])
      throw new ResourceFailure('NotFound', `Network ${networkId} could not be found in this stack.`)
    const first = addressText(range.base + 1)
    const gateway = properties.gateway_ip === undefined ? first : text(properties.gateway_ip) || null
    const made: Subnet = {
      id: resource.plannedId,
      name: text(properties.name) ?? resource.physicalName,
      networkId,
      cidr: `${addressText(range.base)}/${range.prefix}`,
      gateway,
      pools: poolsOf(properties) ?? defaultPools(cidr, gateway),
      dns: Array.isArray(properties.dns_nameservers) ? properties.dns_nameservers.filter((item) => typeof item === 'string') : [],
      dhcp: properties.enable_dhcp === true,
      createdAt: cloud.now().getTime(),
    }
    stack.things.subnets[made.id] = made
    resource.physicalId = made.id
    await ensureSpace(cloud, stack)
    await cloud.driver.createNetwork(stack.id, { id: made.id, cidr: made.cidr, gateway: gateway ?? first })
  },
  async remove({ cloud, stack, resource }) {
    if (!stack.things.subnets[resource.plannedId]) return
    await cloud.driver.deleteNetwork(stack.id, resource.plannedId)
    delete stack.things.subnets[resource.plannedId]
  },
  show: ({ cloud, stack, resource }) => subnetBody(cloud, stack, resource.plannedId),
  attribute: (work, name) => pick(subnet.show(work), name),
}

const router: ResourceType = {
  properties: {
    ...common,
    external_gateway_info: {
      type: 'map',
      keys: {
        network: { type: 'string', required: true, content: 'neutron.network' },
        enable_snat: { type: 'boolean' },
        external_fixed_ips: { type: 'list' },
      },
    },
    admin_state_up: { type: 'boolean', default: true },
    distributed: { type: 'boolean' },
    ha: { type: 'boolean' },
    l3_agent_id: { type: 'string' },
    l3_agent_ids: { type: 'list' },
    availability_zone_hints: { type: 'list' },
  },
  attributes: ['admin_state_up', 'external_gateway_info', 'name', 'status', 'tenant_id'],
  create(work) {
    const { cloud, stack, resource, properties } = work
    const used = [...cloud.state.stacks.values()].reduce((sum, each) => sum + Object.keys(each.things.routers).length, 0)
    if (!stack.things.routers[resource.plannedId] && used >= cloud.quota.routers) {
      throw neutronFailure('OverQuotaClient', "Quota exceeded for resources: ['router'].", work)
    }
    const info = properties.external_gateway_info
    const outside = info !== undefined && isMap(info) ? (cloud.content.network(text(info.network) ?? '')?.id ?? null) : null
    if (outside !== null && outside !== cloud.content.external.id) {
      throw neutronFailure('BadRequest', `Bad router request: Network ${outside} is not an external network.`, work)
    }
    stack.things.routers[resource.plannedId] = {
      id: resource.plannedId,
      name: text(properties.name) ?? resource.physicalName,
      externalNetworkId: outside,
      subnetIds: [],
      createdAt: cloud.now().getTime(),
    }
    resource.physicalId = resource.plannedId
  },
  remove: ({ stack, resource }) => {
    delete stack.things.routers[resource.plannedId]
  },
  show: ({ cloud, stack, resource }) => routerBody(cloud, stack, resource.plannedId),
  attribute: (work, name) => pick(router.show(work), name),
}

const routerInterface: ResourceType = {
  aliases: { router_id: 'router', subnet_id: 'subnet', port_id: 'port' },
  properties: {
    router: { type: 'string', required: true, content: 'neutron.router' },
    subnet: { type: 'string', content: 'neutron.subnet' },
    port: { type: 'string', content: 'neutron.port' },
  },
  attributes: [],
  validate(properties) {
    if (properties.subnet === undefined && properties.port === undefined)
      throw invalidStack('At least one of the following properties must be specified: subnet, port.')
  },
  create({ cloud, stack, resource, properties }) {
    const routerId = cloud.content.router(text(properties.router) ?? '')?.id ?? ''
    const viaPort = cloud.content.port(text(properties.port) ?? '')
    const subnetId = viaPort?.addresses[0]?.subnetId ?? cloud.content.subnet(text(properties.subnet) ?? '')?.id ?? ''
    const owner = stack.things.routers[routerId]
    if (!owner) throw new ResourceFailure('NotFound', `Router ${routerId} could not be found in this stack.`)
    if (!owner.subnetIds.includes(subnetId)) owner.subnetIds.push(subnetId)
    resource.data.routerId = routerId
    resource.data.subnetId = subnetId
    resource.physicalId = viaPort ? `${routerId}:port_id=${viaPort.id}` : `${routerId}:subnet_id=${subnetId}`
  },
  remove: ({ stack, resource }) => {
    const owner = stack.things.routers[text(resource.data.routerId) ?? '']
    if (owner) owner.subnetIds = owner.subnetIds.filter((id) => id !== resource.data.subnetId)
  },
  show: () => ({}),
  attribute: () => undefined,
}

const securityGroup: ResourceType = {
  properties: {
    name: { type: 'string' },
    description: { type: 'string' },
    rules: {
      type: 'list',
      default: [],
      items: {
        type: 'map',
        keys: {
          direction: { type: 'string', default: 'ingress', allowed: ['ingress', 'egress'] },
          ethertype: { type: 'string', default: 'IPv4', allowed: ['IPv4', 'IPv6'] },
          port_range_min: { type: 'integer', range: { min: 0, max: 65_535 } },
          port_range_max: { type: 'integer', range: { min: 0, max: 65_535 } },
          protocol: { type: 'string' },
          remote_mode: { type: 'string', default: 'remote_ip_prefix', allowed: ['remote_ip_prefix', 'remote_group_id'] },
          remote_group_id: { type: 'string', content: 'neutron.security_group' },
          remote_ip_prefix: { type: 'string', content: 'net_cidr' },
        },
      },
    },
  },
  attributes: [],
  create({ cloud, stack, resource, properties }) {
    stack.things.securityGroups[resource.plannedId] = {
      id: resource.plannedId,
      name: text(properties.name) ?? resource.physicalName,
      description: text(properties.description) ?? '',
      rules: maps(properties.rules),
      createdAt: cloud.now().getTime(),
    }
    resource.physicalId = resource.plannedId
  },
  remove: ({ stack, resource }) => {
    delete stack.things.securityGroups[resource.plannedId]
  },
  show: ({ cloud, stack, resource }) => securityGroupBody(cloud, stack, resource.plannedId),
  attribute: () => undefined,
}

export const neutronTypes: Record<string, ResourceType> = {
  'OS::Neutron::Net': net,
  'OS::Neutron::Subnet': subnet,
  'OS::Neutron::Router': router,
  'OS::Neutron::RouterInterface': routerInterface,
  'OS::Neutron::SecurityGroup': securityGroup,
}
