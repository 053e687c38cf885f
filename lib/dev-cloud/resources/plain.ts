import type { Cloud, ResourceType, Work } from '../cloud.ts'
import { invalidStack, ResourceFailure } from '../fault.ts'
import { isUnknown } from '../hot/call.ts'
import { checkValue, type PropertySchema } from '../hot/properties.ts'
import { isMap, type JsonMap, text } from '../json.ts'
import { delaySchema, noneSchema, testResourceSchema, valueSchema } from './heat-schema.ts'

const valueTypes: Record<string, PropertySchema['type']> = {
  string: 'string',
  number: 'number',
  comma_delimited_list: 'list',
  json: 'map',
  boolean: 'boolean',
}

/** heat/engine/resources/openstack/heat/value.py, reparse: a type that is named is the schema of the value, which stays as it was given. */
function checkTyped(properties: JsonMap, name: string, { content }: Cloud): void {
  const type = valueTypes[text(properties.type) ?? '']
  const given = properties.value ?? null
  if (type !== undefined && !isUnknown(given)) checkValue(given, { type }, `resources.${name}.properties.value`, content)
}

const value: ResourceType = {
  ...valueSchema,
  validate: (properties, name, { cloud }) => checkTyped(properties, name, cloud),
  create({ cloud, resource, properties }) {
    checkTyped(properties, resource.name, cloud)
    resource.data.value = properties.value ?? null
    resource.physicalId = resource.physicalName
  },
  update({ cloud, resource, properties }) {
    checkTyped(properties, resource.name, cloud)
    resource.data.value = properties.value ?? null
  },
  remove: () => undefined,
  show: () => ({}),
  attribute: ({ resource }, name) => (name === 'value' ? (resource.data.value ?? null) : undefined),
}

/** Resolves after so many seconds; rejects with `Cancelled` when that comes first. */
function waitSeconds({ cloud }: Work, seconds: number, cancelled: AbortSignal): Promise<void> {
  if (!(seconds > 0)) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const clear = cloud.setTimer(seconds * 1000, () => {
      cancelled.removeEventListener('abort', stop)
      resolve()
    })
    const stop = () => {
      clear()
      reject(new ResourceFailure('Cancelled', 'cancelled'))
    }
    cancelled.addEventListener('abort', stop, { once: true })
    if (cancelled.aborted) stop()
  })
}

function testSeconds({ properties }: Work, action: 'create' | 'update' | 'delete'): number {
  const own = isMap(properties.action_wait_secs) ? properties.action_wait_secs[action] : undefined
  return Number(own ?? properties.wait_secs ?? 0)
}

const testResource: ResourceType = {
  ...testResourceSchema,
  async create(work, cancelled) {
    const { resource, properties } = work
    await waitSeconds(work, testSeconds(work, 'create'), cancelled)
    if (properties.fail === true) throw new ResourceFailure('ValueError', `Test Resource failed ${resource.name}`)
    resource.data.value = properties.value ?? null
    resource.physicalId = resource.physicalName
  },
  replaces: ({ after, changed }) => changed.includes('value') && after.update_replace === true,
  async update(work, { changed }, cancelled) {
    const { resource, properties } = work
    const isOther = changed.includes('value')
    if (isOther) await waitSeconds(work, testSeconds(work, 'update'), cancelled)
    if (properties.fail === true) throw new ResourceFailure('ValueError', `Test Resource failed ${resource.name}`)
    if (isOther) resource.data.value = properties.value ?? null
  },
  remove: (work) => waitSeconds(work, testSeconds(work, 'delete'), work.cloud.closing),
  show: () => ({}),
  attribute: ({ resource }, name) => (name === 'output' ? (resource.data.value ?? null) : undefined),
}

const none: ResourceType = {
  ...noneSchema,
  anything: true,
  create({ resource }) {
    resource.physicalId = resource.plannedId
  },
  remove: () => undefined,
  show: () => ({}),
  attribute: () => null,
}

/** heat/engine/resources/openstack/heat/delay.py: the least wait, and more by chance. */
function delaySeconds({ properties }: Work, action: string): number {
  if (!Array.isArray(properties.actions) || !properties.actions.includes(action)) return 0
  const jitter = Number(properties.max_jitter) * Number(properties.jitter_multiplier)
  return Number(properties.min_wait) + jitter * Math.random()
}

const delay: ResourceType = {
  ...delaySchema,
  validate(properties, _name, { stack }) {
    const most = Number(properties.min_wait) + Number(properties.max_jitter) * Number(properties.jitter_multiplier)
    // heat.conf stack_action_timeout: an hour.
    if (most > (stack.timeoutMins ?? 60) * 60) throw invalidStack(`OS::Heat::Delay maximum delay ${most}s exceeds stack timeout.`)
  },
  async create(work, cancelled) {
    await waitSeconds(work, delaySeconds(work, 'CREATE'), cancelled)
  },
  remove: (work) => waitSeconds(work, delaySeconds(work, 'DELETE'), work.cloud.closing),
  suspend: (work, { cancelled }) => waitSeconds(work, delaySeconds(work, 'SUSPEND'), cancelled),
  resume: (work, { cancelled }) => waitSeconds(work, delaySeconds(work, 'RESUME'), cancelled),
  show: () => ({}),
  attribute: () => undefined,
}

export const plainTypes: Record<string, ResourceType> = {
  'OS::Heat::Value': value,
  'OS::Heat::TestResource': testResource,
  'OS::Heat::None': none,
  'OS::Heat::Delay': delay,
}
