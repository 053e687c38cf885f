import { randomInt } from 'node:crypto'
import { rmSync } from 'node:fs'
import { type Browser, chromium } from '@playwright/test'
import { startBalancer } from '../e2e/balancer.ts'
import { browserLaunchOptions } from '../e2e/browser.mjs'
import { labFolder } from '../e2e/lab-folder.ts'
import { freePort } from '../e2e/product.ts'
import { registerPlatform } from '../e2e/rows.ts'
import { createTestPlatform } from '../lib/demo-course/test-platform.ts'
import { seededRandom } from '../lib/terminal/odd-messages.fixture.ts'
import { type Classmate, launchAs, personOf, viewOf } from './classmates.ts'
import { openPageSeat, type PageSeat } from './cut-page.ts'
import { openSeat, type Seat, type Told, type Where } from './cut-seats.ts'
import { cutSocket, freezeMachine, killGateway, kinds, shuffled, type Trial } from './cuts.ts'
import { openRows } from './environment-row.ts'
import { judgeKeys, judgeLines } from './numbered.ts'
import { atMost, type Figure, percentile, report } from './report.ts'
import { controlOf, openStage, type Part } from './stage.ts'
import { until } from './troupe.ts'

/*
 * Bar 3 of "The terminal and the page": disconnections at random instants while keys are typed and a program prints numbered lines. Four
 * terminals are driven through the product's own client for pages, the fifth is a page in Chromium, judged by what is on it. First
 * connections are cut and machines frozen, each terminal for itself; then the gateway is killed under all of them.
 *
 *   npm run bench -- cuts [disconnections] [--seed=N] [--only=alone|killed]
 */

process.env.BROWSER_FROM ??= 'registry'
const WITHOUT_PAGE = 4
/** The line that says that all is well again takes a row, and goes away by itself after 6 s. */
const FULL_SCREEN_MS = 12_000
const wanted = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 200)
const seed = Number(process.argv.find((argument) => argument.startsWith('--seed='))?.slice(7) ?? randomInt(1_000_000))
const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice(7)
const each = Math.ceil(wanted / (WITHOUT_PAGE + 1))
const counts = { killed: Math.round(each * 0.4), cut: Math.round(each * 0.35), frozen: 0 }
counts.frozen = each - counts.killed - counts.cut

const say = (words: string) => void process.stdout.write(`${words}\n`)
say(`seed ${seed}`)
const figures: Record<string, Figure> = {}
const labs = labFolder({ idle: { after: '2h' } })
const stage = await openStage({ ASTROLABE_LABS: labs })
const balancer = await startBalancer(stage.port)
const [webPort, gatewayPort] = [await freePort(), await freePort()]
balancer.serve([webPort], [gatewayPort])
await stage.start('web,worker', { PORT: String(webPort) })
let gateway: Part = await stage.start('gateway', { PORT: String(gatewayPort) })
const rows = await openRows(stage.databaseUrl)
const platform = await createTestPlatform({ toolOrigin: stage.origin })
await registerPlatform(rows, { name: 'Class', registration: platform.registration() })
let browser: Browser | undefined
const seats: Seat[] = []

type Server = { name: string; stack: string; disk: string | null; cgroup: string | null }

async function sit(number: number): Promise<{ mate: Classmate; where: Where }> {
  const mate = await launchAs(platform, stage.origin, personOf(number))
  const { id, generation } = await viewOf(mate, ({ phase }) => phase === 'ready', 120_000)
  const [stack] = await rows.query<{ name: string }>('select name from stack where environment_id = $1 and gone_at is null', [id])
  const { servers } = await controlOf(stage.data)<{ servers: Server[] }>('/servers')
  const server = servers.find(({ name, stack: of }) => name === 'node1' && of === stack?.name)
  if (!server?.disk || !server.cgroup) throw new Error(`learner ${number} has no machine that can be frozen`)
  return { mate, where: { environment: id, generation, host: 'node1', disk: server.disk, cgroup: server.cgroup } }
}

function tell(trial: Trial | undefined): void {
  if (trial && process.argv.includes('--verbose'))
    say(`  ${trial.kind}, ${trial.seat}: ${trial.how}, back after ${Math.round(trial.backMs)} ms`)
}

/** Each terminal for itself, in an order of its own. */
async function alone(seat: Seat, index: number): Promise<Trial[]> {
  const random = seededRandom(seed + index)
  // One that nobody is told of among so many, and one that outlasts all patience.
  const plan = shuffled(
    [
      ...Array.from({ length: counts.cut }, (_, n) => () => cutSocket(balancer, seat, random, n === 0)),
      ...Array.from({ length: counts.frozen }, (_, n) => () => freezeMachine(seat, random, n === 0)),
    ],
    random,
  )
  const trials: Trial[] = []
  for (const trial of plan) {
    trials.push(await trial())
    tell(trials.at(-1))
  }
  return trials
}

async function killed(page: PageSeat): Promise<{ trials: Trial[]; otherScreens: number }> {
  const random = seededRandom(seed + 100)
  const trials: Trial[] = []
  let otherScreens = 0
  for (let kill = 0; kill < counts.killed; kill++) {
    const before = await page.fullScreen()
    const part = {
      kill: () => gateway.kill('SIGKILL'),
      start: async () => {
        gateway = await stage.start('gateway', { PORT: String(gatewayPort) })
      },
    }
    const found = await killGateway(part, seats, random)
    trials.push(...found)
    for (const trial of found) tell(trial)
    if ((await until(async () => (await page.fullScreen()) === before, FULL_SCREEN_MS)) < FULL_SCREEN_MS) continue
    otherScreens++
    say(`the full screen is not as it was: ${JSON.stringify(await page.fullScreen())}, it was ${JSON.stringify(before)}`)
  }
  return { trials, otherScreens }
}

