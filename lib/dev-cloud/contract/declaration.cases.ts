import type { JsonMap } from '../json.ts'
import type { TemplateCase } from './template-case.ts'

const none = 'resources: {a: {type: OS::Heat::None}}'
const hot = (rest: string, version = '2021-04-16') => `heat_template_version: ${version}\n${rest}`

/** One parameter, declared like this, with this value. */
const declares = (name: string, schema: string, value?: JsonMap[string], version?: string): TemplateCase => ({
  name,
  template: hot(`parameters:\n  p: ${schema}\n${none}\noutputs: {o: {value: {get_param: p}}}\n`, version),
  ...(value === undefined ? {} : { parameters: { p: value } }),
})

const parameters: TemplateCase[] = [
  {
    name: 'parameters of every type are cast, and shown as texts',
    template: hot(`parameters:
  s: {type: string, label: A text, description: What it is, tags: [x]}
  n: {type: number}
  f: {type: number, default: 1.5}
  l: {type: comma_delimited_list}
  j: {type: json}
  b: {type: boolean}
  h: {type: string, hidden: true, default: secret}
  i: {type: string, immutable: true, default: fixed}
${none}
outputs:
  s: {value: {get_param: s}}
  n: {value: {get_param: n}}
  f: {value: {get_param: f}}
  l: {value: {get_param: l}}
  j: {value: {get_param: j}}
  b: {value: {get_param: b}}
`),
    parameters: { s: 5, n: '7', l: 'a, b,,c', j: '{"a": [1, null]}', b: 'yes' },
    creates: true,
    reads: ['/environment'],
  },
  {
    name: 'what is given wins over the environment, that over its defaults, those over the template',
    template: hot(`parameters:
  a: {type: string, default: t}
  b: {type: string, default: t}
  c: {type: string, default: t}
  d: {type: string, default: t}
${none}
outputs: {o: {value: [{get_param: a}, {get_param: b}, {get_param: c}, {get_param: d}]}}
`),
    environment: { parameters: { a: 'e', b: 'e' }, parameter_defaults: { b: 'd', c: 'd', ghost: 1 } },
    parameters: { a: 'g' },
    creates: true,
  },
  declares('a parameter without a value is missed', '{type: string}'),
  declares('a number is no word', '{type: number}', 'many'),
  declares('a truth is no word', '{type: boolean}', 'maybe'),
  declares('json is no half of it', '{type: json}', '{"a": '),
  declares('a list is no number', '{type: comma_delimited_list}', 5),
  declares('a number out of range', '{type: number, constraints: [{range: {min: 1, max: 8}}]}', 9),
  declares('a number below its least', '{type: number, constraints: [{range: {min: 1}}]}', 0),
  declares('a text too short', '{type: string, constraints: [{length: {min: 3, max: 5}}]}', 'ab'),
  declares('a list too long', '{type: comma_delimited_list, constraints: [{length: {max: 1}}]}', 'a,b'),
  declares('a map too small', '{type: json, constraints: [{length: {min: 2}}]}', '{"a": 1}'),
  declares('a text that is not allowed', '{type: string, constraints: [{allowed_values: [a, b, 1]}]}', 'c'),
  declares('a number that is allowed as a text', '{type: number, constraints: [{allowed_values: [1, 2]}]}', '2'),
  declares('a number that is not allowed', '{type: number, constraints: [{allowed_values: [1, 2]}]}', 3),
  declares('a list with an item that is not allowed', '{type: comma_delimited_list, constraints: [{allowed_values: [a, b]}]}', 'a,c'),
  declares('a text that does not match', '{type: string, constraints: [{allowed_pattern: "[a-z]+"}]}', 'abc1'),
  declares('a text that matches with its end', '{type: string, constraints: [{allowed_pattern: "^[a-z]+$"}]}', 'abc'),
  declares('a text whose first way to match is too short', '{type: string, constraints: [{allowed_pattern: "a|ab"}]}', 'ab'),
  declares(
    'a text that must have many kinds of letters',
    '{type: string, constraints: [{allowed_pattern: "(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9]{4,}"}]}',
    'abcd',
  ),
  declares(
    'a pattern with escapes and named groups',
    '{type: string, constraints: [{allowed_pattern: "(?P<x>\\\\d+)\\\\-[\\\\w.]+\\\\Z"}]}',
    '12-a.b',
  ),
  declares('a number that is no multiple', '{type: number, constraints: [{modulo: {step: 2, offset: 1}}]}', 4),
  declares(
    'a complaint of the template’s own',
    '{type: string, constraints: [{allowed_pattern: "[a-z]+", description: Small letters}]}',
    'A',
  ),
  declares(
    'constraints in their order',
    '{type: string, constraints: [{length: {max: 2}, description: short}, {allowed_values: [a]}]}',
    'abc',
  ),
  declares('a default that is not allowed', '{type: string, default: c, constraints: [{allowed_values: [a]}]}', 'a'),
  declares('a default that is out of range', '{type: number, default: 9, constraints: [{range: {max: 8}}]}'),
  declares('a flavor that there is not', '{type: string, constraints: [{custom_constraint: nova.flavor}]}', 'huge'),
  declares('an image that there is not', '{type: string, constraints: [{custom_constraint: glance.image}]}', 'ghost'),
  declares('a network that there is not', '{type: string, constraints: [{custom_constraint: neutron.network}]}', 'ghost'),
  declares('a network that there is', '{type: string, constraints: [{custom_constraint: neutron.network}]}', 'public'),
  declares('a key pair that there is not', '{type: string, constraints: [{custom_constraint: nova.keypair}]}', 'ghost'),
  declares('an address that is none', '{type: string, constraints: [{custom_constraint: ip_addr}]}', '10.0.0.300'),
  declares('an address of the newer kind', '{type: string, constraints: [{custom_constraint: ip_addr}]}', 'fe80::1'),
  declares('a range that is none', '{type: string, constraints: [{custom_constraint: net_cidr}]}', '10.0.0.0/33'),
  declares('a range with an address inside', '{type: string, constraints: [{custom_constraint: net_cidr}]}', '10.0.0.1/24'),
  declares('a card’s address that is none', '{type: string, constraints: [{custom_constraint: mac_addr}]}', '01:23'),
  declares('a time that is none', '{type: string, constraints: [{custom_constraint: iso_8601}]}', 'tomorrow'),
  declares('a timetable that is none', '{type: string, constraints: [{custom_constraint: cron_expression}]}', 'now and then'),
  declares('a timetable', '{type: string, constraints: [{custom_constraint: cron_expression}]}', '*/5 1 * * *'),
  declares('a time zone that is none', '{type: string, constraints: [{custom_constraint: timezone}]}', 'Nowhere/Land'),
  declares('a host name that is none', '{type: string, constraints: [{custom_constraint: dns_name}]}', 'a..b'),
  declares('a constraint of nobody’s', '{type: string, constraints: [{custom_constraint: my.own}]}', 'x'),
  declares('a type of nobody’s', '{type: colour}', 'red'),
  declares('no type', '{default: x}'),
  declares('a key of its own', '{type: string, colour: red}', 'x'),
  declares('a parameter that is a text', 'text'),
  declares('tags before their time', '{type: string, tags: [a]}', 'x', 'ocata'),
  declares('a modulo before its time', '{type: number, constraints: [{modulo: {step: 2, offset: 0}}]}', 2, 'newton'),
  declares('constraints that are no list', '{type: string, constraints: {length: {max: 2}}}', 'x'),
  declares('a constraint that says nothing', '{type: string, constraints: [{description: x}]}', 'x'),
  declares('a range of nothing', '{type: number, constraints: [{range: {}}]}', 1),
  declares('a range of words', '{type: number, constraints: [{range: {least: 1}}]}', 1),
  declares('a length that is no whole number', '{type: string, constraints: [{length: {max: 1.5}}]}', 'x'),
  declares('a length for a number', '{type: number, constraints: [{length: {max: 1}}]}', 1),
  declares('a range for a text', '{type: string, constraints: [{range: {max: 1}}]}', 'x'),
  declares('a step of nothing', '{type: number, constraints: [{modulo: {step: 0, offset: 0}}]}', 1),
  declares('an offset beyond its step', '{type: number, constraints: [{modulo: {step: 2, offset: 2}}]}', 1),
  declares('a pattern that is a number', '{type: string, constraints: [{allowed_pattern: 5}]}', 'x'),
  declares('a pattern that cannot be read', '{type: string, constraints: [{allowed_pattern: "(a"}]}', 'x'),
  declares('allowed values that are a text', '{type: string, constraints: [{allowed_values: abc}]}', 'x'),
  { name: 'a parameter that nobody declared', template: hot(none), parameters: { ghost: 1 } },
]

