import type { Cloud } from '../cloud.ts'
import { type Trouble, troubleFor } from '../control/trouble.ts'
import { type Plan, planOf } from '../heat/plan.ts'
import { type Action, familyOf, isGone, type Snapshot, type Stack, type StackForm } from '../state.ts'
import { runAction, type StackAction } from './actions.ts'
import { runCreate } from './create.ts'
import type { Errand } from './errand.ts'
import { beginUpdate } from './form.ts'
import { nest } from './nested.ts'
import { setStack } from './records.ts'
import { runRemove } from './remove.ts'
import { restore } from './restore.ts'
import { type Outcome, startRun } from './run.ts'
import { dropSnapshots, putBackDisks, runSnapshot } from './snapshot.ts'
import { limitTime } from './timeout.ts'
import { runUpdate } from './update.ts'

/** Works on stacks in the background; every method returns at once. */
export type Engine = {
  create(plan: Plan): void
  /** Brings a stack to another form; what is under way ends first where it is (openstack/README.md, facts 2 and 3). */
  update(stack: Stack, form: StackForm): void
  /** Ends an update (or, without going back, a creation) that is under way. `rollback`: the stack becomes again what it was. */
  cancel(stack: Stack, rollback: boolean): void
  remove(stack: Stack): void
  act(stack: Stack, action: StackAction): void
  /** Keeps what the stack is and its machines' disks. */
  snapshot(stack: Stack, snapshot: Snapshot): void
  /** Brings a stack back to a snapshot. */
  restore(stack: Stack, snapshot: Snapshot): void
  /** Whether an action that excludes others is under way: one that nobody works on any more excludes nothing (heat/engine/stack_lock.py). */
  busy(stack: Stack): boolean
  /** Takes up all that was under way when the process ended, and puts the machines back as they were. */
  recover(): Promise<void>
  /** As if Heat's engine were killed, or started again: what was under way stays as it is, for good (openstack/README.md, fact 13). */
  setAlive(alive: boolean): void
  /** Stops working, wherever it is, and leaves the records such that `recover` goes on there. */
  close(): Promise<void>
}

type Running = { outcome: Outcome; done: Promise<void> }

const keptDeletedStacks = 200

const idle: Trouble = { late: () => Promise.resolve(), strike: () => undefined }

