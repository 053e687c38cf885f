import {
  accountFor,
  asleepByDeadline,
  type Books,
  countEnd,
  deletedByDeadline,
  type Outcome,
  type Reason,
  type StepDone,
} from './account.ts'
import { deadlineKept, endsWork, isCall } from './act.ts'
import { isJobWanted } from './deadlines.ts'
import { type Action, decide, type EnvironmentFacts, goalAt, type Seen } from './decide.ts'
import { isPowerWanted } from './decide-power.ts'
import { failureCodeOf } from './execute.ts'
import { factsOf, type Loaded } from './load.ts'
import { emptyLook, isUp, withSeen } from './look.ts'
import { type Look, type Sighting, sightingOf } from './observe.ts'
import { pauseAfterOutage } from './pace.ts'
import { phaseFacts } from './phase.ts'
import { type PowerOrder, powerOf, serverAction } from './power.ts'
import type { Entry } from './record.ts'
import type { Hand } from './simulation-claims.fixture.ts'
import type { Answer, HeatAction } from './simulation-cloud.fixture.ts'
import { isUpAndReachable } from './simulation-nova.fixture.ts'
import type { World } from './simulation-world.fixture.ts'
import { sinceSteady } from './steady-clock.ts'
import { answeredOf, forget } from './step-memory.ts'

/*
 * One step of a worker, in the order of controller.ts: load, observe, decide, do one thing, record. Between two strides the world may go
 * on: each `yield` is so many ms of true time. Whoever has died simply does not go on.
 */

/** record.ts, FRESH_MS. */
const FRESH_MS = 1_500
const PROBE_BUDGET_MS = 3_000

type Strides<T> = Generator<number, T>
/** What `dead` and stale claims come to. */
class Ended {}
const ENDED = new Ended()

export function* step(world: World, hand: Hand): Strides<void> {
  let loaded = world.books.load(hand.owner, world.now)
  if (!loaded) return
  try {
    yield* gap(world, hand, 'loaded')
    let look = observe(world, hand, loaded)
    if (look && (look.older?.gone || look.current?.gone)) {
      const gone = { ...look, older: goneOnly(look.older), current: goneOnly(look.current), parts: null }
      loaded = record(world, loaded, { ...nothing, look: gone, books: booksOf(loaded), now: world.dateOf(hand.process), release: false })
      yield* gap(world, hand, 'buried')
      look = observe(world, hand, loaded)
    }
    if (!look) return stumble(world, hand, loaded)
    const { steadySince } = hand.process
    const known = sinceSteady(factsOf(loaded, { placed: true, usualMs: world.usualMs }), steadySince)
    // A lab of the simulation is built in seconds.
    const facts = { ...known, createLimitMs: CREATE_LIMIT_MS, failures: countEnd(known, look.observation, world.wallOf(hand.process)) }
    look = lookCloser(world, hand, { loaded, look, facts })
    if (!look) return stumble(world, hand, loaded)
    const freshReason = reasonFromCloud(look, facts)
    const settled: { loaded: Loaded; look: Look } | null = yield* settle(world, hand, { loaded, look, facts })
    if (!settled) return stumble(world, hand, loaded)
    ;({ loaded, look } = settled)
    yield* gap(world, hand, 'seen')
    if (hand.process.steadySince !== steadySince) throw ENDED
    yield* finish(world, hand, { loaded, look, facts, freshReason })
  } catch (error) {
    if (error !== ENDED) throw error
    world.books.letGo(hand.owner)
  }
}

export const CREATE_LIMIT_MS = 90_000

const nothing = { name: '', freshReason: null, created: null, createEnded: null, hosts: [] }

const goneOnly = (sighting: Sighting | null) => (sighting?.gone ? sighting : null)

/** Time goes by, a person acts, a process freezes or dies. */
function* gap(world: World, hand: Hand, point: string): Strides<void> {
  const ms = world.gap(hand, point)
  if (ms > 0) yield ms
  if (ms >= FRESH_MS) world.claims.goOn(hand)
  if (hand.ended) throw ENDED
}

function record(world: World, loaded: Loaded, entry: Entry): Loaded {
  const after = world.books.record(loaded, entry)
  if (!after) throw ENDED
  return after
}

function observe(world: World, hand: Hand, { row, stacks }: Loaded): Look | null {
  if (stacks.length === 0) return emptyLook
  const listed = world.cloud.list()
  if (!listed) return null
  const now = world.wallOf(hand.process)
  const { steadySince } = hand.process
  const sight = (generation: (one: number) => boolean) => {
    const stack = stacks.find((one) => generation(one.generation))
    return stack ? sightingOf(stack, listed.get(stack.name) ?? null, { environment: row, now, steadySince }) : null
  }
  const older = sight((one) => one < row.generation)
  const current = sight((one) => one === row.generation)
  const seen: Seen = current && !current.gone ? current.seen : { stack: 'absent', certainAt: 0 }
  return { observation: { older: older && !older.gone ? older.seen : null, current: seen, job: null }, older, current, parts: null }
}

