import { type Cloud, record } from '../cloud.ts'
import { setResource } from '../engine/records.ts'
import { badRequest, Fault, unauthorized } from '../fault.ts'
import { type At, bodyOf, type HttpReply, type HttpRequest, type Route } from '../http.ts'
import { type JsonMap, pythonText, text } from '../json.ts'
import { openSealed } from '../keystone/identity.ts'
import { signalGrant } from '../resources/wait-condition.ts'
import { type Resource, rootOf, type Stack } from '../state.ts'
import { below, type Heat, ok, readDepth, stackOf } from './api.ts'
import { planOf } from './plan.ts'
import { typeOf } from './type-of.ts'
import { attributesOf, resourceBody } from './views.ts'

export function resourceRoutes(heat: Heat, at: At): Route[] {
  const base = '/stacks/:name/:id/resources'
  return [
    at('GET', base, (request) => list(heat, request), 'resources'),
    at('GET', `${base}/:resource`, (request) => show(heat, request), 'resources'),
    at('GET', `${base}/:resource/metadata`, (request) => {
      const { stack, resource } = resourceOf(heat, request)
      const metadata = resource.metadata ?? planOf(stack).template.resources[resource.name]?.metadata ?? {}
      return ok({ metadata })
    }),
    at('PATCH', `${base}/:resource`, (request) => markHealth(heat, request), 'resources'),
    // Not behind the common guard: a handle's own token opens it, under the address of its own project.
    { method: 'POST', pattern: `/v1/:project${base}/:resource/signal`, handle: (request) => signal(heat, request), verb: 'signal' },
  ]
}

export function resourceOf(heat: Heat, request: HttpRequest): { stack: Stack; resource: Resource } {
  const stack = stackOf(heat, request)
  const { resource: name = '' } = request.params
  const resource = Object.hasOwn(stack.resources, name) ? stack.resources[name] : undefined
  if (!resource) throw new Fault(404, 'ResourceNotFound', `The Resource (${name}) could not be found in Stack ${stack.name}.`)
  return { stack, resource }
}

/** With `nested_depth`, also what is in the nested stacks; what an update has not removed yet is still there. */
function list(heat: Heat, request: HttpRequest): HttpReply {
  const stack = stackOf(heat, request)
  const any = (key: string, value: string) => !request.query.has(key) || request.query.getAll(key).includes(value)
  const detail = request.query.get('with_detail')?.toLowerCase() === 'true'
  const found = below(stack, readDepth(request) ?? 0).flatMap((each) => {
    const all = [...Object.values(each.resources), ...Object.values(each.leftovers ?? {}).filter(({ name }) => !each.resources[name])]
    return all.map((resource) => ({ stack: each, resource }))
  })
  const wanted = found.filter(
    ({ resource }) =>
      any('type', resource.type) &&
      any('name', resource.name) &&
      any('action', resource.action) &&
      (any('status', resource.status) || any('status', `${resource.action}_${resource.status}`)) &&
      any('id', resource.plannedId) &&
      any('physical_resource_id', resource.physicalId ?? ''),
  )
  return ok({
    resources: wanted.map((each) => ({
      ...resourceBody(heat.cloud, planOf(each.stack), each.resource),
      ...(detail ? { attributes: attributesOf(heat.cloud, each.stack, each.resource) } : {}),
    })),
  })
}

function show(heat: Heat, request: HttpRequest): HttpReply {
  const { stack, resource } = resourceOf(heat, request)
  const plan = planOf(stack)
  const description = plan.template.resources[resource.name]?.description ?? ''
  const attributes = attributesOf(heat.cloud, stack, resource)
  return ok({ resource: { ...resourceBody(heat.cloud, plan, resource), description, attributes } })
}

/** heat/api/openstack/v1/resources.py and heat/engine/service.py, mark_unhealthy: the next update puts another in its place. */
function markHealth(heat: Heat, request: HttpRequest): HttpReply {
  const stack = stackOf(heat, request)
  const { resource: key = '' } = request.params
  const resource = stack.resources[key] ?? Object.values(stack.resources).find(({ physicalId }) => physicalId === key)
  const body = bodyOf(request)
  const unknown = Object.keys(body).filter((name) => !['mark_unhealthy', 'resource_status_reason'].includes(name))
  if (unknown.length > 0) throw badRequest(`Invalid keys in resource mark unhealthy {${unknown.map((name) => `'${name}'`).join(', ')}}`)
  if (body.mark_unhealthy === undefined) throw badRequest('Missing mandatory (mark_unhealthy) key from mark unhealthy request')
  const wrong = new Fault(
    400,
    'HTTPBadRequest',
    `Unrecognized value "${pythonText(body.mark_unhealthy)}" for "mark_unhealthy", acceptable values are: true, false.`,
  )
  const word = pythonText(body.mark_unhealthy).toLowerCase()
  if (word !== 'true' && word !== 'false') throw wrong
  if (!resource) throw new Fault(404, 'ResourceNotFound', `The Resource (${key}) could not be found in Stack ${stack.name}.`)
  if (resource.status === 'IN_PROGRESS')
    throw new Fault(409, 'ActionInProgress', `Stack ${stack.name} already has an action (${stack.action}) in progress.`)
  const reason = text(body.resource_status_reason) || 'state changed by resource_mark_unhealthy api'
  const isUnhealthy = resource.action === 'CHECK' && resource.status === 'FAILED'
  if (word === 'true' && resource.action !== 'DELETE')
    setResource(heat.cloud, stack, resource, { action: 'CHECK', status: 'FAILED', reason })
  else if (word === 'false' && isUnhealthy) setResource(heat.cloud, stack, resource, { action: 'CHECK', status: 'COMPLETE', reason })
  return ok(null)
}

/** Recording heat-signal-wait-condition-200. The caller shows the handle's own token, or one of the project. */
function signal(heat: Heat, request: HttpRequest): HttpReply {
  const { project, name = '', id = '', resource: resourceName = '' } = request.params
  const value = request.header('X-Auth-Token') ?? ''
  const stack = heat.cloud.state.find(id)
  const own = stack !== undefined && openSealed(heat.cloud.identity, value) === signalGrant(stack, resourceName)
  if (!own) {
    const token = heat.tokens.check(value)
    if (!token) throw unauthorized()
    if (token.project !== project) throw new Fault(403, 'HTTPForbidden', 'Access was denied to this resource.')
  } else if (project !== stack.userProjectId || stack.name !== name)
    throw new Fault(403, 'HTTPForbidden', 'Access was denied to this resource.')
  const found = resourceOf(heat, request)
  deliverSignal(heat.cloud, found.stack, found.resource, bodyOf(request))
  return ok(null)
}

/** Gives a signal to a resource and writes its event. Throws a Fault where the resource takes none. */
export function deliverSignal(cloud: Cloud, stack: Stack, resource: Resource, body: JsonMap): void {
  const { signal } = typeOf(stack, resource)
  if (!signal) {
    throw new Fault(400, 'ResourceActionNotSupported', 'signal is not supported for resource.')
  }
  const { name, type, physicalId, physicalName } = resource
  if (rootOf(stack).muted) return
  const reason = signal({ cloud, stack, resource, properties: resource.properties }, body)
  record(cloud, stack, { resource: name, type, physicalId: physicalId ?? physicalName, status: 'SIGNAL_COMPLETE', reason })
}
