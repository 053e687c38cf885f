import { exported } from '../engine/exported.ts'
import { setResource, setStack } from '../engine/records.ts'
import { badRequest, Fault } from '../fault.ts'
import { type At, bodyOf, type HttpReply, type HttpRequest, type Route } from '../http.ts'
import { isMap, type Json, type JsonMap } from '../json.ts'
import { isGone, nestIn, type Stack } from '../state.ts'
import { type Heat, ok, stackOf } from './api.ts'
import { planStack } from './plan.ts'
import { refuseDuplicate } from './request.ts'
import { stackUrl } from './views.ts'

/** Recording heat-abandon-400: off, as it is in Heat (heat.conf, enable_stack_abandon and enable_stack_adopt). */
const refuseUnless = (allowed: boolean, what: 'Abandon' | 'Adopt') => {
  if (!allowed) throw new Fault(400, 'NotSupported', `Stack ${what} is not supported.`)
}

export function abandonRoutes(heat: Heat, at: At): Route[] {
  const base = '/stacks/:name/:id'
  return [
    at('GET', `${base}/export`, (request) => ok(exported(heat.cloud, wanted(heat, request)))),
    at('DELETE', `${base}/abandon`, (request) => abandon(heat, wanted(heat, request))),
  ]
}

function wanted(heat: Heat, request: HttpRequest): Stack {
  const stack = stackOf(heat, request)
  refuseUnless(heat.abandon, 'Abandon')
  if (isGone(stack) || stack.parent) throw new Fault(404, 'EntityNotFound', `The Stack (${stack.name}) could not be found.`)
  if (stack.status === 'IN_PROGRESS')
    throw new Fault(409, 'ActionInProgress', `Stack ${stack.name} already has an action (${stack.action}) in progress.`)
  return stack
}

/** Heat forgets the stack; all that it made stays, and is told so that it can be adopted. */
function abandon({ cloud }: Heat, stack: Stack): HttpReply {
  const told = exported(cloud, stack)
  stack.abandoned = { resources: stack.resources, nested: stack.nested ?? {} }
  stack.retains = true
  stack.deletedAt = cloud.now().getTime()
  setStack(cloud, stack, { action: 'DELETE', status: 'IN_PROGRESS', reason: 'Stack DELETE started' })
  Object.assign(stack, { resources: {}, nested: {} })
  setStack(cloud, stack, { action: 'DELETE', status: 'COMPLETE', reason: 'Stack DELETE completed successfully' })
  return ok(told)
}

/**
 * `POST /stacks` with `adopt_stack_data`: a stack of what was abandoned. Heat makes a new one; here that gets the id of the old one, since
 * the network of its machines is kept under it. What was not abandoned here cannot be adopted.
 */
export function adopt(heat: Heat, request: HttpRequest): HttpReply {
  refuseUnless(heat.abandon, 'Adopt')
  const { cloud } = heat
  const body = bodyOf(request)
  const data = readData(body.adopt_stack_data)
  const { stack } = planStack(cloud, {
    files: data.files ?? {},
    environment: data.environment ?? {},
    ...body,
    template: data.template ?? null,
  })
  refuseDuplicate(cloud, stack.name)
  const old = typeof data.id === 'string' ? cloud.state.stacks.get(data.id) : undefined
  if (old?.abandoned && isGone(old)) takeOver(stack, old)
  cloud.state.stacks.set(stack.id, stack)
  setStack(cloud, stack, { action: 'ADOPT', status: 'IN_PROGRESS', reason: 'Stack ADOPT started' })
  for (const [name, resource] of Object.entries(stack.resources)) {
    const isKnown = old?.abandoned?.resources[name] === resource
    const reason = isKnown ? 'state changed' : `Exception: resources.${name}: Resource ID was not provided.`
    setResource(cloud, stack, resource, { action: 'ADOPT', status: 'IN_PROGRESS' })
    setResource(cloud, stack, resource, { action: 'ADOPT', status: isKnown ? 'COMPLETE' : 'FAILED', reason })
  }
  const failed = Object.values(stack.resources).find(({ status }) => status === 'FAILED')
  const reason = failed ? `Resource ADOPT failed: ${failed.reason}` : 'Stack ADOPT completed successfully'
  setStack(cloud, stack, { action: 'ADOPT', status: failed ? 'FAILED' : 'COMPLETE', reason })
  const url = stackUrl(cloud, stack)
  return { status: 201, headers: { Location: url }, body: { stack: { id: stack.id, links: [{ href: url, rel: 'self' }] } } }
}

function readData(source: Json | undefined): JsonMap {
  try {
    const data: unknown = typeof source === 'string' ? JSON.parse(source) : source
    if (isMap(data)) return data
  } catch {
    // Falls through to the refusal.
  }
  throw badRequest('Invalid adopt data.')
}

/** The new stack stands in the place of the old one: with its id, its things and what of its resources the template names. */
function takeOver(stack: Stack, old: Stack): void {
  const { resources, nested } = old.abandoned ?? { resources: {}, nested: {} }
  Object.assign(stack, { id: old.id, things: old.things, nested: {}, events: old.events, eventCount: old.eventCount ?? 0 })
  for (const child of Object.values(nested)) nestIn(stack, child)
  for (const name of Object.keys(stack.resources)) {
    const known = resources[name]
    if (known) stack.resources[name] = known
  }
}
