import { afterEach, describe, expect, test } from 'vitest'
import { type Answer, openTestCloud, type TestCloud, testClock } from '../dev-cloud.fixture.ts'
import { memoryHost } from '../played/memory-driver.ts'

let site: TestCloud | undefined
afterEach(async () => {
  await site?.close()
  site = undefined
})

const version = 'heat_template_version: 2021-04-16\n'
const network = `
  net: {type: OS::Neutron::Net}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.9.0.0/24}}`
const serverIn = (net: string, name: string) =>
  `type: OS::Nova::Server, properties: {name: ${name}, image: debian-12, flavor: lab.tiny, networks: [{network: ${net}}]}`
const group = (count: number, name = 'node-%index%') => `${version}resources:${network}
  group:
    type: OS::Heat::ResourceGroup
    depends_on: sub
    properties: {count: ${count}, resource_def: {${serverIn('{get_resource: net}', `"${name}"`)}}}
outputs:
  refs: {value: {get_attr: [group, refs]}}
  map: {value: {get_attr: [group, refs_map]}}
  names: {value: {get_attr: [group, name]}}
  first: {value: {get_attr: [group, resource.0.first_address]}}
  all: {value: {get_attr: [group, attributes, first_address]}}
  removed: {value: {get_attr: [group, removed_rsrc_list]}}
`
const nodeFile = `${version}parameters: {net: {type: string}, name: {type: string}, size: {type: number, default: 2}}
resources:
  machine: {${serverIn('{get_param: net}', '{get_param: name}')}}
outputs:
  address: {value: {get_attr: [machine, first_address]}}
  doubled: {value: {str_replace: {template: nn, params: {n: {get_param: size}}}}}
`
const nesting = `${version}resources:${network}
  one: {type: node.yaml, depends_on: sub, properties: {net: {get_resource: net}, name: one}}
  two: {type: My::Node, depends_on: sub, properties: {net: {get_resource: net}, name: two, size: 4}}
outputs:
  addresses: {value: [{get_attr: [one, address]}, {get_attr: [two, address]}]}
  doubled: {value: {get_attr: [two, doubled]}}
  reference: {value: {get_resource: one}}
`
const registry = { files: { 'node.yaml': nodeFile }, environment: { resource_registry: { 'My::Node': 'node.yaml' } } }

const outputsOf = (stack: Answer['body']) =>
  Object.fromEntries(stack.outputs.map((output: { output_key: string; output_value: unknown }) => [output.output_key, output.output_value]))
const namesOf = (answer: Answer, key: string, name: string): string[] => answer.body[key].map((each: Record<string, string>) => each[name])

