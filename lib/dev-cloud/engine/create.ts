import { type Cloud, ensureSpace, type Work } from '../cloud.ts'
import { type Trouble, troubleFor } from '../control/trouble.ts'
import { ResourceFailure } from '../fault.ts'
import type { Plan } from '../heat/plan.ts'
import { propertiesOf, scopeOf } from '../heat/stack-scope.ts'
import { typeNamed } from '../resources/catalog.ts'
import { failureText, setResource, setStack } from './records.ts'
import type { Outcome } from './run.ts'
import { limitTime } from './timeout.ts'

/** Makes every resource as soon as those that it depends on are complete. True when the stack failed. */
export async function runCreate(cloud: Cloud, plan: Plan, outcome: Outcome): Promise<boolean> {
  const { stack, graph } = plan
  const trouble = troubleFor(cloud, stack, 'CREATE')
  const clear = limitTime(cloud, stack, { outcome, action: 'CREATE' })
  if (Object.values(stack.resources).some(({ type }) => type === 'OS::Neutron::Net')) ensureSpace(cloud, stack).catch(() => undefined)
  await trouble.late(outcome.signal)
  await outcome.walk(graph, (name) => createResource(cloud, plan, { name, outcome, trouble }))
  clear()
  if (outcome.ended()) return outcome.failed() && !outcome.halted()
  setStack(cloud, stack, { action: 'CREATE', status: 'COMPLETE', reason: 'Stack CREATE completed successfully' })
  return false
}

async function createResource(cloud: Cloud, plan: Plan, step: { name: string; outcome: Outcome; trouble: Trouble }): Promise<boolean> {
  const { stack, template } = plan
  const resource = stack.resources[step.name]
  if (!resource || (resource.action !== 'INIT' && resource.status === 'COMPLETE')) return true
  // A step that was cut short by the end of the process is done again, without a second event.
  if (resource.action === 'INIT') setResource(cloud, stack, resource, { action: 'CREATE', status: 'IN_PROGRESS' })
  try {
    resource.properties = propertiesOf({ cloud, stack, template, scope: scopeOf(cloud, stack, template, 'live') }, step.name)
    step.trouble.strike(resource)
    const work: Work = { cloud, stack, resource, properties: resource.properties }
    await typeNamed(resource.type).create(work, step.outcome.signal)
  } catch (error) {
    if (step.outcome.halted() || step.outcome.why() === 'timeout') return false
    const cancelled = error instanceof ResourceFailure && error.kind === 'Cancelled'
    const reason = cancelled ? 'CREATE aborted (user triggered cancel)' : failureText(error, resource)
    setResource(cloud, stack, resource, { action: 'CREATE', status: 'FAILED', reason })
    const first = step.outcome.fail()
    // A rollback does not wait for what can no longer matter.
    if (first && !stack.disableRollback) step.outcome.cancel('failed')
    if (first) setStack(cloud, stack, { action: 'CREATE', status: 'FAILED', reason: `Resource CREATE failed: ${reason}` })
    return false
  }
  if (step.outcome.why() === 'timeout' || step.outcome.why() === 'dead') return false
  setResource(cloud, stack, resource, { action: 'CREATE', status: 'COMPLETE' })
  return true
}
