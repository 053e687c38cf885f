import { randomInt } from 'node:crypto'
import { stringify } from 'yaml'
import type { ResourceType, Work } from '../cloud.ts'
import { invalidStack, ResourceFailure } from '../fault.ts'
import { sealText } from '../identity.ts'
import { isMap, type Json, type JsonMap, pythonJson, pythonText, text } from '../json.ts'
import type { Resource, Stack } from '../state.ts'

export type Signal = { status: string; reason: string; data: Json }

/** Where guests and the world send their signals; guests reach nothing but the metadata address. */
export const guestHeatUrl = 'http://169.254.169.254'

function signalPath(stack: Stack, resource: Resource): string {
  return `/v1/${stack.userProjectId}/stacks/${stack.name}/${stack.id}/resources/${resource.name}/signal`
}

/** A token that opens one handle and nothing else. It is the same each time, so nothing of it needs to be kept. */
export function signalToken(work: Pick<Work, 'cloud' | 'stack' | 'resource'>): string {
  return sealText(work.cloud.identity, signalGrant(work.stack, work.resource.name))
}

export function signalGrant(stack: Stack, resource: string): string {
  return `signal ${stack.id} ${resource}`
}

const handle: ResourceType = {
  properties: { signal_transport: { type: 'string', default: 'CFN_SIGNAL' } },
  attributes: ['token', 'endpoint', 'curl_cli', 'signal', 'signal_url'],
  create({ resource }) {
    resource.physicalId = resource.plannedId.replaceAll('-', '')
  },
  remove: () => undefined,
  show: () => ({}),
  attribute(work, name) {
    const { cloud, stack, resource } = work
    const endpoint = `${cloud.heatUrl()}${signalPath(stack, resource)}`
    const token = signalToken(work)
    if (name === 'token') return token
    if (name === 'endpoint' || name === 'signal_url') return endpoint
    if (name === 'signal') return 'null'
    const headers = `-H 'X-Auth-Token: ${token}' -H 'Content-Type: application/json' -H 'Accept: application/json'`
    return `curl -i -X POST ${headers} ${guestHeatUrl}${signalPath(stack, resource)}`
  },
}

/** The signals a handle has received, by their id. */
export function signalsOf(resource: Resource | undefined): Record<string, Signal> {
  const signals = resource?.data.signals
  return signals !== undefined && isMap(signals) ? (signals as unknown as Record<string, Signal>) : {}
}

/**
 * heat/engine/resources/openstack/heat/wait_condition_handle.py: fills in what a signal leaves out, keeps it and wakes
 * who waits. Returns the reason for the event. Throws a Fault for a body that is not a signal.
 */
export function receiveSignal(work: Pick<Work, 'cloud' | 'stack' | 'resource'>, body: JsonMap): string {
  const { cloud, stack, resource } = work
  const unknown = Object.keys(body).filter((key) => !['status', 'reason', 'data', 'id'].includes(key))
  const status = text(body.status) ?? 'SUCCESS'
  if (unknown.length > 0 || !['SUCCESS', 'FAILURE'].includes(status)) throw invalidStack('Metadata failed validation')
  const signals = signalsOf(resource)
  const position = Object.keys(signals).length + 1
  const id = body.id === undefined || body.id === null ? String(position) : pythonText(body.id)
  const reason = text(body.reason) ?? `Signal ${position} received`
  resource.data.signals = { ...signals, [id]: { status, reason, data: body.data ?? null } }
  cloud.state.changed(stack)
  for (const wake of cloud.watchers.get(`${stack.id}/${resource.name}`) ?? []) wake()
  return `Signal: status:${status} reason:${reason}`
}

function handleOf(work: Work): Resource | undefined {
  const reference = work.properties.handle
  return Object.values(work.stack.resources).find((each) => each.plannedId.replaceAll('-', '') === reference)
}

const waitCondition: ResourceType = {
  properties: {
    handle: { type: 'string', required: true },
    timeout: { type: 'number', required: true, range: { min: 1, max: 43_200 } },
    count: { type: 'integer', default: 1, range: { min: 1 } },
  },
  attributes: ['data'],
  create(work, cancelled) {
    const { cloud, stack, resource, properties } = work
    const count = Number(properties.count)
    const since = Number(resource.data.since ?? cloud.now().getTime())
    resource.data.since = since
    const key = `${stack.id}/${handleOf(work)?.name ?? ''}`
    return new Promise<void>((resolve, reject) => {
      const finish = (outcome: () => void) => {
        clear()
        cloud.watchers.get(key)?.delete(look)
        cancelled.removeEventListener('abort', stop)
        outcome()
      }
      const look = () => {
        const signals = Object.values(signalsOf(handleOf(work)))
        const failures = signals.filter((signal) => signal.status === 'FAILURE').map((signal) => signal.reason)
        if (failures.length > 0) return finish(() => reject(new ResourceFailure('WaitConditionFailure', failures.join(';'))))
        if (signals.length >= count) finish(resolve)
      }
      const stop = () => finish(() => reject(new ResourceFailure('Cancelled', 'cancelled')))
      const clear = cloud.setTimer(Math.max(0, since + Number(properties.timeout) * 1000 - cloud.now().getTime()), () => {
        const received = Object.keys(signalsOf(handleOf(work))).length
        finish(() => reject(new ResourceFailure('WaitConditionTimeout', `${received} of ${count} received`)))
      })
      cloud.watchers.set(key, (cloud.watchers.get(key) ?? new Set()).add(look))
      cancelled.addEventListener('abort', stop)
      if (cancelled.aborted) stop()
      else look()
    })
  },
  remove: () => undefined,
  show: () => ({}),
  attribute(work, name) {
    if (name !== 'data') return undefined
    const signals = Object.entries(signalsOf(handleOf(work)))
    return pythonJson(Object.fromEntries(signals.map(([id, signal]) => [id, signal.data])))
  },
}

