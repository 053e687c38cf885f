import { type ResourceType, type Work, waitUntil, wake } from '../cloud.ts'
import { invalidStack, ResourceFailure } from '../fault.ts'
import { isMap, type Json, type JsonMap, pythonJson, pythonText, text } from '../json.ts'
import { sealText } from '../keystone/identity.ts'
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
  wake(cloud, `${stack.id}/${resource.name}`)
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
  async create(work, cancelled) {
    const { cloud, stack, resource, properties } = work
    const count = Number(properties.count)
    const since = Number(resource.data.since ?? cloud.now().getTime())
    resource.data.since = since
    const key = `${stack.id}/${handleOf(work)?.name ?? ''}`
    let late = false
    const clear = cloud.setTimer(Math.max(0, since + Number(properties.timeout) * 1000 - cloud.now().getTime()), () => {
      late = true
      wake(cloud, key)
    })
    const look = () => {
      const signals = Object.values(signalsOf(handleOf(work)))
      const failures = signals.filter((signal) => signal.status === 'FAILURE').map((signal) => signal.reason)
      if (failures.length > 0) throw new ResourceFailure('WaitConditionFailure', failures.join(';'))
      if (late) throw new ResourceFailure('WaitConditionTimeout', `${signals.length} of ${count} received`)
      return signals.length >= count
    }
    await waitUntil(cloud, key, { look, cancelled }).finally(clear)
  },
  remove: () => undefined,
  show: () => ({}),
  attribute(work, name) {
    if (name !== 'data') return undefined
    const signals = Object.entries(signalsOf(handleOf(work)))
    return pythonJson(Object.fromEntries(signals.map(([id, signal]) => [id, signal.data])))
  },
}

export const waitConditionTypes: Record<string, ResourceType> = {
  'OS::Heat::WaitConditionHandle': handle,
  'OS::Heat::WaitCondition': waitCondition,
}
