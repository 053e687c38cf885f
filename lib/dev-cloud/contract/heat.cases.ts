import { expect } from 'vitest'
import { type Case, get, heatRefuses, nobody, noEntry } from './case.ts'

/** Heat, where nothing has been made: what it is. */
export const heatCases: Case[] = [
  {
    title: 'Heat tells its version to anybody',
    recorded: ['heat-versions-300'],
    call: { method: 'GET', path: '/', root: true, token: null },
    status: 300,
    is: { versions: [{ id: 'v1.0', status: 'CURRENT', links: [{ rel: 'self', href: '<origin>/v1/' }] }] },
  },
  {
    title: 'Heat tells its build',
    recorded: ['heat-build-info-200'],
    call: get('/build_info'),
    status: 200,
    has: { api: { revision: expect.any(String) }, engine: { revision: expect.any(String) } },
  },
  {
    title: 'Heat lists its resource types',
    recorded: ['heat-resource-types-200'],
    call: get('/resource_types'),
    status: 200,
    has: {
      resource_types: expect.arrayContaining([
        'OS::Heat::None',
        'OS::Heat::RandomString',
        'OS::Heat::ResourceGroup',
        'OS::Heat::WaitCondition',
        'OS::Neutron::Net',
        'OS::Neutron::Port',
        'OS::Nova::KeyPair',
        'OS::Nova::Server',
      ]),
    },
  },
  {
    title: 'Heat describes a resource type',
    recorded: ['heat-resource-type-schema-200'],
    call: get('/resource_types/OS::Nova::Server'),
    status: 200,
    has: {
      resource_type: 'OS::Nova::Server',
      properties: {
        name: { type: 'string', required: false, update_allowed: true, immutable: false },
        image: { type: 'string', constraints: [{ custom_constraint: 'glance.image' }] },
        flavor: { type: 'string', required: true, constraints: [{ custom_constraint: 'nova.flavor' }] },
        networks: { type: 'list' },
      },
      attributes: { addresses: { type: 'map' }, show: { type: 'map' } },
      support_status: { status: expect.any(String) },
    },
  },
  heatRefuses('Heat does not describe a type that nobody has', ['heat-resource-type-unknown-404'], get('/resource_types/OS::No::Such'), [
    404,
    'EntityNotFound',
    'The Resource Type (OS::No::Such) could not be found.',
  ]),
  {
    title: 'Heat lists the versions of its template language',
    recorded: ['heat-template-versions-200'],
    call: get('/template_versions'),
    status: 200,
    has: {
      template_versions: expect.arrayContaining([
        expect.objectContaining({ version: 'heat_template_version.2021-04-16', type: 'hot' }),
        expect.objectContaining({ version: 'heat_template_version.2013-05-23', type: 'hot' }),
      ]),
    },
  },
  {
    title: 'Heat lists the functions of a version',
    recorded: ['heat-template-functions-200'],
    call: get('/template_versions/heat_template_version.2021-04-16/functions'),
    status: 200,
    has: {
      template_functions: expect.arrayContaining(
        ['get_attr', 'get_param', 'get_resource', 'get_file', 'str_replace', 'list_join', 'repeat', 'if'].map((functions) =>
          expect.objectContaining({ functions }),
        ),
      ),
    },
  },
  {
    title: 'Heat does not know other addresses',
    recorded: ['heat-unknown-url-404'],
    call: { method: 'GET', path: '/nothing', root: true },
    status: 404,
    is: { message: 'The resource could not be found.<br /><br />\n\n\n', code: '404 Not Found', title: 'Not Found' },
  },
  noEntry('Heat opens to nobody without a token', ['heat-no-token-401'], {
    method: 'GET',
    path: '/stacks',
    token: null,
  }),
  noEntry('Heat opens to no token that is none', ['heat-garbage-token-401'], { method: 'GET', path: '/stacks', token: 'garbage' }),
  heatRefuses(
    'Heat lets nobody into another project',
    ['heat-list-foreign-project-url-403'],
    ({ partner }) => ({ method: 'GET', path: `/v1/${partner.project.id.replace(/./g, 'a')}/stacks`, root: true }),
    [403, 'HTTPForbidden', 'Access was denied to this resource.'],
  ),
  heatRefuses('Heat shows all projects to administrators only', ['heat-list-global-tenant-403'], get('/stacks?global_tenant=true'), [
    403,
    'Forbidden',
    'You are not authorized to use stacks:global_index.',
  ]),
  heatRefuses('a limit is a number', ['heat-list-bad-limit-400'], get('/stacks?limit=many'), [
    400,
    'HTTPBadRequest',
    "Only integer is acceptable by 'limit'.",
  ]),
  heatRefuses('a stack that nobody made is not found', ['heat-show-unknown-404'], get('/stacks/no-such-stack'), [
    404,
    'EntityNotFound',
    'The Stack (no-such-stack) could not be found.',
  ]),
  heatRefuses('nor deleted', ['heat-delete-unknown-404'], { method: 'DELETE', path: '/stacks/no-such-stack' }, [
    404,
    'EntityNotFound',
    'The Stack (no-such-stack) could not be found.',
  ]),
  heatRefuses(
    'nor deleted by a full address',
    ['heat-delete-unknown-id-404'],
    { method: 'DELETE', path: `/stacks/no-such-stack/${nobody}` },
    [404, 'EntityNotFound', 'The Stack (no-such-stack) could not be found.'],
  ),
  heatRefuses('nor changed', ['heat-update-unknown-404'], { method: 'PATCH', path: `/stacks/ghost/${nobody}`, body: { parameters: {} } }, [
    404,
    'EntityNotFound',
    'The Stack (ghost) could not be found.',
  ]),
]
