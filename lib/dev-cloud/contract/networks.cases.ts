import type { TemplateCase } from './template-case.ts'

const version = 'heat_template_version: 2021-04-16\n'
const refused = (name: string, resources: string): TemplateCase => ({ name, template: `${version}resources:\n${resources}` })
/** A network with a subnet, and a router that leads outside. */
const net = `  net: {type: OS::Neutron::Net}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.51.0.0/24}}
`
const routed = `${net}  router: {type: OS::Neutron::Router, properties: {external_gateway_info: {network: public}}}
  plug: {type: OS::Neutron::RouterInterface, properties: {router: {get_resource: router}, subnet: {get_resource: sub}}}
`
const made = (name: string, resources: string, outputs = '', more: Partial<TemplateCase> = {}): TemplateCase => ({
  name,
  template: `${version}resources:\n${resources}${outputs === '' ? '' : `\noutputs:\n${outputs}`}`,
  creates: true,
  ...more,
})

/** Networks, subnets, ports, routers, addresses from outside, security groups. */
export const networkCases: TemplateCase[] = [
  refused(
    'a subnet has a range or a pool, not both',
    '  s: {type: OS::Neutron::Subnet, properties: {network: public, cidr: 10.0.0.0/24, subnetpool: pool}}',
  ),
  refused('a subnet needs a range or a pool', '  s: {type: OS::Neutron::Subnet, properties: {network: public}}'),
  refused(
    'a prefix is asked of a pool, not of a range',
    '  s: {type: OS::Neutron::Subnet, properties: {network: public, cidr: 10.0.0.0/24, prefixlen: 24}}',
  ),
  refused(
    'how IPv6 is announced is no question for IPv4',
    '  s: {type: OS::Neutron::Subnet, properties: {network: public, cidr: 10.0.0.0/24, ipv6_ra_mode: slaac}}',
  ),
  refused('a range must be one', '  s: {type: OS::Neutron::Subnet, properties: {network: public, cidr: ten}}'),
  refused(
    'a gateway must be an address',
    '  s: {type: OS::Neutron::Subnet, properties: {network: public, cidr: 10.0.0.0/24, gateway_ip: none}}',
  ),
  refused(
    'there are two versions of the internet protocol',
    '  s: {type: OS::Neutron::Subnet, properties: {network: public, cidr: 10.0.0.0/24, ip_version: 5}}',
  ),
  refused(
    'a pool has two ends',
    '  s: {type: OS::Neutron::Subnet, properties: {network: public, cidr: 10.0.0.0/24, allocation_pools: [{start: 10.0.0.5}]}}',
  ),
  refused('an unknown network is told with a port', '  p: {type: OS::Neutron::Port, properties: {network: nowhere}}'),
  refused(
    'an unknown subnet is told with a port',
    '  p: {type: OS::Neutron::Port, properties: {network: public, fixed_ips: [{subnet: nowhere}]}}',
  ),
  refused(
    'an address of a port must be one',
    '  p: {type: OS::Neutron::Port, properties: {network: public, fixed_ips: [{ip_address: 10.0.0.256}]}}',
  ),
  refused('a hardware address must be one', '  p: {type: OS::Neutron::Port, properties: {network: public, mac_address: "aa:bb"}}'),
  refused(
    'a port without addresses cannot have some',
    '  p: {type: OS::Neutron::Port, properties: {network: public, no_fixed_ips: true, fixed_ips: [{ip_address: 10.0.0.5}]}}',
  ),
  refused(
    'an unknown security group is told with a port',
    '  p: {type: OS::Neutron::Port, properties: {network: public, security_groups: [nobody]}}',
  ),
  refused('a port without a network is refused', '  p: {type: OS::Neutron::Port}'),
  refused(
    'a router is plugged into a subnet or a port, not both',
    '  r: {type: OS::Neutron::Router}\n  i: {type: OS::Neutron::RouterInterface, properties: {router: {get_resource: r}, subnet: a, port: b}}',
  ),
  refused(
    'a router is plugged into something',
    '  r: {type: OS::Neutron::Router}\n  i: {type: OS::Neutron::RouterInterface, properties: {router: {get_resource: r}}}',
  ),
  refused('an unknown router is told', '  i: {type: OS::Neutron::RouterInterface, properties: {router: none, subnet: none}}'),
  refused('a router cannot be both distributed and doubled', '  r: {type: OS::Neutron::Router, properties: {distributed: true, ha: true}}'),
  refused('a single router has one agent', '  r: {type: OS::Neutron::Router, properties: {l3_agent_ids: [a, b]}}'),
  refused('the way outside needs a network', '  r: {type: OS::Neutron::Router, properties: {external_gateway_info: {enable_snat: true}}}'),
  refused(
    'an inner address is of a port',
    '  f: {type: OS::Neutron::FloatingIP, properties: {floating_network: public, fixed_ip_address: 10.0.0.5}}',
  ),
  refused('an address from outside comes from somewhere', '  f: {type: OS::Neutron::FloatingIP}'),
  refused('a security group cannot be called default', '  g: {type: OS::Neutron::SecurityGroup, properties: {name: default}}'),
  refused('a port has a number', '  g: {type: OS::Neutron::SecurityGroup, properties: {rules: [{port_range_min: 65536}]}}'),
  refused('packets come in or go out', '  g: {type: OS::Neutron::SecurityGroup, properties: {rules: [{direction: sideways}]}}'),
  refused(
    'a rule is about a group or a range',
    `  g: {type: OS::Neutron::SecurityGroup}
  r: {type: OS::Neutron::SecurityGroupRule, properties: {security_group: {get_resource: g}, remote_group: {get_resource: g}, remote_ip_prefix: 10.0.0.0/24}}`,
  ),
  refused(
    'the first port of a rule is not behind its last',
    `  g: {type: OS::Neutron::SecurityGroup}
  r: {type: OS::Neutron::SecurityGroupRule, properties: {security_group: {get_resource: g}, port_range_min: 30, port_range_max: 20}}`,
  ),
  refused(
    'a protocol of a rule is a known one',
    `  g: {type: OS::Neutron::SecurityGroup}
  r: {type: OS::Neutron::SecurityGroupRule, properties: {security_group: {get_resource: g}, protocol: carrier}}`,
  ),
  refused('an association needs a port', '  a: {type: OS::Neutron::FloatingIPAssociation, properties: {floatingip_id: none}}'),
  refused(
    'a property is not given by both its names',
    `  net: {type: OS::Neutron::Net}
  p: {type: OS::Neutron::Port, properties: {network: {get_resource: net}, network_id: {get_resource: net}}}`,
  ),
  made(
    'a network with a subnet and a port is told as it is',
    `${net}  port: {type: OS::Neutron::Port, properties: {network: {get_resource: net}, fixed_ips: [{subnet: {get_resource: sub}, ip_address: 10.51.0.7}]}}`,
    `  pools: {value: {get_attr: [sub, allocation_pools]}}
  gateway: {value: {get_attr: [sub, gateway_ip]}}
  dns: {value: {get_attr: [sub, dns_nameservers]}}
  cidr: {value: {get_attr: [sub, cidr]}}
  dhcp: {value: {get_attr: [sub, enable_dhcp]}}
  routes: {value: {get_attr: [sub, host_routes]}}
  version: {value: {get_attr: [sub, ip_version]}}
  up: {value: {get_attr: [net, admin_state_up]}}
  mtu: {value: {get_attr: [net, mtu]}}
  status: {value: {get_attr: [net, status]}}
  adjacency: {value: {get_attr: [net, l2_adjacency]}}
  security: {value: {get_attr: [net, port_security_enabled]}}
  name: {value: {get_attr: [net, name]}}
  fixed: {value: {get_attr: [port, fixed_ips]}}
  address: {value: {get_attr: [port, fixed_ips, 0, ip_address]}}
  mac: {value: {get_attr: [port, mac_address]}}
  pairs: {value: {get_attr: [port, allowed_address_pairs]}}
  portup: {value: {get_attr: [port, admin_state_up]}}
  owner: {value: {get_attr: [port, device_owner]}}
  device: {value: {get_attr: [port, device_id]}}
  groups: {value: {get_attr: [port, security_groups]}}
  portname: {value: {get_attr: [port, name]}}
  portsecurity: {value: {get_attr: [port, port_security_enabled]}}
  portstatus: {value: {get_attr: [port, status]}}
  portsubnets: {value: {get_attr: [port, subnets, 0, cidr]}}
  portnetwork: {value: {get_attr: [port, network, name]}}`,
  ),
  made(
    'things of Neutron are shown whole',
    `${routed}  port: {type: OS::Neutron::Port, properties: {network: {get_resource: net}, fixed_ips: [{subnet: {get_resource: sub}}]}}
  group: {type: OS::Neutron::SecurityGroup, properties: {rules: [{protocol: tcp, port_range_min: 22, port_range_max: 22}, {protocol: icmp}, {remote_mode: remote_group_id}]}}
  fip: {type: OS::Neutron::FloatingIP, properties: {floating_network: public}}`,
    `  net: {value: {get_attr: [net, show]}}
  sub: {value: {get_attr: [sub, show]}}
  port: {value: {get_attr: [port, show, "binding:vnic_type"]}}
  router: {value: {get_attr: [router, show]}}
  group: {value: {get_attr: [group, show, stateful]}}
  fip: {value: {get_attr: [fip, show]}}
  plug: {value: {get_resource: plug}}
  gateway: {value: {get_attr: [router, external_gateway_info]}}
  status: {value: {get_attr: [router, status]}}`,
  ),
  made(
    'a port may have a name, tags, pairs of addresses and no security',
    `${net}  port: {type: OS::Neutron::Port, properties: {name: door, network: {get_resource: net}, mac_address: "fa:16:3e:00:11:22", allowed_address_pairs: [{ip_address: 10.51.0.99}], port_security_enabled: true, security_groups: [], tags: [one], admin_state_up: false}}`,
    `  name: {value: {get_attr: [port, name]}}
  pairs: {value: {get_attr: [port, allowed_address_pairs]}}
  groups: {value: {get_attr: [port, security_groups]}}
  up: {value: {get_attr: [port, admin_state_up]}}
  tags: {value: {get_attr: [port, show, tags]}}
  vnic: {value: {get_attr: [port, show, "binding:vnic_type"]}}`,
  ),
  made(
    'an older name of a property still works',
    `  net: {type: OS::Neutron::Net}
  sub: {type: OS::Neutron::Subnet, properties: {network_id: {get_resource: net}, cidr: 10.52.0.0/28, gateway_ip: "", allocation_pools: [{start: 10.52.0.4, end: 10.52.0.6}]}}
  port: {type: OS::Neutron::Port, properties: {network_id: {get_resource: net}, fixed_ips: [{subnet_id: {get_resource: sub}}]}}`,
    `  gateway: {value: {get_attr: [sub, gateway_ip]}}
  pools: {value: {get_attr: [sub, allocation_pools]}}
  address: {value: {get_attr: [port, fixed_ips, 0, ip_address]}}`,
    { random: ['address'] },
  ),
  made(
    'an address that is taken is not given again',
    `${net}  one: {type: OS::Neutron::Port, properties: {network: {get_resource: net}, fixed_ips: [{ip_address: 10.51.0.7}]}}
  two: {type: OS::Neutron::Port, depends_on: one, properties: {network: {get_resource: net}, fixed_ips: [{ip_address: 10.51.0.7}]}}`,
  ),
  made(
    'an address beyond the network is not given',
    `${net}  one: {type: OS::Neutron::Port, properties: {network: {get_resource: net}, fixed_ips: [{ip_address: 10.99.0.7}]}}`,
  ),
  made(
    'an address beyond the named subnet is not given',
    `${net}  one: {type: OS::Neutron::Port, properties: {network: {get_resource: net}, fixed_ips: [{subnet: {get_resource: sub}, ip_address: 10.99.0.7}]}}`,
  ),
  made(
    'two subnets of a network do not overlap',
    `${net}  other: {type: OS::Neutron::Subnet, depends_on: sub, properties: {network: {get_resource: net}, cidr: 10.51.0.128/25}}`,
  ),
  made(
    'a range that does not begin at its beginning is set right',
    `  net: {type: OS::Neutron::Net}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.51.0.5/24}}`,
    '  cidr: {value: {get_attr: [sub, cidr]}}',
  ),
  made(
    'a pool lies within its range',
    `  net: {type: OS::Neutron::Net}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.51.0.0/24, allocation_pools: [{start: 10.51.1.5, end: 10.51.1.9}]}}`,
  ),
  made(
    'a pool does not end before it begins',
    `  net: {type: OS::Neutron::Net}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.51.0.0/24, allocation_pools: [{start: 10.51.0.9, end: 10.51.0.5}]}}`,
  ),
  made(
    'a second router finds the gateway taken',
    `${routed}  other: {type: OS::Neutron::Router}
  late: {type: OS::Neutron::RouterInterface, depends_on: plug, properties: {router: {get_resource: other}, subnet: {get_resource: sub}}}`,
  ),
  made(
    'a router is plugged into a subnet once',
    `${routed}  again: {type: OS::Neutron::RouterInterface, depends_on: plug, properties: {router: {get_resource: router}, subnet: {get_resource: sub}}}`,
  ),
  made(
    'a router does not join ranges that overlap',
    `${routed}  far: {type: OS::Neutron::Net}
  twin: {type: OS::Neutron::Subnet, properties: {network: {get_resource: far}, cidr: 10.51.0.0/16}}
  again: {type: OS::Neutron::RouterInterface, depends_on: plug, properties: {router: {get_resource: router}, subnet: {get_resource: twin}}}`,
  ),
  made(
    'a subnet without a gateway takes no router',
    `  net: {type: OS::Neutron::Net}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.51.0.0/24, gateway_ip: ""}}
  router: {type: OS::Neutron::Router}
  plug: {type: OS::Neutron::RouterInterface, properties: {router: {get_resource: router}, subnet: {get_resource: sub}}}`,
  ),
  made(
    'a router can take over a port',
    `${net}  door: {type: OS::Neutron::Port, properties: {network: {get_resource: net}, fixed_ips: [{ip_address: 10.51.0.9}]}}
  router: {type: OS::Neutron::Router}
  plug: {type: OS::Neutron::RouterInterface, properties: {router: {get_resource: router}, port: {get_resource: door}}}`,
    '  plug: {value: {get_resource: plug}}',
  ),
  made(
    'only some networks lead outside',
    `  net: {type: OS::Neutron::Net}
  router: {type: OS::Neutron::Router, properties: {external_gateway_info: {network: {get_resource: net}}}}`,
  ),
  made(
    'addresses from outside come from some networks only',
    `${net}  fip: {type: OS::Neutron::FloatingIP, properties: {floating_network: {get_resource: net}}}`,
  ),
  made(
    'an address from outside needs a way to its port',
    `${net}  port: {type: OS::Neutron::Port, properties: {network: {get_resource: net}}}
  fip: {type: OS::Neutron::FloatingIP, properties: {floating_network: public, port_id: {get_resource: port}}}`,
  ),
  made(
    'an address from outside leads to a port, by itself or by an association',
    `${routed}  port: {type: OS::Neutron::Port, properties: {network: {get_resource: net}, fixed_ips: [{ip_address: 10.51.0.21}]}}
  other: {type: OS::Neutron::Port, properties: {network: {get_resource: net}, fixed_ips: [{ip_address: 10.51.0.22}]}}
  fip: {type: OS::Neutron::FloatingIP, depends_on: plug, properties: {floating_network: public, port_id: {get_resource: port}}}
  free: {type: OS::Neutron::FloatingIP, properties: {floating_network: public}}
  join: {type: OS::Neutron::FloatingIPAssociation, depends_on: plug, properties: {floatingip_id: {get_resource: free}, port_id: {get_resource: other}}}`,
    `  inner: {value: {get_attr: [fip, fixed_ip_address]}}
  outer: {value: {get_attr: [fip, floating_ip_address]}}
  port: {value: {get_attr: [fip, port_id]}}
  router: {value: {get_attr: [fip, router_id]}}
  status: {value: {get_attr: [fip, show, status]}}
  free: {value: {get_attr: [free, floating_ip_address]}}`,
  ),
  made(
    'the older way to lead a router outside still works',
    `  router: {type: OS::Neutron::Router}
  out: {type: OS::Neutron::RouterGateway, properties: {router_id: {get_resource: router}, network: public}}`,
    '  out: {value: {get_resource: out}}',
  ),
  made(
    'a rule of a security group stands by itself',
    `  g: {type: OS::Neutron::SecurityGroup, properties: {name: doors, description: ours}}
  r: {type: OS::Neutron::SecurityGroupRule, properties: {security_group: {get_resource: g}, protocol: udp, port_range_min: 53, port_range_max: 53, remote_ip_prefix: 10.0.0.0/8}}`,
    `  rule: {value: {get_attr: [r, show]}}
  group: {value: {get_attr: [g, show, name]}}
  words: {value: {get_attr: [g, show, description]}}`,
  ),
  made(
    'a rule that is there already is not made again',
    `  g: {type: OS::Neutron::SecurityGroup, properties: {rules: [{protocol: tcp, port_range_min: 22, port_range_max: 22}]}}
  r: {type: OS::Neutron::SecurityGroupRule, properties: {security_group: {get_resource: g}, port_range_min: 22, port_range_max: 22}}`,
  ),
  made('ports need a protocol', '  g: {type: OS::Neutron::SecurityGroup, properties: {rules: [{port_range_min: 22, port_range_max: 22}]}}'),
  made('ports of TCP come in pairs', '  g: {type: OS::Neutron::SecurityGroup, properties: {rules: [{protocol: tcp, port_range_max: 22}]}}'),
  made(
    'a network changes its name in place, a subnet its servers, a router its way',
    `${routed}`,
    '  name: {value: {get_attr: [net, name]}}\n  dns: {value: {get_attr: [sub, dns_nameservers]}}\n  up: {value: {get_attr: [router, admin_state_up]}}',
    {
      updates: [
        {
          template: `${version}resources:
  net: {type: OS::Neutron::Net, properties: {name: renamed}}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.51.0.0/24, dns_nameservers: [10.51.0.2]}}
  router: {type: OS::Neutron::Router, properties: {external_gateway_info: {network: public}, admin_state_up: false}}
  plug: {type: OS::Neutron::RouterInterface, properties: {router: {get_resource: router}, subnet: {get_resource: sub}}}
outputs:
  name: {value: {get_attr: [net, name]}}
  dns: {value: {get_attr: [sub, dns_nameservers]}}
  up: {value: {get_attr: [router, admin_state_up]}}`,
        },
      ],
    },
  ),
]
