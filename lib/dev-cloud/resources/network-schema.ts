import type { Description } from '../cloud.ts'

export const netSchema: Description = {
  description: 'A network of its own: ports on it reach each other.',
  support: { status: 'SUPPORTED' },
  properties: {
    name: {
      type: 'string',
      updatable: true,
      description: "Name of the thing; without one, Heat makes it up from the stack's and the resource's names.",
    },
    value_specs: { type: 'map', updatable: true, description: 'Further fields for the request, passed on as they are.', default: {} },
    admin_state_up: { type: 'boolean', updatable: true, description: 'Whether it is switched on.', default: true },
    tenant_id: { type: 'string', description: 'Project that shall own it; for administrators.' },
    shared: { type: 'boolean', updatable: true, description: 'Whether other projects may use it.', default: false },
    dhcp_agent_ids: { type: 'list', updatable: true, description: 'Agents that give out its addresses; for administrators.' },
    port_security_enabled: { type: 'boolean', updatable: true, description: "Whether addresses that are not the port's own are dropped." },
    qos_policy: {
      type: 'string',
      updatable: true,
      description: 'Policy for the quality of service, by name or id.',
      content: 'neutron.qos_policy',
    },
    dns_domain: { type: 'string', updatable: true, description: 'Domain in which a name service enters it.', content: 'dns_domain' },
    availability_zone_hints: { type: 'list', description: 'Zones in which its agents should run.' },
    tags: { type: 'list', updatable: true, description: 'Tags to put on it; those of before are replaced.', items: { type: 'string' } },
  },
  attributes: {
    status: { type: 'string', description: 'Whether it works.' },
    name: { type: 'string', description: 'Name of the network.' },
    subnets: { type: 'list', description: 'Subnets of the network.' },
    admin_state_up: { type: 'string', description: 'Whether it is switched on.' },
    tenant_id: { type: 'string', description: 'Project that owns it.' },
    port_security_enabled: { type: 'boolean', description: 'Whether ports on it drop foreign addresses.' },
    mtu: { type: 'integer', description: 'Largest packet in bytes.' },
    qos_policy_id: { type: 'string', description: 'Policy for the quality of service.' },
    l2_adjacency: { type: 'boolean', description: 'Whether all its ports are on one segment.' },
    segments: { type: 'list', description: 'Segments of the network.' },
  },
}

export const subnetSchema: Description = {
  description: 'A range of addresses on a network.',
  support: { status: 'SUPPORTED' },
  properties: {
    network_id: { type: 'string', hidden: true, description: 'Network, by id.', content: 'neutron.network' },
    network: { type: 'string', required: true, description: 'Network on which it is, by name or id.', content: 'neutron.network' },
    subnetpool: { type: 'string', description: 'Pool from which the range is taken.', content: 'neutron.subnetpool' },
    prefixlen: { type: 'integer', description: 'Length of the prefix that is asked of the pool.', range: { min: 0 } },
    cidr: { type: 'string', description: 'Range of addresses in CIDR form.', content: 'net_cidr' },
    value_specs: { type: 'map', updatable: true, description: 'Further fields for the request, passed on as they are.', default: {} },
    name: {
      type: 'string',
      updatable: true,
      description: "Name of the thing; without one, Heat makes it up from the stack's and the resource's names.",
    },
    ip_version: { type: 'integer', description: 'Version of the internet protocol.', default: 4, allowed: [4, 6] },
    dns_nameservers: { type: 'list', updatable: true, description: 'Name servers that machines are told.', default: [] },
    gateway_ip: { type: 'string', updatable: true, description: 'Address of the gateway; empty: none. Without it, the first address.' },
    enable_dhcp: { type: 'boolean', updatable: true, description: 'Whether machines get their addresses by DHCP.', default: true },
    allocation_pools: {
      type: 'list',
      updatable: true,
      description: "Addresses that are given out; without them, all but the gateway's.",
      items: {
        type: 'map',
        keys: {
          start: { type: 'string', required: true, description: 'First address of the pool.', content: 'ip_addr' },
          end: { type: 'string', required: true, description: 'Last address of the pool.', content: 'ip_addr' },
        },
      },
    },
    tenant_id: { type: 'string', description: 'Project that shall own it; for administrators.' },
    host_routes: {
      type: 'list',
      updatable: true,
      description: 'Further routes that machines are told.',
      items: {
        type: 'map',
        keys: {
          destination: { type: 'string', required: true, description: 'Where the route leads, in CIDR form.', content: 'net_cidr' },
          nexthop: { type: 'string', required: true, description: 'Whom to send to.', content: 'ip_addr' },
        },
      },
    },
    ipv6_ra_mode: { type: 'string', description: 'How routers announce IPv6.', allowed: ['dhcpv6-stateful', 'dhcpv6-stateless', 'slaac'] },
    ipv6_address_mode: {
      type: 'string',
      description: 'How machines get their IPv6 addresses.',
      allowed: ['dhcpv6-stateful', 'dhcpv6-stateless', 'slaac'],
    },
    segment: { type: 'string', updatable: true, description: 'Segment on which it is.', content: 'neutron.segment' },
    tags: { type: 'list', updatable: true, description: 'Tags to put on it; those of before are replaced.', items: { type: 'string' } },
  },
  attributes: {
    name: { type: 'string', description: 'Name of the subnet.' },
    network_id: { type: 'string', description: 'Network on which it is.' },
    tenant_id: { type: 'string', description: 'Project that owns it.' },
    allocation_pools: { type: 'list', description: 'Addresses that are given out.' },
    gateway_ip: { type: 'string', description: 'Address of the gateway.' },
    host_routes: { type: 'list', description: 'Further routes that machines are told.' },
    ip_version: { type: 'string', description: 'Version of the internet protocol.' },
    cidr: { type: 'string', description: 'Range of addresses in CIDR form.' },
    dns_nameservers: { type: 'list', description: 'Name servers that machines are told.' },
    enable_dhcp: { type: 'string', description: 'Whether machines get their addresses by DHCP.' },
  },
}

