import { listen } from './db.ts'
import { type Controller, environmentController } from './environments/controller.ts'
import { log } from './log.ts'

/*
 * The loop that runs a controller: claim what is due, take one step for each, renew the leases meanwhile. Hints give haste, what steps
 * say of their next look gives time, and a sweep gives certainty. It knows nothing of what is worked on.
 */

export type Worker = {
  /** Claims nothing new, lets the steps in hand end (at most 10 s), then ends them. May be called twice. */
  close(): Promise<void>
}

const CONCURRENCY = 32
/** A step that takes longer waits for something sick: it no longer keeps others from their turn. */
const SLOW_MS = 1_000
/** So many may wait for something sick. */
const MOST_SLOW = 400
const CLAIM_MS = 1_000
const SWEEP_MS = 5_000
const TOGETHER_MS = 5
const RENEW_MS = 1_500
const GENTLE_MS = 10_000
const AFTER_TROUBLE_MS = 1_000
/** A timer may fire a little before its time. */
const SLACK_MS = 2

type Claimed = Awaited<ReturnType<Controller['claim']>>[number]
type Hand = {
  claim: Claimed
  hint: AbortController
  stop: AbortController
  hinted: boolean
  slow: boolean
  slowTimer: NodeJS.Timeout
  done: Promise<void>
}

/** Starts the worker of this process. */
export async function startWorker(): Promise<Worker> {
  return runWorker(await environmentController())
}

/** @param controller what is worked on: handed in, as a test may */
export async function runWorker(controller: Controller, { concurrency = CONCURRENCY }: { concurrency?: number } = {}): Promise<Worker> {
  const loop = new Loop(controller, concurrency)
  const silence = await listen('environment_work', (id) => loop.hear(id))
  loop.pump()
  let closed: Promise<void> | undefined
  return {
    close() {
      silence()
      closed ??= loop.close()
      return closed
    },
  }
}

class Loop {
  readonly #controller: Controller
  readonly #concurrency: number
  readonly #hands = new Map<string, Hand>()
  /** When steps have asked to be taken up again, ms since 1970. */
  #dueAt: number[] = []
  #timer: NodeJS.Timeout | undefined
  readonly #renewal: NodeJS.Timeout
  readonly #sweep: NodeJS.Timeout
  #sweeping: Promise<void> | null = null
  #slow = 0
  #soon: NodeJS.Timeout | undefined
  #pumping: Promise<void> | null = null
  #again = false
  #closing = false

  constructor(controller: Controller, concurrency: number) {
    this.#controller = controller
    this.#concurrency = concurrency
    this.#renewal = setInterval(() => this.#renew(), RENEW_MS)
    this.#sweep = setInterval(() => {
      this.#sweeping ??= this.#controller.sweep().finally(() => {
        this.#sweeping = null
      })
    }, SWEEP_MS)
  }

  /** A person has said something about an environment; null: hints may have been missed. */
  hear(id: string | null): void {
    const hand = id === null ? undefined : this.#hands.get(id)
    if (hand) {
      hand.hinted = true
      hand.hint.abort()
    }
    this.pump()
  }

  pump(): void {
    if (this.#closing) return
    if (this.#pumping) {
      this.#again = true
      return
    }
    this.#pumping = this.#claim().finally(() => {
      this.#pumping = null
      this.#schedule()
    })
  }

  /** Where a crowd is due, places become free one by one: they are filled a few at a time. */
  #pumpSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined
      this.pump()
    }, TOGETHER_MS)
  }

  async #claim(): Promise<void> {
    try {
      do {
        this.#again = false
        const free = this.#free()
        if (free <= 0 || this.#closing) return
        const claims = await this.#controller.claim(free)
        for (const claim of claims) this.#begin(claim)
      } while (this.#again)
    } catch (error) {
      log().error({ err: error }, 'nothing could be claimed')
      this.#dueAt.push(Date.now() + AFTER_TROUBLE_MS)
    }
  }

  #free(): number {
    return this.#slow >= MOST_SLOW ? 0 : this.#concurrency - (this.#hands.size - this.#slow)
  }

  #begin(claim: Claimed): void {
    const id = claim.environmentId
    const slowTimer = setTimeout(() => {
      hand.slow = true
      this.#slow += 1
      this.pump()
    }, SLOW_MS)
    const hand: Hand = {
      claim,
      hint: new AbortController(),
      stop: new AbortController(),
      hinted: false,
      slow: false,
      slowTimer,
      done: Promise.resolve(),
    }
    this.#hands.set(id, hand)
    const signals = { stop: hand.stop.signal, hint: hand.hint.signal }
    hand.done = this.#controller.step(claim, signals).then((nextAt) => {
      const wasFull = this.#free() <= 0
      clearTimeout(hand.slowTimer)
      if (hand.slow) this.#slow -= 1
      if (this.#hands.get(id) === hand) this.#hands.delete(id)
      if (nextAt !== null) this.#dueAt.push(nextAt)
      if (hand.hinted || (nextAt !== null && nextAt <= Date.now())) this.pump()
      else if (wasFull) this.#pumpSoon()
      else this.#schedule()
    })
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    if (this.#closing || this.#pumping) return
    const now = Date.now()
    this.#dueAt = this.#dueAt.filter((at) => at > now)
    const delay = Math.min(CLAIM_MS, ...this.#dueAt.map((at) => at - now + SLACK_MS))
    this.#timer = setTimeout(() => this.pump(), delay)
  }

  #renew(): void {
    const hands = [...this.#hands.values()]
    if (hands.length === 0) return
    this.#controller.renew(hands.map(({ claim }) => claim.owner)).then(
      (held) => {
        // Somebody else may be at it by now: what this step would still do is for them to decide.
        for (const hand of hands) if (!held.has(hand.claim.owner) && this.#hands.get(hand.claim.environmentId) === hand) hand.stop.abort()
      },
      (error: unknown) => log().warn({ err: error }, 'leases could not be renewed'),
    )
  }

  async close(): Promise<void> {
    this.#closing = true
    clearTimeout(this.#timer)
    clearTimeout(this.#soon)
    clearInterval(this.#sweep)
    await Promise.all([this.#pumping, this.#sweeping])
    const hands = [...this.#hands.values()]
    for (const hand of hands) hand.hint.abort()
    const firmly = setTimeout(() => {
      for (const hand of hands) hand.stop.abort()
    }, GENTLE_MS)
    await Promise.all(hands.map(({ done }) => done))
    clearTimeout(firmly)
    clearInterval(this.#renewal)
  }
}
