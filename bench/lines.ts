import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { io, type Socket } from 'socket.io-client'
import type { Client } from 'ssh2'
import { terminalMark } from '../components/terminal/socket-wire.ts'
import { connectHost } from '../lib/reach.ts'
import { ACK_EVERY_BYTES, type BrowserToServer, type ServerToBrowser } from '../lib/terminal/protocol.ts'
import { type Classmate, headersOf, requestTicket } from './classmates.ts'

/*
 * One shell on a machine, reached in three ways that a bench treats alike: through the gateway as a page does, by the ssh2 library, and by
 * `ssh -tt`. Each goes through the cloud's proxy and ends under dtach.
 */

export type Line = {
  write(text: string): void
  /** Who hears the output from now on. */
  hear(shown: (bytes: Buffer) => void): void
  /** At most so many bytes a second are taken from now on, as a page takes them that has to draw them; null: all at once. */
  takeAt(bytesPerSecond: number | null): void
  /** Stops reading what arrives, or goes on. */
  stall(isOn: boolean): void
  isAttached(): boolean
  close(): void
}

/** Calls `taken` for bytes as they would have been drawn at that rate. */
function createTaker(taken: (count: number) => void) {
  let rate: number | null = null
  let waiting = 0
  let doneAt = 0
  let timer: NodeJS.Timeout | undefined
  const step = () => {
    timer = undefined
    if (waiting === 0 || rate === null) return
    const now = performance.now()
    const count = Math.min(waiting, Math.floor(((now - doneAt) / 1000) * rate))
    if (count > 0) {
      doneAt += (count / rate) * 1000
      waiting -= count
      taken(count)
    }
    if (waiting > 0) timer = setTimeout(step, 1)
  }
  return {
    arrived(count: number) {
      if (rate === null) return taken(count)
      if (waiting === 0) doneAt = performance.now()
      waiting += count
      timer ??= setTimeout(step, 1)
    },
    takeAt(next: number | null) {
      rate = next
      if (next !== null) return
      clearTimeout(timer)
      timer = undefined
      if (waiting > 0) taken(waiting)
      waiting = 0
    },
    close: () => clearTimeout(timer),
  }
}

type Where = { environment: string; generation: number; host: string; tab: string }

/** What it takes to open a terminal, in a form that another process can be handed. */
export type Order = { origin: string; headers: Record<string, string>; auth: Record<string, unknown> }

export async function orderLine(classmate: Classmate, where: Where): Promise<Order> {
  const order = await requestTicket(classmate, { host: where.host, generation: where.generation })
  if (!('ticket' in order)) throw new Error(`no ticket: ${order.code}`)
  const auth = {
    ...where,
    launch: classmate.launch,
    ticket: order.ticket,
    mode: 'write',
    client: randomBytes(12).toString('hex'),
    last: null,
    size: { cols: 80, rows: 24 },
  }
  return { origin: classmate.origin, headers: headersOf(classmate), auth }
}

export const openOurs = async (classmate: Classmate, where: Where): Promise<Line> => openOrdered(await orderLine(classmate, where))

