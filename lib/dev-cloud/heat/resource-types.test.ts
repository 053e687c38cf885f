import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestCloud, type TestCloud } from '../dev-cloud.fixture.ts'
import type { PropertySchemas } from '../hot/properties.ts'
import { resourceTypes } from '../resources/catalog.ts'

let site: TestCloud
beforeAll(async () => {
  site = await openTestCloud()
})
afterAll(() => site.close())

const listed = async (query: string) => (await site.call('GET', `/resource_types${query}`)).body.resource_types

describe('the list of resource types', () => {
  test('has what can be used, without what is hidden', async () => {
    const names = await listed('')
    expect(names).toEqual(names.toSorted())
    expect(names).toEqual(expect.arrayContaining(['OS::Nova::Server', 'OS::Heat::RandomString', 'AWS::CloudFormation::WaitCondition']))
    expect(names).not.toContain('OS::Nova::FloatingIP')
    expect(names).not.toContain('OS::Neutron::RouterGateway')
  })

  test('is narrowed by the beginning of the name, by version and by support, and tells what each is', async () => {
    expect(await listed('?name=OS::Nova::K')).toEqual(['OS::Nova::KeyPair'])
    expect(await listed('?name=%5B')).toEqual([])
    expect(await listed('?version=11.0.0')).toEqual(['OS::Heat::Delay'])
    expect(await listed('?support_status=DEPRECATED')).toEqual([])
    const described = await listed('?name=OS::Heat::Val&with_description=True')
    expect(described).toEqual([{ resource_type: 'OS::Heat::Value', description: expect.stringMatching(/./) }])
  })

  test('refuses a support and a truth that there are not', async () => {
    expect(await site.call('GET', '/resource_types?support_status=LOVED')).toMatchObject({
      status: 400,
      body: { error: { type: 'Invalid' } },
    })
    expect(await site.call('GET', '/resource_types?with_description=perhaps')).toMatchObject({ status: 400 })
  })
})

describe('a resource type', () => {
  test('tells its properties with type, default and constraints, its attributes and its support', async () => {
    const { body } = await site.call('GET', '/resource_types/OS::Neutron::Port')
    expect(body).toMatchObject({
      resource_type: 'OS::Neutron::Port',
      properties: {
        network: { type: 'string', required: true, update_allowed: false, immutable: false },
        fixed_ips: { type: 'list', update_allowed: true, schema: { '*': { type: 'map', schema: { ip_address: { type: 'string' } } } } },
        'binding:vnic_type': { default: 'normal', constraints: [{ allowed_values: expect.arrayContaining(['normal', 'direct']) }] },
      },
      attributes: { fixed_ips: { type: 'list' }, show: { type: 'map' } },
      support_status: { status: 'SUPPORTED', version: null, message: null, previous_status: null },
    })
    expect(Object.keys(body.properties)).not.toContain('network_id')
    expect(Object.keys(body)).not.toContain('description')
  })

  test('is told as hidden, unknown or forbidden in Heat’s ways', async () => {
    const of = async (name: string) => {
      const { status, body } = await site.call('GET', `/resource_types/${name}`)
      return `${status} ${body.error.type}: ${body.error.message}`
    }
    expect(await of('OS::Nova::FloatingIP')).toBe('400 NotSupported: OS::Nova::FloatingIP is not supported.')
    expect(await of('OS::No::Such')).toBe('404 EntityNotFound: The Resource Type (OS::No::Such) could not be found.')
    expect(await of('OS::Nova::Flavor')).toBe('403 Forbidden: You are not authorized to use resource_types:OS::Nova::Flavor.')
    expect(await of('OS::Octavia::LoadBalancer')).toMatch(/^400 ResourceTypeUnavailable: HEAT-E99001 Service octavia is not available/)
  })

  test('becomes a template in either language, which this cloud accepts', async () => {
    const hot = (await site.call('GET', '/resource_types/OS::Heat::RandomString/template?template_type=hot')).body
    expect(hot).toMatchObject({
      heat_template_version: '2016-10-14',
      parameters: { length: { type: 'number', default: 32, constraints: [{ range: { min: 1, max: 512 } }] } },
      resources: { RandomString: { type: 'OS::Heat::RandomString', properties: { length: { get_param: 'length' } } } },
      outputs: { value: { value: { get_attr: ['RandomString', 'value'] } }, 'OS::stack_id': { value: { get_resource: 'RandomString' } } },
    })
    expect(await site.call('POST', '/validate', { template: hot })).toMatchObject({ status: 200 })
    const cfn = (await site.call('GET', '/resource_types/OS::Heat::RandomString/template')).body
    expect(cfn).toMatchObject({
      HeatTemplateFormatVersion: '2012-12-12',
      Resources: { RandomString: { Properties: { length: { Ref: 'length' } } } },
    })
    expect(await site.call('GET', '/resource_types/OS::Heat::RandomString/template?template_type=tosca')).toMatchObject({ status: 400 })
  })
})

test('every property and attribute of every type is described', () => {
  const missing: string[] = []
  const look = (path: string, schemas: PropertySchemas) => {
    for (const [name, schema] of Object.entries(schemas)) {
      if ((schema.description ?? '') === '') missing.push(`${path}.${name}`)
      look(`${path}.${name}`, { ...schema.keys, ...schema.items?.keys })
    }
  }
  for (const [name, type] of Object.entries(resourceTypes)) {
    look(name, type.properties)
    for (const [attribute, { description }] of Object.entries(type.attributes)) if (description === '') missing.push(`${name} ${attribute}`)
  }
  expect(missing).toEqual([])
})
