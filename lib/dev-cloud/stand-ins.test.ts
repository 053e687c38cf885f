import { afterEach, expect, test } from 'vitest'
import { openTestCloud, type TestCloud } from './dev-cloud.fixture.ts'

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
    'Warning: network 27635f93-0000-4000-8000-1a6a5d33a9d2: public, which leads outside, stands for it',
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
