import { heatTypeCases } from './heat-types.cases.ts'
import { networkCases } from './networks.cases.ts'
import { serverCases } from './servers.cases.ts'
import type { TemplateCase } from './template-case.ts'

const version = 'heat_template_version: 2021-04-16\n'

/** Resource types: their properties, what they refuse, their attributes. */
export const typeCases: TemplateCase[] = [
  {
    name: 'a random string is as long as it is said to be',
    template: `${version}resources:
  a: {type: OS::Heat::RandomString, properties: {length: 12}}
outputs: {it: {value: {get_attr: [a, value]}}}`,
    creates: true,
    random: ['it'],
  },
  {
    name: 'a property that a type does not have is refused',
    template: `${version}resources: {a: {type: OS::Heat::RandomString, properties: {lenght: 3}}}`,
  },
  {
    name: 'a property that a type needs is asked for only by those who look at values',
    template: `${version}resources: {a: {type: OS::Neutron::Subnet, properties: {cidr: 10.0.0.0/24}}}`,
  },
  { name: 'a type that nobody has is not known', template: `${version}resources: {a: {type: OS::No::Such}}` },
  {
    name: 'a type for administrators is forbidden',
    template: `${version}resources: {a: {type: OS::Nova::Flavor, properties: {ram: 64, vcpus: 1}}}`,
  },
  ...heatTypeCases,
  ...networkCases,
  ...serverCases,
]
