import { randomUUID } from 'node:crypto'
import { isoSeconds } from '../cloud.ts'
import { formOf } from '../engine/form.ts'
import { badRequest, Fault } from '../fault.ts'
import { type At, bodyOf, type HttpReply, type HttpRequest, type Route } from '../http.ts'
import { type JsonMap, text } from '../json.ts'
import { isGone, type Snapshot, type Stack } from '../state.ts'
import { accepted, type Heat, ok, stackOf } from './api.ts'

/** Snapshots of a stack (heat/api/openstack/v1/stacks.py, snapshot, list_snapshots, show_snapshot, delete_snapshot, restore_snapshot). */
export function snapshotRoutes(heat: Heat, at: At): Route[] {
  const base = '/stacks/:name/:id/snapshots'
  return [
    at('POST', base, (request) => create(heat, request)),
    at('GET', base, (request) => ok({ snapshots: Object.values(livingStack(heat, request).snapshots ?? {}).map(shown) })),
    at('GET', `${base}/:snapshot`, (request) => ok({ snapshot: shown(snapshotOf(heat, request).snapshot) })),
    at('DELETE', `${base}/:snapshot`, (request) => remove(heat, request)),
    at('POST', `${base}/:snapshot/restore`, (request) => {
      const { stack, snapshot } = snapshotOf(heat, request)
      heat.engine.restore(stack, snapshot)
      return { status: 202, body: accepted }
    }),
  ]
}

function livingStack(heat: Heat, request: HttpRequest): Stack {
  const stack = stackOf(heat, request)
  if (isGone(stack)) throw new Fault(404, 'EntityNotFound', `The Stack (${stack.name}) could not be found.`)
  return stack
}

function snapshotOf(heat: Heat, request: HttpRequest): { stack: Stack; snapshot: Snapshot } {
  const stack = livingStack(heat, request)
  const { snapshot: id = '' } = request.params
  const snapshot = stack.snapshots && Object.hasOwn(stack.snapshots, id) ? stack.snapshots[id] : undefined
  if (!snapshot) throw new Fault(404, 'NotFound', `Snapshot with id ${id} not found`)
  return { stack, snapshot }
}

/** Recording heat-snapshot-while-creating-409. */
function create(heat: Heat, request: HttpRequest): HttpReply {
  const stack = livingStack(heat, request)
  const body = bodyOf(request)
  const unknown = Object.keys(body).filter((key) => key !== 'name')
  if (unknown.length > 0) throw badRequest(`Unexpected keys in the body: ${unknown.join(', ')}`)
  if (stack.status === 'IN_PROGRESS')
    throw new Fault(409, 'ActionInProgress', `Stack ${stack.name} already has an action (${stack.action}) in progress.`)
  const snapshot: Snapshot = {
    id: randomUUID(),
    name: text(body.name) ?? null,
    status: 'IN_PROGRESS',
    reason: '',
    createdAt: heat.cloud.now().getTime(),
    data: null,
    form: structuredClone(formOf(stack)),
    serverIds: [],
  }
  stack.snapshots = { ...stack.snapshots, [snapshot.id]: snapshot }
  const answer = shown(snapshot)
  heat.engine.snapshot(stack, snapshot)
  return ok(answer)
}

function shown({ id, name, status, reason, data, createdAt }: Snapshot): JsonMap {
  return { id, name, status, status_reason: reason === '' ? null : reason, data, creation_time: isoSeconds(createdAt) }
}

async function remove(heat: Heat, request: HttpRequest): Promise<HttpReply> {
  const { stack, snapshot } = snapshotOf(heat, request)
  if (snapshot.status === 'IN_PROGRESS') throw new Fault(400, 'NotSupported', 'Deleting in-progress snapshot is not supported.')
  await heat.cloud.driver.deleteSnapshot(snapshot.id)
  delete stack.snapshots?.[snapshot.id]
  heat.cloud.state.changed(stack)
  return { status: 204 }
}
