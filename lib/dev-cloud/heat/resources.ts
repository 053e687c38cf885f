import { type Cloud, record } from '../cloud.ts'
import { Fault, unauthorized } from '../fault.ts'
import { type At, bodyOf, type HttpReply, type HttpRequest, type Route } from '../http.ts'
import type { JsonMap } from '../json.ts'
import { openSealed } from '../keystone/identity.ts'
import { typeNamed } from '../resources/catalog.ts'
import { signalGrant } from '../resources/wait-condition.ts'
import type { Resource, Stack } from '../state.ts'
import { type Heat, ok, stackOf } from './api.ts'
import { attributesOf, resourceBody } from './views.ts'

export function resourceRoutes(heat: Heat, at: At): Route[] {
  const base = '/stacks/:name/:id/resources'
  return [
    at('GET', base, (request) => list(heat, request), 'resources'),
    at('GET', `${base}/:resource`, (request) => show(heat, request), 'resources'),
    at('GET', `${base}/:resource/metadata`, (request) => {
      const { stack, resource } = resourceOf(heat, request)
      const metadata = heat.engine.planOf(stack).template.resources[resource.name]?.metadata ?? {}
      return ok({ metadata })
    }),
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

/** `nested_depth` is accepted; this cloud has no nested stacks. */
function list(heat: Heat, request: HttpRequest): HttpReply {
  const stack = stackOf(heat, request)
  const plan = heat.engine.planOf(stack)
  const any = (key: string, value: string) => !request.query.has(key) || request.query.getAll(key).includes(value)
  const detail = request.query.get('with_detail')?.toLowerCase() === 'true'
  const found = Object.values(stack.resources).filter(
    (resource) =>
      any('type', resource.type) &&
      any('name', resource.name) &&
      any('action', resource.action) &&
      (any('status', resource.status) || any('status', `${resource.action}_${resource.status}`)) &&
      any('physical_resource_id', resource.physicalId ?? ''),
  )
  return ok({
    resources: found.map((resource) => ({
      ...resourceBody(heat.cloud, plan, resource),
      ...(detail ? { attributes: attributesOf(heat.cloud, stack, resource) } : {}),
    })),
  })
}

function show(heat: Heat, request: HttpRequest): HttpReply {
  const { stack, resource } = resourceOf(heat, request)
  const plan = heat.engine.planOf(stack)
  const description = plan.template.resources[resource.name]?.description ?? ''
  const attributes = attributesOf(heat.cloud, stack, resource)
  return ok({ resource: { ...resourceBody(heat.cloud, plan, resource), description, attributes } })
}

/** Recording heat-signal-wait-condition-200. The caller shows the handle's own token, or one of the project. */
function signal(heat: Heat, request: HttpRequest): HttpReply {
  const { project, name = '', id = '', resource: resourceName = '' } = request.params
  const value = request.header('X-Auth-Token') ?? ''
  const stack = heat.cloud.state.stacks.get(id)
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
  const { signal } = typeNamed(resource.type)
  if (!signal) {
    throw new Fault(400, 'ResourceActionNotSupported', `Signal resource during ${resource.action} is not supported.`)
  }
  const { name, type, physicalId, physicalName } = resource
  if (stack.muted) return
  const reason = signal({ cloud, stack, resource, properties: resource.properties }, body)
  record(cloud, stack, { resource: name, type, physicalId: physicalId ?? physicalName, status: 'SIGNAL_COMPLETE', reason })
}