/** A resource that keeps a text for servers' user_data, which name it by its id. */
function config(properties: ResourceType['properties'], compose: (properties: JsonMap, stack: Stack) => string): ResourceType {
  const type: ResourceType = {
    properties,
    attributes: ['config'],
    create({ stack, resource, properties: given }) {
      resource.data.config = compose(given, stack)
      resource.physicalId = resource.plannedId
    },
    remove: () => undefined,
    show: ({ resource }) => ({ config: resource.data.config ?? null }),
    attribute: (work, name) => type.show(work)[name],
  }
  return type
}

/** The text of a config resource when `value` is its id, else the value itself. */
export function configText(stack: Stack, value: string): string {
  const found = Object.values(stack.resources).find((resource) => resource.plannedId === value)
  return text(found?.data.config) ?? value
}

const cloudConfig = config(
  { cloud_config: { type: 'map' } },
  (properties) => `#cloud-config\n${stringify(properties.cloud_config ?? {}, { lineWidth: 0 })}`,
)

const softwareConfig = config(
  {
    group: { type: 'string', default: 'Heat::Ungrouped' },
    config: { type: 'string', default: '' },
    options: { type: 'map' },
    inputs: { type: 'list' },
    outputs: { type: 'list' },
  },
  (properties) => text(properties.config) ?? '',
)

const boundary = '===============astrolabe=='

const multipart = config(
  {
    group: { type: 'string', default: 'Heat::Ungrouped' },
    parts: {
      type: 'list',
      items: {
        type: 'map',
        keys: {
          config: { type: 'string', required: true },
          filename: { type: 'string' },
          type: { type: 'string', default: 'text' },
          subtype: { type: 'string' },
        },
      },
    },
  },
  (properties, stack) => {
    const parts = Array.isArray(properties.parts) ? properties.parts.filter(isMap) : []
    const shown = parts.map((part) => {
      const body = configText(stack, text(part.config) ?? '')
      const subtype =
        text(part.subtype) ?? (body.startsWith('#cloud-config') ? 'cloud-config' : body.startsWith('#!') ? 'x-shellscript' : 'plain')
      const name = text(part.filename)
      const disposition = name === undefined ? '' : `\nContent-Disposition: attachment; filename="${name}"`
      return `--${boundary}\nContent-Type: text/${subtype}; charset="utf-8"\nMIME-Version: 1.0${disposition}\n\n${body}\n`
    })
    return `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n\n${shown.join('')}--${boundary}--\n`
  },
)

const alphabets: Record<string, string> = {
  lettersdigits: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  letters: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  lowercase: 'abcdefghijklmnopqrstuvwxyz',
  uppercase: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  digits: '0123456789',
  hexdigits: '0123456789ABCDEF',
  octdigits: '01234567',
}

/** `length` characters with at least `min` of each class or sequence, well shuffled. */
function randomText(properties: JsonMap): string {
  const classes = Array.isArray(properties.character_classes) ? properties.character_classes.filter(isMap) : []
  const sequences = Array.isArray(properties.character_sequences) ? properties.character_sequences.filter(isMap) : []
  const sets = [
    ...classes.map((each) => ({ from: [...(alphabets[text(each.class) ?? 'lettersdigits'] ?? '')], min: Number(each.min ?? 1) })),
    ...sequences.map((each) => ({ from: [text(each.sequence) ?? ''], min: Number(each.min ?? 1) })),
  ]
  if (sets.length === 0) sets.push({ from: [...(alphabets.lettersdigits ?? '')], min: 1 })
  const choose = (list: string[]) => list[randomInt(list.length)] ?? ''
  const pieces = sets.flatMap(({ from, min }) => Array.from({ length: min }, () => choose(from)))
  while (pieces.join('').length < Number(properties.length)) pieces.push(choose(sets[randomInt(sets.length)]?.from ?? ['']))
  for (let index = pieces.length - 1; index > 0; index -= 1) {
    const other = randomInt(index + 1)
    const [a = '', b = ''] = [pieces[index], pieces[other]]
    pieces[index] = b
    pieces[other] = a
  }
  return pieces.join('').slice(0, Number(properties.length))
}

const randomString: ResourceType = {
  properties: {
    length: { type: 'integer', default: 32, range: { min: 1, max: 512 } },
    character_classes: { type: 'list' },
    character_sequences: { type: 'list' },
    salt: { type: 'string' },
  },
  attributes: ['value'],
  create({ resource, properties }) {
    resource.data.value ??= randomText(properties)
    resource.physicalId = resource.physicalName
  },
  reference: ({ resource }) => text(resource.data.value) ?? '',
  remove: () => undefined,
  show: () => ({}),
  attribute: ({ resource }, name) => (name === 'value' ? (resource.data.value ?? null) : undefined),
}

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

export const heatTypes: Record<string, ResourceType> = {
  'OS::Heat::WaitConditionHandle': handle,
  'OS::Heat::WaitCondition': waitCondition,
  'OS::Heat::CloudConfig': cloudConfig,
  'OS::Heat::SoftwareConfig': softwareConfig,
  'OS::Heat::MultipartMime': multipart,
  'OS::Heat::RandomString': randomString,
  'OS::Heat::Value': value,
  'OS::Heat::TestResource': testResource,
  'OS::Heat::None': none,
}