describe('a group', () => {
  test('is a stack of its own: its members, their attributes, its place among stacks, resources and events', async () => {
    site = await openTestCloud()
    const id = await site.createStack('lab', group(2))
    const stack = await site.until('lab', id, 'CREATE_COMPLETE')
    const outputs = outputsOf(stack)
    expect(outputs.names).toEqual(['node-0', 'node-1'])
    expect(outputs.refs).toEqual([...site.host.machines.keys()])
    expect(outputs.map).toEqual({ 0: outputs.refs[0], 1: outputs.refs[1] })
    expect(outputs).toMatchObject({ first: '10.9.0.2', all: { 0: '10.9.0.2', 1: '10.9.0.3' }, removed: [] })

    expect(namesOf(await site.call('GET', '/stacks'), 'stacks', 'stack_name')).toEqual(['lab'])
    const { body } = await site.call('GET', '/stacks?show_nested=true')
    const nested = body.stacks.find((each: { parent: string | null }) => each.parent === id)
    expect(nested).toMatchObject({ stack_name: expect.stringMatching(/^lab-group-[a-z2-7]{12}$/), stack_status: 'CREATE_COMPLETE' })
    const resources = await site.call('GET', `/stacks/lab/${id}/resources?nested_depth=1`)
    expect(namesOf(resources, 'resources', 'resource_name')).toEqual(['net', 'sub', 'group', '0', '1'])
    expect(resources.body.resources[2]).toMatchObject({ physical_resource_id: nested.id })
    expect(resources.body.resources[2].links[2]).toEqual({ href: nested.links[0].href, rel: 'nested' })
    expect(resources.body.resources[3]).toMatchObject({ parent_resource: 'group', resource_type: 'OS::Nova::Server' })
    expect(namesOf(await site.call('GET', `/stacks/lab/${id}/resources`), 'resources', 'resource_name')).toEqual(['net', 'sub', 'group'])
    const events = (await site.call('GET', `/stacks/lab/${id}/events?nested_depth=1&sort_dir=asc`)).body.events
    const told = events.map(
      (event: { resource_name: string; resource_status: string }) => `${event.resource_name} ${event.resource_status}`,
    )
    expect(told.indexOf('0 CREATE_COMPLETE')).toBeLessThan(told.indexOf('group CREATE_COMPLETE'))
    expect(events.at(-1).links[3]).toEqual({ href: stack.links[0].href, rel: 'root_stack' })
    expect(await site.call('GET', `/stacks/${nested.stack_name}`)).toMatchObject({ status: 302 })
  })

  test('tells every machine of all the others from its first moment', async () => {
    site = await openTestCloud()
    const lone = `\n  lone: {depends_on: sub, ${serverIn('{get_resource: net}', 'lone')}}\n`
    const id = await site.createStack('lab', group(2).replace('outputs:', `${lone.slice(1)}outputs:`))
    await site.until('lab', id, 'CREATE_COMPLETE')
    for (const { spec } of site.host.machines.values()) {
      expect(new Set(spec.hosts.map(({ names }) => names[0]))).toEqual(new Set(['lone', 'node-0', 'node-1']))
      expect(spec.spaceId).toBe(id)
    }
    expect(site.host.spaces.size).toBe(1)
  })

  test('grows and shrinks by update; what was removed by name is not made again', async () => {
    site = await openTestCloud()
    const id = await site.createStack('lab', group(1))
    await site.until('lab', id, 'CREATE_COMPLETE')
    await site.call('PUT', `/stacks/lab/${id}`, { template: group(3) })
    const three = outputsOf(await site.until('lab', id, 'UPDATE_COMPLETE'))
    expect(three.names).toEqual(['node-0', 'node-1', 'node-2'])
    expect(site.host.calls).toEqual(['create node-0', 'create node-1', 'create node-2'])

    const without = group(2).replace('{count: 2', "{removal_policies: [{resource_list: ['1']}], count: 2")
    await site.call('PUT', `/stacks/lab/${id}`, { template: without })
    await expect.poll(async () => outputsOf((await site?.call('GET', `/stacks/lab/${id}`))?.body.stack).names).toEqual(['node-0', 'node-2'])
    const two = outputsOf(await site.until('lab', id, 'UPDATE_COMPLETE'))
    expect(two.removed).toEqual(['1'])
    await site.call('PUT', `/stacks/lab/${id}`, { template: group(3) })
    await expect
      .poll(async () => outputsOf((await site?.call('GET', `/stacks/lab/${id}`))?.body.stack).names)
      .toEqual(['node-0', 'node-2', 'node-3'])
  })

  test('that grows or shrinks is known by name to the machines that run, and to the new ones before the first of them starts', async () => {
    const known: Record<string, string[]> = {}
    const namesOf = (name: string) =>
      [...(site?.host.machines.values() ?? [])]
        .find(({ spec }) => spec.name === name)
        ?.spec.hosts.flatMap(({ names }) => names)
        .sort() ?? []
    const starting = async (name: string) => {
      known[name] = namesOf('node-0')
    }
    site = await openTestCloud({ machines: { starting } })
    const id = await site.createStack('lab', group(1))
    await site.until('lab', id, 'CREATE_COMPLETE')
    const change = async (count: number) => {
      await site?.call('PUT', `/stacks/lab/${id}`, { template: group(count) })
      await site?.until('lab', id, 'UPDATE_COMPLETE')
    }
    await change(3)
    expect(known).toMatchObject({ 'node-1': ['node-0', 'node-1', 'node-2'], 'node-2': ['node-0', 'node-1', 'node-2'] })
    await change(2)
    expect([namesOf('node-0'), namesOf('node-1')]).toEqual([
      ['node-0', 'node-1'],
      ['node-0', 'node-1'],
    ])
  })

  test('sleeps, wakes, is checked and goes with the stack', async () => {
    site = await openTestCloud()
    const id = await site.createStack('lab', group(2))
    await site.until('lab', id, 'CREATE_COMPLETE')
    await site.call('POST', `/stacks/lab/${id}/actions`, { suspend: null })
    await site.until('lab', id, 'SUSPEND_COMPLETE')
    expect([...site.host.machines.values()].map(({ state }) => state)).toEqual(['frozen', 'frozen'])
    const all = await site.call('GET', '/stacks?show_nested=true')
    expect(namesOf(all, 'stacks', 'stack_status')).toEqual(['SUSPEND_COMPLETE', 'SUSPEND_COMPLETE'])
    await site.call('POST', `/stacks/lab/${id}/actions`, { resume: null })
    await site.until('lab', id, 'RESUME_COMPLETE')
    const [server] = [...site.host.machines.keys()]
    await site.call('POST', `${site.cloud.heatUrl}/compute/v2.1/servers/${server}/action`, { 'os-stop': null })
    await expect.poll(() => site?.host.machines.get(server ?? '')?.state).toBe('off')
    await site.call('POST', `/stacks/lab/${id}/actions`, { check: null })
    const checked = await site.until('lab', id, 'CHECK_FAILED')
    expect(checked.stack_status_reason).toContain("resources.group.resources[0]: 'status': expected 'ACTIVE', got 'SHUTOFF'")
    await site.call('DELETE', `/stacks/lab/${id}`)
    await site.until('lab', id, 'DELETE_COMPLETE')
    expect(site.host.machines.size).toBe(0)
    expect(site.host.spaces.size).toBe(0)
  })

  test('fails with the place where it failed', async () => {
    site = await openTestCloud({ machines: { refuses: (spec) => (spec.name === 'node-1' ? 'No valid host was found. ' : undefined) } })
    const id = await site.createStack('lab', group(2))
    expect((await site.until('lab', id, 'CREATE_FAILED')).stack_status_reason).toBe(
      'Resource CREATE failed: ResourceInError: resources.group.resources[1]: Went to status ERROR due to "Message: No valid host was found. , Code: 500"',
    )
  })

  test('is made so many at a time where its policy says so', async () => {
    site = await openTestCloud()
    const template = group(3).replace(
      '    properties: {count',
      '    update_policy: {batch_create: {max_batch_size: 2}}\n    properties: {count',
    )
    const id = await site.createStack('lab', template)
    await site.until('lab', id, 'CREATE_COMPLETE')
    const events = (await site.call('GET', `/stacks/lab/${id}/events?nested_depth=1&sort_dir=asc`)).body.events
    const told: string[] = events.map((event: Record<string, string>) => `${event.resource_name} ${event.resource_status}`)
    expect(told.indexOf('1 CREATE_COMPLETE')).toBeLessThan(told.indexOf('2 CREATE_IN_PROGRESS'))
    expect(site.host.machines.size).toBe(3)
  })
})

