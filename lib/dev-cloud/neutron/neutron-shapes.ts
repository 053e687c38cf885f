import { type Cloud, isoSeconds } from '../cloud.ts'
import type { Json, JsonMap } from '../json.ts'
import type { Router, SecurityGroup, Stack } from '../state.ts'

/** Things as Neutron v2.0 shows them (recordings neutron-{networks-external,ports,floatingips}-200). */

function common(cloud: Cloud, createdAt: number): JsonMap {
  const at = isoSeconds(createdAt)
  const { id } = cloud.identity.project
  return { tenant_id: id, project_id: id, description: '', tags: [], created_at: at, updated_at: at, revision_number: 2 }
}

export function networkBody(cloud: Cloud, stack: Stack, id: string): JsonMap {
  const network = stack.things.networks[id]
  if (!network) return {}
  const subnets = Object.values(stack.things.subnets).filter((subnet) => subnet.networkId === id)
  return {
    id,
    name: network.name,
    ...common(cloud, network.createdAt),
    admin_state_up: true,
    mtu: 1500,
    status: 'ACTIVE',
    subnets: subnets.map((subnet) => subnet.id),
    shared: false,
    availability_zone_hints: [],
    availability_zones: [],
    ipv4_address_scope: null,
    ipv6_address_scope: null,
    'router:external': false,
    port_security_enabled: true,
    ...network.more,
  }
}

export function externalNetworkBody(cloud: Cloud): JsonMap {
  const { external } = cloud.content
  const owner = cloud.identity.adminProjectId
  return {
    id: external.id,
    name: external.name,
    ...common(cloud, cloud.identity.createdAt),
    tenant_id: owner,
    project_id: owner,
    admin_state_up: true,
    mtu: 1500,
    status: 'ACTIVE',
    subnets: [external.subnetId],
    shared: false,
    availability_zone_hints: [],
    availability_zones: [],
    ipv4_address_scope: null,
    ipv6_address_scope: null,
    'router:external': true,
    port_security_enabled: true,
    is_default: true,
  }
}

export function subnetBody(cloud: Cloud, stack: Stack, id: string): JsonMap {
  const subnet = stack.things.subnets[id]
  if (!subnet) return {}
  return {
    id,
    name: subnet.name,
    ...common(cloud, subnet.createdAt),
    network_id: subnet.networkId,
    ip_version: 4,
    subnetpool_id: null,
    service_types: [],
    enable_dhcp: subnet.dhcp,
    ipv6_ra_mode: null,
    ipv6_address_mode: null,
    gateway_ip: subnet.gateway,
    cidr: subnet.cidr,
    allocation_pools: subnet.pools.map((pool) => ({ ...pool })),
    host_routes: [],
    dns_nameservers: subnet.dns,
    revision_number: 0,
    ...subnet.more,
  }
}

export function portBody(cloud: Cloud, stack: Stack, id: string): JsonMap {
  const port = stack.things.ports[id]
  if (!port) return {}
  return {
    id,
    name: port.name,
    ...common(cloud, port.createdAt),
    network_id: port.networkId,
    mac_address: port.mac,
    admin_state_up: true,
    status: port.deviceId === '' ? 'DOWN' : 'ACTIVE',
    device_id: port.deviceId,
    device_owner: port.deviceOwner,
    fixed_ips: port.addresses.map((fixed) => ({ subnet_id: fixed.subnetId, ip_address: fixed.address })),
    allowed_address_pairs: [],
    extra_dhcp_opts: [],
    security_groups: port.securityGroups,
    'binding:vnic_type': 'normal',
    // A router's own port keeps to no address.
    port_security_enabled: !port.deviceOwner.startsWith('network:'),
    revision_number: port.deviceId === '' ? 1 : 4,
    ...port.more,
  }
}

export function routerBody(cloud: Cloud, stack: Stack, id: string): JsonMap {
  const router = stack.things.routers[id]
  if (!router) return {}
  const gateway: Json = router.externalNetworkId
    ? { network_id: router.externalNetworkId, external_fixed_ips: outside(cloud, router), enable_snat: router.more?.enable_snat ?? true }
    : null
  const { enable_snat: _shownAbove, ...more } = router.more ?? {}
  return {
    id,
    name: router.name,
    ...common(cloud, router.createdAt),
    admin_state_up: true,
    status: 'ACTIVE',
    external_gateway_info: gateway,
    flavor_id: null,
    routes: [],
    availability_zone_hints: [],
    availability_zones: [],
    revision_number: 2 + (gateway === null ? 0 : 1) + router.subnetIds.length,
    ...more,
  }
}

function outside({ content }: Cloud, { externalAddress }: Router): JsonMap[] {
  return externalAddress ? [{ subnet_id: content.external.subnetId, ip_address: externalAddress }] : []
}

export function securityGroupBody(cloud: Cloud, stack: Stack, id: string): JsonMap {
  const group = stack.things.securityGroups[id]
  return group ? groupBody(cloud, group) : {}
}

/** Also of the project's default group, which no stack has. */
export function groupBody(cloud: Cloud, group: SecurityGroup): JsonMap {
  return {
    id: group.id,
    name: group.name,
    ...common(cloud, group.createdAt),
    description: group.description,
    // Neutron's own rules come with a group; each other one is a change of it.
    revision_number: 1 + Math.max(0, group.rules.length - (group.name === 'default' ? 4 : 2)),
    security_group_rules: group.rules.map((rule) => securityRuleBody(cloud, group, rule)),
    stateful: true,
    shared: false,
  }
}

export function securityRuleBody(cloud: Cloud, group: SecurityGroup, rule: JsonMap): JsonMap {
  const { tags: _none, ...known } = common(cloud, group.createdAt)
  return { ...known, revision_number: 0, ...rule }
}

export function floatingIpBody(cloud: Cloud, stack: Stack, id: string): JsonMap {
  const floating = stack.things.floatingIps[id]
  if (!floating) return {}
  const port = floating.portId === null ? undefined : stack.things.ports[floating.portId]
  const subnetId = port?.addresses[0]?.subnetId
  const router = Object.values(stack.things.routers).find((each) => subnetId !== undefined && each.subnetIds.includes(subnetId))
  return {
    id,
    ...common(cloud, floating.createdAt),
    floating_ip_address: floating.address,
    floating_network_id: cloud.content.external.id,
    router_id: port ? (router?.id ?? null) : null,
    port_id: floating.portId,
    fixed_ip_address: floating.fixedAddress,
    status: port ? 'ACTIVE' : 'DOWN',
    port_details: port
      ? {
          name: port.name,
          network_id: port.networkId,
          mac_address: port.mac,
          admin_state_up: true,
          status: port.deviceId === '' ? 'DOWN' : 'ACTIVE',
          device_id: port.deviceId,
          device_owner: port.deviceOwner,
        }
      : null,
    revision_number: port ? 2 : 0,
    ...floating.more,
  }
}
