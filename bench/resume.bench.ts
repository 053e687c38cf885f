import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type BrowserContext, chromium, type Page } from '@playwright/test'
import { browserLaunchOptions } from '../e2e/browser.mjs'
import { labFolder } from '../e2e/lab-folder.ts'
import { command, enterCourse, openLab, proveShell } from '../e2e/people.ts'
import { startProduct } from '../e2e/product.ts'
import { openRows } from './environment-row.ts'
import { atMost, type Figure, percentile, report } from './report.ts'

/*
 * Bar 1 of "The lifecycle": a launch from the course into a sleeping environment, to a typed answer on both machines. A counter that
 * writes ten times a second runs since before; it is read from outside, on the sandbox's disk. Beside it, as the baseline, the same
 * launch into machines that are awake.
 */

process.env.BROWSER_FROM ??= 'registry'
const runs = Number(process.argv[2] ?? 20)
const restarts = 3

const labs = labFolder({ idle: { after: '30m' } })
const product = await startProduct({ env: { ASTROLABE_LABS: labs } })
const rows = await openRows(product.databaseUrl, () => product.output().slice(-3000))
const browser = await chromium.launch(await browserLaunchOptions())

/** The counter's file on the disk of the machine that has it. */
function counterFile(): string {
  const machines = join(product.data, 'dev-cloud', 'machines')
  const found = readdirSync(machines, { recursive: true, encoding: 'utf8' }).find((path) => path.endsWith('home/debian/counter'))
  if (!found) throw new Error(`no counter below ${machines}`)
  return join(machines, found)
}

const stepsOf = (file: string) => readFileSync(file, 'utf8').trim().split('\n').map(Number)

/** Lost and repeated steps of a counter that should count 1, 2, 3 ... */
function wrongSteps(steps: number[]): number {
  return steps.filter((step, index) => step !== index + 1).length
}

async function launch(context: BrowserContext): Promise<{ page: Page; tookMs: number }> {
  const page = await enterCourse(context, product.course, 'ada')
  const began = performance.now()
  const learner = await openLab(page)
  await proveShell(learner, 'node1')
  await proveShell(learner, 'node2')
  return { page, tookMs: performance.now() - began }
}

/** "Sleep now", as the page asks for it. */
async function fallAsleep(page: Page): Promise<void> {
  const frame = page.frames().find((candidate) => candidate.url().startsWith(product.origin))
  const status = await frame?.evaluate(async () => {
    const answer = await fetch(`${location.pathname}/sleep`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    return answer.status
  })
  if (status !== 202) throw new Error(`sleep was answered with ${status}`)
  await rows.when(({ phase }) => phase === 'suspended', 30_000)
}

const figures: Record<string, Figure> = {}
try {
  const [woken, awake]: [number[], number[]] = [[], []]
  let moved = 0
  let file = ''
  const first = await browser.newContext()
  const { page } = await launch(first)
  const learner = { page, lab: page.frameLocator('iframe') }
  const loop = 'i=0; while :; do i=$((i+1)); echo $i >>~/counter; sleep 0.1; done'
  await command(learner.lab, 'node1', `nohup sh -c '${loop}' >/dev/null 2>&1 & echo counting-$((6*7))`, /counting-42/)
  await delay(1_000)
  file = counterFile()
  let asleepFrom = page
  let before = first

  for (let run = -1; run < runs + restarts; run += 1) {
    await fallAsleep(asleepFrom)
    await before.close()
    const stoodAt = stepsOf(file).length
    if (run >= runs) await restartApplication()
    // Long enough for five steps, had it not stood still.
    await delay(500)
    moved += stepsOf(file).length - stoodAt
    before = await browser.newContext()
    const back = await launch(before)
    asleepFrom = back.page
    const context = await browser.newContext()
    const twin = await launch(context)
    await context.close()
    if (run >= 0 && run < runs) {
      woken.push(back.tookMs)
      awake.push(twin.tookMs)
    }
    process.stdout.write(
      `run ${run + 1}: woken ${Math.round(back.tookMs)} ms, awake ${Math.round(twin.tookMs)} ms${run >= runs ? ' (application restarted)' : ''}\n`,
    )
  }
  await before.close()
  const median = percentile(awake, 0.5)
  figures['lifecycle.1 launch into machines awake, p50'] = { value: Math.round(median), unit: 'ms' }
  figures['lifecycle.1 launch into machines asleep, p50'] = atMost(percentile(woken, 0.5), 'ms', 1_200)
  figures['lifecycle.1 launch into machines asleep, 19 of 20'] = atMost(percentile(woken, 0.95), 'ms', 1_500)
  figures['lifecycle.1 steps counted while asleep'] = atMost(moved, 'steps', 0)
  figures['lifecycle.1 steps lost or repeated'] = atMost(wrongSteps(stepsOf(file)), 'steps', 0)
  figures['lifecycle.1 steps in all'] = { value: stepsOf(file).length, unit: 'steps' }
} finally {
  await browser.close()
  await rows.close()
  await product.stop()
  rmSync(labs, { recursive: true, force: true })
}
report('resume', figures)

/** The application dies, the supervisor starts it again; the embedded cloud goes on. */
async function restartApplication(): Promise<void> {
  const said = product.output().length
  const pid = applicationPid()
  process.kill(pid, 'SIGTERM')
  while (!/"msg":"ready"|Starting it again/.test(product.output().slice(said))) await delay(20)
  for (;;) {
    const alive = await fetch(`${product.origin}/api/health`).then(
      (answer) => answer.ok,
      () => false,
    )
    if (alive) return
    await delay(20)
  }
}

/** The process that serves the product's port. */
function applicationPid(): number {
  const port = Number(new URL(product.origin).port)
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const path = `/proc/${pid}/environ`
    if (!existsSync(path)) continue
    try {
      const env = readFileSync(path, 'utf8').split('\0')
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      if (command.includes('server.mjs') && env.includes(`PORT=${port}`) && !env.includes('ROLES=dev-cloud')) return Number(pid)
    } catch {
      // It has ended meanwhile.
    }
  }
  throw new Error('the application was not found')
}
