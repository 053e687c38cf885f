import { expect } from 'vitest'
import type { JsonMap } from '../json.ts'
import { mapOf, wordOf } from './apart.ts'
import { type Case, heatRefuses, nobody, noEntry } from './case.ts'
import type { Call } from './partner.fixture.ts'

type More = Partial<Call>
const neutron = (path: string, more: More = {}): Call => ({ method: 'GET', service: 'network', path: `/v2.0${path}`, ...more })
const glance = (path: string, more: More = {}): Call => ({ method: 'GET', service: 'image', path, ...more })
const heat = (path: string, more: More = {}): Call => ({ method: 'GET', path, ...more })
const posted = (body: JsonMap, more: More = {}): More => ({ method: 'POST', body, ...more })

function neutronRefuses(title: string, call: Call, [status, type, message]: [status: number, type: string, message: string]): Case {
  return { title, call, status, is: { NeutronError: { type, message, detail: '' } } }
}

const codes: Record<number, string> = { 400: 'Bad Request', 403: 'Forbidden', 404: 'Not Found' }

function glanceRefuses(title: string, call: Call, [status, message]: [status: number, message: string]): Case {
  return { title, call, status, is: { code: `${status} ${codes[status]}`, title: codes[status], message: `${message}<br /><br />\n\n\n` } }
}

const ofNeutron: Case[] = [
  {
    title: 'Neutron tells its versions to anybody',
    call: { method: 'GET', service: 'network', path: '/', token: null },
    status: 200,
    is: { versions: [{ id: 'v2.0', status: 'CURRENT', links: [{ rel: 'self', href: '<network>/v2.0/' }] }] },
  },
  {
    title: 'Neutron shows the fields that are wanted',
    call: neutron('/networks?name=public&fields=name&fields=router:external'),
    status: 200,
    is: { networks: [{ name: 'public', 'router:external': true }] },
  },
  {
    title: 'Neutron finds no network that is another',
    call: neutron('/networks?name=public&shared=true'),
    status: 200,
    is: { networks: [] },
  },
  {
    title: 'Neutron lists in pages, each with the way to the next and the one before',
    call: neutron('/networks?name=public&limit=1'),
    status: 200,
    has: {
      networks: [{ name: 'public' }],
      networks_links: [
        { rel: 'next', href: expect.stringContaining('marker=<id>') },
        { rel: 'previous', href: expect.stringContaining('page_reverse=True') },
      ],
    },
  },
  neutronRefuses('a filter is a field', neutron('/networks?nonsense=1&more=2'), [
    400,
    'HTTPBadRequest',
    "['nonsense', 'more'] is invalid attribute for filtering",
  ]),
  neutronRefuses('an order has a direction', neutron('/networks?sort_key=name'), [
    400,
    'HTTPBadRequest',
    'The number of sort_keys and sort_dirs must be same',
  ]),
  neutronRefuses('a limit is a number for Neutron too', neutron('/networks?limit=x'), [
    400,
    'BadRequest',
    "Bad limit request: Limit must be an integer 0 or greater and not 'x'.",
  ]),
  neutronRefuses('a page begins after a network', neutron(`/networks?limit=1&marker=${nobody}`), [
    404,
    'NetworkNotFound',
    'Network <id> could not be found.',
  ]),
  {
    title: 'every project has a group of ports that lets all out and each other in',
    call: neutron('/security-groups?name=default'),
    status: 200,
    has: {
      security_groups: [
        {
          name: 'default',
          description: 'Default security group',
          stateful: true,
          security_group_rules: expect.arrayContaining([
            expect.objectContaining({ direction: 'egress', ethertype: 'IPv6', remote_group_id: null, protocol: null }),
            expect.objectContaining({ direction: 'ingress', ethertype: 'IPv4', remote_group_id: '<id>', port_range_min: null }),
          ]),
        },
      ],
    },
  },
  neutronRefuses('Neutron does not know a router that nobody made', neutron(`/routers/${nobody}`), [
    404,
    'RouterNotFound',
    'Router <id> could not be found',
  ]),
  neutronRefuses('nor a security group', neutron(`/security-groups/${nobody}`), [
    404,
    'SecurityGroupNotFound',
    'Security group <id> does not exist',
  ]),
  neutronRefuses('Neutron takes nothing without its name', neutron('/networks', posted({})), [
    400,
    'HTTPBadRequest',
    "Unable to find 'network' in request body",
  ]),
  neutronRefuses('a quota is changed by administrators', { ...neutron('/quotas/x', { body: { quota: { port: 1 } } }), method: 'PUT' }, [
    403,
    'PolicyNotAuthorized',
    'rule:update_quota is disallowed by policy',
  ]),
  { title: 'those without an administrator’s rights see no agents', call: neutron('/agents'), status: 200, is: { agents: [] } },
  neutronRefuses('Neutron does not know other addresses', neutron('/nothing'), [404, 'HTTPNotFound', 'The resource could not be found.']),
  noEntry('nor tells strangers so', [], neutron('/nothing', { token: null })),
]

