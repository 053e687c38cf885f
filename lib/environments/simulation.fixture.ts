/*
 * A world that is worse than any cloud: a Heat whose actions fail, whose statuses lag, which loses answers but not always the requests,
 * people who change their minds, someone who removes stacks by hand, workers that die half way and come back too late.
 * Chance is seeded: a run that fails can be run again. It shares no decision with the code under test.
 */

export type Status = 'IN_PROGRESS' | 'COMPLETE' | 'FAILED'
export type StackAction = 'CREATE' | 'SUSPEND' | 'RESUME' | 'DELETE'
export type FakeStack = { action: StackAction; status: Status; doneAt: number; sshAt: number; broken: boolean; shown: string }

export type Chance = { next: () => number; pick: <T>(from: readonly T[]) => T }

export function chance(seed: number): Chance {
  let state = (seed * 2654435761) >>> 0
  const next = () => {
    state = (state * 1664525 + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const pick = <T>(from: readonly T[]): T => {
    const found = from[Math.floor(next() * from.length)]
    if (found === undefined) throw new Error('nothing to pick from')
    return found
  }
  return { next, pick }
}

export type CallAnswer = 'ok' | 'conflict' | 'not_found' | 'outage'

/** One project of a cloud. `now` and all times in ms. */
export class HostileHeat {
  readonly stacks = new Map<string, FakeStack>()
  /** The most stacks that ever stood at once. */
  most = 0
  /** Stacks that were asked for something in the midst of their create. */
  ruined = 0
  readonly #late: { name: string; at: number }[] = []
  readonly #chance: Chance
  readonly #faultRate: number
  readonly #faultsUntil: number

  constructor(luck: Chance, faultsUntil: number) {
    this.#chance = luck
    this.#faultRate = luck.next() * 0.5
    this.#faultsUntil = faultsUntil
  }

  isFaulty(now: number): boolean {
    return now < this.#faultsUntil && this.#chance.next() < this.#faultRate
  }

  advance(now: number): void {
    for (const late of this.#late.filter(({ at }) => at <= now)) {
      this.#late.splice(this.#late.indexOf(late), 1)
      if (!this.stacks.has(late.name)) this.#begin(late.name, now)
    }
    for (const [name, stack] of this.stacks) {
      if (stack.status !== 'IN_PROGRESS' || now < stack.doneAt) continue
      const fails = (stack.broken && stack.action !== 'DELETE') || this.isFaulty(now)
      if (fails && stack.action === 'CREATE') stack.broken = true
      if (stack.action === 'DELETE' && !fails) this.stacks.delete(name)
      else {
        stack.status = fails ? 'FAILED' : 'COMPLETE'
        stack.sshAt = now + 1000 + this.#chance.next() * 4000
      }
    }
  }

  /** The status that a look shows: sometimes the one before, never for a stack that is not there (facts 1, 20). */
  show(name: string, now: number): { action: StackAction; status: Status; reachable: boolean } | null {
    const stack = this.stacks.get(name)
    if (!stack) return null
    const truth = `${stack.action} ${stack.status}`
    if (!(now < this.#faultsUntil && this.#chance.next() < 0.15)) stack.shown = truth
    const [action, status] = stack.shown.split(' ') as [StackAction, Status]
    const reachable = stack.shown === truth && stack.status === 'COMPLETE' && stack.action !== 'SUSPEND' && now >= stack.sshAt
    return { action, status, reachable }
  }

  call(action: StackAction, name: string, now: number): CallAnswer {
    const arrives = !this.isFaulty(now)
    if (!arrives && this.#chance.next() < 0.5) {
      // The answer is lost, not the request: a create may even land a good while later.
      if (action === 'CREATE') this.#late.push({ name, at: now + this.#chance.next() * 8000 })
      else this.#act(action, name, now)
      return 'outage'
    }
    return arrives ? this.#act(action, name, now) : 'outage'
  }

  #act(action: StackAction, name: string, now: number): CallAnswer {
    const stack = this.stacks.get(name)
    if (action === 'CREATE') {
      if (stack) return 'conflict'
      this.#begin(name, now)
      return 'ok'
    }
    if (!stack) return 'not_found'
    if (action === 'DELETE' && stack.action === 'DELETE' && stack.status === 'IN_PROGRESS') return 'ok'
    if (action !== 'DELETE' && stack.status === 'IN_PROGRESS') return stack.action === 'CREATE' ? this.#ruin(stack) : 'conflict'
    stack.broken ||= stack.action === 'CREATE' && stack.status !== 'COMPLETE'
    Object.assign(stack, { action, status: 'IN_PROGRESS', doneAt: now + 1000 + this.#chance.next() * 6000 })
    return 'ok'
  }

  /** Heat does not protect a stack that is being created (fact 2): whoever asks such a thing has spoilt it. */
  #ruin(stack: FakeStack): CallAnswer {
    stack.broken = true
    this.ruined += 1
    return 'ok'
  }

  #begin(name: string, now: number): void {
    const doneAt = now + 2000 + this.#chance.next() * 8000
    this.stacks.set(name, { action: 'CREATE', status: 'IN_PROGRESS', doneAt, sshAt: 0, broken: false, shown: 'CREATE IN_PROGRESS' })
    this.most = Math.max(this.most, this.stacks.size)
  }
}
