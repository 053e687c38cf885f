import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestCloud, type TestCloud, twoMachines } from '../dev-cloud.fixture.ts'

let site: TestCloud
beforeAll(async () => {
  site = await openTestCloud()
})
afterAll(() => site.close())

const simple = 'heat_template_version: 2021-04-16\nresources: {v: {type: OS::Heat::RandomString}}'

describe('a lab of two machines', () => {
  test('is created when both machines have signalled, and its outputs say where and with which keys', async () => {
    const { template, more } = await twoMachines()
    const id = await site.createStack('two', template, more)
    const first = await site.call('GET', `/stacks/two/${id}`)
    expect(first.body.stack).toMatchObject({
      stack_status: 'CREATE_IN_PROGRESS',
      stack_status_reason: 'Stack CREATE started',
      timeout_mins: 30,
    })
    expect(first.body.stack.parameters).toMatchObject({ 'OS::stack_id': id, inside_private_key: '******', flavor: 'lab.tiny' })
    expect(first.body.stack.outputs).toContainEqual(expect.objectContaining({ output_key: 'host_keys', output_value: null }))

    const handle = await site.call('GET', `/stacks/two/${id}/resources/signal`)
    const { endpoint, token, curl_cli } = handle.body.resource.attributes
    expect(curl_cli).toContain(`http://169.254.169.254${new URL(endpoint).pathname}`)
    for (const node of ['node1', 'node2']) {
      const signal = { status: 'SUCCESS', reason: 'up', id: node, data: `key of ${node}` }
      expect(await site.call('POST', endpoint, signal, token)).toMatchObject({ status: 200, body: null })
    }
    const done = await site.until('two', id, 'CREATE_COMPLETE')
    const outputs = Object.fromEntries(
      done.outputs.map((output: { output_key: string; output_value: string }) => [output.output_key, output.output_value]),
    )
    expect(outputs.node1_address).toMatch(/^172\.24\.4\.\d+$/)
    expect(outputs.node2_address).not.toBe(outputs.node1_address)
    expect(outputs.host_keys).toBe('{"node1": "key of node1", "node2": "key of node2"}')
  })

  test('gives each machine the names and addresses of both, and its own user data', () => {
    const [one, two] = [...site.host.machines.values()].map(({ spec }) => spec)
    expect(one?.hosts).toEqual([
      { address: '10.20.0.11', names: ['node1'] },
      { address: '10.20.0.12', names: ['node2'] },
    ])
    expect(two?.hosts).toEqual(one?.hosts)
    expect(one).toMatchObject({ name: 'node1', image: 'debian-12', flavor: { vcpus: 1, ramMiB: 384, diskGiB: 2 } })
    expect(one?.nics).toMatchObject([{ address: '10.20.0.11', prefixLength: 24, gateway: '10.20.0.1' }])
    expect(one?.userData).toContain('hostname: node1')
    expect(one?.userData).toContain('-d') // --data-binary follows the command that $notify stands for
    expect(one?.userData).not.toContain('$notify')
  })

  test('is refused a signal with a wrong token', async () => {
    const { id, links } = (await site.call('GET', '/stacks?name=two')).body.stacks[0]
    const { endpoint } = (await site.call('GET', `/stacks/two/${id}/resources/signal`)).body.resource.attributes
    expect(await site.call('POST', endpoint, {}, 'gAAAAAnothing')).toMatchObject({ status: 401 })
    // A token of the project opens the project's own address, not that of the handle.
    expect(await site.call('POST', endpoint, {})).toMatchObject({ status: 403 })
    expect(links[0].href).toContain(id)
  })
})

