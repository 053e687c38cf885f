import type { TemplateCase } from './template-case.ts'

const newest = '2021-04-16'

/** A template that only computes: outputs by name, in YAML. */
const computes = (
  name: string,
  outputs: string,
  { version = newest, head = '', more = {} as Partial<TemplateCase> } = {},
): TemplateCase => ({
  name,
  template: `heat_template_version: ${version}\n${head}resources:
  v: {type: OS::Heat::Value, properties: {value: {list: [a, b], map: {k: {deep: 7}}, text: words}}}
outputs:
${outputs
  .trim()
  .split('\n')
  .map((line) => `  ${line.trim()}`)
  .join('\n')}\n`,
  creates: true,
  ...more,
})

/** A value that a template must not say. */
const says = (name: string, value: string, version = newest, head = ''): TemplateCase => ({
  name,
  template: `heat_template_version: ${version}\n${head}resources:\n  v: {type: OS::Heat::Value, properties: {value: 1}}\n  w: {type: OS::Heat::Value, properties: {value: ${value}}}\n`,
})

const whole = (name: string, template: string, more: Partial<TemplateCase> = {}): TemplateCase => ({
  name,
  template: `heat_template_version: ${newest}\n${template}`,
  ...more,
})

const parameters = `parameters:
  word: {type: string, default: blue}
  list: {type: comma_delimited_list, default: "a,b"}
  map: {type: json, default: {key: {deep: 7}, none: null}}
  number: {type: number, default: 3}
  yes: {type: boolean, default: true}
`

const conditions = `conditions:
  always: {equals: [1, 1]}
  never: {not: always}
  both: {and: [always, {not: never}]}
  either: {or: [never, {equals: [{get_param: word}, blue]}]}
  within: {contains: [a, {get_param: list}]}
`

