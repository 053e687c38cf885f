import type { TemplateCase } from './template-case.ts'

const version = 'heat_template_version: 2021-04-16\n'

/** The template language: versions, sections, functions, conditions, parameters and their constraints. */
export const languageCases: TemplateCase[] = [
  { name: 'a template that does nothing is well', template: `${version}resources: {a: {type: OS::Heat::None}}`, creates: true },
  { name: 'a template without a version is none', template: 'resources: {a: {type: OS::Heat::None}}' },
  { name: 'a version of tomorrow is not known', template: 'heat_template_version: 2099-01-01\nresources: {a: {type: OS::Heat::None}}' },
  {
    name: 'a parameter is described with its constraints, and one that does not keep them is refused',
    template: `${version}parameters:
  n: {type: number, description: How many, default: 2, constraints: [{range: {min: 0, max: 8}, description: not so many}]}
resources: {a: {type: OS::Heat::None}}`,
    parameters: { n: 99 },
  },
  {
    name: 'text is put together from parameters and values',
    template: `${version}parameters: {who: {type: string, default: you}, list: {type: comma_delimited_list, default: 'a,b'}}
resources:
  v: {type: OS::Heat::Value, properties: {value: {str_replace: {template: hello $who, params: {$who: {get_param: who}}}}}}
outputs:
  joined: {value: {list_join: ['-', {get_param: list}]}}
  said: {value: {get_attr: [v, value]}}`,
    creates: true,
  },
]
