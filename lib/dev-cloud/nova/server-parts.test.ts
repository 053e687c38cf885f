import { afterAll, beforeAll, expect, test } from 'vitest'
import { control, openTestCloud, type TestCloud } from '../dev-cloud.fixture.ts'

let site: TestCloud
let server: { id: string }
let stackId: string
const nova = (method: string, path: string, body?: unknown) => site.call(method, `${site.cloud.heatUrl}/compute/v2.1/servers${path}`, body)
const neutron = (method: string, path: string, body?: unknown) => site.call(method, `${site.cloud.heatUrl}/network/v2.0${path}`, body)

beforeAll(async () => {
  site = await openTestCloud()
  stackId = await site.createStack(
    'one',
    `heat_template_version: 2021-04-16
resources:
  net: {type: OS::Neutron::Net, properties: {name: inside}}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.9.0.0/24}}
  router: {type: OS::Neutron::Router, properties: {external_gateway_info: {network: public}}}
  door: {type: OS::Neutron::RouterInterface, properties: {router: {get_resource: router}, subnet: {get_resource: sub}}}
  group: {type: OS::Neutron::SecurityGroup, properties: {name: ssh, rules: [{protocol: tcp, port_range_min: 22, port_range_max: 22}]}}
  port:
    type: OS::Neutron::Port
    depends_on: sub
    properties: {name: card, network: {get_resource: net}, security_groups: [{get_resource: group}], fixed_ips: [{ip_address: 10.9.0.77}]}
  machine:
    type: OS::Nova::Server
    properties: {name: one, image: debian-12, flavor: lab.small, metadata: {role: head}, networks: [{port: {get_resource: port}}]}`,
  )
  await site.until('one', stackId, 'CREATE_COMPLETE')
  server = (await nova('GET', '')).body.servers[0]
})
afterAll(() => site.close())

test('a server shows its cards, its addresses and its security groups', async () => {
  const fixed_ips = [{ ip_address: '10.9.0.77', subnet_id: expect.any(String) }]
  expect((await nova('GET', `/${server.id}/os-interface`)).body.interfaceAttachments).toMatchObject([{ port_state: 'ACTIVE', fixed_ips }])
  expect((await nova('GET', `/${server.id}/ips/inside`)).body).toEqual({ inside: [{ version: 4, addr: '10.9.0.77' }] })
  expect((await nova('GET', `/${server.id}/os-security-groups`)).body.security_groups).toMatchObject([
    { name: 'ssh', rules: [{ ip_protocol: 'tcp', from_port: 22, to_port: 22, ip_range: { cidr: '0.0.0.0/0' } }] },
  ])
  expect((await nova('GET', `/${server.id}/os-volume_attachments`)).body).toEqual({ volumeAttachments: [] })
})

test('its metadata and its name can be changed', async () => {
  expect(await nova('POST', `/${server.id}/metadata`, { metadata: { color: 'red' } })).toMatchObject({ status: 200 })
  expect((await nova('GET', `/${server.id}/metadata`)).body).toEqual({ metadata: { role: 'head', color: 'red' } })
  expect(await nova('DELETE', `/${server.id}/metadata/color`)).toMatchObject({ status: 204 })
  expect(await nova('PUT', `/${server.id}`, { server: { name: 'other' } })).toMatchObject({
    status: 200,
    body: { server: { name: 'other' } },
  })
  expect((await nova('GET', '?name=^oth')).body.servers).toMatchObject([{ name: 'other' }])
})

test('what was begun with it is remembered with the id of the call that began it, which the answer and the list of calls bear too', async () => {
  const asked = await nova('POST', `/${server.id}/action`, { 'os-stop': null })
  const id = asked.headers.get('X-Openstack-Request-Id')
  expect(id).toMatch(/^req-[0-9a-f-]{36}$/)
  expect(asked.headers.get('X-Compute-Request-Id')).toBe(id)
  expect((await nova('GET', `/${server.id}/os-instance-actions`)).body.instanceActions).toMatchObject([
    { action: 'stop', request_id: id, message: null },
    { action: 'create' },
  ])
  expect((await control(site, 'GET', '/requests?each=true')).body.calls).toContainEqual(
    expect.objectContaining({ id, verb: 'stop', status: 202 }),
  )
})

test('Neutron finds by field and shows the fields that are wanted; what stacks have made is theirs to change', async () => {
  const [port] = (await neutron('GET', '/ports?fixed_ips=ip_address=10.9.0.77&fields=id&fields=name')).body.ports
  expect(port).toEqual({ id: expect.any(String), name: 'card' })
  expect((await neutron('GET', '/ports?device_owner=network:router_interface')).body.ports).toMatchObject([
    { fixed_ips: [{ ip_address: '10.9.0.1' }], port_security_enabled: false },
  ])
  expect(await neutron('PUT', `/ports/${port.id}`, { port: { name: 'renamed' } })).toMatchObject({
    status: 200,
    body: { port: { name: 'renamed' } },
  })
  expect(await neutron('DELETE', `/ports/${port.id}`)).toMatchObject({ status: 403, body: { NeutronError: { type: 'Forbidden' } } })
})

test('a server that Nova deletes is missed by its stack', async () => {
  expect(await nova('DELETE', `/${server.id}`)).toMatchObject({ status: 204 })
  expect(await nova('GET', `/${server.id}`)).toMatchObject({ status: 404 })
  expect(site.host.calls).toContain('delete one')
  await site.call('POST', `/stacks/one/${stackId}/actions`, { check: null })
  await site.until('one', stackId, 'CHECK_FAILED')
})
