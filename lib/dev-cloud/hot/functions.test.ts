import { describe, expect, test } from 'vitest'
import type { Json } from '../json.ts'
import { holds, references, resolve, type Scope, unknownYet } from './functions.ts'
import { parseYaml } from './yaml.ts'

const scope: Scope = {
  parameter: (name) => ({ word: 'blue', list: ['a', 'b'], map: { key: { deep: 7 } }, yes: true })[name] ?? null,
  resource: (name) => `id-of-${name}`,
  attribute: (name, attribute) => ({ [name]: attribute, addresses: ['10.0.0.1', '10.0.0.2'] }),
  file: (name) => `content of ${name}`,
  condition: (name) => (name === 'always' ? true : { not: 'always' }),
}
const yaml = (source: string) => parseYaml(source, (complaint) => new Error(`not YAML: ${complaint}`))
const of = (source: string) => resolve(yaml(source), scope)

describe('HOT functions', () => {
  const cases: [source: string, result: Json | undefined][] = [
    ['{get_param: word}', 'blue'],
    ['{get_param: [map, key, deep]}', 7],
    ['{get_param: [map, ghost, deep]}', null],
    ['{get_resource: net}', 'id-of-net'],
    ['{get_attr: [server, first_address, addresses, 1]}', '10.0.0.2'],
    ['{get_file: x.sh}', 'content of x.sh'],
    ['{str_replace: {template: "$a $ab $a", params: {$a: 1, $ab: $a}}}', '1 $a 1'],
    ['{str_replace: {template: "m", params: {m: {k: [1, true, null]}}}}', '{"k": [1, true, null]}'],
    ['{str_replace: {template: "(x.y)", params: {"x.y": "$&"}}}', '($&)'],
    ['{list_join: ["-", [a, 1, true], {get_param: list}]}', 'a-1-True-a-b'],
    ['{list_join: [",", [{k: v}]]}', '{"k": "v"}'],
    ['{str_split: [",", "a,b"]}', ['a', 'b']],
    ['{str_split: [",", "a,b", 1]}', 'b'],
    ['{repeat: {template: "%x%-%y%", for_each: {"%x%": [a, b], "%y%": [1, 2]}}}', ['a-1', 'a-2', 'b-1', 'b-2']],
    ['{repeat: {template: "%x%-%y%", for_each: {"%x%": [a, b], "%y%": [1, 2]}, permutations: false}}', ['a-1', 'b-2']],
    ['{map_merge: [{a: 1, b: 1}, {b: 2}]}', { a: 1, b: 2 }],
    ['{map_replace: [{a: 1}, {keys: {a: z}, values: {1: one}}]}', { z: 'one' }],
    ['{list_concat: [[1], [2, 1]]}', [1, 2, 1]],
    ['{list_concat_unique: [[1], [2, 1]]}', [1, 2]],
    ['{filter: [[1], [1, 2, 1]]}', [2]],
    ['{contains: [a, {get_param: list}]}', true],
    ['{digest: [sha256, abc]}', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
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
    ['{str_replace: {template: a}}', '"str_replace" must be a map with "template" and "params"'],
    ['{str_replace_strict: {template: a, params: {b: 1}}}', '"str_replace_strict" The following params were not found in the template: b'],
    ['{list_join: [1, [a]]}', '"list_join" takes a string as its delimiter'],
    ['{yaql: {expression: x}}', '"yaql" is not supported by this development cloud'],
  ])('%s is refused', (source, message) => {
    expect(() => of(source)).toThrow(message)
  })

  test('what is not known yet makes unknown what is made of it', () => {
    const before: Scope = { ...scope, attribute: () => unknownYet }
    const joined = resolve({ list_join: ['-', ['a', { get_attr: ['x', 'y'] }]] }, before)
    expect(joined).toBe(`a-${unknownYet}`)
    expect(resolve({ list_join: ['-', { get_attr: ['x', 'y'] }] }, before)).toBe(unknownYet)
  })

  test('references are found wherever they hide, with their place', () => {
    const value = yaml(
      '{a: [{get_resource: one}], b: {str_replace: {template: t, params: {x: {get_attr: [two, y, {get_resource: three}]}}}}}',
    )
    expect(references(value, 'r.Properties')).toEqual([
      { resource: 'one', path: 'r.Properties.a[0]' },
      { resource: 'two', path: 'r.Properties.b.str_replace.params.x' },
      { resource: 'three', path: 'r.Properties.b.str_replace.params.x' },
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