describe('what real Heat refuses', () => {
  const version = 'heat_template_version: 2021-04-16\n'
  const net = 'n: {type: OS::Neutron::Net}'
  const cases: [what: string, body: object | string, status: number, type: string, message: string | undefined][] = [
    ['no name', { template: simple }, 400, 'HTTPBadRequest', 'No stack name specified'],
    ['no template', { stack_name: 'x' }, 400, 'HTTPBadRequest', 'No template specified'],
    [
      'a bad name',
      { stack_name: '1-bad name', template: simple },
      400,
      'StackValidationFailed',
      'Invalid stack name 1-bad name must contain only alphanumeric or "_-." characters, must start with alpha and must be 255 characters or less.',
    ],
    ['a name in use', { stack_name: 'two', template: simple }, 409, 'StackExists', 'The Stack (two) already exists.'],
    [
      'a version of tomorrow',
      { stack_name: 'x', template: 'heat_template_version: 2099-01-01\nresources: {}' },
      400,
      'InvalidTemplateVersion',
      'The template version is invalid: "heat_template_version: 2099-01-01". "heat_template_version" should be one of: 2013-05-23, 2014-10-16, 2015-04-30, 2015-10-15, 2016-04-08, 2016-10-14, 2017-02-24, 2017-09-01, 2018-03-02, 2018-08-31, 2021-04-16, newton, ocata, pike, queens, rocky, wallaby',
    ],
    [
      'a missing parameter',
      { stack_name: 'x', template: `${version}parameters: {need: {type: string}}` },
      400,
      'UserParameterMissing',
      'The Parameter (need) was not provided.',
    ],
    [
      'an undeclared parameter',
      { stack_name: 'x', template: simple, parameters: { ghost: 1 } },
      400,
      'UnknownUserParameter',
      'The Parameter (ghost) was not defined in template.',
    ],
    [
      'a parameter out of range',
      {
        stack_name: 'x',
        template: `${version}parameters: {n: {type: number, constraints: [{range: {min: 0, max: 8}}]}}`,
        parameters: { n: 99 },
      },
      400,
      'StackValidationFailed',
      "Parameter 'n' is invalid: 99 is out of range (min: 0, max: 8)",
    ],
    [
      'an unknown type',
      { stack_name: 'x', template: `${version}resources: {a: {type: OS::No::Such}}` },
      400,
      'StackValidationFailed',
      'The Resource Type (OS::No::Such) could not be found.',
    ],
    [
      'a type for administrators',
      { stack_name: 'x', template: `${version}resources: {a: {type: OS::Nova::Flavor}}` },
      403,
      'Forbidden',
      'You are not authorized to use resource_types:OS::Nova::Flavor.',
    ],
    [
      'an unknown property',
      { stack_name: 'x', template: `${version}resources: {a: {type: OS::Heat::RandomString, properties: {lenght: 3}}}` },
      400,
      'StackValidationFailed',
      'Property error: : resources.a.properties: : Unknown Property lenght',
    ],
    [
      'a missing property',
      { stack_name: 'x', template: `${version}resources: {a: {type: OS::Neutron::Subnet, properties: {cidr: 10.0.0.0/24}}}` },
      400,
      'StackValidationFailed',
      'Property error: : resources.a.properties: : Property network not assigned',
    ],
    [
      'an unknown flavor',
      { stack_name: 'x', template: `${version}resources: {a: {type: OS::Nova::Server, properties: {image: debian-12, flavor: huge}}}` },
      400,
      'StackValidationFailed',
      "Property error: : resources.a.properties.flavor: : Error validating value 'huge': No Flavor matching {'name': 'huge'}. (HTTP 404)",
    ],
    [
      'an unknown image',
      { stack_name: 'x', template: `${version}resources: {a: {type: OS::Nova::Server, properties: {image: mint, flavor: lab.tiny}}}` },
      400,
      'StackValidationFailed',
      "Property error: : resources.a.properties.image: : Error validating value 'mint': No images matching {'name': 'mint'}.",
    ],
    [
      'an unknown network',
      { stack_name: 'x', template: `${version}resources: {a: {type: OS::Neutron::FloatingIP, properties: {floating_network: outer}}}` },
      400,
      'StackValidationFailed',
      "Property error: : resources.a.properties.floating_network: : Error validating value 'outer': Unable to find network with name or id 'outer'",
    ],
    [
      'an unknown reference',
      { stack_name: 'x', template: `${version}resources: {a: {type: OS::Heat::Value, properties: {value: {get_resource: ghost}}}}` },
      400,
      'InvalidTemplateReference',
      'The specified reference "ghost" (in a.Properties.value) is incorrect.',
    ],
    [
      'an unknown attribute',
      { stack_name: 'x', template: `${version}resources: {${net}}\noutputs: {o: {value: {get_attr: [n, ghost]}}}` },
      400,
      'StackValidationFailed',
      'outputs.o.value.get_attr: : The Referenced Attribute (n ghost) is incorrect.',
    ],
    [
      'one name for two things',
      { stack_name: 'x', template: `${version}parameters: {n: {type: string, default: x}}\nresources: {${net}}` },
      400,
      'StackValidationFailed',
      "Duplicate names {'n'}",
    ],
    [
      'a circle',
      {
        stack_name: 'x',
        template: `${version}resources:\n  a: {type: OS::Heat::Value, properties: {value: {get_attr: [b, value]}}}\n  b: {type: OS::Heat::Value, properties: {value: {get_attr: [a, value]}}}`,
      },
      500,
      'RemoteError',
      undefined,
    ],
  ]
  test.each(cases)('%s is refused in its words', async (_what, body, status, type, message) => {
    const answer = await site.call('POST', '/stacks', body)
    expect(answer.status).toBe(status)
    expect(answer.body).toMatchObject({ code: status, error: { type, traceback: null } })
    expect(answer.body.error.message).toBe(message)
  })

  test('broken YAML is refused with the place', async () => {
    const answer = await site.call('POST', '/stacks', {
      stack_name: 'x',
      template: 'heat_template_version: 2021-04-16\nresources: {a: [}\n',
    })
    expect(answer).toMatchObject({ status: 400, body: { error: { type: 'HTTPBadRequest' } } })
    expect(answer.body.error.message).toMatch(/^Template not in valid format: Error parsing template \[root stack\] /)
  })

  test('validation looks at names, not at values', async () => {
    const wrongName = `${version}resources: {a: {type: OS::Heat::RandomString, properties: {lenght: 3}}}`
    const answer = await site.call('POST', '/validate', { template: wrongName })
    expect(answer.body.error).toMatchObject({
      type: 'HTTPBadRequest',
      message: 'Property error: resources.a.properties: Unknown Property lenght',
    })
    const missing = `${version}resources: {a: {type: OS::Neutron::Subnet, properties: {cidr: 10.0.0.0/24}}}`
    expect(await site.call('POST', '/validate', { template: missing })).toMatchObject({ status: 200 })
    expect(await site.call('POST', '/stacks/preview', { stack_name: 'x', template: missing })).toMatchObject({ status: 400 })
  })
})