export function createEngine(cloud: Cloud): Engine {
  const running = new Map<string, Set<Running>>()
  let closed = false

  /** Begins a run and remembers it until it ends. */
  const begin = (stack: Stack, action: Action, run: (errand: Errand) => Promise<void>) => {
    const outcome = startRun()
    delete stack.orphan
    const errand: Errand = { cloud, outcome, trouble: idle, nest, action }
    const done = run(errand).catch((error: unknown) => {
      cloud.log(`stack ${stack.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    })
    const entry = { outcome, done }
    const all = running.get(stack.id) ?? new Set<Running>()
    running.set(stack.id, all.add(entry))
    void done.then(() => all.delete(entry))
  }
  /** A run with what may go wrong in it and its time limit. */
  const beginLimited = (stack: Stack, action: Action, run: (errand: Errand) => Promise<void>, after?: Promise<void>) =>
    begin(stack, action, async (errand) => {
      const clear = action === 'DELETE' ? () => undefined : limitTime(cloud, stack, { outcome: errand.outcome, action })
      await after
      const trouble = troubleFor(cloud, stack, action)
      await trouble.late(errand.outcome.signal)
      await run({ ...errand, trouble }).finally(clear)
    })
  const isLive = (stack: Stack) =>
    stack.status === 'IN_PROGRESS' && [...(running.get(stack.id) ?? [])].some(({ outcome }) => outcome.why() !== 'dead')
  const halt = (stack: Stack, how: (outcome: Outcome) => void): Promise<void> => {
    const all = [...(running.get(stack.id) ?? [])]
    for (const { outcome } of all) how(outcome)
    return Promise.all(all.map(({ done }) => done)).then(() => undefined)
  }
  const remove = (stack: Stack, action: 'DELETE' | 'ROLLBACK') => {
    const stopping = halt(stack, (outcome) => outcome.cancel('delete'))
    // Taken up again after a restart, it has been announced already.
    if (stack.action !== action || stack.status !== 'IN_PROGRESS')
      setStack(cloud, stack, { action, status: 'IN_PROGRESS', reason: `Stack ${action} started` })
    stack.updatedAt = cloud.now().getTime()
    beginLimited(
      stack,
      'DELETE',
      async (errand) => {
        await runRemove({ ...errand, action }, stack)
        if (isGone(stack)) await dropSnapshots(cloud, stack)
        if (isGone(stack)) forgetOldest(cloud)
      },
      stopping,
    )
  }
  /** Deferred so that the run that failed counts as ended when the rollback waits for what still runs. */
  const afterFailure = (stack: Stack, action: Action, then: () => void) =>
    setImmediate(() => {
      if (!closed && !stack.disableRollback && stack.action === action && stack.status === 'FAILED') then()
    })
  const create = (stack: Stack) =>
    beginLimited(stack, 'CREATE', async (errand) => {
      if (await runCreate(errand, planOf(stack))) afterFailure(stack, 'CREATE', () => remove(stack, 'ROLLBACK'))
    })
  const proceed = (stack: Stack, action: 'UPDATE' | 'ROLLBACK' | 'RESTORE', after?: Promise<void>) =>
    beginLimited(
      stack,
      action,
      async (errand) => {
        const failed = await runUpdate(errand, planOf(stack), action === 'RESTORE' ? () => putBackDisks(errand, stack) : undefined)
        if (failed && action === 'UPDATE') afterFailure(stack, 'UPDATE', () => rollBack(stack))
      },
      after,
    )
  const rollBack = (stack: Stack) => {
    const stopping = halt(stack, (outcome) => outcome.supersede())
    if (!stack.previous) return
    beginUpdate(cloud, stack, { form: stack.previous, action: 'ROLLBACK' })
    proceed(stack, 'ROLLBACK', stopping)
  }
  const act = (stack: Stack, action: StackAction) => {
    // heat/engine/stack.py: a stack that is already so is left alone.
    if (action !== 'CHECK' && stack.action === action && stack.status === 'COMPLETE') return
    setStack(cloud, stack, { action, status: 'IN_PROGRESS', reason: `Stack ${action} started` })
    beginLimited(stack, action, (errand) => runAction(errand, planOf(stack), { action, takenUp: false }))
  }
  const takeUpSnapshot = (stack: Stack) => {
    const snapshot = Object.values(stack.snapshots ?? {}).find(({ status }) => status === 'IN_PROGRESS')
    if (snapshot) beginLimited(stack, 'SNAPSHOT', (errand) => runSnapshot(errand, planOf(stack), snapshot))
  }
  const takeUp = (stack: Stack) => {
    const { action } = stack
    if (action === 'CREATE' || action === 'ADOPT') create(stack)
    else if (action === 'UPDATE' || action === 'RESTORE' || (action === 'ROLLBACK' && stack.previous)) proceed(stack, action)
    else if (action === 'SNAPSHOT') takeUpSnapshot(stack)
    else if (action === 'DELETE' || action === 'ROLLBACK') remove(stack, action)
    else if (action === 'SUSPEND' || action === 'RESUME' || action === 'CHECK')
      beginLimited(stack, action, (errand) => runAction(errand, planOf(stack), { action, takenUp: true }))
  }
  return {
    create({ stack }) {
      setStack(cloud, stack, { action: 'CREATE', status: 'IN_PROGRESS', reason: 'Stack CREATE started' })
      create(stack)
    },
    update(stack, form) {
      const stopping = halt(stack, (outcome) => outcome.supersede())
      beginUpdate(cloud, stack, { form, action: 'UPDATE' })
      proceed(stack, 'UPDATE', stopping)
    },
    cancel(stack, rollback) {
      if (rollback) return rollBack(stack)
      void halt(stack, (outcome) => outcome.supersede())
      setStack(cloud, stack, { action: stack.action, status: 'FAILED', reason: `Stack ${stack.action} cancelled` })
    },
    remove(stack) {
      if (stack.action === 'DELETE' && (stack.status === 'COMPLETE' || isLive(stack))) return
      remove(stack, 'DELETE')
    },
    act,
    snapshot(stack, snapshot) {
      stack.updatedAt = cloud.now().getTime()
      setStack(cloud, stack, { action: 'SNAPSHOT', status: 'IN_PROGRESS', reason: 'Stack SNAPSHOT started' })
      beginLimited(stack, 'SNAPSHOT', (errand) => runSnapshot(errand, planOf(stack), snapshot))
    },
    restore(stack, snapshot) {
      const stopping = halt(stack, (outcome) => outcome.supersede())
      stack.restoring = snapshot.id
      beginUpdate(cloud, stack, { form: snapshot.form, action: 'RESTORE' })
      proceed(stack, 'RESTORE', stopping)
    },
    async recover() {
      const living = [...cloud.state.stacks.values()].filter((stack) => !isGone(stack) || stack.retains)
      await Promise.all(living.map((stack) => restore(cloud, stack)))
      for (const root of cloud.state.stacks.values()) {
        for (const stack of familyOf(root)) {
          if (!closed && !stack.orphan && stack.status === 'IN_PROGRESS' && isOnItsOwn(root, stack)) takeUp(stack)
        }
      }
    },
    busy: (stack) => stack.status === 'IN_PROGRESS' && stack.action !== 'CREATE' && isLive(stack),
    setAlive(alive) {
      if (alive) return
      for (const [id, all] of running) {
        const stack = cloud.state.find(id)
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

/** Whether nobody above works on a nested stack. */
function isOnItsOwn(root: Stack, stack: Stack): boolean {
  if (!stack.parent) return true
  const above = stack.parent.stackId === root.id ? root : root.nested?.[stack.parent.stackId]
  return above?.resources[stack.parent.resource]?.status !== 'IN_PROGRESS'
}

/** Deleted stacks stay visible for a while, as in Heat; only so many. */
function forgetOldest(cloud: Cloud): void {
  const gone = [...cloud.state.stacks.values()].filter((stack) => isGone(stack) && !stack.retains)
  const sorted = gone.sort((a, b) => (b.deletedAt ?? 0) - (a.deletedAt ?? 0))
  for (const stack of sorted.slice(keptDeletedStacks)) cloud.state.forget(stack)
}