/** look.ts: lookCloser and lookForJob. */
function lookCloser(world: World, { process }: Hand, { loaded, look, facts }: Seeing): Look | null {
  const { current } = look
  if (!current?.listed || current.gone || current.seen.stack === 'absent') return look
  const now = world.wallOf(process)
  let closer = look
  if (isPowerWanted(facts, current.seen, { asleep: goalAt(facts, now) === 'suspended', now })) {
    const servers = world.cloud.serversOf(current.row.name)
    if (servers === 'outage' || servers === 'not_found') return null
    closer = withSeen(look, { ...current.seen, power: powerOf(servers) })
  }
  if (loaded.row.phase !== 'ready' || !isUp(facts, closer, now) || !isJobWanted(facts, now)) return closer
  return { ...closer, observation: { ...closer.observation, job: world.jobIn(current.row.name) } }
}

function reasonFromCloud({ current }: Look, { intent }: EnvironmentFacts): Reason {
  if (current?.listed?.status !== 'FAILED' || current.row.status === 'FAILED' || intent === 'deleted') return null
  const { action, statusReason } = current.listed
  return { code: failureCodeOf(action, statusReason), detail: statusReason }
}

type Seeing = { loaded: Loaded; look: Look; facts: EnvironmentFacts }

/** controller.ts, settle: a stack that has come up is followed to its machines; null: the cloud did not say where they are. */
function* settle(world: World, hand: Hand, { loaded, look, facts }: Seeing): Strides<{ loaded: Loaded; look: Look } | null> {
  const { current } = look
  const { process } = hand
  if (!current?.listed || current.seen.stack === 'absent' || !isUp(facts, look, world.wallOf(process))) return { loaded, look }
  const { seen } = current
  if (loaded.row.phase === 'ready') return { loaded, look: withSeen(look, { ...seen, reachable: true }) }
  const { generation, phase, phaseAt } = loaded.row
  const isFirst = world.knownHosts !== generation
  if (isFirst && world.cloud.list() === null) return null
  const done: StepDone = { action: { do: 'wait', until: 0, why: 'ssh' }, outcome: null, phase, phaseAt: phaseAt.getTime(), now: 0 }
  const now = world.wallOf(process)
  const books = accountFor(facts, look.observation, { ...done, action: { do: 'wait', until: now, why: 'ssh' }, now })
  let after = loaded
  if (isFirst || books.phase !== phase) after = record(world, loaded, { ...nothing, look, books, now: new Date(now), release: false })
  world.knownHosts = generation
  const answered = answeredOf(process.memory, loaded.row, current.row)
  const { name } = current.row
  hand.probing = true
  const untilMs = world.answersAt(name, answered.hosts) - world.now
  if (untilMs > 0) yield Math.min(untilMs, PROBE_BUDGET_MS)
  hand.probing = false
  if (hand.ended) throw ENDED
  const servers = world.cloud.find(name)?.servers ?? []
  servers.forEach((server, at) => {
    if (isUpAndReachable(server, world.now)) answered.hosts.add(HOSTS[at] ?? '')
  })
  const all = HOSTS.every((host) => answered.hosts.has(host))
  if (all) world.oracle.handsOver(servers)
  const row = after.stacks.find(({ id }) => id === current.row.id) ?? current.row
  return { loaded: after, look: withSeen({ ...look, current: { ...current, row } }, { ...seen, reachable: all }) }
}

export const HOSTS = ['one', 'two']

type Deciding = Seeing & { freshReason: Reason }

function* finish(world: World, hand: Hand, { loaded: before, look, facts, freshReason }: Deciding): Strides<void> {
  const { books, oracle } = world
  const { process } = hand
  let loaded = before
  const action = decide(facts, look.observation, world.wallOf(process))
  const why = deadlineKept(facts, action, world.wallOf(process))
  if (why !== null) {
    yield* gap(world, hand, 'keeping a deadline')
    const now = world.dateOf(process)
    const kept = why === 'delete' ? deletedByDeadline(now) : asleepByDeadline(why, now)
    const change = { ...kept, reasonCode: null, reasonDetail: null }
    if (!books.guarded(loaded, { ...change, checkedAt: now }, why !== 'delete')) throw ENDED
    if (why !== 'delete') oracle.deadlineKept(why)
    loaded = { ...loaded, row: { ...loaded.row, ...change } }
  }
  const after = why === null ? facts : { ...factsOf(loaded, facts), createLimitMs: facts.createLimitMs }
  const outcome: Outcome | null = isCall(action) ? yield* act(world, hand, { loaded, look, action }) : null
  yield* gap(world, hand, 'done')
  const { phase, phaseAt } = loaded.row
  const now = world.dateOf(process)
  const done = { action, outcome, phase, phaseAt: phaseAt.getTime(), now: now.getTime() }
  const entry = {
    ...nothing,
    name: action.do,
    look,
    books: accountFor(after, look.observation, done),
    freshReason,
    createEnded: createEndOf(action, outcome),
    created: action.do === 'create' && outcome?.kind === 'done' ? world.cloud.newest(loaded.row.generation) : null,
    now,
    release: true,
  }
  world.tell(() => `${process.name} ${JSON.stringify(action)} ${outcome === null ? '' : JSON.stringify(outcome)} -> ${entry.books.phase}`)
  record(world, loaded, entry)
  if (action.do === 'rest') forget(process.memory, loaded.row)
}

