import { createServer } from 'node:http'
import { Server as SocketServer } from 'socket.io'
import { io as connect } from 'socket.io-client'
import { afterEach, expect, test } from 'vitest'
import type { LaunchActor } from './access/actor.ts'
import { readConfig, setConfig } from './config.ts'
import type { EnvironmentView, Phase } from './environments/phase.ts'
import { fail } from './errors.ts'
import { type LiveDeps, serveLive } from './live.ts'

setConfig(readConfig({ NODE_ENV: 'test', ASTROLABE_LOG: 'silent', DATABASE_URL: 'postgresql://nowhere.invalid/none' }))

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

const view = (id: string, phase: Phase) => ({ id, phase }) as EnvironmentView

async function world(more: Partial<LiveDeps> = {}) {
  const owned = new Map<string, string>([['ada', 'e-ada']])
  const phases = new Map<string, Phase>([
    ['e-ada', 'building'],
    ['e-lin', 'ready'],
  ])
  const signedIn = new Set(['ada', 'lin', 'teacher'])
  const heard = new Set<(id: string | null) => void>()
  const heardOfRights = new Set<(userId: string | null) => void>()
  const teachers = new Set(['teacher'])
  const touched: string[] = []
  const notUsing = new Set<string>()
  let reads = 0
  const http = createServer()
  const io = new SocketServer(http, { transports: ['websocket'] })
  const live = serveLive(io, {
    async requireActor(launchId, { cookie }) {
      if (cookie !== `browser=${launchId}` || !signedIn.has(launchId)) throw fail('access.signed_out')
      const endsAt = new Date(Date.now() + 3_600_000)
      return { userId: launchId, role: teachers.has(launchId) ? 'instructor' : 'learner', endsAt } as LaunchActor
    },
    authoriseRoster(actor) {
      if (actor.role !== 'instructor') throw fail('access.denied')
    },
    environmentIdOf: async ({ userId }) => owned.get(userId) ?? null,
    async requireUse({ userId }) {
      const id = owned.get(userId)
      if (id === undefined) throw fail('environment.not_found')
      if (notUsing.has(userId)) throw fail('access.denied')
      return id
    },
    touch: async (id) => touched.push(id),
    async environmentView(id) {
      reads++
      const phase = phases.get(id)
      return phase ? view(id, phase) : null
    },
    async onEnvironmentChanged(listener) {
      heard.add(listener)
      return () => void heard.delete(listener)
    },
    async onRightsChanged(listener) {
      heardOfRights.add(listener)
      return () => void heardOfRights.delete(listener)
    },
    ...more,
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  cleanups.push(async () => {
    await live.close()
    await live.close()
    expect([heard.size, heardOfRights.size]).toEqual([0, 0])
    await io.close()
  })
  const address = http.address()
  const open = (launch: string, { cookie = `browser=${launch}`, roster = false } = {}) => {
    const socket = connect(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/live`, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      extraHeaders: { cookie },
      auth: { launch, roster },
    })
    cleanups.push(() => void socket.disconnect())
    const told: (EnvironmentView | null)[] = []
    let rosters = 0
    socket.on('environment', (said: EnvironmentView | null) => told.push(said))
    socket.on('roster', () => rosters++)
    const refused = new Promise<string>((resolve) => socket.once('connect_error', (error) => resolve(error.message)))
    const connected = new Promise<void>((resolve) => socket.once('connect', resolve))
    return { socket, told, rosters: () => rosters, refused, connected, now: () => told.at(-1) }
  }
  const hint = (id: string | null) => {
    for (const listener of heard) listener(id)
  }
  const rightsChanged = (userId: string) => {
    for (const listener of heardOfRights) listener(userId)
  }
  return { owned, phases, teachers, rightsChanged, signedIn, notUsing, touched, open, hint, reads: () => reads }
}

test('a page is told its environment at once, and every change of it', async () => {
  const { phases, open, hint } = await world()
  const ada = open('ada')
  await expect.poll(ada.now).toEqual(view('e-ada', 'building'))
  phases.set('e-ada', 'ready')
  hint('e-ada')
  await expect.poll(ada.now).toEqual(view('e-ada', 'ready'))
})

test('with each view comes the clock by which a page counts', async () => {
  const { open } = await world()
  const [, now] = await new Promise<[EnvironmentView | null, string]>((resolve) =>
    open('ada').socket.once('environment', (...said) => resolve(said as [EnvironmentView | null, string])),
  )
  expect(Math.abs(Date.parse(now) - Date.now())).toBeLessThan(5_000)
})

test('nobody is told of what belongs to somebody else', async () => {
  const { owned, open, hint } = await world()
  owned.set('lin', 'e-lin')
  const ada = open('ada')
  const lin = open('lin')
  await expect.poll(() => [ada.told.length, lin.told.length]).toEqual([1, 1])
  hint('e-lin')
  hint(null)
  await expect.poll(() => lin.told.length).toBeGreaterThan(1)
  await expect.poll(() => ada.told.length).toBeGreaterThan(1)
  expect(new Set(ada.told.map((said) => said?.id))).toEqual(new Set(['e-ada']))
  expect(new Set(lin.told.map((said) => said?.id))).toEqual(new Set(['e-lin']))
  expect(await open('ada', { cookie: 'browser=lin' }).refused).toBe('access.signed_out')
})

test('who had none hears of the first one, and who lost one of the next', async () => {
  const { owned, phases, open, hint } = await world()
  const lin = open('lin')
  await expect.poll(() => lin.told).toEqual([null])
  owned.set('lin', 'e-lin')
  hint('e-lin')
  await expect.poll(lin.now).toEqual(view('e-lin', 'ready'))
  phases.set('e-lin', 'deleted')
  hint('e-lin')
  await expect.poll(lin.now).toEqual(view('e-lin', 'deleted'))
  owned.set('lin', 'e-lin-2')
  phases.set('e-lin-2', 'queued')
  hint('e-lin-2')
  await expect.poll(lin.now).toEqual(view('e-lin-2', 'queued'))
})

test('many hints at once cause few reads', async () => {
  const { open, hint, reads } = await world()
  const ada = open('ada')
  await expect.poll(() => ada.told.length).toBe(1)
  const before = reads()
  for (let count = 0; count < 100; count++) hint('e-ada')
  await expect.poll(() => ada.told.length).toBeGreaterThan(2)
  expect(reads() - before).toBeLessThanOrEqual(3)
})

test('without any hint a page is told again after a while, unless it may no longer be', async () => {
  const { phases, signedIn, open } = await world({ floorMs: 20 })
  const ada = open('ada')
  await expect.poll(() => ada.told.length).toBeGreaterThan(0)
  phases.set('e-ada', 'failed')
  await expect.poll(ada.now).toEqual(view('e-ada', 'failed'))
  signedIn.delete('ada')
  await expect.poll(() => ada.socket.connected).toBe(false)
})

test('an instructor hears that the roster may be new, a learner may not ask', async () => {
  const { open, hint } = await world()
  const teacher = open('teacher', { roster: true })
  await teacher.connected
  for (let count = 0; count < 50; count++) hint('e-lin')
  await expect.poll(teacher.rosters).toBe(2)
  expect(teacher.told).toEqual([])
  expect(await open('lin', { roster: true }).refused).toBe('access.denied')
})

test('a launch that is over takes its page’s connection with it at that moment', async () => {
  let asked = 0
  const { open } = await world({
    async requireActor() {
      if (++asked > 1) throw fail('access.signed_out')
      return { userId: 'ada', role: 'learner', endsAt: new Date(Date.now() + 50) } as LaunchActor
    },
  })
  const ada = open('ada')
  await new Promise((resolve) => ada.socket.once('disconnect', resolve))
  expect(asked).toBe(2)
})

test('who is no instructor any more hears of no roster from that hint on; who has signed out hears nothing', async () => {
  const { teachers, signedIn, rightsChanged, open } = await world()
  const teacher = open('teacher', { roster: true })
  const [ada, lin] = [open('ada'), open('lin')]
  await Promise.all([teacher.connected, ada.connected, lin.connected])
  teachers.delete('teacher')
  rightsChanged('teacher')
  await expect.poll(() => teacher.socket.connected).toBe(false)
  signedIn.delete('ada')
  signedIn.delete('lin')
  rightsChanged('ada')
  await expect.poll(() => ada.socket.connected).toBe(false)
  expect(lin.socket.connected).toBe(true)
  expect(await open('teacher', { roster: true }).refused).toBe('access.denied')
})

test('whoever does something in a page is at work in their own environment, once a second at most', async () => {
  const { owned, touched, open } = await world()
  owned.set('lin', 'e-lin')
  const ada = open('ada')
  const lin = open('lin')
  await ada.connected
  for (let count = 0; count < 5; count++) ada.socket.emit('here')
  await expect.poll(() => touched).toEqual(['e-ada'])
  lin.socket.emit('here')
  await expect.poll(() => touched).toEqual(['e-ada', 'e-lin'])
  // The first of the next second is heard.
  const later = () => {
    ada.socket.emit('here')
    return touched
  }
  await expect.poll(later, { interval: 500, timeout: 5_000 }).toEqual(['e-ada', 'e-lin', 'e-ada'])
  expect(ada.socket.connected).toBe(true)
})

test('a page whose launch is no longer good, or was never for this environment, is at work nowhere', async () => {
  const { signedIn, notUsing, touched, open } = await world()
  const ada = open('ada')
  await ada.connected
  signedIn.delete('ada')
  ada.socket.emit('here')
  await expect.poll(() => ada.socket.connected).toBe(false)
  signedIn.add('ada')
  notUsing.add('ada')
  const again = open('ada')
  await again.connected
  again.socket.emit('here')
  await expect.poll(() => again.socket.connected).toBe(false)
  expect(touched).toEqual([])
})

test('a page without an environment may say that somebody is there, and it means nothing', async () => {
  const { touched, open, hint } = await world()
  const lin = open('lin')
  await lin.connected
  lin.socket.emit('here')
  hint(null)
  await expect.poll(() => lin.told.length).toBeGreaterThan(1)
  expect([lin.socket.connected, touched]).toEqual([true, []])
})

test('a flood, words that nobody asked for, and a roster that is at work are hung up on', async () => {
  const { touched, open } = await world()
  const flood = open('ada')
  await flood.connected
  for (let count = 0; count < 40; count++) flood.socket.emit('here')
  await expect.poll(() => flood.socket.connected).toBe(false)
  expect(touched).toEqual(['e-ada'])
  for (const words of [['e-lin'], [{}], [() => {}]]) {
    const page = open('ada')
    await page.connected
    page.socket.emit('here', ...words)
    await expect.poll(() => page.socket.connected).toBe(false)
  }
  const teacher = open('teacher', { roster: true })
  await teacher.connected
  teacher.socket.emit('here')
  await expect.poll(() => teacher.socket.connected).toBe(false)
  expect(touched).toEqual(['e-ada'])
})
