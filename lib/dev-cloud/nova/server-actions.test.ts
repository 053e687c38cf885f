import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { openTestCloud, type TestCloud, testClock } from '../dev-cloud.fixture.ts'

let site: TestCloud | undefined
afterEach(async () => {
  await site?.close()
  site = undefined
})

const template = (flavor = 'lab.tiny') => `heat_template_version: 2021-04-16
resources:
  net: {type: OS::Neutron::Net}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.9.0.0/24}}
  server: {type: OS::Nova::Server, properties: {name: one, image: debian-12, flavor: ${flavor}, networks: [{network: {get_resource: net}}]}}
`

type Options = NonNullable<Parameters<typeof openTestCloud>[0]>

/** A stack with one server, and short words for what one does with it. */
async function oneServer(options: Options & { flavor?: string } = {}) {
  const cloud = await openTestCloud(options)
  site = cloud
  const id = await cloud.createStack('lab', template(options.flavor), { timeout_mins: 30 })
  await cloud.until('lab', id, 'CREATE_COMPLETE')
  return { cloud, ...words(cloud, id) }
}

function words(cloud: TestCloud, id: string) {
  const [serverId = ''] = cloud.host.machines.keys()
  const url = `${cloud.cloud.heatUrl}/compute/v2.1/servers/${serverId}`
  const show = async () => (await cloud.call('GET', url)).body.server
  return {
    id,
    serverId,
    show,
    nova: (action: object) => cloud.call('POST', `${url}/action`, action),
    /** Asks Nova, which accepts, and waits until it is done. */
    put: async (action: object) => {
      expect(await cloud.call('POST', `${url}/action`, action)).toMatchObject({ status: 202, body: undefined })
      await expect.poll(async () => (await show())['OS-EXT-STS:task_state']).toBe(null)
      const { status, 'OS-EXT-STS:vm_state': vm, 'OS-EXT-STS:power_state': power } = await show()
      return { status, vm, power }
    },
    heat: async (action: string, status: string) => {
      await cloud.call('POST', `/stacks/lab/${id}/actions`, { [action]: null })
      return (await cloud.until('lab', id, status)).stack_status_reason
    },
    machine: () => cloud.host.machines.get(serverId)?.state,
  }
}

const refusal = (id: string, word: string, state: string) => ({
  status: 409,
  body: { conflictingRequest: { code: 409, message: `Cannot '${word}' instance ${id} while it is in ${state}` } },
})