describe('a group that is changed so many at a time', () => {
  const rolling = (value: string, more = '') => `${version}resources:
  group:
    type: OS::Heat::ResourceGroup
    update_policy: {rolling_update: {max_batch_size: 1, min_in_service: 2}}
    properties: {count: 3, resource_def: {type: OS::Heat::TestResource, properties: {value: "${value}-%index%"${more}}}}
outputs: {values: {value: {get_attr: [group, output]}}}
`
  test('begins with the highest, and goes back member by member where it fails', async () => {
    site = await openTestCloud()
    const id = await site.createStack('lab', rolling('a'))
    await site.until('lab', id, 'CREATE_COMPLETE')
    await site.call('PUT', `/stacks/lab/${id}`, { template: rolling('b') })
    expect(outputsOf(await site.until('lab', id, 'UPDATE_COMPLETE')).values).toEqual(['b-0', 'b-1', 'b-2'])
    const events = (await site.call('GET', `/stacks/lab/${id}/events?nested_depth=1&sort_dir=asc&resource_action=UPDATE`)).body.events
    const told = events.filter((event: Record<string, string>) => /^[0-9]$/.test(event.resource_name ?? ''))
    expect(told.map((event: Record<string, string>) => event.resource_name)).toEqual(['2', '2', '1', '1', '0', '0'])
    await site.call('PUT', `/stacks/lab/${id}`, { template: rolling('c', ', fail: true'), disable_rollback: false })
    expect(outputsOf(await site.until('lab', id, 'ROLLBACK_COMPLETE')).values).toEqual(['b-0', 'b-1', 'b-2'])
  })
})

