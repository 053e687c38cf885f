import { afterEach, expect, test } from 'vitest'
import { openTestCloud, type TestCloud } from './dev-cloud.fixture.ts'
import { found as foundTemplates } from './lenient.fixture.ts'
import type { MemoryOptions } from './played/memory-driver.ts'
import { signalsIn } from './played/null-signals.ts'

/** As people find them: another cloud's image, flavor and network, and functions of three versions. */
const found = `heat_template_version: 2015-10-15
resources:
  net: {type: OS::Neutron::Net}
  sub: {type: OS::Neutron::Subnet, properties: {network: {get_resource: net}, cidr: 10.9.0.0/24}}
  router: {type: OS::Neutron::Router, properties: {external_gateway_info: {network: 27635f93-0000-4000-8000-1a6a5d33a9d2}}}
  machine:
    type: OS::Nova::Server
    depends_on: sub
    properties: {image: ubuntu-14.04-server, flavor: m1.large, networks: [{network: {get_resource: net}}]}
outputs:
  old: {value: {"Fn::Join": ["-", [a, b]]}}
  new: {value: {list_concat: [[a], [b]]}}
`

let site: TestCloud | undefined
afterEach(() => site?.close())

test('a lenient cloud runs a template of another cloud, and says what stands for what', async () => {
  site = await openTestCloud({ lenient: true })
  const id = await site.createStack('found', found)
  const stack = await site.until('found', id, 'CREATE_COMPLETE')
  expect(stack.outputs).toMatchObject([{ output_value: 'a-b' }, { output_value: ['a', 'b'] }])
  const [machine] = site.host.machines.values()
  expect(machine?.spec).toMatchObject({ image: 'debian-12', user: 'ubuntu', flavor: { ramMiB: 2048 } })
  const { body } = await site.call('GET', `/stacks/found/${id}/events`)
  const warnings = body.events
    .map((event: { resource_status_reason: string }) => event.resource_status_reason)
    .filter((reason: string) => reason.startsWith('Warning'))
  expect(warnings.sort()).toEqual([
    'Warning: flavor m1.large: it is as large as lab.large',
    'Warning: image ubuntu-14.04-server: debian-12 stands for it, with the account ubuntu',
    "Warning: network 27635f93-0000-4000-8000-1a6a5d33a9d2: public stands for it outside, and a network of the stack's own where machines are in it",
  ])
})

test('a strict cloud refuses it', async () => {
  site = await openTestCloud()
  const refusal = async (template: string) => (await site?.call('POST', '/stacks', { stack_name: 'found', template }))?.body.error.message
  expect(await refusal(found)).toContain("No images matching {'name': 'ubuntu-14.04-server'}.")
  const old = 'heat_template_version: 2015-10-15\noutputs: {old: {value: {"Fn::Join": ["-", [a, b]]}}}\n'
  const words =
    'outputs.old.value.Fn::Join: : The template version is invalid: The function Fn::Join is not supported in this version of HOT.'
  expect(await refusal(old)).toBe(words)
})

test('what stands for something keeps doing so over a restart', async () => {
  site = await openTestCloud({ lenient: true })
  const id = await site.createStack('found', found)
  await site.until('found', id, 'CREATE_COMPLETE')
  const { folder, host } = site
  await site.cloud.close('keep')
  site = await openTestCloud({ lenient: true, folder, kept: host })
  const { body } = await site.call('POST', '/stacks/preview', { stack_name: 'other', template: found })
  expect(body.stack.resources).toHaveLength(4)
  expect((await site.call('GET', `/stacks/found/${id}/resources/machine`)).body.resource.attributes.flavor).toMatchObject({
    original_name: 'm1.large',
  })
})

/** What a machine's user data would do with a handle's `curl_cli`. */
const signalling: MemoryOptions['plays'] = (spec, call) => {
  for (const { path, token, body } of signalsIn(spec.userData, { name: spec.name, hostKey: '' }))
    void call(path, { method: 'POST', token, body: JSON.stringify(body) })
}

for (const { name, template, more, outputs } of foundTemplates) {
  test(`as it is found: ${name}`, async () => {
    site = await openTestCloud({ lenient: true, machines: { plays: signalling } })
    const id = await site.createStack('lenient', template, more)
    const stack = await site.until('lenient', id, 'CREATE_COMPLETE')
    const told = Object.fromEntries(
      stack.outputs.map(({ output_key, output_value }: { output_key: string; output_value: unknown }) => [output_key, output_value]),
    )
    expect(told).toMatchObject(outputs ?? {})
    expect((await site.call('POST', '/stacks/preview', { stack_name: 'again', template, ...more })).status).toBe(200)
    expect((await site.call('DELETE', `/stacks/lenient/${id}`)).status).toBe(204)
    await site.until('lenient', id, 'DELETE_COMPLETE')
    expect([site.host.machines.size, site.host.spaces.size]).toEqual([0, 0])
  })

  test(`and a strict cloud refuses ${name}`, async () => {
    site = await openTestCloud()
    const { status } = await site.call('POST', '/stacks', { stack_name: 'strict', template, ...more })
    expect(status).toBe(400)
  })
}

test('a stack keeps its own network over a change and a restart, and what has not changed is left alone', async () => {
  const server = (name: string) => `  ${name}: {type: OS::Nova::Server, properties: {name: ${name}, image: cirros, flavor: m1.tiny}}\n`
  const template = `heat_template_version: 2015-10-15\nresources:\n${server('one')}`
  site = await openTestCloud({ lenient: true })
  const id = await site.createStack('own', template)
  await site.until('own', id, 'CREATE_COMPLETE')
  const events = (await site.call('GET', `/stacks/own/${id}/events`)).body.events
  const words = "Warning: network private: the stack's own, with a way outside, for what names no network that is here"
  expect(events.map((event: { resource_status_reason: string }) => event.resource_status_reason)).toContain(words)
  const { folder, host } = site
  await site.cloud.close('keep')
  site = await openTestCloud({ lenient: true, folder, kept: host })
  await site.cloud.restored
  expect((await site.call('PUT', `/stacks/own/${id}`, { template: template + server('two') })).status).toBe(202)
  await site.until('own', id, 'UPDATE_COMPLETE')
  expect(site.host.calls).toEqual(['create one', 'create two'])
  expect([...site.host.machines.values()].map(({ spec }) => spec.nics[0]?.address)).toEqual(['10.213.77.2', '10.213.77.3'])
  const { body } = await site.call('GET', `${site.cloud.heatUrl}/network/v2.0/networks`)
  expect(body.networks.map(({ name }: { name: string }) => name).sort()).toEqual(['private', 'public'])
})
