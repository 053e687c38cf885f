import { setTimeout as delay } from 'node:timers/promises'
import { type Classmate, launchAs, personOf, viewOf } from './classmates.ts'
import { atMost, type Figure, percentile, report } from './report.ts'
import { controlOf } from './stage.ts'
import { members, openTroupe, type Troupe, until } from './troupe.ts'
import { judge, openTypist, readFileOf, type Typist, type Verdict } from './typists.ts'

/*
 * Bar 7 of "The lifecycle": two web processes, two workers, a gateway and the course over one database, restarted one after the other
 * while twenty terminals are typed into. Beside it, as the baseline, the same terminals with nothing restarted. Then the same with
 * `kill -9`, and with a restart of the database.
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

const figures: Record<string, Figure> = {}
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
  const killed = await whileTyping(room, 'killed', restartAll(troupe, 'SIGKILL'))
  tell('all killed', killed)
  const ms = (value: number): Figure => ({ value: Math.round(value), unit: 'ms' })
  figures['lifecycle.7 longest without echo, nothing restarted'] = ms(Math.max(...calm.silences))
  figures['lifecycle.7 longest without echo, all restarted'] = atMost(Math.max(...rolling.silences), 'ms', 3_000)
  figures['lifecycle.7 environments that changed'] = atMost(changed, 'environments', 0)
  figures['lifecycle.7 lines typed'] = { value: rolling.typed, unit: 'lines' }
  figures['lifecycle.7 lines twice'] = atMost(rolling.verdict.twice, 'lines', 0)
  figures['lifecycle.7 lines lost'] = atMost(rolling.verdict.lost, 'lines', 0)
  figures['lifecycle.7 lines out of order or broken'] = atMost(rolling.verdict.disordered + rolling.verdict.broken, 'lines', 0)
  figures['lifecycle.7 all killed: longest without echo'] = ms(Math.max(...killed.silences))
  figures['lifecycle.7 all killed: lines twice'] = atMost(killed.verdict.twice, 'lines', 0)
  figures['lifecycle.7 all killed: lines lost'] = { value: killed.verdict.lost, unit: 'lines' }
  figures['lifecycle.7 all killed: environments that changed'] = atMost((await statesOf(troupe)) === before ? 0 : 1, 'environments', 0)
} finally {
  for (const { typist } of room) typist.close()
  if (process.argv.includes('--verbose')) process.stdout.write(troupe.output())
  await troupe.close()
}
report('rolling', figures)
