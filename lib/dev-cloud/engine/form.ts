import type { Cloud } from '../cloud.ts'
import { planFamily, prepareResources } from '../heat/grow.ts'
import { planOf } from '../heat/plan.ts'
import type { Stack, StackForm } from '../state.ts'
import { setStack } from './records.ts'

/** What a stack is made of now. A nested one's files are those of the stack above it. */
export function formOf(stack: Stack): StackForm {
  const { template, environment, parameters } = stack
  return stack.parent && !stack.parent.remote
    ? { template, environment, parameters }
    : { template, environment, parameters, files: stack.files }
}

/** The stack is to become another: from here on its record says what it will be, and remembers what it was. */
export function beginUpdate(cloud: Cloud, stack: Stack, to: { form: StackForm; action: 'UPDATE' | 'ROLLBACK' | 'RESTORE' }): void {
  stack.previous = formOf(stack)
  Object.assign(stack, to.form)
  stack.updatedAt = cloud.now().getTime()
  announceUpdate(cloud, stack, to.action)
}

/** The same where the record is of the new form already. */
export function announceUpdate(cloud: Cloud, stack: Stack, action: 'UPDATE' | 'ROLLBACK' | 'RESTORE'): void {
  const { template } = planOf(stack)
  prepareResources(cloud, stack, template)
  planFamily(cloud, stack, template)
  setStack(cloud, stack, { action, status: 'IN_PROGRESS', reason: `Stack ${action} started` })
}
