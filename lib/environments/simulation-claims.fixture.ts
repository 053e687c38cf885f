import { step } from './simulation-step.fixture.ts'
import type { World } from './simulation-world.fixture.ts'
import type { Memory } from './step-memory.ts'

/*
 * Two workers and their leases, as in claim.ts and worker.ts: who looks when, who dies or stands still in the midst of a step, and who goes
 * on in spite of that.
 */

export type Process = { name: string; skewMs: number; memory: Memory; downUntil: number; steadySince: number }
export type Hand = { owner: string; process: Process; work: Generator<number, void>; at: number; probing: boolean; ended: boolean }

const NEVER = Number.POSITIVE_INFINITY
const UNKNOWN = -1
/** worker.ts, CLAIM_MS. */
const POLL_MS = 1_000
/** What is left of a lease that is renewed no more. */
const LEASE_LEFT_MS = [3_500, 5_000] as const
/** Longer than that and the lease is not renewed in time. */
const STILL_MS = 1_500

export class Claims {
  count = 0
  readonly #world: World
  readonly #processes: readonly [Process, Process]
  #hands: Hand[] = []
  /** Who took the last step: it knows when it wants to look again. */
  #last: Process
  #due = UNKNOWN
  #claimAt = NEVER
  #extraAt = NEVER

  constructor(world: World) {
    this.#world = world
    const process = (name: string) => ({ name, skewMs: world.skew(), memory: newMemory(), downUntil: 0, steadySince: 0 })
    this.#processes = [process('one'), process('two')]
    this.#last = this.#processes[0]
  }

