import type { Action } from './decide.ts'
import type { Loaded } from './load.ts'
import type { Phase } from './phase.ts'
import type { FakeStack } from './simulation-cloud.fixture.ts'
import { type FakeServer, isOff, isUpAndReachable } from './simulation-nova.fixture.ts'
import { CLOCKS_DIFFER_MS, ECHO_MS, SleepOracle } from './simulation-sleep-oracle.fixture.ts'
import type { World } from './simulation-world.fixture.ts'

/*
 * Whether what happens is right, told apart from the code that does it: from what people said, what the cloud truly holds, and true time.
 */

type Wish = 'running' | 'suspended' | 'deleted'
type Call = { action: Exclude<Action, { do: 'wait' | 'rest' }>; name: string; loaded: Loaded }

/** How long after the last fault and the last word everything may take. */
const SETTLE_MS = 120_000
/** What a restarted engine has forgotten in the midst of a deletion is asked for again after a while. */
const FORGOTTEN_DELETE_MS = 120_000
/** Long enough for some sweeps. */
const QUIET_MS = 180_000
const SWEEPS_MS = 110_000
/** A stack is not lost before. */
const SURE_MS = 9_000
/** More creates than that for one order are one too many, whatever was removed meanwhile. */
const MOST_MADE = 6
const MOST_STIRS = 5

/** What may be shown of what is wanted. */
const fits: Record<Wish, readonly Phase[]> = {
  running: ['queued', 'building', 'starting', 'ready', 'resuming', 'lost', 'failed'],
  suspended: ['suspending', 'suspended', 'lost'],
  deleted: ['deleting', 'deleted'],
}

export class Oracle {
  /** The first thing that was wrong; null: nothing. */
  wrong: string | null = null
  isOver = false
  #wish: Wish = 'running'
  /** By the clock on the wall; null: no deletion is ordered. */
  #deleteAt: number | null = null
  /** Ids of stacks that were handed over, by generation. */
  readonly #handed = new Map<number, string>()
  #deletionBegan = false
  /** Machines have answered since it was last not ready. */
  #proven = false
  #tries = 0
  #madeBefore = 0
  #badSuspendsBefore = 0
  #badStartsBefore = 0
  #phase = 'queued'
  #missingAt: number | null = null
  #missedSince = 0
  #goal: Wish = 'running'
  #goalSince = 0
  /** How often it has left its goal since then. */
  #stirs = 0
  #soAt = 0
  #forgottenMs = 0
  #settledAt: number | null = null
  readonly sleep: SleepOracle
  readonly #world: World

  constructor(world: World) {
    this.#world = world
    this.sleep = new SleepOracle(world)
  }

  fail(words: string): void {
    this.wrong ??= words
  }

  // ---- what people said

