import { expect, test } from 'vitest'
import { parseYaml } from './yaml.ts'

const here = (line: number, column: number) => `  in "<unicode string>", line ${line}, column ${column}:`

test.each([
  ['a: [}', `while parsing a flow node\nexpected the node content, but found '}'\n${here(1, 5)}\n    a: [}\n        ^`],
  [
    'b: [1, 2}\n',
    `while parsing a flow sequence\n${here(1, 4)}\n    b: [1, 2}\n       ^\nexpected ',' or ']', but got '}'\n${here(1, 9)}\n    b: [1, 2}\n            ^`,
  ],
  ['a: b: c\n', `mapping values are not allowed here\n${here(1, 5)}\n    a: b: c\n        ^`],
  ['a: 1\n b: 2\n', `mapping values are not allowed here\n${here(2, 3)}\n     b: 2\n      ^`],
  [
    'a:\n\tb: c\n',
    `while scanning for the next token\nfound character '\\t' that cannot start any token\n${here(2, 1)}\n    \tb: c\n    ^`,
  ],
  [
    'a: "x\n',
    `while scanning a quoted scalar\n${here(1, 4)}\n    a: "x\n       ^\nfound unexpected end of stream\n${here(2, 1)}\n    \n    ^`,
  ],
])('PyYAML says what is wrong with %j', (source, complaint) => {
  const told: string[] = []
  expect(() =>
    parseYaml(source, (words) => {
      told.push(words)
      return new Error('not YAML')
    }),
  ).toThrow('not YAML')
  expect(told).toEqual([complaint])
})
