import { expect, test } from 'vitest'
import { readTemplate } from './template.ts'
import { problemLine } from './yaml-source.ts'

const ok = `heat_template_version: 2021-04-16
parameters:
  ssh_public_key: {type: string}
  flavor: {type: string, default: lab.tiny}
resources:
  signal: {type: OS::Heat::WaitConditionHandle}
  wait:
    type: OS::Heat::WaitCondition
    properties: {handle: {get_resource: signal}, count: 1, timeout: 60}
  server:
    type: OS::Nova::Server
    properties:
      flavor: {get_param: flavor}
      user_data:
        str_replace:
          template: {get_file: node.yaml}
          params: {$notify: {get_attr: [signal, curl_cli]}, $name: {get_param: 'OS::stack_name'}}
outputs:
  address:
    value: {get_attr: [server, first_address]}
`
const read = (template: string, files: Record<string, string> = { 'heat/node.yaml': '#cloud-config' }) => {
  const all: Record<string, string> = { 'heat/lab.yaml': template, ...files }
  return readTemplate('heat/lab.yaml', '.', (path) => all[path] ?? null)
}
const problems = (from: string, to: string) => {
  expect(ok).toContain(from)
  return read(ok.replace(from, to)).problems.map(problemLine)
}

test('a template is read with the files it takes and what it needs', () => {
  expect(read(ok)).toEqual({
    problems: [],
    template: {
      text: ok,
      files: { 'node.yaml': '#cloud-config' },
      parameters: ['ssh_public_key', 'flavor'],
      required: ['ssh_public_key'],
      takes: ['ssh_public_key'],
      outputs: ['address'],
    },
  })
})

test('a file may also lie in the folder that lab.yaml names', () => {
  expect(read(ok, { 'node.yaml': 'x' }).template?.files).toEqual({ 'node.yaml': 'x' })
})

test('a resource whose type is a file brings that file, and what that one takes', () => {
  const nested = 'heat_template_version: 2021-04-16\nresources:\n  a: {type: OS::Heat::Value, properties: {value: {get_file: deep.txt}}}\n'
  const outer = ok.replace('type: OS::Nova::Server', 'type: machine.yaml')
  const files = { 'heat/machine.yaml': nested, 'heat/deep.txt': 'deep', 'heat/node.yaml': 'n' }
  expect(read(outer, files).template?.files).toEqual({ 'machine.yaml': nested, 'deep.txt': 'deep', 'node.yaml': 'n' })
  expect(read(outer, { ...files, 'heat/machine.yaml': 'x: [' }).problems[0]?.file).toBe('heat/machine.yaml')
})

const wrong: [from: string, to: string, says: string][] = [
  ['{get_param: flavor}', '{get_param: flavour}', 'heat/lab.yaml:13:27: There is no parameter "flavour".'],
  ['{get_resource: signal}', '{get_resource: ghost}', 'heat/lab.yaml:9:41: There is no resource "ghost".'],
  ['[server, first_address]', '[ghost, first_address]', 'heat/lab.yaml:20:24: There is no resource "ghost".'],
  ['node.yaml', 'other.yaml', 'heat/lab.yaml:16:32: There is no text file "other.yaml" in the lab’s folder.'],
  ['node.yaml', '../../etc/passwd', 'heat/lab.yaml:16:32: There is no text file'],
  ['2021-04-16', '2099-01-01', 'heat/lab.yaml:1:24: "2099-01-01" is no version'],
  ['heat_template_version: 2021-04-16\n', '', 'heat/lab.yaml:1:1: heat_template_version is missing'],
  ['outputs:', 'output:', 'heat/lab.yaml:18:1: "output" is no section of a Heat template.'],
  ['type: OS::Nova::Server', 'kind: OS::Nova::Server', 'heat/lab.yaml:11:5: Resource "server" has no type.'],
  ['  signal: {', '  flavor: {type: OS::Heat::None}\n  signal: {', 'heat/lab.yaml:6:3: "flavor" is a parameter already'],
  [
    '{type: OS::Heat::WaitConditionHandle}',
    '{type: OS::Heat::WaitConditionHandle, depends_on: [server]}',
    'heat/lab.yaml:6:3: These resources wait for each other: signal → server → signal.',
  ],
  ['ssh_public_key: {', 'key: {', 'heat/lab.yaml:3:3: The template must take the parameter "ssh_public_key"'],
  [
    '  flavor: {type',
    '  inside_private_key: {type: string}\n  flavor: {type',
    'heat/lab.yaml:4:23: "inside_private_key" must be hidden: true',
  ],
  ['OS::Heat::WaitCondition\n', 'OS::Heat::None\n', 'heat/lab.yaml:6:3: No OS::Heat::WaitCondition waits'],
  ['resources:', 'resources: [', 'heat/lab.yaml:'],
]

test.each(wrong)('%j written as %j', (from, to, says) => {
  const found = problems(from, to)
  expect(
    found.some((line) => line.startsWith(says)),
    found.join('\n'),
  ).toBe(true)
})

test('a template that is not there, or is larger than Heat takes, is said for the file as a whole', () => {
  expect(readTemplate('a.yaml', '.', () => null).problems.map(problemLine)).toEqual([
    'a.yaml: There is no such text file in the lab’s folder.',
  ])
  expect(readTemplate('a.yaml', '.', () => '#'.repeat(600_000)).problems.map(problemLine)).toEqual([
    'a.yaml: The template is larger than 524288 bytes.',
  ])
})
