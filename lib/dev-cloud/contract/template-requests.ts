import type { Json, JsonMap } from '../json.ts'
import { type Case, heatRefuses, post } from './case.ts'
import { hot } from './lab.ts'

export const none = hot('resources: {a: {type: OS::Heat::None}}')
export const badYaml = 'heat_template_version: 2021-04-16\nresources: {a: [}\n'
export const badYamlSaid =
  'Template not in valid format: Error parsing template [root stack] while parsing a flow node\nexpected the node content, but found \'}\'\n  in "<unicode string>", line 2, column 17:\n    resources: {a: [}\n                    ^'
export const circle = hot(`resources:
  a: {type: OS::Heat::Value, properties: {value: {get_attr: [b, value]}}}
  b: {type: OS::Heat::Value, properties: {value: {get_attr: [a, value]}}}
`)
export const versions =
  '2013-05-23, 2014-10-16, 2015-04-30, 2015-10-15, 2016-04-08, 2016-10-14, 2017-02-24, 2017-09-01, 2018-03-02, 2018-08-31, 2021-04-16, newton, ocata, pike, queens, rocky, wallaby'
export const value = (text: string) => hot(`resources: {a: {type: OS::Heat::Value, properties: {value: ${text}}}}`)
export const subnet = hot('resources: {a: {type: OS::Neutron::Subnet, properties: {cidr: 10.0.0.0/24}}}')
export const misspelt = hot('resources: {a: {type: OS::Heat::RandomString, properties: {lenght: 3}}}')
export const environment = (parameters: JsonMap = {}) => ({
  resource_registry: { resources: {} },
  parameters,
  parameter_defaults: {},
  event_sinks: [],
})
export const nodes = { Type: 'Number', Description: '', NoEcho: 'false', Label: 'nodes', Default: 1, MinValue: 0, MaxValue: 8 }

export const validates = (title: string, recorded: string, template: Json, more: { has: unknown; parameters?: JsonMap }): Case => ({
  title: `validated: ${title}`,
  recorded: [recorded],
  status: 200,
  has: more.has,
  call: post('/validate', { template, ...(more.parameters ? { parameters: more.parameters } : {}) }),
})
export const invalid = (title: string, recorded: string, body: JsonMap, fault: [number, string, string?]) =>
  heatRefuses(`validated: ${title}`, [recorded], post('/validate', body), fault)
export const refused = (title: string, recorded: string, body: JsonMap, fault: [number, string, string?]): Case =>
  heatRefuses(`created: ${title}`, [recorded], ({ partner }) => post('/stacks', { stack_name: partner.stackName(), ...body }), fault)
