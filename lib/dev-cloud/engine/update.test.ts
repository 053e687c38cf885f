import { afterEach, describe, expect, test } from 'vitest'
import { type Answer, openTestCloud, type TestCloud } from '../dev-cloud.fixture.ts'
import { memoryHost } from '../played/memory-driver.ts'

let site: TestCloud
afterEach(() => site.close())

const version = 'heat_template_version: 2021-04-16\n'
const thing = (value: string, more = '') => `{type: OS::Heat::TestResource, properties: {value: ${value}${more}}}`
/** `b` cannot be changed in place; `c` is made of it. */
const trio = (value: string, more = '') => `${version}parameters:
  salt: {type: string, default: x}
  fixed: {type: string, default: f, immutable: true}
resources:
  a: ${thing(value)}
  b: {type: OS::Heat::RandomString, properties: {length: 8, salt: {get_param: salt}}}
  c: ${thing('{get_attr: [b, value]}')}
${more}outputs:
  a: {value: {get_attr: [a, output]}}
  b: {value: {get_attr: [b, value]}}
  c: {value: {get_attr: [c, output]}}
`
const network = `
  net: {type: OS::Neutron::Net}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.9.0.0/24}}`
const machine = (name: string, key: string) =>
  `\n  ${key}: {type: OS::Nova::Server, properties: {name: ${name}, image: debian-12, flavor: lab.tiny, networks: [{network: {get_resource: net}}], user_data: ${name}, user_data_format: RAW}}`

const outputsOf = (stack: Answer['body']) =>
  Object.fromEntries(stack.outputs.map((output: { output_key: string; output_value: unknown }) => [output.output_key, output.output_value]))

async function made(name: string, template: string, more = {}): Promise<string> {
  const id = await site.createStack(name, template, more)
  await site.until(name, id, 'CREATE_COMPLETE')
  return id
}

/** Asks for an update and gives the events that came of it, when the stack has that status. */
async function change(id: string, body: object, status: string, method = 'PUT'): Promise<{ stack: Answer['body']; told: string[] }> {
  const events = async () => (await site.call('GET', `/stacks/lab/${id}/events?sort_dir=asc`)).body.events
  const before = (await events()).length
  expect(await site.call(method, `/stacks/lab/${id}`, body)).toMatchObject({ status: 202, body: { title: 'Accepted' } })
  const stack = await site.until('lab', id, status)
  const told = (await events()).slice(before)
  return { stack, told: told.map((event: Record<string, string>) => `${event.resource_name} ${event.resource_status}`) }
}

