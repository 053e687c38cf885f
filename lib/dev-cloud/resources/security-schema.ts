import type { Description } from '../cloud.ts'

/** heat/engine/resources/openstack/neutron/security_group_rule.py: every number, and these names. */
const names =
  'ah dccp egp esp gre icmp icmpv6 igmp ipv6-encap ipv6-frag ipv6-icmp ipv6-nonxt ipv6-opts ipv6-route ospf pgm rsvp sctp tcp udp udplite vrrp'
const protocols = [...Array(256).keys(), ...names.split(' ')]

export const securityGroupSchema: Description = {
  description: 'Says which packets may reach a port and leave it.',
  support: { status: 'SUPPORTED', version: '2014.1' },
  properties: {
    name: { type: 'string', updatable: true, description: 'Name of the group.' },
    description: { type: 'string', updatable: true, description: 'What it is for, in words.' },
    rules: {
      type: 'list',
      updatable: true,
      description: 'What is let through.',
      default: [],
      items: {
        type: 'map',
        keys: {
          direction: {
            type: 'string',
            description: 'Whether it is about packets that come in or go out.',
            default: 'ingress',
            allowed: ['ingress', 'egress'],
          },
          ethertype: { type: 'string', description: 'Version of the internet protocol.', default: 'IPv4', allowed: ['IPv4', 'IPv6'] },
          port_range_min: { type: 'integer', description: 'First port, or the type for ICMP.', range: { min: 0, max: 65535 } },
          port_range_max: { type: 'integer', description: 'Last port, or the code for ICMP.', range: { min: 0, max: 65535 } },
          protocol: { type: 'string', description: 'Protocol by name or number; without one, all of them.' },
          remote_mode: {
            type: 'string',
            description: 'Whether others are meant by their addresses or by their security group.',
            default: 'remote_ip_prefix',
            allowed: ['remote_ip_prefix', 'remote_group_id'],
          },
          remote_group_id: {
            type: 'string',
            description: 'Who is meant: members of a group; without one, of this very group.',
            content: 'neutron.security_group',
          },
          remote_ip_prefix: { type: 'string', description: 'Who is meant: the addresses of a network in CIDR form.', content: 'net_cidr' },
        },
      },
    },
  },
  attributes: {},
}

export const securityGroupRuleSchema: Description = {
  description: 'One rule of a security group.',
  support: { status: 'SUPPORTED', version: '7.0.0' },
  properties: {
    security_group: {
      type: 'string',
      required: true,
      description: 'Group to which it belongs, by name or id.',
      content: 'neutron.security_group',
    },
    description: { type: 'string', description: 'What it is for, in words.' },
    direction: {
      type: 'string',
      description: 'Whether it is about packets that come in or go out.',
      default: 'ingress',
      allowed: ['ingress', 'egress'],
    },
    ethertype: { type: 'string', description: 'Version of the internet protocol.', default: 'IPv4', allowed: ['IPv4', 'IPv6'] },
    port_range_min: { type: 'integer', description: 'First port, or the type for ICMP.', range: { min: 0, max: 65535 } },
    port_range_max: { type: 'integer', description: 'Last port, or the code for ICMP.', range: { min: 0, max: 65535 } },
    protocol: { type: 'string', description: 'Protocol by name or number; without one, all of them.', default: 'tcp', allowed: protocols },
    remote_group: { type: 'string', description: 'Who is meant: members of a group, by name or id.', content: 'neutron.security_group' },
    remote_ip_prefix: { type: 'string', description: 'Who is meant: the addresses of a network in CIDR form.', content: 'net_cidr' },
  },
  attributes: {},
}
