import { cloudFailure, cloudForNewEnvironment, heatClientFor, type OpenCloud } from '../clouds.ts'
import type { Failure } from '../errors.ts'
import { log } from '../log.ts'
import { accountFor, type Books, countEnd, type Outcome, type Reason } from './account.ts'
import { type Claim, claimDue, letGo, renewLeases } from './claim.ts'
import { type CloudWatch, watchCloud } from './cloud-watch.ts'
import { type Action, decide, type EnvironmentFacts, goalAt, pauseAfterOutage } from './decide.ts'
import { actOnStack, createFailureCode, createStack, type Done } from './execute.ts'
import { ensureInstance } from './instance.ts'
import { factsOf, type Loaded, loadForStep, type Placement, place } from './load.ts'
import { isUp, type Look, nothingToSee, observe } from './observe.ts'
import { phaseFacts } from './phase.ts'
import { type Entry, isStaleClaim, record } from './record.ts'
import { findMachines, tryMachines } from './settle.ts'

/** Ends of a step that come from outside: `stop` when the process ends, `hint` when a person has said something new meanwhile. */
export type StepSignals = { stop: AbortSignal; hint: AbortSignal }

/** Works on what a worker claims for it. It decides nothing about when and how many. */
export type Controller = {
  claim(limit: number): Promise<Claim[]>
  renew(owners: readonly string[]): Promise<Set<string>>
  /** One step; it never fails. @returns when to look again (ms since 1970), null: not before somebody says so */
  step(claim: Claim, signals: StepSignals): Promise<number | null>
}

