import type { ServerAction, ServerStatus } from '../openstack-heat-client/index.ts'
import type { Chance } from './simulation-chance.fixture.ts'
import type { Weather } from './simulation-weather.fixture.ts'

/*
 * The servers of the simulation's cloud. Nova does what it is told or says that it cannot, and now and then accepts and does nothing.
 */

export type FakeServer = {
  id: string
  status: ServerStatus
  taskState: string | null
  /** What it will be once the task is done. */
  next: ServerStatus
  doneAt: number
  /** From when on somebody may sign in, once it is ACTIVE. */
  sshAt: number
  /** What Heat believes it did last with this resource, and how that ended. */
  action: string
  outcome: 'IN_PROGRESS' | 'COMPLETE' | 'FAILED'
  /** Somebody else has switched it since: what it is now is nobody's fault. */
  stray: boolean
  /** How it was switched off. */
  how: 'suspend' | 'stop' | 'shelve' | null
}

type Change = { from: readonly ServerStatus[]; to: ServerStatus; task: string; leastMs: number; mostMs: number }

/** Compute API v2.1, "Servers - run an action": from which status each is allowed. */
const changes: Record<ServerAction, Change> = {
  suspend: { from: ['ACTIVE'], to: 'SUSPENDED', task: 'suspending', leastMs: 200, mostMs: 2_000 },
  resume: { from: ['SUSPENDED'], to: 'ACTIVE', task: 'resuming', leastMs: 200, mostMs: 1_500 },
  stop: { from: ['ACTIVE'], to: 'SHUTOFF', task: 'powering-off', leastMs: 300, mostMs: 3_000 },
  start: { from: ['SHUTOFF'], to: 'ACTIVE', task: 'powering-on', leastMs: 300, mostMs: 2_000 },
  shelve: { from: ['ACTIVE', 'SHUTOFF', 'SUSPENDED'], to: 'SHELVED_OFFLOADED', task: 'shelving', leastMs: 1_000, mostMs: 6_000 },
  reboot: { from: ['ERROR', 'ACTIVE', 'SHUTOFF', 'SUSPENDED'], to: 'ACTIVE', task: 'rebooting_hard', leastMs: 500, mostMs: 3_000 },
  unshelve: { from: ['SHELVED_OFFLOADED'], to: 'ACTIVE', task: 'spawning', leastMs: 1_000, mostMs: 5_000 },
}

const STUCK_MS = { least: 60_000, most: 900_000 }

export type NovaAnswer = 'ok' | 'conflict' | 'forbidden'

export class FakeNova {
  /** Switching on that came to nothing or went wrong, and creates that did. */
  badStarts = 0
  /** Suspends that were refused, came to nothing or went wrong: what a lab needs before it may be stopped instead. */
  badSuspends = 0
  readonly #luck: Chance
  readonly #weather: Weather
  quotaUntil = 0

  constructor(luck: Chance, weather: Weather) {
    this.#luck = luck
    this.#weather = weather
  }

  isFaulty(now: number): boolean {
    return now < this.#weather.until && this.#luck.hits(this.#weather.failing)
  }

  build(id: string, now: number): FakeServer {
    const doneAt = now + this.#luck.log(200, 3_000)
    const made = { id, action: 'CREATE', outcome: 'IN_PROGRESS', stray: false, how: null } as const
    return { ...made, status: 'BUILD', taskState: 'spawning', next: 'ACTIVE', doneAt, sshAt: this.#answersAt(doneAt) }
  }

  #answersAt(runsAt: number): number {
    const isMute = runsAt < this.#weather.until && this.#luck.hits(this.#weather.muting)
    return isMute ? Number.POSITIVE_INFINITY : runsAt + this.#luck.between(100, 2_500)
  }

  /** @param byUs false: somebody switches it behind our back */
  act(server: FakeServer, action: ServerAction, { now, byUs }: { now: number; byUs: boolean }): NovaAnswer {
    const { from, to, task, leastMs, mostMs } = changes[action]
    if (server.taskState !== null || !from.includes(server.status)) return 'conflict'
    const { cannotSuspend, breaking, sticking } = this.#weather
    const suspends = action === 'suspend'
    if (suspends && cannotSuspend === 'refused') {
      this.badSuspends += 1
      return 'forbidden'
    }
    const nothing =
      (suspends && cannotSuspend === 'silent') || (byUs && this.isFaulty(now)) || (action === 'unshelve' && now < this.quotaUntil)
    if (suspends && nothing) this.badSuspends += 1
    if (to === 'ACTIVE' && nothing) this.badStarts += 1
    const breaks = nothing && byUs && now < this.#weather.until && this.#luck.hits(breaking)
    const sticks = byUs && now < this.#weather.until && this.#luck.hits(sticking)
    const doneAt = now + (sticks ? this.#luck.log(STUCK_MS.least, STUCK_MS.most) : this.#luck.between(leastMs, mostMs))
    if (sticks && suspends) this.badSuspends += 1
    if (sticks) this.badStarts += 1
    server.taskState = task
    server.next = breaks ? 'ERROR' : nothing ? server.status : to
    server.doneAt = doneAt
    server.stray = !byUs
    if (server.next === 'ACTIVE') server.sshAt = this.#answersAt(doneAt)
    else if (action === 'suspend' || action === 'stop' || action === 'shelve') server.how = action
    return 'ok'
  }

  advance(server: FakeServer, now: number): void {
    if (server.taskState === null || now < server.doneAt) return
    server.taskState = null
    server.status = server.next
  }
}

/** Whether somebody can work on it. */
export function isUpAndReachable({ status, taskState, sshAt }: FakeServer, now: number): boolean {
  return status === 'ACTIVE' && taskState === null && now >= sshAt
}

/** Whether it is switched off. */
export function isOff({ status, taskState }: FakeServer): boolean {
  return taskState === null && (status === 'SUSPENDED' || status === 'SHUTOFF' || status === 'SHELVED_OFFLOADED')
}
