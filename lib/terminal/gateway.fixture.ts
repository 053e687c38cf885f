import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { io as connect, type Socket } from 'socket.io-client'
import { utils } from 'ssh2'
import { fail } from '../errors.ts'
import { connectHost } from '../reach.ts'
import { createSocketServer } from '../socket-server.ts'
import { attachGateway, type Gateway, type GatewayDeps } from './gateway.ts'
import type { Machine } from './machine.fixture.ts'
import type { BrowserToServer, Position, ServerToBrowser, TerminalState, Welcome } from './protocol.ts'
import type { Grant } from './ticket-match.ts'

const { private: privateKey } = utils.generateKeyPairSync('ed25519')

export const launchId = '01990000-0000-7000-8000-000000000001'
export const environmentId = '01990000-0000-7000-8000-0000000000e1'
export const grant: Grant = {
  launchId,
  loginSessionId: 'login-of-ada',
  userId: 'ada',
  environmentId,
  generation: 1,
  hostName: 'node1',
  mode: 'write',
}

/** A gateway in front of a machine, with a book of tickets and cookies that is as strict as the house's own. */
export async function startGateway(machine: Machine, more: Partial<GatewayDeps> = {}) {
  const tickets = new Map<string, Grant>()
  const current = { generation: 1, signedIn: true }
  const heard = new Set<(id: string | null) => void>()
  const http = createServer()
  const io = createSocketServer(http)
  const gateway = await attachGateway(io, {
    checkOrigin(headers) {
      if (headers.origin !== 'http://127.0.0.1') throw fail('access.foreign_origin')
    },
    async requireCaller(launch, cookie) {
      if (cookie === 'browser=ada' && launch === launchId) return { launchId, loginSessionId: 'login-of-ada', userId: 'ada' }
      if (cookie === 'browser=lin' && launch === launchId) return { launchId, loginSessionId: 'login-of-lin', userId: 'lin' }
      throw fail('access.signed_out')
    },
    async redeemTicket(token) {
      const found = tickets.get(token)
      tickets.delete(token)
      if (!found) throw fail('access.ticket_invalid')
      return found
    },
    async recheck({ generation }) {
      if (!current.signedIn) throw fail('access.signed_out')
      if (generation !== current.generation) throw fail('environment.not_found')
    },
    openMachine: (_key, signal) =>
      connectHost({
        proxyUrl: null,
        address: '127.0.0.1',
        port: machine.port,
        timeoutMs: 5_000,
        user: 'training',
        privateKey,
        hostKey: null,
        onFirstUse: (key) => key,
        signal,
      }),
    touch: async () => {},
    shellStarted: async () => {},
    async onEnvironmentChanged(listener) {
      heard.add(listener)
      return () => void heard.delete(listener)
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
    async stop() {
      await gateway.shutdown()
      await io.close()
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
      client: options.client ?? randomUUID(),
      last: options.last ?? null,
      size: options.size ?? { cols: 80, rows: 24 },
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
