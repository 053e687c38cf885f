import { afterEach, describe, expect, test } from 'vitest'
import { type Answer, openTestCloud, type TestCloud } from '../dev-cloud.fixture.ts'

/*
 * The real cloud that the embedded one is compared with has no Cinder: what is here is by Cinder's and Nova's API reference, and by what
 * their code and Heat's says.
 */

let site: TestCloud
afterEach(() => site.close())

const cinder = (method: string, path: string, body?: unknown): Promise<Answer> =>
  site.call(method, `${site.cloud.heatUrl}/volume/v3/${site.projectId}${path}`, body)
const nova = (method: string, path: string, body?: unknown): Promise<Answer> =>
  site.call(method, `${site.cloud.heatUrl}/compute/v2.1${path}`, body)

const network = `heat_template_version: 2021-04-16
resources:
  net: {type: OS::Neutron::Net}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.9.0.0/24}}
`
const server = (name: string, more = '') =>
  `  ${name}: {type: OS::Nova::Server, properties: {name: ${name}, image: debian-12, flavor: lab.tiny, networks: [{subnet: {get_resource: sub}}]${more}}}\n`
const volume = (more: string, beside = '') => `  vol: {type: OS::Cinder::Volume${beside}, properties: {${more}}}\n`
const attachment = (to: string) =>
  `  at: {type: OS::Cinder::VolumeAttachment, properties: {volume_id: {get_resource: vol}, instance_uuid: {get_resource: ${to}}, mountpoint: /dev/vdf}}\n`

async function stack(name: string, template: string, status = 'CREATE_COMPLETE'): Promise<string> {
  const id = await site.createStack(name, template)
  await site.until(name, id, status)
  return id
}

async function update(name: string, id: string, template: string, status = 'UPDATE_COMPLETE') {
  expect(await site.call('PUT', `/stacks/${name}/${id}`, { template })).toMatchObject({ status: 202 })
  return site.until(name, id, status)
}

async function remove(name: string, id: string) {
  expect((await site.call('DELETE', `/stacks/${name}/${id}`)).status).toBe(204)
  await site.until(name, id, 'DELETE_COMPLETE')
}

const serverId = async () => (await nova('GET', '/servers')).body.servers[0].id as string

