import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { Socket as NetSocket } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { Server as SocketServer } from 'socket.io'
import { io as connect, type Socket } from 'socket.io-client'
import type { Client } from 'ssh2'
import { readConfig, setConfig } from '../config.ts'
import { makeSshKeyPair } from '../environments/key-pair.ts'
import { fail } from '../errors.ts'
import { connectHost } from '../reach.ts'
import { type Machine, type MachineOptions, startMachine } from './machine.fixture.ts'
import type { Power } from './power.ts'
import type { BrowserToServer, Hello, Position, ServerToBrowser, TerminalState, Welcome } from './protocol.ts'
import { type Gateway, type GatewayDeps, type Grant, serveTerminals } from './serve-terminals.ts'

const { privateKey } = makeSshKeyPair('gateway')

export const launchId = '01990000-0000-7000-8000-000000000001'
export const environmentId = '01990000-0000-7000-8000-0000000000e1'
const people = new Map([
  ['browser=ada', { userId: 'ada', loginSessionId: 'login-of-ada' }],
  ['browser=lin', { userId: 'lin', loginSessionId: 'login-of-lin' }],
])

export const grant: Grant = {
  launchId,
  loginSessionId: 'login-of-ada',
  userId: 'ada',
  environmentId,
  generation: 1,
  hostName: 'node1',
  tab: '1',
  mode: 'write',
  endsAt: new Date(Date.now() + 3_600_000),
}

