import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { createHeatClient, readCloudsYaml } from '../lib/openstack-heat-client/index.ts'
import { type Classmate, launchAs, personOf, viewOf } from './classmates.ts'
import { controlOf } from './stage.ts'
import { type Member, type Troupe, until } from './troupe.ts'

/*
 * A worker that stands still (SIGSTOP) with steps in hand, and comes back when others have long done its work. The cloud is slow at that
 * moment, or a table is locked, so that the steps are in hand for certain.
 */

/** Where the steps are when their worker stops: reading the cloud's list, having asked it for something, or in the middle of a commit. */
export const moments = ['looking', 'asking', 'writing'] as const
export type Moment = (typeof moments)[number]

export type Frozen = {
  /** How many environments were in its hands. */
  inHand: number
  /** From the stop until everything was as its people wanted it, through the other worker, ms. */
  reachedMs: number
  /** Looks that saw two stacks of one environment. */
  twice: number
  /** Deletions that nobody ordered, by name of the stack. */
  unasked: string[]
  /** What was asked of the cloud, and what was written, after it had come back, of environments that nobody had touched. */
  late: string[]
}

const LIMIT_MS = 60_000
const changing = ['create', 'delete', 'suspend', 'resume', 'check']

type Call = { service: string; verb: string; stack: string | null; status: number | null }
type Calls = { mark: number; calls: Call[] }
type Seat = { mate: Classmate; id: string; generation: number }
type Row = { id: string; phase: string; generation: number; intent: string; stacks: string[]; events: number }

/**
 * One environment each is being created, falling asleep and being reset, times `each`, when the worker stops.
 * @param first the number of the first learner: others than in an earlier round
 */
export async function freezeWorker(
  troupe: Troupe,
  { frozenMs, moment, first, each }: { frozenMs: number; moment: Moment; first: number; each: number },
): Promise<Frozen> {
  const { rows, platform, stage } = troupe
  const control = controlOf(stage.data)
  const [still, other]: [Member, Member] = ['worker 1', 'worker 2']
  const signal = (member: Member, name: NodeJS.Signals) => process.kill(troupe.part(member).pid, name)
  const callsSince = (mark: number) => control<Calls>(`/requests?since=${mark}&each=true`)
  const sit = async (number: number): Promise<Seat> => {
    const mate = await launchAs(platform, stage.origin, personOf(number))
    const { id, generation } = await viewOf(mate, ({ phase }) => phase === 'ready', LIMIT_MS)
    return { mate, id, generation }
  }
  const numbers = (from: number) => Array.from({ length: each }, (_, index) => first + from + index)
  const [sleepers, resetters] = await Promise.all([Promise.all(numbers(0).map(sit)), Promise.all(numbers(each).map(sit))])

  // The other one stands still first: then everything that is ordered is in the hands of the one that is to stop.
  signal(other, 'SIGSTOP')
  const freeHands = async () => (await rows.query('select 1 from environment where lease_owner is not null')).length === 0
  await until(freeHands, 10_000)
  const { mark: begun } = await callsSince(0)
  const hold = await holdUp(troupe, moment)
  const orders = Promise.all<unknown>([
    ...numbers(2 * each).map((number) => launchAs(platform, stage.origin, personOf(number))),
    ...sleepers.map(({ mate }) => mate.post('/sleep', {})),
    ...resetters.map(({ mate, generation }) => mate.post('/reset', { generation })),
  ])
  const count = 3 * each
  // All of them wait for one list; a reset is not written down before its order is.
  const needed = { looking: 1, asking: count, writing: 2 * each }[moment]
  const inHand = async () => (await rows.query('select id from environment where lease_owner is not null and deleted_at is null')).length
  await until(async () => (await hold.heldUp()) >= needed && (await inHand()) >= (moment === 'writing' ? needed : count), 10_000)
  const held = await inHand()
  signal(still, 'SIGSTOP')
  const stoppedAt = performance.now()
  await hold.release()
  signal(other, 'SIGCONT')
  await orders

  let looking = true
  let twice = 0
  const settings = readCloudsYaml(readFileSync(stage.cloudsYaml, 'utf8'), 'dev')
  const heat = createHeatClient({ ...settings, fetch, now: () => new Date(), timeoutMs: 10_000, userAgent: 'astrolabe-bench' })
  const watcher = (async () => {
    while (looking) {
      const owners = (await heat.listStacks({})).map(({ name }) => ownerOf(name))
      if (new Set(owners).size < owners.length) twice += 1
      await delay(50)
    }
  })()
  const all = () => readRows(troupe)
  const ids = { sleepers: sleepers.map(({ id }) => id), resetters: resetters.map(({ id }) => id) }
  const reachedMs = await until(async () => (await all()).every((row) => isAtGoal(row, ids)), LIMIT_MS)
  await delay(Math.max(0, frozenMs - (performance.now() - stoppedAt)))
  const before = await all()
  const { mark: back } = await callsSince(0)
  signal(still, 'SIGCONT')

  // Now the other stands still: what is ordered next shows that the one that came back is at work again.
  signal(other, 'SIGSTOP')
  const [probe] = resetters
  if (!probe) throw new Error('nobody was there')
  await probe.mate.post('/sleep', {})
  const proof = async () => (await all()).some(({ id, phase }) => id === probe.id && phase === 'suspended')
  const proofMs = await until(proof, LIMIT_MS)
  signal(other, 'SIGCONT')
  if (proofMs >= LIMIT_MS) throw new Error(`the worker that stood still does nothing any more\n${troupe.part(still).output().slice(-3000)}`)
  looking = false
  await watcher

  const untouched = (list: Row[]) => list.filter(({ id }) => id !== probe.id)
  const after = untouched(await all())
  const written = untouched(before).filter((row, index) => JSON.stringify(row) !== JSON.stringify(after[index]))
  const asked = (await callsSince(back)).calls.filter(
    ({ verb, stack }) => changing.includes(verb) && ownerOf(stack ?? '') !== tailOf(probe.id),
  )
  const resetTails = ids.resetters.map(tailOf)
  const deleted = (await callsSince(begun)).calls.filter(({ service, verb }) => service === 'heat' && verb === 'delete')
  const ordered = ({ stack }: Call) => resetTails.includes(ownerOf(stack ?? '')) && (stack ?? '').includes('-g1-')
  return {
    inHand: held,
    reachedMs,
    twice,
    unasked: deleted.filter((call) => !ordered(call)).map(({ stack }) => stack ?? '?'),
    late: [...written.map((row) => JSON.stringify(row)), ...asked.map(({ verb, stack }) => `${verb} ${stack}`)],
  }
}