describe('a template as a type', () => {
  test('is named directly or by the registry; its parameters are properties, its outputs attributes', async () => {
    site = await openTestCloud()
    const id = await site.createStack('lab', nesting, registry)
    const outputs = outputsOf(await site.until('lab', id, 'CREATE_COMPLETE'))
    expect(outputs.addresses).toEqual(['10.9.0.2', '10.9.0.3'])
    expect(outputs.doubled).toBe('44')
    expect(outputs.reference).toMatch(/^arn:openstack:heat::[0-9a-f]+:stacks\/lab-one-[a-z2-7]+\/[0-9a-f-]{36}$/)
    const types = namesOf(await site.call('GET', `/stacks/lab/${id}/resources`), 'resources', 'resource_type')
    expect(types).toEqual(['OS::Neutron::Net', 'OS::Neutron::Subnet', 'node.yaml', 'My::Node'])
  })

  test('is refused where its template or its properties are wrong', async () => {
    site = await openTestCloud()
    const refused = async (template: string, files: Record<string, string> = { 'node.yaml': nodeFile }) =>
      (await site?.call('POST', '/stacks', { stack_name: 'bad', template, files }))?.body.error.message
    const one = (properties: string) => `${version}resources: {one: {type: node.yaml, properties: ${properties}}}`
    expect(await refused(one('{net: public, name: a, colour: red}'))).toBe(
      'Property error: : resources.one.properties: : Unknown Property colour',
    )
    expect(await refused(one('{net: public}'))).toBe('Property error: : resources.one.properties: : Property name not assigned')
    expect(await refused(one('{net: public, name: a}'), { 'node.yaml': nodeFile.replace('lab.tiny', 'none') })).toBe(
      "Property error: : resources.one<node.yaml>.resources.machine.properties.flavor: : Error validating value 'none': No Flavor matching {'name': 'none'}. (HTTP 404)",
    )
    const itself = `${version}resources: {again: {type: node.yaml}}`
    // Deeper than five: Heat's API does not say why.
    expect(await site.call('POST', '/stacks', { stack_name: 'bad', template: itself, files: { 'node.yaml': itself } })).toMatchObject({
      status: 500,
      body: { error: { type: 'RemoteError' } },
    })
    const nothing = { 'node.yaml': nodeFile.replace('[machine, first_address]', '[machine, nothing]') }
    expect(await refused(one('{net: public, name: a}'), nothing)).toBe(
      'resources.one<node.yaml>.outputs.address.value.get_attr: : The Referenced Attribute (machine nothing) is incorrect.',
    )
    const many = `${version}resources: {group: {type: OS::Heat::ResourceGroup, properties: {count: 1001, resource_def: {type: OS::Heat::None}}}}`
    const id = await site.createStack('many', many)
    expect((await site.until('many', id, 'CREATE_FAILED')).stack_status_reason).toBe(
      'Resource CREATE failed: resources.group: Request limit exceeded: Maximum resources per stack exceeded.',
    )
  })

  test('can be nested in others, and a handle in one is signalled from its machine', async () => {
    const inner = `${version}resources:
  handle: {type: OS::Heat::WaitConditionHandle}
  wait: {type: OS::Heat::WaitCondition, properties: {handle: {get_resource: handle}, timeout: 60}}
outputs: {data: {value: {get_attr: [wait, data]}}}
`
    const outer = `${version}resources: {inner: {type: inner.yaml}}\noutputs: {data: {value: {get_attr: [inner, data]}}}\n`
    site = await openTestCloud()
    const template = `${version}resources: {outer: {type: outer.yaml}}\noutputs: {data: {value: {get_attr: [outer, data]}}}\n`
    const id = await site.createStack('deep', template, { files: { 'inner.yaml': inner, 'outer.yaml': outer } })
    await expect.poll(async () => (await site?.call('GET', `/stacks/deep/${id}/resources?nested_depth=3`))?.body.resources.length).toBe(4)
    const found = (await site.call('GET', `/stacks/deep/${id}/resources?nested_depth=3&type=OS::Heat::WaitConditionHandle`)).body
      .resources[0]
    const { endpoint, token } = (await site.call('GET', found.links[0].href)).body.resource.attributes
    expect(await site.call('POST', endpoint, { id: 'a', data: 'here' }, token)).toMatchObject({ status: 200 })
    expect(outputsOf(await site.until('deep', id, 'CREATE_COMPLETE')).data).toBe('{"a": "here"}')
  })

  test('is ended by the time limit of the stack above it', async () => {
    const clock = testClock()
    site = await openTestCloud(clock)
    const inner = `${version}resources:
  handle: {type: OS::Heat::WaitConditionHandle}
  wait: {type: OS::Heat::WaitCondition, properties: {handle: {get_resource: handle}, timeout: 6000}}
`
    const template = `${version}resources: {inner: {type: inner.yaml}}`
    const id = await site.createStack('late', template, { files: { 'inner.yaml': inner }, timeout_mins: 1 })
    await expect.poll(async () => (await site?.call('GET', '/stacks?show_nested=true'))?.body.stacks.length).toBe(2)
    clock.advance(60_000)
    expect((await site.until('late', id, 'CREATE_FAILED')).stack_status_reason).toBe('Timed out')
    expect(namesOf(await site.call('GET', '/stacks?show_nested=true'), 'stacks', 'stack_status')).toEqual([
      'CREATE_FAILED',
      'CREATE_FAILED',
    ])
  })
})

