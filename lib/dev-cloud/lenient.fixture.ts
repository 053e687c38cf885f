import { expect } from 'vitest'
import type { JsonMap } from './json.ts'

/*
 * Templates in the manner of those that people publish for their own clouds: each counts on something that this cloud has not. `more`: what
 * is sent beside the template.
 */
export type Found = { name: string; template: string; more?: JsonMap; outputs?: Record<string, unknown> }

const old = 'heat_template_version: 2013-05-23\n'

export const found: Found[] = [
  {
    name: 'one server, as small as can be, with a key of its writer and no network',
    template: `${old}description: A first server
parameters:
  key_name: {type: string, default: my-laptop, constraints: [{custom_constraint: nova.keypair}]}
  image: {type: string, default: cirros-0.5.2-x86_64-disk}
  flavor: {type: string, default: m1.nano, constraints: [{custom_constraint: nova.flavor}]}
resources:
  server:
    type: OS::Nova::Server
    properties: {key_name: {get_param: key_name}, image: {get_param: image}, flavor: {get_param: flavor}}
outputs:
  ip: {value: {get_attr: [server, first_address]}}
  private: {value: {get_attr: [server, networks, private, 0]}}
`,
    outputs: { ip: '10.213.77.2', private: '10.213.77.2' },
  },
  {
    name: 'a server with a volume in a zone, its parameters with types as they were called once',
    template: `${old}parameters:
  zone: {type: String, default: az-2}
  size: {type: Number, default: 2, constraints: [{range: {min: 1, max: 1024}}]}
resources:
  web: {type: OS::Nova::Server, properties: {availability_zone: {get_param: zone}, image: F18-x86_64-cfntools, flavor: m1.small, key_name: ops}}
  disk: {type: OS::Cinder::Volume, properties: {size: {get_param: size}, availability_zone: {get_param: zone}, volume_type: ssd}}
  plug: {type: OS::Cinder::VolumeAttachment, properties: {volume_id: {get_resource: disk}, instance_uuid: {get_resource: web}, mountpoint: /dev/vdc}}
outputs:
  device: {value: {get_attr: [disk, attachments_list, 0, device]}}
`,
    outputs: { device: '/dev/vdb' },
  },
  {
    name: 'two servers on a network that somebody has, with addresses from outside',
    template: `${old}parameters:
  public_net_id: {type: string}
  private_net_id: {type: string}
  private_subnet_id: {type: string}
resources:
  a: {type: OS::Nova::Server, properties: {name: A, image: ubuntu-22.04, flavor: m1.medium, networks: [{port: {get_resource: a_port}}]}}
  a_port:
    type: OS::Neutron::Port
    properties: {network_id: {get_param: private_net_id}, fixed_ips: [{subnet_id: {get_param: private_subnet_id}}], security_groups: [default, web]}
  a_floating: {type: OS::Neutron::FloatingIP, properties: {floating_network_id: {get_param: public_net_id}, port_id: {get_resource: a_port}}}
  b: {type: OS::Nova::Server, properties: {name: B, image: ubuntu-22.04, flavor: m1.medium, networks: [{network: {get_param: private_net_id}}]}}
outputs:
  reached: {value: {get_attr: [a_floating, fixed_ip_address]}}
  second: {value: {get_attr: [b, first_address]}}
`,
    more: {
      parameters: {
        public_net_id: '3f2c1a70-5a41-4f5e-9d0a-7be4a2a9f001',
        private_net_id: '3f2c1a70-5a41-4f5e-9d0a-7be4a2a9f002',
        private_subnet_id: '3f2c1a70-5a41-4f5e-9d0a-7be4a2a9f003',
      },
    },
    outputs: { reached: '10.213.77.2', second: '10.213.77.3' },
  },
  {
    name: 'a network of its own behind a router that is there, ext-net outside',
    template: `heat_template_version: 2015-04-30
parameters:
  external: {type: string, default: ext-net, constraints: [{custom_constraint: neutron.network}]}
  router: {type: string, default: main-router, constraints: [{custom_constraint: neutron.router}]}
resources:
  net: {type: OS::Neutron::Net, properties: {name: back}}
  subnet: {type: OS::Neutron::Subnet, properties: {network_id: {get_resource: net}, cidr: 192.168.7.0/24, dns_nameservers: [8.8.8.8]}}
  uplink: {type: OS::Neutron::RouterInterface, properties: {router_id: {get_param: router}, subnet_id: {get_resource: subnet}}}
  port: {type: OS::Neutron::Port, properties: {network_id: {get_resource: net}, fixed_ips: [{subnet_id: {get_resource: subnet}}]}}
  floating: {type: OS::Neutron::FloatingIP, depends_on: uplink, properties: {floating_network: {get_param: external}, port_id: {get_resource: port}}}
  vm: {type: OS::Nova::Server, properties: {image: Debian 11 Bullseye, flavor: 2C-4GB-20GB, networks: [{port: {get_resource: port}}]}}
outputs:
  address: {value: {get_attr: [vm, first_address]}}
`,
    outputs: { address: '192.168.7.2' },
  },
  {
    name: 'a group of servers of a nested file, each with its volumes',
    template: `heat_template_version: 2014-10-16
resources:
  nodes:
    type: OS::Heat::ResourceGroup
    properties: {count: 2, resource_def: {type: node.yaml, properties: {name: node-%index%, network: tenant-net}}}
outputs:
  addresses: {value: {get_attr: [nodes, address]}}
`,
    more: {
      files: {
        'node.yaml': `heat_template_version: 2014-10-16
parameters: {name: {type: string}, network: {type: string, constraints: [{custom_constraint: neutron.network}]}}
resources:
  server: {type: OS::Nova::Server, properties: {name: {get_param: name}, image: centos7, flavor: c1.micro, networks: [{network: {get_param: network}, fixed_ip: 172.16.0.9}]}}
  data: {type: OS::Cinder::Volume, properties: {size: 1, name: {list_join: ['-', [{get_param: name}, data]]}}}
  plug: {type: OS::Cinder::VolumeAttachment, properties: {instance_uuid: {get_resource: server}, volume_id: {get_resource: data}}}
outputs: {address: {value: {get_attr: [server, first_address]}}}
`,
      },
    },
    outputs: { addresses: ['10.213.77.2', '10.213.77.3'] },
  },
  {
    name: 'a server that boots from a volume made of an image',
    template: `heat_template_version: 2016-10-14
resources:
  root: {type: OS::Cinder::Volume, properties: {size: 10, image: CentOS-8-GenericCloud, volume_type: replicated}}
  vm:
    type: OS::Nova::Server
    properties:
      flavor: s2.large
      block_device_mapping_v2: [{boot_index: 0, volume_id: {get_resource: root}, delete_on_termination: false}]
      networks: [{network: provider-vlan-12}]
outputs:
  bootable: {value: {get_attr: [root, bootable]}}
`,
    outputs: { bootable: 'true' },
  },
  {
    name: 'a server whose disk Nova makes of an image, and a wait for what it says',
    template: `heat_template_version: 2018-08-31
resources:
  handle: {type: OS::Heat::WaitConditionHandle}
  ready: {type: OS::Heat::WaitCondition, properties: {handle: {get_resource: handle}, count: 1, timeout: 600}}
  vm:
    type: OS::Nova::Server
    properties:
      flavor: general.small
      block_device_mapping_v2: [{boot_index: 0, image: rocky-9, volume_size: 20, delete_on_termination: true}]
      user_data_format: RAW
      user_data: {str_replace: {template: "#!/bin/sh\\nwc_notify --data-binary '{\\"status\\": \\"SUCCESS\\"}'\\n", params: {wc_notify: {get_attr: [handle, curl_cli]}}}}
outputs:
  data: {value: {get_attr: [ready, data]}}
`,
    outputs: { data: expect.stringContaining('lenient-vm-') },
  },
  {
    name: 'addresses from pools in the old way, and security groups that a project is taken to have',
    template: `${old}resources:
  address: {type: OS::Nova::FloatingIP, properties: {pool: nova}}
  vm: {type: OS::Nova::Server, properties: {image: fedora-20.x86_64, flavor: m1.tiny, security_groups: [default, ssh, web]}}
  link: {type: OS::Nova::FloatingIPAssociation, properties: {floating_ip: {get_resource: address}, server_id: {get_resource: vm}}}
outputs:
  groups: {value: {get_attr: [vm, show, security_groups]}}
`,
    outputs: { groups: [{ name: 'default' }] },
  },
  {
    name: 'an environment with defaults and alternatives, conditions, and functions of three versions',
    template: `heat_template_version: 2014-10-16
parameters:
  image: {type: string}
  wants_disk: {type: boolean, default: false}
conditions: {disk: {get_param: wants_disk}}
resources:
  box: {type: Lib::Box, properties: {image: {get_param: image}, flavor: standard.xsmall, config_drive: true, metadata: {role: box}}}
  disk: {type: OS::Cinder::Volume, condition: disk, properties: {size: 1}}
outputs:
  words: {value: {"Fn::Join": [" ", {list_concat: [[a], {"Fn::Split": [",", "b,c"]}]}]}}
  name: {value: {get_attr: [box, name]}}
`,
    more: {
      environment: {
        parameters: { image: 'opensuse-leap-15' },
        parameter_defaults: { wants_disk: true },
        resource_registry: { 'Lib::Box': 'OS::Nova::Server' },
      },
    },
    outputs: { words: 'a b c', name: expect.stringMatching(/^lenient-box-/) },
  },
  {
    name: 'a server group, a port with a security group of its own, and a server on two networks',
    template: `heat_template_version: rocky
resources:
  apart: {type: OS::Nova::ServerGroup, properties: {policies: [anti-affinity]}}
  open: {type: OS::Neutron::SecurityGroup, properties: {rules: [{protocol: tcp, port_range_min: 22, port_range_max: 22}, {protocol: icmp}]}}
  inner: {type: OS::Neutron::Net}
  inner_subnet: {type: OS::Neutron::Subnet, properties: {network: {get_resource: inner}, cidr: 10.77.0.0/24, gateway_ip: null}}
  port: {type: OS::Neutron::Port, properties: {network: campus, security_groups: [{get_resource: open}]}}
  vm:
    type: OS::Nova::Server
    properties:
      image: Ubuntu Server 20.04 LTS (Focal Fossa) amd64
      flavor: gx3.4c8r
      key_name: alice
      scheduler_hints: {group: {get_resource: apart}}
      networks: [{port: {get_resource: port}}, {subnet: {get_resource: inner_subnet}}]
outputs:
  first: {value: {get_attr: [port, fixed_ips, 0, ip_address]}}
`,
    outputs: { first: '10.213.77.2' },
  },
]