  nextAt(): number {
    let next = Math.min(this.#claimTime(), this.#extraAt)
    for (const { at } of this.#hands) if (at < next) next = at
    return next
  }

  go(): void {
    const { now } = this.#world
    this.#work()
    if (this.#claimTime() <= now) this.#claim()
    if (this.#extraAt <= now) this.#claimInSpite()
  }

  /** Whether somebody is at it. */
  isBusy(): boolean {
    return this.#hands.length > 0
  }

  /** A person has spoken: whoever waits for machines stops waiting, and all look at once. */
  hint(): void {
    const { luck, weather, now } = this.#world
    if (luck.hits(weather.lostHints)) return
    for (const hand of this.#hands) if (hand.probing) hand.at = now
  }

  clockChanged(byMs: number): void {
    const { books, now, wall } = { books: this.#world.books, now: this.#world.now, wall: this.#world.wall() }
    this.#due = UNKNOWN
    // Each process notices, those that are not there yet when they begin.
    for (const process of this.#processes) process.steadySince = wall + Math.max(0, process.downUntil - now) + process.skewMs
    // A lease that the clock has outrun is not renewed any more.
    if (byMs > LEASE_LEFT_MS[0]) books.held = false
  }

  kill(process: Process, point: string): void {
    const { luck, now } = this.#world
    this.#world.tell(() => `${process.name} dies at: ${point}`)
    this.#world.sees('a process dies')
    for (const hand of this.#hands) {
      if (hand.process !== process) continue
      hand.ended = true
      this.#abandon(hand)
    }
    process.memory = newMemory()
    process.downUntil = now + luck.between(500, 8_000)
    // What went on before it looks nobody knows.
    process.steadySince = this.#world.wallOf(process) + process.downUntil - now
  }

  /** The process stands still. @returns for how long */
  freeze(hand: Hand, point: string): number {
    const { luck, now } = this.#world
    const ms = luck.hits(0.5) ? luck.between(20, STILL_MS) : luck.log(STILL_MS, 70_000)
    this.#world.tell(() => `${hand.process.name} stands still for ${ms} ms at: ${point}`)
    this.#world.sees('a process stands still')
    if (ms >= STILL_MS) {
      hand.process.downUntil = now + ms
      this.#abandon(hand)
    }
    return ms
  }

  /** After it stood still: a lease that has run out is noticed, sooner or later. */
  goOn(hand: Hand): void {
    const { books, luck } = this.#world
    const { leaseOwner, leaseUntil } = books.row
    if (leaseOwner === hand.owner && (books.held || leaseUntil === null)) return
    if (leaseOwner === hand.owner && leaseUntil !== null && leaseUntil.getTime() >= this.#world.databaseNow()) books.held = true
    else if (luck.hits(0.7)) hand.ended = true
  }

  #abandon({ owner }: Hand): void {
    this.#world.books.abandon(owner, this.#world.databaseNow() + this.#world.luck.between(...LEASE_LEFT_MS))
  }

  #work(): void {
    let isAnyOver = false
    for (let index = 0; index < this.#hands.length; index += 1) {
      const hand = this.#hands[index]
      if (!hand) continue
      if (!hand.ended && hand.at <= this.#world.now) {
        const stride = hand.work.next()
        if (stride.done) hand.ended = true
        else hand.at = this.#world.now + Math.max(1, stride.value)
      }
      isAnyOver ||= hand.ended
    }
    if (isAnyOver) this.#hands = this.#hands.filter(({ ended }) => !ended)
  }

  /** When somebody claims it, as things stand. */
  #claimTime(): number {
    const { books } = this.#world
    const { nextCheckAt, leaseUntil } = books.row
    const isHeld = books.held || nextCheckAt === null
    const due = isHeld ? NEVER : Math.max(this.#world.trueTime(nextCheckAt.getTime(), this.#last), this.#freeAt(leaseUntil))
    if (due !== this.#due) {
      this.#due = due
      this.#claimAt = due === NEVER ? NEVER : Math.max(due, this.#world.now, this.#someUpAt()) + this.#lateness()
    }
    return this.#claimAt
  }

  #freeAt(leaseUntil: Date | null): number {
    const { books } = this.#world
    if (leaseUntil === null || books.isFree(this.#world.databaseNow())) return 0
    return this.#world.trueTime(leaseUntil.getTime()) + 1
  }

  #someUpAt(): number {
    return Math.min(this.#processes[0].downUntil, this.#processes[1].downUntil)
  }

  /** Who took the last step looks again when it said; a hint makes all look at once; otherwise each looks once a second. */
  #lateness(): number {
    const { luck, weather, now } = this.#world
    const isKnown = this.#last.downUntil <= now && !luck.hits(weather.lostHints)
    return isKnown ? 2 : luck.between(2, POLL_MS)
  }

  #claim(): void {
    const { books, luck, weather, now } = this.#world
    const { nextCheckAt } = books.row
    const databaseNow = this.#world.databaseNow()
    const process = this.#pick()
    const isDue = nextCheckAt !== null && process && nextCheckAt.getTime() <= Math.max(databaseNow, this.#world.wallOf(process))
    if (!isDue || !books.isFree(databaseNow)) {
      // Nobody is there, or whoever is has a clock that is behind: another look, a moment later.
      this.#claimAt = Math.max(now, this.#someUpAt()) + luck.between(10, POLL_MS)
      return
    }
    this.#due = UNKNOWN
    this.#last = process
    this.#begin(process)
    if (now < weather.until && luck.hits(weather.noLease)) this.#extraAt = now + luck.between(0, 3_000)
  }

  #claimInSpite(): void {
    this.#extraAt = NEVER
    const { nextCheckAt } = this.#world.books.row
    const process = this.#pick()
    if (process && nextCheckAt !== null && nextCheckAt.getTime() <= this.#world.databaseNow()) this.#begin(process)
  }

  #pick(): Process | undefined {
    const { now, luck } = this.#world
    const [one, two] = this.#processes
    if (one.downUntil <= now && two.downUntil <= now) return luck.hits(0.5) ? one : two
    return one.downUntil <= now ? one : two.downUntil <= now ? two : undefined
  }

  #begin(process: Process): void {
    const { books, oracle, now } = this.#world
    this.count += 1
    oracle.claimed()
    const owner = `claim-${this.count}`
    books.claim(owner, this.#world.databaseNow())
    const hand: Hand = { owner, process, work: nothing, at: now, probing: false, ended: false }
    hand.work = step(this.#world, hand)
    this.#hands.push(hand)
    this.#work()
  }
}

function newMemory(): Memory {
  const cloudOf = () => Promise.reject(new Error('the simulation has a cloud of its own'))
  return { tag: 'simulation', steadySince: () => 0, cloudOf, partsAt: new Map(), answered: new Map() }
}

const nothing: Generator<number, void> = (function* () {})()
