export const hot = (text: string) => `heat_template_version: 2021-04-16\n${text}`

/** A lab of one machine behind a floating address, with a few things that are quick to make; all other templates here are smaller. */
export const lab = hot(`description: A head node with a floating IP, a number of things beside it, and a signal when the head is ready
parameters:
  image: {type: string, default: debian-12}
  flavor: {type: string, default: lab.tiny}
  public_network: {type: string, default: public}
  nodes: {type: number, default: 1, constraints: [{range: {min: 0, max: 8}}]}
  wait_timeout: {type: number, default: 600}
resources:
  secret: {type: OS::Heat::RandomString, properties: {length: 24}}
  net: {type: OS::Neutron::Net}
  subnet:
    type: OS::Neutron::Subnet
    properties: {network: {get_resource: net}, cidr: 10.20.0.0/24, dns_nameservers: []}
  router:
    type: OS::Neutron::Router
    properties: {external_gateway_info: {network: {get_param: public_network}}}
  router_interface:
    type: OS::Neutron::RouterInterface
    properties: {router: {get_resource: router}, subnet: {get_resource: subnet}}
  security_group:
    type: OS::Neutron::SecurityGroup
    properties: {rules: [{protocol: icmp}, {protocol: tcp, port_range_min: 22, port_range_max: 22}]}
  ready: {type: OS::Heat::WaitConditionHandle}
  wait:
    type: OS::Heat::WaitCondition
    properties: {handle: {get_resource: ready}, count: 1, timeout: {get_param: wait_timeout}}
  head_init:
    type: OS::Heat::SoftwareConfig
    properties:
      group: ungrouped
      config: {str_replace: {template: "#!/bin/sh\\nnotify\\n", params: {notify: {get_attr: [ready, curl_cli]}}}}
  head_port:
    type: OS::Neutron::Port
    properties:
      network: {get_resource: net}
      fixed_ips: [{subnet: {get_resource: subnet}}]
      security_groups: [{get_resource: security_group}]
  head:
    type: OS::Nova::Server
    properties:
      name: {list_join: ['-', [{get_param: 'OS::stack_name'}, head]]}
      image: {get_param: image}
      flavor: {get_param: flavor}
      networks: [{port: {get_resource: head_port}}]
      user_data_format: RAW
      user_data: {get_resource: head_init}
      metadata: {role: head}
  floating_ip:
    type: OS::Neutron::FloatingIP
    depends_on: router_interface
    properties: {floating_network: {get_param: public_network}}
  floating_ip_association:
    type: OS::Neutron::FloatingIPAssociation
    properties: {floatingip_id: {get_resource: floating_ip}, port_id: {get_resource: head_port}}
  node_group:
    type: OS::Heat::ResourceGroup
    properties:
      count: {get_param: nodes}
      resource_def: {type: OS::Heat::RandomString, properties: {length: 8}}
outputs:
  public_ip: {description: Address of the head node, value: {get_attr: [floating_ip, floating_ip_address]}}
  secret: {value: {get_attr: [secret, value]}}
  head_address: {value: {get_attr: [head, first_address]}}
  node_values: {value: {get_attr: [node_group, value]}}
  ready_data: {value: {get_attr: [wait, data]}}
`)

/** Nothing but a signal that is waited for. */
export const waiting = (seconds: number, extra = '') =>
  hot(`resources:
  handle: {type: OS::Heat::WaitConditionHandle}
  wait: {type: OS::Heat::WaitCondition, properties: {handle: {get_resource: handle}, count: 1, timeout: ${seconds}}}
${extra}`)
