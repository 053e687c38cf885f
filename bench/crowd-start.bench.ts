import { setTimeout as delay } from 'node:timers/promises'
import { startProduct } from '../e2e/product.ts'
import { registerPlatform } from '../e2e/rows.ts'
import { createTestPlatform } from '../lib/demo-course/test-platform.ts'
import type { EnvironmentView } from '../lib/environments/phase.ts'
import { type Classmate, launchAs, personOf, watchPage } from './classmates.ts'
import { openRows } from './environment-row.ts'
import { atMost, type Figure, percentile, report } from './report.ts'
import { openTypist, type Typist } from './typists.ts'

/*
 * Bar 6 of "The lifecycle": twenty learners start *Two machines* within one second, each by a launch of their own and up to a typed
 * answer on both machines; meanwhile somebody else's lab page is fetched five times a second. Beside it, as the baselines, that page
 * before the crowd, and one learner alone.
 *
 *   npm run bench -- crowd-start [learners]
 */

const count = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 20)
const hosts = ['node1', 'node2']
const LIMIT_MS = 120_000

const product = await startProduct()
const rows = await openRows(product.databaseUrl, () => product.output().slice(-3000))
const platform = await createTestPlatform({ toolOrigin: product.origin })
await registerPlatform(rows, { name: 'Class', registration: platform.registration() })
const typists: Typist[] = []

/** When each thing had happened, ms after the click. */
type Course = { page: number; built: number; reached: number; answered: number }

async function start(number: number): Promise<{ mate: Classmate; course: Course }> {
  const began = performance.now()
  const since = () => performance.now() - began
  const mate = await launchAs(platform, product.origin, personOf(number))
  const page = since()
  const view = await machinesOf(mate)
  const built = since()
  const mine = hosts.map((host) =>
    openTypist(mate, { environment: view.id, generation: view.generation, host }, `learner ${number}, ${host}`),
  )
  typists.push(...mine)
  await Promise.all(mine.map((typist) => typist.live(LIMIT_MS)))
  const reached = since()
  await Promise.all(mine.map((typist) => typist.prove(LIMIT_MS)))
  return { mate, course: { page, built, reached, answered: since() } }
}

/** Resolves once the page is told where the machines are: then it opens its terminals. */
function machinesOf(mate: Classmate): Promise<EnvironmentView> {
  return new Promise((done, failed) => {
    const late = setTimeout(() => end(() => failed(new Error('no machines'))), LIMIT_MS)
    const stop = watchPage(mate, (view) => {
      if (view?.phase === 'failed') end(() => failed(new Error(`${view.reason?.code}: ${view.reason?.detail}`)))
      if (view && view.hosts.length === hosts.length) end(() => done(view))
    })
    const end = (how: () => void) => {
      clearTimeout(late)
      stop()
      how()
    }
  })
}

/** Fetches a lab page five times a second. @returns a function that ends it and gives how long each took, ms */
function visit({ browser, origin, launch }: Classmate): () => Promise<number[]> {
  const visits: Promise<number>[] = []
  const timer = setInterval(() => {
    const began = performance.now()
    const fetched = browser.send(`${origin}/l/${launch}`).then(({ status }) => {
      if (status !== 200) throw new Error(`the lab page answered ${status}`)
      return performance.now() - began
    })
    fetched.catch(() => {})
    visits.push(fetched)
  }, 200)
  return () => {
    clearInterval(timer)
    return Promise.all(visits)
  }
}

const figures: Record<string, Figure> = {}
const ms = (value: number): Figure => ({ value: Math.round(value), unit: 'ms' })
try {
  const { mate } = await start(count + 1)
  const { course: alone } = await start(count + 2)
  const before = visit(mate)
  await delay(10_000)
  const calm = await before()

  const during = visit(mate)
  const starts = await Promise.allSettled(
    Array.from({ length: count }, (_, index) => delay((index * 1_000) / count).then(() => start(index + 1))),
  )
  const busy = await during()
  const failed = starts.filter((one) => one.status === 'rejected')
  for (const { reason } of failed) process.stdout.write(`${String(reason)}\n`)
  const courses = starts.flatMap((one) => (one.status === 'fulfilled' ? [one.value.course] : []))
  const line = (share: number) =>
    (['page', 'built', 'reached', 'answered'] as const)
      .map(
        (what) =>
          `${what} ${Math.round(
            percentile(
              courses.map((course) => course[what]),
              share,
            ),
          )} ms`,
      )
      .join(', ')
  process.stdout.write(`p50: ${line(0.5)}\nlongest: ${line(1)}\n`)
  process.stdout.write(
    `lab page: p50 ${Math.round(percentile(busy, 0.5))} ms, longest ${Math.round(Math.max(...busy))} ms of ${busy.length}\n`,
  )
  figures['lifecycle.6 one learner alone: to both answers'] = ms(alone.answered)
  figures['lifecycle.6 the crowd: to both answers, p50'] = ms(
    percentile(
      courses.map(({ answered }) => answered),
      0.5,
    ),
  )
  figures['lifecycle.6 the crowd: to both answers, longest'] = atMost(Math.max(...courses.map(({ answered }) => answered)), 'ms', 30_000)
  figures['lifecycle.6 learners without both answers'] = atMost(failed.length, 'learners', 0)
  figures['lifecycle.6 lab page before the crowd, p95'] = ms(percentile(calm, 0.95))
  figures['lifecycle.6 lab page meanwhile, p95'] = atMost(percentile(busy, 0.95), 'ms', 300)
} finally {
  for (const typist of typists) typist.close()
  await rows.close()
  await platform.close()
  await product.stop()
}
report('crowd-start', figures)
