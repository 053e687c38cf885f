import type { Description } from '../cloud.ts'
import type { PropertySchema } from '../hot/properties.ts'

/** What a port says beyond its place and addresses; a server says the same of a port that it makes for itself. */
export const portExtras: Record<string, PropertySchema> = {
  value_specs: { type: 'map', updatable: true, description: 'Further fields for the request, passed on as they are.', default: {} },
  admin_state_up: { type: 'boolean', updatable: true, description: 'Whether it is switched on.', default: true },
  mac_address: { type: 'string', description: 'Hardware address.', content: 'mac_addr' },
  allowed_address_pairs: {
    type: 'list',
    updatable: true,
    description: 'Further addresses that may pass the port.',
    items: {
      type: 'map',
      keys: {
        mac_address: { type: 'string', description: 'Hardware address.', content: 'mac_addr' },
        ip_address: { type: 'string', required: true, description: 'Address to let through.', content: 'ip_or_cidr' },
      },
    },
  },
  'binding:vnic_type': {
    type: 'string',
    updatable: true,
    description: 'Kind of network card that the host shall give.',
    default: 'normal',
    allowed: ['normal', 'direct', 'macvtap', 'direct-physical', 'baremetal', 'virtio-forwarder', 'smart-nic'],
  },
  port_security_enabled: { type: 'boolean', updatable: true, description: "Whether addresses that are not the port's own are dropped." },
  qos_policy: {
    type: 'string',
    updatable: true,
    description: 'Policy for the quality of service, by name or id.',
    content: 'neutron.qos_policy',
  },
  propagate_uplink_status: { type: 'boolean', updatable: true, description: "Whether the guest sees when the host's uplink goes down." },
  no_fixed_ips: { type: 'boolean', updatable: true, description: 'Whether it goes without any address.', default: false },
}

export const portSchema: Description = {
  description: 'A socket on a network, with its addresses.',
  support: { status: 'SUPPORTED' },
  properties: {
    name: {
      type: 'string',
      updatable: true,
      description: "Name of the thing; without one, Heat makes it up from the stack's and the resource's names.",
    },
    network_id: { type: 'string', hidden: true, description: 'Network, by id.', content: 'neutron.network' },
    network: { type: 'string', required: true, description: 'Network on which it is, by name or id.', content: 'neutron.network' },
    device_id: { type: 'string', updatable: true, description: 'What is plugged in.', default: '' },
    device_owner: { type: 'string', updatable: true, description: 'Who plugged it in.', default: '' },
    fixed_ips: {
      type: 'list',
      updatable: true,
      description: 'Addresses of the port; without them, one of any subnet of each version.',
      items: {
        type: 'map',
        keys: {
          subnet_id: { type: 'string', description: 'Subnet of the address, by id.', content: 'neutron.subnet' },
          subnet: { type: 'string', description: 'Subnet of the address, by name or id.', content: 'neutron.subnet' },
          ip_address: { type: 'string', description: 'The address.', content: 'ip_addr' },
        },
      },
    },
    security_groups: {
      type: 'list',
      updatable: true,
      description: "Security groups of the port, by name or id; without them, the project's default one.",
    },
    replacement_policy: {
      type: 'string',
      updatable: true,
      hidden: true,
      description: 'Whether an update always makes a new port.',
      default: 'AUTO',
      allowed: ['REPLACE_ALWAYS', 'AUTO'],
    },
    dns_name: { type: 'string', updatable: true, description: 'Name that a name service enters for it.', content: 'dns_name' },
    tags: { type: 'list', updatable: true, description: 'Tags to put on it; those of before are replaced.', items: { type: 'string' } },
    ...portExtras,
  },
  attributes: {
    admin_state_up: { type: 'string', description: 'Whether it is switched on.' },
    device_id: { type: 'string', description: 'What is plugged in.' },
    device_owner: { type: 'string', description: 'Who plugged it in.' },
    fixed_ips: { type: 'list', description: 'Addresses with their subnets.' },
    mac_address: { type: 'string', description: 'Hardware address.' },
    name: { type: 'string', description: 'Name of the port.' },
    network_id: { type: 'string', description: 'Network on which it is.' },
    security_groups: { type: 'list', description: 'Security groups of the port.' },
    status: { type: 'string', description: 'Whether it works.' },
    tenant_id: { type: 'string', description: 'Project that owns it.' },
    allowed_address_pairs: { type: 'list', description: 'Further addresses that may pass.' },
    subnets: { type: 'list', description: 'Subnets of its addresses, each as a whole.' },
    port_security_enabled: { type: 'boolean', description: 'Whether foreign addresses are dropped.' },
    qos_policy_id: { type: 'string', description: 'Policy for the quality of service.' },
    dns_assignment: { type: 'map', description: 'Names that a name service has for it.' },
    network: { type: 'map', description: 'Its network, as a whole.' },
    propagate_uplink_status: { type: 'boolean', description: "Whether the guest sees when the host's uplink goes down." },
  },
}

export const floatingIpSchema: Description = {
  description: 'An address from outside.',
  support: { status: 'SUPPORTED' },
  properties: {
    floating_network_id: {
      type: 'string',
      hidden: true,
      description: 'Network from which the address comes, by id.',
      content: 'neutron.network',
    },
    floating_network: {
      type: 'string',
      required: true,
      description: 'Network from which the address comes, by name or id.',
      content: 'neutron.network',
    },
    floating_subnet: { type: 'string', description: 'Subnet from which the address comes, by name or id.', content: 'neutron.subnet' },
    value_specs: { type: 'map', description: 'Further fields for the request, passed on as they are.', default: {} },
    port_id: { type: 'string', updatable: true, description: 'Port that the address leads to, by name or id.', content: 'neutron.port' },
    fixed_ip_address: { type: 'string', updatable: true, description: "Which of the port's addresses it leads to.", content: 'ip_addr' },
    floating_ip_address: { type: 'string', description: 'The address to ask for.', content: 'ip_addr' },
    dns_name: { type: 'string', updatable: true, description: 'Name that a name service enters for it.', content: 'rel_dns_name' },
    dns_domain: { type: 'string', updatable: true, description: 'Domain in which a name service enters it.', content: 'dns_domain' },
  },
  attributes: {
    router_id: { type: 'string', description: 'Router that carries it.' },
    tenant_id: { type: 'string', description: 'Project that owns it.' },
    floating_network_id: { type: 'string', description: 'Network from which it comes.' },
    fixed_ip_address: { type: 'string', description: 'Inner address that it leads to.' },
    floating_ip_address: { type: 'string', description: 'The address.' },
    port_id: { type: 'string', description: 'Port that it leads to.' },
  },
}

export const floatingIpAssociationSchema: Description = {
  description: 'Lets an address from outside lead to a port.',
  support: { status: 'SUPPORTED' },
  properties: {
    floatingip_id: { type: 'string', required: true, updatable: true, description: 'Floating address, by id.' },
    port_id: { type: 'string', required: true, updatable: true, description: 'Port, by name or id.', content: 'neutron.port' },
    fixed_ip_address: { type: 'string', updatable: true, description: "Which of the port's addresses it leads to.", content: 'ip_addr' },
  },
  attributes: {},
}
