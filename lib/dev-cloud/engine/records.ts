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

/** What became of a nested stack, told by its own reason. */
export class NestedFailure extends Error {
  readonly action: Action

  constructor(reason: string, action: Action) {
    super(reason)
    this.action = action
  }
}

/** Heat's sentence for what went wrong with a resource. */
export function failureText(error: unknown, resource: Resource): string {
  if (error instanceof NestedFailure) return nestedText(error, resource)
  const at = pathText(['resources', resource.name])
  if (error instanceof ResourceFailure) return `${error.kind}: ${at}: ${error.message}`
  if (error instanceof Fault) return `${error.type}: ${at}: ${error.message}`
  return `Error: ${at}: ${error instanceof Error ? error.message : String(error)}`
}

/** heat/common/exception.py, ResourceFailure: a nested stack's reason is taken apart and gets a longer path. */
function nestedText({ message, action }: NestedFailure, { name }: Resource): string {
  const parts = message.split(':').map((part) => part.trim())
  const [, kind = '', path = '', ...words] = parts
  if (!message.includes(`Resource ${action} failed: `) || parts.length < 4) return `${pathText(['resources', name])}: ${message}`
  return `${kind}: ${pathText(['resources', name, ...path.split('.')])}: ${words.join(': ')}`
}

/** heat/common/exception.py, HeatExceptionWithPath: a name that is a number stands in brackets. */
function pathText(path: string[]): string {
  return path.reduce((text, step) => (/^\d+$/.test(step) ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`), '')
}
