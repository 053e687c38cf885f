import { expect, test } from '@playwright/test'
import { type Classmate, launchAs, personOf, viewOf, watchPage } from '../bench/classmates.ts'
import { freezeWorker, type Moment, moments } from '../bench/freeze.ts'
import { members, openTroupe, type Troupe, until } from '../bench/troupe.ts'
import { openTypist, type Typist } from '../bench/typists.ts'
import type { EnvironmentView } from '../lib/environments/phase.ts'

/*
 * Two web processes, two workers, a gateway and a course over one database, behind one address (docs/operations.md). The machines are
 * played; how terminals on real ones take it is measured by `npm run bench -- rolling`.
 */

/** Longer than a lease. */
const FROZEN_MS = 8_000
/** What goes wrong and by itself right again, people may wait for so long. */
const SOON_MS = 15_000
/** Less than the time after which pages and gateways look by themselves: whoever is told sooner has heard a hint. */
const HINT_MS = 5_000

let troupe: Troupe
let people = 0
const typists: Typist[] = []
const pages: (() => void)[] = []

test.beforeAll(async () => {
  test.setTimeout(120_000)
  troupe = await openTroupe({ ASTROLABE_DEV_CLOUD_DRIVER: 'null', ASTROLABE_NULL_TIMES: 'start=200ms,suspend=500ms,delete=100ms' })
})

test.afterEach(() => {
  for (const typist of typists.splice(0)) typist.close()
  for (const close of pages.splice(0)) close()
})

test.afterAll(() => troupe?.close())

type Seat = { mate: Classmate; view: EnvironmentView }

/** Somebody new, whose machines are there. */
async function somebody(): Promise<Seat> {
  people += 1
  const mate = await launchAs(troupe.platform, troupe.stage.origin, personOf(people))
  return { mate, view: await viewOf(mate, ({ phase }) => phase === 'ready', 30_000) }
}

function typistOf({ mate, view }: Seat): Typist {
  const typist = openTypist(mate, { environment: view.id, generation: view.generation, host: 'node1' }, mate.launch)
  typists.push(typist)
  return typist
}

const phaseOf = async ({ view }: Seat) =>
  (await troupe.rows.query<{ phase: string }>('select phase::text from environment where id = $1', [view.id]))[0]?.phase
const states = () => troupe.rows.query('select id, phase::text, generation, intent::text from environment order by id')
const statusOf = async ({ mate }: Seat) => (await mate.browser.send(`${mate.origin}/l/${mate.launch}`)).status

test('terminals go to the gateway and pages to the web processes, by their address alone', async () => {
  const seat = await somebody()
  const before = new Map(troupe.balancer.taken())
  const typist = typistOf(seat)
  await typist.begin('file')
  const { gateway, web } = troupe.ports
  const taken = (port: number) => (troupe.balancer.taken().get(port) ?? 0) - (before.get(port) ?? 0)
  expect(taken(gateway)).toBe(1)
  // The ticket.
  expect(web.map(taken).reduce((sum, one) => sum + one)).toBe(1)
})

test('while everything is restarted one after the other no page fails, everybody can launch, and no environment changes', async () => {
  test.setTimeout(120_000)
  const seat = await somebody()
  const before = await states()
  const answers: number[] = []
  let isOver = false
  const visitor = (async () => {
    while (!isOver) answers.push(await statusOf(seat).catch(() => 0))
  })()
  for (const member of members) await troupe.restart(member, 'SIGTERM')
  isOver = true
  await visitor
  expect(answers.length).toBeGreaterThan(20)
  expect(answers.filter((status) => status !== 200)).toEqual([])
  expect(await states()).toEqual(before)
  await somebody()
})

for (const moment of moments) {
  test(`a worker that stands still while ${titles()[moment]} does no harm: the other one goes on, and what it still had in mind is void`, async () => {
    test.setTimeout(90_000)
    const first = people + 1
    people += 3
    const found = await freezeWorker(troupe, { frozenMs: FROZEN_MS, moment, first, each: 1 })
    expect(found.inHand).toBeGreaterThan(1)
    expect(found.reachedMs).toBeLessThan(SOON_MS)
    expect(found).toMatchObject({ twice: 0, unasked: [], late: [] })
  })
}

function titles(): Record<Moment, string> {
  return { looking: 'it looks at the cloud', asking: 'the cloud answers it', writing: 'it writes' }
}

test('when the database is restarted terminals notice nothing, pages answer again, hints are heard, and what was under way arrives', async () => {
  test.setTimeout(120_000)
  const [typing, sleeper, later] = [await somebody(), await somebody(), await somebody()]
  const [typist, sleepy] = [typistOf(typing), typistOf(later)]
  await Promise.all([typist.begin('file'), sleepy.begin('file')])
  const told: (string | undefined)[] = []
  pages.push(watchPage(later.mate, (view) => told.push(view?.phase)))
  await expect.poll(() => told).toContain('ready')
  const alive = members.map((member) => troupe.part(member).pid)

  await sleeper.mate.post('/sleep', {})
  await troupe.stage.restartDatabase()
  const answered = await until(async () => (await statusOf(typing)) === 200, SOON_MS)
  expect(answered).toBeLessThan(HINT_MS)
  expect(await until(async () => (await phaseOf(sleeper)) === 'suspended', SOON_MS)).toBeLessThan(SOON_MS)
  expect(members.map((member) => troupe.part(member).pid)).toEqual(alive)
  expect(members.filter((member) => troupe.part(member).isOver())).toEqual([])

  expect((await later.mate.post('/sleep', {})).status).toBe(202)
  await expect.poll(() => told, { timeout: HINT_MS }).toContain('suspending')
  await expect.poll(() => sleepy.pane.view().state, { timeout: HINT_MS }).toBe('asleep')
  expect(typist.views()).toEqual(['live'])
})
