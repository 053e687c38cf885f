import { type Cloud, record } from '../cloud.ts'
import { Fault, ResourceFailure } from '../fault.ts'
import type { Action, Resource, Stack, Status } from '../state.ts'

/** Sets the state of the stack itself, with its event. */
export function setStack(cloud: Cloud, stack: Stack, to: { action: Action; status: Status; reason: string }): void {
  if (stack.action !== to.action || to.status === 'IN_PROGRESS') stack.actionSince = cloud.now().getTime()
  Object.assign(stack, to)
  const status = `${to.action}_${to.status}`
  record(cloud, stack, { resource: stack.name, type: 'OS::Heat::Stack', physicalId: stack.id, status, reason: to.reason })
}

/** Sets the state of a resource, with its event. */
export function setResource(cloud: Cloud, stack: Stack, resource: Resource, to: { action: Action; status: Status; reason?: string }): void {
  Object.assign(resource, { reason: 'state changed', ...to, updatedAt: cloud.now().getTime() })
  const { name, type, physicalId, physicalName, reason } = resource
  record(cloud, stack, { resource: name, type, physicalId: physicalId ?? physicalName, status: `${to.action}_${to.status}`, reason })
}

/** Heat's sentence for what went wrong with a resource. */
export function failureText(error: unknown, resource: Resource): string {
  if (error instanceof ResourceFailure) return `${error.kind}: resources.${resource.name}: ${error.message}`
  if (error instanceof Fault) return `${error.type}: resources.${resource.name}: ${error.message}`
  return `Error: resources.${resource.name}: ${error instanceof Error ? error.message : String(error)}`
}
