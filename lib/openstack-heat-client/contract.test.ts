import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Target, targets } from './contract.fixture.ts'
import { createHeatClient, type HeatClient, type HeatClientSettings, isHeatError, type Server, type Stack, type StackRef } from './index.ts'

/*
 * What this client believes of a cloud, asked of a cloud: the embedded one always, and a real one as well where
 * OS_CLIENT_CONFIG_FILE and OS_CLOUD name it. Where the two differ, the real one is right. Nothing needs to boot: the
 * test plays the machine and sends its signal. It wants the image debian-12 and the flavor lab.tiny.
 */

const template = `
heat_template_version: 2021-04-16
description: A machine that reports
parameters:
  flavor: {type: string, default: lab.tiny}
resources:
  network: {type: OS::Neutron::Net}
  subnet:
    type: OS::Neutron::Subnet
    properties: {network: {get_resource: network}, cidr: 10.30.0.0/24, dns_nameservers: []}
  port:
    type: OS::Neutron::Port
    properties: {network: {get_resource: network}, fixed_ips: [{subnet: {get_resource: subnet}, ip_address: 10.30.0.11}]}
  machine:
    type: OS::Nova::Server
    properties:
      image: debian-12
      flavor: {get_param: flavor}
      networks: [{port: {get_resource: port}}]
      user_data_format: RAW
      user_data: {get_file: machine.yaml}
  signal: {type: OS::Heat::WaitConditionHandle}
  reported:
    type: OS::Heat::WaitCondition
    properties: {handle: {get_resource: signal}, count: 1, timeout: 600}
outputs:
  address: {value: {get_attr: [machine, first_address]}}
  said: {value: {get_attr: [reported, data]}}
`
const files = { 'machine.yaml': '#cloud-config\n' }

