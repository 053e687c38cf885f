import type { Work } from '../cloud.ts'
import { ResourceFailure } from '../fault.ts'
import type { Plan } from '../heat/plan.ts'
import { typeOf } from '../heat/type-of.ts'
import { childOf, type Stack } from '../state.ts'
import type { Errand } from './errand.ts'
import { failureText, setResource, setStack } from './records.ts'
import { type Outcome, reversed } from './run.ts'

export type StackAction = 'SUSPEND' | 'RESUME' | 'CHECK'
/** `takenUp`: it had begun before this process did. */
export type ActionRun = { action: StackAction; takenUp: boolean }

/** Suspend goes from the leaves, resume and check from the roots. */
export async function runAction(errand: Errand, plan: Plan, run: ActionRun): Promise<void> {
  const { stack, graph } = plan
  const { cloud, outcome } = errand
  const { action } = run
  const complaints: string[] = []
  const clears: (() => void)[] = []
  await outcome.walk(action === 'SUSPEND' ? reversed(graph) : graph, async (name) => {
    const resource = stack.resources[name]
    if (!resource) return true
    try {
      await actOn(errand, { cloud, stack, resource, properties: resource.properties }, run)
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
  const partly = action === 'CHECK' && !isWhollyChecked(stack) ? ". 'CHECK' not fully supported (see resources)" : ''
  const [first] = complaints
  if (first !== undefined) {
    const listed = complaints.map((reason) => `"${reason}"`).join(', ')
    const reason = action === 'CHECK' ? `[${listed}]${partly}` : first
    setStack(cloud, stack, { action, status: 'FAILED', reason: `Resource ${action} failed: ${reason}` })
  } else setStack(cloud, stack, { action, status: 'COMPLETE', reason: `Stack ${action} completed successfully${partly}` })
}

/** heat/engine/stack.py, supports_check_action: whether everything in it can be checked. */
function isWhollyChecked(stack: Stack): boolean {
  return Object.values(stack.resources).every((resource) => {
    const child = childOf(stack, resource)
    if (child?.parent?.remote) return true
    return child ? isWhollyChecked(child) : typeOf(stack, resource).check !== undefined
  })
}

/** heat.conf error_wait_time: after a failure, what is under way may take so long to end. */
const graceMs = 240_000

/** Whether something other than a failure ended the run: what became of the stack is said already, or by nobody. */
const isOver = (outcome: Outcome) => outcome.ended() && outcome.why() !== 'failed'

/** heat/engine/resource.py, suspend and resume: from which states of a resource each may start. */
async function actOn(errand: Errand, work: Work, run: ActionRun): Promise<void> {
  const { cloud, stack, resource } = work
  const { outcome, trouble } = errand
  const { action, takenUp } = run
  const type = typeOf(stack, resource)
  const state = `State ('${resource.action}', '${resource.status}') invalid for ${action.toLowerCase()}`
  const resumable =
    (resource.action === 'SUSPEND' && resource.status === 'COMPLETE') || (resource.action === 'RESUME' && resource.status !== 'IN_PROGRESS')
  const suspendable = resource.action === 'SUSPEND' ? true : resource.action !== 'DELETE' && resource.status === 'COMPLETE'
  const again = takenUp && resource.action === action && resource.status === 'IN_PROGRESS'
  if (!again && ((action === 'SUSPEND' && !suspendable) || (action === 'RESUME' && !resumable))) throw new ResourceFailure('Error', state)
  if (action === 'CHECK' && !type.check && !type.nesting) {
    // heat/engine/resource.py, check: nothing begins.
    setResource(cloud, stack, resource, { action, status: 'COMPLETE', reason: `CHECK not supported for ${resource.type}` })
    return
  }
  setResource(cloud, stack, resource, { action, status: 'IN_PROGRESS' })
  trouble.strike(resource)
  const step = { cancelled: outcome.signal, again }
  if (type.nesting) await errand.nest.act(errand, work, { action, takenUp: again })
  else if (action === 'SUSPEND') await type.suspend?.(work, step)
  else if (action === 'RESUME') await type.resume?.(work, step)
  else type.check?.(work)
  if (isOver(outcome)) throw new ResourceFailure('Cancelled', 'cancelled')
  setResource(cloud, stack, resource, { action, status: 'COMPLETE', reason: 'state changed' })
}