  wants(wish: 'running' | 'suspended'): void {
    this.#wish = wish
    // What is under way counts.
    const isUnderWay =
      this.#world.claims.isBusy() || this.#world.cloud.stacks.some(({ action, status }) => action === 'CREATE' && status !== 'COMPLETE')
    this.#tries = isUnderWay ? 1 : 0
    this.#badSuspendsBefore = this.#world.cloud.nova.badSuspends
    this.#madeBefore = this.#world.cloud.made
    // What has gone wrong before people spoke may be found out after.
    const isInTrouble = this.#world.cloud.stacks.some(
      ({ status, servers }) => status !== 'COMPLETE' || servers.some(({ taskState }) => taskState !== null),
    )
    this.#badStartsBefore = isInTrouble ? 0 : this.#world.cloud.nova.badStarts
  }

  deletes(at: number | null): void {
    this.#deleteAt = at
    this.#deletionBegan = false
  }

  // ---- what workers do

  calls({ action, name, loaded }: Call): void {
    const { books, cloud } = this.#world
    const generation = Number(/^g(\d+)/.exec(name)?.[1])
    if (action.do === 'create' || action.do === 'resume' || (action.do === 'power' && action.to === 'on')) this.#tries += 1
    if (cloud.made - this.#madeBefore > MOST_MADE) this.fail('it was built again and again')
    if (action.do === 'create' && this.#handed.has(generation))
      this.fail('new machines were made in the place of those that were handed over')
    const isHanded = this.#handed.has(generation) && this.#handed.get(generation) === cloud.find(name)?.id
    if (action.do === 'delete' && isHanded && books.row.generation === generation && !this.#isDeletionDue())
      this.fail('machines that were handed over were deleted, and nobody had asked')
    this.#world.sees(
      action.do === 'delete'
        ? `delete: ${action.why}`
        : action.do === 'power' && action.to === 'off'
          ? `power off: ${action.how}`
          : action.do,
    )
    const isDown = action.do === 'suspend' || (action.do === 'power' && action.to === 'off')
    if (isDown && books.row.intent !== 'suspended' && books.isHeld(loaded)) this.fail('it was put to sleep and its row does not say so')
    if (action.do === 'power' && action.to === 'off' && action.how !== 'suspend' && action.how !== books.lifecycle.how) {
      const tried = cloud.nova.badSuspends - this.#badSuspendsBefore
      const ends = cloud.find(name)?.servers.some(({ status, taskState }) => status === 'ACTIVE' && taskState === null) ?? false
      if (!ends) return
      if (action.how !== books.lifecycle.otherwise || tried < 1)
        this.fail(`programs were ended by ${action.how} though suspending had not failed`)
    }
    if (action.do === 'check') {
      const stack = cloud.find(name)
      if (stack?.servers.some(({ status, stray }) => status === 'SUSPENDED' && !stray)) this.fail('a sleeping stack was checked (fact 4)')
    }
  }

  /** A worker takes the machines for reachable. */
  handsOver(servers: readonly FakeServer[]): void {
    const up = servers.filter((server) => server.stray || isUpAndReachable(server, this.#world.now))
    if (up.length < 2) this.fail('machines that cannot be reached were taken for ready')
    this.#proven = true
  }

  deadlineKept(why: 'idle' | 'limit'): void {
    this.#world.sees(`deadline: ${why}`)
    this.#badSuspendsBefore = this.#world.cloud.nova.badSuspends
    const wrong = this.sleep.wrongWith(why)
    if (wrong !== null) this.fail(wrong)
  }

  /** A worker has claimed it. */
  claimed(): void {
    const { now, books, cloud } = this.#world
    if (this.#settledAt === null || books.row.phase === 'ready' || books.row.deleteAt !== null) return
    const changedAt = cloud.stacks[0]?.changedAt ?? 0
    if (now > Math.max(this.#settledAt, changedAt) + SWEEPS_MS)
      this.fail(`a worker looked at what is at rest (${books.row.phase}) and has not changed`)
  }

  // ---- what has become of it

  watch(): void {
    const { row } = this.#world.books
    const { now } = this.#world
    if (row.phase !== this.#phase) {
      if (this.#phase === 'ready') this.#proven = false
      if (!fits[row.intent].includes(row.phase)) this.fail(`it is to be ${row.intent} and is shown as ${row.phase}`)
      // A cloud that is wrong for a moment is asked again.
      if (row.phase === 'lost' && now < this.#missedSince + SURE_MS) this.fail('it was called lost at one word of the cloud')
      if (row.phase === 'ready') {
        if (!this.#proven) this.fail('it was called ready before its machines had answered')
        this.#handOver(row.generation)
        this.sleep.ready()
        this.#tries = 0
      }
      this.#world.tell(() => `phase ${this.#phase} -> ${row.phase}${row.reasonCode === null ? '' : ` (${row.reasonCode})`}`)
      this.#phase = row.phase
      this.#world.sees(row.phase)
    }
    const missingAt = this.#world.books.stacks.at(-1)?.missingAt?.getTime() ?? null
    if (missingAt !== this.#missingAt) {
      this.#missingAt = missingAt
      this.#missedSince = now
    }
    this.sleep.watch()
    if (now >= this.#world.weather.until) this.#judge()
  }

  #handOver(generation: number): void {
    const before = this.#handed.get(generation)
    const id = this.#world.cloud.stacks[0]?.id ?? before ?? ''
    if (before !== undefined && before !== id) this.fail('other machines are shown in the place of those that were handed over')
    this.#handed.set(generation, id)
  }

  #isDeletionDue(): boolean {
    const { intent, phase } = this.#world.books.row
    // A clock that was ahead for a moment may have begun it for good.
    if (this.#deleteAt !== null && (intent === 'deleted' || phase === 'deleting' || phase === 'deleted')) this.#deletionBegan = true
    return this.#deletionBegan || (this.#deleteAt !== null && this.#deleteAt <= this.#world.wall() + CLOCKS_DIFFER_MS)
  }

  #wanted(): Wish {
    const { row } = this.#world.books
    if (this.#isDeletionDue()) return 'deleted'
    return this.#wish === 'suspended' || row.intent === 'suspended' ? 'suspended' : 'running'
  }

  #judge(): void {
    const { now, cloud, weather, books } = this.#world
    const goal = this.#wanted()
    if (goal !== this.#goal) {
      this.#goal = goal
      this.#goalSince = now
      this.#stirs = 0
    }
    if (this.sleep.isOverslept()) this.fail('it was never put to sleep, though nobody used it')
    const isSo = this.#isSo(goal)
    if (!isSo && this.#settledAt !== null && now > weather.until + ECHO_MS) this.#stirs += 1
    if (this.#stirs > MOST_STIRS) this.fail(`it never comes to rest: it should be ${goal}`)
    if (!isSo) this.#settledAt = null
    else this.#settledAt ??= now
    if (cloud.stacks.some(({ hung, action }) => hung && action === 'DELETE'))
      this.#forgottenMs = Math.max(this.#forgottenMs, FORGOTTEN_DELETE_MS)
    for (const { doneAt } of cloud.stacks.flatMap(({ servers }) => servers))
      this.#forgottenMs = Math.max(this.#forgottenMs, doneAt - weather.until)
    if (isSo) this.#soAt = now
    const since = Math.max(this.#goalSince, this.#soAt, weather.until + ECHO_MS)
    if (!isSo && now - since > SETTLE_MS + this.#forgottenMs) this.fail(`unsettled: it should be ${goal}`)
    const isWaiting = books.row.phase === 'ready' && books.row.nextCheckAt !== null
    if (this.#settledAt !== null && !isWaiting && now > Math.max(this.#settledAt, weather.until + ECHO_MS) + QUIET_MS) this.isOver = true
  }

  #isSo(goal: Wish): boolean {
    const { cloud, books, now } = this.#world
    const { row } = books
    const { stacks } = cloud
    const [stack] = stacks
    if (goal === 'deleted') return stacks.length === 0 && row.phase === 'deleted'
    if (row.phase === 'lost') return this.#isLost()
    if (stacks.length > 1 || (stack && stack.generation !== row.generation)) return false
    if (stack && this.#isUnseen(stack) && row.phase === (goal === 'suspended' ? 'suspended' : 'ready')) return true
    if (goal === 'suspended')
      return (
        row.phase === 'suspended' && (stack?.servers.every((server) => isOff(server) || server.stray || server.status === 'ERROR') ?? true)
      )
    if (row.phase === 'failed') return this.#hasGivenUp()
    const isUp = stack?.servers.every((server) => isUpAndReachable(server, now) || server.stray) ?? false
    return row.phase === 'ready' && isUp
  }

  /** Somebody has asked Heat to switch it, and it looks as it did before: no list tells. */
  #isUnseen({ name, action, status, strayed }: FakeStack): boolean {
    const row = this.#world.books.stacks.find((stack) => stack.name === name)
    return strayed && row?.action === action && row.status === status
  }

  /** Said as lost, and nothing of it is there. */
  #isLost(): boolean {
    const { cloud, books } = this.#world
    return cloud.stacks.length === 0 && books.row.wasReady && books.row.reasonCode !== null
  }

  /** Said with a reason, after real tries; what was never handed over is cleared away. */
  #hasGivenUp(): boolean {
    const { books, cloud, now } = this.#world
    const { row } = books
    if (row.reasonCode === null || row.reasonCode === 'cloud.unavailable') return false
    const isLeft = cloud.stacks.some(({ action, status }) => action === 'CREATE' && status !== 'COMPLETE')
    const isSilent = cloud.stacks.every(({ servers }) => servers.some(({ sshAt, stray }) => stray || sshAt > now))
    if (row.reasonCode === 'environment.unreachable') return isSilent
    return cloud.nova.badStarts > this.#badStartsBefore && this.#tries >= 2 && (row.wasReady || !isLeft)
  }

  ends(): void {
    const { cloud, books, now } = this.#world
    const { idleMs, sittingMs } = books.lifecycle
    const isForEver = books.row.phase === 'ready' && idleMs === null && sittingMs === null
    const isNew = now < Math.max(this.#goalSince, this.#settledAt ?? 0) + SETTLE_MS + QUIET_MS
    if (this.wrong === null && !this.isOver && !isForEver && !isNew) this.fail(`restless: it should be ${this.#goal}`)
    if (cloud.most > 1) this.fail(`${cloud.most} stacks stood at once`)
    if (cloud.ruined > 0) this.fail('a stack was asked for something in the midst of its create (fact 2)')
  }
}
