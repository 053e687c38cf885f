import { cloudFailure } from '../clouds.ts'
import type { Failure } from '../errors.ts'
import { log } from '../log.ts'
import { accountFor, type Books, countEnd, type Outcome, type Reason } from './account.ts'
import { act, deadlineKept } from './act.ts'
import { causeOf } from './cause.ts'
import { type Claim, claimDue, letGo, renewLeases } from './claim.ts'
import { type Action, decide, type EnvironmentFacts } from './decide.ts'
import { isStaleClaim, staleClaim } from './held-claim.ts'
import { ensureInstance } from './instance.ts'
import { keepDeadline } from './keep-deadline.ts'
import { factsOf, type Loaded, loadForStep, type Placement } from './load.ts'
import { emptyLook, isUp, lookAt, lookCloser, lookForJob, withSeen } from './look.ts'
import type { Look } from './observe.ts'
import { pauseAfterOutage } from './pace.ts'
import { phaseFacts } from './phase.ts'
import { type Entry, record } from './record.ts'
import { findMachines, tryMachines } from './settle.ts'
import { spansOf } from './spans.ts'
import { type SteadyClock, sinceSteady, steadyClock } from './steady-clock.ts'
import { answeredOf, createMemory, forget, type Memory, signInEarly } from './step-memory.ts'
import { sweepClouds } from './sweep.ts'

/** Ends of a step that come from outside: `stop` when the process ends, `hint` when a person has said something new meanwhile. */
export type StepSignals = { stop: AbortSignal; hint: AbortSignal }

/** Works on what a worker claims for it. It decides nothing about when and how many. */
export type Controller = {
  claim(limit: number): Promise<Claim[]>
  renew(owners: readonly string[]): Promise<Set<string>>
  /** One step; it never fails. @returns when to look again (ms since 1970), null: not before somebody says so */
  step(claim: Claim, signals: StepSignals): Promise<number | null>
  /** Holds all that is at rest against the clouds' lists, where it is time to; it never fails. */
  sweep(): Promise<void>
}

/** The reconciler of environments: load, observe, decide, execute at most one call, record (house rules H6, H7). */
export async function environmentController(clock: SteadyClock = steadyClock()): Promise<Controller> {
  const { now } = clock
  const memory = createMemory(await ensureInstance(), clock)
  void signInEarly(memory)
  return {
    claim: claimDue,
    renew: renewLeases,
    sweep: () => sweepClouds(memory, now),
    async step(claim, signals) {
      try {
        const loaded = await loadForStep(claim)
        if (!loaded) return now()
        return await advance({ loaded, memory, signals, now }).catch((error: unknown) => {
          // The process ends, or the lease is gone: somebody else goes on from here.
          if (isStaleClaim(error) || signals.stop.aborted) throw error
          return stumble(loaded, error, now())
        })
      } catch (error) {
        if (!isStaleClaim(error) && !signals.stop.aborted)
          log().error({ err: error, environmentId: claim.environmentId }, 'a step could not be written down')
        // The lease ends by itself where even this fails.
        await letGo(claim).catch(() => {})
        return now()
      }
    },
  }
}

type StepContext = { loaded: Loaded; memory: Memory; signals: StepSignals; now: () => number }

async function advance(context: StepContext): Promise<number | null> {
  const { memory, signals, now } = context
  let { loaded } = context
  const looking = { memory, signal: signals.stop, now }
  const { placement, look: seen } = await lookAt({ ...looking, loaded })
  let look = seen
  // What is gone is written down before anything is made in its place: a row answers for one stack only.
  if (look.older?.gone || look.current?.gone) {
    loaded = await buryGone(loaded, look, now())
    look = (await lookAt({ ...looking, loaded })).look
  }
  const steadySince = memory.steadySince()
  const facts = await knownFacts(loaded, placement, look, { now: now(), steadySince })
  look = await lookCloser({ ...looking, loaded }, look, facts)
  const job = await lookForJob({ ...looking, loaded }, look, facts)
  look = { ...look, observation: { ...look.observation, job } }
  const freshReason = await reasonFromCloud(context, look, placement)
  const settled = await settle({ ...context, loaded }, look, facts)
  if (settled) ({ loaded, look } = settled)

  // The clock was changed while we looked: nothing that we know of times is worth deciding by.
  if (memory.steadySince() !== steadySince) throw staleClaim()
  const decided = decide(facts, look.observation, now())
  // A deadline is kept by a commit of its own: whoever comes back from now on finds it falling asleep, and wakes it.
  const why = deadlineKept(facts, decided, now())
  if (why !== null) loaded = await keepDeadline(loaded, why, new Date(now()))
  const after = why === null ? facts : factsOf(loaded, facts)
  const done = await act(decided, { loaded, look, placement, memory, signal: signals.stop, now })
  return writeDown(
    { ...context, loaded },
    { facts: after, look, action: decided, done, freshReason, wrongClock: settled?.wrongClock ?? [] },
  )
}

