import type { World } from './simulation-world.fixture.ts'

/*
 * Whether machines fall asleep when they should, and not without having said so: from use, warnings and true time.
 */

/** Clocks of processes differ by less. */
export const CLOCKS_DIFFER_MS = 800
/** Faults echo: what was lost on the way may still arrive. */
export const ECHO_MS = 45_000
/** From its time to its sleep, where nothing goes wrong. */
const PROMPT_MS = 10_000
/** After an outage the next look may be so far away. */
const PAUSE_MS = 30_000
/** A step takes no longer, unless its process stands still. */
const STEP_MS = 2_000
const NEVER = Number.POSITIVE_INFINITY

export class SleepOracle {
  readonly #world: World
  #warnedAt: number | null = null
  /** From when on its owner is told, and when that was written down. */
  #warnedSince = 0
  #warningWrittenAt = 0
  #usedAt = -1
  #awakeAt: number | null = null
  #awakeSince = 0
  #readySince = 0
  #jumpedAt = -1
  #held: string | null = null

  constructor(world: World) {
    this.#world = world
  }

  used(now: number): void {
    this.#usedAt = now
  }

  jumped(): void {
    this.#jumpedAt = this.#world.now
  }

  ready(): void {
    this.#readySince = this.#world.now
  }

  watch(): void {
    const { now, people } = this.#world
    const { row } = this.#world.books
    const warnedAt = row.warnedAt?.getTime() ?? null
    if (warnedAt !== this.#warnedAt) {
      this.#warnedAt = warnedAt
      // It may be written down a little ahead of its time.
      this.#warnedSince = now + Math.max(0, (warnedAt ?? 0) - this.#world.wall())
      this.#warningWrittenAt = now
      this.#world.sees(warnedAt === null ? 'warning taken back, or kept' : 'warning')
      if (warnedAt !== null) people.warned()
    }
    if (row.heldCommand !== this.#held) {
      this.#held = row.heldCommand
      if (row.heldCommand !== null) this.#world.sees('held by a program')
    }
    const awakeAt = row.awakeAt?.getTime() ?? null
    if (awakeAt === this.#awakeAt) return
    this.#awakeAt = awakeAt
    this.#awakeSince = now
  }

  /** @returns what is wrong with keeping this deadline now; null: nothing */
  wrongWith(why: 'idle' | 'limit'): string | null {
    const { now, books } = this.#world
    const { warnMs, idleMs, sittingMs } = books.lifecycle
    if (this.#warnedAt === null) return 'it was put to sleep without a warning'
    const toldMs = now - this.#warnedSince
    if (toldMs < warnMs - CLOCKS_DIFFER_MS) return `it was put to sleep ${toldMs} ms after the warning, and ${warnMs} were promised`
    if (why === 'idle' && this.#usedAt > this.#warningWrittenAt) return 'it was put to sleep though it was used after the warning'
    // What a clock that jumped makes of the rest is its own affair.
    if (this.#jumpedAt >= this.#awakeSince) return null
    if (why === 'idle' && this.#isHeldByJob()) return 'it was put to sleep over a program that counts as use'
    const restMs = (why === 'idle' ? idleMs : sittingMs) ?? 0
    const since = why === 'idle' ? this.#restingSince() : this.#awakeSince
    // Not every use is written down.
    return now < since + restMs - restMs / 10 - CLOCKS_DIFFER_MS ? `it was put to sleep before its time (${why})` : null
  }

  /** Nobody uses it, nothing goes wrong any more, and it is awake all the same. */
  isOverslept(): boolean {
    const { books, people, weather, now } = this.#world
    const { idleMs, sittingMs, warnMs, jobMs, extend } = books.lifecycle
    if (books.row.phase !== 'ready' || this.#jumpedAt >= this.#awakeSince) return false
    const moreMs = (extend === null ? 0 : extend.byMs * extend.most) + warnMs + PROMPT_MS
    const calmAt = Math.max(weather.until + ECHO_MS + PAUSE_MS, this.#readySince)
    const jobAt = jobMs === null ? 0 : Math.min(people.jobUntil, this.#restingSince() + (idleMs ?? 0) + jobMs)
    const idleAt = Math.max(this.#restingSince(), jobAt, calmAt) + (idleMs ?? NEVER) + moreMs
    const limitAt = Math.max(this.#awakeSince + (sittingMs ?? NEVER), calmAt) + moreMs
    return now > Math.min(idleAt, limitAt)
  }

  #restingSince(): number {
    return Math.max(this.#usedAt, this.#awakeSince)
  }

  /** A program that has run since before the warning, and may for long enough still. */
  #isHeldByJob(): boolean {
    const { people, books, cloud, weather, now } = this.#world
    const { jobMs, idleMs, warnMs } = books.lifecycle
    const [stack] = cloud.stacks
    if (jobMs === null || idleMs === null || !stack || stack.servers[0]?.stray) return false
    // Who stands still between a look and what is written knows nothing of what began meanwhile.
    if (weather.freezing > 0 || this.#world.jobIn(stack.name) === null) return false
    const wasThere = Math.max(people.jobSince, this.#readySince) + STEP_MS < this.#warningWrittenAt
    return wasThere && now + warnMs < this.#restingSince() + idleMs + jobMs
  }
}
