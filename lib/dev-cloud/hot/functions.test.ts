import { describe, expect, test } from 'vitest'
import type { Json } from '../json.ts'
import { Complaint, type Scope, unknownYet } from './call.ts'
import { checkCalls, holds, parse, references, resolve } from './functions.ts'
import { languageNamed } from './languages.ts'
import { parseYaml } from './yaml.ts'

const scope: Scope = {
  parameter: (name) => ({ word: 'blue', list: ['a', 'b'], map: { key: { deep: 7 } }, yes: true })[name] ?? null,
  resource: (name) => `id-of-${name}`,
  attribute: (name, attribute): Json => (name === 'x' ? null : { [name]: attribute, addresses: ['10.0.0.1', '10.0.0.2'] }),
  file: (name) => `content of ${name}`,
  condition: (name) => {
    if (name === 'nobody') throw new Complaint('Invalid condition "nobody"')
    return name === 'always' ? true : { not: name === 'circle' ? 'circle' : 'always' }
  },
}
const yaml = (source: string) => parseYaml(source, (complaint) => new Error(`not YAML: ${complaint}`))
const language = languageNamed('2013-05-23')
const first = language ? { language } : {}
const long = Array(400).fill('abcdefgh').join(', ')
const of = (source: string) => resolve(yaml(source), scope)