describe('OS::Heat::Stack', () => {
  test('is a stack beside this one that goes with it', async () => {
    site = await openTestCloud()
    const inner = `${version}parameters: {text: {type: string}}\nresources: {v: {type: OS::Heat::Value, properties: {value: {get_param: text}}}}\noutputs: {v: {value: {get_attr: [v, value]}}}\n`
    const template = `${version}resources:
  other: {type: OS::Heat::Stack, properties: {template: {get_file: inner.yaml}, parameters: {text: hello}}}
outputs: {v: {value: {get_attr: [other, outputs, v]}}}
`
    const id = await site.createStack('lab', template, { files: { 'inner.yaml': inner } })
    expect(outputsOf(await site.until('lab', id, 'CREATE_COMPLETE')).v).toBe('hello')
    expect(namesOf(await site.call('GET', '/stacks'), 'stacks', 'parent')).toEqual([null, null])
    await site.call('DELETE', `/stacks/lab/${id}`)
    await site.until('lab', id, 'DELETE_COMPLETE')
    expect((await site.call('GET', '/stacks')).body.stacks).toEqual([])
  })
})

describe('a restart', () => {
  test('goes on in the middle of a nested creation', async () => {
    const gate = Promise.withResolvers<void>()
    const kept = memoryHost()
    const first = await openTestCloud({ kept, machines: { starting: () => gate.promise } })
    const id = await first.createStack('lab', group(2))
    await expect.poll(() => kept.calls.length).toBeGreaterThan(0)
    const closing = first.cloud.close('stop')
    gate.resolve()
    await closing
    site = await openTestCloud({ folder: first.folder, kept })
    const outputs = outputsOf(await site.until('lab', id, 'CREATE_COMPLETE'))
    expect(outputs.refs).toEqual([...site.host.machines.keys()].sort((a, b) => outputs.refs.indexOf(a) - outputs.refs.indexOf(b)))
    expect(outputs.refs).toHaveLength(2)
  })
})
