import { extended, extensionOf } from './deadlines.ts'
import { asleepByOrder, awakeByOrder, freshStart, resetByOrder } from './intent.ts'
import { refusalOf } from './operate.ts'
import { phaseFacts } from './phase.ts'
import type { World } from './simulation-world.fixture.ts'
import type { Order } from './write-order.ts'

/*
 * Ada, who types, starts programs, comes and goes and changes her mind, and somebody who runs the installation. Their orders are refused
 * and written as the commands do it; what they want is told to the oracle.
 */

type Act = 'launch' | 'type' | 'key' | 'job' | 'sleep' | 'wake' | 'extend' | 'reset' | 'start' | OperatorAct
type OperatorAct = 'operator sleeps' | 'operator wakes' | 'operator resets' | 'delete' | 'mark' | 'undelete'

const often = ['launch', 'type', 'type', 'job', 'sleep', 'wake', 'extend', 'start', 'start', 'operator sleeps', 'operator wakes'] as const
const seldom = ['reset', 'reset', 'reset', 'operator resets', 'operator resets', 'delete', 'mark', 'undelete', 'undelete'] as const
const inTheMoment = [
  'key',
  'key',
  'key',
  'key',
  'launch',
  'launch',
  'extend',
  'extend',
  'wake',
  'sleep',
  'undelete',
  'start',
  'reset',
] as const

export class People {
  readonly #world: World
  readonly #everyMs: number
  #actAt: number
  #typesUntil = 0
  #keyAt = Number.POSITIVE_INFINITY
  /** A program runs in one of her shells. */
  jobSince = 0
  jobUntil = 0

  constructor(world: World) {
    this.#world = world
    this.#everyMs = world.luck.log(4_000, 60_000)
    this.#actAt = this.#later()
  }

  nextAt(): number {
    return Math.min(this.#actAt, this.#keyAt)
  }

  go(): void {
    const { luck, now, weather } = this.#world
    if (now >= this.#keyAt) this.#typeOn()
    if (now < this.#actAt) return
    if (now >= weather.until) {
      this.#actAt = Number.POSITIVE_INFINITY
      return
    }
    this.#actAt = this.#later()
    this.act(luck.hits(0.9) ? luck.pick(often) : luck.pick(seldom))
  }

  /** Somebody acts between two strides of a step. */
  race(): void {
    this.act(this.#world.luck.pick(inTheMoment))
  }

  /** What a page does when it is told that its machines are about to sleep. */
  warned(): void {
    const { luck, now, weather } = this.#world
    if (now < weather.until && luck.hits(0.3)) this.#keyAt = now + luck.between(0, 5_000)
  }

  #later(): number {
    const { now, weather, luck } = this.#world
    return Math.max(now, weather.from) + luck.between(0, this.#everyMs * 2)
  }

  #typeOn(): void {
    const { now, luck } = this.#world
    const pauseMs = this.#key()
    this.#keyAt = now < this.#typesUntil ? now + pauseMs + luck.between(0, 5_000) : Number.POSITIVE_INFINITY
  }

  #key(): number {
    const { books, oracle, now } = this.#world
    if (books.row.phase !== 'ready') return 1_000
    const pauseMs = books.touch(this.#world.dateOf(this.#world.web))
    oracle.sleep.used(now)
    return pauseMs
  }

  act(act: Act): void {
    const world = this.#world
    const { books, luck, oracle, now } = world
    const { row } = books
    const date = world.dateOf(world.web)
    if (row.deletedAt !== null) return
    const { actions } = phaseFacts(row.phase)
    switch (act) {
      case 'type':
        this.#typesUntil = now + luck.log(3_000, 60_000)
        this.#typeOn()
        return
      case 'key':
        this.#key()
        return
      case 'job':
        if (now > this.jobUntil) this.jobSince = now
        this.jobUntil = now + luck.log(5_000, 120_000)
        return
      case 'launch':
        if (row.intent === 'running' && row.phase === 'ready') {
          oracle.sleep.used(now)
          books.touch(date)
        }
        if (row.intent !== 'suspended') return
        oracle.wants('running')
        this.#write('wakes it by a launch', awakeByOrder(date))
        return
      case 'sleep':
        if (row.intent !== 'running' || !actions.some((one) => one === 'sleep')) return
        oracle.wants('suspended')
        this.#write('puts it to sleep', asleepByOrder(date))
        return
      case 'wake':
        if (row.intent === 'running' && (row.phase === 'resuming' || row.phase === 'ready')) return
        if (!actions.some((one) => one === 'wake') || row.intent === 'deleted') return
        oracle.wants('running')
        this.#write('wakes it', awakeByOrder(date))
        return
      case 'start':
        if (row.phase !== 'failed') return
        oracle.wants('running')
        this.#write('tries again', row.wasReady ? awakeByOrder(date) : { ...freshStart(date), intent: 'running', phase: 'queued' })
        return
      case 'reset':
        if (row.intent === 'deleted' || !actions.some((one) => one === 'reset') || this.#isMisled()) return
        oracle.wants('running')
        this.#write('resets it', resetByOrder(date))
        return
      case 'extend':
        this.#extend(date)
        return
      default:
        this.#operate(act, date)
    }
  }

  /** The cloud has lied for so long that it counts as lost: nobody is in a hurry to erase it. */
  #isMisled(): boolean {
    const { books, cloud } = this.#world
    return cloud.stacks.some(({ name }) => books.stacks.some((stack) => stack.name === name && stack.goneAt !== null))
  }

  #extend(date: Date): void {
    const { books, oracle, now } = this.#world
    const { phase, intent, suspendAt, limitAt, warnedAt, extensions } = books.row
    if (phase !== 'ready' || intent !== 'running') return
    const ms = (at: Date | null) => at?.getTime() ?? null
    const { warnMs, idleMs, extend } = books.lifecycle
    const sitting = { suspendAt: ms(suspendAt), limitAt: ms(limitAt), warnedAt: ms(warnedAt), warnMs }
    const offer = extensionOf({ ...sitting, extensions }, extend)
    if (offer === null || date.getTime() < offer.from) return
    const after = extended({ ...sitting, idleMs }, offer.byMs, date.getTime())
    const at = (one: number | null) => (one === null ? null : new Date(one))
    oracle.sleep.used(now)
    const deadlines = { suspendAt: at(after.suspendAt), limitAt: at(after.limitAt), warnedAt: null }
    this.#write('wants more time', {
      ...deadlines,
      extensions: { increment: 1 },
      lastActivityAt: date,
      nextCheckAt: date,
      fence: { increment: 1 },
    })
  }