type Hold = { heldUp: () => Promise<number>; release: () => Promise<void> }

/** Sees to it that steps do not get past this moment, until it is released. */
async function holdUp({ stage }: Troupe, moment: Moment): Promise<Hold> {
  const control = controlOf(stage.data)
  if (moment === 'writing') {
    const client = new pg.Client({ connectionString: stage.databaseUrl })
    await client.connect()
    // Read by everybody, written by workers only.
    await client.query('begin; lock table stack in exclusive mode')
    const waiting = `select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    return {
      heldUp: async () => (await client.query<{ count: number }>(waiting)).rows[0]?.count ?? 0,
      release: () => client.end(),
    }
  }
  const verbs = moment === 'looking' ? ['list'] : ['create', 'suspend', 'delete']
  for (const verb of verbs) await control('/rules', { method: 'POST', body: { way: 'slow-call', service: 'heat', verb, ms: 2_000 } })
  const { mark } = await control<Calls>('/requests')
  return {
    async heldUp() {
      const { calls } = await control<Calls>(`/requests?since=${mark}&each=true`)
      return calls.filter(({ verb, status }) => verbs.includes(verb) && status === null).length
    },
    release: () => control('/rules', { method: 'DELETE' }),
  }
}

/** Which environment a stack belongs to, by its name; see stackName in lib/environments/execute.ts. */
function ownerOf(stackName: string): string {
  return /-([0-9a-f]{12})-g\d+-a\d+$/.exec(stackName)?.[1] ?? ''
}

function tailOf(environmentId: string): string {
  return environmentId.replaceAll('-', '').slice(-12)
}

function isAtGoal({ id, phase, generation }: Row, ids: { sleepers: string[]; resetters: string[] }): boolean {
  if (ids.sleepers.includes(id)) return phase === 'suspended'
  if (ids.resetters.includes(id)) return phase === 'ready' && generation === 2
  return phase === 'ready' || phase === 'suspended'
}

function readRows({ rows }: Troupe): Promise<Row[]> {
  return rows.query<Row>(
    `select id, phase::text, generation, intent::text,
       (select coalesce(array_agg(name || ' ' || coalesce(action, '') || ' ' || coalesce(status, '') || ' ' || coalesce(gone_at::text, '') order by name), '{}')
          from stack where environment_id = environment.id) as stacks,
       (select count(*)::int from environment_event where environment_id = environment.id) as events
     from environment order by id`,
  )
}
