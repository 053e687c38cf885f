import { readConfig, setConfig } from '../config.ts'
import { FakeBooks } from './simulation-books.fixture.ts'
import { Chance } from './simulation-chance.fixture.ts'
import { Claims, type Hand, type Process } from './simulation-claims.fixture.ts'
import { HostileCloud } from './simulation-cloud.fixture.ts'
import { isUpAndReachable } from './simulation-nova.fixture.ts'
import { Oracle } from './simulation-oracle.fixture.ts'
import { People } from './simulation-people.fixture.ts'
import { HOSTS } from './simulation-step.fixture.ts'
import { Storm } from './simulation-storm.fixture.ts'
import { Sweeps } from './simulation-sweep.fixture.ts'
import { lifecycleOfRun, type Weather, weatherOf } from './simulation-weather.fixture.ts'

/*
 * One environment, its cloud, its people and two workers, event after event in true time (ms since the run began). Clocks on walls are
 * something else: they jump. A seed decides everything: a run that fails can be run again, and told.
 */

const NEVER = Number.POSITIVE_INFINITY
/** Everything has come to an end long before. */
const HORIZON_MS = 1_800_000
const MOST_STEPS = 5_000
/** Clocks of different computers. */
const SKEW_MS = 300
const SOMETIME = 1_000_000_000_000

export class World {
  now = 0
  readonly luck: Chance
  readonly weather: Weather
  readonly books: FakeBooks
  readonly cloud: HostileCloud
  readonly oracle: Oracle
  readonly people: People
  readonly claims: Claims
  readonly sweeps: Sweeps
  /** How long things usually take here, as far as is known. */
  readonly usualMs: { create: number | null; suspend: number | null; resume: number | null }
  /** Where people's orders are written. */
  readonly web: Pick<Process, 'skewMs'>
  /** What has happened, and how often: a world in which nothing does proves nothing. */
  readonly seen = new Map<string, number>()
  /** Generation whose machines are known. */
  knownHosts = 0
  readonly #storm: Storm
  readonly #databaseSkewMs: number
  readonly #trace: string[] | null
  #offset = SOMETIME

  /** @param trace where it is told what happens; null: nowhere */
  constructor(seed: number, trace: string[] | null = null) {
    setConfig(configuration)
    this.luck = new Chance(seed)
    this.#trace = trace
    this.weather = weatherOf(this.luck)
    this.cloud = new HostileCloud(this.luck, this.weather)
    this.usualMs = this.luck.hits(0.3) ? { create: 2_000, suspend: 1_500, resume: 1_500 } : { create: null, suspend: null, resume: null }
    this.#databaseSkewMs = this.skew()
    this.web = { skewMs: this.skew() }
    this.books = new FakeBooks(lifecycleOfRun(this.luck), this.databaseNow())
    this.oracle = new Oracle(this)
    this.claims = new Claims(this)
    this.people = new People(this)
    this.sweeps = new Sweeps(this)
    this.#storm = new Storm(this)
  }

  /** Runs to the end; what was wrong is in `oracle.wrong`. */
  run(): this {
    const { oracle, claims, people, sweeps, cloud } = this
    while (!oracle.isOver && oracle.wrong === null) {
      const next = Math.min(cloud.nextAt(), people.nextAt(), claims.nextAt(), sweeps.nextAt(), this.#storm.nextAt())
      if (next > HORIZON_MS) break
      this.now = Math.max(this.now, next)
      cloud.advance(this.now)
      this.#storm.go()
      people.go()
      claims.go()
      sweeps.go()
      oracle.watch()
      if (claims.count > MOST_STEPS) oracle.fail('workers go round in a circle')
    }
    oracle.ends()
    return this
  }

  sees(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1)
  }

  tell(words: () => string): void {
    this.#trace?.push(`${(this.now / 1000).toFixed(3)} ${words()}`)
  }

  // ---- clocks

  wall(): number {
    return this.now + this.#offset
  }

  wallOf({ skewMs }: Pick<Process, 'skewMs'>): number {
    return this.now + this.#offset + skewMs
  }

  dateOf(process: Pick<Process, 'skewMs'>): Date {
    return new Date(this.wallOf(process))
  }

  databaseNow(): number {
    return this.now + this.#offset + this.#databaseSkewMs
  }

  /** When it is, in true time, that this clock shows a time, if it is not changed. */
  trueTime(wall: number, { skewMs }: Pick<Process, 'skewMs'> = { skewMs: this.#databaseSkewMs }): number {
    return wall - this.#offset - skewMs
  }

  changeClocks(byMs: number): void {
    this.#offset += byMs
    this.oracle.sleep.jumped()
    this.claims.clockChanged(byMs)
    if (byMs < 0) this.sweeps.clockPutBack()
  }

  skew(): number {
    return this.luck.between(-SKEW_MS, SKEW_MS)
  }

  // ---- what a step asks of its world

  /** Between two strides: ms until the next. */
  gap(hand: Hand, point: string): number {
    const { luck, weather, claims } = this
    if (this.now >= weather.until) return 0
    if (luck.hits(weather.racing)) {
      this.tell(() => `(while ${hand.process.name} is at: ${point})`)
      this.people.race()
    }
    if (luck.hits(weather.dying)) claims.kill(hand.process, point)
    return !hand.ended && luck.hits(weather.freezing) ? claims.freeze(hand, point) : 0
  }

  /** When those machines of a stack answer that have not answered yet. */
  answersAt(name: string, answered: ReadonlySet<string>): number {
    const stack = this.cloud.find(name)
    if (!stack) return NEVER
    let at = 0
    stack.servers.forEach((server, index) => {
      if (answered.has(HOSTS[index] ?? '')) return
      const isComing = server.taskState === null ? server.status === 'ACTIVE' : server.next === 'ACTIVE'
      at = Math.max(at, isComing ? Math.max(server.sshAt, server.doneAt) : NEVER)
    })
    return at
  }

  jobIn(name: string): { host: string; command: string } | null {
    const server = this.cloud.find(name)?.servers[0]
    const runs = this.people.jobUntil > this.now && server !== undefined && isUpAndReachable(server, this.now)
    return runs ? { host: 'one', command: 'make' } : null
  }
}

/** No database is ever asked, and the operator allows whatever a lab wants. */
const configuration = {
  ...readConfig({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nowhere' }),
  lifecycle: { idleMs: null, sittingMs: null, jobMs: null },
}
