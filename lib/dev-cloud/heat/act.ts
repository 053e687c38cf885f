import { badRequest, Fault } from '../fault.ts'
import { bodyOf, firstKey, type HttpReply, type HttpRequest } from '../http.ts'
import { type Heat, ok, stackOf } from './api.ts'

const actions = { suspend: 'SUSPEND', resume: 'RESUME', check: 'CHECK' } as const

/** Which action a call asks for, as far as it can be read. */
export function actionName(request: HttpRequest): string {
  return firstKey(request) ?? 'other'
}

/** `POST .../actions`: suspend, resume, check, cancel_update, cancel_without_rollback. */
export function act(heat: Heat, request: HttpRequest): HttpReply {
  const stack = stackOf(heat, request)
  const names = Object.keys(bodyOf(request))
  const [name] = names
  if (name === undefined) throw badRequest('No action specified')
  if (names.length > 1) throw badRequest('Multiple actions specified')
  if (name === 'cancel_update' || name === 'cancel_without_rollback') return cancel(heat, request, name === 'cancel_update')
  if (!Object.hasOwn(actions, name)) throw badRequest(`Invalid action ${name} specified`)
  const action = actions[name as keyof typeof actions]
  if (stack.action === 'DELETE') {
    if (stack.status === 'COMPLETE') throw new Fault(404, 'EntityNotFound', `The Stack (${stack.name}) could not be found.`)
    // Recording heat-action-suspend-while-deleting-200: accepted, without effect.
    if (stack.status === 'IN_PROGRESS') return ok(null)
  }
  if (heat.engine.busy(stack))
    throw new Fault(409, 'ActionInProgress', `Stack ${stack.name} already has an action (${stack.action}) in progress.`)
  heat.engine.act(stack, action)
  return ok(null)
}

/** heat/engine/service.py, stack_cancel_update; recordings heat-action-cancel-update-*. */
function cancel(heat: Heat, request: HttpRequest, rollback: boolean): HttpReply {
  const stack = stackOf(heat, request)
  const allowed: string[] = rollback ? ['UPDATE'] : ['UPDATE', 'CREATE']
  if (stack.status !== 'IN_PROGRESS' || !allowed.includes(stack.action)) {
    throw new Fault(400, 'NotSupported', `Cancelling update when stack is ${stack.action}_${stack.status} is not supported.`)
  }
  heat.engine.cancel(stack, rollback)
  return ok(null)
}
