import type { ServerAction } from '../openstack-heat-client/index.ts'
import type { ListedStack } from './cloud-watch.ts'
import type { Chance } from './simulation-chance.fixture.ts'
import { FakeNova, type FakeServer } from './simulation-nova.fixture.ts'
import type { Weather } from './simulation-weather.fixture.ts'

/*
 * A cloud that is worse than any: a Heat whose actions fail, hang for ever and lag, which loses answers but not always the requests, lies,
 * and forgets what it was at when it is restarted. Facts are those of openstack/README.md. It shares no decision with the code under test.
 */

export type HeatAction = 'CREATE' | 'SUSPEND' | 'RESUME' | 'CHECK' | 'DELETE'
type Status = 'IN_PROGRESS' | 'COMPLETE' | 'FAILED'

export type FakeStack = {
  id: string
  name: string
  generation: number
  action: HeatAction
  status: Status
  reason: string
  /** Not over before. */
  doneAt: number
  /** It will be said to have failed, whatever the servers do. */
  fails: boolean
  /** The engine that was at it is gone (fact 13). */
  hung: boolean
  changedAt: number
  shown: { action: HeatAction; status: Status }
  hiddenUntil: number
  /** Somebody else was the last to ask Heat for something, or we were and had given it up. */
  strayed: boolean
  servers: FakeServer[]
}

export type Answer = 'ok' | 'conflict' | 'not_found' | 'outage' | 'refused'

const SERVERS = 2
/** What is sent is acted upon at last: shorter than the time after which the platform takes it for lost. */
const LATEST_MS = 45_000

export class HostileCloud {
  readonly stacks: FakeStack[] = []
  readonly nova: FakeNova
  now = 0
  /** The most stacks that ever stood at once. */
  most = 0
  /** Stacks that were asked for something in the midst of their create (fact 2). */
  ruined = 0
  /** Stacks that were checked while they slept (fact 4). */
  checkedAsleep = 0
  engineDownUntil = 0
  outageUntil = 0
  readonly #luck: Chance
  readonly #weather: Weather
  readonly #late: { at: number; act: () => void }[] = []
  /** Stacks, in all. */
  made = 0

  constructor(luck: Chance, weather: Weather) {
    this.#luck = luck
    this.#weather = weather
    this.nova = new FakeNova(luck, weather)
  }

