import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { secondsOf } from './length.ts'
import { labJsonSchema, readManifest } from './manifest.ts'
import { problemLine } from './yaml-source.ts'

const ok = `apiVersion: labs/v1
kind: Lab
metadata:
  id: two-machines
  title: Two machines
  level: beginner
  duration: 15m
environment:
  engine: heat
  template: two-machines.yaml
  hosts:
    - id: node1
      address: "{{outputs.address}}"
      user: debian
  ready: {signal: heat, timeout: 10m}
instructions:
  - {id: meet, file: guide/01.md}
`
const problems = (from: string, to: string) => {
  expect(ok).toContain(from)
  return readManifest('lab.yaml', ok.replace(from, to)).problems.map(problemLine)
}

test('a whole lab.yaml is read as it is written', () => {
  const { manifest, problems: none } = readManifest('lab.yaml', ok)
  expect(none).toEqual([])
  expect(manifest?.environment.hosts).toEqual([{ id: 'node1', address: '{{outputs.address}}', user: 'debian' }])
})

// One deviation a line: what is written instead, and where the author is sent.
const wrong: [from: string, to: string, says: string][] = [
  ['kind: Lab', 'kind: lab', 'lab.yaml:2:7: kind: must be "Lab".'],
  ['labs/v1', 'labs/v2', 'lab.yaml:1:13: apiVersion: must be "labs/v1".'],
  ['  title: Two machines\n', '', 'lab.yaml:4:3: "metadata.title" is missing.'],
  ['id: two-machines', 'id: Two Machines', 'lab.yaml:4:7: metadata.id: must be 2 to 40 small letters'],
  ['  level: beginner', '  level: beginner\n  colour: red', 'lab.yaml:7:3: "colour" is not known in metadata.'],
  ['kind: Lab', 'kind: Lab\nprice: 3', 'lab.yaml:3:1: "price" is not known here.'],
  ['beginner', 'easy', 'lab.yaml:6:10: metadata.level: must be "beginner" or "intermediate" or "advanced".'],
  ['duration: 15m', 'duration: 15', 'lab.yaml:7:13: metadata.duration: must be a string.'],
  ['duration: 15m', 'duration: soon', 'lab.yaml:7:13: metadata.duration: must be a length of time'],
  ['template: two-machines.yaml', 'template: ../secret.yaml', 'lab.yaml:10:13: environment.template: must be a path inside'],
  ['"{{outputs.address}}"', '10.0.0.1', 'lab.yaml:13:16: environment.hosts.0.address: must name an output'],
  ['user: debian', 'user: "; rm -rf /"', 'lab.yaml:14:13: environment.hosts.0.user: must be a Linux user name.'],
  ['  - {id: meet, file: guide/01.md}', '  []', 'lab.yaml:17:3: instructions: must have at least 1 entries.'],
  ['file: guide/01.md}', 'file: guide/01.md}\n  - {id: meet, file: b.md}', 'lab.yaml:18:10: "meet" occurs twice.'],
  ['kind: Lab', 'kind: Lab\nkind: Lab', 'lab.yaml:3:1: Map keys must be unique'],
  ['level: beginner', 'level: [', 'lab.yaml:7:'],
  [
    'instructions:',
    'workspace: {tabs: [{id: t1, kind: terminal, host: node9}]}\ninstructions:',
    'lab.yaml:16:51: There is no host "node9".',
  ],
]

test.each(wrong)('%j written as %j', (from, to, says) => {
  expect(problems(from, to).some((line) => line.startsWith(says))).toBe(true)
})

test('every mistake is told at once', () => {
  expect(problems('kind: Lab', 'kind: lab\nprice: 3').length).toBe(2)
})

test('a second default host is pointed at', () => {
  const two = `user: debian
      default: true
    - {id: node2, address: "{{outputs.a}}", user: debian, default: true}`
  expect(problems('user: debian', two)).toEqual(['lab.yaml:16:68: Another host is the default already.'])
})

test('a file that is no mapping, and one that explodes, are problems and no crash', () => {
  expect(readManifest('lab.yaml', 'hello').problems.map(problemLine)).toEqual(['lab.yaml:1:1: The file: must be a mapping.'])
  expect(readManifest('lab.yaml', '').problems.length).toBeGreaterThan(0)
  const layers = ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map(
    (name, before) => `${name}: &${name} [${`*${'abcdefgh'[before] ?? ''},`.repeat(9)}]`,
  )
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...layers].join('\n')
  expect(readManifest('lab.yaml', bomb).problems.map(problemLine)).toEqual(['lab.yaml:1:1: There are too many aliases in this file.'])
})

test('lengths of time are told in seconds', () => {
  expect([secondsOf('90s'), secondsOf('15m'), secondsOf('2h'), secondsOf('14d')]).toEqual([90, 900, 7200, 1_209_600])
})

test('docs/lab.schema.json is the schema that lab.yaml is checked against', () => {
  const written: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/lab.schema.json'), 'utf8'))
  expect(written).toEqual(JSON.parse(JSON.stringify(labJsonSchema())))
})
