import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Browser, chromium, expect } from '@playwright/test'
import { browserLaunchOptions } from '../e2e/browser.mjs'
import { command, enterCourse, type Learner, openLab, proveShell } from '../e2e/people.ts'
import { type Product, startProduct } from '../e2e/product.ts'
import { leftoversOf } from '../lib/dev-cloud/ns/driver.fixture.ts'
import { ordinaryUser, whyNoOrdinaryUser } from '../lib/dev-cloud/ns/ordinary-user.fixture.ts'
import { comeBack, launchCeph, liveThrough, seconds, under } from './ceph-story.ts'
import { openRows } from './environment-row.ts'
import { atMost, type Figure, report } from './report.ts'

/*
 * Bar 6 of "The embedded cloud": the whole product as an ordinary user, once with a control group handed over and once without, and
 * Two machines clicked through in a browser; with the group the whole story of the Ceph lab too (ceph-story.ts), a stop of the demo included.
 * Times are of this run, no bars.
 */

process.env.BROWSER_FROM ??= 'registry'
const figures: Record<string, Figure> = {}
const browser = await chromium.launch(await browserLaunchOptions())

async function launch(product: Product, browser: Browser, lab: string, hosts: string[]): Promise<Learner & { tookMs: number }> {
  const page = await enterCourse(browser, product.course, 'ada')
  const began = performance.now()
  const learner = await openLab(page, lab)
  for (const host of hosts) await proveShell(learner, host)
  return { ...learner, tookMs: Math.round(performance.now() - began) }
}

/** The counter's steps on the disk of the machine that has it. */
function steps(data: string): number[] {
  const machines = join(data, 'dev-cloud', 'machines')
  const found = readdirSync(machines, { recursive: true, encoding: 'utf8' }).find((path) => path.endsWith('home/debian/counter'))
  if (found === undefined) throw new Error(`no counter below ${machines}`)
  return readFileSync(join(machines, found), 'utf8').trim().split('\n').map(Number)
}

/** "Sleep now", as the page asks for it; then the launch that wakes it. @returns how many steps were counted meanwhile, and wrongly */
async function sleepAndWake(product: Product, learner: Learner): Promise<{ asleep: number; wrong: number; tookMs: number }> {
  const loop = 'i=0; while :; do i=$((i+1)); echo $i >>~/counter; sleep 0.1; done'
  await command(learner.lab, 'node1', `nohup sh -c '${loop}' >/dev/null 2>&1 & echo counting-$((6*7))`, /counting-42/)
  await delay(1_000)
  const rows = await openRows(product.databaseUrl, () => product.output().slice(-3000))
  const frame = learner.page.frames().find((candidate) => candidate.url().startsWith(product.origin))
  await frame?.evaluate(() =>
    fetch(`${location.pathname}/sleep`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }),
  )
  await rows.when(({ phase }) => phase === 'suspended', 30_000)
  await rows.close()
  const before = steps(product.data).length
  await delay(1_000)
  const asleep = steps(product.data).length - before
  await learner.page.close()
  const { page, tookMs } = await launch(product, browser, 'two-machines', ['node1', 'node2'])
  const all = steps(product.data)
  await page.close()
  return { asleep, wrong: all.filter((step, index) => step !== index + 1).length + (all.length > before ? 0 : 1), tookMs }
}

/** Whether a machine of 512 MiB is given 900. */
async function wantsTooMuch({ lab }: Learner): Promise<boolean> {
  await command(
    lab,
    'node2',
    'clear; echo before-$((6*7)); head -c 900M /dev/zero | tail -c 900M | wc -c; echo after-$((6*7))',
    /before-42/,
  )
  const screen = lab.getByRole('tabpanel', { name: 'node2' }).locator('.xterm-rows')
  await expect(screen).toContainText(/after-42/, { timeout: 60_000 })
  return (await screen.textContent())?.includes('943718400') ?? false
}

async function story(withGroup: boolean): Promise<void> {
  const name = withGroup ? 'with a control group' : 'without one'
  const no = whyNoOrdinaryUser(withGroup)
  if (no !== null) throw new Error(`${name}: ${no}`)
  const user = ordinaryUser(withGroup)
  const began = performance.now()
  const start = () => startProduct({ data: join(user.folder, 'data'), env: user.env, as: user.words })
  let product = await start()
  try {
    figures[`rootless.6 ${name}: npm start to the course`] = { value: Math.round(performance.now() - began), unit: 'ms' }
    process.stdout.write(`${/^ {2}Machines .*(\n {20}.*)*/m.exec(product.output())?.[0] ?? 'it did not say what carries the machines'}\n`)
    const ada = await launch(product, browser, 'two-machines', ['node1', 'node2'])
    figures[`rootless.6 ${name}: click to both prompts`] = { value: ada.tookMs, unit: 'ms' }
    await command(ada.lab, 'node1', 'echo init=$(cat /proc/1/comm) root=$(sudo id -u)', `init=${withGroup ? 'systemd' : 'sh'} root=0`)
    await command(ada.lab, 'node1', 'clear; ssh node2 hostname', 'node2')
    if (withGroup) figures[`rootless.6 ${name}: memory beyond the flavor`] = atMost((await wantsTooMuch(ada)) ? 1 : 0, 'times given', 0)
    const slept = await sleepAndWake(product, ada)
    figures[`rootless.6 ${name}: steps counted while asleep`] = atMost(slept.asleep, 'steps', 0)
    figures[`rootless.6 ${name}: steps lost or repeated`] = atMost(slept.wrong, 'steps', 0)
    figures[`rootless.6 ${name}: click to both prompts, woken`] = { value: slept.tookMs, unit: 'ms' }
    if (withGroup) {
      await ceph(product, name)
      await product.stop({ keep: true })
      product = await start()
      const { visit, figures: back } = await comeBack(browser, product)
      Object.assign(figures, under(`rootless.6 ${name}: Ceph, `, back))
      await visit.context.close()
    }
  } catch (error) {
    process.stderr.write(product.output().slice(-6000))
    throw error
  } finally {
    await product.stop({ keep: true })
    const left = await leftoversOf(product.data)
    process.stdout.write(left)
    figures[`rootless.6 ${name}: left behind`] = atMost(left.split('\n').filter(Boolean).length, 'things', 0)
    await user.remove()
  }
}

async function ceph(product: Product, name: string): Promise<void> {
  const first = await launchCeph(browser, product)
  const { visit, figures: lived } = await liveThrough(browser, product, first)
  const all = { 'click to HEALTH_OK': { value: seconds(first.tookMs), unit: 's' }, ...lived }
  Object.assign(figures, under(`rootless.6 ${name}: Ceph, `, all))
  await visit.context.close()
}

try {
  for (const withGroup of [true, false]) await story(withGroup)
} finally {
  await browser.close()
}
report('rootless', figures)
