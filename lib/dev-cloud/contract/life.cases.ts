import { expect } from 'vitest'
import { type Json, type JsonMap, maps } from '../json.ts'
import { mapOf } from './apart.ts'
import { type Case, get, heatRefuses, nobody, post, type Scene } from './case.ts'
import { lab } from './lab.ts'
import { type Call, settled } from './partner.fixture.ts'

const own = ({ kept }: Scene, path = '') => `/stacks/${kept.name}/${kept.id}${path}`
const look =
  (path = '') =>
  (scene: Scene): Call =>
    get(own(scene, path))
const act =
  (body: JsonMap) =>
  (scene: Scene): Call =>
    post(own(scene, '/actions'), body)
const patch =
  (body: JsonMap, path = '') =>
  (scene: Scene): Call => ({ method: 'PATCH', path: own(scene, path), body })
const over =
  (action: string) =>
  async ({ partner, kept }: Scene) => {
    const stack = await settled(partner, `${kept.name}/${kept.id}`, action)
    if (!String(stack.stack_status).endsWith('COMPLETE')) throw new Error(`${stack.stack_status}: ${stack.stack_status_reason}`)
  }
/** Waits until the stack is in such a state; an action is taken up a moment after its answer. */
const when =
  (status: string) =>
  ({ partner, kept }: Scene) =>
    waitFor({ partner, kept }, '', (body) => mapOf(mapOf(body).stack).stack_status === status)

async function waitFor(scene: Scene, path: string, good: (body: Json) => boolean): Promise<void> {
  const { partner } = scene
  const deadline = performance.now() + partner.patienceMs
  for (;;) {
    const { status, body } = await partner.call(get(own(scene, path)))
    if (status >= 400) throw new Error(JSON.stringify(body))
    if (good(body)) return
    if (performance.now() > deadline) throw new Error(`still ${JSON.stringify(body)}`)
    await new Promise((resolve) => setTimeout(resolve, Math.min(partner.pollMs, 50)))
  }
}

/** Everything is there but the signal. */
const built = (scene: Scene) =>
  waitFor(scene, '/resources', (body) => {
    const waiting = maps(mapOf(body).resources).filter(({ resource_status: status }) => status !== 'CREATE_COMPLETE')
    return waiting.map(({ resource_name: name }) => name).join() === 'wait'
  })

const shown = (more: JsonMap) => ({
  stack: {
    stack_name: '<stack>',
    id: '<id>',
    links: [{ href: '<orchestration>/stacks/<stack>/<id>', rel: 'self' }],
    creation_time: '<time>',
    deletion_time: null,
    capabilities: [],
    disable_rollback: true,
    stack_owner: 'labs',
    parent: null,
    ...more,
  },
})
const state = (status: string, words: string, more: JsonMap = {}) => shown({ stack_status: status, stack_status_reason: words, ...more })
const resource = (name: string, type: string, more: Record<string, unknown> = {}) =>
  expect.objectContaining({
    resource_name: name,
    logical_resource_id: name,
    resource_type: type,
    creation_time: '<time>',
    updated_time: '<time>',
    resource_status: 'CREATE_COMPLETE',
    resource_status_reason: 'state changed',
    links: expect.arrayContaining([
      { href: `<orchestration>/stacks/<stack>/<id>/resources/${name}`, rel: 'self' },
      { href: '<orchestration>/stacks/<stack>/<id>', rel: 'stack' },
    ]),
    ...more,
  })
const stackEvent = (status: string, reason: string) =>
  expect.objectContaining({
    id: '<id>',
    event_time: '<time>',
    resource_name: '<stack>',
    logical_resource_id: '<stack>',
    physical_resource_id: '<id>',
    resource_status: status,
    resource_status_reason: reason,
  })
const server = (status: string, vm: string, power: unknown = expect.any(Number)) => ({
  id: '<id>',
  name: '<stack>-head',
  status,
  tenant_id: '<hex>',
  user_id: '<hex>',
  metadata: { role: 'head' },
  image: { id: '<id>' },
  flavor: { id: '<id>' },
  accessIPv4: '',
  accessIPv6: '',
  links: [{ rel: 'self', href: '<compute>/servers/<id>' }, { rel: 'bookmark' }],
  'OS-DCF:diskConfig': 'MANUAL',
  'OS-EXT-AZ:availability_zone': 'nova',
  config_drive: expect.any(String),
  'OS-EXT-STS:task_state': null,
  'OS-EXT-STS:vm_state': vm,
  'OS-EXT-STS:power_state': power,
  'OS-SRV-USG:terminated_at': null,
  'os-extended-volumes:volumes_attached': [],
})
const nova =
  (path: string, more: Partial<Call> = {}) =>
  ({ kept }: Scene): Call => ({ method: 'GET', service: 'compute', path: path.replace('HEAD', String(kept.head)), ...more })
