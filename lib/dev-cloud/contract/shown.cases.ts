import { expect } from 'vitest'
import { maps } from '../json.ts'
import { mapOf, wordOf } from './apart.ts'
import { type Case, get, heatRefuses, nobody } from './case.ts'
import { built, found, look, nova, over, resource, sees, server, signal, stackEvent, state, yes } from './living-stack.ts'

/** It is complete with its signal, and is looked at from every side. */
export const shownCases: Case[] = [
  sees(
    'its resources are listed while the signal is awaited',
    ['heat-resources-in-progress-200'],
    look('/resources'),
    {
      resources: expect.arrayContaining([
        resource('head', 'OS::Nova::Server', { physical_resource_id: '<id>', required_by: [] }),
        resource('wait', 'OS::Heat::WaitCondition', { physical_resource_id: '', resource_status: 'CREATE_IN_PROGRESS' }),
      ]),
    },
    built,
  ),
  sees('what waits has no data yet', ['heat-resource-wait-in-progress-200'], look('/resources/wait'), {
    resource: {
      resource_name: 'wait',
      physical_resource_id: '',
      resource_status: 'CREATE_IN_PROGRESS',
      resource_status_reason: 'state changed',
      required_by: [],
      description: '',
      attributes: { data: '{}' },
    },
  }),
  {
    ...sees('a handle tells how it is signalled', ['heat-resource-handle-200'], look('/resources/ready'), {
      resource: {
        resource_name: 'ready',
        resource_type: 'OS::Heat::WaitConditionHandle',
        physical_resource_id: '<hex>',
        required_by: expect.arrayContaining(['wait']),
        attributes: {
          curl_cli: expect.stringMatching(
            /^curl -i -X POST -H 'X-Auth-Token: <token>' -H 'Content-Type: application\/json' -H 'Accept: application\/json' \S+\/v1\/<hex>\/stacks\/<stack>\/<id>\/resources\/ready\/signal$/,
          ),
          signal: 'null',
          token: '<token>',
          endpoint: '<origin>/v1/<hex>/stacks/<stack>/<id>/resources/ready/signal',
        },
      },
    }),
    keep: ({ kept }, body) => {
      const { endpoint, token } = mapOf(mapOf(mapOf(body).resource).attributes)
      Object.assign(kept, { endpoint, signalToken: token })
    },
  },
  {
    title: 'a handle has no metadata before its signal',
    recorded: ['heat-resource-signalled-metadata-200'],
    call: look('/resources/ready/metadata'),
    status: 200,
    is: { metadata: {} },
  },
  yes('a signal is taken with the handle’s own token', ['heat-signal-wait-condition-200'], ({ kept }) => ({
    method: 'POST',
    path: wordOf(kept.endpoint),
    token: wordOf(kept.signalToken),
    body: signal,
  })),
  sees(
    'with it the creation is complete, and its outputs are known',
    ['heat-show-create-complete-200'],
    look(),
    state('CREATE_COMPLETE', 'Stack CREATE completed successfully', {
      updated_time: null,
      outputs: expect.arrayContaining([
        { output_key: 'public_ip', description: 'Address of the head node', output_value: '<address>' },
        { output_key: 'ready_data', description: 'No description given', output_value: '{"head": "up"}' },
        expect.objectContaining({ output_key: 'head_address', output_value: expect.stringMatching(/^10\.20\.0\.\d+$/) }),
      ]),
    }),
    over('CREATE'),
  ),
  {
    title: 'a stack is shown without outputs when they are not wanted',
    recorded: ['heat-show-no-outputs-200'],
    call: look('?resolve_outputs=false'),
    status: 200,
    has: { stack: expect.not.objectContaining({ outputs: expect.anything() }) },
  },
  {
    title: 'its name leads to its full address',
    recorded: ['heat-show-by-name-302'],
    call: ({ kept }) => get(`/stacks/${kept.name}`),
    status: 302,
    headers: { location: '<orchestration>/stacks/<stack>/<id>' },
    is: found,
  },
  {
    title: 'so does its id',
    recorded: ['heat-show-by-id-302'],
    call: ({ kept }) => get(`/stacks/${kept.id}`),
    status: 302,
    headers: { location: '<orchestration>/stacks/<stack>/<id>' },
    is: found,
  },
  {
    title: 'what lies below its name is led on too',
    call: ({ kept }) => get(`/stacks/${kept.name}/resources`),
    status: 302,
    headers: { location: '<orchestration>/stacks/<stack>/<id>/resources' },
  },
  heatRefuses('its name with another id is no stack', ['heat-show-wrong-id-404'], ({ kept }) => get(`/stacks/${kept.name}/${nobody}`), [
    404,
    'EntityNotFound',
    'The Stack (<stack>) could not be found.',
  ]),
  sees('its resources are listed', ['heat-resources-200'], look('/resources'), {
    resources: expect.arrayContaining([
      resource('head', 'OS::Nova::Server'),
      resource('wait', 'OS::Heat::WaitCondition', { physical_resource_id: '' }),
      resource('net', 'OS::Neutron::Net', { physical_resource_id: '<id>' }),
    ]),
  }),
  sees('with those of nested stacks where they are wanted', ['heat-resources-nested-200'], look('/resources?nested_depth=2'), {
    resources: expect.arrayContaining([
      resource('node_group', 'OS::Heat::ResourceGroup', {
        links: expect.arrayContaining([
          { href: expect.stringMatching(/<orchestration>\/stacks\/<stack>-node_group-<short>\/<id>$/), rel: 'nested' },
        ]),
      }),
      expect.objectContaining({ resource_name: '0', parent_resource: 'node_group' }),
    ]),
  }),
  sees('or those of one type', ['heat-resources-filter-type-200'], look('/resources?type=OS::Nova::Server&nested_depth=2'), {
    resources: expect.arrayContaining([resource('head', 'OS::Nova::Server')]),
  }),
  {
    ...sees('a server is shown with what Nova says of it', ['heat-resource-server-200'], look('/resources/head'), {
      resource: {
        resource_name: 'head',
        physical_resource_id: '<id>',
        description: '',
        required_by: [],
        attributes: {
          id: '<id>',
          name: '<stack>-head',
          status: 'ACTIVE',
          metadata: { role: 'head' },
          flavor: { vcpus: 1, ram: 384, disk: 2, original_name: 'lab.tiny' },
          os_collect_config: {},
          'OS-EXT-STS:vm_state': 'active',
        },
      },
    }),
    keep: ({ kept }, body) => {
      kept.head = wordOf(mapOf(mapOf(body).resource).physical_resource_id)
    },
  },
  heatRefuses('a resource that it does not have is not found', ['heat-resource-unknown-404'], look('/resources/ghost'), [
    404,
    'ResourceNotFound',
    'The Resource (ghost) could not be found in Stack <stack>.',
  ]),
  sees(
    'its events are told, the oldest first where that is wanted',
    ['heat-events-200'],
    look('/events?sort_keys=event_time&sort_dir=asc'),
    {
      events: expect.arrayContaining([
        stackEvent('CREATE_IN_PROGRESS', 'Stack CREATE started'),
        stackEvent('CREATE_COMPLETE', 'Stack CREATE completed successfully'),
        expect.objectContaining({
          resource_name: 'ready',
          resource_status: 'SIGNAL_COMPLETE',
          resource_status_reason: 'Signal: status:SUCCESS reason:ready',
        }),
      ]),
    },
  ),
  {
    ...sees('the newest come first otherwise, as many as are wanted', ['heat-events-limit-200'], look('/events?limit=3'), {
      events: [
        stackEvent('CREATE_COMPLETE', 'Stack CREATE completed successfully'),
        { resource_name: 'wait', resource_status: 'CREATE_COMPLETE' },
        { resource_name: 'ready', resource_status: 'SIGNAL_COMPLETE' },
      ],
    }),
    keep: ({ kept }, body) => {
      kept.event = wordOf(maps(mapOf(body).events).at(-1)?.id)
    },
  },
  sees(
    'after a known one come those that are older',
    ['heat-events-marker-200'],
    ({ kept, partner }) => look(`/events?limit=3&marker=${kept.event}`)({ kept, partner }),
    { events: [{ resource_status: 'CREATE_COMPLETE' }, { resource_name: expect.any(String) }, { resource_name: expect.any(String) }] },
  ),
  sees('events of nested stacks name the stack that they belong to', ['heat-events-nested-200'], look('/events?nested_depth=2&limit=60'), {
    events: expect.arrayContaining([
      expect.objectContaining({
        resource_name: '0',
        links: expect.arrayContaining([{ href: '<orchestration>/stacks/<stack>/<id>', rel: 'root_stack' }]),
      }),
    ]),
  }),
  sees('a resource has events of its own', ['heat-events-of-resource-200'], look('/resources/head/events'), {
    events: [
      { resource_name: 'head', resource_status: 'CREATE_COMPLETE', resource_status_reason: 'state changed' },
      { resource_name: 'head', resource_status: 'CREATE_IN_PROGRESS' },
    ],
  }),
  sees(
    'an event is shown',
    ['heat-event-show-200'],
    ({ kept, partner }) => look(`/resources/ready/events/${kept.event}`)({ kept, partner }),
    {
      event: {
        id: '<id>',
        event_time: '<time>',
        resource_name: 'ready',
        physical_resource_id: '<hex>',
        resource_status: 'SIGNAL_COMPLETE',
        resource_type: 'OS::Heat::WaitConditionHandle',
        resource_properties: {},
      },
    },
  ),
  sees('its outputs are listed without their values', ['heat-outputs-200'], look('/outputs'), {
    outputs: expect.arrayContaining([
      { output_key: 'public_ip', description: 'Address of the head node' },
      { output_key: 'secret', description: 'No description given' },
    ]),
  }),
  {
    title: 'an output is shown with its value',
    recorded: ['heat-output-show-200'],
    call: look('/outputs/public_ip'),
    status: 200,
    is: { output: { output_key: 'public_ip', description: 'Address of the head node', output_value: '<address>' } },
  },
  heatRefuses('an output that it does not have is not found', ['heat-output-unknown-404'], look('/outputs/ghost'), [
    404,
    'NotFound',
    'Specified output key ghost not found.',
  ]),
  sees('its template is told', ['heat-template-200'], look('/template'), {
    heat_template_version: '2021-04-16',
    parameters: { nodes: { type: 'number', default: 1 } },
    resources: { head: { type: 'OS::Nova::Server' } },
  }),
  {
    title: 'its environment is told',
    recorded: ['heat-environment-200'],
    call: look('/environment'),
    status: 200,
    is: {
      resource_registry: { resources: {} },
      parameters: { nodes: 1 },
      parameter_defaults: {},
      event_sinks: [],
      encrypted_param_names: [],
    },
  },
  { title: 'its files are told', recorded: ['heat-files-200'], call: look('/files'), status: 200, is: {} },
  sees('Nova shows its server', ['nova-server-active-200'], nova('/servers/HEAD'), { server: server('ACTIVE', 'active', 1) }),
  sees('Nova lists it among all', ['nova-servers-suspended-200'], nova('/servers/detail'), {
    servers: expect.arrayContaining([expect.objectContaining({ id: '<id>', name: '<stack>-head', metadata: { role: 'head' } })]),
  }),
  sees(
    'Neutron shows its floating address',
    ['neutron-floatingips-200', 'neutron-floatingips-suspended-200'],
    { method: 'GET', service: 'network', path: '/v2.0/floatingips' },
    {
      floatingips: expect.arrayContaining([
        expect.objectContaining({
          id: '<id>',
          floating_ip_address: '<address>',
          floating_network_id: '<id>',
          router_id: '<id>',
          port_id: '<id>',
          fixed_ip_address: expect.stringMatching(/^10\.20\.0\./),
          status: 'ACTIVE',
          port_details: expect.objectContaining({
            name: '<stack>-head_port-<short>',
            mac_address: '<mac>',
            device_id: '<id>',
            device_owner: 'compute:nova',
          }),
        }),
      ]),
    },
  ),
  sees(
    'Neutron shows its ports',
    ['neutron-ports-200'],
    { method: 'GET', service: 'network', path: '/v2.0/ports' },
    {
      ports: expect.arrayContaining([
        expect.objectContaining({ device_owner: 'network:router_interface', fixed_ips: [{ subnet_id: '<id>', ip_address: '10.20.0.1' }] }),
        expect.objectContaining({
          name: '<stack>-head_port-<short>',
          device_owner: 'compute:nova',
          status: 'ACTIVE',
          'binding:vnic_type': 'normal',
          port_security_enabled: true,
          security_groups: ['<id>'],
        }),
      ]),
    },
  ),
]