const groups = (name: string, text: string): TemplateCase => ({
  name,
  template: hot(`parameter_groups: ${text}\nparameters: {a: {type: string, default: x}, b: {type: string, default: y}}\n${none}`),
})

const sections: TemplateCase[] = [
  groups('groups of parameters', '[{label: Some, description: x, parameters: [a]}, {parameters: [b]}]'),
  groups('groups that are no list', '{a: b}'),
  groups('a group without parameters', '[{label: Some}]'),
  groups('a group whose parameters are a text', '[{label: Some, parameters: a}]'),
  groups('a parameter in two groups', '[{label: One, parameters: [a]}, {label: Two, parameters: [a]}]'),
  groups('a parameter of nobody’s in a group', '[{parameters: [ghost]}]'),
  ...(
    [
      ['a section of its own', `${none}\ncolours: {}`],
      ['a section before its time', `${none}\nconditions: {}`, '2016-04-08'],
      ['resources that are a list', 'resources: [a]'],
      ['a resource that is a text', 'resources: {a: text}'],
      ['a resource that is nothing', 'resources: {a: }'],
      ['a resource without a type', 'resources: {a: {properties: {}}}'],
      ['a resource with a list as its type', 'resources: {a: {type: [b]}}'],
      ['a resource with an empty type', 'resources: {a: {type: ""}}'],
      ['a keyword of its own', 'resources: {a: {type: OS::Heat::None, colour: red}}'],
      ['a condition before its time', 'resources: {a: {type: OS::Heat::None, condition: true}}', '2016-04-08'],
      ['properties that are nothing', 'resources: {a: {type: OS::Heat::None, properties: }}'],
      ['metadata that is a text', 'resources: {a: {type: OS::Heat::None, metadata: x}}'],
      ['a description that is a list', 'resources: {a: {type: OS::Heat::None, description: [x]}}'],
      ['a dependency on a number', 'resources: {a: {type: OS::Heat::None, depends_on: [1]}}'],
      ['a dependency on nobody', 'resources: {a: {type: OS::Heat::None, depends_on: ghost}}'],
      ['a dependency on a map', 'resources: {a: {type: OS::Heat::None, depends_on: {b: c}}}'],
      ['a dependency on itself', 'resources: {a: {type: OS::Heat::None, depends_on: a}}'],
      ['a deletion policy of its own', 'resources: {a: {type: OS::Heat::None, deletion_policy: Hide}}'],
      ['a deletion policy in small letters', 'resources: {a: {type: OS::Heat::None, deletion_policy: retain}}', '2016-04-08'],
      ['a deletion policy that needs snapshots', 'resources: {a: {type: OS::Heat::None, deletion_policy: Snapshot}}'],
      ['an update policy that is a text', 'resources: {a: {type: OS::Heat::None, update_policy: x}}'],
      ['a condition that is a number', 'resources: {a: {type: OS::Heat::None, condition: 1}}'],
      ['a condition of nobody’s', 'resources: {a: {type: OS::Heat::None, condition: ghost}}'],
      ['conditions that are a list', `conditions: [a]\n${none}`],
      ['a condition that is a text', `conditions: {a: text}\n${none}`],
      [
        'a condition of a word',
        `conditions: {a: {get_param: p}}\nparameters: {p: {type: string, default: x}}\nresources: {a: {type: OS::Heat::None, condition: a}}`,
      ],
      ['conditions in a circle', 'conditions: {a: {not: b}, b: {not: a}}\nresources: {r: {type: OS::Heat::None, condition: a}}'],
      ['a condition that asks for a resource', `conditions: {a: {equals: [{get_resource: a}, 1]}}\n${none}`],
      ['an output that is a text', `${none}\noutputs: {o: text}`],
      ['an output without a value', `${none}\noutputs: {o: {description: x}}`],
      ['an output with a condition of nobody’s', `${none}\noutputs: {o: {value: 1, condition: ghost}}`],
      [
        'an output of an attribute that there is not',
        'resources: {a: {type: OS::Heat::Value, properties: {value: 1}}}\noutputs: {o: {value: {get_attr: [a, ghost]}}}',
      ],
      ['an output of nobody', `${none}\noutputs: {o: {value: {get_attr: [ghost, x]}}}`],
      ['one name for a parameter and a resource', `parameters: {a: {type: string, default: x}}\n${none}`],
      ['resources in a circle', 'resources: {a: {type: OS::Heat::None, depends_on: b}, b: {type: OS::Heat::None, depends_on: a}}'],
      ['metadata that names nobody', 'resources: {a: {type: OS::Heat::None, metadata: {x: {get_resource: ghost}}}}'],
      [
        'a branch that nobody takes may be wrong',
        'resources: {a: {type: OS::Heat::Value, properties: {value: {if: [true, 1, {get_attr: [ghost, x]}]}}}}',
      ],
    ] as [string, string, string?][]
  ).map(([name, text, version]): TemplateCase => ({ name, template: hot(text, version) })),
]

export const declarationCases: TemplateCase[] = [...parameters, ...sections]
