import { afterEach, expect, test } from 'vitest'
import { openTestCloud, type TestCloud } from '../dev-cloud.fixture.ts'

let site: TestCloud
afterEach(() => site.close())

const template = (rules: string, more = '') => `heat_template_version: 2021-04-16
resources:
  net: {type: OS::Neutron::Net}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.9.0.0/24}}
  group: {type: OS::Neutron::SecurityGroup, properties: {rules: [${rules}]}}
  one: {type: OS::Neutron::Port, depends_on: sub, properties: {network: {get_resource: net}, security_groups: [{get_resource: group}], fixed_ips: [{ip_address: 10.9.0.11}]}}
  two: {type: OS::Neutron::Port, depends_on: sub, properties: {network: {get_resource: net}, security_groups: [default, {get_resource: group}], fixed_ips: [{ip_address: 10.9.0.12}]}}
  plain: {type: OS::Neutron::Port, depends_on: sub, properties: {network: {get_resource: net}, fixed_ips: [{ip_address: 10.9.0.13}]}}
  shut: {type: OS::Neutron::Port, depends_on: sub, properties: {network: {get_resource: net}, security_groups: [], fixed_ips: [{ip_address: 10.9.0.14}]}}
  off: {type: OS::Neutron::Port, depends_on: sub, properties: {network: {get_resource: net}, security_groups: [{get_resource: group}], port_security_enabled: false, fixed_ips: [{ip_address: 10.9.0.15}]}}
${more}`

const ssh = '{protocol: tcp, port_range_min: 22, port_range_max: 22, remote_ip_prefix: 10.0.0.0/8}'
const way = (protocol: string | null, from: string | null, first: number | null = null) => ({ protocol, first, last: first, from })

/** What may come in now, by address. */
function open(id: string): Record<string, unknown> {
  return Object.fromEntries((site.host.filters.get(id) ?? []).map((filter) => [filter.address, filter.open]))
}

test('the rules of a port’s groups say what may come in, members of a group by their addresses; without a group it is open', async () => {
  site = await openTestCloud()
  const id = await site.createStack('one', template(`${ssh}, {protocol: udp, remote_mode: remote_group_id}`))
  await site.until('one', id, 'CREATE_COMPLETE')
  const members = ['10.9.0.11', '10.9.0.12', '10.9.0.15'].map((address) => way('udp', address))
  const all = open(id)
  expect(Object.keys(all).sort()).toEqual(['10.9.0.11', '10.9.0.12', '10.9.0.14'])
  expect(all['10.9.0.11']).toHaveLength(4)
  expect(all['10.9.0.11']).toEqual(expect.arrayContaining([way('tcp', '10.0.0.0/8', 22), ...members]))
  // The default group lets in its own members besides.
  expect(all['10.9.0.12']).toEqual(expect.arrayContaining([way(null, '10.9.0.12'), way(null, '10.9.0.13'), way('tcp', '10.0.0.0/8', 22)]))
  expect(all['10.9.0.14']).toEqual([])
})

test('a rule that comes, changes or goes is heard of at once', async () => {
  site = await openTestCloud()
  const rule = `  rule: {type: OS::Neutron::SecurityGroupRule, properties: {security_group: {get_resource: group}, protocol: icmp}}\n`
  const id = await site.createStack('one', template(ssh, rule))
  await site.until('one', id, 'CREATE_COMPLETE')
  const ways = () => open(id)['10.9.0.11']
  expect(ways()).toEqual([way('tcp', '10.0.0.0/8', 22), way('icmp', null)])
  const change = async (text: string) => {
    expect((await site.call('PUT', `/stacks/one/${id}`, { template: text })).status).toBe(202)
    await site.until('one', id, 'UPDATE_COMPLETE')
  }
  await change(template(ssh))
  expect(ways()).toEqual([way('tcp', '10.0.0.0/8', 22)])
  await change(template('{protocol: tcp, port_range_min: 80, port_range_max: 90}'))
  expect(ways()).toEqual([{ protocol: 'tcp', first: 80, last: 90, from: null }])
})