/** A terminal as a page has it, without the page: it hears output when that would have been drawn, and acknowledges it then. */
export async function openOrdered({ origin, headers, auth }: Order): Promise<Line> {
  const socket: Socket<ServerToBrowser, BrowserToServer> = io(`${origin}/terminal`, {
    auth,
    query: terminalMark,
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    extraHeaders: headers,
  })
  let seq = 0
  let drawn = 0
  let acked = 0
  let shown: (bytes: Buffer) => void = () => {}
  const arrived: Buffer[] = []
  const taker = createTaker((count) => {
    let left = count
    while (left > 0) {
      const [first] = arrived
      if (!first) return
      const part = first.subarray(0, left)
      if (part.length === first.length) arrived.shift()
      else arrived[0] = first.subarray(part.length)
      left -= part.length
      drawn += part.length
      shown(part)
    }
    if (drawn - acked < ACK_EVERY_BYTES) return
    acked = drawn
    socket.emit('ack', drawn)
  })
  socket.on('welcome', (welcome) => {
    drawn = acked = welcome.seq
    arrived.length = 0
  })
  socket.on('output', (_position, bytes) => {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    arrived.push(chunk)
    taker.arrived(chunk.length)
  })
  await new Promise<void>((done, failed) => {
    socket.on('state', (state) => state.state === 'live' && done())
    socket.once('connect_error', failed)
    socket.once('disconnect', (reason) => failed(new Error(`hung up on: ${reason}`)))
  })
  return {
    write: (text) => void socket.emit('input', ++seq, Buffer.from(text)),
    hear: (next) => {
      shown = next
    },
    takeAt: (rate) => taker.takeAt(rate),
    stall(isOn) {
      const { ws } = (socket.io.engine as unknown as { transport: { ws: { pause(): void; resume(): void } } }).transport
      if (isOn) ws.pause()
      else ws.resume()
    },
    isAttached: () => socket.connected,
    close() {
      taker.close()
      socket.disconnect()
    },
  }
}

/** How a machine is reached without the product, with a key that was put there for it. */
export type Door = { proxyUrl: string; address: string; user: string; privateKey: string; keyFile: string }

const underDtach = () => `dtach -A /tmp/line-${randomBytes(6).toString('hex')} -z -E -r winch /bin/bash -l`

export async function openBySsh2(door: Door): Promise<Line> {
  const client: Client = await connectHost({ ...door, port: 22, timeoutMs: 5_000, hostKey: null, onFirstUse: (key) => key })
  const stream = await new Promise<import('ssh2').ClientChannel>((done, failed) => {
    client.exec(underDtach(), { pty: { term: 'xterm-256color', cols: 80, rows: 24 } }, (error, channel) =>
      error ? failed(error) : done(channel),
    )
  })
  let shown: (bytes: Buffer) => void = () => {}
  let waiting = 0
  let late: Buffer[] = []
  const taker = createTaker((count) => {
    waiting -= count
    const all = Buffer.concat(late)
    late = [all.subarray(count)]
    shown(all.subarray(0, count))
    if (waiting === 0) stream.resume()
  })
  stream.on('data', (chunk: Buffer) => {
    waiting += chunk.length
    late.push(chunk)
    taker.arrived(chunk.length)
    if (waiting > 0) stream.pause()
  })
  return {
    write: (text) => void stream.write(text),
    hear: (next) => {
      shown = next
    },
    takeAt: (rate) => taker.takeAt(rate),
    stall: (isOn) => void (isOn ? stream.pause() : stream.resume()),
    isAttached: () => !stream.destroyed,
    close() {
      taker.close()
      client.end()
    },
  }
}

/** `ssh -tt`, which is handed the connection itself (ProxyUseFdpass), so that nothing of ours stands in its way. */
export function openBySsh(door: Door): Line {
  const { hostname, port, username, password } = new URL(door.proxyUrl)
  const dial = [
    'python3',
    join(import.meta.dirname, 'pass-connection.py'),
    hostname,
    port,
    decodeURIComponent(username),
    decodeURIComponent(password),
  ]
  const options = {
    ProxyCommand: `${dial.join(' ')} %h %p`,
    ProxyUseFdpass: 'yes',
    StrictHostKeyChecking: 'no',
    UserKnownHostsFile: '/dev/null',
    IdentitiesOnly: 'yes',
    LogLevel: 'ERROR',
    BatchMode: 'yes',
  }
  const words = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const child = spawn('ssh', ['-F', 'none', ...words, '-i', door.keyFile, '-tt', `${door.user}@${door.address}`, underDtach()], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let shown: (bytes: Buffer) => void = () => {}
  child.stdout.on('data', (chunk: Buffer) => shown(chunk))
  return {
    write: (text) => void child.stdin.write(text),
    hear: (next) => {
      shown = next
    },
    takeAt: () => {},
    stall: (isOn) => void (isOn ? child.stdout.pause() : child.stdout.resume()),
    isAttached: () => child.exitCode === null,
    close: () => void child.kill(),
  }
}
