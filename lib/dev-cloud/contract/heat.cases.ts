import { expect } from 'vitest'
import type { Json, JsonMap } from '../json.ts'
import { type Case, get, heatRefuses, nobody, noEntry, post } from './case.ts'
import { hot, lab } from './lab.ts'

const none = hot('resources: {a: {type: OS::Heat::None}}')
const badYaml = 'heat_template_version: 2021-04-16\nresources: {a: [}\n'
const badYamlSaid =
  'Template not in valid format: Error parsing template [root stack] while parsing a flow node\nexpected the node content, but found \'}\'\n  in "<unicode string>", line 2, column 17:\n    resources: {a: [}\n                    ^'
const circle = hot(`resources:
  a: {type: OS::Heat::Value, properties: {value: {get_attr: [b, value]}}}
  b: {type: OS::Heat::Value, properties: {value: {get_attr: [a, value]}}}
`)
const versions =
  '2013-05-23, 2014-10-16, 2015-04-30, 2015-10-15, 2016-04-08, 2016-10-14, 2017-02-24, 2017-09-01, 2018-03-02, 2018-08-31, 2021-04-16, newton, ocata, pike, queens, rocky, wallaby'
const value = (text: string) => hot(`resources: {a: {type: OS::Heat::Value, properties: {value: ${text}}}}`)
const subnet = hot('resources: {a: {type: OS::Neutron::Subnet, properties: {cidr: 10.0.0.0/24}}}')
const misspelt = hot('resources: {a: {type: OS::Heat::RandomString, properties: {lenght: 3}}}')
const environment = (parameters: JsonMap = {}) => ({
  resource_registry: { resources: {} },
  parameters,
  parameter_defaults: {},
  event_sinks: [],
})
const nodes = { Type: 'Number', Description: '', NoEcho: 'false', Label: 'nodes', Default: 1, MinValue: 0, MaxValue: 8 }

const validates = (title: string, recorded: string, template: Json, more: { has: unknown; parameters?: JsonMap }): Case => ({
  title: `validated: ${title}`,
  recorded: [recorded],
  status: 200,
  has: more.has,
  call: post('/validate', { template, ...(more.parameters ? { parameters: more.parameters } : {}) }),
})
const invalid = (title: string, recorded: string, body: JsonMap, fault: [number, string, string?]) =>
  heatRefuses(`validated: ${title}`, [recorded], post('/validate', body), fault)
const refused = (title: string, recorded: string, body: JsonMap, fault: [number, string, string?]): Case =>
  heatRefuses(`created: ${title}`, [recorded], ({ partner }) => post('/stacks', { stack_name: partner.stackName(), ...body }), fault)

