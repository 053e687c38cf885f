import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startProduct } from '../e2e/product.ts'
import { registerPlatform } from '../e2e/rows.ts'
import { createTestPlatform } from '../lib/demo-course/test-platform.ts'
import { makeSshKeyPair } from '../lib/environments/key-pair.ts'
import { readCloudsYaml } from '../lib/openstack-heat-client/index.ts'
import { goFirst } from '../lib/priority.ts'
import { type Classmate, launchAs, personOf, viewOf } from './classmates.ts'
import { openRows } from './environment-row.ts'
import { gatewayPid, pssOf, rssOf } from './gateway-process.ts'
import { beginEcho, echo, flood, interrupt, runs, throughput, type } from './line-trials.ts'
import { type Door, type Line, openBySsh, openBySsh2, openOurs, orderLine } from './lines.ts'
import { otherPerson } from './other-person.ts'
import { atMost, type Figure, percentile, report } from './report.ts'
import { controlOf } from './stage.ts'

/*
 * Bars 1 and 5 of "The terminal and the page": a shell on a real machine through the product as `npm start` runs it, while five lab pages a
 * second are rendered, beside `ssh -tt` and the ssh2 library through the same proxy. Figures are medians of three interleaved runs.
 *
 *   npm run bench -- terminal [TERMINALS] [TRIAL...]   all trials, or those named: compare ctrl-c beside stalled late crowd idle
 */

const HOSTS = ['node1', 'node2']
const TABS = 8
/** How many terminals are open at once; fewer for a quick look. */
const TERMINALS = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 200)
const trials = process.argv.slice(2).filter((argument) => /^[a-z][a-z-]*$/.test(argument))
const isWanted = (trial: string) => trials.length === 0 || trials.includes(trial)
const FILE_BYTES = 64_000_000
const ROUNDS = 3
const WARM_UP = 200
const SAMPLES = 1_000
const KEYS_EACH = 40
/** What the gateway keeps of a shell. */
const TAIL_BYTES = 200_000

const product = await startProduct()
const rows = await openRows(product.databaseUrl, () => product.output().slice(-3000))
const platform = await createTestPlatform({ toolOrigin: product.origin })
await registerPlatform(rows, { name: 'Class', registration: platform.registration() })
const keys = mkdtempSync(join(tmpdir(), 'astrolabe-keys-'))
const lines: Line[] = []
const figures: Record<string, Figure> = {}

const median = (values: number[]) => percentile(values, 0.5)
const rounded = (value: number, unit: string): Figure => ({ value: Math.round(value * 1000) / 1000, unit })
const say = (words: string) => void process.stdout.write(`${words}\n`)

type Seat = { mate: Classmate; environment: string; generation: number }

async function seat(number: number): Promise<Seat> {
  const mate = await launchAs(platform, product.origin, personOf(number))
  const view = await viewOf(mate, ({ phase, hosts }) => phase === 'ready' && hosts.length === HOSTS.length, 120_000)
  return { mate, environment: view.id, generation: view.generation }
}

async function ours({ mate, environment, generation }: Seat, host: string, tab: string): Promise<Line> {
  const line = await openOurs(mate, { environment, generation, host, tab })
  lines.push(line)
  return line
}

/** A key of our own on the machine, put there through a terminal. */
async function doorTo(line: Line, seat: Seat): Promise<Door> {
  const pair = makeSshKeyPair('bench')
  const keyFile = join(keys, 'key')
  writeFileSync(keyFile, pair.privateKey, { mode: 0o600 })
  await runs(line, `echo '${pair.publicKey}' >>~/.ssh/authorized_keys`)
  const file = readFileSync(join(product.data, 'dev-cloud', 'clouds.yaml'), 'utf8')
  const { sshProxy } = readCloudsYaml(file, 'dev')
  const { servers } = await controlOf(product.data)<{ servers: { stackId: string; name: string; floatingAddress: string | null }[] }>(
    '/servers',
  )
  const named = await rows.query<{ address: string }>(
    `select address from host where environment_id = $1 and generation = $2 and name = $3`,
    [seat.environment, seat.generation, HOSTS[0]],
  )
  const address = named[0]?.address
  if (!sshProxy || !address || !servers.some(({ floatingAddress }) => floatingAddress === address)) throw new Error('no way to the machine')
  return { proxyUrl: sshProxy, address, user: 'debian', privateKey: pair.privateKey, keyFile }
}