/** The reconciler of environments: load, observe, decide, execute at most one call, record (house rules H6, H7). */
export async function environmentController(now: () => number = Date.now): Promise<Controller> {
  const memory = createMemory(await ensureInstance(), now)
  // The first learner after a start does not wait for our login.
  void signInEarly(memory)
  return {
    claim: claimDue,
    renew: renewLeases,
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

/** What is remembered between steps to save asking again; losing it costs time and nothing else. */
type Memory = {
  tag: string
  cloudOf: (cloudId: string) => Promise<{ cloud: OpenCloud; watch: CloudWatch }>
  /** When the parts of an environment were last asked for. */
  partsAt: Map<string, number>
  /** Machines that have answered, by environment and generation. */
  answered: Map<string, Set<string>>
  /** How long recent creates took, by lab version. */
  tookMs: Map<string, number[]>
}

async function signInEarly({ cloudOf }: Memory): Promise<void> {
  try {
    const placement = await cloudForNewEnvironment()
    if ('cloudId' in placement) await (await cloudOf(placement.cloudId)).cloud.heat.whoami()
  } catch (error) {
    log().warn({ err: error }, 'the cloud could not be signed in to')
  }
}

const CLOUD_REREAD_MS = 5_000

function createMemory(tag: string, now: () => number): Memory {
  const clouds = new Map<string, { at: number; cloud: OpenCloud; watch: CloudWatch }>()
  return {
    tag,
    partsAt: new Map(),
    answered: new Map(),
    tookMs: new Map(),
    async cloudOf(cloudId) {
      const known = clouds.get(cloudId)
      if (known && now() - known.at < CLOUD_REREAD_MS) return known
      const cloud = await heatClientFor(cloudId)
      const watch = known?.cloud === cloud ? known.watch : watchCloud(cloud, { tag, now })
      const fresh = { at: now(), cloud, watch }
      clouds.set(cloudId, fresh)
      return fresh
    },
  }
}

type StepContext = { loaded: Loaded; memory: Memory; signals: StepSignals; now: () => number }

async function advance(context: StepContext): Promise<number | null> {
  const { memory, signals, now } = context
  let { loaded } = context
  const { placement, look: seen } = await lookAt(context)
  let look = seen
  // What is gone is written down before anything is made in its place: a row answers for one stack only.
  if (look.older?.gone || look.current?.gone) {
    loaded = await buryGone(loaded, look, now())
    look = (await lookAt({ ...context, loaded })).look
  }
  const placed = 'cloudId' in placement
  const facts = factsOf(loaded, { placed, usualCreateMs: median(memory.tookMs.get(loaded.row.labVersionId)) })
  const failures = countEnd(facts, look.observation, now())
  const counted = { ...facts, failures }
  const freshReason = failures === facts.failures ? placementReason(placement, loaded) : createReason(look)
  const settled = await settle({ ...context, look, facts: counted })
  if (settled) ({ loaded, look } = settled)

  const action = decide(counted, look.observation, now())
  const done = await execute(action, { loaded, look, placement, memory, signals, now })
  const phaseAt = loaded.row.phaseAt.getTime()
  const books = accountFor(counted, look.observation, { action, outcome: done?.outcome ?? null, phaseAt, now: now() })
  const entry: Entry = {
    look,
    books,
    freshReason,
    created: done?.ref ?? null,
    createEnded: createEndOf(action, done?.outcome ?? null),
    hosts: [],
    now: new Date(now()),
    release: true,
  }
  tellLog(loaded, action, done?.outcome ?? null)
  await record(loaded, entry)
  remember(memory, loaded, { look, phase: books.phase, now: now() })
  return books.nextCheckAt
}

async function buryGone(loaded: Loaded, look: Look, now: number): Promise<Loaded> {
  const [older, current] = [look.older, look.current].map((sighting) => (sighting?.gone ? sighting : null))
  const gone = { ...look, older: older ?? null, current: current ?? null, parts: null }
  const entry = { look: gone, books: booksOf(loaded), freshReason: null, created: null, createEnded: null, hosts: [] }
  return record(loaded, { ...entry, now: new Date(now), release: false })
}

/** The books as they stand. */
function booksOf({ row }: Loaded): Books {
  const { phase, failures, wasReady } = row
  const nextCheckAt = row.nextCheckAt?.getTime() ?? null
  return { phase, failures, wasReady, reason: 'keep', retryAt: row.retryAt?.getTime() ?? 0, nextCheckAt }
}

async function lookAt({ loaded, memory, signals, now }: StepContext): Promise<{ look: Look; placement: Placement }> {
  const [first] = loaded.stacks
  const nothing = nothingToSee(loaded)
  if (nothing || !first) return { look: nothing ?? emptyLook, placement: await place(loaded) }
  const { cloud, watch } = await memory.cloudOf(first.cloudId)
  const { id, phase } = loaded.row
  const wantsParts = phaseFacts(phase).moving && now() - (memory.partsAt.get(id) ?? 0) >= watch.partsEveryMs()
  if (wantsParts) memory.partsAt.set(id, now())
  return { look: await observe(loaded, { cloud, watch, now, wantsParts, signal: signals.stop }), placement: { cloudId: first.cloudId } }
}

/** A stack that has come up is followed to its machines in the same step: their owner waits. Null where there is nothing to follow. */
async function settle(context: StepContext & { look: Look; facts: EnvironmentFacts }): Promise<{ loaded: Loaded; look: Look } | null> {
  const { loaded, memory, signals, look, facts, now } = context
  const { current } = look
  if (look.observation.older || !current?.listed || current.gone || !isUp(current.seen) || goalAt(facts, now()) !== 'running') return null
  const reached = (reachable: boolean | 'never', row = current.row, from = look): Look => {
    const seen = isUp(current.seen) ? { ...current.seen, reachable } : current.seen
    return { ...from, current: { ...current, row, seen }, observation: { older: null, current: seen } }
  }
  if (loaded.row.phase === 'ready') return { loaded, look: reached(true) }
  const { cloud } = await memory.cloudOf(current.row.cloudId)
  const ref = { name: current.listed.name, id: current.listed.id }
  const machines = await findMachines(loaded, ref, { cloud, signal: signals.stop })
  if (machines === 'nowhere') return { loaded, look: reached('never') }

  const withParts = { ...look, parts: machines.parts ?? look.parts }
  const ended = new AbortController()
  const written = announce(loaded, { look: withParts, facts, hosts: machines.fresh, now: now() })
  written.catch(() => ended.abort())
  const signal = AbortSignal.any([signals.stop, signals.hint, ended.signal])
  const key = `${loaded.row.id}/${loaded.row.generation}`
  const answered = memory.answered.get(key) ?? new Set()
  memory.answered.set(key, answered)
  const [after, result] = await Promise.all([written, tryMachines(loaded, machines.hosts, { cloud, signal, answered, written })])
  for (const name of result.answered) answered.add(name)
  if (result.changedKey.length > 0)
    log().warn({ environmentId: loaded.row.id, hosts: result.changedKey }, 'a machine shows another host key')
  const row = after.stacks.find(({ id }) => id === current.row.id) ?? current.row
  const all = machines.hosts.every(({ name }) => answered.has(name))
  return { loaded: after, look: reached(all, row, { ...look, parts: null }) }
}

/** "They are up and here is where", while they are being tried. */
function announce(
  loaded: Loaded,
  { look, facts, hosts, now }: { look: Look; facts: EnvironmentFacts; hosts: Entry['hosts']; now: number },
): Promise<Loaded> {
  const action: Action = { do: 'wait', until: now, why: 'ssh' }
  const books = accountFor(facts, look.observation, { action, outcome: null, phaseAt: loaded.row.phaseAt.getTime(), now })
  const isNews = hosts.length > 0 || books.phase !== loaded.row.phase
  if (!isNews) return Promise.resolve(loaded)
  return record(loaded, { look, books, freshReason: null, created: null, createEnded: null, hosts, now: new Date(now), release: false })
}

type ExecuteContext = Omit<StepContext, 'loaded'> & { loaded: Loaded; look: Look; placement: Placement }

async function execute(action: Action, { loaded, look, placement, memory, signals, now }: ExecuteContext): Promise<Done | null> {
  if (action.do === 'wait' || action.do === 'rest') return null
  if (action.do === 'create') {
    if (!('cloudId' in placement)) throw new Error('decided to create without a cloud')
    const { cloud } = await memory.cloudOf(placement.cloudId)
    return createStack(loaded, { cloud, tag: memory.tag, now, signal: signals.stop })
  }
  const sighting = action.do === 'delete' && action.target === 'older' ? look.older : look.current
  if (!sighting?.listed) throw new Error(`decided to ${action.do} a stack that was not seen`)
  const { cloud } = await memory.cloudOf(sighting.row.cloudId)
  const ref = { name: sighting.listed.name, id: sighting.listed.id }
  const { correlationId } = loaded.row
  return { outcome: await actOnStack(action.do, { ref, correlationId }, { cloud, signal: signals.stop }), ref: null }
}

const emptyLook: Look = {
  observation: { older: null, current: { stack: 'absent', certainAt: 0 } },
  older: null,
  current: null,
  parts: null,
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
  const entry = {
    look: emptyLook,
    books,
    freshReason: null,
    created: null,
    createEnded: null,
    hosts: [],
    now: new Date(now),
    release: true,
  }
  await record(loaded, entry)
  return nextCheckAt
}

function reasonFor(failure: Failure | null): Reason {
  return failure ? { code: failure.code, detail: failure.detail ?? null } : { code: 'internal.fault', detail: null }
}

function placementReason(placement: Placement, { stacks }: Loaded): Reason {
  return 'cloudId' in placement || stacks.length > 0 ? null : { code: placement.code, detail: placement.detail }
}

function createReason({ current }: Look): Reason {
  const words = current?.listed?.statusReason ?? ''
  return { code: createFailureCode(words), detail: words === '' ? null : words }
}

function createEndOf(action: Action, outcome: Outcome | null): Entry['createEnded'] {
  if (action.do === 'create' && outcome?.kind === 'stop') return 'refused'
  return action.do === 'delete' && action.why === 'create_stuck' && outcome?.kind === 'done' ? 'stuck' : null
}

const MOST_REMEMBERED = 20

function remember(memory: Memory, { row }: Loaded, { look, phase, now }: { look: Look; phase: string; now: number }): void {
  if (phase === 'ready' || phase === 'deleted' || phase === 'failed') {
    memory.answered.delete(`${row.id}/${row.generation}`)
    memory.partsAt.delete(row.id)
  }
  const seen = look.current?.seen
  if (phase !== 'ready' || row.phase === 'ready' || seen?.stack !== 'present' || seen.action !== 'CREATE') return
  const times = memory.tookMs.get(row.labVersionId) ?? []
  memory.tookMs.set(row.labVersionId, [...times, now - seen.askedAt].slice(-MOST_REMEMBERED))
}

function median(times: number[] | undefined): number | null {
  return times?.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? null
}

function tellLog({ row }: Loaded, action: Action, outcome: Outcome | null): void {
  if (action.do === 'wait') return
  const fields = { environmentId: row.id, generation: row.generation, correlationId: row.correlationId, action, outcome }
  const isBad = outcome?.kind === 'stop' || (outcome?.kind === 'later' && outcome.code === 'cloud.auth_failed')
  if (isBad) log().error(fields, 'the cloud refused')
  else log().info(fields, 'environment step')
}
