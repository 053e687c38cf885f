import { afterEach, describe, expect, test } from 'vitest'
import { openTestCloud, publicKey, type TestCloud } from '../dev-cloud.fixture.ts'
import type { MetadataResponse } from '../driver.ts'

let site: TestCloud
afterEach(() => site.close())

const template = (name: string) => `heat_template_version: 2021-04-16
resources:
  net: {type: OS::Neutron::Net}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.9.0.0/24}}
  key: {type: OS::Nova::KeyPair, properties: {name: ${name}, public_key: '${publicKey}'}}
  handle: {type: OS::Heat::WaitConditionHandle}
  config: {type: OS::Heat::CloudConfig, properties: {cloud_config: {runcmd: ['true'], notify: {get_attr: [handle, curl_cli]}}}}
  machine:
    type: OS::Nova::Server
    properties: {name: ${name}, image: debian-12, flavor: lab.tiny, key_name: {get_resource: key}, metadata: {role: head},
      user_data: {get_resource: config}, user_data_format: RAW, networks: [{network: {get_resource: net}}]}
  wait: {type: OS::Heat::WaitCondition, properties: {handle: {get_resource: handle}, timeout: 60}}
`

type Call = (path: string, init: { method: string; token?: string; body: string }) => Promise<MetadataResponse>

async function openWithMachines() {
  const calls = new Map<string, { call: Call; userData: string }>()
  const cloud = await openTestCloud({ machines: { plays: (spec, call) => calls.set(spec.name, { call, userData: spec.userData }) } })
  const machine = async (name: string) => {
    await expect.poll(() => calls.get(name)).toBeDefined()
    const found = calls.get(name)
    if (!found) throw new Error('no such machine')
    const [, token = ''] = found.userData.match(/X-Auth-Token: ([^']+)'/) ?? []
    const [, path = ''] = found.userData.match(/http:\/\/169\.254\.169\.254([^\s"]+)/) ?? []
    return {
      get: (at: string) => found.call(at, { method: 'GET', body: '' }),
      signal: (to: string, by: string, body = '{}') => found.call(to, { method: 'POST', token: by, body }),
      token,
      path,
      userData: found.userData,
    }
  }
  return { cloud, machine }
}

describe('the metadata address', () => {
  test('tells a machine who it is', async () => {
    const { cloud, machine } = await openWithMachines()
    site = cloud
    await site.createStack('one', template('one'))
    const { get, userData } = await machine('one')
    expect(userData).toMatch(/^#cloud-config\n/)
    expect(await get('/openstack/latest/user_data')).toMatchObject({ status: 200, body: userData })
    expect(JSON.parse((await get('/openstack/latest/meta_data.json')).body)).toMatchObject({
      name: 'one',
      hostname: 'one',
      meta: { role: 'head' },
      public_keys: { one: publicKey },
    })
    expect(await get('/latest/meta-data/local-ipv4')).toMatchObject({ status: 200, body: '10.9.0.2' })
    expect(await get('/latest/meta-data/hostname')).toMatchObject({ body: 'one' })
    expect(await get('/latest/meta-data/public-keys/0/openssh-key')).toMatchObject({ body: publicKey })
    expect(await get('/v1/anything')).toMatchObject({ status: 404 })
  })

  test('takes a stack’s own signals with their own token, and no others', async () => {
    const { cloud, machine } = await openWithMachines()
    site = cloud
    const [id] = await Promise.all([site.createStack('one', template('one')), site.createStack('two', template('two'))])
    const [one, two] = await Promise.all([machine('one'), machine('two')])
    expect(await two.signal(one.path, one.token)).toMatchObject({ status: 404 })
    expect(await one.signal(one.path, two.token)).toMatchObject({ status: 401 })
    expect(await one.signal(one.path, one.token, '[1]')).toMatchObject({ status: 400 })
    expect(await one.signal(one.path, one.token, '{"status": "PERHAPS"}')).toMatchObject({ status: 400 })
    expect(await one.signal(one.path, one.token)).toMatchObject({ status: 200 })
    await site.until('one', id, 'CREATE_COMPLETE')
  })
})
