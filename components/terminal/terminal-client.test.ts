import { io } from 'socket.io-client'
import { afterEach, expect, test } from 'vitest'
import { startMachine } from '#lib/terminal/machine.fixture.ts'
import type { Hello, Welcome } from '#lib/terminal/protocol.ts'
import { environmentId, launchId, type RunningGateway, startGateway } from '#lib/terminal/serve-terminals.fixture.ts'
import { wireOver } from './socket-wire.ts'
import { type ClientDeps, type ConnectionView, openTerminal, pauseMs, type Refusal, type WireEvents } from './terminal-client.ts'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

const firstWelcome: Welcome = {
  epoch: 'e',
  seq: 0,
  head: 0,
  kind: 'fresh',
  sight: 0,
  accepted: 0,
  writable: true,
  size: { cols: 80, rows: 24 },
  alternate: false,
}
const bytes = (text: string) => new TextEncoder().encode(text)

/** A connection as Ada's browser makes it. */
function dialled(gateway: RunningGateway, hello: Hello) {
  return io(`${gateway.url}/terminal`, {
    auth: hello,
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    extraHeaders: { cookie: 'browser=ada', origin: 'http://127.0.0.1' },
  })
}

/** The browser's half of the conversation against the real gateway and a real machine; only the screen is a string. */
async function world(more: Partial<ClientDeps> | ((gateway: RunningGateway) => Partial<ClientDeps>) = {}) {
  const machine = await startMachine()
  cleanups.push(() => machine.close())
  const gateway = await startGateway(machine)
  cleanups.push(() => gateway.stop())
  const page = { text: '', views: [] as ConnectionView[], gaps: 0, waits: [] as (() => void)[], tickets: 0 }
  let cut = () => {}
  const client = openTerminal({
    about: { launch: launchId, environment: environmentId, generation: 1, host: 'node1', tab: '1', mode: 'write', client: 'page-of-ada' },
    async requestTicket() {
      page.tickets++
      return { ticket: gateway.ticket() }
    },
    dial(hello, events) {
      const socket = dialled(gateway, hello)
      cut = () => socket.io.engine.close()
      return wireOver(socket, events)
    },
    screen: {
      size: () => ({ cols: 80, rows: 24 }),
      keeps: () => 5_024,
      write(chunk, drawn) {
        page.text += Buffer.from(chunk).toString('latin1')
        drawn()
      },
      gap: () => page.gaps++,
      alternate: () => {},
      fit: () => {},
    },
    onView: (view) => page.views.push(view),
    after(_ms, run) {
      page.waits.push(run)
      return () => void page.waits.splice(page.waits.indexOf(run), 1)
    },
    now: () => 1_000_000,
    random: () => 1,
    ...(typeof more === 'function' ? more(gateway) : more),
  })
  cleanups.push(() => client.close())
  const sees = (text: string) => expect.poll(() => page.text, { timeout: 8_000 }).toContain(text)
  const is = (state: ConnectionView['state']) => expect.poll(() => page.views.at(-1)?.state, { timeout: 8_000 }).toBe(state)
  return { machine, gateway, page, client, cut: () => cut(), sees, is }
}

test('what is typed while the connection is lost arrives once when it is back, and no output is missing', async () => {
  const { client, page, cut, sees, is } = await world()
  await is('live')
  client.type(bytes('n=0; up() { n=$((n + 1)); echo count-$n-end; }\r'))
  client.type(bytes('up\r'))
  await sees('count-1-end')
  cut()
  await is('reconnecting')
  expect(page.views.at(-1)).toEqual({ state: 'reconnecting', retryAt: 1_000_300, says: null, asleep: false })
  client.type(bytes('up\r'))
  page.waits.at(-1)?.()
  await is('live')
  await sees('count-2-end')
  client.type(bytes('up\r'))
  await sees('count-3-end')
  expect(page.text.match(/^count-\d-end/gm)).toEqual(['count-1-end', 'count-2-end', 'count-3-end'])
  expect(page.views.at(-1)).toEqual({ state: 'live', plain: true, note: 'whole' })
  expect([page.gaps, page.tickets]).toEqual([0, 2])
})