describe('volumes asked of Cinder', () => {
  test('are made, listed, described anew, grown and deleted', async () => {
    site = await openTestCloud()
    const made = await cinder('POST', '/volumes', { volume: { size: 2, name: 'data', metadata: { for: 'a lab' } } })
    expect(made).toMatchObject({ status: 202, body: { volume: { status: 'creating', size: 2, name: 'data', attachments: [] } } })
    const { id } = made.body.volume
    await cinder('POST', '/volumes', { volume: { size: '1', name: 'other' } })
    expect((await cinder('GET', `/volumes/${id}`)).body.volume).toMatchObject({
      status: 'available',
      volume_type: '__DEFAULT__',
      bootable: 'false',
      description: null,
      metadata: { for: 'a lab' },
    })
    const names = async (query: string) =>
      (await cinder('GET', `/volumes/detail${query}`)).body.volumes.map(({ name }: { name: string }) => name)
    expect(await names('?sort=name:asc')).toEqual(['data', 'other'])
    expect(await names('?name=other&status=available')).toEqual(['other'])
    expect(await names(`?sort=name:asc&limit=1&marker=${id}`)).toEqual(['other'])
    expect((await cinder('GET', '/volumes?limit=1')).body.volumes_links).toMatchObject([{ rel: 'next' }])
    expect((await cinder('PUT', `/volumes/${id}`, { volume: { name: 'renamed' } })).body.volume.name).toBe('renamed')
    expect((await cinder('POST', `/volumes/${id}/action`, { 'os-extend': { new_size: 5 } })).status).toBe(202)
    expect(site.host.volumes.get(id)).toBe(5)
    expect((await cinder('GET', '/limits')).body.limits.absolute).toMatchObject({ totalGigabytesUsed: 6, totalVolumesUsed: 2 })
    expect((await cinder('DELETE', `/volumes/${id}`)).status).toBe(202)
    expect(await cinder('GET', `/volumes/${id}`)).toMatchObject({
      status: 404,
      body: { itemNotFound: { code: 404, message: `Volume ${id} could not be found.` } },
    })
    expect([...site.host.volumes.values()]).toEqual([1])
  })

  test('are refused in Cinder’s words: sizes, quotas, types, and what they could be made of', async () => {
    site = await openTestCloud({ quota: { volumes: 2, volumeGiB: 5 } })
    const message = async (wanted: object) => {
      const { status, body } = await cinder('POST', '/volumes', { volume: wanted })
      return [status, (Object.values(body)[0] as { message: string }).message]
    }
    expect(await message({ size: 0 })).toEqual([400, "Invalid input received: Volume size '0' must be an integer and greater than 0"])
    expect(await message({ size: 6 })).toEqual([
      413,
      'VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested 6G, quota is 5G and 0G has been consumed.',
    ])
    expect(await message({ size: 1, volume_type: 'fast' })).toEqual([404, 'Volume type with name fast could not be found.'])
    expect(await message({ size: 1, snapshot_id: 'x' })).toMatchObject([400, expect.stringContaining('its volumes are empty')])
    await cinder('POST', '/volumes', { volume: { size: 1 } })
    await cinder('POST', '/volumes', { volume: { size: 1 } })
    expect(await message({ size: 1 })).toEqual([
      413,
      "VolumeLimitExceeded: Maximum number of volumes allowed (2) exceeded for quota 'volumes'.",
    ])
    expect((await cinder('POST', '/snapshots', { snapshot: {} })).status).toBe(403)
    expect((await cinder('GET', '/os-services')).status).toBe(403)
    expect((await cinder('GET', '/types/default')).body.volume_type.name).toBe('__DEFAULT__')
  })

  test('are given to a server and taken from it through Nova, and stand in both services', async () => {
    site = await openTestCloud()
    await stack('one', network + server('vm'))
    const vm = await serverId()
    const { id } = (await cinder('POST', '/volumes', { volume: { size: 1 } })).body.volume
    const attachments = `/servers/${vm}/os-volume_attachments`
    const given = await nova('POST', attachments, { volumeAttachment: { volumeId: id, device: '/dev/vdx' } })
    expect(given).toMatchObject({ status: 200, body: { volumeAttachment: { id, volumeId: id, serverId: vm, device: '/dev/vdb' } } })
    expect((await nova('GET', attachments)).body.volumeAttachments).toEqual([{ id, volumeId: id, serverId: vm, device: '/dev/vdb' }])
    expect((await nova('GET', `/servers/${vm}`)).body.server['os-extended-volumes:volumes_attached']).toEqual([{ id }])
    expect((await cinder('GET', `/volumes/${id}`)).body.volume).toMatchObject({
      status: 'in-use',
      attachments: [{ server_id: vm, device: '/dev/vdb', volume_id: id }],
    })
    expect(await nova('POST', attachments, { volumeAttachment: { volumeId: id } })).toMatchObject({ status: 400 })
    expect(await cinder('DELETE', `/volumes/${id}`)).toMatchObject({ status: 400, body: { badRequest: { code: 400 } } })
    expect(await cinder('POST', `/volumes/${id}/action`, { 'os-extend': { new_size: 5 } })).toMatchObject({ status: 400 })
    await nova('POST', `/servers/${vm}/action`, { suspend: null })
    expect(await nova('DELETE', `${attachments}/${id}`)).toMatchObject({ status: 409 })
    while ((await nova('GET', `/servers/${vm}`)).body.server.status !== 'SUSPENDED');
    await nova('POST', `/servers/${vm}/action`, { resume: null })
    while ((await nova('GET', `/servers/${vm}`)).body.server['OS-EXT-STS:task_state'] !== null);
    expect((await nova('DELETE', `${attachments}/${id}`)).status).toBe(202)
    expect((await nova('GET', `${attachments}/${id}`)).status).toBe(404)
    expect((await cinder('GET', `/volumes/${id}`)).body.volume.status).toBe('available')
    expect(site.host.calls.filter((call) => call.includes('tach'))).toEqual(['attach vdb to vm', 'detach vdb from vm'])
  })

  test('are still there, with their machines, when the cloud starts again', async () => {
    site = await openTestCloud()
    await stack('one', network + volume('size: 1, name: kept') + server('vm') + attachment('vm'))
    const { folder, host } = site
    await site.cloud.close('keep')
    site = await openTestCloud({ folder, kept: host })
    await site.cloud.restored
    expect((await cinder('GET', '/volumes/detail')).body.volumes).toMatchObject([{ name: 'kept', status: 'in-use' }])
  })
})

