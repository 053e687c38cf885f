import type { Cloud } from '../cloud.ts'
import { type Trouble, troubleFor } from '../control/trouble.ts'
import type { Plan } from '../heat/plan.ts'
import { typeNamed } from '../resources/catalog.ts'
import type { Action, Stack } from '../state.ts'
import { failureText, setResource, setStack } from './records.ts'
import { type Outcome, reversed } from './run.ts'

/** Removes every resource as soon as those that depend on it are gone. */
export async function runRemove(cloud: Cloud, plan: Plan, options: { outcome: Outcome; action: 'DELETE' | 'ROLLBACK' }): Promise<void> {
  const { stack, graph } = plan
  const { outcome, action } = options
  const remaining = new Map([...reversed(graph)].filter(([name]) => stack.resources[name]))
  const trouble = troubleFor(cloud, stack, action)
  await trouble.late(outcome.signal)
  await outcome.walk(remaining, (name) => removeResource(cloud, stack, { name, outcome, action, trouble }))
  if (outcome.ended()) return
  try {
    await cloud.driver.deleteSpace(stack.id)
  } catch (error) {
    const reason = `Resource DELETE failed: Error: ${error instanceof Error ? error.message : String(error)}`
    setStack(cloud, stack, { action, status: 'FAILED', reason })
    return
  }
  cloud.spaces.delete(stack.id)
  stack.deletedAt = action === 'DELETE' ? cloud.now().getTime() : null
  setStack(cloud, stack, { action, status: 'COMPLETE', reason: `Stack ${action} completed successfully` })
}

async function removeResource(
  cloud: Cloud,
  stack: Stack,
  step: { name: string; outcome: Outcome; action: Action; trouble: Trouble },
): Promise<boolean> {
  const resource = stack.resources[step.name]
  if (!resource) return true
  if (resource.action !== 'INIT') {
    if (!(resource.action === 'DELETE' && resource.status === 'IN_PROGRESS'))
      setResource(cloud, stack, resource, { action: 'DELETE', status: 'IN_PROGRESS' })
    try {
      step.trouble.strike(resource)
      await typeNamed(resource.type).remove({ cloud, stack, resource, properties: resource.properties })
    } catch (error) {
      if (step.outcome.halted()) return false
      const reason = failureText(error, resource)
      setResource(cloud, stack, resource, { action: 'DELETE', status: 'FAILED', reason })
      if (step.outcome.fail())
        setStack(cloud, stack, { action: step.action, status: 'FAILED', reason: `Resource DELETE failed: ${reason}` })
      return false
    }
    if (step.outcome.why() === 'dead') return false
    setResource(cloud, stack, resource, { action: 'DELETE', status: 'COMPLETE' })
  }
  delete stack.resources[step.name]
  cloud.state.changed(stack)
  return true
}
