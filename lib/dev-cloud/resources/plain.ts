import type { ResourceType } from '../cloud.ts'
import { ResourceFailure } from '../fault.ts'

const value: ResourceType = {
  properties: {
    value: { type: 'any', required: true },
    type: { type: 'string', allowed: ['string', 'number', 'comma_delimited_list', 'json', 'boolean'] },
  },
  attributes: ['value'],
  create({ resource, properties }) {
    resource.data.value = properties.value ?? null
    resource.physicalId = resource.physicalName
  },
  remove: () => undefined,
  show: () => ({}),
  attribute: ({ resource }, name) => (name === 'value' ? (resource.data.value ?? null) : undefined),
}

const testResource: ResourceType = {
  properties: {
    value: { type: 'string', default: 'test_string' },
    fail: { type: 'boolean', default: false },
    update_replace: { type: 'boolean', default: false },
    update_replace_value: { type: 'string' },
    wait_secs: { type: 'number', default: 0 },
    action_wait_secs: { type: 'map' },
    attr_wait_secs: { type: 'number', default: 0 },
    constraint_prop_secs: { type: 'number', default: 0 },
    client_name: { type: 'string' },
    entity_name: { type: 'string' },
  },
  attributes: ['output'],
  async create(work, cancelled) {
    const { cloud, resource, properties } = work
    const waitMs = Number(properties.wait_secs) * 1000
    if (waitMs > 0) {
      await new Promise<void>((resolve, reject) => {
        const clear = cloud.setTimer(waitMs, resolve)
        cancelled.addEventListener('abort', () => {
          clear()
          reject(new ResourceFailure('Cancelled', 'cancelled'))
        })
      })
    }
    if (properties.fail === true) throw new ResourceFailure('ValueError', `Test Resource failed ${resource.name}`)
    resource.data.value = properties.value ?? null
    resource.physicalId = resource.physicalName
  },
  remove: () => undefined,
  show: () => ({}),
  attribute: ({ resource }, name) => (name === 'output' ? (resource.data.value ?? null) : undefined),
}

const none: ResourceType = {
  anything: true,
  properties: {},
  attributes: [],
  create({ resource }) {
    resource.physicalId = resource.physicalName
  },
  remove: () => undefined,
  show: () => ({}),
  attribute: () => null,
}

export const plainTypes: Record<string, ResourceType> = {
  'OS::Heat::Value': value,
  'OS::Heat::TestResource': testResource,
  'OS::Heat::None': none,
}
