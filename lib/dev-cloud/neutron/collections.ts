import type { Cloud } from '../cloud.ts'
import type { JsonMap } from '../json.ts'
import type { Stack } from '../state.ts'
import { externalNetworkBody, floatingIpBody, networkBody, portBody, routerBody, subnetBody } from './neutron-shapes.ts'
import { securityGroups, securityRules } from './security-groups.ts'

export type Collection = {
  /** In an address: `security-groups`. */
  path: string
  /** In an answer: `security_groups`, and of one of them `security_group`. */
  name: string
  one: string
  /** As an error calls one. */
  word: string
  /** How it says that there is none; "could not be found." where nothing is said. */
  lost?: string
  items: (cloud: Cloud) => JsonMap[]
  /** What can be filtered by, where there are none to see it by. */
  fields: string[]
}

const basic = [
  'id',
  'name',
  'tenant_id',
  'project_id',
  'description',
  'status',
  'admin_state_up',
  'revision_number',
  'created_at',
  'updated_at',
]

const ofStacks =
  (list: (cloud: Cloud, stack: Stack) => JsonMap[]) =>
  (cloud: Cloud): JsonMap[] =>
    [...cloud.state.stacks.values()].flatMap((stack) => list(cloud, stack))

const none = (): JsonMap[] => []
const ownNetworks = ofStacks((cloud, stack) => Object.keys(stack.things.networks).map((id) => networkBody(cloud, stack, id)))

const listed: Collection[] = [
  {
    path: 'networks',
    name: 'networks',
    one: 'network',
    word: 'Network',
    items: (cloud) => [externalNetworkBody(cloud), ...ownNetworks(cloud)],
    fields: ['router:external', 'mtu', 'subnets', 'availability_zone_hints', 'is_default'],
  },
  {
    path: 'subnets',
    name: 'subnets',
    one: 'subnet',
    word: 'Subnet',
    items: ofStacks((cloud, stack) => Object.keys(stack.things.subnets).map((id) => subnetBody(cloud, stack, id))),
    fields: [
      'network_id',
      'ip_version',
      'cidr',
      'gateway_ip',
      'enable_dhcp',
      'subnetpool_id',
      'service_types',
      'ipv6_ra_mode',
      'ipv6_address_mode',
    ],
  },
  {
    path: 'ports',
    name: 'ports',
    one: 'port',
    word: 'Port',
    items: ofStacks((cloud, stack) => Object.keys(stack.things.ports).map((id) => portBody(cloud, stack, id))),
    fields: [
      'network_id',
      'mac_address',
      'device_id',
      'device_owner',
      'fixed_ips',
      'security_groups',
      'binding:vnic_type',
      'binding:host_id',
      'ip_allocation',
    ],
  },
  {
    path: 'routers',
    name: 'routers',
    one: 'router',
    word: 'Router',
    lost: 'could not be found',
    items: ofStacks((cloud, stack) => Object.keys(stack.things.routers).map((id) => routerBody(cloud, stack, id))),
    fields: ['external_gateway_info', 'distributed', 'ha', 'flavor_id'],
  },
  {
    path: 'floatingips',
    name: 'floatingips',
    one: 'floatingip',
    word: 'Floating IP',
    lost: 'could not be found',
    items: ofStacks((cloud, stack) => Object.keys(stack.things.floatingIps).map((id) => floatingIpBody(cloud, stack, id))),
    fields: ['floating_ip_address', 'floating_network_id', 'fixed_ip_address', 'port_id', 'router_id'],
  },
  {
    path: 'security-groups',
    name: 'security_groups',
    one: 'security_group',
    word: 'Security group',
    lost: 'does not exist',
    items: securityGroups,
    fields: ['stateful', 'shared'],
  },
  {
    path: 'security-group-rules',
    name: 'security_group_rules',
    one: 'security_group_rule',
    word: 'Security group rule',
    lost: 'does not exist',
    items: securityRules,
    fields: [
      'security_group_id',
      'direction',
      'ethertype',
      'protocol',
      'port_range_min',
      'port_range_max',
      'remote_ip_prefix',
      'remote_group_id',
    ],
  },
  {
    path: 'subnetpools',
    name: 'subnetpools',
    one: 'subnetpool',
    word: 'Subnet pool',
    items: none,
    fields: ['ip_version', 'is_default', 'shared'],
  },
  {
    path: 'address-scopes',
    name: 'address_scopes',
    one: 'address_scope',
    word: 'Address scope',
    items: none,
    fields: ['ip_version', 'shared'],
  },
  { path: 'agents', name: 'agents', one: 'agent', word: 'Agent', items: none, fields: ['agent_type', 'alive', 'host', 'binary', 'topic'] },
  { path: 'address-groups', name: 'address_groups', one: 'address_group', word: 'Address group', items: none, fields: [] },
  {
    path: 'rbac-policies',
    name: 'rbac_policies',
    one: 'rbac_policy',
    word: 'RBAC policy',
    items: none,
    fields: ['object_type', 'object_id', 'action', 'target_tenant'],
  },
  {
    path: 'availability_zones',
    name: 'availability_zones',
    one: 'availability_zone',
    word: 'Availability zone',
    items: none,
    fields: ['resource', 'state'],
  },
]

/** What Neutron lists, by the addresses of Networking API v2.0. */
export const collections = listed.map((each): Collection => ({ ...each, fields: [...basic, ...each.fields] }))
