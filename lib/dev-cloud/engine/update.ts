import type { Cloud, Work } from '../cloud.ts'
import { ResourceFailure } from '../fault.ts'
import { newResource } from '../heat/grow.ts'
import type { Plan } from '../heat/plan.ts'
import { propertiesOf, scopeOf } from '../heat/stack-scope.ts'
import { typeOf } from '../heat/type-of.ts'
import { resolve } from '../hot/functions.ts'
import { sameJson } from '../json.ts'
import { atHome } from '../neutron/home-network.ts'
import type { Resource, Stack } from '../state.ts'
import { type Change, changeOf } from './change.ts'
import { createResource, noteDefinition, requirements } from './create.ts'
import { definitionOf } from './definition.ts'
import type { Errand } from './errand.ts'
import { spreadNames } from './names.ts'
import { failureText, setResource, setStack } from './records.ts'
import { needsOf, removeResource } from './remove.ts'

/**
 * Brings a stack to what its template says now: each resource as soon as those that it depends on are so; what was replaced or is
 * wanted no more is removed as soon as nothing needs it (heat/engine/stack.py, _compute_convg_dependencies). True when it failed.
 * `finish` is what else belongs to it, before it is complete.
 */
export async function runUpdate(errand: Errand, plan: Plan, finish?: () => Promise<void>): Promise<boolean> {
  const { cloud, outcome, action } = errand
  const { stack } = plan
  for (const resource of Object.values(stack.resources)) {
    if (resource.action !== 'INIT' && !plan.template.resources[resource.name]) setAside(cloud, stack, resource)
  }
  const steps = stepsOf(plan)
  const graph = new Map([...steps].map(([key, { needs }]) => [key, needs]))
  await spreadNames(cloud, stack)
  await outcome.walk(graph, (key) => {
    const { name, id } = steps.get(key) ?? {}
    return name === undefined ? removeResource(errand, stack, stack.leftovers?.[id ?? '']) : updateResource(errand, plan, name)
  })
  await spreadNames(cloud, stack)
  if (!outcome.ended()) await finish?.()
  if (outcome.ended()) return outcome.failed() && !outcome.halted()
  delete stack.leftovers
  delete stack.previous
  setStack(cloud, stack, { action, status: 'COMPLETE', reason: `Stack ${action} completed successfully` })
  return false
}

type Step = { name?: string; id?: string; needs: Set<string> }

/**
 * Every wanted resource is brought to its new form, every existing one is looked at in the end and removed if it is left over. That
 * waits for its successor and for the end of what was made with it.
 */
function stepsOf({ stack, graph }: Plan): Map<string, Step> {
  const toUpdate = (name: string) => `update ${name}`
  const toRemove = (id: string) => `remove ${id}`
  const steps = new Map<string, Step>()
  for (const [name, needs] of graph) steps.set(toUpdate(name), { name, needs: new Set([...needs].map(toUpdate)) })
  const existing = [...Object.values(stack.resources), ...Object.values(stack.leftovers ?? {})].filter(({ action }) => action !== 'INIT')
  const needs = needsOf(stack, new Map(existing.map((each) => [each.plannedId, each])))
  for (const { name, plannedId: id } of existing) {
    const users = [...needs].filter(([, used]) => used.has(id)).map(([user]) => toRemove(user))
    steps.set(toRemove(id), { id, needs: new Set([...(graph.has(name) ? [toUpdate(name)] : []), ...users]) })
  }
  return steps
}

/** Keeps a resource until everything else is done. */
function setAside(cloud: Cloud, stack: Stack, resource: Resource): void {
  const leftovers = stack.leftovers ?? {}
  stack.leftovers = leftovers
  leftovers[resource.plannedId] = resource
  delete stack.resources[resource.name]
  cloud.state.changed(stack)
}

async function updateResource(errand: Errand, plan: Plan, name: string): Promise<boolean> {
  const { cloud, outcome } = errand
  const { stack } = plan
  const definition = plan.template.resources[name]
  if (!definition) return true
  if (errand.action === 'ROLLBACK') takeBack(cloud, stack, name)
  const resource = stack.resources[name]
  if (!resource) stack.resources[name] = newResource(cloud, stack, name, definition)
  if (!resource || resource.action === 'INIT' || (resource.action === 'CREATE' && resource.status === 'IN_PROGRESS'))
    return createResource(errand, plan, name)
  let change: Change
  try {
    change = decide(errand, plan, resource)
  } catch (error) {
    return fail(errand, plan, { resource, error })
  }
  if (change.kind === 'none') {
    resource.requires = requirements(plan.graph, stack.resources, name)
    return true
  }
  if (change.kind === 'update') return changeInPlace(errand, plan, { resource, changed: change.changed })
  if (outcome.ended()) return false
  if (change.told) {
    setResource(cloud, stack, resource, { action: 'UPDATE', status: 'IN_PROGRESS' })
    setResource(cloud, stack, resource, { action: 'UPDATE', status: 'COMPLETE', reason: `The Resource ${name} requires replacement.` })
  }
  try {
    await typeOf(stack, resource).makeRoom?.({ cloud, stack, resource, properties: resource.properties })
  } catch (error) {
    return fail(errand, plan, { resource, error })
  }
  setAside(cloud, stack, resource)
  stack.resources[name] = newResource(cloud, stack, name, definition)
  return createResource(errand, plan, name)
}

