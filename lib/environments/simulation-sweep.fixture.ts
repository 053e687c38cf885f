import type { ListedStack } from './cloud-watch.ts'
import type { World } from './simulation-world.fixture.ts'
import { changedBehindOurBack, type RestingStack } from './sweep.ts'

/*
 * Sweeps, as in sweep.ts, whose SQL is told again here: what rests is held against a list twice a minute.
 */

const NEVER = Number.POSITIVE_INFINITY
const EVERY_MS = 30_000
/** worker.ts, SWEEP_MS. */
const TICK_MS = 5_000
/** sweep.ts. */
const CLOCKS_DIFFER_MS = 5_000
const atRest: readonly string[] = ['ready', 'suspended', 'lost', 'failed']

export class Sweeps {
  readonly #world: World
  #beginAt: number
  #begun: { at: number; wall: number; listed: ReadonlyMap<string, ListedStack> } | null = null
  #forgetAt = NEVER
  #sweptAt = 0

  constructor(world: World) {
    this.#world = world
    this.#beginAt = world.luck.between(0, EVERY_MS)
  }

  nextAt(): number {
    return Math.min(this.#beginAt, this.#begun?.at ?? NEVER, this.#forgetAt)
  }

  go(): void {
    const { now } = this.#world
    if (this.#forgetAt <= now) this.#forgetTheFuture()
    if (this.#beginAt <= now) this.#begin()
    if (this.#begun && this.#begun.at <= now) this.#compare(this.#begun)
  }

  clockPutBack(): void {
    this.#forgetAt = this.#world.now + this.#world.luck.between(0, TICK_MS)
    if (this.#sweptAt > this.#world.wall()) this.#beginAt = Math.min(this.#beginAt, this.#forgetAt)
  }

  #begin(): void {
    const { luck, now, cloud, books } = this.#world
    const wall = this.#world.wall()
    this.#beginAt = now + EVERY_MS + luck.between(0, TICK_MS)
    this.#sweptAt = wall
    const listed = atRest.includes(books.row.phase) ? cloud.list() : null
    if (listed) this.#begun = { at: now + luck.between(0, 400), wall, listed }
  }

  #forgetTheFuture(): void {
    const { books } = this.#world
    this.#forgetAt = NEVER
    const now = new Date(this.#world.wall())
    const { checkedAt, phaseAt, lastActivityAt, nextCheckAt } = books.row
    const ahead = now.getTime() + CLOCKS_DIFFER_MS
    const isAhead = [checkedAt, phaseAt, lastActivityAt].some((at) => at !== null && at.getTime() > ahead)
    if (isAhead && nextCheckAt !== null && nextCheckAt > now) books.apply({ nextCheckAt: now, checkedAt: now })
  }

  #compare({ wall, listed }: { wall: number; listed: ReadonlyMap<string, ListedStack> }): void {
    this.#begun = null
    const { books } = this.#world
    const { row, stacks } = books
    const { phase, generation } = row
    if (row.deletedAt !== null || row.leaseOwner !== null || !atRest.includes(phase)) return
    const isInHand = (at: Date | null) => at !== null && at.getTime() >= wall && at.getTime() <= wall + CLOCKS_DIFFER_MS
    if (isInHand(row.checkedAt) || isInHand(row.phaseAt)) return
    const mine = stacks.filter((stack) => stack.generation === generation)
    const last = mine.at(-1)
    const lost = phase === 'lost'
    const resting = mine
      .filter((stack) => (lost ? stack === last : stack.goneAt === null))
      .map(
        ({ environmentId, name, action, status, missingAt }): RestingStack => ({
          environmentId,
          name,
          action,
          status,
          lost,
          missing: missingAt !== null,
        }),
      )
    const { changed, found } = changedBehindOurBack(resting, listed)
    if (changed.length + found.length === 0) return
    const words = `the sweep finds ${found.length > 0 ? 'again' : 'changed'} what was ${phase}`
    this.#world.tell(() => words)
    this.#world.sees(words)
    if (found.length > 0) books.stacks = stacks.map((stack) => (stack === last ? { ...stack, goneAt: null, missingAt: null } : stack))
    books.apply({ nextCheckAt: new Date(this.#world.databaseNow()) })
  }
}
