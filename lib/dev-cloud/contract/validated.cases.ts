import { expect } from 'vitest'
import { type Case, heatRefuses } from './case.ts'
import { hot, lab } from './lab.ts'
import {
  badYaml,
  badYamlSaid,
  circle,
  environment,
  invalid,
  misspelt,
  nodes,
  subnet,
  validates,
  value,
  versions,
} from './template-requests.ts'

/** What Heat says of templates when it is only asked. */
export const validatedCases: Case[] = [
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
]
