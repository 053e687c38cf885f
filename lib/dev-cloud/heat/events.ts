import { Fault } from '../fault.ts'
import type { At, HttpReply, HttpRequest, Route } from '../http.ts'
import type { JsonMap } from '../json.ts'
import type { Stack, StackEvent } from '../state.ts'
import { below, type Heat, ok, pageOf, readDepth, readLimit, stackOf } from './api.ts'
import { planOf } from './plan.ts'
import { typeOf } from './type-of.ts'
import { eventBody } from './views.ts'

export function eventRoutes(heat: Heat, at: At): Route[] {
  const base = '/stacks/:name/:id'
  return [
    at('GET', `${base}/events`, (request) => list(heat, request), 'events'),
    at('GET', `${base}/resources/:resource/events`, (request) => list(heat, request), 'events'),
    at('GET', `${base}/resources/:resource/events/:event`, (request) => show(heat, request), 'events'),
  ]
}

/** Fact 23: newest first, ascending with `sort_keys` or `sort_dir=asc`; after a marker comes exactly what followed it. */
function list(heat: Heat, request: HttpRequest): HttpReply {
  const stack = stackOf(heat, request)
  const { query, params } = request
  const limit = readLimit(request)
  const depth = readDepth(request)
  const any = (key: string, ...values: string[]) => !query.has(key) || query.getAll(key).some((wanted) => values.includes(wanted))
  const all = depth === undefined ? eventsOf(stack) : familyEvents(stack, depth)
  const found = all.filter(({ event }) => {
    const [action = '', ...status] = event.status.split('_')
    return (
      (params.resource === undefined || event.resource === params.resource) &&
      any('resource_name', event.resource) &&
      any('name', event.resource) &&
      any('type', event.type) &&
      any('resource_type', event.type) &&
      any('action', action) &&
      any('resource_action', action) &&
      any('status', event.status, status.join('_')) &&
      any('resource_status', event.status, status.join('_'))
    )
  })
  if (params.resource !== undefined && found.length === 0 && !stack.resources[params.resource]) {
    throw new Fault(404, 'ResourceNotFound', `The Resource (${params.resource}) could not be found in Stack ${stack.name}.`)
  }
  const direction = query.get('sort_dir') ?? (query.has('sort_keys') ? 'asc' : 'desc')
  if (direction !== 'asc') found.reverse()
  const root = depth === undefined ? undefined : stack
  return ok({ events: pageOf(found, query.get('marker'), limit).map((each) => eventBody(heat.cloud, each.stack, each.event, root)) })
}

type Told = { id: string; stack: Stack; event: StackEvent }

const eventsOf = (stack: Stack): Told[] => stack.events.map((event) => ({ id: event.id, stack, event }))

/** Of the stack and those nested in it so deep, in the order in which they happened; a stack without resources is left out (fact 11). */
function familyEvents(stack: Stack, depth: number): Told[] {
  const told = below(stack, depth).flatMap((each) => (Object.keys(each.resources).length > 0 ? eventsOf(each) : []))
  return told.sort((a, b) => (a.event.order ?? 0) - (b.event.order ?? 0) || a.event.at - b.event.at)
}

function show(heat: Heat, request: HttpRequest): HttpReply {
  const stack = stackOf(heat, request)
  const { resource, event: id } = request.params
  const event = stack.events.find((each) => each.id === id && each.resource === resource)
  if (!event) throw new Fault(404, 'EntityNotFound', `The Event (${id}) could not be found.`)
  const properties = givenProperties(stack, event.resource)
  return ok({ event: { ...eventBody(heat.cloud, stack, event), resource_type: event.type, resource_properties: properties } })
}

/** heat/engine/resource.py, _update_stored_properties: what the template gives, under its own names, without what is only usual. */
function givenProperties(stack: Stack, name: string): JsonMap {
  const resource = stack.resources[name]
  const given = Object.keys(planOf(stack).template.resources[name]?.properties ?? {})
  if (!resource) return {}
  const { aliases } = typeOf(stack, resource)
  return Object.fromEntries(given.map((key) => [key, resource.properties[aliases?.[key] ?? key] ?? null]))
}