describe('addresses of a stack', () => {
  test('short ones lead to the canonical one; a wrong pair is unknown', async () => {
    const { id } = (await site.call('GET', '/stacks?name=two')).body.stacks[0]
    for (const path of ['/stacks/two', `/stacks/${id}`]) {
      const answer = await site.call('GET', path)
      expect(answer).toMatchObject({ status: 302, body: { code: '302 Found', title: 'Found' } })
      expect(answer.headers.get('Location')).toBe(`${site.cloud.heatUrl}/v1/${site.projectId}/stacks/two/${id}`)
    }
    const events = await site.call('GET', '/stacks/two/events')
    expect(events.headers.get('Location')).toMatch(new RegExp(`/stacks/two/${id}/events$`))
    expect(await site.call('GET', '/stacks/two/11111111-2222-3333-4444-555555555555')).toMatchObject({
      status: 404,
      body: { error: { type: 'EntityNotFound', message: 'The Stack (two) could not be found.' } },
    })
  })

  test('another project is forbidden, no token is unauthorized, another address is nothing', async () => {
    expect(await site.call('GET', `${site.cloud.heatUrl}/v1/0123456789abcdef0123456789abcdef/stacks`)).toMatchObject({
      status: 403,
      body: { error: { type: 'HTTPForbidden' } },
    })
    const anonymous = await site.call('GET', '/stacks', undefined, '')
    expect(anonymous).toMatchObject({
      status: 401,
      body: { error: { code: 401, title: 'Unauthorized', message: 'The request you have made requires authentication.' } },
    })
    expect(anonymous.headers.get('WWW-Authenticate')).toBe(`Keystone uri="${site.cloud.authUrl}"`)
    expect(anonymous.headers.get('X-Openstack-Request-Id')).toMatch(/^req-[0-9a-f-]{36}$/)
    expect(await site.call('GET', `${site.cloud.heatUrl}/nothing`)).toMatchObject({ status: 404, body: { code: '404 Not Found' } })
  })
})