/** What was set aside by the update that is now taken back stands in its place again (heat/engine/stack.py, _get_best_existing_rsrc_db). */
function takeBack(cloud: Cloud, stack: Stack, name: string): void {
  const old = Object.values(stack.leftovers ?? {}).find(
    (each) => each.name === name && each.action !== 'DELETE' && each.status === 'COMPLETE',
  )
  if (!old || !stack.leftovers || old.data.takenBack === true) return
  const current = stack.resources[name]
  if (current) {
    // What it is taken for must not be taken back itself when this is done again after a restart.
    current.data.takenBack = true
    setAside(cloud, stack, current)
  }
  delete stack.leftovers[old.plannedId]
  stack.resources[name] = old
}

function decide({ cloud }: Errand, { stack, template }: Plan, resource: Resource): Change {
  const { name } = resource
  const scope = scopeOf(cloud, stack, template, 'live')
  const typeName = template.resources[name]?.type ?? ''
  const before = { environment: stack.previous?.environment ?? stack.environment, files: stack.previous?.files ?? stack.files }
  const type = typeOf(stack, { type: typeName, name })
  return changeOf(stack, resource, {
    type,
    typeName,
    before: typeOf(before, resource),
    properties: atHome({ cloud, stack }, type, propertiesOf({ cloud, stack, template, scope }, name)),
    frameChanged: isFrameChanged(stack, name),
  })
}

/** Whether a definition differs in anything but type and properties. */
export function isFrameChanged(stack: Stack, name: string): boolean {
  if (!stack.previous) return false
  const [before, after] = [definitionOf(stack.previous, name), definitionOf(stack, name)]
  return ['metadata', 'deletion_policy', 'update_policy', 'depends_on'].some((key) => !sameJson(before[key] ?? null, after[key] ?? null))
}

async function changeInPlace(
  errand: Errand,
  plan: Plan,
  { resource, changed }: { resource: Resource; changed: string[] },
): Promise<boolean> {
  const { cloud, outcome, trouble } = errand
  const { stack, template, graph } = plan
  if (!(resource.action === 'UPDATE' && resource.status === 'IN_PROGRESS'))
    setResource(cloud, stack, resource, { action: 'UPDATE', status: 'IN_PROGRESS' })
  try {
    const scope = scopeOf(cloud, stack, template, 'live')
    const type = typeOf(stack, { type: template.resources[resource.name]?.type ?? '', name: resource.name })
    const properties = atHome({ cloud, stack }, type, propertiesOf({ cloud, stack, template, scope }, resource.name))
    trouble.strike(resource)
    const before = resource.properties
    const work: Work = { cloud, stack, resource, properties }
    const requires = requirements(graph, stack.resources, resource.name)
    noteDefinition(resource, {
      requires,
      definition: definitionOf(stack, resource.name),
      resolved: (value) => resolve(value, scope) ?? null,
    })
    if (type.nesting) {
      resource.type = template.resources[resource.name]?.type ?? resource.type
      await errand.nest.update(errand, work)
    } else if (changed.length > 0) await type.update?.(work, { before, changed }, outcome.signal)
    resource.properties = properties
  } catch (error) {
    if (outcome.halted() || outcome.why() === 'timeout') return false
    return fail(errand, plan, { resource, error })
  }
  if (outcome.why() === 'timeout' || outcome.why() === 'dead') return false
  setResource(cloud, stack, resource, { action: 'UPDATE', status: 'COMPLETE' })
  return true
}

function fail(errand: Errand, { stack }: Plan, { resource, error }: { resource: Resource; error: unknown }): false {
  const { cloud, outcome, action } = errand
  const cancelled = error instanceof ResourceFailure && error.kind === 'Cancelled'
  const reason = cancelled ? 'UPDATE aborted (user triggered cancel)' : failureText(error, resource)
  setResource(cloud, stack, resource, { action: 'UPDATE', status: 'FAILED', reason })
  if (!outcome.fail()) return false
  if (!stack.disableRollback) outcome.cancel('failed')
  setStack(cloud, stack, { action, status: 'FAILED', reason: `Resource UPDATE failed: ${reason}` })
  return false
}
