import { setTimeout as delay } from 'node:timers/promises'
import { type Classmate, launchAs, personOf, viewOf, watchPage } from './classmates.ts'
import { freezeWorker, moments } from './freeze.ts'
import { atMost, type Figure, percentile, report } from './report.ts'
import { controlOf } from './stage.ts'
import { members, openTroupe, type Troupe, until } from './troupe.ts'
import { judge, openTypist, readFileOf, type Typist, type Verdict } from './typists.ts'

/*
 * Bar 7 of "The lifecycle": two web processes, two workers, a gateway and the course over one database, restarted one after the other
 * while twenty terminals are typed into. Beside it, as the baseline, the same terminals with nothing restarted. Then the same with
 * `kill -9`, and with a restart of the database. Last, a worker that stands still for a minute with steps in hand.
 *
 *   npm run bench -- rolling [learners] [--only=typing|frozen]
 */

const learners = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 10)
const hosts = ['node1', 'node2']

type Seat = { typist: Typist; disk: string }
type Server = { name: string; stack: string; disk: string | null }

async function seats(troupe: Troupe): Promise<Seat[]> {
  const control = controlOf(troupe.stage.data)
  const sit = async (classmate: Classmate, number: number): Promise<Seat[]> => {
    const view = await viewOf(classmate, ({ phase }) => phase === 'ready', 120_000)
    const { servers } = await control<{ servers: Server[] }>('/servers')
    const [stack] = await troupe.rows.query<{ name: string }>('select name from stack where environment_id = $1 and gone_at is null', [
      view.id,
    ])
    return hosts.map((host) => {
      const disk = servers.find((server) => server.stack === stack?.name && server.name === host)?.disk
      if (!disk) throw new Error(`${host} of learner ${number} has no disk`)
      const machine = { environment: view.id, generation: view.generation, host }
      return { typist: openTypist(classmate, machine, `learner ${number}, ${host}`), disk }
    })
  }
  const classmates = await Promise.all(
    Array.from({ length: learners }, (_, index) => launchAs(troupe.platform, troupe.stage.origin, personOf(index + 1))),
  )
  return (await Promise.all(classmates.map((classmate, index) => sit(classmate, index + 1)))).flat()
}

type Outcome = { silences: number[]; perMember: Map<string, number>; verdict: Verdict; refused: number; typed: number }

/** Everybody types into a file of this name while `act` happens. */
async function whileTyping(room: Seat[], file: string, act: (mark: (what: string) => void) => Promise<void>): Promise<Outcome> {
  await Promise.all(room.map(({ typist }) => typist.begin(file)))
  await delay(2_000)
  const from = performance.now()
  const marks: [string, number][] = []
  await act((what) => marks.push([what, performance.now()]))
  const to = performance.now()
  const counts = room.map(({ typist }) => typist.stop())
  const contentOf = (disk: string) => readFileOf(disk, file)
  await until(async () => room.every(({ disk }, index) => contentOf(disk).includes(`${counts[index]?.typed}\n`)), 5_000)
  const verdicts = room.map(({ disk }, index) => judge(contentOf(disk), counts[index]?.typed ?? 0))
  for (const { typist } of room) typist.end()
  const sum = (pick: (verdict: Verdict) => number) => verdicts.reduce((total, one) => total + pick(one), 0)
  const perMember = marks.map(([what, at], index): [string, number] => {
    const next = marks[index + 1]?.[1] ?? to
    return [what, Math.max(...room.map(({ typist }) => typist.longestSilence(at, next)))]
  })
  return {
    silences: room.map(({ typist }) => typist.longestSilence(from, to)),
    perMember: new Map(perMember),
    verdict: {
      lines: sum(({ lines }) => lines),
      lost: sum(({ lost }) => lost),
      twice: sum(({ twice }) => twice),
      disordered: sum(({ disordered }) => disordered),
      broken: sum(({ broken }) => broken),
    },
    refused: counts.reduce((total, { refused }) => total + refused, 0),
    typed: counts.reduce((total, { typed }) => total + typed, 0),
  }
}