describe('volumes in a stack', () => {
  test('are attached after both are there, show what they are, and go before their server does', async () => {
    site = await openTestCloud()
    const outputs = `outputs:
  size: {value: {get_attr: [vol, size]}}
  status: {value: {get_attr: [vol, status]}}
  device: {value: {get_attr: [vol, attachments_list, 0, device]}}
  name: {value: {get_attr: [vol, display_name]}}
  said: {value: {get_attr: [vol, metadata]}}
`
    const id = await stack('lab', `${network}${volume('size: 3, metadata: {a: b}')}${server('vm')}${attachment('vm')}${outputs}`)
    const { outputs: told } = (await site.call('GET', `/stacks/lab/${id}`)).body.stack
    expect(
      Object.fromEntries(told.map((each: { output_key: string; output_value: unknown }) => [each.output_key, each.output_value])),
    ).toEqual({
      size: '3',
      status: 'in-use',
      device: '/dev/vdb',
      name: expect.stringMatching(/^lab-vol-[a-z2-7]{12}$/),
      said: '{"a": "b"}',
    })
    const [made] = (await cinder('GET', '/volumes')).body.volumes
    const resources = (await site.call('GET', `/stacks/lab/${id}/resources`)).body.resources
    const ids = Object.fromEntries(
      resources.map((each: { resource_name: string; physical_resource_id: string }) => [each.resource_name, each.physical_resource_id]),
    )
    expect(ids).toMatchObject({ vol: made.id, at: made.id })
    for (const action of ['suspend', 'resume', 'check', 'suspend']) {
      await site.call('POST', `/stacks/lab/${id}/actions`, { [action]: null })
      await site.until('lab', id, `${action.toUpperCase()}_COMPLETE`)
    }
    await remove('lab', id)
    expect(site.host.calls.filter((call) => /tach|delete vm/.test(call))).toEqual(['attach vdb to vm', 'detach vdb from vm', 'delete vm'])
    expect([...site.host.volumes]).toEqual([])
  })

  test('grow and are renamed in place, move to another server, and do not shrink', async () => {
    site = await openTestCloud()
    const two = network + server('one') + server('two')
    const id = await stack('lab', two + volume('size: 1, name: a') + attachment('one'))
    const [before] = (await cinder('GET', '/volumes')).body.volumes
    await update('lab', id, two + volume('size: 2, name: b') + attachment('one'))
    expect((await cinder('GET', '/volumes/detail')).body.volumes).toMatchObject([{ id: before.id, size: 2, name: 'b', status: 'in-use' }])
    await update('lab', id, two + volume('size: 2, name: b') + attachment('two'))
    expect(site.host.calls.filter((call) => call.includes('tach'))).toEqual([
      'attach vdb to one',
      'detach vdb from one',
      'attach vdb to one',
      'detach vdb from one',
      'attach vdb to two',
    ])
    const failed = await update('lab', id, two + volume('size: 1, name: b') + attachment('two'), 'UPDATE_FAILED')
    expect(failed.stack_status_reason).toBe('Resource UPDATE failed: NotSupported: resources.vol: Shrinking volume is not supported.')
    await update('lab', id, two + volume('size: 4, name: b') + attachment('two'))
    expect((await cinder('GET', '/volumes/detail')).body.volumes).toMatchObject([{ id: before.id, size: 4 }])
  })

  test('that are to be retained stay when their stack goes, and another stack may have them', async () => {
    site = await openTestCloud()
    const id = await stack('lab', network + volume('size: 1', ', deletion_policy: Retain') + server('vm') + attachment('vm'))
    const [{ id: kept }] = (await cinder('GET', '/volumes')).body.volumes
    await remove('lab', id)
    expect((await cinder('GET', `/volumes/${kept}`)).body.volume.status).toBe('available')
    const next = await stack(
      'next',
      `${network}${server('vm', `, block_device_mapping_v2: [{image: debian-12, boot_index: 0}, {volume_id: ${kept}, boot_index: -1, delete_on_termination: true}]`).replace('image: debian-12, flavor', 'flavor')}`,
    )
    expect((await cinder('GET', `/volumes/${kept}`)).body.volume.attachments).toMatchObject([{ device: '/dev/vdb' }])
    await remove('next', next)
    expect((await cinder('GET', '/volumes')).body.volumes).toEqual([])
  })

  test('are refused where they cannot be had as they are wished', async () => {
    site = await openTestCloud()
    const refusal = async (resources: string) => {
      const { status, body } = await site.call('POST', '/stacks/preview', { stack_name: 'lab', template: network + resources })
      return [status, body.error?.message.replace(/^.*?: : /, '')]
    }
    expect(await refusal(volume('name: a'))).toMatchObject([400, expect.stringContaining('If neither "backup_id" nor "size" is provided')])
    expect(await refusal(volume('size: 0'))).toMatchObject([400, expect.stringContaining('0 is out of range (min: 1, max: None)')])
    expect(await refusal(volume('size: 1, image: debian-12'))).toMatchObject([400, expect.stringContaining('made empty')])
    expect(await refusal(volume('size: 1, volume_type: fast'))).toMatchObject([
      400,
      expect.stringContaining('The VolumeType (fast) could not be found.'),
    ])
    expect(await refusal(volume('size: 1', ', deletion_policy: Snapshot'))).toMatchObject([
      400,
      expect.stringContaining('volume backup service is not enabled'),
    ])
    expect(await refusal('  at: {type: OS::Cinder::VolumeAttachment, properties: {volume_id: x, instance_uuid: y}}\n')).toMatchObject([
      400,
      expect.stringContaining('The Volume (x) could not be found.'),
    ])
    const nested =
      '  group: {type: OS::Heat::ResourceGroup, properties: {count: 1, resource_def: {type: OS::Cinder::Volume, properties: {size: 1}}}}\n'
    const inner = await stack('deep', network + nested)
    await site.call('POST', `/stacks/deep/${inner}/snapshots`, {})
    await site.until('deep', inner, 'SNAPSHOT_FAILED')
    const id = await stack('lab', network + volume('size: 1'))
    await site.call('POST', `/stacks/lab/${id}/snapshots`, {})
    expect((await site.until('lab', id, 'SNAPSHOT_FAILED')).stack_status_reason).toBe(
      'Resource SNAPSHOT failed: Error: resources.vol: This development cloud keeps no backups of volumes.',
    )
  })
})
