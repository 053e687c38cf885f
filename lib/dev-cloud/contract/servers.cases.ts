import { readFileSync } from 'node:fs'
import type { TemplateCase } from './template-case.ts'

const version = 'heat_template_version: 2021-04-16\n'
const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9b9wQvTt8w1kC7Y0gP2h6K2Qm7uT8u8xK4c1x7X7yQ test'
const net = `  net: {type: OS::Neutron::Net, properties: {name: lab}}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.53.0.0/24}}
`
const server = (properties: string) => `  vm: {type: OS::Nova::Server, properties: {image: debian-12, flavor: lab.tiny${properties}}}`
const refused = (name: string, resources: string, more: Partial<TemplateCase> = {}): TemplateCase => ({
  name,
  template: `${version}resources:\n${resources}`,
  ...more,
})
const made = (name: string, resources: string, outputs = '', more: Partial<TemplateCase> = {}): TemplateCase => ({
  name,
  template: `${version}resources:\n${resources}${outputs === '' ? '' : `\noutputs:\n${outputs}`}`,
  creates: true,
  ...more,
})

/** Servers, key pairs, server groups. */
export const serverCases: TemplateCase[] = [
  {
    name: 'a course of four machines on two networks is well formed',
    template: readFileSync(new URL('course.yaml', import.meta.url), 'utf8'),
  },
  refused('a server boots from something', '  vm: {type: OS::Nova::Server, properties: {flavor: lab.tiny}}'),
  refused('a server has a size', '  vm: {type: OS::Nova::Server, properties: {image: debian-12}}'),
  refused('a network card is on something', server(', networks: [{fixed_ip: 10.0.0.5}]')),
  refused('a port has its address already', server(', networks: [{port: nothing, fixed_ip: 10.0.0.5}]')),
  refused(
    'a network card is on one thing',
    `  net: {type: OS::Neutron::Net}
  port: {type: OS::Neutron::Port, properties: {network: {get_resource: net}}}
${server(', networks: [{port: {get_resource: port}, fixed_ip: 10.0.0.5}]')}`,
  ),
  refused('no network and a network are two things', server(', networks: [{allocate_network: none, network: public}]')),
  refused('no network is the only card', server(', networks: [{allocate_network: none}, {network: public}]')),
  refused('a card is allocated somehow', server(', networks: [{allocate_network: perhaps}]')),
  refused('an address from outside needs a port that Heat makes', server(', networks: [{network: public, floating_ip: x}]')),
  refused(
    'security groups are of ports that are given',
    `  net: {type: OS::Neutron::Net}
  port: {type: OS::Neutron::Port, properties: {network: {get_resource: net}}}
${server(', security_groups: [default], networks: [{port: {get_resource: port}}]')}`,
  ),
  refused('user data are in some form', server(', user_data_format: BASE64')),
  refused('files by path are gone from Nova', server(', personality: {/etc/motd: hello}')),
  refused('an unknown key pair is told', server(', key_name: nobody')),
  refused('an unknown port is told', server(', networks: [{port: nothing}]')),
  refused('an unknown network of a server is told', server(', networks: [{network: nowhere}]')),
  refused(
    'disks are given in one form',
    server(', block_device_mapping: [{device_name: vdb, volume_id: x}], block_device_mapping_v2: [{swap_size: 5}]'),
    { withoutVolumes: true },
  ),
  refused('a disk is of a volume or a snapshot', server(', block_device_mapping: [{device_name: vdb}]')),
  refused('a disk of the second form is of something', server(', block_device_mapping_v2: [{device_name: vdb}]')),
  refused('a disk of the second form is of one thing', server(', block_device_mapping_v2: [{swap_size: 5, ephemeral_size: 1}]')),
  refused('a volume for a disk needs a service that is not there', server(', block_device_mapping_v2: [{volume_id: x}]'), {
    withoutVolumes: true,
  }),
  refused('a property of a card that there is not', server(', networks: [{net: public}]')),
  refused('a policy for flavors is one of two', server(', flavor_update_policy: KEEP')),
  refused('a key pair has a name', '  k: {type: OS::Nova::KeyPair, properties: {save_private_key: true}}'),
  refused('a name of a key pair is not endless', `  k: {type: OS::Nova::KeyPair, properties: {name: ${'k'.repeat(256)}}}`),
  refused('a group of servers has a known policy', '  g: {type: OS::Nova::ServerGroup, properties: {policies: [friendly]}}'),
  made(
    'a server without a network',
    server(', networks: [{allocate_network: none}]'),
    `  first: {value: {get_attr: [vm, first_address]}}
  networks: {value: {get_attr: [vm, networks]}}
  addresses: {value: {get_attr: [vm, addresses]}}`,
  ),
  made(
    'a server by network, by port and by subnet, with its addresses',
    `${net}  net2: {type: OS::Neutron::Net, properties: {name: back}}
  sub2: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net2}, cidr: 10.54.0.0/24}}
  port: {type: OS::Neutron::Port, properties: {network: {get_resource: net}, fixed_ips: [{ip_address: 10.53.0.11}]}}
${server(', name: head, metadata: {role: head, n: 5}, tags: [a, b], networks: [{port: {get_resource: port}}, {network: {get_resource: net2}, fixed_ip: 10.54.0.12}, {subnet: {get_resource: sub}, fixed_ip: 10.53.0.13}]')}`,
    `  first: {value: {get_attr: [vm, first_address]}}
  addresses: {value: {get_attr: [vm, addresses, back]}}
  back: {value: {get_attr: [vm, networks, back]}}
  name: {value: {get_attr: [vm, name]}}
  tags: {value: {get_attr: [vm, tags]}}
  v4: {value: {get_attr: [vm, accessIPv4]}}
  v6: {value: {get_attr: [vm, accessIPv6]}}
  collect: {value: {get_attr: [vm, os_collect_config]}}
  metadata: {value: {get_attr: [vm, show, metadata]}}
  flavor: {value: {get_attr: [vm, show, flavor]}}
  image: {value: {get_attr: [vm, show, image]}}
  groups: {value: {get_attr: [vm, show, security_groups]}}
  hostname: {value: {get_attr: [vm, show, "OS-EXT-SRV-ATTR:hostname"]}}
  collecting: {value: {get_attr: [vm, show, os_collect_config]}}
`,
  ),
  made(
    'a server must name its networks',
    `${net}  other: {type: OS::Neutron::Net}
  sub2: {type: OS::Neutron::Subnet, properties: {network: {get_resource: other}, cidr: 10.54.0.0/24}}
  vm: {type: OS::Nova::Server, depends_on: [sub, sub2], properties: {image: debian-12, flavor: lab.tiny}}`,
  ),
  made(
    'a card that is plugged in already is not plugged in again',
    `${net}  port: {type: OS::Neutron::Port, properties: {network: {get_resource: net}}}
  one: {type: OS::Nova::Server, properties: {image: debian-12, flavor: lab.tiny, networks: [{port: {get_resource: port}}]}}
  two: {type: OS::Nova::Server, depends_on: one, properties: {image: debian-12, flavor: lab.tiny, networks: [{port: {get_resource: port}}]}}`,
  ),
  made(
    'an address that a server wishes for must be of its network',
    `${net}${server(', networks: [{network: {get_resource: net}, fixed_ip: 10.99.0.5}]')}`,
  ),
  made(
    'a key pair that is given',
    `  k: {type: OS::Nova::KeyPair, properties: {name: {list_join: ["-", [{get_param: "OS::stack_name"}, key]]}, public_key: "${publicKey}"}}`,
    `  ref: {value: {get_resource: k}}
  public: {value: {get_attr: [k, public_key]}}
  private: {value: {get_attr: [k, private_key]}}`,
  ),
  made(
    'a key pair that is made, and its private half',
    '  k: {type: OS::Nova::KeyPair, properties: {name: {list_join: ["-", [{get_param: "OS::stack_name"}, key]]}, save_private_key: true}}',
    `  public: {value: {str_split: [" ", {get_attr: [k, public_key]}, 0]}}
  private: {value: {str_split: ["\\n", {get_attr: [k, private_key]}, 0]}}`,
  ),
  made('a key that is none', '  k: {type: OS::Nova::KeyPair, properties: {name: {get_param: "OS::stack_name"}, public_key: "not a key"}}'),
  made(
    'a group of servers',
    '  g: {type: OS::Nova::ServerGroup, properties: {name: apart, policies: [soft-anti-affinity]}}',
    '  show: {value: {get_attr: [g, show]}}',
  ),
  made(
    'a server changes its name, its metadata and its tags in place',
    `${net}${server(', name: one, metadata: {a: b}, networks: [{network: {get_resource: net}, fixed_ip: 10.53.0.5}]')}`,
    '  name: {value: {get_attr: [vm, name]}}\n  metadata: {value: {get_attr: [vm, show, metadata]}}\n  tags: {value: {get_attr: [vm, tags]}}',
    {
      updates: [
        {
          template: `${version}resources:
${net}${server(', name: two, metadata: {a: c, d: e}, tags: [t], networks: [{network: {get_resource: net}, fixed_ip: 10.53.0.5}]')}
outputs:
  name: {value: {get_attr: [vm, name]}}
  metadata: {value: {get_attr: [vm, show, metadata]}}
  tags: {value: {get_attr: [vm, tags]}}`,
        },
      ],
    },
  ),
  made(
    'other user data make another server, unless they are to be ignored',
    `${net}  vm: {type: OS::Nova::Server, properties: {image: debian-12, flavor: lab.tiny, user_data: one, user_data_format: RAW, networks: [{network: {get_resource: net}}]}}
  same: {type: OS::Nova::Server, properties: {image: debian-12, flavor: lab.tiny, user_data: one, user_data_format: RAW, user_data_update_policy: IGNORE, networks: [{network: {get_resource: net}}]}}`,
    '',
    {
      updates: [
        {
          template: `${version}resources:
${net}  vm: {type: OS::Nova::Server, properties: {image: debian-12, flavor: lab.tiny, user_data: two, user_data_format: RAW, networks: [{network: {get_resource: net}}]}}
  same: {type: OS::Nova::Server, properties: {image: debian-12, flavor: lab.tiny, user_data: two, user_data_format: RAW, user_data_update_policy: IGNORE, networks: [{network: {get_resource: net}}]}}`,
        },
      ],
    },
  ),
]
