import type { ChildStep, Work } from '../cloud.ts'
import { pause } from '../control/trouble.ts'
import { Fault } from '../fault.ts'
import { growChild, planFamily } from '../heat/grow.ts'
import { planOf } from '../heat/plan.ts'
import { typeOf } from '../heat/type-of.ts'
import { childOf, isGone, type Resource, rootOf, type Stack } from '../state.ts'
import { runAction } from './actions.ts'
import { runCreate } from './create.ts'
import type { Errand, Nest } from './errand.ts'
import { announceUpdate, formOf } from './form.ts'
import { NestedFailure, setStack } from './records.ts'
import { runRemove } from './remove.ts'
import { runUpdate } from './update.ts'

/** How many deleted stacks of one root stay visible. */
const keptNested = 100

/** What is done to a resource that is a stack is done to that stack (heat/engine/resources/stack_resource.py). */
export const nest: Nest = { create, update, act, remove }

const inside = (errand: Errand, action: Errand['action']): Errand => ({ ...errand, action, outcome: errand.outcome.below() })

async function create(errand: Errand, work: Work): Promise<void> {
  const { stack, resource } = work
  const known = childOf(stack, resource)
  if (known?.action === 'UPDATE') return update(errand, work)
  const child = known && known.action !== 'INIT' ? known : grown(work, 'CREATE')
  if (child.action === 'INIT') begin(errand, work, child)
  if (child.status === 'IN_PROGRESS') await runCreate(inside(errand, 'CREATE'), planOf(child))
  settle(errand, child, 'CREATE')
  if (resource.data.batched === true) await update(errand, work)
}

/** What cannot be so is told without the kind of the refusal, as it comes to Heat from another of its engines. */
function grown({ cloud, stack, resource, properties }: Work, action: Errand['action']): Stack {
  try {
    return growChild(cloud, stack, { resource, properties, view: 'live' })
  } catch (error) {
    throw error instanceof Fault && error.type === 'RequestLimitExceeded' ? new NestedFailure(error.message, action) : error
  }
}

/** From here on the world knows of it. Where members are to be made so many at a time, the first of them are made now. */
function begin({ cloud }: Errand, work: Work, child: Stack): void {
  const { stack, resource } = work
  planFamily(cloud, child, planOf(child).template)
  const [first] = stepsOf(work, [], false)
  if (first) {
    child.template = first.template
    resource.data.batched = true
  }
  child.createdAt = cloud.now().getTime()
  resource.physicalId = child.id
  setStack(cloud, child, { action: 'CREATE', status: 'IN_PROGRESS', reason: 'Stack CREATE started' })
  cloud.state.changed(stack)
}

async function update(errand: Errand, work: Work): Promise<void> {
  const { cloud } = errand
  const { stack, resource } = work
  const child = childOf(stack, resource)
  if (!child || isGone(child)) throw new NestedFailure(`The Stack (${resource.physicalName}) could not be found.`, 'UPDATE')
  const isUnderWay = child.action === 'UPDATE' && child.status === 'IN_PROGRESS'
  const before = isUnderWay && child.previous ? child.previous : formOf(child)
  const made = Object.values(child.resources).filter(({ action }) => action !== 'INIT')
  const steps = isUnderWay ? [] : stepsOf(work, made, resource.data.batched !== true)
  for (const step of steps) await takeStep(errand, child, step)
  grown(work, 'UPDATE')
  child.previous = before
  if (!isUnderWay) {
    child.updatedAt = cloud.now().getTime()
    announceUpdate(cloud, child, 'UPDATE')
  }
  await runUpdate(inside(errand, 'UPDATE'), planOf(child))
  settle(errand, child, 'UPDATE')
  delete resource.data.batched
}

/** All steps of a change but the last, which is the whole of it. */
function stepsOf(work: Work, made: Resource[], again: boolean): ChildStep[] {
  return (typeOf(work.stack, work.resource).nesting?.steps?.(work, made, again) ?? []).slice(0, -1)
}

async function takeStep(errand: Errand, child: Stack, step: ChildStep): Promise<void> {
  const { cloud } = errand
  child.previous = formOf(child)
  child.template = step.template
  setStack(cloud, child, { action: 'UPDATE', status: 'IN_PROGRESS', reason: 'Stack UPDATE started' })
  await runUpdate(inside(errand, 'UPDATE'), planOf(child))
  settle(errand, child, 'UPDATE')
  await pause(cloud, step.pauseMs, errand.outcome.signal)
}

async function act(errand: Errand, work: Work, { action, takenUp }: Parameters<Nest['act']>[2]): Promise<void> {
  const child = childOf(work.stack, work.resource)
  if (!child || isGone(child)) throw new NestedFailure(`The Stack (${work.resource.physicalName}) could not be found.`, action)
  if (action !== 'CHECK' && child.action === action && child.status === 'COMPLETE') return
  const again = takenUp && child.action === action && child.status === 'IN_PROGRESS'
  if (!again) setStack(errand.cloud, child, { action, status: 'IN_PROGRESS', reason: `Stack ${action} started` })
  await runAction(inside(errand, action), planOf(child), { action, takenUp: again })
  settle(errand, child, action)
}

async function remove(errand: Errand, work: Work): Promise<void> {
  const { cloud } = errand
  const child = childOf(work.stack, work.resource)
  if (!child || child.action === 'INIT' || isGone(child)) return
  if (!(child.action === 'DELETE' && child.status === 'IN_PROGRESS'))
    setStack(cloud, child, { action: 'DELETE', status: 'IN_PROGRESS', reason: 'Stack DELETE started' })
  await runRemove(inside(errand, 'DELETE'), child)
  settle(errand, child, 'DELETE')
  forgetOldest(child)
}

/** Throws unless the nested stack is where it was to go; where it was given up, its record says so. */
function settle({ cloud, outcome }: Errand, child: Stack, action: Errand['action']): void {
  if (child.status === 'IN_PROGRESS') {
    if (outcome.halted() || outcome.why() === 'timeout') throw new NestedFailure(`Stack ${action} cancelled`, action)
    setStack(cloud, child, { action, status: 'FAILED', reason: `Stack ${action} cancelled` })
  }
  if (child.status === 'FAILED') throw new NestedFailure(child.reason, action)
}

function forgetOldest(child: Stack): void {
  const { nested = {} } = rootOf(child)
  const gone = Object.values(nested).filter(isGone)
  for (const { id } of gone.slice(0, Math.max(0, gone.length - keptNested))) delete nested[id]
}
