import type { Cloud, Work } from './cloud.ts'
import { failureText, setResource, setStack } from './engine-records.ts'
import { type Outcome, reversed } from './engine-run.ts'
import { ResourceFailure } from './fault.ts'
import type { Plan } from './heat-plan.ts'
import { typeNamed } from './resources/catalog.ts'

/** Suspend goes from the leaves, resume and check from the roots. */
export async function runAction(
  cloud: Cloud,
  plan: Plan,
  options: { outcome: Outcome; action: 'SUSPEND' | 'RESUME' | 'CHECK' },
): Promise<void> {
  const { stack, graph } = plan
  const { outcome, action } = options
  const complaints: string[] = []
  await outcome.walk(action === 'SUSPEND' ? reversed(graph) : graph, async (name) => {
    const resource = stack.resources[name]
    if (!resource) return true
    try {
      await actOn({ cloud, stack, resource, properties: resource.properties }, action)
    } catch (error) {
      if (outcome.ended()) return false
      const reason = failureText(error, resource)
      if (resource.action === action) setResource(cloud, stack, resource, { action, status: 'FAILED', reason })
      complaints.push(reason)
      if (action === 'CHECK') return true
      if (outcome.fail()) setStack(cloud, stack, { action, status: 'FAILED', reason: `Resource ${action} failed: ${reason}` })
      return false
    }
    return true
  })
  if (outcome.ended()) return
  // Recordings heat-show-check-complete-200 and heat-show-sequence-01-check-200.
  const partly = action === 'CHECK' ? ". 'CHECK' not fully supported (see resources)" : ''
  if (complaints.length > 0) {
    const listed = complaints.map((reason) => `"${reason}"`).join(', ')
    setStack(cloud, stack, { action, status: 'FAILED', reason: `Resource ${action} failed: [${listed}]${partly}` })
  } else setStack(cloud, stack, { action, status: 'COMPLETE', reason: `Stack ${action} completed successfully${partly}` })
}

/** heat/engine/resource.py, suspend and resume: from which states of a resource each may start. */
async function actOn(work: Work, action: 'SUSPEND' | 'RESUME' | 'CHECK'): Promise<void> {
  const { cloud, stack, resource } = work
  const type = typeNamed(resource.type)
  const state = `State ('${resource.action}', '${resource.status}') invalid for ${action.toLowerCase()}`
  const resumable =
    (resource.action === 'SUSPEND' && resource.status === 'COMPLETE') || (resource.action === 'RESUME' && resource.status !== 'IN_PROGRESS')
  const suspendable = resource.action === 'SUSPEND' ? true : resource.action !== 'DELETE' && resource.status === 'COMPLETE'
  const again = resource.action === action && resource.status === 'IN_PROGRESS'
  if (!again && ((action === 'SUSPEND' && !suspendable) || (action === 'RESUME' && !resumable))) throw new ResourceFailure('Error', state)
  setResource(cloud, stack, resource, { action, status: 'IN_PROGRESS' })
  if (action === 'SUSPEND') await type.suspend?.(work)
  else if (action === 'RESUME') await type.resume?.(work)
  else type.check?.(work)
  const unsupported = action === 'CHECK' && !type.check ? `CHECK not supported for ${resource.type}` : 'state changed'
  setResource(cloud, stack, resource, { action, status: 'COMPLETE', reason: unsupported })
}