/** Everybody types while `act` happens. @returns what is wrong, by figure */
async function phase(run: string, act: () => Promise<Trial[]>): Promise<Trial[]> {
  await Promise.all(seats.map((seat) => seat.begin(run)))
  const trials = await act()
  for (const seat of seats) judge(run, seat.name, await seat.end())
  for (const kind of kinds) {
    const mine = trials.filter((trial) => trial.kind === kind)
    if (mine.length === 0) continue
    const quick = mine.filter(({ slow }) => !slow).map(({ backMs }) => backMs)
    const slow = mine.filter((trial) => trial.slow)
    figures[`cuts.3 ${kind}: disconnections`] = { value: mine.length, unit: 'of them' }
    if (quick.length > 0) {
      figures[`cuts.3 ${kind}: back after, p50`] = { value: Math.round(percentile(quick, 0.5)), unit: 'ms' }
      figures[`cuts.3 ${kind}: back after, longest`] = { value: Math.round(Math.max(...quick)), unit: 'ms' }
    }
    for (const one of slow) say(`  ${kind}, ${one.seat}: ${one.how}, back after ${Math.round(one.backMs)} ms`)
  }
  return trials
}

type Sum = { lines: number; keys: number; problems: Map<string, number> }
const sums: Record<string, Sum> = {}

function judge(run: string, name: string, told: Told): void {
  const lines = judgeLines(told.shown)
  const keys = judgeKeys(told.rows, told.keys.length)
  const lostAfter = keys.lost.filter((index) => told.keys[index])
  const found: Record<string, number> = {
    'lines twice': lines.twice,
    'lines out of order': lines.disordered,
    'lines lost': lines.lost,
    'rows that are nothing of ours': lines.odd.length,
    'keys twice': keys.twice + keys.strange,
    'keys lost though pressed after the cut was shown': lostAfter.length,
    'keys not taken': told.refused,
    'other keys lost': keys.lost.length - lostAfter.length,
    'gaps marked': lines.gaps,
    'gaps without a screen painted anew': lines.unpainted,
    'lines lost where a gap is marked': lines.lostInGap,
  }
  const sum: Sum = sums[run] ?? { lines: 0, keys: 0, problems: new Map() }
  sums[run] = sum
  sum.lines += lines.lines
  sum.keys += told.keys.length
  for (const [what, count] of Object.entries(found)) sum.problems.set(what, (sum.problems.get(what) ?? 0) + count)
  const words = Object.entries(found).filter(([, count]) => count > 0)
  const pressed = told.keys.filter(Boolean).length
  if (keys.lost.length > 0) say(`${name} lost the keys ${keys.lost.slice(0, 60).join(' ')}`)
  say(
    `${run}, ${name}: ${lines.lines} lines, ${told.keys.length} keys, ${pressed} of them while the cut was shown; ${words.map(([what, count]) => `${count} ${what}`).join(', ') || 'nothing wrong'}`,
  )
  for (const row of lines.odd.slice(0, 5)) say(`  not ours: ${JSON.stringify(row)}`)
}

/** @param bars for each figure the most that it may be; without one it is told and not judged */
function conclude(run: string, title: string, bars: Record<string, number>): void {
  const sum = sums[run]
  if (!sum) return
  figures[`cuts.3 ${title}: lines shown`] = { value: sum.lines, unit: 'lines' }
  figures[`cuts.3 ${title}: keys typed`] = { value: sum.keys, unit: 'keys' }
  for (const [what, count] of sum.problems) {
    const bar = bars[what]
    figures[`cuts.3 ${title}: ${what}`] = bar === undefined ? { value: count, unit: 'of them' } : atMost(count, 'of them', bar)
  }
}

const never = {
  'lines twice': 0,
  'lines out of order': 0,
  'rows that are nothing of ours': 0,
  'keys twice': 0,
  'keys lost though pressed after the cut was shown': 0,
  'keys not taken': 0,
  'gaps without a screen painted anew': 0,
}

try {
  browser = await chromium.launch(await browserLaunchOptions())
  const room = await Promise.all(Array.from({ length: WITHOUT_PAGE + 1 }, (_, index) => sit(index + 1)))
  const [forPage, ...others] = room
  if (!forPage) throw new Error('nobody is there')
  const page = await openPageSeat(browser, forPage.mate, forPage.where)
  seats.push(page)
  for (const [index, { mate, where }] of others.entries()) seats.push(await openSeat(mate, where, `learner ${index + 2}`))
  if (only !== 'killed') {
    await phase('alone', async () => (await Promise.all(seats.map(alone))).flat())
    conclude('alone', 'socket cut or machine frozen', { ...never, 'lines lost': 0, 'other keys lost': 0, 'gaps marked': 0 })
  }
  if (only !== 'alone') {
    let otherScreens = 0
    const trials = await phase('killed', async () => {
      const found = await killed(page)
      otherScreens = found.otherScreens
      return found.trials
    })
    conclude('killed', 'gateway killed', { ...never, 'lines lost': 0 })
    const marked = sums.killed?.problems.get('gaps marked') ?? 0
    figures['cuts.3 gateway killed: disconnections without a gap marked, or with two'] = atMost(
      Math.abs(trials.length - marked),
      'of them',
      0,
    )
    figures['cuts.3 gateway killed: full screens in the page that were not painted as before'] = atMost(otherScreens, 'of them', 0)
  }
} finally {
  if (process.argv.includes('--verbose')) say(gateway.output().slice(-6000))
  for (const seat of seats) await seat.close()
  await browser?.close()
  await rows.close()
  await platform.close()
  await stage.close()
  await balancer.close()
  rmSync(labs, { recursive: true, force: true })
}
report('cuts', figures)
