import { SocksClient } from 'socks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestCloud, type TestCloud } from '../dev-cloud.fixture.ts'

let site: TestCloud
let address: string
beforeAll(async () => {
  site = await openTestCloud()
  const id = await site.createStack(
    'one',
    `heat_template_version: 2021-04-16
resources:
  net: {type: OS::Neutron::Net}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.9.0.0/24}}
  router: {type: OS::Neutron::Router, properties: {external_gateway_info: {network: public}}}
  door: {type: OS::Neutron::RouterInterface, properties: {router: {get_resource: router}, subnet: {get_resource: sub}}}
  port: {type: OS::Neutron::Port, properties: {network: {get_resource: net}}}
  machine: {type: OS::Nova::Server, properties: {name: one, image: debian-12, flavor: lab.small, networks: [{port: {get_resource: port}}]}}
  ip: {type: OS::Neutron::FloatingIP, properties: {floating_network: public}}
  link: {type: OS::Neutron::FloatingIPAssociation, properties: {floatingip_id: {get_resource: ip}, port_id: {get_resource: port}}}
outputs: {address: {value: {get_attr: [ip, floating_ip_address]}}, first: {value: {get_attr: [machine, first_address]}}}`,
  )
  const stack = await site.until('one', id, 'CREATE_COMPLETE')
  address = stack.outputs[0].output_value
  expect(stack.outputs[1].output_value).toBe('10.9.0.2')
})
afterAll(() => site.close())

const at = (path: string) => `${site.cloud.heatUrl}${path}`

describe('the services beside Heat', () => {
  test('Nova shows machines, what they print, and what is used', async () => {
    const { servers } = (await site.call('GET', at('/compute/v2.1/servers/detail'))).body
    expect(servers).toMatchObject([{ name: 'one', status: 'ACTIVE', 'OS-EXT-STS:vm_state': 'active', key_name: null }])
    const [fixed, floating] = Object.values<{ addr: string }[]>(servers[0].addresses)[0] ?? []
    expect([fixed?.addr, floating?.addr]).toEqual(['10.9.0.2', address])
    const log = await site.call('POST', at(`/compute/v2.1/servers/${servers[0].id}/action`), { 'os-getConsoleOutput': { length: 1 } })
    expect(log.body).toEqual({ output: 'one login: ' })
    const { absolute } = (await site.call('GET', at('/compute/v2.1/limits'))).body.limits
    expect(absolute).toMatchObject({ totalInstancesUsed: 1, totalCoresUsed: 1, totalRAMUsed: 512, maxTotalInstances: 100 })
    const unknown = '11111111-2222-3333-4444-555555555555'
    expect(await site.call('GET', at(`/compute/v2.1/servers/${unknown}`))).toMatchObject({
      status: 404,
      body: { itemNotFound: { code: 404, message: `Instance ${unknown} could not be found.` } },
    })
  })

  test('a machine that was stopped keeps its stack from being suspended', async () => {
    const [server] = (await site.call('GET', at('/compute/v2.1/servers'))).body.servers
    const act = (action: object) => site.call('POST', at(`/compute/v2.1/servers/${server.id}/action`), action)
    expect(await act({ 'os-stop': null })).toMatchObject({ status: 202 })
    expect(await act({ suspend: null })).toMatchObject({
      status: 409,
      body: { conflictingRequest: { message: `Cannot 'suspend' instance ${server.id} while it is in vm_state stopped` } },
    })
    const { id } = (await site.call('GET', '/stacks')).body.stacks[0]
    await site.call('POST', `/stacks/one/${id}/actions`, { suspend: null })
    expect((await site.until('one', id, 'SUSPEND_FAILED')).stack_status_reason).toContain('Conflict: resources.machine: Cannot')
    expect(await act({ 'os-start': null })).toMatchObject({ status: 202 })
  })

  test('Neutron shows the outer network, floating addresses and quotas; Glance the image', async () => {
    const { networks } = (await site.call('GET', at('/network/v2.0/networks?router:external=true'))).body
    expect(networks).toMatchObject([{ name: 'public', 'router:external': true }])
    const { floatingips } = (await site.call('GET', at('/network/v2.0/floatingips'))).body
    expect(floatingips).toMatchObject([{ floating_ip_address: address, fixed_ip_address: '10.9.0.2', status: 'ACTIVE' }])
    const { quota } = (await site.call('GET', at(`/network/v2.0/quotas/${site.projectId}/details.json`))).body
    expect(quota.floatingip).toMatchObject({ used: 1, reserved: 0 })
    expect((await site.call('GET', at('/image/v2/images?name=debian-12'))).body.images).toMatchObject([
      { name: 'debian-12', status: 'active' },
    ])
    expect(await site.call('GET', at('/network/v2.0/networks/x'))).toMatchObject({
      status: 404,
      body: { NeutronError: { type: 'NetworkNotFound', message: 'Network x could not be found.', detail: '' } },
    })
  })

  test.each(['/compute/v2.1/servers', '/network/v2.0/networks', '/image/v2/images'])('%s wants a token', async (path) => {
    const answer = await site.call('GET', at(path), undefined, '')
    expect(answer.status).toBe(401)
    expect(answer.headers.get('WWW-Authenticate')).toBe(`Keystone uri="${site.cloud.authUrl}"`)
  })

  test('the SOCKS door leads from a floating address to its machine, and nowhere else', async () => {
    const door = new URL(site.cloud.socksUrl)
    const proxy = { host: door.hostname, port: Number(door.port), type: 5 as const, userId: door.username, password: door.password }
    const connect = (host: string) => SocksClient.createConnection({ proxy, command: 'connect', destination: { host, port: 22 } })
    const { socket } = await connect(address)
    const banner = await new Promise<string>((resolve) => {
      socket.once('data', (data: Buffer) => resolve(data.toString()))
      socket.resume()
    })
    socket.destroy()
    expect(banner).toBe('one:22\n')
    await expect(connect('127.0.0.1')).rejects.toThrow()
  })
})
