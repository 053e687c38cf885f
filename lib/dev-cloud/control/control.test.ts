import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { control, openTestCloud, type TestCloud } from '../dev-cloud.fixture.ts'
import type { Call } from '../http.ts'
import { createCallLog } from './call-log.ts'

let site: TestCloud
afterEach(() => site.close())

const template = `heat_template_version: 2021-04-16
resources:
  net: {type: OS::Neutron::Net}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.9.0.0/24}}
  machine: {type: OS::Nova::Server, properties: {name: one, image: debian-12, flavor: lab.tiny, networks: [{network: {get_resource: net}}]}}
`

describe('the control address', () => {
  test('is written down for the owner alone, stays the same over a restart, and wants its token', async () => {
    const first = await openTestCloud()
    const file = join(first.folder, 'control.json')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(first.cloud.control)
    await first.cloud.close('stop')
    site = await openTestCloud({ folder: first.folder, kept: first.host })
    expect(site.cloud.control).toEqual(first.cloud.control)
    const { url } = site.cloud.control
    expect(new URL(url).hostname).toBe('127.0.0.1')
    expect((await fetch(`${url}/requests`)).status).toBe(401)
    expect((await fetch(`${url}/requests`, { headers: { Authorization: `Bearer ${site.token}` } })).status).toBe(401)
    expect(await control(site, 'GET', '/nothing')).toEqual({ status: 404, body: { error: 'There is nothing at this address.' } })
    expect(await control(site, 'GET', '/requests?since=x')).toMatchObject({ status: 400 })
  })

  test('counts calls by service and verb, from one mark to the next', async () => {
    site = await openTestCloud()
    const id = await site.createStack('lab', template)
    await site.until('lab', id, 'CREATE_COMPLETE')
    const { body: before } = await control(site, 'GET', '/requests')
    expect(before).toMatchObject({ complete: true, counts: { identity: { login: 1 }, heat: { create: 1 } } })
    expect(before.total).toBe(before.mark)
    expect(before).not.toHaveProperty('calls')

    await site.call('GET', '/stacks?limit=1')
    await site.call('POST', `/stacks/lab/${id}/actions`, { check: null })
    await site.call('GET', `/stacks/lab/${id}/resources`)
    await site.call('GET', '/stacks/lab')
    const [serverId] = site.host.machines.keys()
    const nova = `${site.cloud.heatUrl}/compute/v2.1`
    await site.call('POST', `${nova}/servers/${serverId}/action`, { 'os-stop': null })
    await site.call('GET', `${nova}/servers/${serverId}`, undefined, 'no token')
    await site.call('GET', `${site.cloud.heatUrl}/nowhere`)
    const { body: after } = await control(site, 'GET', `/requests?since=${before.mark}&each=true`)
    expect(after).toMatchObject({ mark: before.mark + 7, total: 7, complete: true })
    expect(after.counts).toEqual({ heat: { list: 1, check: 1, resources: 1, find: 1, other: 1 }, nova: { stop: 1, show: 1 } })
    expect(after.calls.map((call: { stack: string | null; status: number }) => [call.stack, call.status])).toEqual([
      [null, 200],
      ['lab', 200],
      ['lab', 200],
      ['lab', 302],
      ['lab', 202],
      ['lab', 401],
      [null, 404],
    ])
    expect(after.calls[0]).toMatchObject({ service: 'heat', verb: 'list', method: 'GET', path: `/v1/${site.projectId}/stacks` })
    expect(after.calls[0].tookMs).toBeGreaterThanOrEqual(0)
  })

  test('shows servers as they really are, with strays and with those that are missing', async () => {
    site = await openTestCloud()
    const id = await site.createStack('lab', template)
    await site.until('lab', id, 'CREATE_COMPLETE')
    await site.call('POST', `/stacks/lab/${id}/actions`, { suspend: null })
    await site.until('lab', id, 'SUSPEND_COMPLETE')
    const servers = async () => (await control(site, 'GET', '/servers')).body.servers
    const [serverId = ''] = site.host.machines.keys()
    expect(await servers()).toEqual([
      {
        id: serverId,
        name: 'one',
        stack: 'lab',
        stackId: id,
        status: 'SUSPENDED',
        task: null,
        address: '10.9.0.2',
        floatingAddress: null,
        driver: 'memory',
        state: 'frozen',
        disk: null,
        cgroup: null,
        pid: null,
      },
    ])
    const machine = site.host.machines.get(serverId)
    if (!machine) throw new Error('no such machine')
    site.host.machines.delete(serverId)
    site.host.machines.set('stray', { ...machine, spec: { ...machine.spec, id: 'stray', spaceId: 'gone' }, state: 'on' })
    expect(await servers()).toMatchObject([
      { id: serverId, status: 'SUSPENDED', state: 'missing' },
      { id: 'stray', name: null, stack: null, stackId: 'gone', status: null, state: 'on' },
    ])
  })

  test('forgets the oldest calls, and says so', async () => {
    site = await openTestCloud()
    const calls = createCallLog(10)
    const call = { service: 'heat', verb: 'list', request: { method: 'GET', target: '/stacks' } } as unknown as Call
    for (let at = 0; at < 25; at += 1) calls.begin(call, { at, stack: null })({ at: at + 5, status: 200 })
    expect(calls.since(24)).toMatchObject({ mark: 25, complete: true, total: 1, calls: [{ at: 24, tookMs: 5 }] })
    expect(calls.since(0)).toMatchObject({ mark: 25, complete: false })
    expect(calls.since(0).total).toBeLessThan(12)
    expect(calls.since(25)).toMatchObject({ total: 0, complete: true, counts: {} })
  })
})