type Acting = { loaded: Loaded; look: Look; action: Exclude<Action, { do: 'wait' | 'rest' }> }

/** act.ts and execute.ts: at most one thing is asked of the cloud. */
function* act(world: World, hand: Hand, { loaded, look, action }: Acting): Strides<Outcome> {
  const { books, cloud, oracle } = world
  if (action.do === 'create') {
    const stack = books.writeStack(loaded, world.dateOf(hand.process))
    if (!stack) throw ENDED
    yield* gap(world, hand, 'name written')
    confirm(world, loaded, false)
    oracle.calls({ action, name: stack.name, loaded })
    const answer = cloud.create(stack.name, stack.generation)
    if (answer === 'outage') yield* silence(world, hand)
    // A name that is taken is taken by us.
    if (answer === 'conflict') return { kind: cloud.list()?.has(stack.name) ? 'done' : 'again' }
    return outcomeOf(answer, true)
  }
  const sighting = action.do === 'delete' && action.target === 'older' ? look.older : look.current
  if (!sighting?.listed) throw new Error(`decided to ${action.do} a stack that was not seen`)
  const { id, name } = sighting.listed
  yield* gap(world, hand, 'before a call')
  confirm(world, loaded, endsWork(action))
  oracle.calls({ action, name, loaded })
  const answer = action.do === 'power' ? switchPower(world, name, action) : cloud.act(verbs[action.do], id)
  if (answer === 'outage') yield* silence(world, hand)
  return outcomeOf(answer, action.do === 'resume' || (action.do === 'power' && action.to === 'on'))
}

const verbs = { delete: 'DELETE', suspend: 'SUSPEND', resume: 'RESUME', check: 'CHECK' } as const satisfies Record<string, HeatAction>

function confirm({ books, now }: World, loaded: Loaded, always: boolean): void {
  if ((always || now - loaded.loadedAt >= FRESH_MS) && !books.isHeld(loaded)) throw ENDED
}

/** An answer that does not come is waited for, sometimes. */
function* silence(world: World, hand: Hand): Strides<void> {
  if (world.luck.hits(0.3)) yield world.luck.between(0, 20_000)
  if (hand.ended) throw ENDED
}

function outcomeOf(answer: Answer | 'forbidden', mayStop: boolean): Outcome {
  if (answer === 'ok') return { kind: 'done' }
  if (answer === 'conflict' || answer === 'not_found') return { kind: 'again' }
  if (answer === 'outage') return { kind: 'later', code: 'cloud.unavailable', detail: null }
  return { kind: mayStop ? 'stop' : 'later', code: 'cloud.refused', detail: answer }
}

/** power.ts, switchPower. */
function switchPower({ cloud }: World, name: string, order: PowerOrder): Answer | 'forbidden' {
  const servers = cloud.serversOf(name)
  if (typeof servers === 'string') return servers
  let asked = 0
  let conflicts = 0
  let grave: Answer | 'forbidden' | null = null
  for (const server of servers) {
    const wanted = serverAction(server, order)
    if (wanted === null) continue
    asked += 1
    const answer = cloud.actOnServer(server, wanted)
    if (answer === 'conflict') conflicts += 1
    else if (answer !== 'ok') grave ??= answer
  }
  return grave ?? (conflicts > 0 && conflicts === asked ? 'conflict' : 'ok')
}

function createEndOf(action: Action, outcome: Outcome | null): Entry['createEnded'] {
  if (action.do === 'create' && outcome?.kind === 'stop') return 'refused'
  return action.do === 'delete' && action.why === 'create_stuck' && outcome?.kind === 'done' ? 'stuck' : null
}

/** controller.ts: the books as they stand. */
function booksOf({ row }: Loaded): Books {
  const { phase, failures, sleepFailures, sleepHow, wasReady } = row
  const nextCheckAt = row.nextCheckAt?.getTime() ?? null
  return {
    phase,
    failures,
    sleepFailures,
    sleepHow,
    wasReady,
    reason: 'keep',
    retryAt: row.retryAt?.getTime() ?? 0,
    nextCheckAt,
    sitting: null,
  }
}

/** controller.ts: the cloud could not be asked. */
function stumble(world: World, hand: Hand, loaded: Loaded): void {
  const now = world.wallOf(hand.process)
  const { phase, phaseAt } = loaded.row
  const reason: Books['reason'] = phaseFacts(phase).moving ? { code: 'cloud.unavailable', detail: null } : 'keep'
  const books = { ...booksOf(loaded), reason, nextCheckAt: now + pauseAfterOutage(now - phaseAt.getTime()) }
  world.tell(() => `${hand.process.name} the cloud could not be asked`)
  record(world, loaded, { ...nothing, look: emptyLook, books, now: new Date(now), release: true })
}
