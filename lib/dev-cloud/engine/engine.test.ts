import { afterEach, describe, expect, test } from 'vitest'
import { openTestCloud, publicKey, type TestCloud, testClock, twoMachines } from '../dev-cloud.fixture.ts'
import type { MemoryOptions } from '../played/memory-driver.ts'

let site: TestCloud | undefined
afterEach(async () => {
  await site?.close()
  site = undefined
})

const version = 'heat_template_version: 2021-04-16\n'
const network = `
  net: {type: OS::Neutron::Net}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.9.0.0/24}}`
const server = (name: string) =>
  `\n  ${name}: {type: OS::Nova::Server, properties: {name: ${name}, image: debian-12, flavor: lab.tiny, networks: [{network: {get_resource: net}}]}}`
const waiting = (timeout: number) => `
  handle: {type: OS::Heat::WaitConditionHandle}
  wait: {type: OS::Heat::WaitCondition, properties: {handle: {get_resource: handle}, count: 1, timeout: ${timeout}}}`
const stackOf = (...parts: string[]) => `${version}resources:${parts.join('')}\n`

/** Machines that signal as the lab's own user data would. */
const signalling: MemoryOptions['plays'] = (spec, call) => {
  const [, token = ''] = spec.userData.match(/X-Auth-Token: ([^']+)'/) ?? []
  const [, path = ''] = spec.userData.match(/http:\/\/169\.254\.169\.254(\S+)/) ?? []
  void call(path, { method: 'POST', token, body: JSON.stringify({ status: 'SUCCESS', id: spec.name, data: 'key' }) })
}

describe('creating', () => {
  test('goes on in parallel: each of two machines may wait for the other to begin', async () => {
    const { template, more } = await twoMachines()
    const begun = new Map(['node1', 'node2'].map((name) => [name, Promise.withResolvers<void>()]))
    const starting = async (name: string) => {
      begun.get(name)?.resolve()
      await Promise.all([...begun.values()].map(({ promise }) => promise))
    }
    site = await openTestCloud({ machines: { starting, plays: signalling } })
    const id = await site.createStack('two', template, more)
    await site.until('two', id, 'CREATE_COMPLETE')
    expect(site.host.calls).toEqual(['create node1', 'create node2'])
  })

  test('keeps to the order of dependencies and gives cards without a port an address of their subnet', async () => {
    site = await openTestCloud()
    const id = await site.createStack('one', stackOf(network, server('a'), server('b')))
    await site.until('one', id, 'CREATE_COMPLETE')
    const specs = [...site.host.machines.values()].map(({ spec }) => spec)
    expect(new Set(specs.map((spec) => spec.nics[0]?.address))).toEqual(new Set(['10.9.0.2', '10.9.0.3']))
    expect(specs[0]?.hosts.map(({ names }) => names[0])).toEqual(['a', 'b'])
    const order = (await site.call('GET', `/stacks/one/${id}/events?sort_dir=asc`)).body.events.map(
      (event: { resource_name: string; resource_status: string }) => `${event.resource_name} ${event.resource_status}`,
    )
    expect(order.indexOf('net CREATE_COMPLETE')).toBeLessThan(order.indexOf('sub CREATE_IN_PROGRESS'))
    expect(order.indexOf('sub CREATE_COMPLETE')).toBeLessThan(order.indexOf('a CREATE_IN_PROGRESS'))
  })

  test('fails with the words of Heat when a machine does, and the stack can be deleted', async () => {
    site = await openTestCloud({ machines: { refuses: () => 'No valid host was found. ' } })
    const id = await site.createStack('bad', stackOf(network, server('a')))
    const stack = await site.until('bad', id, 'CREATE_FAILED')
    expect(stack.stack_status_reason).toBe(
      'Resource CREATE failed: ResourceInError: resources.a: Went to status ERROR due to "Message: No valid host was found. , Code: 500"',
    )
    expect(await site.call('DELETE', `/stacks/bad/${id}`)).toMatchObject({ status: 204 })
    await site.until('bad', id, 'DELETE_COMPLETE')
    expect(site.host.spaces.size).toBe(0)
  })

  test('is accepted beyond a quota and fails for it', async () => {
    site = await openTestCloud({ quota: { instances: 1, floatingIps: 0 } })
    const id = await site.createStack('full', stackOf(network, server('a'), server('b')))
    expect((await site.until('full', id, 'CREATE_FAILED')).stack_status_reason).toMatch(
      /^Resource CREATE failed: Forbidden: resources\.[ab]: Quota exceeded for instances: Requested 1, but already used 1 of 1 instances \(HTTP 403\) \(Request-ID: req-/,
    )
    const other = await site.createStack('ip', stackOf('\n  ip: {type: OS::Neutron::FloatingIP, properties: {floating_network: public}}'))
    expect((await site.until('ip', other, 'CREATE_FAILED')).stack_status_reason).toMatch(
      /^Resource CREATE failed: OverQuotaClient: resources\.ip: Quota exceeded for resources: \['floatingip'\]\.\nNeutron server returns request_ids: \['req-/,
    )
  })

  test('refuses an address from outside where no router leads', async () => {
    site = await openTestCloud()
    const port = '\n  port: {type: OS::Neutron::Port, properties: {network: {get_resource: net}}}'
    const ip = '\n  ip: {type: OS::Neutron::FloatingIP, properties: {floating_network: public, port_id: {get_resource: port}}}'
    const id = await site.createStack('lost', stackOf(network, port, ip))
    expect((await site.until('lost', id, 'CREATE_FAILED')).stack_status_reason).toMatch(
      /NotFound: resources\.ip: External network .* is not reachable from subnet/,
    )
  })

  test('refuses a second key pair of the same name', async () => {
    site = await openTestCloud()
    const key = `\n  k: {type: OS::Nova::KeyPair, properties: {name: mine, public_key: '${publicKey}'}}`
    await site.until('k1', await site.createStack('k1', stackOf(key)), 'CREATE_COMPLETE')
    const id = await site.createStack('k2', stackOf(key))
    expect((await site.until('k2', id, 'CREATE_FAILED')).stack_status_reason).toContain(
      "Conflict: resources.k: Key pair 'mine' already exists. (HTTP 409)",
    )
  })
})

describe('waiting', () => {
  test('ends with the condition’s own time limit', async () => {
    const clock = testClock()
    site = await openTestCloud(clock)
    const id = await site.createStack('slow', stackOf(waiting(30)))
    clock.advance(29_000)
    expect((await site.call('GET', `/stacks/slow/${id}`)).body.stack.stack_status).toBe('CREATE_IN_PROGRESS')
    clock.advance(1000)
    const stack = await site.until('slow', id, 'CREATE_FAILED')
    expect(stack.stack_status_reason).toBe('Resource CREATE failed: WaitConditionTimeout: resources.wait: 0 of 1 received')
  })

  test('ends with the stack’s time limit, and what waits is aborted', async () => {
    const clock = testClock()
    site = await openTestCloud(clock)
    const id = await site.createStack('late', stackOf(waiting(600)), { timeout_mins: 1 })
    clock.advance(60_000)
    expect((await site.until('late', id, 'CREATE_FAILED')).stack_status_reason).toBe('Timed out')
    const { resource } = (await site.call('GET', `/stacks/late/${id}/resources/wait`)).body
    expect(resource.resource_status_reason).toBe(
      `CREATE aborted (Task create from HeatWaitCondition "wait" Stack "late" [${id}] Timed out)`,
    )
  })

  test('ends with a failure that a machine reports', async () => {
    site = await openTestCloud()
    const id = await site.createStack('sad', stackOf(waiting(600)))
    const { endpoint, token } = (await site.call('GET', `/stacks/sad/${id}/resources/handle`)).body.resource.attributes
    await site.call('POST', endpoint, { status: 'FAILURE', reason: 'installation failed', id: 'head', data: '' }, token)
    const stack = await site.until('sad', id, 'CREATE_FAILED')
    expect(stack.stack_status_reason).toBe('Resource CREATE failed: WaitConditionFailure: resources.wait: installation failed')
  })

  test('is undone at once with disable_rollback=false, and the cause is in the events', async () => {
    const clock = testClock()
    site = await openTestCloud(clock)
    const id = await site.createStack(
      'undo',
      stackOf(waiting(3), '\n  w: {type: OS::Heat::TestResource, properties: {action_wait_secs: {create: 900}}}'),
      {
        disable_rollback: false,
      },
    )
    clock.advance(3000)
    const stack = await site.until('undo', id, 'ROLLBACK_COMPLETE')
    expect(stack.stack_status_reason).toBe('Stack ROLLBACK completed successfully')
    expect((await site.call('GET', `/stacks/undo/${id}/resources`)).body.resources).toEqual([])
    const reasons = (await site.call('GET', `/stacks/undo/${id}/events`)).body.events.map(
      (event: { resource_status_reason: string }) => event.resource_status_reason,
    )
    expect(reasons).toContain('Resource CREATE failed: WaitConditionTimeout: resources.wait: 0 of 1 received')
  })
})

describe('deleting', () => {
  test('goes against the dependencies, frees the name, and leaves the record', async () => {
    const { template, more } = await twoMachines()
    site = await openTestCloud({ machines: { plays: signalling } })
    const id = await site.createStack('two', template, more)
    await site.until('two', id, 'CREATE_COMPLETE')
    site.host.calls.length = 0
    expect(await site.call('DELETE', `/stacks/two/${id}`)).toMatchObject({ status: 204, body: undefined })
    const gone = await site.until('two', id, 'DELETE_COMPLETE')
    expect(gone).toMatchObject({ deletion_time: expect.stringMatching(/Z$/), stack_status_reason: 'Stack DELETE completed successfully' })
    expect(gone).not.toHaveProperty('outputs')
    expect(site.host.calls).toEqual(['delete node1', 'delete node2', 'delete network', 'delete space'])
    const order = (await site.call('GET', `/stacks/two/${id}/events?sort_dir=asc`)).body.events.map(
      (event: { resource_name: string; resource_status: string }) => `${event.resource_name} ${event.resource_status}`,
    )
    expect(order.indexOf('node1 DELETE_COMPLETE')).toBeLessThan(order.indexOf('port1 DELETE_IN_PROGRESS'))
    expect(order.indexOf('port1 DELETE_COMPLETE')).toBeLessThan(order.indexOf('subnet DELETE_IN_PROGRESS'))
    expect(await site.call('DELETE', `/stacks/two/${id}`)).toMatchObject({ status: 404 })
    expect(await site.call('GET', '/stacks/two')).toMatchObject({ status: 404 })
    expect(await site.call('GET', `/stacks/${id}`)).toMatchObject({ status: 302 })
    await site.until('two', await site.createStack('two', template, more), 'CREATE_COMPLETE')
  })

  test('may begin while the stack is being created; until it has ended, the name is taken', async () => {
    const gate = Promise.withResolvers<void>()
    site = await openTestCloud({ machines: { starting: () => gate.promise } })
    const template = stackOf(network, server('a'), waiting(600))
    const id = await site.createStack('early', template)
    await expect.poll(() => site?.host.calls).toContain('create a')
    expect(await site.call('DELETE', `/stacks/early/${id}`)).toMatchObject({ status: 204 })
    expect(await site.call('DELETE', `/stacks/early/${id}`)).toMatchObject({ status: 204 })
    expect(await site.call('POST', '/stacks', { stack_name: 'early', template })).toMatchObject({
      status: 409,
      body: { error: { type: 'StackExists' } },
    })
    expect(await site.call('POST', `/stacks/early/${id}/actions`, { suspend: null })).toMatchObject({ status: 200 })
    gate.resolve()
    await site.until('early', id, 'DELETE_COMPLETE')
    expect([...site.host.machines.keys()]).toEqual([])
  })
})

describe('suspending', () => {
  test('stops the machines where they are, resuming lets them go on, and a suspended stack can be deleted', async () => {
    site = await openTestCloud()
    const id = await site.createStack('nap', stackOf(network, server('a')))
    await site.until('nap', id, 'CREATE_COMPLETE')
    expect(await site.call('POST', `/stacks/nap/${id}/actions`, { suspend: null })).toMatchObject({ status: 200, body: null })
    await site.until('nap', id, 'SUSPEND_COMPLETE')
    expect([...site.host.machines.values()][0]?.state).toBe('frozen')
    await site.call('POST', `/stacks/nap/${id}/actions`, { resume: null })
    await site.until('nap', id, 'RESUME_COMPLETE')
    expect([...site.host.machines.values()][0]?.state).toBe('on')
    await site.call('POST', `/stacks/nap/${id}/actions`, { suspend: null })
    await site.until('nap', id, 'SUSPEND_COMPLETE')
    await site.call('DELETE', `/stacks/nap/${id}`)
    await site.until('nap', id, 'DELETE_COMPLETE')
  })

  test('is not kept from a stack that is being created, as Heat does not keep it', async () => {
    site = await openTestCloud()
    const id = await site.createStack('busy', stackOf(waiting(600)))
    await site.call('POST', `/stacks/busy/${id}/actions`, { suspend: null })
    const stack = await site.until('busy', id, 'SUSPEND_FAILED')
    expect(stack.stack_status_reason).toBe(
      "Resource SUSPEND failed: Error: resources.wait: State ('CREATE', 'IN_PROGRESS') invalid for suspend",
    )
  })

  test('and checking mix badly: the way back is through Nova', async () => {
    site = await openTestCloud()
    const open = site
    const id = await open.createStack('trap', stackOf(network, server('a')))
    const act = async (name: string, status: string) => {
      await open.call('POST', `/stacks/trap/${id}/actions`, { [name]: null })
      return (await open.until('trap', id, status)).stack_status_reason
    }
    await site.until('trap', id, 'CREATE_COMPLETE')
    await act('suspend', 'SUSPEND_COMPLETE')
    expect(await act('check', 'CHECK_FAILED')).toContain("'status': expected 'ACTIVE', got 'SUSPENDED'")
    expect(await act('resume', 'RESUME_FAILED')).toContain("State ('CHECK', 'COMPLETE') invalid for resume")
    const [serverId] = [...site.host.machines.keys()]
    expect(await site.call('POST', `${site.cloud.heatUrl}/compute/v2.1/servers/${serverId}/action`, { resume: null })).toMatchObject({
      status: 202,
    })
    expect(await act('check', 'CHECK_COMPLETE')).toBe("Stack CHECK completed successfully. 'CHECK' not fully supported (see resources)")
  })

  test.each([
    [{}, 'No action specified'],
    [{ suspend: null, resume: null }, 'Multiple actions specified'],
    [{ explode: null }, 'Invalid action explode specified'],
    [{ cancel_update: null }, 'Cancelling update when stack is CREATE_IN_PROGRESS is not supported.'],
  ])('%j is no action', async (body, message) => {
    site = await openTestCloud()
    const id = await site.createStack('x', stackOf(waiting(60)))
    expect(await site.call('POST', `/stacks/x/${id}/actions`, body)).toMatchObject({ status: 400, body: { error: { message } } })
  })
})

describe('a restart of the cloud', () => {
  test('brings stacks, machines, addresses, ports and tokens back', async () => {
    const { template, more } = await twoMachines()
    const first = await openTestCloud({ machines: { plays: signalling } })
    const id = await first.createStack('two', template, more)
    const before = await first.until('two', id, 'CREATE_COMPLETE')
    const specs = structuredClone([...first.host.machines.values()].map(({ spec }) => spec))
    await first.cloud.close('stop')
    await first.cloud.close('stop')
    expect([...first.host.machines.values()].map(({ state }) => state)).toEqual(['off', 'off'])

    site = await openTestCloud({ folder: first.folder, kept: first.host })
    await site.cloud.restored
    expect({ ...site.cloud, close: 0, restored: 0 }).toEqual({ ...first.cloud, close: 0, restored: 0 })
    expect((await site.call('GET', `/stacks/two/${id}`, undefined, first.token)).body.stack).toEqual(before)
    expect([...site.host.machines.values()].map(({ state }) => state)).toEqual(['on', 'on'])
    expect([...site.host.machines.values()].map(({ spec }) => spec)).toEqual(specs)
  })

  test('goes on with a creation where it was', async () => {
    const first = await openTestCloud()
    const id = await first.createStack('half', stackOf(network, server('a'), waiting(600)))
    await expect
      .poll(async () => (await first.call('GET', `/stacks/half/${id}/resources/a`)).body.resource.resource_status)
      .toBe('CREATE_COMPLETE')
    await first.cloud.close('stop')

    site = await openTestCloud({ folder: first.folder, kept: first.host })
    expect((await site.call('GET', `/stacks/half/${id}`)).body.stack.stack_status).toBe('CREATE_IN_PROGRESS')
    const { endpoint, token } = (await site.call('GET', `/stacks/half/${id}/resources/handle`)).body.resource.attributes
    await site.call('POST', endpoint, {}, token)
    await site.until('half', id, 'CREATE_COMPLETE')
    const events = (await site.call('GET', `/stacks/half/${id}/events`)).body.events
    expect(events.filter((event: { resource_name: string }) => event.resource_name === 'a')).toHaveLength(2)
  })

  test('makes machines anew that came up while nobody listened, so that they signal again', async () => {
    const { template, more } = await twoMachines()
    const first = await openTestCloud()
    const id = await first.createStack('deaf', template, more)
    await expect.poll(() => first.host.calls).toHaveLength(2)
    await first.cloud.close('stop')

    site = await openTestCloud({ folder: first.folder, kept: first.host, machines: { plays: signalling } })
    await site.until('deaf', id, 'CREATE_COMPLETE')
    expect([...site.host.machines.values()].map(({ state }) => state)).toEqual(['on', 'on'])
  })

  test('starts a suspended machine cold when it is resumed', async () => {
    const first = await openTestCloud()
    const id = await first.createStack('nap', stackOf(network, server('a')))
    await first.until('nap', id, 'CREATE_COMPLETE')
    await first.call('POST', `/stacks/nap/${id}/actions`, { suspend: null })
    await first.until('nap', id, 'SUSPEND_COMPLETE')
    await first.cloud.close('stop')

    site = await openTestCloud({ folder: first.folder, kept: first.host })
    await site.cloud.restored
    expect([...site.host.machines.values()][0]?.state).toBe('off')
    await site.call('POST', `/stacks/nap/${id}/actions`, { resume: null })
    await site.until('nap', id, 'RESUME_COMPLETE')
    expect([...site.host.machines.values()][0]?.state).toBe('on')
  })
})
