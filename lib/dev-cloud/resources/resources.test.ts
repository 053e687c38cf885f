import { afterEach, describe, expect, test } from 'vitest'
import { openTestCloud, publicKey, type TestCloud } from '../dev-cloud.fixture.ts'
import type { ServerSpec } from '../driver.ts'

let site: TestCloud
afterEach(() => site.close())

const version = 'heat_template_version: 2021-04-16\n'
const network = `  net: {type: OS::Neutron::Net}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.9.0.0/24}}
`
const server = (more: string) =>
  `  vm: {type: OS::Nova::Server, properties: {image: debian-12, flavor: lab.tiny, networks: [{network: {get_resource: net}}]${more}}}`
const compute = (path: string) => `${site.cloud.heatUrl}/compute/v2.1${path}`
const neutron = (path: string) => `${site.cloud.heatUrl}/network/v2.0${path}`

async function update(name: string, id: string, template: string, status = 'UPDATE_COMPLETE') {
  expect(await site.call('PUT', `/stacks/${name}/${id}`, { template })).toMatchObject({ status: 202 })
  return site.until(name, id, status)
}

describe('a server', () => {
  test('changes its size, cards and tags in place, and the machine boots anew with them', async () => {
    site = await openTestCloud()
    const id = await site.createStack('change', `${version}resources:\n${network}${server('')}`)
    await site.until('change', id, 'CREATE_COMPLETE')
    const before = (await site.call('GET', compute('/servers/detail'))).body.servers[0]
    const more = `${version}resources:\n${network}  back: {type: OS::Neutron::Net}
  sub2: {type: OS::Neutron::Subnet, properties: {network: {get_resource: back}, cidr: 10.8.0.0/24}}
  vm: {type: OS::Nova::Server, properties: {image: debian-12, flavor: lab.small, tags: [t], networks: [{network: {get_resource: net}}, {network: {get_resource: back}, fixed_ip: 10.8.0.7}]}}`
    await update('change', id, more)
    const after = (await site.call('GET', compute('/servers/detail'))).body.servers[0]
    expect(after.id).toBe(before.id)
    expect(after.status).toBe('ACTIVE')
    const addresses = Object.values(after.addresses as Record<string, { addr: string }[]>).flat()
    expect(addresses.map(({ addr }) => addr)).toEqual(['10.9.0.2', '10.8.0.7'])
    await update('change', id, `${version}resources:\n${network}${server(', flavor_update_policy: RESIZE')}`)
    const ports = (await site.call('GET', neutron('/ports'))).body.ports
    expect(ports.map((port: { fixed_ips: { ip_address: string }[] }) => port.fixed_ips[0]?.ip_address)).toEqual(['10.9.0.2'])
  })

  test('has a line for each key of a key file that was sent as it is, line break and all', async () => {
    const specs: ServerSpec[] = []
    site = await openTestCloud({ machines: { plays: (spec) => specs.push(spec) } })
    const file = `${publicKey}\n\n`
    await site.call('POST', compute('/os-keypairs'), { keypair: { name: 'ada', public_key: file } })
    expect((await site.call('GET', compute('/os-keypairs/ada'))).body.keypair.public_key).toBe(file)
    const id = await site.createStack('keyed', `${version}resources:\n${network}${server(', key_name: ada')}`)
    await site.until('keyed', id, 'CREATE_COMPLETE')
    expect(specs.map(({ publicKeys }) => publicKeys)).toEqual([[publicKey]])
  })

  test('leaves no port behind, and gives those back that it was given', async () => {
    site = await openTestCloud()
    const port = '  port: {type: OS::Neutron::Port, properties: {network: {get_resource: net}}}\n'
    const vm =
      '  vm: {type: OS::Nova::Server, properties: {image: debian-12, flavor: lab.tiny, networks: [{port: {get_resource: port}}, {subnet: {get_resource: sub}}]}}'
    const id = await site.createStack('give', `${version}resources:\n${network}${port}${vm}`)
    await site.until('give', id, 'CREATE_COMPLETE')
    expect((await site.call('GET', neutron('/ports'))).body.ports).toHaveLength(2)
    await update('give', id, `${version}resources:\n${network}${port}`)
    expect((await site.call('GET', neutron('/ports'))).body.ports).toMatchObject([{ device_id: '', status: 'DOWN' }])
  })
})