describe.each(targets)('%s', (_name, open) => {
  const tag = `contract-${randomUUID()}`
  const name = `contract-${randomUUID().slice(0, 8)}`
  /** Set: the next request to Heat goes out with a token that is none. */
  let spoilNextToken = false
  let target: Target
  let heat: HeatClient
  let ref: StackRef
  const statuses: (number | null)[] = []

  const spoiling: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers)
    if (!spoilNextToken || !headers.has('x-auth-token')) return fetch(input, init)
    spoilNextToken = false
    headers.set('x-auth-token', 'gAAAAAgarbage')
    return fetch(input, { ...init, headers })
  }

  const client = (settings: Partial<HeatClientSettings> = {}) =>
    createHeatClient({
      ...target.settings,
      fetch: spoiling,
      now: () => new Date(),
      userAgent: 'astrolabe-contract-test',
      onRequest: ({ status }) => statuses.push(status),
      ...settings,
    })

  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'it went through',
      (error: unknown) => (isHeatError(error) ? error.code : Promise.reject(error)),
    )

  const until = (action: string, status: string): Promise<Stack> =>
    vi.waitFor(
      async () => {
        const stack = await heat.showStack(ref, { resolveOutputs: false })
        expect(`${stack.action} ${stack.status} ${stack.statusReason}`).toMatch(new RegExp(`^${action} ${status}`))
        return stack
      },
      { timeout: target.patienceMs, interval: 100 },
    )

  const untilServer = (status: Server['status'] | RegExp): Promise<Server> =>
    vi.waitFor(
      async () => {
        const [server, ...others] = await heat.serversOf(ref)
        expect([server, ...others]).toMatchObject([
          { resourceName: 'machine', status: typeof status === 'string' ? status : expect.stringMatching(status), taskState: null },
        ])
        return server ?? expect.fail('no server')
      },
      { timeout: target.patienceMs, interval: 100 },
    )

  beforeAll(async () => {
    target = await open()
    heat = client()
  })

  afterAll(async () => {
    const left = await heat.listStacks({ tags: [tag] })
    expect(await Promise.all(left.map((stack) => codeOf(heat.deleteStack(stack))))).toEqual(left.map(() => 'it went through'))
    await target.close()
  })

  test('a login tells who we are', async () => {
    expect((await heat.whoami()).projectId).toMatch(/^[0-9a-f]{32}$/)
  })

  test('a wrong password is refused', async () => {
    const { auth } = target.settings
    const wrong = client({ auth: auth.method === 'password' ? { ...auth, password: 'wrong' } : auth })
    expect(await codeOf(wrong.whoami())).toBe('auth_failed')
  })

  test('a flavor that does not exist is invalid, in a preview and in a create, and leaves nothing', async () => {
    const wanting = { name: `${name}-big`, template, files, parameters: { flavor: 'no.such' }, tags: [tag] }
    expect(await codeOf(heat.previewStack(wanting))).toBe('invalid')
    expect(await codeOf(heat.createStack(wanting))).toBe('invalid')
    expect(await heat.listStacks({ tags: [tag] })).toEqual([])
  }, 60_000)

  test('a template that is none is invalid', async () => {
    expect(await codeOf(heat.createStack({ name: `${name}-bad`, template: 'resources: {}' }))).toBe('invalid')
    expect(await codeOf(heat.validateTemplate({ template: 'resources: {}' }))).toBe('invalid')
    expect((await heat.validateTemplate({ template, files })).parameters).toEqual(['flavor'])
  }, 60_000)

  test('a stack is created, and shown as in progress with its outputs unknown', async () => {
    const correlationId = randomUUID()
    ref = await heat.createStack({ name, template, files, tags: [tag, 'other'], timeoutMinutes: 10 }, { correlationId })
    const stack = await heat.showStack(ref)
    expect(stack).toMatchObject({ id: ref.id, name, action: 'CREATE', status: 'IN_PROGRESS', tags: [tag, 'other'] })
    expect(stack.parameters?.flavor).toBe('lab.tiny')
    expect(stack.outputs?.map((output) => output.key).sort()).toEqual(['address', 'said'])
    expect(Math.abs(stack.createdAt.getTime() - Date.now())).toBeLessThan(60_000)
  }, 60_000)

  test('a name that is taken is a conflict', async () => {
    expect(await codeOf(heat.createStack({ name, template, files }))).toBe('conflict')
  })

  test('a stack is listed by all of its tags and found by its name', async () => {
    expect((await heat.listStacks({ tags: [tag, 'other'] })).map((stack) => stack.id)).toEqual([ref.id])
    expect(await heat.listStacks({ tags: [tag, 'foreign'] })).toEqual([])
    expect(await heat.findStack(name)).toEqual(ref)
  })

  test('a list in pages of one leaves nothing out that was there all the time, and tells nothing twice', async () => {
    const ids = (stacks: readonly { id: string }[]) => stacks.map(({ id }) => id)
    const before = ids(await heat.listStacks())
    const inPages = ids(await heat.listStacks({ limit: 1 }))
    // Others make and delete stacks of theirs on the same cloud meanwhile.
    const after = new Set(ids(await heat.listStacks()))
    expect(inPages).toEqual(expect.arrayContaining(before.filter((id) => after.has(id))))
    expect(new Set(inPages).size).toBe(inPages.length)
    expect(inPages).toContain(ref.id)
  })

  test('a stack that does not exist is not found, by name, by reference, for every verb', async () => {
    const missing = { name: 'no-such-stack', id: randomUUID() }
    const asked = [
      heat.findStack(missing.name),
      heat.showStack(missing),
      heat.deleteStack(missing),
      heat.suspendStack(missing),
      heat.listResources(missing),
      heat.listEvents(missing),
    ]
    expect(await Promise.all(asked.map(codeOf))).toEqual(asked.map(() => 'not_found'))
  })

  test('a token that is refused in mid-sequence is renewed', async () => {
    statuses.length = 0
    spoilNextToken = true
    expect((await heat.showStack(ref)).id).toBe(ref.id)
    expect(statuses).toEqual([401, 201, 200])
  })

  test('its resources come up one by one, and its creation ends with the machine’s signal', async () => {
    const machine = await vi.waitFor(
      async () => {
        const resources = await heat.listResources(ref)
        const found = resources.find((resource) => resource.name === 'machine')
        expect(found).toMatchObject({ type: 'OS::Nova::Server', action: 'CREATE', status: 'COMPLETE' })
        expect(resources.find((resource) => resource.name === 'reported')).toMatchObject({ status: 'IN_PROGRESS' })
        return found
      },
      { timeout: target.patienceMs, interval: 100 },
    )
    expect(machine?.physicalId).not.toBe('')
    const handle = await heat.showResource(ref, { name: 'signal' })
    const answer = await fetch(String(handle.attributes?.endpoint), {
      method: 'POST',
      headers: { 'x-auth-token': String(handle.attributes?.token), 'content-type': 'application/json' },
      body: JSON.stringify({ status: 'SUCCESS', reason: 'up', id: 'machine', data: 'ssh-ed25519 AAAA' }),
    })
    expect([answer.status, await answer.text()]).toEqual([200, 'null'])
    await until('CREATE', 'COMPLETE')
  }, 180_000)

  test('its outputs are known then; the data of a signal is JSON by the signal’s id', async () => {
    const { outputs } = await heat.showStack(ref)
    expect(outputs?.find((output) => output.key === 'address')?.value).toBe('10.30.0.11')
    expect(JSON.parse(String((await heat.showOutput(ref, { key: 'said' })).value))).toEqual({ machine: 'ssh-ed25519 AAAA' })
    expect(await codeOf(heat.showOutput(ref, { key: 'ghost' }))).toBe('not_found')
    expect(await codeOf(heat.showResource(ref, { name: 'ghost' }))).toBe('not_found')
  })

  test('events are told oldest first, in pages as well, and after a known one exactly what came after', async () => {
    const events = await heat.listEvents(ref)
    expect(events[0]).toMatchObject({ isStack: true, action: 'CREATE', status: 'IN_PROGRESS' })
    expect(events.at(-1)).toMatchObject({ isStack: true, action: 'CREATE', status: 'COMPLETE' })
    expect(await heat.listEvents(ref, { limit: 3 })).toEqual(events)
    const middle = Math.floor(events.length / 2)
    expect(await heat.listEvents(ref, { after: events[middle]?.id })).toEqual(events.slice(middle + 1))
    expect(await heat.listEvents(ref, { after: events.at(-1)?.id })).toEqual([])
    expect(await heat.listEvents(ref, { after: randomUUID() })).toEqual(events)
  })

  test('a stack is suspended, and while that goes on no other action begins', async () => {
    await heat.suspendStack(ref)
    // It may be over already, in which case a resume is accepted: only an embedded cloud is that fast.
    expect(['in_progress', 'it went through']).toContain(await codeOf(heat.resumeStack(ref)))
    await vi.waitFor(async () => expect(await heat.showStack(ref)).toMatchObject({ status: 'COMPLETE' }), {
      timeout: target.patienceMs,
      interval: 100,
    })
    await heat.suspendStack(ref)
    await until('SUSPEND', 'COMPLETE')
    await untilServer('SUSPENDED')
  }, 180_000)

  test('a suspended stack is resumed', async () => {
    await heat.resumeStack(ref)
    await until('RESUME', 'COMPLETE')
    await untilServer('ACTIVE')
  }, 180_000)

  test('a server that was stopped makes suspend fail; once it is started, suspend works again, and a check finds all well', async () => {
    const { id } = await untilServer('ACTIVE')
    await heat.actOnServer(id, 'stop')
    await untilServer('SHUTOFF')
    expect(await codeOf(heat.actOnServer(id, 'stop'))).toBe('conflict')
    await heat.suspendStack(ref)
    expect((await until('SUSPEND', 'FAILED')).statusReason).toContain('while it is in vm_state stopped')
    await heat.actOnServer(id, 'start')
    await untilServer('ACTIVE')
    await heat.suspendStack(ref)
    await until('SUSPEND', 'COMPLETE')
    await untilServer('SUSPENDED')
    await heat.resumeStack(ref)
    await until('RESUME', 'COMPLETE')
    await heat.checkStack(ref)
    await until('CHECK', 'COMPLETE')
  }, 300_000)

  test('a shelved server comes back when it is unshelved, and until then its stack cannot be suspended', async () => {
    const { id } = await untilServer('ACTIVE')
    await heat.actOnServer(id, 'shelve')
    // SHELVED alone where its image is kept on the host for a while.
    await untilServer(/^SHELVED/)
    await heat.suspendStack(ref)
    expect((await until('SUSPEND', 'FAILED')).statusReason).toContain('while it is in vm_state shelved')
    await heat.actOnServer(id, 'unshelve')
    await untilServer('ACTIVE')
    await heat.suspendStack(ref)
    await until('SUSPEND', 'COMPLETE')
    await heat.resumeStack(ref)
    await until('RESUME', 'COMPLETE')
  }, 300_000)

  test('a server suspended and resumed behind Heat’s back does its stack no harm; one that nobody knows is not found', async () => {
    const { id } = await untilServer('ACTIVE')
    await heat.actOnServer(id, 'suspend')
    await untilServer('SUSPENDED')
    await heat.actOnServer(id, 'resume')
    await untilServer('ACTIVE')
    expect(await codeOf(heat.actOnServer(randomUUID(), 'stop'))).toBe('not_found')
  }, 180_000)

  test('a deleted stack is shown as such by its reference, listed no more, and its name is free', async () => {
    await heat.deleteStack(ref)
    await heat.deleteStack(ref).catch((error: unknown) => {
      if (!isHeatError(error, 'not_found')) throw error
    })
    await until('DELETE', 'COMPLETE')
    // For an instant it is DELETE COMPLETE while it is still listed and its name taken.
    await vi.waitFor(async () => expect(await heat.listStacks({ tags: [tag] })).toEqual([]), { timeout: target.patienceMs, interval: 50 })
    expect((await heat.listStacks({ tags: [tag], showDeleted: true })).map((stack) => stack.id)).toEqual([ref.id])
    expect(await codeOf(heat.deleteStack(ref))).toBe('not_found')
    expect(await codeOf(heat.createStack({ name, template, files, tags: [tag] }))).toBe('it went through')
  }, 180_000)

  test('a deleted stack tells since when it is gone', async () => {
    expect(Math.abs(((await heat.showStack(ref)).deletedAt?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000)
  })
})