const values: TemplateCase[] = [
  computes(
    'parameters are read whole, and by paths',
    `
  word: {value: {get_param: word}}
  path: {value: {get_param: [map, key, deep]}}
  nowhere: {value: {get_param: [map, ghost, deep]}}
  index: {value: {get_param: [list, 1]}}
  index_as_text: {value: {get_param: [list, "0"]}}
  letter: {value: {get_param: [word, 0]}}
  beyond: {value: {get_param: [list, 9]}}
  number: {value: {get_param: number}}
  yes: {value: {get_param: yes}}
  stack: {value: {equals: [{get_param: "OS::stack_name"}, 1]}}`,
    { head: parameters },
  ),
  computes(
    'attributes are read whole, by paths, and all together',
    `
  whole: {value: {get_attr: [v, value]}}
  path: {value: {get_attr: [v, value, map, k, deep]}}
  nowhere: {value: {get_attr: [v, value, map, ghost, deep]}}
  index: {value: {get_attr: [v, value, list, 1]}}
  index_as_text: {value: {get_attr: [v, value, list, "1"]}}
  letter: {value: {get_attr: [v, value, text, 0]}}
  all: {value: {get_attr: [v]}}`,
  ),
  computes(
    'texts are filled in',
    `
  plain: {value: {str_replace: {template: "$a $ab $a", params: {$a: x, $ab: $a}}}}
  longest_first: {value: {str_replace: {template: abcd, params: {ab: x, bcd: y}}}}
  as_json: {value: {str_replace: {template: m, params: {m: {b: [1, true, null], a: é}}}}}
  numbers: {value: {str_replace: {template: n-f-t-e, params: {n: 1, f: 1.5, t: true, e: null}}}}
  strict: {value: {str_replace_strict: {template: a-b, params: {a: x, b: y}}}}
  very_strict: {value: {str_replace_vstrict: {template: a-b, params: {a: x, b: [y]}}}}
  params_by_function: {value: {str_replace: {template: a, params: {map_merge: [{a: b}]}}}}`,
  ),
  computes(
    'texts are joined, split and digested',
    `
  joined: {value: {list_join: [", ", [a, null, b], {get_attr: [v, value, list]}, null]}}
  json: {value: {list_join: [";", [{b: 1, a: [x]}, [1, 2]]]}}
  split: {value: {str_split: [",", "a,b,c"]}}
  piece: {value: {str_split: [",", "a,b,c", "1"]}}
  last: {value: {str_split: [",", "a,b,c", -1]}}
  nothing: {value: {str_split: [",", null]}}
  digest: {value: {digest: [sha256, abc]}}
  md5: {value: {digest: [md5, é]}}
  sha512: {value: {digest: [SHA512, ""]}}`,
  ),
  computes(
    'lists and maps are repeated, merged and replaced',
    `
  repeated: {value: {repeat: {template: "%x%-%y%", for_each: {"%x%": [a, b], "%y%": [c, d]}}}}
  pairs: {value: {repeat: {template: {"%x%": "%y%"}, for_each: {"%x%": [a, b], "%y%": [c, d]}, permutations: false}}}
  keys: {value: {repeat: {template: ["%x%", 1], for_each: {"%x%": {k: v, l: w}}}}}
  none: {value: {repeat: {template: x, for_each: {"%x%": null}}}}
  merged: {value: {map_merge: [{a: 1, b: 1}, null, {b: 2}]}}
  replaced: {value: {map_replace: [{a: x, b: y}, {keys: {a: z}, values: {y: w}}]}}
  filtered: {value: {filter: [[a, null], [a, b, null, a, c]]}}
  not_filtered: {value: {filter: [null, [a]]}}
  joined: {value: {list_concat: [[a], null, [b, a]]}}
  unique: {value: {list_concat_unique: [[a, 1, true], [b, a, {c: 1}, {c: 1}]]}}
  contains: {value: {contains: [b, [a, b]]}}
  letter: {value: {contains: [b, abc]}}`,
  ),
  computes(
    'addresses are put together from their parts',
    `
  plain: {value: {make_url: {scheme: http, host: example.org, port: 80, path: /a b, query: {b: 1/2, "c d": "é&"}, fragment: f g}}}
  login: {value: {make_url: {scheme: https, username: "a@b", password: "p/w", host: "::1", port: "8443"}}}
  part: {value: {make_url: {path: x/y}}}
  rootless: {value: {make_url: {scheme: http, host: h, path: p}}}`,
  ),
  computes(
    'conditions choose values',
    `
  yes: {value: {if: [always, 1, 2]}}
  no: {value: {if: [never, 1, 2]}}
  both: {value: {if: [both, x, y]}}
  either: {value: {if: [either, x, y]}}
  within: {value: {if: [within, x, y]}}
  written_out: {value: {if: [{and: [always, {equals: [{get_param: number}, 3]}]}, x, y]}}
  nested: {value: {if: [never, x, {if: [always, [{get_param: word}], z]}]}}
  removed: {value: [a, {if: [never, b]}, {c: {if: [never, d]}}]}
  nothing: {value: {if: [never, b]}}
  left_out: {value: 1, condition: never}
  named: {value: 1, condition: always}
  said: {value: 1, condition: true}`,
    { head: parameters + conditions },
  ),
  computes(
    'the first version has the older functions too',
    `
  select: {value: {"Fn::Select": ["1", [a, b]]}}
  key: {value: {"Fn::Select": [k, {k: v}]}}
  beyond: {value: {"Fn::Select": [9, [a]]}}
  join: {value: {"Fn::Join": ["-", [a, b]]}}
  split: {value: {"Fn::Split": [",", "a,b"]}}
  replace: {value: {"Fn::Replace": [{a: b}, "a-c"]}}
  base64: {value: {"Fn::Base64": text}}
  members: {value: {"Fn::MemberListToMap": [Name, Value, [".member.0.Name=k", ".member.0.Value=v"]]}}
  zones: {value: {"Fn::GetAZs": ""}}
  param: {value: {Ref: word}}
  data: {value: {map_merge: [{a: 1}]}}`,
    { version: '2013-05-23', head: parameters },
  ),
  whole(
    'a condition leaves a resource out, and what depends on it does not wait',
    `parameters: {n: {type: number, default: 0}}
conditions: {some: {not: {equals: [{get_param: n}, 0]}}}
resources:
  a: {type: OS::Heat::Value, condition: some, properties: {value: 1}}
  b: {type: OS::Heat::Value, depends_on: a, properties: {value: {if: [some, {get_attr: [a, value]}, none]}}}
outputs:
  b: {value: {get_attr: [b, value]}}
  a: {value: {get_attr: [a, value]}, condition: some}
`,
    { creates: true },
  ),
  whole(
    'files are put in',
    'resources: {v: {type: OS::Heat::Value, properties: {value: {get_file: a.sh}}}}\noutputs: {o: {value: {get_attr: [v, value]}}}\n',
    {
      files: { 'a.sh': '#!/bin/sh\necho é\n' },
      creates: true,
    },
  ),
]

