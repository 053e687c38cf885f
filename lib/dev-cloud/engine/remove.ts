import type { Cloud } from '../cloud.ts'
import { planOf } from '../heat/plan.ts'
import { typeOf } from '../heat/type-of.ts'
import { pythonText } from '../json.ts'
import { leaveHome } from '../neutron/home-network.ts'
import { type Resource, rootOf, type Stack } from '../state.ts'
import type { Errand } from './errand.ts'
import { failureText, setResource, setStack } from './records.ts'
import { reversed } from './run.ts'

/** Removes every resource as soon as those that depend on it are gone, and with a root its network. */
export async function runRemove(errand: Errand, stack: Stack): Promise<void> {
  const { cloud, outcome, action } = errand
  const all = new Map([...Object.values(stack.resources), ...Object.values(stack.leftovers ?? {})].map((each) => [each.plannedId, each]))
  await outcome.walk(reversed(needsOf(stack, all)), (id) => removeResource(errand, stack, all.get(id)))
  if (outcome.ended()) return
  if (!stack.parent) {
    if (!stack.retains) leaveHome(stack)
    if (!(await removeSpace(errand, stack))) return
  }
  stack.deletedAt = action === 'DELETE' ? cloud.now().getTime() : null
  setStack(cloud, stack, { action, status: 'COMPLETE', reason: `Stack ${action} completed successfully` })
}

/** What each resource was made with, by planned id; what was only planned has nothing. */
export function needsOf(stack: Stack, all: Map<string, Resource>): Map<string, Set<string>> {
  const { graph } = planOf(stack)
  return new Map(
    [...all.values()].map(({ plannedId, name, requires }) => {
      const needs = requires ?? [...(graph.get(name) ?? [])].flatMap((other) => stack.resources[other]?.plannedId ?? [])
      return [plannedId, new Set(needs.filter((id) => all.has(id)))]
    }),
  )
}

/** A network in which something was left on purpose stays. */
async function removeSpace({ cloud, action }: Errand, stack: Stack): Promise<boolean> {
  if (stack.retains) return true
  try {
    await cloud.driver.deleteSpace(stack.id)
  } catch (error) {
    const reason = `Resource DELETE failed: Error: ${error instanceof Error ? error.message : String(error)}`
    setStack(cloud, stack, { action, status: 'FAILED', reason })
    return false
  }
  cloud.spaces.delete(stack.id)
  return true
}

/** Removes one resource, whether the template still has it or not; false when that failed or was given up. */
export async function removeResource(errand: Errand, stack: Stack, resource: Resource | undefined): Promise<boolean> {
  const { cloud, outcome, trouble } = errand
  if (!resource) return true
  if (resource.action !== 'INIT') {
    if (!(resource.action === 'DELETE' && resource.status === 'IN_PROGRESS'))
      setResource(cloud, stack, resource, { action: 'DELETE', status: 'IN_PROGRESS' })
    try {
      trouble.strike(resource)
      if (!isKept(resource)) await removeThing(errand, stack, resource)
      else if (resource.data.external !== true) rootOf(stack).retains = true
    } catch (error) {
      if (outcome.halted()) return false
      const reason = failureText(error, resource)
      setResource(cloud, stack, resource, { action: 'DELETE', status: 'FAILED', reason })
      if (outcome.fail()) setStack(cloud, stack, { action: errand.action, status: 'FAILED', reason: `Resource DELETE failed: ${reason}` })
      return false
    }
    if (outcome.why() === 'dead') return false
    setResource(cloud, stack, resource, { action: 'DELETE', status: 'COMPLETE' })
  }
  forget(cloud, stack, resource)
  return true
}

/** heat/engine/resource.py, delete: what is to be retained, and what the stack did not make, is left alone. */
function isKept({ data }: Resource): boolean {
  return data.external === true || pythonText(data.deletionPolicy).toLowerCase() === 'retain' || data.abandoned === true
}

async function removeThing(errand: Errand, stack: Stack, resource: Resource): Promise<void> {
  const work = { cloud: errand.cloud, stack, resource, properties: resource.properties }
  const type = typeOf(stack, resource)
  if (type.nesting) await errand.nest.remove(errand, work)
  else await type.remove(work)
}

function forget(cloud: Cloud, stack: Stack, resource: Resource): void {
  const planned = rootOf(stack).nested?.[resource.plannedId]
  if (planned?.action === 'INIT') forgetPlanned(stack, planned)
  if (stack.leftovers) delete stack.leftovers[resource.plannedId]
  if (stack.resources[resource.name] === resource) delete stack.resources[resource.name]
  cloud.state.changed(stack)
}

function forgetPlanned(stack: Stack, child: Stack): void {
  const { nested = {} } = rootOf(stack)
  delete nested[child.id]
  for (const { plannedId } of Object.values(child.resources)) {
    const inner = nested[plannedId]
    if (inner) forgetPlanned(stack, inner)
  }
}