/** Fetches a lab page five times a second. @returns a function that ends it */
function visit({ browser, origin, launch }: Classmate): () => Promise<number[]> {
  const visits: Promise<number>[] = []
  const timer = setInterval(() => {
    const began = performance.now()
    const visited = browser.send(`${origin}/l/${launch}`).then(({ status }) => {
      if (status !== 200) throw new Error(`the lab page answered ${status}`)
      return performance.now() - began
    })
    visited.catch(() => {})
    visits.push(visited)
  }, 200)
  return () => {
    clearInterval(timer)
    return Promise.all(visits)
  }
}

/** Echo and throughput on one machine, the three ways in turn. */
async function compare(mine: Line, door: Door): Promise<void> {
  const sides = new Map<string, Line>([
    ['ssh -tt', openBySsh(door)],
    ['ssh2 library', await openBySsh2(door)],
    ['ours', mine],
  ])
  lines.push(...sides.values())
  const taken = new Map([...sides.keys()].map((name) => [name, { p50: [] as number[], rate: [] as number[] }]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, line] of sides) {
      await beginEcho(line, WARM_UP + SAMPLES)
      await echo(line, WARM_UP, 2)
      const times = await echo(line, SAMPLES, 2)
      taken.get(name)?.p50.push(median(times))
      say(`  echo, ${name}: p50 ${median(times).toFixed(3)} ms, p99 ${percentile(times, 0.99).toFixed(2)} ms`)
    }
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, line] of sides) {
      const rate = await throughput(line, '~/big', FILE_BYTES)
      taken.get(name)?.rate.push(rate)
      say(`  flood, ${name}: ${rate.toFixed(1)} MB/s`)
    }
  }
  const of = (name: string) => taken.get(name) ?? { p50: [], rate: [] }
  for (const name of sides.keys()) figures[`terminal.1 echo p50, ${name}`] = rounded(median(of(name).p50), 'ms')
  figures['terminal.1 echo p50 over ssh'] = {
    ...rounded(median(of('ours').p50) - median(of('ssh -tt').p50), 'ms'),
    ...under(median(of('ours').p50) - median(of('ssh -tt').p50), 0.5),
  }
  for (const name of sides.keys()) figures[`terminal.1 throughput, ${name}`] = rounded(median(of(name).rate), 'MB/s')
  const share = median(of('ours').rate) / median(of('ssh2 library').rate)
  figures['terminal.1 throughput, as a share of ssh2'] = { ...rounded(share, 'x'), bar: 0.7, pass: share >= 0.7 }
}

const under = (value: number, bar: number) => ({ bar, pass: value <= bar })

async function ctrlC(mine: Line): Promise<void> {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) times.push(await interrupt(mine, 10_000_000))
  say(`  Ctrl-C: ${times.map((value) => value.toFixed(0)).join(', ')} ms`)
  figures['terminal.1 Ctrl-C in a flood, 10 MB/s taken'] = atMost(median(times), 'ms', 150)
}

async function beside(mine: Line, seat: Seat): Promise<void> {
  const { environment, generation } = seat
  const other = await otherPerson(await orderLine(seat.mate, { environment, generation, host: 'node1', tab: '1' }))
  const p99: number[] = []
  const rate: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    await other.flood()
    await beginEcho(mine, SAMPLES)
    p99.push(percentile(await echo(mine, SAMPLES, 2), 0.99))
    rate.push(await other.calm())
  }
  await other.close()
  say(`  beside a flood: p99 ${p99.map((value) => value.toFixed(1)).join(', ')} ms`)
  figures['terminal.1 echo beside another’s flood, p99'] = atMost(median(p99), 'ms', 10)
  figures['terminal.1 another’s flood meanwhile'] = rounded(median(rate), 'MB/s')
}

async function stalled(line: Line, pid: number): Promise<void> {
  const stop = await flood(line)
  await delay(1_000)
  const before = rssOf(pid)
  line.stall(true)
  let most = 0
  for (let round = 0; round < 50; round++) {
    await delay(200)
    most = Math.max(most, rssOf(pid) - before)
  }
  line.stall(false)
  await stop()
  figures['terminal.1 a reader stalled 10 s in a flood'] = atMost(most, 'MB', 4)
  figures['terminal.1 a reader stalled 10 s in a flood, hung up'] = atMost(line.isAttached() ? 0 : 1, 'readers', 0)
}

