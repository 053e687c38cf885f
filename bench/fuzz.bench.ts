import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { labFolder } from '../e2e/lab-folder.ts'
import { startProduct } from '../e2e/product.ts'
import { registerPlatform } from '../e2e/rows.ts'
import { createTestPlatform } from '../lib/demo-course/test-platform.ts'
import { misbehave, type Target } from '../lib/terminal/misbehave.fixture.ts'
import { seededRandom } from '../lib/terminal/odd-messages.fixture.ts'
import { openRawSocket, type RawSocket } from '../lib/terminal/raw-socket.fixture.ts'
import { type Classmate, headersOf, launchAs, personOf, requestTicket, viewOf } from './classmates.ts'
import { openSeat, type Seat } from './cut-seats.ts'
import { openRows } from './environment-row.ts'
import { gatewayPid, pssOf } from './gateway-process.ts'
import { judgeKeys, judgeLines } from './numbered.ts'
import { atMost, type Figure, report } from './report.ts'
import { controlOf } from './stage.ts'
import { until } from './troupe.ts'
import { openTypist } from './typists.ts'

/*
 * Bar 8 of "The terminal and the page": the gateway as `npm start` runs it is sent malformed, oversized and out-of-order messages, by
 * somebody with rights and by strangers, some of whom fall silent and stay, while somebody else's two terminals print and are typed into.
 *
 *   npm run bench -- fuzz [messages] [--seed=N]
 */

const WORKERS = 8
/** Rows of somebody with rights: a ticket for each is what takes time. */
const IDLE = 60
const SILENT = 60
/** What the same gateway's memory differs by from one quiet moment to the next, and more than a leak of 100 bytes a message stays under. */
const GROWTH_MB = 6
const wanted = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 100_000)
const seed = Number(process.argv.find((argument) => argument.startsWith('--seed='))?.slice(7) ?? 20_261_128)

const say = (words: string) => void process.stdout.write(`${words}\n`)
const figures: Record<string, Figure> = {}
const labs = labFolder({ idle: { after: '2h' } })
const product = await startProduct({ env: { ASTROLABE_LABS: labs } })
const rows = await openRows(product.databaseUrl, () => product.output().slice(-3000))
const platform = await createTestPlatform({ toolOrigin: product.origin })
await registerPlatform(rows, { name: 'Class', registration: platform.registration() })

const openFiles = (pid: number) => readdirSync(`/proc/${pid}/fd`).length

/** Waits until the gateway's memory has stopped falling, and holds no connection that is over. */
async function settled(pid: number, files: number): Promise<{ pss: number; files: number }> {
  await until(async () => openFiles(pid) <= files, 90_000)
  let least = pssOf(pid)
  for (let quiet = 0; quiet < 5; ) {
    await delay(1_000)
    const now = pssOf(pid)
    quiet = now < least - 0.2 ? 0 : quiet + 1
    least = Math.min(least, now)
  }
  return { pss: least, files: openFiles(pid) }
}

type Mate = { mate: Classmate; environment: string; generation: number; stack: string }
type Server = { name: string; stack: string; disk: string | null; cgroup: string | null }

async function sit(number: number): Promise<Mate> {
  const mate = await launchAs(platform, product.origin, personOf(number))
  const { id, generation } = await viewOf(mate, ({ phase }) => phase === 'ready', 120_000)
  const [stack] = await rows.query<{ name: string }>('select name from stack where environment_id = $1 and gone_at is null', [id])
  return { mate, environment: id, generation, stack: stack?.name ?? '' }
}

/** Somebody's own terminal as a target, each worker's in a tab of its own; or a machine that is not theirs. */
function targetOf({ mate, environment, generation }: Mate, tab: string, wrong: Record<string, unknown> = {}): Target {
  return {
    url: product.origin,
    headers: () => headersOf(mate),
    async greeting() {
      const order = await requestTicket(mate, { host: 'node1', generation })
      if (!('ticket' in order)) throw new Error(`no ticket: ${order.code}`)
      const client = randomBytes(12).toString('hex')
      const size = { cols: 80, rows: 24 }
      return {
        launch: mate.launch,
        ticket: order.ticket,
        environment,
        generation,
        host: 'node1',
        tab,
        mode: 'write',
        client,
        last: null,
        size,
        ...wrong,
      }
    },
  }
}

/** Connections that say nothing more, not even that they are there, some of them in the middle of a word. */
async function fallSilent(target: Target, count: number): Promise<RawSocket[]> {
  const silent: RawSocket[] = []
  for (let index = 0; index < count; index++) {
    const socket = await openRawSocket(product.origin, target.headers())
    if (!socket) throw new Error('no websocket')
    if (index % 3 === 1) await socket.send('40/terminal,{"launch":')
    if (index % 3 === 2) socket.throw(Buffer.from([0x81, 0xfe, 0xff, 0xff, 0, 0]))
    socket.fallSilent()
    silent.push(socket)
  }
  return silent
}