/** A gateway in front of a machine, told of each try to sign in to it, with a book of tickets and cookies that is as strict as the house's own. */
export async function startGateway(machine: Machine | ((host: string) => Machine), more: Partial<GatewayDeps> = {}, onTry = () => {}) {
  const machineOf = typeof machine === 'function' ? machine : () => machine
  setConfig(readConfig({ NODE_ENV: 'test', ASTROLABE_LOG: 'silent', DATABASE_URL: 'postgresql://nowhere.invalid/none' }))
  const tickets = new Map<string, Grant>()
  const current = { generation: 1, signedIn: true, power: 'awake' as Power, warned: false, denied: new Set<string>() }
  const heard = new Set<(id: string | null) => void>()
  const heardOfRights = new Set<(userId: string | null) => void>()
  const clients = new Set<Client>()
  const sockets = new Set<NetSocket>()
  const http = createServer()
  http.on('connection', (socket) => sockets.add(socket))
  const io = new SocketServer(http, { transports: ['websocket'], perMessageDeflate: false, maxHttpBufferSize: 128 * 1024 })
  const recheck: GatewayDeps['recheck'] =
    more.recheck ??
    (async ({ generation, userId }) => {
      if (current.denied.has(userId)) throw fail('access.denied')
      if (!current.signedIn) throw fail('access.signed_out')
      if (generation !== current.generation) throw fail('environment.not_found')
      return { power: current.power, warned: current.warned }
    })
  const gateway = serveTerminals(io, {
    async admit(hello, { origin, cookie }) {
      if (origin !== 'http://127.0.0.1') throw fail('access.foreign_origin')
      const found = tickets.get(hello.ticket)
      tickets.delete(hello.ticket)
      const caller = people.get(cookie ?? '')
      if (!caller || hello.launch !== launchId) throw fail('access.signed_out')
      const { launch, environment, generation, host, tab, mode } = hello
      const endsAt = found?.endsAt ?? grant.endsAt
      const asked = { launchId: launch, environmentId: environment, generation, hostName: host, tab, mode, endsAt, ...caller }
      // A ticket is for a machine, not for one of its shells.
      if (!found || !isDeepStrictEqual({ ...found, tab }, asked)) throw fail('access.ticket_invalid')
      return { grant: asked, standing: await recheck(asked, { origin, cookie }) }
    },
    recheck,
    async openMachine({ hostName }, signal) {
      onTry()
      const client = await connectHost({
        proxyUrl: null,
        address: '127.0.0.1',
        port: machineOf(hostName).port,
        timeoutMs: 5_000,
        user: 'training',
        privateKey,
        hostKey: null,
        onFirstUse: (key) => key,
        signal,
      })
      clients.add(client)
      return client
    },
    touch: async () => ({ nextInMs: 60_000 }),
    shellStarted: async () => {},
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
  const address = http.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  const ticket = (what: Partial<Grant> = {}) => {
    const token = randomUUID()
    tickets.set(token, { ...grant, ...what })
    return token
  }
  return {
    url,
    gateway,
    current,
    ticket,
    changed: (id: string | null) => {
      for (const listener of heard) listener(id)
    },
    /** Somebody's rights are others now. */
    rightsChanged: (userId: string) => {
      for (const listener of heardOfRights) listener(userId)
    },
    /** In peace, as at a restart. */
    async stop() {
      await gateway.close()
      await io.close()
    },
    /** Like `kill -9`: every connection to pages and machines is gone in this instant, without a word. */
    kill() {
      for (const client of clients) client.destroy()
      for (const socket of sockets) socket.destroy()
    },
  }
}

export type RunningGateway = Awaited<ReturnType<typeof startGateway>> & { gateway: Gateway }

export type BrowserOptions = {
  ticket?: string
  cookie?: string
  origin?: string
  client?: string
  last?: Position | null
  size?: { cols: number; rows: number }
  launch?: string
  asks?: Partial<Hello>
  /** Acknowledges what it gets, as xterm's write callback does. */
  acks?: boolean
}

/** A page's end of the wire, without the page. */
export function openBrowser(gateway: RunningGateway, options: BrowserOptions = {}) {
  const socket: Socket<ServerToBrowser, BrowserToServer> = connect(`${gateway.url}/terminal`, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    extraHeaders: { cookie: options.cookie ?? 'browser=ada', origin: options.origin ?? 'http://127.0.0.1' },
    auth: {
      launch: options.launch ?? launchId,
      ticket: options.ticket ?? gateway.ticket(),
      environment: environmentId,
      generation: 1,
      host: 'node1',
      tab: '1',
      mode: 'write',
      client: options.client ?? randomUUID(),
      last: options.last ?? null,
      size: options.size ?? { cols: 80, rows: 24 },
      ...options.asks,
    },
  })
  const page = {
    text: '',
    bytes: 0,
    received: 0,
    epoch: '',
    welcomes: [] as Welcome[],
    states: [] as TerminalState[],
    sizes: [] as unknown[],
    acks: options.acks ?? true,
  }
  let input = 0
  const waiting = new Set<() => void>()
  const stir = () => {
    for (const check of waiting) check()
  }
  let acked = 0
  socket.on('welcome', (welcome) => {
    page.welcomes.push(welcome)
    page.epoch = welcome.epoch
    page.received = acked = welcome.seq
    input = Math.max(input, welcome.accepted)
    stir()
  })
  socket.on('output', (seq, bytes) => {
    if (seq !== page.received) throw new Error(`output from ${seq} after ${page.received}`)
    page.text = (page.text + Buffer.from(bytes).toString('latin1')).slice(-500_000)
    page.bytes += bytes.byteLength
    page.received += bytes.byteLength
    if (page.acks && page.received - acked >= 32 * 1024) {
      acked = page.received
      socket.emit('ack', acked)
    }
    stir()
  })
  socket.on('state', (state) => {
    page.states.push(state)
    if (state.state === 'ended' && state.reason === 'going_away') socket.disconnect()
    stir()
  })
  socket.on('size', (size) => {
    page.sizes.push(size)
    stir()
  })
  socket.on('disconnect', stir)
  const until = (holds: () => boolean, what: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(check)
        reject(new Error(`never: ${what}; states ${JSON.stringify(page.states)}; text ${JSON.stringify(page.text.slice(-400))}`))
      }, 8_000)
      const check = () => {
        if (!holds()) return
        clearTimeout(timer)
        waiting.delete(check)
        resolve()
      }
      waiting.add(check)
      check()
    })
  return {
    socket,
    page,
    until,
    sees: (text: string) => until(() => page.text.includes(text), `the screen shows ${JSON.stringify(text)}`),
    live: () => until(() => page.states.at(-1)?.state === 'live', 'live'),
    type: (text: string) => void socket.emit('input', ++input, Buffer.from(text)),
    refused: () =>
      new Promise<string>((resolve, reject) => {
        socket.once('connect_error', (error) => resolve(error.message))
        socket.once('connect', () => reject(new Error('it was let in')))
      }),
    ackAll() {
      page.acks = true
      acked = page.received
      socket.emit('ack', acked)
    },
    position: (): Position => ({ epoch: page.epoch, seq: page.received }),
    close: () => void socket.disconnect(),
  }
}

/** What has to be ended when a test is over, in the order in which it began. */
export type Cleanups = (() => Promise<void> | void)[]

/** A machine, a gateway before it, and browsers for as many people as a test opens. */
export async function openWorld(cleanups: Cleanups, options: MachineOptions = {}, deps: Partial<GatewayDeps> = {}) {
  const machine = await startMachine(options)
  cleanups.push(() => machine.close())
  const gateway = await startGateway(machine, deps)
  cleanups.push(() => gateway.stop())
  const open = (more: BrowserOptions = {}, at: RunningGateway = gateway) => {
    const browser = openBrowser(at, more)
    cleanups.push(() => browser.close())
    return browser
  }
  return { machine, gateway, open }
}