const ofGlance: Case[] = [
  {
    title: 'Glance tells its versions to anybody',
    call: glance('/', { token: null }),
    status: 300,
    has: { versions: expect.arrayContaining([{ id: 'v2.15', status: 'CURRENT', links: [{ rel: 'self', href: '<image>/v2/' }] }]) },
  },
  { title: 'other addresses lead there', call: glance('/v1/images'), status: 300, has: { versions: expect.any(Array) } },
  {
    title: 'Glance lists in pages',
    call: glance('/v2/images?limit=1&sort=name:asc'),
    status: 200,
    has: { first: '/v2/images?limit=1&sort=name%3Aasc', next: expect.stringContaining('marker=<id>'), schema: '/v2/schemas/images' },
  },
  glanceRefuses('a limit is a number for Glance too', glance('/v2/images?limit=x'), [400, 'limit param must be an integer']),
  glanceRefuses('an order is by what can be ordered', glance('/v2/images?sort_key=nonsense'), [
    400,
    'Invalid sort key: nonsense. It must be one of the following: name, status, container_format, disk_format, size, id, created_at, updated_at.',
  ]),
  glanceRefuses('what is not there is not deleted', glance(`/v2/images/${nobody}`, { method: 'DELETE' }), [
    404,
    'Failed to find image <id> to delete',
  ]),
  glanceRefuses('Glance keeps its tasks to administrators', glance('/v2/tasks'), [
    403,
    'You are not authorized to complete tasks_api_access action.',
  ]),
]

const config = { name: 'a', group: 'script', config: 'echo', inputs: [{ name: 'x' }], outputs: [{ name: 'y' }], options: { z: 1 } }

const ofHeat: Case[] = [
  {
    title: 'a software configuration is kept',
    call: heat('/software_configs', posted(config)),
    status: 200,
    has: {
      software_config: {
        ...config,
        id: '<id>',
        creation_time: '<time>',
        inputs: [{ name: 'x', type: 'String' }],
        outputs: [{ name: 'y', type: 'String', error_output: false }],
      },
    },
    keep: ({ kept }, body) => {
      kept.config = wordOf(mapOf(mapOf(body).software_config).id)
    },
  },
  { title: 'and shown again', call: ({ kept }) => heat(`/software_configs/${kept.config}`), status: 200, has: { software_config: config } },
  { title: 'and forgotten', call: ({ kept }) => heat(`/software_configs/${kept.config}`, { method: 'DELETE' }), status: 204, is: '' },
  heatRefuses('then it is not found', [], ({ kept }) => heat(`/software_configs/${kept.config}`), [
    404,
    'NotFound',
    'Software config with id <id> not found',
  ]),
  heatRefuses('Heat keeps its engines to administrators', [], heat('/services'), [
    403,
    'Forbidden',
    'You are not authorized to use service:index.',
  ]),
  {
    title: 'a method that an address does not know is refused',
    call: heat('/build_info', { method: 'PATCH' }),
    status: 405,
    has: { code: 405, title: 'Method Not Allowed', error: { type: 'HTTPMethodNotAllowed' } },
  },
  noEntry('Heat tells strangers of no address', [], heat('/nothing', { token: null })),
]

/** The services beside Nova, and Heat beside its stacks, where nothing has been made. */
export const serviceCases: Case[] = [...ofNeutron, ...ofGlance, ...ofHeat]