describe('lists', () => {
  test('stacks are paged until a page is empty, filtered by tags, and an unknown marker begins again', async () => {
    for (const [name, tags] of [
      ['list-a', 'lab,even'],
      ['list-b', 'lab,odd'],
      ['list-c', 'lab,even'],
    ] as const)
      await site.createStack(name, simple, { tags })
    const seen: string[] = []
    let path = '/stacks?tags=lab&limit=2&sort_keys=stack_name'
    for (let pages = 0; path !== ''; pages += 1) {
      const { body } = await site.call('GET', path)
      seen.push(...body.stacks.map((stack: { stack_name: string }) => stack.stack_name))
      path = body.links?.[0].href ?? ''
      expect(pages).toBeLessThan(3)
    }
    expect(seen).toEqual(['list-a', 'list-b', 'list-c'])
    const names = async (query: string) =>
      (await site.call('GET', `/stacks?sort_keys=stack_name&${query}`)).body.stacks.map((stack: { stack_name: string }) => stack.stack_name)
    expect(await names('tags=lab,even')).toEqual(['list-a', 'list-c'])
    expect(await names('tags_any=even,odd')).toEqual(['list-a', 'list-b', 'list-c'])
    expect(await names('tags=lab&not_tags=even')).toEqual(['list-b'])
    expect(await names('tags=lab&not_tags_any=even,odd')).toEqual([])
    expect(await names('tags=lab&limit=1&marker=no-such-id')).toEqual(['list-a'])
    expect((await site.call('GET', '/stacks?tags=lab&with_count=true&limit=1')).body.count).toBe(3)
    expect(await site.call('GET', '/stacks?limit=many')).toMatchObject({
      status: 400,
      body: { error: { message: "Only integer is acceptable by 'limit'." } },
    })
  })

  test('events after a marker are exactly those that followed it, in both directions', async () => {
    const { id } = (await site.call('GET', '/stacks?name=two')).body.stacks[0]
    const all = (await site.call('GET', `/stacks/two/${id}/events?sort_dir=asc`)).body.events
    expect(all[0]).toMatchObject({
      resource_name: 'two',
      resource_status: 'CREATE_IN_PROGRESS',
      resource_status_reason: 'Stack CREATE started',
      physical_resource_id: id,
    })
    expect(all.at(-1)).toMatchObject({ resource_name: 'two', resource_status: 'CREATE_COMPLETE' })
    const ids = (events: { id: string }[]) => events.map((event) => event.id)
    for (const marker of [0, 7, all.length - 1]) {
      const after = (await site.call('GET', `/stacks/two/${id}/events?sort_dir=asc&marker=${all[marker].id}`)).body.events
      expect(ids(after)).toEqual(ids(all.slice(marker + 1)))
    }
    const newest = (await site.call('GET', `/stacks/two/${id}/events?limit=2`)).body.events
    expect(ids(newest)).toEqual(ids(all.slice(-2).reverse()))
    const signals = all.filter((event: { resource_status: string }) => event.resource_status === 'SIGNAL_COMPLETE')
    expect(signals).toMatchObject([{ resource_status_reason: 'Signal: status:SUCCESS reason:up' }, {}])
  })

  test('resources say what depends on them and what they are', async () => {
    const { id } = (await site.call('GET', '/stacks?name=two')).body.stacks[0]
    const { resources } = (await site.call('GET', `/stacks/two/${id}/resources?nested_depth=2`)).body
    const named = Object.fromEntries(resources.map((resource: { resource_name: string }) => [resource.resource_name, resource]))
    expect(named.network).toMatchObject({
      resource_status: 'CREATE_COMPLETE',
      resource_type: 'OS::Neutron::Net',
      required_by: ['subnet', 'port1', 'port2'],
    })
    expect(named.key.physical_resource_id).toBe('two')
    const server = (await site.call('GET', `/stacks/two/${id}/resources/node1`)).body.resource.attributes
    expect(server).toMatchObject({ name: 'node1', status: 'ACTIVE', key_name: 'two', flavor: { original_name: 'lab.tiny' } })
    expect(Object.values(server.addresses)[0]).toMatchObject([
      { addr: '10.20.0.11', 'OS-EXT-IPS:type': 'fixed' },
      { 'OS-EXT-IPS:type': 'floating' },
    ])
    expect(await site.call('GET', `/stacks/two/${id}/resources/ghost`)).toMatchObject({
      status: 404,
      body: { error: { type: 'ResourceNotFound', message: 'The Resource (ghost) could not be found in Stack two.' } },
    })
    expect(await site.call('GET', `/stacks/two/${id}/outputs/ghost`)).toMatchObject({
      status: 404,
      body: { error: { message: 'Specified output key ghost not found.' } },
    })
  })
})