describe('a server', () => {
  test('is acted on in the background: until it is done it has a task and its old status, and no second action begins', async () => {
    const gate = Promise.withResolvers<void>()
    const { show, nova, serverId, machine } = await oneServer({ machines: { acting: () => gate.promise } })
    expect(await nova({ suspend: null })).toMatchObject({ status: 202 })
    expect(await show()).toMatchObject({ status: 'ACTIVE', 'OS-EXT-STS:task_state': 'suspending', 'OS-EXT-STS:vm_state': 'active' })
    expect(await nova({ suspend: null })).toMatchObject(refusal(serverId, 'suspend', 'task_state suspending'))
    expect(await nova({ 'os-stop': null })).toMatchObject(refusal(serverId, 'stop', 'task_state suspending'))
    expect(machine()).toBe('on')
    gate.resolve()
    await expect.poll(async () => (await show()).status).toBe('SUSPENDED')
    expect(await show()).toMatchObject({ 'OS-EXT-STS:task_state': null, 'OS-EXT-STS:vm_state': 'suspended', 'OS-EXT-STS:power_state': 4 })
    expect(machine()).toBe('frozen')
  })

  test('goes through all its states, and is refused in Nova’s words what its state does not allow', async () => {
    const { put, nova, serverId, machine, cloud } = await oneServer()
    expect(await nova({ resume: null })).toMatchObject(refusal(serverId, 'resume', 'vm_state active'))
    expect(await nova({ unshelve: null })).toMatchObject(refusal(serverId, 'unshelve', 'vm_state active'))
    expect(await put({ suspend: null })).toEqual({ status: 'SUSPENDED', vm: 'suspended', power: 4 })
    expect(await nova({ suspend: null })).toMatchObject(refusal(serverId, 'suspend', 'vm_state suspended'))
    expect(await nova({ reboot: { type: 'SOFT' } })).toMatchObject(refusal(serverId, 'reboot', 'vm_state suspended'))
    expect(await put({ resume: null })).toEqual({ status: 'ACTIVE', vm: 'active', power: 1 })
    expect(await put({ 'os-stop': null })).toEqual({ status: 'SHUTOFF', vm: 'stopped', power: 4 })
    expect(await nova({ suspend: null })).toMatchObject(refusal(serverId, 'suspend', 'vm_state stopped'))
    expect(await put({ 'os-start': null })).toEqual({ status: 'ACTIVE', vm: 'active', power: 1 })
    expect(await nova({ 'os-start': null })).toMatchObject(refusal(serverId, 'start', 'vm_state active'))
    expect(await put({ reboot: { type: 'HARD' } })).toEqual({ status: 'ACTIVE', vm: 'active', power: 1 })
    expect(await put({ shelve: null })).toEqual({ status: 'SHELVED_OFFLOADED', vm: 'shelved_offloaded', power: 4 })
    expect(machine()).toBe('off')
    expect(await nova({ shelveOffload: null })).toMatchObject(refusal(serverId, 'shelveOffload', 'vm_state shelved_offloaded'))
    expect(await nova({ 'os-start': null })).toMatchObject(refusal(serverId, 'start', 'vm_state shelved_offloaded'))
    expect(await put({ unshelve: null })).toEqual({ status: 'ACTIVE', vm: 'active', power: 1 })
    expect(cloud.host.calls).not.toContain('delete one')
    expect(await nova({ migrate: null })).toMatchObject({ status: 403 })
    expect(await nova({ fly: null })).toMatchObject({ status: 400, body: { badRequest: { code: 400 } } })
  })

  test('that was shelved stays on its host where the cloud is set so, until it is offloaded', async () => {
    const { put } = await oneServer({ offloadsShelved: false })
    expect(await put({ shelve: null })).toMatchObject({ status: 'SHELVED', vm: 'shelved' })
    expect(await put({ shelveOffload: null })).toMatchObject({ status: 'SHELVED_OFFLOADED' })
    expect(await put({ unshelve: null })).toMatchObject({ status: 'ACTIVE' })
    await put({ suspend: null })
    expect(await put({ shelve: null })).toMatchObject({ status: 'SHELVED' })
  })

  test('whose action fails on its host is in ERROR and says why; stopped and started it is well again', async () => {
    const acting = async (verb: string) => {
      if (verb === 'freeze') throw new Error('no room for its memory')
    }
    const { put, show, heat } = await oneServer({ machines: { acting } })
    expect(await put({ suspend: null })).toEqual({ status: 'ERROR', vm: 'error', power: 0 })
    expect((await show()).fault).toMatchObject({ code: 500, message: 'no room for its memory' })
    expect(await put({ 'os-stop': null })).toMatchObject({ status: 'SHUTOFF' })
    expect(await put({ 'os-start': null })).toMatchObject({ status: 'ACTIVE' })
    expect(await show()).not.toHaveProperty('fault')
    expect(await heat('suspend', 'SUSPEND_FAILED')).toBe(
      'Resource SUSPEND failed: ResourceUnknownStatus: resources.server: Suspend of server one failed - Unknown status ERROR due to "Unknown"',
    )
  })
})

