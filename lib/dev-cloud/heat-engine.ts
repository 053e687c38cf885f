import { type Cloud, ensureSpace, type Work } from './cloud.ts'
import { runAction } from './engine-actions.ts'
import { failureText, setResource, setStack } from './engine-records.ts'
import { type Outcome, reversed, startRun } from './engine-run.ts'
import { ResourceFailure } from './fault.ts'
import { type Plan, replan } from './heat-plan.ts'
import { typeNamed } from './resources/catalog.ts'
import { propertiesOf, scopeOf } from './stack-scope.ts'
import type { Action, Stack } from './state.ts'

/** Works on stacks in the background; every method returns at once. */
export type Engine = {
  create(plan: Plan): void
  remove(stack: Stack): void
  act(stack: Stack, action: 'SUSPEND' | 'RESUME' | 'CHECK'): void
  planOf(stack: Stack): Plan
  /** Takes up all that was under way when the process ended, and puts the machines back as they were. */
  recover(): Promise<void>
  /** Stops working, wherever it is, and leaves the records such that `recover` goes on there. */
  close(): Promise<void>
}

type Running = { outcome: Outcome; done: Promise<void> }

const defaultTimeoutMins = 60
const keptDeletedStacks = 200

export function createEngine(cloud: Cloud): Engine {
  const plans = new Map<string, Plan>()
  const running = new Map<string, Set<Running>>()
  let closed = false

  const planOf = (stack: Stack) => {
    const plan = plans.get(stack.id) ?? replan(stack)
    plans.set(stack.id, plan)
    return plan
  }
  /** Begins a run and remembers it until it ends. */
  const begin = (stack: Stack, run: (outcome: Outcome) => Promise<void>) => {
    const outcome = startRun()
    const done = run(outcome).catch((error: unknown) => {
      cloud.log(`stack ${stack.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    })
    const entry = { outcome, done }
    const all = running.get(stack.id) ?? new Set<Running>()
    running.set(stack.id, all.add(entry))
    void done.then(() => all.delete(entry))
  }
  const halt = async (stack: Stack) => {
    const all = [...(running.get(stack.id) ?? [])]
    for (const { outcome } of all) outcome.cancel('delete')
    await Promise.all(all.map(({ done }) => done))
  }
  const remove = (stack: Stack, action: 'DELETE' | 'ROLLBACK') => {
    const stopping = halt(stack)
    // Taken up again after a restart, it has been announced already.
    if (stack.action !== action || stack.status !== 'IN_PROGRESS')
      setStack(cloud, stack, { action, status: 'IN_PROGRESS', reason: `Stack ${action} started` })
    stack.updatedAt = cloud.now().getTime()
    begin(stack, async (outcome) => {
      await stopping
      await runRemove(cloud, planOf(stack), { outcome, action })
      if (isGone(stack)) {
        plans.delete(stack.id)
        forgetOldest(cloud)
      }
    })
  }
  const create = (plan: Plan) => {
    const { stack } = plan
    plans.set(stack.id, plan)
    begin(stack, async (outcome) => {
      const failed = await runCreate(cloud, plan, outcome)
      // Deferred so that this run counts as ended when the rollback waits for what still runs.
      if (failed && !stack.disableRollback) setImmediate(() => !closed && stack.action === 'CREATE' && remove(stack, 'ROLLBACK'))
    })
  }
  const act = (stack: Stack, action: 'SUSPEND' | 'RESUME' | 'CHECK') => {
    // heat/engine/stack.py: a stack that is already so is left alone.
    if (action !== 'CHECK' && stack.action === action && stack.status === 'COMPLETE') return
    setStack(cloud, stack, { action, status: 'IN_PROGRESS', reason: `Stack ${action} started` })
    begin(stack, (outcome) => runAction(cloud, planOf(stack), { outcome, action }))
  }
  return {
    create(plan) {
      setStack(cloud, plan.stack, { action: 'CREATE', status: 'IN_PROGRESS', reason: 'Stack CREATE started' })
      create(plan)
    },
    remove(stack) {
      if (stack.action === 'DELETE' && stack.status !== 'FAILED') return
      remove(stack, 'DELETE')
    },
    act,
    planOf,
    async recover() {
      await Promise.all([...cloud.state.stacks.values()].filter((stack) => !isGone(stack)).map((stack) => restore(cloud, stack)))
      for (const stack of cloud.state.stacks.values()) {
        if (closed || stack.status !== 'IN_PROGRESS') continue
        const { action } = stack
        if (action === 'CREATE') create(planOf(stack))
        else if (action === 'DELETE' || action === 'ROLLBACK') remove(stack, action)
        else if (action !== 'INIT') begin(stack, (outcome) => runAction(cloud, planOf(stack), { outcome, action }))
      }
    },
    async close() {
      closed = true
      const all = [...running.values()].flatMap((entries) => [...entries])
      for (const { outcome } of all) outcome.cancel('close')
      await Promise.all(all.map(({ done }) => done))
    },
  }
}

const isGone = (stack: Stack) => stack.action === 'DELETE' && stack.status === 'COMPLETE'

/** Makes every resource as soon as those that it depends on are complete. True when the stack failed. */
async function runCreate(cloud: Cloud, plan: Plan, outcome: Outcome): Promise<boolean> {
  const { stack, graph } = plan
  const limitMs = (stack.timeoutMins ?? defaultTimeoutMins) * 60_000
  const clear = cloud.setTimer(Math.max(0, stack.actionSince + limitMs - cloud.now().getTime()), () => timeOut(cloud, stack, outcome))
  if (Object.values(stack.resources).some(({ type }) => type === 'OS::Neutron::Net')) ensureSpace(cloud, stack).catch(() => undefined)
  await outcome.walk(graph, (name) => createResource(cloud, plan, { name, outcome }))
  clear()
  if (outcome.ended()) return outcome.failed() && outcome.why() !== 'close'
  setStack(cloud, stack, { action: 'CREATE', status: 'COMPLETE', reason: 'Stack CREATE completed successfully' })
  return false
}

/** Recording heat-events-failed-stack-timeout-200: what is under way is aborted, the stack's reason is short. */
function timeOut(cloud: Cloud, stack: Stack, outcome: Outcome): void {
  const already = outcome.ended()
  outcome.cancel('timeout')
  for (const resource of Object.values(stack.resources)) {
    if (resource.action !== 'CREATE' || resource.status !== 'IN_PROGRESS') continue
    const kind =
      { 'OS::Heat::WaitCondition': 'HeatWaitCondition', 'OS::Nova::Server': 'Server' }[resource.type] ?? resource.type.split('::')[2]
    const reason = `CREATE aborted (Task create from ${kind} "${resource.name}" Stack "${stack.name}" [${stack.id}] Timed out)`
    setResource(cloud, stack, resource, { action: 'CREATE', status: 'FAILED', reason })
  }
  if (!already) setStack(cloud, stack, { action: 'CREATE', status: 'FAILED', reason: 'Timed out' })
}

async function createResource(cloud: Cloud, plan: Plan, step: { name: string; outcome: Outcome }): Promise<boolean> {
  const { stack, template } = plan
  const resource = stack.resources[step.name]
  if (!resource || (resource.action !== 'INIT' && resource.status === 'COMPLETE')) return true
  // A step that was cut short by the end of the process is done again, without a second event.
  if (resource.action === 'INIT') setResource(cloud, stack, resource, { action: 'CREATE', status: 'IN_PROGRESS' })
  try {
    resource.properties = propertiesOf({ cloud, stack, template, scope: scopeOf(cloud, stack, template, 'live') }, step.name)
    const work: Work = { cloud, stack, resource, properties: resource.properties }
    await typeNamed(resource.type).create(work, step.outcome.signal)
  } catch (error) {
    if (step.outcome.why() === 'close' || step.outcome.why() === 'timeout') return false
    const cancelled = error instanceof ResourceFailure && error.kind === 'Cancelled'
    const reason = cancelled ? 'CREATE aborted (user triggered cancel)' : failureText(error, resource)
    setResource(cloud, stack, resource, { action: 'CREATE', status: 'FAILED', reason })
    const first = step.outcome.fail()
    // A rollback does not wait for what can no longer matter.
    if (first && !stack.disableRollback) step.outcome.cancel('failed')
    if (first) setStack(cloud, stack, { action: 'CREATE', status: 'FAILED', reason: `Resource CREATE failed: ${reason}` })
    return false
  }
  if (step.outcome.why() === 'timeout') return false
  setResource(cloud, stack, resource, { action: 'CREATE', status: 'COMPLETE' })
  return true
}

/** Removes every resource as soon as those that depend on it are gone. */
async function runRemove(cloud: Cloud, plan: Plan, options: { outcome: Outcome; action: 'DELETE' | 'ROLLBACK' }): Promise<void> {
  const { stack, graph } = plan
  const { outcome, action } = options
  const remaining = new Map([...reversed(graph)].filter(([name]) => stack.resources[name]))
  await outcome.walk(remaining, (name) => removeResource(cloud, stack, { name, outcome, action }))
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

async function removeResource(cloud: Cloud, stack: Stack, step: { name: string; outcome: Outcome; action: Action }): Promise<boolean> {
  const resource = stack.resources[step.name]
  if (!resource) return true
  if (resource.action !== 'INIT') {
    if (!(resource.action === 'DELETE' && resource.status === 'IN_PROGRESS'))
      setResource(cloud, stack, resource, { action: 'DELETE', status: 'IN_PROGRESS' })
    try {
      await typeNamed(resource.type).remove({ cloud, stack, resource, properties: resource.properties })
    } catch (error) {
      if (step.outcome.why() === 'close') return false
      const reason = failureText(error, resource)
      setResource(cloud, stack, resource, { action: 'DELETE', status: 'FAILED', reason })
      if (step.outcome.fail())
        setStack(cloud, stack, { action: step.action, status: 'FAILED', reason: `Resource DELETE failed: ${reason}` })
      return false
    }
    setResource(cloud, stack, resource, { action: 'DELETE', status: 'COMPLETE' })
  }
  delete stack.resources[step.name]
  cloud.state.changed(stack)
  return true
}

/** Puts a stack's space, networks and machines back as the records say, as far as the driver does not still have them. */
async function restore(cloud: Cloud, stack: Stack): Promise<void> {
  const { subnets, servers } = stack.things
  if (Object.keys(subnets).length === 0 && Object.keys(servers).length === 0) return
  try {
    if (stack.action === 'CREATE' && stack.status === 'IN_PROGRESS') await startOver(cloud, stack)
    await ensureSpace(cloud, stack)
    await Promise.all(
      Object.values(subnets).map(({ id, cidr, gateway, pools }) =>
        cloud.driver.createNetwork(stack.id, { id, cidr, gateway: gateway ?? pools[0]?.start ?? '' }),
      ),
    )
    await Promise.all(
      Object.values(servers)
        .filter((server) => server.status === 'ACTIVE')
        .map((server) => cloud.driver.createServer(server.spec)),
    )
  } catch (error) {
    cloud.log(`stack ${stack.name}: its machines are not back: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/**
 * A machine that came up while nobody listened has spoken its one signal into the void. Nobody uses a stack that is still being
 * created, so its machines are made anew and everything they said is forgotten: they will say it again.
 */
async function startOver(cloud: Cloud, stack: Stack): Promise<void> {
  for (const { data } of Object.values(stack.resources)) delete data.signals
  await Promise.all(Object.keys(stack.things.servers).map((id) => cloud.driver.deleteServer(id)))
}

/** Deleted stacks stay visible for a while, as in Heat; only so many. */
function forgetOldest(cloud: Cloud): void {
  const gone = [...cloud.state.stacks.values()].filter(isGone).sort((a, b) => (b.deletedAt ?? 0) - (a.deletedAt ?? 0))
  for (const stack of gone.slice(keptDeletedStacks)) cloud.state.forget(stack)
}