describe('what is in use', () => {
  test('is not deleted while it is, and is once it no longer is', async () => {
    site = await openTestCloud()
    const routed = `${version}resources:\n${network}  router: {type: OS::Neutron::Router, properties: {external_gateway_info: {network: public}}}
  plug: {type: OS::Neutron::RouterInterface, properties: {router: {get_resource: router}, subnet: {get_resource: sub}}}
  port: {type: OS::Neutron::Port, properties: {network: {get_resource: net}}}
  fip: {type: OS::Neutron::FloatingIP, depends_on: plug, properties: {floating_network: public, port_id: {get_resource: port}}}`
    const id = await site.createStack('used', routed)
    await site.until('used', id, 'CREATE_COMPLETE')
    const { ports } = (await site.call('GET', neutron('/ports?device_owner=network:router_interface'))).body
    expect(ports).toMatchObject([{ fixed_ips: [{ ip_address: '10.9.0.1' }] }])
    expect(await site.call('DELETE', `/stacks/used/${id}`)).toMatchObject({ status: 204 })
    await site.until('used', id, 'DELETE_COMPLETE')
    expect((await site.call('GET', neutron('/ports'))).body.ports).toEqual([])
  })
})

describe('CloudFormation’s wait condition', () => {
  test('is complete once the machine has put its signal to the signed address, and tells its data', async () => {
    const calls: ((path: string, init: { method: string; body: string }) => Promise<{ status: number }>)[] = []
    site = await openTestCloud({ machines: { plays: (_spec, call) => calls.push(call) } })
    const template = `${version}resources:
${network}  h: {type: AWS::CloudFormation::WaitConditionHandle}
  w: {type: AWS::CloudFormation::WaitCondition, properties: {Handle: {get_resource: h}, Timeout: 60}}
${server('')}
outputs:
  url: {value: {get_resource: h}}
  data: {value: {get_attr: [w, Data]}}`
    const id = await site.createStack('cfn', template)
    await expect.poll(() => calls.length).toBe(1)
    const { body } = await site.call('GET', `/stacks/cfn/${id}`)
    const url = new URL(body.stack.outputs.find((output: { output_key: string }) => output.output_key === 'url').output_value)
    expect(url.origin).toBe('http://169.254.169.254')
    const path = url.pathname + url.search
    const signal = JSON.stringify({ Status: 'SUCCESS', UniqueId: 'one', Reason: 'up', Data: 'hello' })
    expect(await calls[0]?.(path.replace(/Signature=../, 'Signature=xx'), { method: 'PUT', body: signal })).toMatchObject({ status: 403 })
    expect(await calls[0]?.(path, { method: 'PUT', body: '{"Status": "SUCCESS"}' })).toMatchObject({ status: 400 })
    expect(await calls[0]?.(path, { method: 'PUT', body: signal })).toMatchObject({ status: 200 })
    const stack = await site.until('cfn', id, 'CREATE_COMPLETE')
    expect(stack.outputs).toContainEqual(expect.objectContaining({ output_key: 'data', output_value: '{"one": "hello"}' }))
  })
})

describe('a key pair', () => {
  const template = `${version}resources: {k: {type: OS::Nova::KeyPair, properties: {name: mine, save_private_key: true}}}
outputs: {key: {value: {get_attr: [k, private_key]}}}`

  test('is made by the cloud, which keeps its private half where that is wished', async () => {
    site = await openTestCloud()
    const id = await site.createStack('keys', template)
    const stack = await site.until('keys', id, 'CREATE_COMPLETE')
    expect(stack.outputs[0].output_value).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/)
  })

  test('must be given to a cloud as new as Nova 2.92, which makes none', async () => {
    site = await openTestCloud({ makesKeyPairs: false })
    const { status, body } = await site.call('POST', '/stacks', { stack_name: 'keys', template })
    expect({ status, message: body.error.message }).toEqual({
      status: 400,
      message: 'The public_key property is required by the nova API version currently used.',
    })
  })
})