const seats: Seat[] = []
const silent: RawSocket[] = []
let timer: NodeJS.Timeout | undefined
try {
  const pid = gatewayPid(product.data)
  const [ada, lin, mallory] = await Promise.all([sit(1), sit(2), sit(3)])
  const { servers } = await controlOf(product.data)<{ servers: Server[] }>('/servers')
  for (const host of ['node1', 'node2']) {
    const server = servers.find(({ name, stack }) => name === host && stack === lin.stack)
    const where = { environment: lin.environment, generation: lin.generation, host, disk: server?.disk ?? '', cgroup: '' }
    seats.push(await openSeat(lin.mate, where, `lin, ${host}`))
  }
  await Promise.all(seats.map((seat) => seat.begin('fuzz')))

  let [sent, letIn, keptOut, turn] = [0, 0, 0, 0]
  const began = performance.now()
  timer = setInterval(() => say(`  ${sent} after ${Math.round((performance.now() - began) / 1000)} s, ${pssOf(pid).toFixed(1)} MB`), 15_000)
  // Each third does the same: what a third needs at most, the first has needed too.
  const third = async () => {
    silent.push(...(await fallSilent(targetOf(mallory, '1'), SILENT)))
    const goal = Math.ceil(wanted / 3 / WORKERS)
    const counts = await Promise.all(
      Array.from({ length: WORKERS }, async (_, worker) => {
        const random = seededRandom(seed + 1_000 * turn + worker)
        const manner = { messages: goal, random, idle: IDLE, other: targetOf(mallory, '1', { environment: lin.environment }) }
        const deeds = await misbehave(targetOf(ada, `t${worker}`), manner)
        sent += deeds.sent
        return deeds
      }),
    )
    turn++
    letIn += counts.reduce((sum, one) => sum + one.letIn, 0)
    keptOut += counts.reduce((sum, one) => sum + one.keptOut, 0)
  }
  // Ada's shells are held once they have been opened: what they cost is no growth.
  await misbehaveOnce(ada)
  const before = await settled(pid, openFiles(pid))
  await third()
  const first = await settled(pid, before.files)
  await third()
  await third()
  const last = await settled(pid, before.files)
  say(`${sent} messages in ${Math.round((performance.now() - began) / 1000)} s; ${letIn} let in, ${keptOut} kept out`)
  say(`memory ${before.pss.toFixed(1)} MB before, ${first.pss.toFixed(1)} after a third, ${last.pss.toFixed(1)} at the end`)

  const died = gatewayPid(product.data) === pid ? 0 : 1
  const typist = openTypist(ada.mate, { environment: ada.environment, generation: ada.generation, host: 'node2' }, 'ada')
  const answers = await typist.live(10_000).then(
    () => typist.prove(10_000).then(() => true),
    () => false,
  )
  typist.close()
  let [stray, lost, lines, keys] = [0, 0, 0, 0]
  for (const seat of seats) {
    const told = await seat.end()
    const [shown, typed] = [judgeLines(told.shown), judgeKeys(told.rows, told.keys.length)]
    stray += typed.twice + typed.strange + shown.odd.length + shown.twice + shown.disordered
    lost += typed.lost.length + shown.lost + shown.gaps + told.refused
    lines += shown.lines
    keys += told.keys.length
    for (const row of shown.odd.slice(0, 5)) say(`  not ours: ${JSON.stringify(row)}`)
  }
  figures['fuzz.8 messages'] = { value: sent, unit: 'messages' }
  figures['fuzz.8 ends of the gateway'] = atMost(died, 'ends', 0)
  figures['fuzz.8 terminals that do not answer afterwards'] = atMost(answers ? 0 : 1, 'of them', 0)
  figures['fuzz.8 greetings let in that were not in order'] = atMost(letIn, 'of them', 0)
  figures['fuzz.8 greetings in order that were kept out'] = atMost(keptOut, 'of them', 0)
  figures['fuzz.8 bytes in somebody else’s shells, or on their screens'] = atMost(stray, 'of them', 0)
  figures['fuzz.8 what somebody else lost of lines and keys'] = atMost(lost, 'of them', 0)
  figures['fuzz.8 lines that somebody else saw'] = { value: lines, unit: 'lines' }
  figures['fuzz.8 keys that somebody else typed'] = { value: keys, unit: 'keys' }
  figures['fuzz.8 open files more than before'] = atMost(Math.max(0, last.files - before.files), 'files', 0)
  figures['fuzz.8 memory before'] = { value: Math.round(before.pss * 10) / 10, unit: 'MB' }
  figures['fuzz.8 growth from the first third to the end'] = atMost(last.pss - first.pss, 'MB', GROWTH_MB)
} finally {
  clearInterval(timer)
  for (const socket of silent) socket.close()
  for (const seat of seats) await seat.close()
  await rows.close()
  await platform.close()
  await product.stop()
  rmSync(labs, { recursive: true, force: true })
}
report('fuzz', figures)

/** Each of Ada's terminals is opened once. */
async function misbehaveOnce(ada: Mate): Promise<void> {
  const random = seededRandom(seed)
  await Promise.all(
    Array.from({ length: WORKERS }, (_, worker) => misbehave(targetOf(ada, `t${worker}`), { messages: 100, random, idle: IDLE })),
  )
}
