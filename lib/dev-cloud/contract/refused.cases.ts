import { expect } from 'vitest'
import { type Case, get, heatRefuses, post } from './case.ts'
import { hot, lab } from './lab.ts'
import { badYaml, badYamlSaid, circle, misspelt, none, refused, subnet } from './template-requests.ts'

/** What Heat refuses to create. */
export const refusedCases: Case[] = [
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