/** Heat, where nothing has been made: what it is, what it says of templates, what it refuses to create. */
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
  noEntry('Heat opens to nobody without a token', ['heat-no-token-401', 'heat-expired-token-401'], {
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

  validates('a template with its parameters', 'heat-validate-ok-200', lab, {
    has: {
      Description: expect.any(String),
      Parameters: { nodes, flavor: { Type: 'String', Default: 'lab.tiny' } },
      Environment: environment(),
    },
  }),
  validates('a value is told beside what it may be', 'heat-validate-parameter-value-200', lab, {
    parameters: { nodes: 3 },
    has: { Parameters: { nodes: { ...nodes, Value: 3 } }, Environment: environment({ nodes: 3 }) },
  }),
  validates('a value that may not be is told too', 'heat-validate-parameter-out-of-range-200', lab, {
    parameters: { nodes: 99 },
    has: { Parameters: { nodes: { ...nodes, Value: 99 } } },
  }),
  validates('a property that is missing is not missed', 'heat-validate-missing-property-200', subnet, {
    has: { Description: 'No description', Parameters: {}, Environment: environment() },
  }),
  validates('a function that nobody has is taken for a map', 'heat-validate-unknown-function-200', value('{get_thing: x}'), {
    has: { Parameters: {} },
  }),
  validates('a parameter that was not declared is not missed', 'heat-validate-unknown-parameter-200', value('{get_param: ghost}'), {
    has: { Parameters: {} },
  }),
  invalid('no template', 'heat-validate-no-template-400', {}, [400, 'HTTPBadRequest', 'No template specified']),
  heatRefuses(
    'validated: a body that is not JSON',
    ['heat-validate-bad-json-400'],
    { method: 'POST', path: '/validate', text: '{not json' },
    [400, 'HTTPBadRequest', 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)'],
  ),
  invalid('a template that is not YAML', 'heat-validate-bad-yaml-400', { template: badYaml }, [400, 'HTTPBadRequest', badYamlSaid]),
  invalid('a template that is a sentence', 'heat-validate-not-a-mapping-400', { template: 'just a string' }, [
    400,
    'HTTPBadRequest',
    'Template not in valid format: The template is not a JSON object or YAML mapping.',
  ]),
  invalid('a template that is empty', 'heat-validate-empty-400', { template: '' }, [
    400,
    'HTTPBadRequest',
    'Template not in valid format: Template format version not found.',
  ]),
  invalid('a template without a version', 'heat-validate-no-version-400', { template: 'resources: {a: {type: OS::Heat::None}}' }, [
    400,
    'HTTPBadRequest',
    'Template not in valid format: Template format version not found.',
  ]),
  invalid(
    'a version of tomorrow',
    'heat-validate-unknown-version-400',
    { template: 'heat_template_version: 2099-01-01\nresources: {a: {type: OS::Heat::None}}' },
    [
      400,
      'InvalidTemplateVersion',
      `The template version is invalid: "heat_template_version: 2099-01-01". "heat_template_version" should be one of: ${versions}`,
    ],
  ),
  invalid('a section that there is not', 'heat-validate-unknown-section-400', { template: hot('resourcez: {a: {type: OS::Heat::None}}') }, [
    400,
    'HTTPBadRequest',
    'The template section is invalid: resourcez',
  ]),
  invalid(
    'a type that there is not',
    'heat-validate-unknown-resource-type-400',
    { template: hot('resources: {a: {type: OS::No::Such}}') },
    [400, 'HTTPBadRequest', 'The Resource Type (OS::No::Such) could not be found.'],
  ),
  invalid('a resource without a type', 'heat-validate-resource-without-type-400', { template: hot('resources: {a: {properties: {}}}') }, [
    400,
    'HTTPBadRequest',
    'Each resource must contain a type key.',
  ]),
  invalid('a property that there is not', 'heat-validate-unknown-property-400', { template: misspelt }, [
    400,
    'HTTPBadRequest',
    'Property error: resources.a.properties: Unknown Property lenght',
  ]),
  invalid('a circle', 'heat-validate-circular-500', { template: circle }, [500, 'RemoteError']),
  invalid('a reference to nothing', 'heat-validate-unknown-reference-400', { template: value('{get_resource: ghost}') }, [
    400,
    'InvalidTemplateReference',
    'The specified reference "ghost" (in a.Properties.value) is incorrect.',
  ]),
  invalid(
    'one name for two things',
    'heat-validate-duplicate-names-400',
    { template: hot('parameters: {a: {type: string}}\nresources: {a: {type: OS::Heat::None}}') },
    [400, 'HTTPBadRequest', "Duplicate names {'a'}"],
  ),
  invalid('a parameter that was not declared', 'heat-validate-parameter-undeclared-400', { template: lab, parameters: { ghost: 1 } }, [
    400,
    'UnknownUserParameter',
    'The Parameter (ghost) was not defined in template.',
  ]),

  heatRefuses('created: no name', ['heat-create-no-name-400'], post('/stacks', { template: lab }), [
    400,
    'HTTPBadRequest',
    'No stack name specified',
  ]),
  refused('no template', 'heat-create-no-template-400', {}, [400, 'HTTPBadRequest', 'No template specified']),
  refused('a bad name', 'heat-create-bad-name-400', { stack_name: '1-bad name', template: lab }, [
    400,
    'StackValidationFailed',
    'Invalid stack name 1-bad name must contain only alphanumeric or "_-." characters, must start with alpha and must be 255 characters or less.',
  ]),
  refused('a template that is not YAML', 'heat-create-bad-yaml-400', { template: badYaml }, [400, 'HTTPBadRequest', badYamlSaid]),
  refused('a circle', 'heat-create-circular-500', { template: circle }, [500, 'RemoteError']),
  refused(
    'a type for administrators',
    'heat-create-forbidden-resource-type-403',
    { template: hot('resources: {a: {type: OS::Nova::Flavor, properties: {ram: 64, vcpus: 1}}}') },
    [403, 'Forbidden', 'You are not authorized to use resource_types:OS::Nova::Flavor.'],
  ),
  refused('a property that is missing', 'heat-create-missing-property-400', { template: subnet }, [
    400,
    'StackValidationFailed',
    'Property error: : resources.a.properties: : Property network not assigned',
  ]),
  refused('a property that there is not', 'heat-create-unknown-property-400', { template: misspelt }, [
    400,
    'StackValidationFailed',
    'Property error: : resources.a.properties: : Unknown Property lenght',
  ]),
  refused('a type that there is not', 'heat-create-unknown-resource-type-400', { template: hot('resources: {a: {type: OS::No::Such}}') }, [
    400,
    'StackValidationFailed',
    'The Resource Type (OS::No::Such) could not be found.',
  ]),
  refused(
    'a parameter that was not given',
    'heat-create-parameter-missing-400',
    { template: hot('parameters: {need: {type: string}}\nresources: {a: {type: OS::Heat::None}}') },
    [400, 'UserParameterMissing', 'The Parameter (need) was not provided.'],
  ),
  refused('a parameter that is no number', 'heat-create-parameter-not-a-number-400', { template: lab, parameters: { nodes: 'many' } }, [
    400,
    'StackValidationFailed',
    "Parameter 'nodes' is invalid: could not convert string to float: 'many'",
  ]),
  refused('a parameter out of its range', 'heat-create-parameter-out-of-range-400', { template: lab, parameters: { nodes: 99 } }, [
    400,
    'StackValidationFailed',
    "Parameter 'nodes' is invalid: 99 is out of range (min: 0, max: 8)",
  ]),
  refused('a parameter that was not declared', 'heat-create-parameter-undeclared-400', { template: lab, parameters: { ghost: 1 } }, [
    400,
    'UnknownUserParameter',
    'The Parameter (ghost) was not defined in template.',
  ]),
  refused('a flavor that there is not', 'heat-create-unknown-flavor-400', { template: lab, parameters: { flavor: 'no-such-flavor' } }, [
    400,
    'StackValidationFailed',
    "Property error: : resources.head.properties.flavor: : Error validating value 'no-such-flavor': No Flavor matching {'name': 'no-such-flavor'}. (HTTP 404)",
  ]),
  refused('an image that there is not', 'heat-create-unknown-image-400', { template: lab, parameters: { image: 'no-such-image' } }, [
    400,
    'StackValidationFailed',
    "Property error: : resources.head.properties.image: : Error validating value 'no-such-image': No images matching {'name': 'no-such-image'}.",
  ]),
  refused(
    'a network that there is not',
    'heat-create-unknown-network-400',
    { template: lab, parameters: { public_network: 'no-such-network' } },
    [
      400,
      'StackValidationFailed',
      "Property error: : resources.floating_ip.properties.floating_network: : Error validating value 'no-such-network': Unable to find network with name or id 'no-such-network'",
    ],
  ),
  refused(
    'a template that is too large',
    'heat-create-too-large-400',
    { template: hot(`description: "${'x'.repeat(530_000)}"\nresources: {a: {type: OS::Heat::None}}`) },
    [400, 'RequestLimitExceeded', 'Request limit exceeded: Template size (530088 bytes) exceeds maximum allowed size (524288 bytes).'],
  ),
  heatRefuses(
    'previewed: a flavor that there is not',
    ['heat-preview-unknown-flavor-400'],
    ({ partner }) => post('/stacks/preview', { stack_name: partner.stackName(), template: lab, parameters: { flavor: 'none' } }),
    [
      400,
      'StackValidationFailed',
      "Property error: : resources.head.properties.flavor: : Error validating value 'none': No Flavor matching {'name': 'none'}. (HTTP 404)",
    ],
  ),
  {
    title: 'previewed: a stack as it would be',
    recorded: ['heat-preview-200'],
    call: ({ partner }) => post('/stacks/preview', { stack_name: partner.stackName(), template: lab, parameters: { nodes: 2 } }),
    status: 200,
    has: {
      stack: {
        stack_name: '<stack>',
        id: 'None',
        links: [{ href: '<orchestration>/stacks/<stack>/None', rel: 'self' }],
        creation_time: '<time>',
        updated_time: null,
        deletion_time: null,
        notification_topics: [],
        parameters: {
          'OS::stack_id': 'None',
          'OS::project_id': '<hex>',
          'OS::stack_name': '<stack>',
          image: 'debian-12',
          flavor: 'lab.tiny',
          nodes: '2',
        },
        capabilities: [],
        disable_rollback: true,
        timeout_mins: null,
        stack_owner: 'labs',
        parent: null,
        tags: [],
        resources: expect.arrayContaining([
          expect.objectContaining({
            resource_name: 'head',
            resource_type: 'OS::Nova::Server',
            physical_resource_id: '',
            resource_action: 'INIT',
            resource_status: 'COMPLETE',
          }),
        ]),
      },
    },
  },
  {
    title: 'nothing of all that was made',
    call: ({ partner }) => get(`/stacks?name=${partner.stackName()}`),
    status: 200,
    is: { stacks: [] },
  },
  {
    title: 'a template that does nothing is well',
    call: post('/validate', { template: none }),
    status: 200,
    has: { Description: 'No description' },
  },
]