describe('an update', () => {
  test('changes in place what can be changed so, and leaves the rest alone', async () => {
    site = await openTestCloud()
    const id = await made('lab', trio('one'))
    const { stack, told } = await change(id, { template: trio('two') }, 'UPDATE_COMPLETE')
    expect(outputsOf(stack).a).toBe('two')
    expect(told).toEqual(['lab UPDATE_IN_PROGRESS', 'a UPDATE_IN_PROGRESS', 'a UPDATE_COMPLETE', 'lab UPDATE_COMPLETE'])
    expect(stack.updated_time).not.toBeNull()
    expect((await change(id, {}, 'UPDATE_COMPLETE', 'PATCH')).told).toEqual(['lab UPDATE_IN_PROGRESS', 'lab UPDATE_COMPLETE'])
  })

  test('puts another in the place of what cannot be, before the old one goes, and changes what is made of it', async () => {
    site = await openTestCloud()
    const id = await made('lab', trio('one'))
    const before = outputsOf((await site.call('GET', `/stacks/lab/${id}`)).body.stack)
    const { stack, told } = await change(id, { parameters: { salt: 'y' } }, 'UPDATE_COMPLETE', 'PATCH')
    const after = outputsOf(stack)
    expect(after.b).not.toBe(before.b)
    expect(after.c).toBe(after.b)
    const steps = ['b UPDATE_COMPLETE', 'b CREATE_COMPLETE', 'c UPDATE_COMPLETE', 'b DELETE_COMPLETE'].map((step) => told.indexOf(step))
    expect(steps).toEqual([...steps].sort((a, b) => a - b))
    expect(steps[0]).toBeGreaterThan(0)
  })

  test('keeps with PATCH what is not said, and says itself with PUT', async () => {
    site = await openTestCloud()
    const id = await made('lab', trio('one'), { parameters: { salt: 'y' }, tags: 'first', timeout_mins: 7 })
    const patched = await change(id, { template: trio('two') }, 'UPDATE_COMPLETE', 'PATCH')
    expect(patched.stack).toMatchObject({ parameters: { salt: 'y' }, tags: ['first'], timeout_mins: 7 })
    const cleared = await change(id, { clear_parameters: ['salt'] }, 'UPDATE_COMPLETE', 'PATCH')
    expect(cleared.stack.parameters.salt).toBe('x')
    const put = await change(id, { template: trio('two'), tags: 'second' }, 'UPDATE_COMPLETE')
    expect(put.stack).toMatchObject({ parameters: { salt: 'x' }, tags: ['second'], timeout_mins: 7 })
  })

  test('is refused with the words of Heat', async () => {
    site = await openTestCloud()
    const id = await made('lab', trio('one'))
    const refusal = async (body: object, method = 'PATCH') => (await site.call(method, `/stacks/lab/${id}`, body)).body.error
    expect(await refusal({ parameters: { fixed: 'g' } })).toMatchObject({
      type: 'ImmutableParameterModified',
      message: 'The following parameters are immutable and may not be updated: fixed',
    })
    expect((await refusal({ parameters: { salt: 'y' } }, 'PUT')).message).toBe('No template specified')
    await site.call('POST', `/stacks/lab/${id}/actions`, { suspend: null })
    await site.until('lab', id, 'SUSPEND_COMPLETE')
    expect(await refusal({})).toMatchObject({ type: 'NotSupported', message: 'Updating a stack when it is suspended is not supported.' })
    expect((await site.call('POST', `/stacks/lab/${id}/actions`, { cancel_update: null })).body.error.message).toBe(
      'Cancelling update when stack is SUSPEND_COMPLETE is not supported.',
    )
  })

  test('that fails leaves what was done; the next one mends it', async () => {
    site = await openTestCloud()
    const id = await made('lab', trio('one'))
    const bad = trio('two', `  bad: ${thing('v', ', fail: true')}\n`)
    const { stack } = await change(id, { template: bad }, 'UPDATE_FAILED')
    expect(stack.stack_status_reason).toBe('Resource CREATE failed: ValueError: resources.bad: Test Resource failed bad')
    const { told } = await change(id, { template: trio('three') }, 'UPDATE_COMPLETE')
    expect(told).toContain('bad DELETE_COMPLETE')
  })

  test('that fails is taken back where it is to be: what stood before stands again', async () => {
    site = await openTestCloud()
    const id = await made('lab', trio('one'))
    const before = outputsOf((await site.call('GET', `/stacks/lab/${id}`)).body.stack)
    const bad = trio('two', `  bad: {type: OS::Heat::TestResource, depends_on: [a, c], properties: {fail: true}}\n`)
    const wish = { template: bad, parameters: { salt: 'z' }, disable_rollback: false }
    const { stack, told } = await change(id, wish, 'ROLLBACK_COMPLETE')
    expect(outputsOf(stack)).toEqual(before)
    expect(stack.parameters.salt).toBe('x')
    expect(stack.stack_status_reason).toBe('Stack ROLLBACK completed successfully')
    expect(told).toEqual(
      expect.arrayContaining(['lab UPDATE_FAILED', 'lab ROLLBACK_IN_PROGRESS', 'b DELETE_COMPLETE', 'bad DELETE_COMPLETE']),
    )
  })

  test('can be looked at beforehand', async () => {
    site = await openTestCloud()
    const id = await made('lab', trio('one'))
    const next = trio('two', '  new: {type: OS::Heat::None}\n')
      .replace(/ {2}c: .*\n/, '')
      .replace(/ {2}c: .*\n$/, '')
    const { status, body } = await site.call('PUT', `/stacks/lab/${id}/preview`, { template: next, parameters: { salt: 'y' } })
    expect(status).toBe(200)
    const names = Object.entries(body.resource_changes).map(([kind, list]) => [
      kind,
      (list as { resource_name: string }[]).map((each) => each.resource_name),
    ])
    expect(Object.fromEntries(names)).toEqual({ unchanged: [], updated: ['a'], replaced: ['b'], added: ['new'], deleted: ['c'] })
    expect((await site.call('GET', `/stacks/lab/${id}`)).body.stack.stack_status).toBe('CREATE_COMPLETE')
  })

  test('replaces a creation or an update that is under way, once what has begun has ended', async () => {
    const gate = Promise.withResolvers<void>()
    site = await openTestCloud({ machines: { starting: (name) => (name === 'one' ? gate.promise : Promise.resolve()) } })
    const id = await site.createStack('lab', `${version}resources:${network}${machine('one', 'm')}`)
    await expect.poll(() => site.host.calls).toEqual(['create one'])
    await site.call('PUT', `/stacks/lab/${id}`, { template: `${version}resources:${network}${machine('two', 'n')}` })
    expect((await site.call('GET', `/stacks/lab/${id}`)).body.stack.stack_status).toBe('UPDATE_IN_PROGRESS')
    await site.call('PUT', `/stacks/lab/${id}`, { template: `${version}resources:${network}${machine('three', 'n')}` })
    gate.resolve()
    await site.until('lab', id, 'UPDATE_COMPLETE')
    expect([...site.host.machines.values()].map(({ spec }) => spec.name)).toEqual(['three'])
  })

  test('can be cancelled: the stack becomes again what it was', async () => {
    const gate = Promise.withResolvers<void>()
    site = await openTestCloud({ machines: { starting: (name) => (name === 'two' ? gate.promise : Promise.resolve()) } })
    const id = await made('lab', `${version}resources:${network}${machine('one', 'm')}`)
    const [first] = site.host.machines.keys()
    await site.call('PUT', `/stacks/lab/${id}`, { template: `${version}resources:${network}${machine('two', 'm')}` })
    await expect.poll(() => site.host.calls).toContain('create two')
    expect(await site.call('POST', `/stacks/lab/${id}/actions`, { cancel_update: null })).toMatchObject({ status: 200, body: null })
    gate.resolve()
    await site.until('lab', id, 'ROLLBACK_COMPLETE')
    expect([...site.host.machines.keys()]).toEqual([first])
  })

  test('goes on after a restart where it was', async () => {
    const gate = Promise.withResolvers<void>()
    const kept = memoryHost()
    const first = await openTestCloud({ kept, machines: { starting: (name) => (name === 'two' ? gate.promise : Promise.resolve()) } })
    const id = await first.createStack('lab', `${version}resources:${network}${machine('one', 'm')}`)
    await first.until('lab', id, 'CREATE_COMPLETE')
    await first.call('PUT', `/stacks/lab/${id}`, { template: `${version}resources:${network}${machine('two', 'm')}` })
    await expect.poll(() => kept.calls).toContain('create two')
    const closing = first.cloud.close('stop')
    gate.resolve()
    await closing
    site = await openTestCloud({ folder: first.folder, kept })
    await site.until('lab', id, 'UPDATE_COMPLETE')
    expect([...site.host.machines.values()].map(({ spec }) => spec.name)).toEqual(['two'])
  })
})