/** The row as the decision wants it, with a create whose bad end is seen for the first time already counted. */
async function knownFacts(
  loaded: Loaded,
  placement: Placement,
  look: Look,
  { now, steadySince }: { now: number; steadySince: number },
): Promise<EnvironmentFacts> {
  const spans = await spansOf(loaded.row.labVersionId, 'cloudId' in placement ? placement.cloudId : loaded.row.cloudId, now)
  const usualMs = { create: spans.create?.usualMs ?? null, suspend: spans.suspend?.usualMs ?? null, resume: spans.resume?.usualMs ?? null }
  const facts = sinceSteady(factsOf(loaded, { placed: 'cloudId' in placement, usualMs }), steadySince)
  return { ...facts, failures: countEnd(facts, look.observation, now) }
}

type Decided = {
  facts: EnvironmentFacts
  look: Look
  action: Action
  done: Awaited<ReturnType<typeof act>>
  freshReason: Reason
  wrongClock: string[]
}

async function writeDown({ loaded, memory, now }: StepContext, decided: Decided): Promise<number | null> {
  const { facts, look, action, done, freshReason, wrongClock } = decided
  const { row } = loaded
  const outcome = done?.outcome ?? null
  const books = accountFor(facts, look.observation, { action, outcome, phase: row.phase, phaseAt: row.phaseAt.getTime(), now: now() })
  if (books.phase === 'ready' && wrongClock.length > 0) books.reason = { code: 'environment.clock_wrong', detail: wrongClock.join(', ') }
  const entry = {
    name: action.do,
    look,
    books,
    freshReason,
    created: done?.ref ?? null,
    createEnded: createEndOf(action, outcome),
    hosts: [],
  }
  tellLog(loaded, action, outcome)
  await record(loaded, { ...entry, now: new Date(now()), release: true })
  if (action.do === 'rest') forget(memory, row)
  return books.nextCheckAt
}

async function buryGone(loaded: Loaded, look: Look, now: number): Promise<Loaded> {
  const [older, current] = [look.older, look.current].map((sighting) => (sighting?.gone ? sighting : null))
  const gone = { ...look, older: older ?? null, current: current ?? null, parts: null }
  const entry = { name: 'gone', look: gone, books: booksOf(loaded), freshReason: null, created: null, createEnded: null, hosts: [] }
  return record(loaded, { ...entry, now: new Date(now), release: false })
}

/** The books as they stand. */
function booksOf({ row }: Loaded): Books {
  const { phase, failures, sleepFailures, sleepHow, wasReady } = row
  const nextCheckAt = row.nextCheckAt?.getTime() ?? null
  const retryAt = row.retryAt?.getTime() ?? 0
  return { phase, failures, sleepFailures, sleepHow, wasReady, reason: 'keep', retryAt, nextCheckAt, sitting: null }
}

type Settled = { loaded: Loaded; look: Look; wrongClock: string[] }

/** A stack that has come up is followed to its machines in the same step: their owner waits. Null where there is nothing to follow. */
async function settle({ loaded, memory, signals, now }: StepContext, look: Look, facts: EnvironmentFacts): Promise<Settled | null> {
  const { current } = look
  if (!current?.listed || current.seen.stack === 'absent' || !isUp(facts, look, now())) return null
  const { seen } = current
  const reached = (reachable: boolean | 'never', from = look): Look => withSeen(from, { ...seen, reachable })
  if (loaded.row.phase === 'ready') return { loaded, look: reached(true), wrongClock: [] }
  const { cloud } = await memory.cloudOf(current.row.cloudId)
  const ref = { name: current.listed.name, id: current.listed.id }
  const machines = await findMachines(loaded, ref, { cloud, signal: signals.stop })
  if (machines === 'nowhere') return { loaded, look: reached('never'), wrongClock: [] }

  const withParts = { ...look, parts: machines.parts ?? look.parts }
  const ended = new AbortController()
  const written = announce(loaded, { look: withParts, facts, hosts: machines.fresh, now: now() })
  written.catch(() => ended.abort())
  const signal = AbortSignal.any([signals.stop, signals.hint, ended.signal])
  const answered = answeredOf(memory, loaded.row, current.row)
  const context = { cloud, signal, answered: answered.hosts, written }
  const [after, result] = await Promise.all([written, tryMachines(loaded, machines.hosts, context)])
  for (const name of result.answered) answered.hosts.add(name)
  for (const name of result.wrongClock) answered.wrongClock.add(name)
  if (result.changedKey.length > 0)
    log().warn({ environmentId: loaded.row.id, hosts: result.changedKey }, 'a machine shows another host key')
  const row = after.stacks.find(({ id }) => id === current.row.id) ?? current.row
  const all = machines.hosts.every(({ name }) => answered.hosts.has(name))
  const found = reached(all, { ...look, current: { ...current, row }, parts: null })
  return { loaded: after, look: found, wrongClock: all ? [...answered.wrongClock] : [] }
}