test('a large paste arrives whole and in order', async () => {
  const { client, sees, is } = await world()
  await is('live')
  client.type(bytes('stty raw -echo; echo list$((40+2))ening; head -c 400000 | sha256sum; stty sane\r'))
  await sees('list42ening')
  const paste = bytes(
    Array.from({ length: 100_000 }, (_, index) => String.fromCharCode(97 + (index % 26)))
      .join('')
      .repeat(4),
  )
  expect(client.type(paste)).toBe(true)
  const digest = await crypto.subtle.digest('SHA-256', paste)
  await sees(Buffer.from(digest).toString('hex'))
})

test('a flood is drawn to its end, acknowledged on the way', async () => {
  const { client, page, sees, is } = await world()
  await is('live')
  client.type(bytes('seq -f "number-%g" 1 200000; echo far-$((9 + 9))\r'))
  await sees('far-18')
  expect(page.text.match(/^number-\d+\r$/gm)?.length).toBe(200_000)
})

test('a shell that ended begins anew only when it is asked for', async () => {
  const { client, page, sees, is } = await world()
  await is('live')
  client.type(bytes('exit\r'))
  await is('ended')
  expect(page.views.at(-1)).toEqual({ state: 'ended', reason: 'exited', says: null })
  expect(client.type(bytes('lost'))).toBe(false)
  client.retry()
  await is('live')
  client.type(bytes('echo new-$((4 + 4))\r'))
  await sees('new-8')
  expect(page.gaps).toBe(1)
})

test('when the gateway goes away the page tries again, and reset ends it', async () => {
  const { gateway, is } = await world()
  await is('live')
  gateway.current.generation = 2
  gateway.changed(environmentId)
  await is('ended')
  const second = await world()
  await second.is('live')
  await second.gateway.gateway.close()
  await second.is('reconnecting')
})

test('what is typed at a machine that sleeps is not taken, and it is said; as it wakes, it is taken again', async () => {
  const { machine, gateway, page, client, cut, sees, is } = await world()
  await is('live')
  const say = (power: 'awake' | 'asleep' | 'waking') => {
    gateway.current.power = power
    gateway.changed(environmentId)
  }
  say('asleep')
  await is('asleep')
  machine.freeze()
  expect(page.views.at(-1)).toEqual({ state: 'asleep', typed: false })
  expect(client.type(bytes('echo blind-$((1 + 1))\r'))).toBe(false)
  expect(page.views.at(-1)).toEqual({ state: 'asleep', typed: true })
  cut()
  await is('reconnecting')
  expect(page.views.at(-1)).toMatchObject({ asleep: true })
  expect(client.type(bytes('echo blind-$((1 + 1))\r'))).toBe(false)
  page.waits.at(-1)?.()
  await is('asleep')
  say('waking')
  await is('waking')
  expect(client.type(bytes('echo early-$((2 + 2))\r'))).toBe(true)
  machine.thaw()
  say('awake')
  await is('live')
  await sees('early-4')
  expect(page.text).not.toContain('blind')
  expect(page.views.at(-1)).toEqual({ state: 'live', plain: true, note: null })
})

test('a refusal that will stay is shown, one that will pass is tried again', async () => {
  const answers: Refusal[] = [
    { code: null, says: null, retry: true },
    { code: 'access.signed_out', says: 'Open the lab again.', retry: false },
  ]
  const { page, is } = await world({ requestTicket: async () => answers.shift() ?? { code: null, says: null, retry: true } })
  await is('reconnecting')
  page.waits.at(-1)?.()
  await is('ended')
  expect(page.views.at(-1)).toEqual({ state: 'ended', reason: 'refused', says: 'Open the lab again.' })
})