const wrong: TemplateCase[] = (
  [
    ['get_param needs a name', '{get_param: []}'],
    ['get_param of a map', '{get_param: {a: b}}'],
    ['get_param of nobody', '{get_param: ghost}'],
    ['get_attr of nobody', '{get_attr: [ghost, x]}'],
    ['get_attr of an attribute that there is not', '{get_attr: [v, ghost]}'],
    ['get_attr without a list', '{get_attr: ghost}'],
    ['get_resource of nobody', '[{get_resource: ghost}]'],
    ['get_file of nothing', '{get_file: ghost}'],
    ['get_file of a list', '{get_file: [a]}'],
    ['str_replace without params', '{str_replace: {template: a}}'],
    ['str_replace of a list', '{str_replace: [a]}'],
    ['str_replace with params that are no map', '{str_replace: {template: a, params: b}}'],
    ['str_replace of a template that is no text', '{str_replace: {template: [a], params: {b: c}}}'],
    ['str_replace of nothing', '{str_replace: {template: a, params: {"": c}}}'],
    ['str_replace_strict of what is not there', '{str_replace_strict: {template: a, params: {b: c, dd: e}}}'],
    ['str_replace_vstrict of what is empty', '{str_replace_vstrict: {template: a, params: {a: ""}}}'],
    ['str_replace_vstrict of what is not known yet', '{str_replace_vstrict: {template: a, params: {a: {get_attr: [v, value]}}}}'],
    ['list_join of numbers', '{list_join: ["", [1, 2]]}'],
    ['list_join of truths', '{list_join: ["", [a, true]]}'],
    ['list_join without lists', '{list_join: ["-"]}'],
    ['list_join of a text', '{list_join: ["-", abc]}'],
    ['list_join by a number', '{list_join: [1, [a]]}'],
    ['str_split of a map', '{str_split: {a: b}}'],
    ['str_split of too little', '{str_split: [a]}'],
    ['str_split beyond the end', '{str_split: [",", "a,b", 5]}'],
    ['str_split at no index', '{str_split: [",", "a,b", x]}'],
    ['str_split by nothing', '{str_split: ["", "a,b"]}'],
    ['str_split of a number', '{str_split: [",", 5]}'],
    ['repeat over numbers', '{repeat: {template: "%x%", for_each: {"%x%": [1]}}}'],
    ['repeat over a text', '{repeat: {template: "%x%", for_each: {"%x%": abc}}}'],
    ['repeat over nothing', '{repeat: {template: "%x%", for_each: {}}}'],
    ['repeat over a list of variables', '{repeat: {template: "%x%", for_each: [a]}}'],
    ['repeat without a template', '{repeat: {for_each: {a: [b]}}}'],
    ['repeat in pairs of different length', '{repeat: {template: a, for_each: {a: [b], c: [d, e]}, permutations: false}}'],
    ['repeat in pairs over a map', '{repeat: {template: a, for_each: {a: {b: c}}, permutations: false}}'],
    ['repeat with a word for permutations', '{repeat: {template: a, for_each: {a: [b]}, permutations: maybe}}'],
    ['digest by nobody’s algorithm', '{digest: [sha256]}'],
    ['digest of a number', '{digest: [sha256, 1]}'],
    ['digest of what is not known yet', '{digest: [sha256, {get_attr: [v, value]}]}'],
    ['digest of letters from far away', '{digest: [sha256, "€"]}'],
    ['map_merge of lists', '{map_merge: [[a]]}'],
    ['map_merge of a map', '{map_merge: {a: b}}'],
    ['map_replace of one map', '{map_replace: [{a: b}]}'],
    ['map_replace with other words', '{map_replace: [{a: b}, {colours: {a: b}}]}'],
    ['map_replace by a key that is there', '{map_replace: [{a: 1, b: 2}, {keys: {a: b}}]}'],
    ['map_replace of two keys by one', '{map_replace: [{a: 1, b: 2}, {keys: {a: c, b: c}}]}'],
    ['list_concat of a text', '{list_concat: [[a], b]}'],
    ['list_concat of a map', '{list_concat: {a: b}}'],
    ['filter of three', '{filter: [[a], [b], [c]]}'],
    ['filter of a text', '{filter: [[a], b]}'],
    ['filter by a text', '{filter: [a, [b]]}'],
    ['contains in a map', '{contains: [a, {b: c}]}'],
    ['contains of a number in a text', '{contains: [1, abc]}'],
    ['contains of three', '{contains: [a, b, c]}'],
    ['make_url of a list', '{make_url: [a]}'],
    ['make_url with a part of its own', '{make_url: {colour: red}}'],
    ['make_url with a port beyond all', '{make_url: {host: h, port: 70000}}'],
    ['make_url with a word as its port', '{make_url: {host: h, port: high}}'],
    ['make_url with a number as its host', '{make_url: {host: 5}}'],
    ['make_url with a colon in its scheme', '{make_url: {scheme: "http:", host: h}}'],
    ['if of one', '{if: [a]}'],
    ['if of no condition', '{if: [ghost, a, b]}'],
    ['if of a function that conditions do not have', '{if: [{get_resource: v}, a, b]}'],
    ['and of one', '{if: [{and: [{equals: [1, 1]}]}, a, b]}'],
    ['and of a map', '{if: [{and: {a: b}}, a, b]}'],
    ['not of nothing', '{if: [{not: null}, a, b]}'],
    ['equals of one', '{if: [{equals: [1]}, a, b]}'],
    ['resource_facade of a colour', '{resource_facade: colour}'],
    ['resource_facade outside of a nest', '{resource_facade: metadata}'],
    ['a function of long ago', '{"Fn::Join": ["-", [a]]}'],
    ['a reference of long ago', '[{Ref: v}]'],
  ] as [string, string][]
).map(([name, value]) => says(name, value))

