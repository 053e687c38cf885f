import type { Cloud } from '../cloud.ts'
import { type Plan, replan } from '../heat/plan.ts'
import type { Stack } from '../state.ts'
import { runAction, type StackAction } from './actions.ts'
import { runCreate } from './create.ts'
import { setStack } from './records.ts'
import { runRemove } from './remove.ts'
import { restore } from './restore.ts'
import { type Outcome, startRun } from './run.ts'

/** Works on stacks in the background; every method returns at once. */
export type Engine = {
  create(plan: Plan): void
  remove(stack: Stack): void
  act(stack: Stack, action: StackAction): void
  /** Whether an action that excludes others is under way: one that nobody works on any more excludes nothing (heat/engine/stack_lock.py). */
  busy(stack: Stack): boolean
  planOf(stack: Stack): Plan
  /** Takes up all that was under way when the process ended, and puts the machines back as they were. */
  recover(): Promise<void>
  /** As if Heat's engine were killed, or started again: what was under way stays as it is, for good (openstack/README.md, fact 13). */
  setAlive(alive: boolean): void
  /** Stops working, wherever it is, and leaves the records such that `recover` goes on there. */
  close(): Promise<void>
}

type Running = { outcome: Outcome; done: Promise<void> }

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
    delete stack.orphan
    const done = run(outcome).catch((error: unknown) => {
      cloud.log(`stack ${stack.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    })
    const entry = { outcome, done }
    const all = running.get(stack.id) ?? new Set<Running>()
    running.set(stack.id, all.add(entry))
    void done.then(() => all.delete(entry))
  }
  const isLive = (stack: Stack) =>
    stack.status === 'IN_PROGRESS' && [...(running.get(stack.id) ?? [])].some(({ outcome }) => outcome.why() !== 'dead')
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
  const act = (stack: Stack, action: StackAction) => {
    // heat/engine/stack.py: a stack that is already so is left alone.
    if (action !== 'CHECK' && stack.action === action && stack.status === 'COMPLETE') return
    setStack(cloud, stack, { action, status: 'IN_PROGRESS', reason: `Stack ${action} started` })
    begin(stack, (outcome) => runAction(cloud, planOf(stack), { outcome, action, takenUp: false }))
  }
  return {
    create(plan) {
      setStack(cloud, plan.stack, { action: 'CREATE', status: 'IN_PROGRESS', reason: 'Stack CREATE started' })
      create(plan)
    },
    remove(stack) {
      if (stack.action === 'DELETE' && (stack.status === 'COMPLETE' || isLive(stack))) return
      remove(stack, 'DELETE')
    },
    act,
    planOf,
    async recover() {
      await Promise.all([...cloud.state.stacks.values()].filter((stack) => !isGone(stack)).map((stack) => restore(cloud, stack)))
      for (const stack of cloud.state.stacks.values()) {
        if (closed || stack.orphan || stack.status !== 'IN_PROGRESS') continue
        const { action } = stack
        if (action === 'CREATE') create(planOf(stack))
        else if (action === 'DELETE' || action === 'ROLLBACK') remove(stack, action)
        else if (action !== 'INIT') begin(stack, (outcome) => runAction(cloud, planOf(stack), { outcome, action, takenUp: true }))
      }
    },
    busy: (stack) => stack.status === 'IN_PROGRESS' && stack.action !== 'CREATE' && isLive(stack),
    setAlive(alive) {
      if (alive) return
      for (const [id, all] of running) {
        const stack = cloud.state.stacks.get(id)
        for (const { outcome } of all) outcome.cancel('dead')
        if (stack?.status !== 'IN_PROGRESS') continue
        stack.orphan = true
        cloud.state.changed(stack)
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

/** Deleted stacks stay visible for a while, as in Heat; only so many. */
function forgetOldest(cloud: Cloud): void {
  const gone = [...cloud.state.stacks.values()].filter(isGone).sort((a, b) => (b.deletedAt ?? 0) - (a.deletedAt ?? 0))
  for (const stack of gone.slice(keptDeletedStacks)) cloud.state.forget(stack)
}