describe('a stack and the state of its server', () => {
  test('a stopped server makes suspend fail, and then resume; started again, the stack can be suspended and resumed', async () => {
    const { put, heat, serverId } = await oneServer()
    await heat('suspend', 'SUSPEND_COMPLETE')
    await heat('resume', 'RESUME_COMPLETE')
    await put({ 'os-stop': null })
    expect(await heat('suspend', 'SUSPEND_FAILED')).toMatch(
      new RegExp(
        `^Resource SUSPEND failed: Conflict: resources.server: Cannot 'suspend' instance ${serverId} while it is in vm_state stopped \\(HTTP 409\\) \\(Request-ID: req-`,
      ),
    )
    expect(await heat('resume', 'RESUME_FAILED')).toBe(
      "Resource RESUME failed: Error: resources.server: State ('SUSPEND', 'FAILED') invalid for resume",
    )
    await put({ 'os-start': null })
    await heat('suspend', 'SUSPEND_COMPLETE')
    await heat('resume', 'RESUME_COMPLETE')
  })

  test('a server that Nova suspended or resumed does the stack no harm; one that Nova shelved cannot be suspended', async () => {
    const { put, heat, serverId, machine } = await oneServer()
    await put({ suspend: null })
    await heat('suspend', 'SUSPEND_COMPLETE')
    await put({ resume: null })
    await heat('resume', 'RESUME_COMPLETE')
    await put({ shelve: null })
    expect(await heat('suspend', 'SUSPEND_FAILED')).toContain(
      `Cannot 'suspend' instance ${serverId} while it is in vm_state shelved_offloaded (HTTP 409)`,
    )
    expect(await heat('check', 'CHECK_FAILED')).toContain("'status': expected 'ACTIVE', got 'SHELVED_OFFLOADED'")
    await put({ unshelve: null })
    expect(machine()).toBe('on')
    await heat('check', 'CHECK_COMPLETE')
  })

  test('suspend waits for nothing that Nova is still doing, and is refused', async () => {
    const gate = Promise.withResolvers<void>()
    const { nova, heat, serverId } = await oneServer({ machines: { acting: () => gate.promise } })
    await nova({ 'os-stop': null })
    expect(await heat('suspend', 'SUSPEND_FAILED')).toContain(
      `Cannot 'suspend' instance ${serverId} while it is in task_state powering-off`,
    )
    gate.resolve()
  })

  test('a stack can be deleted while its server is being suspended', async () => {
    const gate = Promise.withResolvers<void>()
    const acting = async (verb: string) => (verb === 'freeze' ? gate.promise : undefined)
    const { cloud, id, serverId } = await oneServer({ machines: { acting } })
    await cloud.call('POST', `/stacks/lab/${id}/actions`, { suspend: null })
    await expect.poll(async () => (await cloud.call('GET', `/stacks/lab/${id}`)).body.stack.stack_status).toBe('SUSPEND_IN_PROGRESS')
    await cloud.call('DELETE', `/stacks/lab/${id}`)
    await cloud.until('lab', id, 'DELETE_COMPLETE')
    expect(cloud.host.machines.has(serverId)).toBe(false)
    gate.resolve()
  })
})

describe('a flavor with a device of its host', () => {
  test('is refused suspension by Nova and so by Heat; its server can be shelved', async () => {
    const { nova, put, heat } = await oneServer({ flavor: 'lab.tiny.passthrough' })
    const message = 'Feature not supported with instances that have accelerators.'
    expect(await nova({ suspend: null })).toMatchObject({ status: 403, body: { forbidden: { code: 403, message } } })
    expect(await heat('suspend', 'SUSPEND_FAILED')).toMatch(
      /^Resource SUSPEND failed: Forbidden: resources\.server: Feature not supported with instances that have accelerators\. \(HTTP 403\)/,
    )
    expect(await put({ shelve: null })).toMatchObject({ status: 'SHELVED_OFFLOADED' })
  })

  test('may be found out only on the host: Nova accepts and rolls back, Heat waits until its time is up', async () => {
    const clock = testClock()
    const { put, heat, cloud, id } = await oneServer({ ...clock, flavor: 'lab.tiny.vgpu' })
    expect(await put({ suspend: null })).toMatchObject({ status: 'ACTIVE' })
    await heat('suspend', 'SUSPEND_IN_PROGRESS')
    clock.advance(29 * 60_000)
    expect((await cloud.call('GET', `/stacks/lab/${id}`)).body.stack.stack_status).toBe('SUSPEND_IN_PROGRESS')
    clock.advance(60_000)
    expect((await cloud.until('lab', id, 'SUSPEND_FAILED')).stack_status_reason).toBe('Suspend timed out')
    const { resource } = (await cloud.call('GET', `/stacks/lab/${id}/resources/server`)).body
    expect(resource).toMatchObject({
      resource_status: 'SUSPEND_FAILED',
      resource_status_reason: `SUSPEND aborted (Task suspend from Server "server" Stack "lab" [${id}] Timed out)`,
    })
  })
})