/** Each version with what it does not have yet, and what it has no more. */
const versions: TemplateCase[] = (
  [
    ['2013-05-23', '{digest: [md5, a]}'],
    ['2013-05-23', '{get_attr: [v]}'],
    ['2013-05-23', '{str_replace: {template: a, params: {a: [b]}}}'],
    ['2013-05-23', '{"Fn::Select": [a, [b]]}'],
    ['2013-05-23', '{Ref: ghost}'],
    ['2014-10-16', '{list_join: ["-", [a], [b]]}'],
    ['2014-10-16', '{"Fn::Split": [",", "a,b"]}'],
    ['2015-04-30', '{repeat: {template: a, for_each: {a: {b: c}}}}'],
    ['2015-10-15', '{"Fn::Select": [0, [a]]}'],
    ['2016-10-14', '{repeat: {template: a, for_each: {a: {b: c}}, permutations: maybe}}'],
    ['newton', '{if: [{contains: [a, [a]]}, b, c]}'],
    ['ocata', '{if: [{equals: [1, 1]}, b]}'],
    ['pike', '{if: [{yaqul: 1}, b, c]}'],
    ['queens', '{str_replace_vstrict: {template: a, params: {b: c}}}'],
    ['rocky', '{if: [{equals: [1, 1]}, b]}'],
  ] as [string, string][]
).map(([version, value]) => says(`in ${version}: ${value}`, value, version))

export const languageCases: TemplateCase[] = [
  whole('a template that does nothing is well', 'resources: {a: {type: OS::Heat::None}}', { creates: true }),
  { name: 'a template without a version is none', template: 'resources: {a: {type: OS::Heat::None}}' },
  { name: 'a version of tomorrow is not known', template: 'heat_template_version: 2099-01-01\nresources: {a: {type: OS::Heat::None}}' },
  ...values,
  ...wrong,
  ...versions,
]