  /** When something changes by itself. */
  nextAt(): number {
    let next = Number.POSITIVE_INFINITY
    for (const { at } of this.#late) if (at < next) next = at
    for (const { status, hung, doneAt, servers } of this.stacks) {
      if (status === 'IN_PROGRESS' && !hung && doneAt > this.now && doneAt < next) next = doneAt
      for (const server of servers) if (server.taskState !== null && server.doneAt < next) next = server.doneAt
    }
    return next
  }

  advance(now: number): void {
    this.now = now
    for (let index = 0; index < this.#late.length; index += 1) {
      const late = this.#late[index]
      if (!late || late.at > now) continue
      this.#late.splice(index, 1)
      index -= 1
      late.act()
    }
    for (let index = this.stacks.length - 1; index >= 0; index -= 1) {
      const stack = this.stacks[index]
      if (!stack) continue
      for (const server of stack.servers) this.nova.advance(server, now)
      if (stack.status === 'IN_PROGRESS' && !stack.hung && now >= stack.doneAt) this.#conclude(stack, index)
    }
  }

  /** What a list of our stacks says; null: no answer. */
  list(): Map<string, ListedStack> | null {
    if (this.#isSilent()) return null
    const listed = new Map<string, ListedStack>()
    for (const stack of this.stacks) {
      if (this.now < stack.hiddenUntil) continue
      const { id, name, reason } = stack
      const { action, status } = this.#shownOf(stack)
      const none = { createdAt: EPOCH, updatedAt: null, deletedAt: null, tags: [] }
      listed.set(name, { id, name, action, status, statusReason: status === 'FAILED' ? reason : '', ...none })
    }
    return listed
  }

  serversOf(name: string): readonly FakeServer[] | 'outage' | 'not_found' {
    if (this.#isSilent()) return 'outage'
    const stack = this.find(name)
    return stack && this.now >= stack.hiddenUntil ? stack.servers : 'not_found'
  }

  create(name: string, generation: number): Answer {
    return this.#call(() => {
      if (this.find(name)) return 'conflict'
      this.#begin(name, generation)
      return 'ok'
    })
  }

  /** @param id of the stack: another of the same name is another stack */
  act(action: Exclude<HeatAction, 'CREATE'>, id: string): Answer {
    return this.#call(() => {
      const stack = this.stacks.find((one) => one.id === id)
      if (!stack) return 'not_found'
      stack.strayed = false
      return this.start(action, stack)
    })
  }

  /** One request to Nova for one server. */
  actOnServer(server: FakeServer, action: ServerAction): Answer | 'forbidden' {
    const inTime = this.now < this.#weather.until && this.#luck.hits(this.#weather.losing)
    if (this.now < this.outageUntil || (inTime && this.#luck.hits(0.5))) return 'outage'
    const answer = this.nova.act(server, action, { now: this.now, byUs: true })
    return inTime ? 'outage' : answer
  }

  /** Heat begins an action, whoever asks for it. */
  start(action: Exclude<HeatAction, 'CREATE'>, stack: FakeStack): Answer {
    if (stack.status === 'IN_PROGRESS' && action !== 'DELETE') {
      if (stack.action === 'DELETE') return 'ok'
      if (stack.action === 'CREATE') {
        this.ruined += 1
        stack.fails = true
        return 'ok'
      }
      if (!stack.hung) return 'conflict'
    }
    if (action === 'DELETE' && stack.action === 'DELETE' && stack.status === 'IN_PROGRESS' && !stack.hung) return 'ok'
    const fails = this.nova.isFaulty(this.now)
    Object.assign(stack, { action, status: 'IN_PROGRESS', hung: false, changedAt: this.now, fails: false })
    stack.doneAt = this.now + this.#luck.log(100, action === 'DELETE' ? 3_000 : 800)
    if (action === 'DELETE' || action === 'CHECK') stack.fails = fails
    else this.#switch(stack, action, fails ? this.#luck.pick(['one server', 'in the end']) : null)
    return 'ok'
  }

  /** Forgets what it was at (fact 13). */
  restartEngine(): void {
    for (const stack of this.stacks) {
      if (stack.status !== 'IN_PROGRESS') continue
      stack.hung = true
      this.nova.badStarts += 1
    }
  }

  /**
   * A cloud that does not show what it was asked to remove has removed it, as far as anybody can know: such lies are not told. Nor are
   * those of stacks that nobody has ever had, which are not looked for twice.
   */
  endLies(): void {
    for (const stack of this.stacks) stack.hiddenUntil = 0
  }

  /** How a create of ours is answered. */
  newest(generation: number): { name: string; id: string } {
    const stack = this.stacks.find((one) => one.generation === generation)
    return { name: stack?.name ?? '', id: stack?.id ?? 'gone already' }
  }

  /** Somebody removes it behind our back, and whatever was still on its way here with it. */
  remove(stack: FakeStack): void {
    this.stacks.splice(this.stacks.indexOf(stack), 1)
    this.#late.length = 0
  }

  find(name: string): FakeStack | undefined {
    return this.stacks.find((stack) => stack.name === name)
  }

  #isSilent(): boolean {
    if (this.now < this.outageUntil || this.now < this.engineDownUntil) return true
    return this.now < this.#weather.until && this.#luck.hits(this.#weather.losing / 4)
  }

  #call(act: () => Answer): Answer {
    if (this.now < this.outageUntil) return 'outage'
    if (this.now < this.engineDownUntil) {
      // It waits in the queue, and the engine acts upon it when it is back.
      if (this.#luck.hits(0.5)) this.#landLate(Math.min(this.engineDownUntil, this.now + LATEST_MS), act)
      return 'outage'
    }
    if (this.now >= this.#weather.until || !this.#luck.hits(this.#weather.losing)) return act()
    // The answer is lost, not always the request.
    const fate = this.#luck.next()
    if (fate < 0.3) act()
    else if (fate < 0.6) this.#landLate(this.now + this.#luck.log(500, LATEST_MS), act)
    return 'outage'
  }

  #landLate(at: number, act: () => Answer): void {
    const late = () => {
      act()
      // Nobody waits for it any more.
      for (const stack of this.stacks) stack.strayed = true
    }
    this.#late.push({ at, act: late })
  }

  #begin(name: string, generation: number): void {
    this.made += 1
    const id = `stack-${this.made}`
    const isFull = this.now < this.nova.quotaUntil
    const servers = isFull ? [] : Array.from({ length: SERVERS }, (_, at) => this.nova.build(`${id}-server-${at}`, this.now))
    const doneAt = this.now + this.#luck.log(200, isFull ? 2_000 : 4_000)
    const fails = isFull || this.nova.isFaulty(this.now)
    const reason = isFull ? 'Forbidden: Quota exceeded for instances' : 'Resource CREATE failed: ResourceInError'
    const seen = { action: 'CREATE', status: 'IN_PROGRESS' } as const
    const born = { doneAt, fails, hung: false, changedAt: this.now, hiddenUntil: 0, strayed: false }
    this.stacks.push({ id, name, generation, ...seen, reason, ...born, shown: seen, servers })
    this.most = Math.max(this.most, this.stacks.length)
  }

  /** Heat switches the servers one by one, where what it believes of them allows it (heat/engine/resource.py, suspend and resume). */
  #switch(stack: FakeStack, action: 'SUSPEND' | 'RESUME', fault: 'one server' | 'in the end' | null): void {
    stack.fails = fault === 'in the end'
    stack.reason = `Resource ${action} failed`
    stack.servers.forEach((server, index) => {
      const valid =
        action === 'SUSPEND'
          ? server.action === 'SUSPEND' || server.outcome === 'COMPLETE'
          : (server.action === 'SUSPEND' && server.outcome === 'COMPLETE') ||
            (server.action === 'RESUME' && server.outcome !== 'IN_PROGRESS')
      server.action = valid ? action : server.action
      if (!valid) server.outcome = 'FAILED'
      else {
        const isThere = server.status === (action === 'SUSPEND' ? 'SUSPENDED' : 'ACTIVE') && server.taskState === null
        const asks = !isThere && !(fault === 'one server' && index === 0)
        const call = action === 'SUSPEND' ? 'suspend' : 'resume'
        const accepted = isThere || (asks && this.nova.act(server, call, { now: this.now, byUs: true }) === 'ok')
        server.outcome = accepted ? 'IN_PROGRESS' : 'FAILED'
      }
    })
    if (action === 'SUSPEND' && (stack.fails || stack.servers.some(({ outcome }) => outcome === 'FAILED'))) this.nova.badSuspends += 1
  }

  #conclude(stack: FakeStack, index: number): void {
    if (stack.action === 'DELETE') {
      if (stack.fails) this.#end(stack, 'FAILED')
      else this.stacks.splice(index, 1)
      return
    }
    let open = 0
    for (const server of stack.servers) {
      if (server.outcome === 'IN_PROGRESS' || stack.action === 'CHECK') this.#look(stack.action, server)
      if (server.outcome === 'IN_PROGRESS') open += 1
    }
    const failed = stack.servers.some(({ outcome }) => outcome === 'FAILED')
    // Heat asks on and on where a server is in none of the states that it knows as an end; a sibling's failure ends that.
    if (open > 0 && !failed) return
    if (open > 0 && stack.servers.some(({ taskState }) => taskState !== null)) return
    if (stack.action === 'CREATE' && stack.fails) for (const server of stack.servers) server.outcome = 'FAILED'
    this.#end(stack, failed || stack.fails ? 'FAILED' : 'COMPLETE')
  }

  #look(action: HeatAction, server: FakeServer): void {
    const { status, taskState } = server
    if (action === 'CHECK') {
      server.action = 'CHECK'
      server.outcome = status === 'ACTIVE' ? 'COMPLETE' : 'FAILED'
      return
    }
    if (taskState !== null) return
    if (status === (action === 'SUSPEND' ? 'SUSPENDED' : 'ACTIVE')) server.outcome = 'COMPLETE'
    else if (status === 'ERROR' || status === 'SHELVED_OFFLOADED') server.outcome = 'FAILED'
  }

  #end(stack: FakeStack, status: Status): void {
    stack.status = status
    stack.changedAt = this.now
    if (status === 'FAILED' && (stack.action === 'CREATE' || stack.action === 'RESUME')) this.nova.badStarts += 1
  }

  /** Sometimes what was before (fact 1). */
  #shownOf(stack: FakeStack): { action: HeatAction; status: Status } {
    const { action, status, changedAt, shown } = stack
    const isNew = shown.action !== action || shown.status !== status
    if (!isNew) return shown
    const lags = this.now - changedAt < 100 || (this.now < this.#weather.until && this.#luck.hits(this.#weather.stale))
    if (!lags) stack.shown = { action, status }
    return stack.shown
  }
}

const EPOCH = new Date(0)
