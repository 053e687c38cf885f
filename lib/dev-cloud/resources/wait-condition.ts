import { type ResourceType, type Work, waitUntil, wake } from '../cloud.ts'
import { invalidStack, ResourceFailure } from '../fault.ts'
import { isMap, type Json, type JsonMap, pythonJson, pythonText, text } from '../json.ts'
import { sealText } from '../keystone/identity.ts'
import { familyOf, type Resource, type Stack } from '../state.ts'
import { waitConditionHandleSchema, waitConditionSchema } from './heat-schema.ts'

export type Signal = { status: string; reason: string; data: Json }
type Addressed = Pick<Work, 'cloud' | 'stack' | 'resource'>

/** Where guests and the world send their signals; guests reach nothing but the metadata address. */
export const guestHeatUrl = 'http://169.254.169.254'

function signalPath(stack: Stack, resource: Resource): string {
  return `/v1/${stack.userProjectId}/stacks/${stack.name}/${stack.id}/resources/${resource.name}/signal`
}

/** A token that opens one handle and nothing else. It is the same each time, so nothing of it needs to be kept. */
export function signalToken(work: Addressed): string {
  return sealText(work.cloud.identity, signalGrant(work.stack, work.resource.name))
}

export function signalGrant(stack: Stack, resource: string): string {
  return `signal ${stack.id} ${resource}`
}

const handle: ResourceType = {
  ...waitConditionHandleSchema,
  create({ resource }) {
    resource.physicalId = resource.plannedId.replaceAll('-', '')
  },
  remove: () => undefined,
  show: () => ({}),
  attribute(work, name) {
    const { cloud, stack, resource, properties } = work
    // heat/engine/resources/openstack/heat/wait_condition_handle.py: other ways to signal have neither.
    const byToken = properties.signal_transport === undefined || properties.signal_transport === 'TOKEN_SIGNAL'
    const endpoint = `${cloud.heatUrl()}${signalPath(stack, resource)}`
    // Recording heat-resource-handle-200: a signal with a token has no other description.
    if (name === 'signal') return byToken ? 'null' : '{}'
    if (!byToken) return null
    const token = signalToken(work)
    if (name === 'token') return token
    if (name === 'endpoint') return endpoint
    const headers = `-H 'X-Auth-Token: ${token}' -H 'Content-Type: application/json' -H 'Accept: application/json'`
    return `curl -i -X POST ${headers} ${guestHeatUrl}${signalPath(stack, resource)}`
  },
  signal: (work, body) => keepSignal(work, normalSignal(work.resource, body)),
}

/** The signals a handle has received, by their id. */
export function signalsOf(resource: Resource | undefined): Record<string, Signal> {
  const signals = resource?.data.signals
  return signals !== undefined && isMap(signals) ? (signals as unknown as Record<string, Signal>) : {}
}

/**
 * heat/engine/resources/openstack/heat/wait_condition_handle.py, normalise_signal_data: fills in what a signal leaves out.
 * Throws a Fault for a body that is not a signal.
 */
function normalSignal(resource: Resource, body: JsonMap): Signal & { id: string } {
  const unknown = Object.keys(body).filter((key) => !['status', 'reason', 'data', 'id'].includes(key))
  const status = text(body.status) ?? 'SUCCESS'
  if (unknown.length > 0 || !['SUCCESS', 'FAILURE'].includes(status)) throw invalidStack('Metadata failed validation')
  const position = Object.keys(signalsOf(resource)).length + 1
  const id = body.id === undefined || body.id === null ? String(position) : pythonText(body.id)
  return { id, status, reason: text(body.reason) ?? `Signal ${position} received`, data: body.data ?? null }
}

/** Keeps a signal and wakes who waits for it. Returns the reason for the event. */
export function keepSignal({ cloud, stack, resource }: Addressed, { id, status, reason, data }: Signal & { id: string }): string {
  resource.data.signals = { ...signalsOf(resource), [id]: { status, reason, data } }
  cloud.state.changed(stack)
  wake(cloud, `signals ${resource.plannedId}`)
  return `Signal: status:${status} reason:${reason}`
}

export type Waiting = { handle: Resource | undefined; count: number; timeoutSeconds: number }

/**
 * heat/engine/resources/wait_condition.py: waits until so many signals have come, or one that says failure. The time counts from
 * `resource.data.since`, which is kept over a restart.
 */
export async function waitForSignals(work: Work, { handle: from, count, timeoutSeconds }: Waiting, cancelled: AbortSignal): Promise<void> {
  const { cloud, resource } = work
  const since = Number(resource.data.since ?? cloud.now().getTime())
  resource.data.since = since
  const key = `signals ${from?.plannedId ?? ''}`
  const left = since + timeoutSeconds * 1000 - cloud.now().getTime()
  let late = false
  const clear = cloud.setTimer(Math.max(0, left), () => {
    late = true
    wake(cloud, key)
  })
  const look = () => {
    const signals = Object.values(signalsOf(from))
    const reasons = (status: string) => signals.filter((signal) => signal.status === status).map((signal) => signal.reason)
    const failures = reasons('FAILURE')
    if (failures.length > 0) throw new ResourceFailure('WaitConditionFailure', failures.join(';'))
    if (late) {
      const heard = reasons('SUCCESS')
      const detail = heard.length > 0 ? ` - ${heard.join(';')}` : ''
      throw new ResourceFailure('WaitConditionTimeout', `${heard.length} of ${count} received${detail}`)
    }
    return signals.length >= count
  }
  await waitUntil(cloud, key, { look, cancelled }).finally(clear)
}

/** The data of the signals by their id, as a JSON text. */
export function signalData(resource: Resource | undefined): string {
  return pythonJson(Object.fromEntries(Object.entries(signalsOf(resource)).map(([id, signal]) => [id, signal.data])))
}

function handleOf({ stack, properties }: Pick<Work, 'stack' | 'properties'>): Resource | undefined {
  const all = familyOf(stack).flatMap(({ resources }) => Object.values(resources))
  return all.find(({ plannedId }) => plannedId.replaceAll('-', '') === properties.handle)
}

const waitingOf = (work: Work): Waiting => ({
  handle: handleOf(work),
  count: Number(work.properties.count),
  timeoutSeconds: Number(work.properties.timeout),
})

const waitCondition: ResourceType = {
  ...waitConditionSchema,
  create: (work, cancelled) => waitForSignals(work, waitingOf(work), cancelled),
  update(work, _change, cancelled) {
    delete work.resource.data.since
    return waitForSignals(work, waitingOf(work), cancelled)
  },
  remove(work) {
    const from = handleOf(work)
    if (from) delete from.data.signals
  },
  show: () => ({}),
  attribute: (work, name) => (name === 'data' ? signalData(handleOf(work)) : undefined),
}

export const waitConditionTypes: Record<string, ResourceType> = {
  'OS::Heat::WaitConditionHandle': handle,
  'OS::Heat::WaitCondition': waitCondition,
}
