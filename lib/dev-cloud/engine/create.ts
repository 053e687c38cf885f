import { ensureSpace, type Work } from '../cloud.ts'
import { ResourceFailure } from '../fault.ts'
import type { Plan } from '../heat/plan.ts'
import { propertiesOf, scopeOf } from '../heat/stack-scope.ts'
import { typeOf } from '../heat/type-of.ts'
import { resolve } from '../hot/functions.ts'
import { type Json, type JsonMap, pythonText } from '../json.ts'
import { atHome } from '../neutron/home-network.ts'
import { familyOf, type Resource } from '../state.ts'
import { definitionOf } from './definition.ts'
import type { Errand } from './errand.ts'
import { spreadNames } from './names.ts'
import { failureText, setResource, setStack } from './records.ts'

/** Makes every resource as soon as those that it depends on are complete. True when the stack failed. */
export async function runCreate(errand: Errand, plan: Plan): Promise<boolean> {
  const { cloud, outcome, action } = errand
  const { stack, graph } = plan
  if (familyOf(stack).some(({ resources }) => Object.values(resources).some(({ type }) => type === 'OS::Neutron::Net')))
    ensureSpace(cloud, stack).catch(() => undefined)
  await outcome.walk(graph, (name) => createResource(errand, plan, name))
  if (!stack.parent && !outcome.ended()) await spreadNames(cloud, stack)
  if (outcome.ended()) return outcome.failed() && !outcome.halted()
  setStack(cloud, stack, { action, status: 'COMPLETE', reason: `Stack ${action} completed successfully` })
  return false
}

/** Makes one resource; false when that failed or was given up. */
export async function createResource(errand: Errand, plan: Plan, name: string): Promise<boolean> {
  const { cloud, outcome, trouble } = errand
  const { stack } = plan
  const resource = stack.resources[name]
  if (!resource || (resource.action !== 'INIT' && resource.status === 'COMPLETE')) return true
  // A step that was cut short by the end of the process is done again, without a second event.
  const external = definitionOf(stack, name).external_id
  const action = external === undefined ? 'CREATE' : 'ADOPT'
  if (resource.action === 'INIT') setResource(cloud, stack, resource, { action, status: 'IN_PROGRESS' })
  try {
    const work = prepare(errand, plan, resource)
    trouble.strike(resource)
    if (external !== undefined) adopt(errand, plan, { resource, external })
    else if (typeOf(stack, resource).nesting) await errand.nest.create(errand, work)
    else await typeOf(stack, resource).create(work, outcome.signal)
  } catch (error) {
    if (outcome.halted() || outcome.why() === 'timeout') return false
    fail(errand, plan, { resource, error })
    return false
  }
  if (outcome.why() === 'timeout' || outcome.why() === 'dead') return false
  if (resource.action === 'CREATE') setResource(cloud, stack, resource, { action: 'CREATE', status: 'COMPLETE' })
  return true
}

/** Notes what the resource is made of and made with, as it is known now. */
export function prepare({ cloud }: Errand, { stack, template, graph }: Plan, resource: Resource): Work {
  const scope = scopeOf(cloud, stack, template, 'live')
  resource.properties = atHome({ cloud, stack }, typeOf(stack, resource), propertiesOf({ cloud, stack, template, scope }, resource.name))
  noteDefinition(resource, {
    requires: requirements(graph, stack.resources, resource.name),
    definition: definitionOf(stack, resource.name),
    resolved: (value) => resolve(value, scope) ?? null,
  })
  return { cloud, stack, resource, properties: resource.properties }
}

/** What is remembered of a definition beside its properties. */
export function noteDefinition(
  resource: Resource,
  known: { requires: string[]; definition: JsonMap; resolved: (value: Json) => Json },
): void {
  const { requires, definition, resolved } = known
  resource.requires = requires
  resource.metadata = resolved(definition.metadata ?? {})
  if (definition.update_policy === undefined) delete resource.data.updatePolicy
  else resource.data.updatePolicy = resolved(definition.update_policy)
  if (definition.deletion_policy === undefined) delete resource.data.deletionPolicy
  else resource.data.deletionPolicy = resolved(definition.deletion_policy)
}

export function requirements(graph: Map<string, Set<string>>, resources: Record<string, Resource>, name: string): string[] {
  return [...(graph.get(name) ?? [])].flatMap((other) => resources[other]?.plannedId ?? [])
}

/** A thing that exists already is only looked at, and stays when the stack goes (heat/engine/resource.py, external_id). */
function adopt({ cloud }: Errand, { stack, template }: Plan, { resource, external }: { resource: Resource; external: Json }): void {
  const id = pythonText(resolve(external, scopeOf(cloud, stack, template, 'live')) ?? null)
  Object.assign(resource, { plannedId: id, physicalId: id })
  resource.data.external = true
  setResource(cloud, stack, resource, { action: 'ADOPT', status: 'COMPLETE' })
  const { check } = typeOf(stack, resource)
  check?.({ cloud, stack, resource, properties: resource.properties })
  const reason = check ? 'state changed' : `CHECK not supported for ${resource.type}`
  setResource(cloud, stack, resource, { action: 'CHECK', status: 'COMPLETE', reason })
}

/** Writes down why a resource could not be made, and of the stack that it failed if that is the first thing to go wrong. */
function fail(errand: Errand, { stack }: Plan, { resource, error }: { resource: Resource; error: unknown }): void {
  const { cloud, outcome } = errand
  const cancelled = error instanceof ResourceFailure && error.kind === 'Cancelled'
  const reason = cancelled ? 'CREATE aborted (user triggered cancel)' : failureText(error, resource)
  setResource(cloud, stack, resource, { action: 'CREATE', status: 'FAILED', reason })
  const first = outcome.fail()
  // A rollback does not wait for what can no longer matter.
  if (first && !stack.disableRollback) outcome.cancel('failed')
  if (first) setStack(cloud, stack, { action: errand.action, status: 'FAILED', reason: `Resource CREATE failed: ${reason}` })
}