async function crowd(all: Line[]): Promise<void> {
  const p99: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    await inTurn(all, (line) => beginEcho(line, KEYS_EACH))
    const times = (await Promise.all(all.map((line) => type(line, { count: KEYS_EACH, everyMs: 500 })))).flat()
    p99.push(percentile(times, 0.99))
    say(`  ${all.length} typists: p50 ${median(times).toFixed(2)} ms, p99 ${percentile(times, 0.99).toFixed(2)} ms`)
  }
  figures['terminal.1 200 typists, p99'] = atMost(median(p99), 'ms', 10)
}

async function inTurn(all: Line[], work: (line: Line) => Promise<void>): Promise<void> {
  const waiting = [...all]
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let line = waiting.shift(); line; line = waiting.shift()) await work(line)
    }),
  )
}

async function idle(all: Line[], pid: number, empty: number): Promise<void> {
  await inTurn(all, (line) => runs(line, 'head -c 1000000 /dev/zero | tr "\\0" x | fold -w 79'))
  await delay(10_000)
  const each = (pssOf(pid) - empty) / all.length
  figures['terminal.1 an idle terminal that has shown 1 MB'] = { ...rounded(each, 'MB'), ...under(each, 0.6) }
}

/** Every shell that a class may have, but for the first of those that are in use. */
async function openAll(seats: Seat[], inUse: Seat[]): Promise<Line[]> {
  const all: Line[] = []
  for (const one of seats) {
    for (const host of HOSTS) {
      const tabs = Array.from({ length: TABS }, (_, index) => String(index + 1))
      const free = inUse.includes(one) && host === 'node1' ? tabs.slice(1) : tabs
      if (all.length < TERMINALS) all.push(...(await Promise.all(free.map((tab) => ours(one, host, tab)))))
    }
  }
  return all.slice(0, TERMINALS)
}

/** What a page that comes late, or again with nothing, waits for until the last of what is kept has arrived. */
async function late({ mate, environment, generation }: Seat, held: Line): Promise<void> {
  await runs(held, `head -c 1000000 ~/big; true`)
  const times: number[] = []
  for (let round = 0; round < 5; round++) {
    const began = performance.now()
    const line = await openOurs(mate, { environment, generation, host: 'node1', tab: '1' })
    await new Promise<void>((done) => {
      let got = 0
      line.hear((bytes) => {
        got += bytes.length
        if (got >= TAIL_BYTES) done()
      })
    })
    times.push(performance.now() - began)
    line.close()
  }
  figures['terminal.5 late, 256 KB: asked for to arrived'] = rounded(median(times), 'ms')
}

try {
  say('a class comes in')
  const seats = await Promise.all(
    Array.from({ length: Math.max(2, Math.ceil(TERMINALS / (HOSTS.length * TABS))) }, (_, index) => seat(index + 1)),
  )
  const [reader, other] = seats
  if (!reader || !other) throw new Error('nobody came')
  const pid = gatewayPid(product.data)
  // Whoever types sits at a computer of their own: what is measured must not wait for the floods on this one.
  if (!goFirst()) say('  not allowed to go first: times of this process are times of the whole computer')
  const mine = await ours(reader, 'node1', '1')
  const door = await doorTo(mine, reader)
  await runs(mine, `yes "$(printf %079d 7)" | head -c ${FILE_BYTES} >~/big`)
  const leave = visit(seats.at(-1)?.mate ?? reader.mate)
  if (isWanted('compare')) await compare(mine, door)
  if (isWanted('ctrl-c')) await ctrlC(mine)
  if (isWanted('beside')) await beside(mine, other)
  if (isWanted('stalled')) await stalled(await ours(other, 'node1', '1'), pid)
  if (isWanted('late')) await late(reader, mine)
  if (isWanted('crowd') || isWanted('idle')) {
    const empty = pssOf(pid)
    const all = await openAll(seats, [reader, other])
    if (isWanted('crowd')) await crowd(all)
    if (isWanted('idle')) await idle(all, pid, empty)
  }
  const visits = await leave()
  figures['terminal.1 lab pages meanwhile'] = rounded(visits.length, 'pages')
  figures['terminal.1 lab pages meanwhile, p95'] = rounded(percentile(visits, 0.95), 'ms')
} finally {
  for (const line of lines) line.close()
  await rows.close()
  await platform.close()
  await product.stop()
  rmSync(keys, { recursive: true, force: true })
}
report('terminal', figures)