  #operate(act: OperatorAct, date: Date): void {
    const { books, oracle, luck } = this.#world
    const { row } = books
    const order = orderOf(act, new Date(date.getTime() + luck.between(2_000, 60_000)), date)
    if (refusalOf(order, row, date) !== null || this.#isMisled()) return
    const atOnce = { nextCheckAt: date, fence: { increment: 1 } }
    switch (order.action) {
      case 'suspend':
        oracle.wants('suspended')
        this.#write('puts it to sleep as operator', asleepByOrder(date))
        return
      case 'wake': {
        oracle.wants('running')
        const isNew = row.phase === 'failed' && !row.wasReady
        this.#write('wakes it as operator', isNew ? { ...freshStart(date), intent: 'running', phase: 'queued' } : awakeByOrder(date))
        return
      }
      case 'reset':
        oracle.wants('running')
        this.#write('resets it as operator', resetByOrder(date))
        return
      case 'undelete':
        oracle.deletes(null)
        this.#write('takes the deletion back', { ...atOnce, deleteAt: null, deleteReason: null })
        return
      case 'delete': {
        oracle.deletes(order.deleteAt.getTime())
        const begun = { intent: 'deleted', phase: 'deleting', phaseAt: date, reasonCode: null, reasonDetail: null } as const
        const marked = { ...atOnce, deleteAt: order.deleteAt, deleteReason: order.reason, retryAt: null }
        this.#write(order.atOnce ? 'deletes it' : 'announces its deletion', { ...marked, ...(order.atOnce ? begun : {}) })
        return
      }
    }
  }

  #write(words: string, patch: Parameters<World['books']['apply']>[0]): void {
    const { books } = this.#world
    this.#world.tell(() => `somebody ${words} (${books.row.phase})`)
    this.#world.sees(words)
    books.apply(patch)
    if (patch.generation !== undefined || patch.deleteAt) this.#world.cloud.endLies()
    this.#world.claims.hint()
  }
}

function orderOf(act: OperatorAct, later: Date, now: Date): Order {
  switch (act) {
    case 'operator sleeps':
      return { action: 'suspend', reason: null }
    case 'operator wakes':
      return { action: 'wake', reason: null }
    case 'operator resets':
      return { action: 'reset', reason: null }
    case 'delete':
      return { action: 'delete', reason: 'the course is over', deleteAt: now, atOnce: true }
    case 'mark':
      return { action: 'delete', reason: 'the course ends', deleteAt: later, atOnce: false }
    case 'undelete':
      return { action: 'undelete' }
  }
}
