import type { JsonMap } from '../json.ts'
import type { TemplateCase } from './template-case.ts'

const hot = (rest: string) => `heat_template_version: 2021-04-16\n${rest}`
const inner =
  hot(`parameters: {word: {type: string, constraints: [{allowed_pattern: "[a-z]+", description: Small letters}]}, size: {type: number, default: 2}}
resources: {v: {type: OS::Heat::Value, properties: {value: {get_param: word}}}}
outputs: {said: {value: {get_attr: [v, value]}}}
`)
const files = { 'file:///inner.yaml': inner }
const uses = (type: string, properties = '{word: hello}', more = '') =>
  hot(`resources:\n  r:\n    type: ${type}\n    properties: ${properties}\n${more}outputs: {o: {value: {get_attr: [r, said]}}}\n`)

const registers = (name: string, registry: JsonMap, more: Partial<TemplateCase> = {}): TemplateCase => ({
  name,
  template: uses('My::Own'),
  environment: { resource_registry: registry },
  files,
  ...more,
})

/** Environments: what types stand for, and what is wrong with them. */
export const environmentCases: TemplateCase[] = [
  registers('a type is a template', { 'My::Own': 'file:///inner.yaml' }, { creates: true }),
  registers('a wildcard is a template', { 'My::*': 'file:///inner.yaml' }, { creates: true }),
  registers('a type is another’s name', { 'My::Own': 'Your::Own', 'Your::Own': 'file:///inner.yaml' }),
  registers('a wildcard is another', { 'My::*': 'Your::*', 'Your::Own': 'file:///inner.yaml' }),
  registers('one resource’s type is a template', { resources: { r: { 'My::Own': 'file:///inner.yaml' } } }),
  registers('another resource’s type is a template', { resources: { s: { 'My::Own': 'file:///inner.yaml' } } }),
  registers('a type is nothing', { 'My::Own': 'OS::Heat::None' }),
  registers('a type leads nowhere', { 'My::Own': 'Your::Own' }),
  registers('a type was taken back', { 'My::Own': null }),
  registers('types in a circle', { 'My::Own': 'Your::Own', 'Your::Own': 'My::Own' }),
  registers('a file that was not sent', { 'My::Own': 'file:///ghost.yaml' }),
  registers('a hook that there is not', { resources: { r: { hooks: 'pre-lunch' } }, 'My::Own': 'file:///inner.yaml' }),
  registers('hooks and restricted actions', {
    resources: { s: { hooks: ['pre-create', 'pre-delete'], restricted_actions: 'update' } },
    'My::Own': 'file:///inner.yaml',
  }),
  registers('a restricted action that there is not', {
    resources: { r: { restricted_actions: 'sleep' } },
    'My::Own': 'file:///inner.yaml',
  }),
  registers('a template whose parameter refuses', { 'My::Own': 'file:///inner.yaml' }, { template: uses('My::Own', '{word: HELLO}') }),
  registers('a template without its parameter', { 'My::Own': 'file:///inner.yaml' }, { template: uses('My::Own', '{}') }),
  registers(
    'a template with a parameter of nobody’s',
    { 'My::Own': 'file:///inner.yaml' },
    { template: uses('My::Own', '{word: a, ghost: b}') },
  ),
  registers(
    'a template that is told what it stands for',
    { 'My::Own': 'file:///facade.yaml' },
    {
      template: uses('My::Own', '{}', '    metadata: {colour: red}\n    deletion_policy: Retain\n'),
      files: {
        'file:///facade.yaml': hot(
          'resources: {v: {type: OS::Heat::Value, properties: {value: [{resource_facade: metadata}, {resource_facade: deletion_policy}, {resource_facade: update_policy}]}}}\noutputs: {said: {value: {get_attr: [v, value]}}}\n',
        ),
      },
    },
  ),
  { name: 'an environment that is a list', template: uses('OS::Heat::None', '{}'), environment: '- a' },
  { name: 'an environment with a section of its own', template: uses('OS::Heat::None', '{}'), environment: { colours: {} } },
  { name: 'an environment with an empty section', template: uses('OS::Heat::None', '{}'), environment: 'parameters:' },
]
