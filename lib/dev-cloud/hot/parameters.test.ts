import { describe, expect, test } from 'vitest'
import type { Content } from '../content.ts'
import type { Json, JsonMap } from '../json.ts'
import { describeParameters, resolveParameters, showParameters } from './parameters.ts'

const content = { flavor: (name: string) => (name === 'lab.tiny' ? { id: '1', name } : undefined) } as unknown as Content

function parameterValue(schema: JsonMap, given?: Json): Json | undefined {
  const parameters: JsonMap = given === undefined ? {} : { p: given }
  return resolveParameters({ p: schema }, { parameters, defaults: {} }, content).p
}

describe('the value of a parameter', () => {
  test.each([
    [{ type: 'string' }, 'text', 'text'],
    [{ type: 'string' }, 7, '7'],
    [{ type: 'string' }, true, 'True'],
    [{ type: 'number' }, '3', 3],
    [{ type: 'number', default: 4 }, undefined, 4],
    [{ type: 'boolean' }, 'yes', true],
    [{ type: 'boolean' }, 'f', false],
    [{ type: 'comma_delimited_list' }, 'a, b', ['a', ' b']],
    [{ type: 'comma_delimited_list' }, ['a', 2], ['a', '2']],
    [{ type: 'json' }, '{"a": 1}', { a: 1 }],
    [{ type: 'json' }, { a: 1 }, { a: 1 }],
    [{ type: 'string', constraints: [{ custom_constraint: 'nova.flavor' }] }, 'lab.tiny', 'lab.tiny'],
    [{ type: 'number', constraints: [{ modulo: { step: 2, offset: 1 } }] }, 3, 3],
  ] as [JsonMap, Json | undefined, Json][])('%j given %j is %j', (schema, given, value) => {
    expect(parameterValue(schema, given)).toEqual(value)
  })

  test.each([
    [{ type: 'number' }, 'many', "Parameter 'p' is invalid: could not convert string to float: 'many'"],
    [{ type: 'number', constraints: [{ range: { min: 0, max: 8 } }] }, 9, "Parameter 'p' is invalid: 9 is out of range (min: 0, max: 8)"],
    [
      { type: 'string', constraints: [{ length: { min: 3 } }] },
      'ab',
      "Parameter 'p' is invalid: length (2) is out of range (min: 3, max: None)",
    ],
    [
      { type: 'string', constraints: [{ allowed_values: ['a', 'b'] }] },
      'c',
      'Parameter \'p\' is invalid: "c" is not an allowed value ["a", "b"]',
    ],
    [
      { type: 'string', constraints: [{ allowed_pattern: '[a-z]+$' }] },
      'A',
      `Parameter 'p' is invalid: "A" does not match pattern "[a-z]+$"`,
    ],
    [{ type: 'string', constraints: [{ allowed_pattern: 'x', description: 'Must be x' }] }, 'y', "Parameter 'p' is invalid: Must be x"],
    [
      { type: 'string', constraints: [{ custom_constraint: 'nova.flavor' }] },
      'huge',
      "Parameter 'p' is invalid: Error validating value 'huge': No Flavor matching {'name': 'huge'}. (HTTP 404)",
    ],
    [
      { type: 'json' },
      '{',
      "Parameter 'p' is invalid: Value must be valid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
    ],
    [{ type: 'string' }, undefined, 'The Parameter (p) was not provided.'],
  ] as [JsonMap, Json | undefined, string][])('%j given %j is refused', (schema, given, message) => {
    expect(() => parameterValue(schema, given)).toThrow(message)
  })

  test('comes from the request before the environment’s defaults before the template', () => {
    const schemas = {
      a: { type: 'string', default: 'template' },
      b: { type: 'string', default: 'template' },
      c: { type: 'string', default: 'template' },
    }
    const supplied = { parameters: { a: 'request' }, defaults: { a: 'environment', b: 'environment' } }
    expect(resolveParameters(schemas, supplied, content)).toEqual({ a: 'request', b: 'environment', c: 'template' })
  })
})

test('shown parameters are text, and what is hidden stays so', () => {
  const schemas = {
    n: { type: 'number' },
    secret: { type: 'string', hidden: true },
    list: { type: 'comma_delimited_list' },
    map: { type: 'json' },
  }
  expect(showParameters(schemas, { n: 1, secret: 's', list: ['a', 'b'], map: { a: [1] } })).toEqual({
    n: '1',
    secret: '******',
    list: 'a,b',
    map: '{"a": [1]}',
  })
})

test('described parameters carry their limits and what was supplied', () => {
  const nodes = { type: 'number', default: 1, constraints: [{ range: { min: 0, max: 8 } }] }
  expect(describeParameters({ nodes }, { parameters: { nodes: 3 }, defaults: {} })).toEqual({
    nodes: { Type: 'Number', Description: '', NoEcho: 'false', Label: 'nodes', Default: 1, Value: 3, MinValue: 0, MaxValue: 8 },
  })
})