/** "They are up and here is where", while they are being tried. */
function announce(
  loaded: Loaded,
  { look, facts, hosts, now }: { look: Look; facts: EnvironmentFacts; hosts: Entry['hosts']; now: number },
): Promise<Loaded> {
  const action: Action = { do: 'wait', until: now, why: 'ssh' }
  const { phase, phaseAt } = loaded.row
  const books = accountFor(facts, look.observation, { action, outcome: null, phase, phaseAt: phaseAt.getTime(), now })
  const isNews = hosts.length > 0 || books.phase !== phase
  if (!isNews) return Promise.resolve(loaded)
  const entry = { name: 'up', look, books, freshReason: null, created: null, createEnded: null, hosts }
  return record(loaded, { ...entry, now: new Date(now), release: false })
}

/** The cloud could not be asked, or something of ours is broken: that is said, and tried again after a while. */
async function stumble(loaded: Loaded, error: unknown, now: number): Promise<number | null> {
  const failure = cloudFailure(error)
  const { row } = loaded
  const fields = { err: error, environmentId: row.id, correlationId: row.correlationId }
  if (failure) log().warn(fields, 'the cloud could not be asked')
  else log().error(fields, 'a step went wrong')
  const nextCheckAt = now + pauseAfterOutage(now - row.phaseAt.getTime())
  const reason: Books['reason'] = phaseFacts(row.phase).moving ? reasonFor(failure) : 'keep'
  const books: Books = { ...booksOf(loaded), reason, nextCheckAt }
  const entry = { name: 'trouble', look: emptyLook, books, freshReason: null, created: null, createEnded: null, hosts: [] }
  await record(loaded, { ...entry, now: new Date(now), release: true })
  return nextCheckAt
}

function reasonFor(failure: Failure | null): Reason {
  return failure ? { code: failure.code, detail: failure.detail ?? null } : { code: 'internal.fault', detail: null }
}

/** What is learnt in this step of why it is not where it should be: from the stack's events where it has just failed. */
async function reasonFromCloud({ loaded, memory, signals }: StepContext, look: Look, placement: Placement): Promise<Reason> {
  const failed = [look.current, look.older].find((one) => one?.listed?.status === 'FAILED' && isNews(one))
  if (failed?.listed) {
    const { cloud } = await memory.cloudOf(failed.row.cloudId)
    return causeOf(failed.listed, { cloud, signal: signals.stop })
  }
  return 'cloudId' in placement || loaded.stacks.length > 0 ? null : { code: placement.code, detail: placement.detail }
}

function isNews({ row, listed }: NonNullable<Look['current']>): boolean {
  return row.status !== listed?.status || row.action !== listed.action
}

function createEndOf(action: Action, outcome: Outcome | null): Entry['createEnded'] {
  if (action.do === 'create' && outcome?.kind === 'stop') return 'refused'
  return action.do === 'delete' && action.why === 'create_stuck' && outcome?.kind === 'done' ? 'stuck' : null
}

function tellLog({ row }: Loaded, action: Action, outcome: Outcome | null): void {
  if (action.do === 'wait') return
  const fields = { environmentId: row.id, generation: row.generation, correlationId: row.correlationId, action, outcome }
  const isBad = outcome?.kind === 'stop' || (outcome?.kind === 'later' && outcome.code === 'cloud.auth_failed')
  if (isBad) log().error(fields, 'the cloud refused')
  else log().info(fields, 'environment step')
}