const accepted = { message: 'The request is accepted for processing.<br /><br />\n\n\n', code: '202 Accepted', title: 'Accepted' }
const found = {
  message: expect.stringContaining('The resource was found at <a href="<orchestration>/stacks/<stack>/<id>">'),
  code: '302 Found',
  title: 'Found',
}
const signal = { status: 'SUCCESS', reason: 'ready', id: 'head', data: 'up' }
const busy = 'Stack <stack> already has an action (SUSPEND) in progress.'
const asleep = 'Updating a stack when it is suspended is not supported.'
const yes = (title: string, recorded: string[], call: Case['call'], first?: Case['first']): Case => ({
  title,
  recorded,
  call,
  status: 200,
  is: null,
  ...(first ? { first } : {}),
})
const sees = (title: string, recorded: string[], call: Case['call'], has: unknown, first?: Case['first']): Case => ({
  title,
  recorded,
  call,
  status: 200,
  has,
  ...(first ? { first } : {}),
})

/** A stack is begun here, so that it is built while other things are asked. */
export const birthCases: Case[] = [
  {
    title: 'a stack is created, and where it is told',
    recorded: ['heat-create-201'],
    call: ({ partner, kept }) => {
      kept.name = partner.stackName()
      return post('/stacks', {
        stack_name: kept.name,
        template: lab,
        parameters: { nodes: 1 },
        tags: 'lab,course-7',
        timeout_mins: 30,
        disable_rollback: true,
      })
    },
    status: 201,
    headers: { location: '<orchestration>/stacks/<stack>/<id>' },
    is: { stack: { id: '<id>', links: [{ href: '<orchestration>/stacks/<stack>/<id>', rel: 'self' }] } },
    keep: ({ kept }, body) => {
      kept.id = String(mapOf(mapOf(body).stack).id)
    },
  },
  sees(
    'it is in progress, with its outputs unknown',
    ['heat-show-create-in-progress-200'],
    look(),
    state('CREATE_IN_PROGRESS', 'Stack CREATE started', {
      updated_time: null,
      notification_topics: [],
      timeout_mins: 30,
      tags: ['lab', 'course-7'],
      parameters: {
        'OS::stack_id': '<id>',
        'OS::project_id': '<hex>',
        'OS::stack_name': '<stack>',
        image: 'debian-12',
        flavor: 'lab.tiny',
        public_network: 'public',
        nodes: '1',
        wait_timeout: '600',
      },
      outputs: expect.arrayContaining([
        { output_key: 'public_ip', description: 'Address of the head node', output_value: null },
        { output_key: 'secret', description: 'No description given', output_value: null },
      ]),
    }),
  ),
  heatRefuses(
    'its name is taken',
    ['heat-create-duplicate-409'],
    ({ kept }) => post('/stacks', { stack_name: String(kept.name), template: lab }),
    [409, 'StackExists', 'The Stack (<stack>) already exists.'],
  ),
]

