import { describe, expect, test } from 'vitest'
import type { JsonMap } from '../json.ts'
import { readEnvironment } from './environment.ts'
import { childEnvironment, type Implementation, implementationOf } from './registry.ts'

const builtIn = ['OS::Nova::Server', 'OS::Heat::None', 'OS::Neutron::Port']
const has = (type: string) => builtIn.includes(type)
const files = { 'https://example.org/web.yaml': 'web template', 'inner.yaml': 'inner template', 'file:///lab/a.template': 'a template' }

function find(registry: JsonMap, type: string, name = 'web'): Implementation | string {
  const environment = readEnvironment({ environment: { resource_registry: registry } })
  try {
    return implementationOf(environment, files, { type, name, has })
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
}

describe('What a resource type stands for', () => {
  const itself: Implementation = { kind: 'type', name: 'OS::Nova::Server' }
  const cases: [what: string, registry: JsonMap, type: string, found: Implementation | string][] = [
    ['itself', {}, 'OS::Nova::Server', itself],
    ['what its alias says', { 'Lib::Server': 'OS::Nova::Server' }, 'Lib::Server', itself],
    ['the end of a chain of aliases', { 'A::B': 'C::D', 'C::D': 'OS::Nova::Server' }, 'A::B', itself],
    ['the rest of its name after a wildcard', { 'Old::*': 'OS::*' }, 'Old::Nova::Server', itself],
    [
      'nothing, where all of a kind is left out',
      { 'OS::*': 'OS::Heat::None' },
      'OS::Nova::Server',
      { kind: 'type', name: 'OS::Heat::None' },
    ],
    ['itself, under the name that Neutron once had', {}, 'OS::Quantum::Port', { kind: 'type', name: 'OS::Neutron::Port' }],
    ['a text of the request', {}, 'inner.yaml', { kind: 'template', file: 'inner.yaml', source: 'inner template', path: ['inner.yaml'] }],
    [
      'a template that is registered for it',
      { 'Lib::Web': 'https://example.org/web.yaml' },
      'Lib::Web',
      { kind: 'template', file: 'https://example.org/web.yaml', source: 'web template', path: ['Lib::Web'] },
    ],
    [
      'what is said for that resource alone',
      { 'OS::Nova::Server': 'inner.yaml', resources: { web: { 'OS::Nova::Server': 'file:///lab/a.template' } } },
      'OS::Nova::Server',
      { kind: 'template', file: 'file:///lab/a.template', source: 'a template', path: ['resources', 'web', 'OS::Nova::Server'] },
    ],
    ['itself again, where null took the alias back', { 'OS::Nova::Server': null }, 'OS::Nova::Server', itself],
    ['nothing that Heat knows', {}, 'Lib::Web', 'The Resource Type (Lib::Web) could not be found.'],
    [
      'nothing, where its alias leads nowhere',
      { 'Lib::Web': 'Lib::Other' },
      'Lib::Web',
      'The Resource Type (Lib::Web) could not be found.',
    ],
    ['no end of aliases', { 'A::B': 'C::D', 'C::D': 'A::B' }, 'A::B', 'RecursionError'],
    [
      'a file that was not sent',
      {},
      'file:///etc/passwd.yaml',
      'Could not fetch remote template "file:///etc/passwd.yaml": Invalid URL scheme file',
    ],
    [
      'an address, which nobody asks',
      { 'Lib::Web': 'http://169.254.169.254/latest.yaml' },
      'Lib::Web',
      'Could not fetch remote template "http://169.254.169.254/latest.yaml": Failed to retrieve template from http://169.254.169.254/latest.yaml',
    ],
  ]
  test.each(cases)('A type stands for %s', (_what, registry, type, found) => {
    expect(find(registry, type)).toEqual(found)
  })

  test('A nested stack may use the type that it replaces, and sees only what is said under its own name', () => {
    const parent = readEnvironment({
      environment: {
        parameter_defaults: { size: 2 },
        resource_registry: {
          'OS::Nova::Server': 'inner.yaml',
          resources: { 'we*': { disk: { hooks: 'pre-create' } }, other: { disk: {} } },
        },
      },
    })
    const found = implementationOf(parent, files, { type: 'OS::Nova::Server', name: 'web', has })
    const child = childEnvironment(parent, {
      parameters: { a: 1 },
      name: 'web',
      ...(found.kind === 'template' ? { path: found.path } : {}),
    })
    expect(child).toMatchObject({ parameters: { a: 1 }, parameter_defaults: { size: 2 } })
    expect(child.resource_registry).toEqual({ resources: { disk: { hooks: 'pre-create' } } })
    expect(implementationOf(child, files, { type: 'OS::Nova::Server', name: 'disk', has })).toEqual(itself)
  })
})

describe('Environments', () => {
  const refused = (body: JsonMap) => {
    try {
      return readEnvironment(body)
    } catch (error) {
      return error instanceof Error ? error.message : ''
    }
  }

  test('An environment is a map or YAML, and the parameters of the request win', () => {
    const environment = 'parameters: {a: 1, b: 2}\nparameter_defaults: {c: 3}\nencrypted_param_names: [a]'
    expect(readEnvironment({ environment, parameters: { b: 4 } })).toEqual({
      parameters: { a: 1, b: 4 },
      parameter_defaults: { c: 3 },
      resource_registry: { resources: {} },
      event_sinks: [],
      encrypted_param_names: ['a'],
    })
  })

  const broken: [environment: string | JsonMap, complaint: string | RegExp][] = [
    ['- a', 'Environment not in valid format: The environment is not a valid YAML mapping data type.'],
    [{ resource: {} }, 'Environment not in valid format: environment has wrong section "resource"'],
    ['parameters:', 'Environment not in valid format: environment has empty section "parameters"'],
    ['a: [', /^Environment not in valid format: /],
    [
      { resource_registry: { resources: { web: { hooks: 'pre-lunch' } } } },
      "Invalid hook type \"pre-lunch\" for resource breakpoint, acceptable hook types are: ('pre-create', 'pre-update', 'pre-delete', 'post-create', 'post-update', 'post-delete')",
    ],
    [
      { resource_registry: { resources: { web: { restricted_actions: 'delete' } } } },
      "Invalid restricted_action type \"delete\" for resource, acceptable restricted_action types are: ('update', 'replace')",
    ],
  ]
  test.each(broken)('%o is refused in the words of Heat', (environment, complaint) => {
    expect(refused({ environment })).toEqual(typeof complaint === 'string' ? complaint : expect.stringMatching(complaint))
  })

  test('Environment files are merged in their order, by the strategies that they name', () => {
    const declared = { words: { type: 'comma_delimited_list' }, map: { type: 'json' }, name: { type: 'string' }, size: { type: 'number' } }
    const first = 'parameters: {words: "a,b", map: {x: {y: 1}}, name: one, size: 1, ghost: 1}\nresource_registry: {A::B: OS::Heat::None}'
    const second = [
      'parameters: {words: "c", map: {x: {z: 2}}, name: two, size: 2, ghost: 2}',
      'parameter_merge_strategies: {default: overwrite, words: merge, map: deep_merge}',
      'resource_registry: {C::D: OS::Heat::None}',
    ].join('\n')
    const strategies = '\nparameter_merge_strategies: {words: merge, map: deep_merge}'
    const body = {
      environment_files: ['1', '2'],
      files: { 1: first + strategies, 2: second },
      environment: { parameters: { name: 'unheard' } },
    }
    expect(readEnvironment(body, declared)).toMatchObject({
      parameters: { words: 'a,b,c', map: { x: { y: 1, z: 2 } }, name: 'two', size: 2, ghost: 1 },
      resource_registry: { 'A::B': 'OS::Heat::None', 'C::D': 'OS::Heat::None' },
    })
    const conflict = { ...body, files: { 1: first, 2: second } }
    expect(() => readEnvironment(conflict, declared)).toThrow("Conflicting merge strategy 'merge' for parameter 'words' in file '2'.")
  })
})
