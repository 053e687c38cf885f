import type { Cloud } from '../cloud.ts'
import type { Plan } from '../heat/plan.ts'
import { typeOf } from '../heat/type-of.ts'
import { familyOf, type Resource, type Snapshot, type Stack } from '../state.ts'
import type { Errand } from './errand.ts'
import { exported } from './exported.ts'
import { failureText, setResource, setStack } from './records.ts'

/**
 * Keeps the disks of the stack's machines, nested ones too, and what the stack is made of. Heat itself would keep an image of each server
 * of the stack, and none of those nested in it (heat/engine/stack.py, snapshot).
 */
export async function runSnapshot(errand: Errand, plan: Plan, snapshot: Snapshot): Promise<void> {
  const { cloud, outcome } = errand
  const { stack, graph } = plan
  await outcome.walk(graph, async (name) => {
    const resource = stack.resources[name]
    if (!resource) return true
    setResource(cloud, stack, resource, { action: 'SNAPSHOT', status: 'IN_PROGRESS' })
    try {
      errand.trouble.strike(resource)
      refuseWhatCannotBeKept(cloud, stack, resource)
      for (const id of machinesUnder(stack, resource)) {
        await cloud.driver.snapshotServer(id, snapshot.id)
        if (!snapshot.serverIds.includes(id)) snapshot.serverIds.push(id)
      }
    } catch (error) {
      if (outcome.halted()) return false
      const reason = failureText(error, resource)
      setResource(cloud, stack, resource, { action: 'SNAPSHOT', status: 'FAILED', reason })
      if (outcome.fail()) finish(cloud, stack, { snapshot, status: 'FAILED', reason: `Resource SNAPSHOT failed: ${reason}` })
      return false
    }
    if (outcome.halted()) return false
    setResource(cloud, stack, resource, { action: 'SNAPSHOT', status: 'COMPLETE' })
    return true
  })
  if (outcome.ended()) {
    if (outcome.why() === 'timeout') Object.assign(snapshot, { status: 'FAILED', reason: 'Snapshot timed out' })
    return
  }
  snapshot.data = { ...exported(cloud, stack), action: 'SNAPSHOT', status: 'COMPLETE' }
  finish(cloud, stack, { snapshot, status: 'COMPLETE', reason: 'Stack SNAPSHOT completed successfully' })
}

function finish(cloud: Cloud, stack: Stack, to: { snapshot: Snapshot; status: 'COMPLETE' | 'FAILED'; reason: string }): void {
  const { snapshot, status, reason } = to
  Object.assign(snapshot, { status, reason })
  setStack(cloud, stack, { action: 'SNAPSHOT', status, reason })
}

/** Throws where a resource, or one that is nested in it, cannot be kept. */
function refuseWhatCannotBeKept(cloud: Cloud, stack: Stack, resource: Resource): void {
  const child = familyOf(stack).find(({ id }) => id === resource.plannedId)
  if (child) for (const inner of Object.values(child.resources)) refuseWhatCannotBeKept(cloud, child, inner)
  else typeOf(stack, resource).snapshot?.({ cloud, stack, resource, properties: resource.properties })
}

/** The machine that a resource is, or those nested in it. */
function machinesUnder(stack: Stack, resource: Resource): string[] {
  if (stack.things.servers[resource.plannedId]) return [resource.plannedId]
  const child = familyOf(stack).find(({ id }) => id === resource.plannedId)
  return child ? Object.values(child.resources).flatMap((inner) => machinesUnder(child, inner)) : []
}

/** Machines that were there when the snapshot was made get their disks of then; what ran in them is gone. */
export async function putBackDisks(errand: Errand, stack: Stack): Promise<void> {
  const { cloud, outcome } = errand
  const snapshot = stack.snapshots?.[stack.restoring ?? '']
  for (const resource of Object.values(stack.resources)) {
    const kept = machinesUnder(stack, resource).filter((id) => snapshot?.serverIds.includes(id))
    if (!snapshot || kept.length === 0) continue
    setResource(cloud, stack, resource, { action: 'UPDATE', status: 'IN_PROGRESS' })
    try {
      for (const id of kept) await cloud.driver.restoreServer(id, snapshot.id)
    } catch (error) {
      const reason = failureText(error, resource)
      setResource(cloud, stack, resource, { action: 'UPDATE', status: 'FAILED', reason })
      if (outcome.fail()) setStack(cloud, stack, { action: 'RESTORE', status: 'FAILED', reason: `Resource UPDATE failed: ${reason}` })
      return
    }
    setResource(cloud, stack, resource, { action: 'UPDATE', status: 'COMPLETE' })
  }
  delete stack.restoring
}

/** heat/engine/stack.py, delete_all_snapshots */
export async function dropSnapshots(cloud: Cloud, stack: Stack): Promise<void> {
  for (const { id } of Object.values(stack.snapshots ?? {})) await cloud.driver.deleteSnapshot(id)
  delete stack.snapshots
}