/** What has happened to environments so far, as their owners would be told it. */
async function statesOf({ rows }: Troupe): Promise<string> {
  const environments = await rows.query('select id, phase::text, generation, intent::text from environment order by id')
  const [events] = await rows.query<{ count: string }>('select count(*) from environment_event')
  return JSON.stringify([environments, events])
}

function restartAll(troupe: Troupe, signal: NodeJS.Signals) {
  return async (mark: (what: string) => void) => {
    for (const member of members) {
      mark(member)
      const { endMs, startMs } = await troupe.restart(member, signal)
      process.stdout.write(`  ${signal} ${member}: over after ${Math.round(endMs)} ms, there again ${Math.round(startMs)} ms later\n`)
      await delay(2_000)
    }
  }
}

function tell(title: string, { silences, perMember, verdict, typed, refused }: Outcome): void {
  const words = [...perMember].map(([what, ms]) => `${what} ${Math.round(ms)} ms`).join(', ')
  const { lost, twice, disordered, broken } = verdict
  process.stdout.write(
    `${title}: without echo at most p50 ${Math.round(percentile(silences, 0.5))} ms, longest ${Math.round(Math.max(...silences))} ms${words && ` (${words})`}; ` +
      `${typed} lines typed, ${refused} not taken, ${lost} lost, ${twice} twice, ${disordered} out of order, ${broken} broken\n`,
  )
}

type Outage = { downMs: number; pagesMs: number; goalMs: number; hintMs: number }

/** The database is restarted while somebody's machines are falling asleep; somebody else's fall asleep afterwards, to see who hears of it. */
async function restartDatabase(troupe: Troupe, [moving, later]: [Classmate, Classmate]): Promise<Outage> {
  const { rows, stage } = troupe
  const phase = async ({ launch }: Classmate) => {
    const found = await rows.query<{ phase: string }>(
      `select phase::text from environment join environment_member on environment_id = environment.id
         join launch on launch.user_id = environment_member.user_id where launch.id = $1`,
      [launch],
    )
    return found[0]?.phase
  }
  let toldAt = Number.POSITIVE_INFINITY
  const close = watchPage(later, (view) => {
    if (view?.phase === 'suspending') toldAt = Math.min(toldAt, performance.now())
  })
  await moving.post('/sleep', {})
  const began = performance.now()
  await stage.restartDatabase()
  const downMs = performance.now() - began
  const page = async () => (await later.browser.send(`${later.origin}/l/${later.launch}`)).status === 200
  // Both web processes: the balancer takes them in turn.
  const pagesMs = await until(async () => (await page()) && (await page()), 30_000)
  await until(async () => (await phase(moving)) === 'suspended', 60_000)
  const goalMs = performance.now() - began
  const orderedAt = performance.now()
  await later.post('/sleep', {})
  await until(async () => toldAt < Number.POSITIVE_INFINITY, 20_000)
  close()
  return { downMs, pagesMs, goalMs, hintMs: toldAt - orderedAt }
}

const figures: Record<string, Figure> = {}
const ms = (value: number): Figure => ({ value: Math.round(value), unit: 'ms' })