describe('a resource', () => {
  test('that is marked unhealthy is replaced by the next update', async () => {
    site = await openTestCloud()
    const id = await made('lab', trio('one'))
    const mark = (body: object) => site.call('PATCH', `/stacks/lab/${id}/resources/a`, body)
    const shown = async () => (await site.call('GET', `/stacks/lab/${id}/resources/a`)).body.resource
    const { physical_resource_id: old } = await shown()
    expect(await mark({ mark_unhealthy: true, resource_status_reason: 'sick' })).toMatchObject({ status: 200, body: null })
    expect(await shown()).toMatchObject({ resource_status: 'CHECK_FAILED', resource_status_reason: 'sick' })
    expect((await mark({ mark_unhealthy: 'perhaps' })).status).toBe(400)
    const { told } = await change(id, {}, 'UPDATE_COMPLETE', 'PATCH')
    expect(told).toEqual(expect.arrayContaining(['a CREATE_COMPLETE', 'a DELETE_COMPLETE']))
    expect((await shown()).physical_resource_id).not.toBe(old)
  })

  test('that is to be retained outlives its stack, and with it the network that it is in', async () => {
    site = await openTestCloud()
    const retained = machine('one', 'm').replace('type: OS::Nova::Server', 'deletion_policy: Retain, type: OS::Nova::Server')
    const id = await made('lab', `${version}resources:${network.replaceAll('{type', '{deletion_policy: Retain, type')}${retained}`)
    await site.call('DELETE', `/stacks/lab/${id}`)
    await site.until('lab', id, 'DELETE_COMPLETE')
    expect([...site.host.machines.values()].map(({ state }) => state)).toEqual(['on'])
    expect(site.host.spaces.size).toBe(1)
  })

  test('that exists already is adopted by its id, and stays', async () => {
    site = await openTestCloud()
    const id = await made(
      'lab',
      `${version}resources: {x: {type: OS::Heat::TestResource, external_id: abc}}\noutputs: {x: {value: {get_resource: x}}}`,
    )
    expect(outputsOf((await site.call('GET', `/stacks/lab/${id}`)).body.stack)).toEqual({ x: 'abc' })
    const told = (await site.call('GET', `/stacks/lab/${id}/resources/x/events?sort_dir=asc`)).body.events
    expect(told.map((event: Record<string, string>) => event.resource_status)).toEqual([
      'ADOPT_IN_PROGRESS',
      'ADOPT_COMPLETE',
      'CHECK_COMPLETE',
    ])
  })
})