describe('HOT functions', () => {
  const cases: [source: string, result: Json | undefined][] = [
    ['{get_param: word}', 'blue'],
    ['{get_param: [map, key, deep]}', 7],
    ['{get_param: [map, ghost, deep]}', ''],
    ['{get_param: [list, "1"]}', 'b'],
    ['{get_param: [word, 0]}', 'b'],
    ['{get_resource: net}', 'id-of-net'],
    ['{get_attr: [server, first_address, addresses, 1]}', '10.0.0.2'],
    ['{get_file: x.sh}', 'content of x.sh'],
    ['{str_replace: {template: "$a $ab $a", params: {$a: 1, $ab: $a}}}', '1 $a 1'],
    ['{str_replace: {template: "m", params: {m: {k: [1, true, null], a: b}}}}', '{"a": "b", "k": [1, true, null]}'],
    // The longest placeholder goes first wherever it is, not the first one in the text.
    ['{str_replace: {template: abcd, params: {ab: x, bcd: y}}}', 'ay'],
    ['{str_replace: {template: "(x.y)", params: {"x.y": "$&"}}}', '($&)'],
    ['{list_join: ["-", [a, null], {get_param: list}, null]}', 'a--a-b'],
    ['{list_join: [",", [{k: v}]]}', '{"k": "v"}'],
    ['{str_split: [",", "a,b"]}', ['a', 'b']],
    ['{str_split: [",", "a,b", 1]}', 'b'],
    ['{str_split: [",", "a,b", -1]}', 'b'],
    ['{str_split: [",", null]}', null],
    ['{repeat: {template: "%x%-%y%", for_each: {"%x%": [a, b], "%y%": ["1", "2"]}}}', ['a-1', 'a-2', 'b-1', 'b-2']],
    ['{repeat: {template: "%x%-%y%", for_each: {"%x%": [a, b], "%y%": ["1", "2"]}, permutations: false}}', ['a-1', 'b-2']],
    ['{repeat: {template: {k%x%: "%x%"}, for_each: {"%x%": {get_param: map}}}}', [{ kkey: 'key' }]],
    // What a list holds is data, also where it looks like a function.
    ['{repeat: {template: "%x%", for_each: {"%x%": ["{get_param: word}"]}}}', ['{get_param: word}']],
    ['{map_merge: [{a: 1, b: 1}, {b: 2}]}', { a: 1, b: 2 }],
    ['{map_replace: [{a: "1"}, {keys: {a: z}, values: {"1": one}}]}', { z: 'one' }],
    ['{list_concat: [[1], [2, 1]]}', [1, 2, 1]],
    ['{list_concat_unique: [[1], [2, 1]]}', [1, 2]],
    ['{filter: [[1], [1, 2, 1]]}', [2]],
    ['{contains: [a, {get_param: list}]}', true],
    ['{digest: [sha256, abc]}', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      '{make_url: {scheme: https, username: a b, password: "p/w", host: "::1", path: /x y, query: {a: 1/2}, fragment: f}}',
      'https://a%20b:p%2Fw@[::1]/x%20y?a=1/2#f',
    ],
    ['{make_url: {scheme: http, host: h, port: 80, path: /p, query: {a: b}}}', 'http://h:80/p?a=b'],
    ['{if: [always, 1, 2]}', 1],
    ['{if: [never, 1, 2]}', 2],
    ['{if: [{and: [always, {equals: [{get_param: word}, blue]}]}, x, y]}', 'x'],
    ['{if: [{or: [never, never]}, x]}', undefined],
    ['{a: {if: [never, x]}, b: 1}', { b: 1 }],
    ['{get_thing: x}', { get_thing: 'x' }],
    ['{get_param: word, other: 1}', { get_param: 'word', other: 1 }],
  ]
  test.each(cases)('%s', (source, result) => {
    expect(of(source)).toEqual(result)
  })

  test.each([
    ['{str_replace_strict: {template: a, params: {b: 1}}}', 'The following params were not found in the template: b'],
    [
      '{str_replace_vstrict: {template: b, params: {b: ""}}}',
      'str_replace_vstrict has an undefined or empty value for param b, must be a defined non-empty value',
    ],
    ['{list_join: [1, [a]]}', '"list_join" delimiter must be a string'],
    ['{list_join: ["", [1]]}', 'Items to join must be string, map or list not 1'],
    ['{str_split: [",", "a,b", 2]}', 'Incorrect index to "str_split" should be between 0 and 1'],
    ['{str_split: ["", "a"]}', 'empty separator'],
    ['{repeat: {template: "%x%", for_each: {"%x%": [1]}}}', 'replace() argument 2 must be str, not int'],
    [
      '{repeat: {template: a, for_each: {a: [x], b: [y, z]}, permutations: false}}',
      'For repeat, the length of for_each values should be equal if no nested loop.',
    ],
    ['{map_replace: [{a: 1, b: 2}, {keys: {a: b}}]}', 'key replacement b collides with a key in the input map'],
    ['{map_merge: [[a]]}', 'Incorrect arguments: Items to merge must be maps.'],
    ['{list_concat: [[1], a]}', 'Items to concat must be lists. [[1], "a"] contains an item that is not a list: "a"'],
    ['{digest: [sha256, "\u20ac"]}', "'latin-1' codec can't encode character '\\u20ac' in position 0: ordinal not in range(256)"],
    ['{contains: [a, {get_attr: [x, y]}]}', 'Second argument to "contains" should be a sequence.'],
    ['{if: [nobody, 1, 2]}', 'Invalid condition "nobody"'],
    ['{if: [circle, 1, 2]}', 'Circular definition for condition "circle"'],
  ])('%s is refused', (source, message) => {
    expect(() => of(source)).toThrow(message)
  })

  test('what is not known yet makes unknown what is made of it', () => {
    const before: Scope = { ...scope, attribute: () => unknownYet }
    const joined = resolve({ list_join: ['-', ['a', { get_attr: ['x', 'y'] }]] }, before)
    expect(joined).toBe(`a-${unknownYet}`)
    expect(resolve({ list_join: ['-', { get_attr: ['x', 'y'] }] }, before)).toBe(unknownYet)
  })

  const forms: [source: string, complaint: string][] = [
    ['{get_attr: [x]}', 'p.get_attr: : Arguments to "get_attr" must be of the form [resource_name, attribute, (path), ...]'],
    ['[a, {list_join: "-"}]', 'p[1].list_join: : Incorrect arguments to "list_join" should be: "list_join" : [ " ", [ "str1", "str2"]]'],
    ['{k: {str_replace: {get_param: x}}}', 'p.k.str_replace: : Arguments to "str_replace" must be a map'],
    ['{Fn::Select: [0]}', 'p.Fn::Select: : Arguments to "Fn::Select" must be of the form [index, collection]'],
    [
      '{resource_facade: colour}',
      'p.resource_facade: : Incorrect arguments to "resource_facade" should be one of: metadata, deletion_policy, update_policy',
    ],
  ]
  test.each(forms)('in the first version %s is of the wrong form', (source, complaint) => {
    expect(() => parse(yaml(source), { ...scope, ...first }, 'p')).toThrow(complaint)
  })

  test('what a version no longer has is refused in it, and what it does not have yet is data', () => {
    const second = languageNamed('2014-10-16')
    const place = { ...scope, ...(second ? { language: second } : {}) }
    const words = 'p.a.Ref: : The template version is invalid: The function Ref is not supported in this version of HOT.'
    expect(() => checkCalls(yaml('{a: {Ref: x}}'), place, 'p')).toThrow(words)
    expect(resolve(yaml('{map_merge: [{a: 1}]}'), place)).toEqual({ map_merge: [{ a: 1 }] })
    expect(resolve(yaml('{Ref: word}'), { ...scope, ...first, has: () => false })).toBe('blue')
  })

  test('conditions have functions of their own', () => {
    const words = 'c.and[1].equals[0].get_resource: : The function "get_resource" is invalid in this context'
    expect(() => parse(yaml('{and: [a, {equals: [{get_resource: x}, 1]}]}'), scope, 'c', 'condition')).toThrow(words)
    expect(() => parse(yaml('{and: [a]}'), scope, 'c', 'condition')).toThrow(
      'c.and: : The minimum number of condition arguments to "and" is 2.',
    )
    expect(resolve(yaml('{equals: [1, 1]}'), scope)).toEqual({ equals: [1, 1] })
  })

  test.each([
    ['loops within loops', `{repeat: {template: "%a%%b%%c%", for_each: {"%a%": [${long}], "%b%": [${long}], "%c%": [${long}]}}}`],
    ['texts put into texts', `{str_replace: {template: "${'a'.repeat(20_000)}", params: {a: "${'b'.repeat(20_000)}"}}}`],
    ['a nest', `${'['.repeat(150)}${']'.repeat(150)}`],
  ])('%s end before they fill the machine', (_what, source) => {
    expect(() => of(source)).toThrow(/development cloud/)
  })

  test('references are found wherever they hide, with their place', () => {
    const value = yaml(
      '{a: [{get_resource: one}], b: {str_replace: {template: t, params: {x: {get_attr: [two, y, {get_resource: three}]}}}}}',
    )
    expect(references(value, 'r.Properties')).toEqual([
      { resource: 'one', path: 'r.Properties.a[0]' },
      { resource: 'three', path: 'r.Properties.b.str_replace.params.x.get_attr[2]' },
      { resource: 'two', path: 'r.Properties.b.str_replace.params.x' },
    ])
  })

  test('a condition holds when it is absent, true, or named', () => {
    expect([undefined, true, false, 'always', 'never'].map((condition) => holds(condition, scope))).toEqual([
      true,
      true,
      false,
      true,
      false,
    ])
  })
})

describe('YAML as PyYAML reads it', () => {
  test.each([
    ['2021-04-16', '2021-04-16'],
    ['0600', 384],
    ['yes', true],
    ['Off', false],
    ['n', 'n'],
    ['y', 'y'],
    ['"yes"', 'yes'],
    ['1.5', 1.5],
    ['~', null],
    ['{<<: {a: 1}, b: 2}', { a: 1, b: 2 }],
  ])('%s', (source, value) => {
    expect(yaml(source)).toEqual(value)
  })

  test('a bomb of aliases does not go off', () => {
    const bomb = Array.from(
      { length: 12 },
      (_, index) =>
        `a${index}: &a${index} [${
          index === 0
            ? '1'
            : Array(9)
                .fill(`*a${index - 1}`)
                .join(', ')
        }]`,
    ).join('\n')
    expect(() => yaml(bomb)).toThrow(/not YAML/)
  })
})