async function typing(): Promise<void> {
  const troupe = await openTroupe()
  let room: Seat[] = []
  try {
    const began = performance.now()
    room = await seats(troupe)
    await Promise.all(room.map(({ typist }) => typist.prove(30_000)))
    process.stdout.write(`${room.length} terminals after ${Math.round(performance.now() - began)} ms\n`)
    const before = await statesOf(troupe)

    const calm = await whileTyping(room, 'calm', () => delay(15_000))
    tell('nothing restarted', calm)
    const rolling = await whileTyping(room, 'rolling', restartAll(troupe, 'SIGTERM'))
    tell('all restarted', rolling)
    const changed = (await statesOf(troupe)) === before ? 0 : 1
    figures['lifecycle.7 longest without echo, nothing restarted'] = ms(Math.max(...calm.silences))
    figures['lifecycle.7 longest without echo, all restarted'] = atMost(Math.max(...rolling.silences), 'ms', 3_000)
    figures['lifecycle.7 environments that changed'] = atMost(changed, 'environments', 0)
    figures['lifecycle.7 lines typed'] = { value: rolling.typed, unit: 'lines' }
    judgeFile('', rolling, 0)

    const killed = await whileTyping(room, 'killed', restartAll(troupe, 'SIGKILL'))
    tell('all killed', killed)
    figures['lifecycle.7 all killed: longest without echo'] = ms(Math.max(...killed.silences))
    figures['lifecycle.7 all killed: environments that changed'] = atMost((await statesOf(troupe)) === before ? 0 : 1, 'environments', 0)
    judgeFile('all killed: ', killed, null)

    const others = await Promise.all([101, 102].map((number) => launchAs(troupe.platform, troupe.stage.origin, personOf(number))))
    await Promise.all(others.map((mate) => viewOf(mate, ({ phase }) => phase === 'ready', 60_000)))
    const [moving, later] = others
    if (!moving || !later) throw new Error('nobody has launched')
    let outage: Outage | undefined
    const restarted = await whileTyping(room, 'database', async () => {
      outage = await restartDatabase(troupe, [moving, later])
    })
    tell('database restarted', restarted)
    figures['lifecycle.7 database restarted: it was away'] = ms(outage?.downMs ?? 0)
    figures['lifecycle.7 database restarted: until pages answer again'] = atMost(outage?.pagesMs ?? 0, 'ms', 5_000)
    figures['lifecycle.7 database restarted: until what was under way arrived'] = atMost(outage?.goalMs ?? 0, 'ms', 15_000)
    figures['lifecycle.7 database restarted: until a page hears of a change'] = atMost(outage?.hintMs ?? 0, 'ms', 5_000)
    figures['lifecycle.7 database restarted: longest without echo'] = atMost(Math.max(...restarted.silences), 'ms', 1_000)
    judgeFile('database restarted: ', restarted, 0)
  } finally {
    for (const { typist } of room) typist.close()
    if (process.argv.includes('--verbose')) process.stdout.write(troupe.output())
    await troupe.close()
  }
}

/** @param mostLost null: what is lost is told, and not judged */
function judgeFile(when: string, { verdict }: Outcome, mostLost: number | null): void {
  const { twice, lost, disordered, broken } = verdict
  figures[`lifecycle.7 ${when}lines twice`] = atMost(twice, 'lines', 0)
  figures[`lifecycle.7 ${when}lines lost`] = mostLost === null ? { value: lost, unit: 'lines' } : atMost(lost, 'lines', mostLost)
  figures[`lifecycle.7 ${when}lines out of order or broken`] = atMost(disordered + broken, 'lines', 0)
}

/** A worker that stands still for a minute, with machines that are only played. */
async function standingStill(frozenMs: number): Promise<void> {
  const troupe = await openTroupe({ ASTROLABE_DEV_CLOUD_DRIVER: 'null', ASTROLABE_NULL_TIMES: 'start=300ms,suspend=500ms,delete=100ms' })
  try {
    for (const [index, moment] of moments.entries()) {
      const found = await freezeWorker(troupe, { frozenMs, moment, first: 1 + 9 * index, each: 3 })
      const name = `lifecycle.7 worker frozen ${frozenMs / 1_000} s while ${moment}`
      figures[`${name}: steps in hand`] = { value: found.inHand, unit: 'steps' }
      figures[`${name}: goals reached by the other`] = atMost(found.reachedMs, 'ms', 15_000)
      figures[`${name}: looks that saw two stacks`] = atMost(found.twice, 'looks', 0)
      figures[`${name}: deletions nobody ordered`] = atMost(found.unasked.length, 'deletions', 0)
      figures[`${name}: calls and writes after it came back`] = atMost(found.late.length, 'of them', 0)
      process.stdout.write(`${name}: ${JSON.stringify(found)}\n`)
    }
  } finally {
    if (process.argv.includes('--verbose')) process.stdout.write(troupe.output())
    await troupe.close()
  }
}

const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice(7)
if (only !== 'frozen') await typing()
if (only !== 'typing') await standingStill(60_000)
report('rolling', figures)