describe('a snapshot', () => {
  test('keeps what the stack is and its machines’ disks; restoring brings both back', async () => {
    site = await openTestCloud()
    const template = (value: string) =>
      `${version}resources:${network}${machine('one', 'm')}\n  v: ${thing(value)}\noutputs: {a: {value: {get_attr: [v, output]}}}`
    const id = await made('lab', template('old'))
    const { body } = await site.call('POST', `/stacks/lab/${id}/snapshots`, { name: 'first' })
    expect(body).toMatchObject({ name: 'first', status: 'IN_PROGRESS', status_reason: null, data: null })
    await site.until('lab', id, 'SNAPSHOT_COMPLETE')
    const list = (await site.call('GET', `/stacks/lab/${id}/snapshots`)).body.snapshots
    expect(list).toMatchObject([
      { id: body.id, status: 'COMPLETE', data: { name: 'lab', resources: { v: { resource_data: { value: 'old' } } } } },
    ])
    await change(id, { template: template('new') }, 'UPDATE_COMPLETE')
    expect((await site.call('POST', `/stacks/lab/${id}/snapshots/${body.id}/restore`)).status).toBe(202)
    expect(outputsOf(await site.until('lab', id, 'RESTORE_COMPLETE'))).toEqual({ a: 'old' })
    expect(site.host.calls.filter((call) => /snapshot|restore/.test(call))).toEqual(['snapshot one', 'restore one'])
    expect((await site.call('DELETE', `/stacks/lab/${id}/snapshots/${body.id}`)).status).toBe(204)
    expect((await site.call('GET', `/stacks/lab/${id}/snapshots`)).body).toEqual({ snapshots: [] })
    expect((await site.call('GET', `/stacks/lab/${id}/snapshots/${body.id}`)).body.error.message).toBe(
      `Snapshot with id ${body.id} not found`,
    )
  })
})

describe('a stack that is abandoned', () => {
  test('leaves all that it made, and whoever adopts it has it again', async () => {
    site = await openTestCloud({ abandon: true })
    const id = await made('lab', `${version}resources:${network}${machine('one', 'm')}`)
    const told = (await site.call('DELETE', `/stacks/lab/${id}/abandon`)).body
    expect(told).toMatchObject({ name: 'lab', id, resources: { m: { type: 'OS::Nova::Server', status: 'COMPLETE' } } })
    expect((await site.call('GET', '/stacks')).body.stacks).toEqual([])
    expect([...site.host.machines.values()].map(({ state }) => state)).toEqual(['on'])
    const again = await site.call('POST', '/stacks', { stack_name: 'other', adopt_stack_data: JSON.stringify(told) })
    expect(again.status).toBe(201)
    const adopted = again.body.stack.id
    await site.until('other', adopted, 'ADOPT_COMPLETE')
    await site.call('DELETE', `/stacks/other/${adopted}`)
    await site.until('other', adopted, 'DELETE_COMPLETE')
    expect(site.host.machines.size).toBe(0)
    expect(site.host.spaces.size).toBe(0)
  })

  test('is not, unless that is allowed', async () => {
    site = await openTestCloud()
    const id = await made('lab', trio('one'))
    const refusal = async (method: string, path: string, body?: object) => (await site.call(method, path, body)).body.error.message
    expect(await refusal('DELETE', `/stacks/lab/${id}/abandon`)).toBe('Stack Abandon is not supported.')
    expect(await refusal('GET', `/stacks/lab/${id}/export`)).toBe('Stack Abandon is not supported.')
    expect(await refusal('POST', '/stacks', { stack_name: 'x', adopt_stack_data: '{}' })).toBe('Stack Adopt is not supported.')
  })
})
