import type { Cloud, Work } from '../cloud.ts'
import { type Trouble, troubleFor } from '../control/trouble.ts'
import { ResourceFailure } from '../fault.ts'
import type { Plan } from '../heat/plan.ts'
import { typeNamed } from '../resources/catalog.ts'
import { failureText, setResource, setStack } from './records.ts'
import { type Outcome, reversed } from './run.ts'
import { limitTime } from './timeout.ts'

export type StackAction = 'SUSPEND' | 'RESUME' | 'CHECK'
/** `takenUp`: it had begun before this process did. */
export type ActionRun = { outcome: Outcome; action: StackAction; takenUp: boolean }

/** Suspend goes from the leaves, resume and check from the roots. */
export async function runAction(cloud: Cloud, plan: Plan, options: ActionRun): Promise<void> {
  const { stack, graph } = plan
  const { outcome, action } = options
  const complaints: string[] = []
  const clears = [limitTime(cloud, stack, options)]
  const trouble = troubleFor(cloud, stack, action)
  await trouble.late(outcome.signal)
  await outcome.walk(action === 'SUSPEND' ? reversed(graph) : graph, async (name) => {
    const resource = stack.resources[name]
    if (!resource) return true
    try {
      await actOn({ cloud, stack, resource, properties: resource.properties }, { ...options, trouble })
    } catch (error) {
      if (isOver(outcome)) return false
      const cancelled = error instanceof ResourceFailure && error.kind === 'Cancelled'
      const reason = cancelled ? `${action} aborted (user triggered cancel)` : failureText(error, resource)
      if (resource.action === action) setResource(cloud, stack, resource, { action, status: 'FAILED', reason })
      complaints.push(reason)
      if (action === 'CHECK') return true
      if (outcome.fail()) clears.push(cloud.setTimer(graceMs, () => outcome.cancel('failed')))
      return false
    }
    return true
  })
  for (const clear of clears) clear()
  if (isOver(outcome)) return
  // Recordings heat-show-check-complete-200 and heat-show-sequence-01-check-200.
  const partly = action === 'CHECK' ? ". 'CHECK' not fully supported (see resources)" : ''
  const [first] = complaints
  if (first !== undefined) {
    const listed = complaints.map((reason) => `"${reason}"`).join(', ')
    const reason = action === 'CHECK' ? `[${listed}]${partly}` : first
    setStack(cloud, stack, { action, status: 'FAILED', reason: `Resource ${action} failed: ${reason}` })
  } else setStack(cloud, stack, { action, status: 'COMPLETE', reason: `Stack ${action} completed successfully${partly}` })
}

/** heat.conf error_wait_time: after a failure, what is under way may take so long to end. */
const graceMs = 240_000

/** Whether something other than a failure ended the run: what became of the stack is said already, or by nobody. */
const isOver = (outcome: Outcome) => outcome.ended() && outcome.why() !== 'failed'

/** heat/engine/resource.py, suspend and resume: from which states of a resource each may start. */
async function actOn(work: Work, run: ActionRun & { trouble: Trouble }): Promise<void> {
  const { cloud, stack, resource } = work
  const { outcome, action, takenUp, trouble } = run
  const type = typeNamed(resource.type)
  const state = `State ('${resource.action}', '${resource.status}') invalid for ${action.toLowerCase()}`
  const resumable =
    (resource.action === 'SUSPEND' && resource.status === 'COMPLETE') || (resource.action === 'RESUME' && resource.status !== 'IN_PROGRESS')
  const suspendable = resource.action === 'SUSPEND' ? true : resource.action !== 'DELETE' && resource.status === 'COMPLETE'
  const again = takenUp && resource.action === action && resource.status === 'IN_PROGRESS'
  if (!again && ((action === 'SUSPEND' && !suspendable) || (action === 'RESUME' && !resumable))) throw new ResourceFailure('Error', state)
  setResource(cloud, stack, resource, { action, status: 'IN_PROGRESS' })
  trouble.strike(resource)
  const step = { cancelled: outcome.signal, again }
  if (action === 'SUSPEND') await type.suspend?.(work, step)
  else if (action === 'RESUME') await type.resume?.(work, step)
  else type.check?.(work)
  if (isOver(outcome)) throw new ResourceFailure('Cancelled', 'cancelled')
  const unsupported = action === 'CHECK' && !type.check ? `CHECK not supported for ${resource.type}` : 'state changed'
  setResource(cloud, stack, resource, { action, status: 'COMPLETE', reason: unsupported })
}