describe('a stack of which one server cannot be suspended and another never will be', () => {
  const two = `${template('lab.tiny.passthrough')}  other: {type: OS::Nova::Server, properties: {image: debian-12, flavor: lab.tiny.vgpu, networks: [{network: {get_resource: net}}]}}\n`
  const suspending = async (timeoutMins: number) => {
    const clock = testClock()
    const cloud = await openTestCloud(clock)
    site = cloud
    const id = await cloud.createStack('lab', two, { timeout_mins: timeoutMins })
    await cloud.until('lab', id, 'CREATE_COMPLETE')
    await cloud.call('POST', `/stacks/lab/${id}/actions`, { suspend: null })
    const ofResource = async (name: string) => (await cloud.call('GET', `/stacks/lab/${id}/resources/${name}`)).body.resource
    await expect.poll(async () => (await ofResource('server')).resource_status).toBe('SUSPEND_FAILED')
    expect((await cloud.call('GET', `/stacks/lab/${id}`)).body.stack.stack_status).toBe('SUSPEND_IN_PROGRESS')
    return { clock, ofResource, ended: async () => (await cloud.until('lab', id, 'SUSPEND_FAILED')).stack_status_reason }
  }

  test('waits four minutes for the other after the first has failed, and then says why that one did', async () => {
    const { clock, ofResource, ended } = await suspending(30)
    clock.advance(240_000)
    expect(await ended()).toMatch(/^Resource SUSPEND failed: Forbidden: resources\.server: /)
    expect((await ofResource('other')).resource_status_reason).toBe('SUSPEND aborted (user triggered cancel)')
  })

  test('fails for its own time limit where that is shorter', async () => {
    const { clock, ofResource, ended } = await suspending(1)
    clock.advance(60_000)
    expect(await ended()).toBe('Suspend timed out')
    expect((await ofResource('other')).resource_status_reason).toContain('Timed out')
  })
})

describe('a restart of the cloud', () => {
  test('lets suspended servers stand still where machines outlive it', async () => {
    const { cloud: first, id, heat } = await oneServer()
    await heat('suspend', 'SUSPEND_COMPLETE')
    await first.cloud.close('keep')
    site = await openTestCloud({ folder: first.folder, kept: first.host })
    await site.cloud.restored
    const after = words(site, id)
    expect(after.machine()).toBe('frozen')
    expect(await after.show()).toMatchObject({ status: 'SUSPENDED' })
    await after.heat('resume', 'RESUME_COMPLETE')
    expect(site.host.calls).toEqual(['create one', 'freeze one', 'thaw one'])
  })

  test('lets them boot where it switched them off, whoever resumes them', async () => {
    const { cloud: first, id, put } = await oneServer()
    await put({ suspend: null })
    await first.cloud.close('stop')
    site = await openTestCloud({ folder: first.folder, kept: first.host })
    const after = words(site, id)
    expect(await after.show()).toMatchObject({ status: 'SUSPENDED' })
    expect(await after.put({ resume: null })).toMatchObject({ status: 'ACTIVE' })
    expect(site.host.calls).toEqual(['create one', 'freeze one', 'start one'])
  })

  test('ends what was being done to a server when the process was killed', async () => {
    const { cloud: first, id } = await oneServer()
    await first.cloud.close('keep')
    const file = join(first.folder, 'stacks', `${id}.json`)
    const stack = JSON.parse(await readFile(file, 'utf8'))
    for (const server of Object.values<{ task?: string }>(stack.things.servers)) server.task = 'stop'
    await writeFile(file, JSON.stringify(stack))
    site = await openTestCloud({ folder: first.folder, kept: first.host })
    const after = words(site, id)
    await expect.poll(async () => (await after.show()).status).toBe('SHUTOFF')
    expect(after.machine()).toBe('off')
  })
})