export const routerSchema: Description = {
  description: 'Leads from networks to each other and outside.',
  support: { status: 'SUPPORTED' },
  properties: {
    name: {
      type: 'string',
      updatable: true,
      description: "Name of the thing; without one, Heat makes it up from the stack's and the resource's names.",
    },
    external_gateway_info: {
      type: 'map',
      updatable: true,
      description: 'The way outside.',
      keys: {
        network: { type: 'string', required: true, updatable: true, description: 'Network that leads outside, by name or id.' },
        enable_snat: { type: 'boolean', updatable: true, description: 'Whether machines without an address from outside get out.' },
        external_fixed_ips: {
          type: 'list',
          updatable: true,
          description: 'Addresses of the router outside.',
          items: {
            type: 'map',
            keys: {
              ip_address: { type: 'string', description: 'The address.', content: 'ip_addr' },
              subnet: { type: 'string', description: 'Subnet of the address.', content: 'neutron.subnet' },
            },
          },
        },
      },
    },
    value_specs: { type: 'map', updatable: true, description: 'Further fields for the request, passed on as they are.', default: {} },
    admin_state_up: { type: 'boolean', updatable: true, description: 'Whether it is switched on.', default: true },
    l3_agent_id: { type: 'string', updatable: true, hidden: true, description: 'Agent that shall carry it; for administrators.' },
    l3_agent_ids: {
      type: 'list',
      updatable: true,
      description: 'Agents that shall carry it; for administrators.',
      items: { type: 'string' },
    },
    distributed: { type: 'boolean', description: 'Whether it stands on every host; for administrators.' },
    ha: { type: 'boolean', description: 'Whether another steps in when its host fails; for administrators.' },
    availability_zone_hints: { type: 'list', updatable: true, description: 'Zones in which its agents should run.' },
    tags: { type: 'list', updatable: true, description: 'Tags to put on it; those of before are replaced.', items: { type: 'string' } },
  },
  attributes: {
    status: { type: 'string', description: 'Whether it works.' },
    external_gateway_info: { type: 'map', description: 'The way outside.' },
    name: { type: 'string', description: 'Name of the router.' },
    admin_state_up: { type: 'string', description: 'Whether it is switched on.' },
    tenant_id: { type: 'string', description: 'Project that owns it.' },
  },
}

export const routerInterfaceSchema: Description = {
  description: 'Plugs a router into a subnet.',
  support: { status: 'SUPPORTED' },
  properties: {
    router: { type: 'string', required: true, description: 'Router, by name or id.', content: 'neutron.router' },
    router_id: { type: 'string', hidden: true, description: 'Router, by id.', content: 'neutron.router' },
    subnet_id: { type: 'string', hidden: true, description: 'Subnet, by id.', content: 'neutron.subnet' },
    subnet: { type: 'string', description: 'Subnet, by name or id. Either this or the port.', content: 'neutron.subnet' },
    port_id: { type: 'string', hidden: true, description: 'Port, by id.', content: 'neutron.port' },
    port: {
      type: 'string',
      description: 'Port that the router takes over, by name or id. Either this or the subnet.',
      content: 'neutron.port',
    },
  },
  attributes: {},
}

export const routerGatewaySchema: Description = {
  description: 'Gives a router its way outside.',
  support: {
    status: 'HIDDEN',
    version: '5.0.0',
    message: 'Use the `external_gateway_info` property in the router resource to set up the gateway.',
    before: { status: 'DEPRECATED', version: '2014.1' },
  },
  properties: {
    router_id: { type: 'string', required: true, description: 'Router that gets it.', content: 'neutron.router' },
    network_id: { type: 'string', hidden: true, description: 'Network, by id.', content: 'neutron.network' },
    network: { type: 'string', description: 'Network that leads outside, by name or id.', content: 'neutron.network' },
  },
  attributes: {},
}