test('a ticket that nobody has seen is shown to the gateway that comes back, as long as it is good; one that was seen is not', async () => {
  const shown: string[] = []
  const dialled: WireEvents[] = []
  let [asked, now] = [0, 0]
  const { page } = await world({
    requestTicket: async () => ({ ticket: `ticket-${++asked}` }),
    dial(hello, events) {
      shown.push(hello.ticket)
      dialled.push(events)
      return { input() {}, resize() {}, ack() {}, ask() {}, close() {} }
    },
    now: () => now,
  })
  const attempt = async (ends: (events: WireEvents | undefined) => void) => {
    const before = shown.length
    ends(dialled.at(-1))
    page.waits.at(-1)?.()
    await expect.poll(() => shown.length).toBe(before + 1)
  }
  const nobody = (events?: WireEvents) => events?.closed(null)
  await expect.poll(() => shown.length).toBe(1)
  await attempt(nobody)
  await attempt((events) => events?.closed({ code: 'access.ticket_invalid', says: null, retry: true }))
  await attempt(nobody)
  now += 45_000
  await attempt(nobody)
  await attempt((events) => {
    events?.welcome(firstWelcome)
    events?.closed(null)
  })
  expect(shown).toEqual(['ticket-1', 'ticket-1', 'ticket-2', 'ticket-2', 'ticket-3', 'ticket-4'])
})

test('where nobody says anything, another connection is tried: for a ticket, and for the terminal', async () => {
  const asked: AbortSignal[] = []
  let dialled = 0
  let hungUp = 0
  const { client, page, is, sees } = await world({
    requestTicket(signal) {
      asked.push(signal)
      return asked.length === 1 ? new Promise(() => {}) : Promise.resolve({ ticket: 'a-ticket' })
    },
    dial(_hello, events) {
      dialled++
      if (dialled === 2) {
        events.welcome(firstWelcome)
        events.output(0, bytes('here'))
      }
      return { input() {}, resize() {}, ack() {}, ask() {}, close: () => void hungUp++ }
    },
  })
  await expect.poll(() => asked.length).toBe(1)
  page.waits.at(-1)?.()
  await is('reconnecting')
  expect(asked[0]?.aborted).toBe(true)
  page.waits.at(-1)?.()
  await expect.poll(() => dialled).toBe(1)
  page.waits.at(-1)?.()
  await is('reconnecting')
  expect(hungUp).toBe(1)
  page.waits.at(-1)?.()
  await sees('here')
  // Whoever has been welcomed is waited for no more.
  expect(page.waits).toEqual([])
  client.close()
})

test('a connection that has died without a word is given up soon after a key, and what was typed arrives once by the next', async () => {
  let [now, dead] = [1_000_000, false]
  const { client, page, is, sees } = await world((gateway) => ({
    dial(hello, events) {
      const mine = !dead
      const unlessDead = <Act extends (...words: never[]) => void>(act: Act) =>
        ((...words) => (mine && dead ? undefined : act(...words))) as Act
      const heard = Object.fromEntries(Object.entries(events).map(([name, act]) => [name, unlessDead(act)])) as WireEvents
      const wire = wireOver(dialled(gateway, hello), heard)
      return { ...wire, input: unlessDead((seq, typed) => wire.input(seq, typed)), ask: unlessDead(() => wire.ask()) }
    },
    now: () => now,
  }))
  await is('live')
  client.type(bytes('echo one-$((1 + 1))\r'))
  await sees('one-2')
  // It asks, and somebody is there.
  client.check()
  await expect.poll(() => page.waits).toEqual([])
  dead = true
  client.type(bytes('echo two-$((1 + 1))\r'))
  now += 2_000
  page.waits.at(-1)?.()
  expect(page.views.at(-1)?.state).toBe('live')
  page.waits.at(-1)?.()
  await is('reconnecting')
  page.waits.at(-1)?.()
  await is('live')
  await sees('two-2')
  expect(page.text.match(/^two-2/gm)).toHaveLength(1)
  expect(page.gaps).toBe(0)
})

test('pauses grow, up to a bound, and differ from page to page', () => {
  expect([0, 1, 2, 3, 79, 80].map((attempt) => pauseMs(attempt, 1))).toEqual([300, 600, 1_000, 1_000, 1_000, 15_000])
  expect(pauseMs(0, 0)).toBe(150)
})