/** Its life. */
export const lifeCases: Case[] = [
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
    path: String(kept.endpoint),
    token: String(kept.signalToken),
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
      kept.head = String(mapOf(mapOf(body).resource).physical_resource_id)
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
      kept.event = String(maps(mapOf(body).events).at(-1)?.id)
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

  yes('a suspension is taken', ['heat-action-suspend-200'], act({ suspend: null })),
  sees(
    'it goes on',
    ['heat-show-suspend-in-progress-200'],
    look(),
    state('SUSPEND_IN_PROGRESS', 'Stack SUSPEND started', { updated_time: null }),
    when('SUSPEND_IN_PROGRESS'),
  ),
  heatRefuses('a second one meanwhile is a conflict', ['heat-action-suspend-while-suspending-409'], act({ suspend: null }), [
    409,
    'ActionInProgress',
    busy,
  ]),
  heatRefuses('so is a resumption', ['heat-action-resume-while-suspending-409'], act({ resume: null }), [409, 'ActionInProgress', busy]),
  heatRefuses('a change is not supported meanwhile', ['heat-update-while-suspending-400'], patch({ parameters: { nodes: 2 } }), [
    400,
    'NotSupported',
    asleep,
  ]),
  sees(
    'it ends',
    ['heat-show-suspended-200'],
    look(),
    state('SUSPEND_COMPLETE', 'Stack SUSPEND completed successfully', { updated_time: null }),
    over('SUSPEND'),
  ),
  sees('its resources are suspended', ['heat-resources-suspended-200'], look('/resources'), {
    resources: expect.arrayContaining([
      resource('head', 'OS::Nova::Server', { resource_status: 'SUSPEND_COMPLETE' }),
      resource('net', 'OS::Neutron::Net', { resource_status: 'SUSPEND_COMPLETE' }),
    ]),
  }),
  sees('its server is', ['nova-server-suspended-200'], nova('/servers/HEAD'), { server: server('SUSPENDED', 'suspended') }),
  {
    title: 'a server that is suspended is not restarted',
    recorded: ['nova-reboot-suspended-409'],
    call: nova('/servers/HEAD/action', { method: 'POST', body: { reboot: { type: 'SOFT' } } }),
    status: 409,
    is: { conflictingRequest: { code: 409, message: "Cannot 'reboot' instance <id> while it is in vm_state suspended" } },
  },
  yes('what is suspended is suspended again', ['heat-action-suspend-again-200'], act({ suspend: null })),
  heatRefuses('what is suspended is not changed', ['heat-update-while-suspended-400'], patch({ parameters: { nodes: 2 } }), [
    400,
    'NotSupported',
    asleep,
  ]),
  yes('a resumption is taken', ['heat-action-resume-200'], act({ resume: null }), async (scene) => {
    await new Promise((resolve) => setTimeout(resolve, scene.partner.pollMs * 2))
    await over('SUSPEND')(scene)
  }),
  sees(
    'it ends, and all is awake',
    ['heat-show-resumed-200'],
    look(),
    state('RESUME_COMPLETE', 'Stack RESUME completed successfully', { updated_time: null }),
    over('RESUME'),
  ),
  yes('what is awake is woken again', ['heat-action-resume-when-not-suspended-200'], act({ resume: null })),
  yes('a check is taken', ['heat-action-check-200'], act({ check: null }), async (scene) => {
    await new Promise((resolve) => setTimeout(resolve, scene.partner.pollMs * 3))
    await over('RESUME')(scene)
  }),
  sees(
    'it ends, and tells that not all can be checked',
    ['heat-show-check-complete-200'],
    look(),
    state('CHECK_COMPLETE', "Stack CHECK completed successfully. 'CHECK' not fully supported (see resources)"),
    over('CHECK'),
  ),
  heatRefuses('an action that there is not is refused', ['heat-action-unknown-400'], act({ explode: null }), [
    400,
    'HTTPBadRequest',
    'Invalid action explode specified',
  ]),
  heatRefuses('no action is refused', ['heat-action-none-400'], act({}), [400, 'HTTPBadRequest', 'No action specified']),
  heatRefuses('two actions are refused', ['heat-action-two-400'], act({ suspend: null, resume: null }), [
    400,
    'HTTPBadRequest',
    'Multiple actions specified',
  ]),
  heatRefuses('a change that is not going on is not cancelled', ['heat-action-cancel-update-when-idle-400'], act({ cancel_update: null }), [
    400,
    'NotSupported',
    'Cancelling update when stack is CHECK_COMPLETE is not supported.',
  ]),

  heatRefuses('a change to a value that may not be is refused', ['heat-update-invalid-400'], patch({ parameters: { nodes: 50 } }), [
    400,
    'StackValidationFailed',
    "Parameter 'nodes' is invalid: 50 is out of range (min: 0, max: 8)",
  ]),
  heatRefuses(
    'a change to a flavor that there is not is refused',
    ['heat-update-unknown-flavor-400'],
    patch({ parameters: { flavor: 'none' } }),
    [
      400,
      'StackValidationFailed',
      "Property error: : resources.head.properties.flavor: : Error validating value 'none': No Flavor matching {'name': 'none'}. (HTTP 404)",
    ],
  ),
  sees('what a change would do is told, and not done', ['heat-update-preview-200'], patch({ parameters: { nodes: 2 } }, '/preview'), {
    resource_changes: {
      unchanged: expect.arrayContaining([
        expect.objectContaining({ resource_name: 'net' }),
        expect.objectContaining({ resource_name: 'secret' }),
      ]),
      updated: expect.arrayContaining([expect.objectContaining({ resource_name: 'node_group' })]),
      added: [],
      deleted: [],
    },
  }),
  {
    title: 'a change is taken',
    recorded: ['heat-update-patch-202', 'heat-update-while-updating-202', 'heat-update-while-creating-202'],
    call: patch({ parameters: { nodes: 2 } }),
    status: 202,
    is: accepted,
  },
  sees(
    'it ends, and tells when it was',
    ['heat-show-update-complete-200'],
    look(),
    state('UPDATE_COMPLETE', 'Stack UPDATE completed successfully', { updated_time: '<time>', tags: ['lab', 'course-7'] }),
    over('UPDATE'),
  ),
  {
    title: 'the group has grown',
    call: look('/resources?nested_depth=2'),
    status: 200,
    has: {
      resources: expect.arrayContaining([
        expect.objectContaining({ resource_name: '0' }),
        expect.objectContaining({ resource_name: '1', parent_resource: 'node_group' }),
      ]),
    },
  },
  {
    title: 'a change of all is taken',
    recorded: ['heat-update-put-202'],
    call: (scene) => ({ method: 'PUT', path: own(scene), body: { template: lab, parameters: { nodes: 1 }, tags: 'lab,changed' } }),
    status: 202,
    is: accepted,
  },
  {
    title: 'it ends, and its tags are others',
    first: async (scene) => {
      await new Promise((resolve) => setTimeout(resolve, scene.partner.pollMs * 2))
      await over('UPDATE')(scene)
    },
    call: look(),
    status: 200,
    has: state('UPDATE_COMPLETE', 'Stack UPDATE completed successfully', { tags: ['lab', 'changed'], parameters: { nodes: '1' } }),
  },
  heatRefuses('a stack is not abandoned', ['heat-abandon-400'], (scene) => ({ method: 'DELETE', path: own(scene, '/abandon') }), [
    400,
    'NotSupported',
    'Stack Abandon is not supported.',
  ]),
  heatRefuses('a resource that is no handle takes no signal', [], (scene) => post(own(scene, '/resources/net/signal'), {}), [
    400,
    'ResourceActionNotSupported',
    'Signal resource during UPDATE is not supported.',
  ]),

  {
    title: 'a deletion is taken',
    recorded: ['heat-delete-204'],
    call: (scene) => ({ method: 'DELETE', path: own(scene) }),
    status: 204,
    is: '',
  },
  sees(
    'the deletion goes on',
    ['heat-show-delete-in-progress-200'],
    look(),
    state('DELETE_IN_PROGRESS', 'Stack DELETE started'),
    when('DELETE_IN_PROGRESS'),
  ),
  yes('a suspension meanwhile is taken, and has no effect', ['heat-action-suspend-while-deleting-200'], act({ suspend: null })),
  heatRefuses(
    'its name is not free meanwhile',
    ['heat-create-same-name-while-deleting-409'],
    ({ kept }) => post('/stacks', { stack_name: String(kept.name), template: lab }),
    [409, 'StackExists', 'The Stack (<stack>) already exists.'],
  ),
  {
    title: 'a second deletion is taken',
    recorded: ['heat-delete-while-deleting-204'],
    call: (scene) => ({ method: 'DELETE', path: own(scene) }),
    status: 204,
    is: '',
  },
  sees(
    'what is deleted is shown by its full address',
    ['heat-show-deleted-by-id-200'],
    look(),
    { stack: { stack_name: '<stack>', stack_status: 'DELETE_COMPLETE', stack_status_reason: 'Stack DELETE completed successfully' } },
    over('DELETE'),
  ),
  { title: 'and its id leads there', call: ({ kept }) => get(`/stacks/${kept.id}`), status: 302 },
  heatRefuses('it cannot be deleted again', ['heat-delete-deleted-404'], (scene) => ({ method: 'DELETE', path: own(scene) }), [
    404,
    'EntityNotFound',
    'The Stack (<stack>) could not be found.',
  ]),
  sees('its events are still told', ['heat-events-deleted-200'], look('/events'), {
    events: expect.arrayContaining([
      stackEvent('DELETE_COMPLETE', 'Stack DELETE completed successfully'),
      stackEvent('CREATE_IN_PROGRESS', 'Stack CREATE started'),
    ]),
  }),
]
