import { once } from 'node:events'
import { connect } from 'node:net'
import { openBrowser, type RunningGateway } from './serve-terminals.fixture.ts'

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const MOST_IN_A_ROW = 15
const oddities: readonly unknown[] = [
  null,
  true,
  '',
  'text',
  -1,
  0,
  0.5,
  1,
  2,
  99,
  1e12,
  2 ** 53,
  [],
  {},
  { cols: 0, rows: 0 },
  { cols: 1e9, rows: 1e9 },
  { cols: 80.5, rows: '24' },
  { cols: 80, rows: 24 },
  { __proto__: null, length: 5 },
  Buffer.alloc(0),
  Buffer.from('stray'),
  Buffer.alloc(65 * 1024, 'x'),
  [[[[[]]]]],
]
const events = ['input', 'resize', 'ack', 'welcome', 'output', 'state', 'toString', '__proto__', ''] as const

/** What comes in place of one thing in a greeting that is otherwise right. */
const greetings: readonly Record<string, unknown>[] = [
  'launch',
  'ticket',
  'environment',
  'generation',
  'host',
  'tab',
  'mode',
  'client',
  'last',
  'size',
].flatMap((name) => oddities.filter((odd) => !Buffer.isBuffer(odd) && !(name === 'last' && odd === null)).map((odd) => ({ [name]: odd })))

/** Half a frame, a text that is no packet, a length that lies, a reserved operation code (RFC 6455, 5.2), and plain noise. */
const frames = [
  Buffer.from([0x82, 0xfe, 0xff]),
  Buffer.from([0x81, 0x83, 0, 0, 0, 0, 0x7a, 0x7a, 0x7a]),
  Buffer.from([0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
  Buffer.from([0x87, 0x80, 0, 0, 0, 0]),
  Buffer.from('\0\x01\x02 nonsense \xff', 'latin1'),
]

/**
 * Sends a gateway, as one person, whatever is not right, one after the other. Of a row that it
 * breaks off at the first offence it sees no more, so rows are of every length. @returns how much was sent
 */
export async function misbehave(
  gateway: RunningGateway,
  { messages, random }: { messages: number; random: () => number },
): Promise<{ sent: number }> {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  let sent = 0
  while (sent < messages) {
    const page = openBrowser(gateway)
    await page.live()
    const gone = new Promise<void>((resolve) => page.socket.once('disconnect', () => resolve()))
    const wild = page.socket as unknown as { emit(name: string, ...rest: unknown[]): unknown }
    const row = Math.floor(random() * MOST_IN_A_ROW)
    for (let index = 0; index < row; index++) {
      wild.emit(pick(events), ...Array.from({ length: Math.floor(random() * 4) }, () => pick(oddities)))
      sent++
    }
    // What is in order with the gateway may pass; this never is.
    wild.emit('ack', 'all')
    sent++
    await gone
    page.close()
    if (random() < 0.1) sent += await throwRaw(gateway.url, pick(frames))
  }
  return { sent }
}

/** One greeting of every wrong form, each from a browser that nobody knows. @returns what each was answered */
export async function greetWrongly(gateway: RunningGateway): Promise<string[]> {
  const answers: string[] = []
  for (const [index, asks] of greetings.entries()) {
    const page = openBrowser(gateway, { asks, cookie: `browser=stranger-${index}` })
    answers.push(await page.refused())
    page.close()
  }
  return answers
}

async function throwRaw(url: string, frame: Buffer): Promise<number> {
  const { port, hostname, host } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  socket.write(
    `GET /socket.io/?EIO=4&transport=websocket&to=terminal HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  await once(socket, 'data')
  socket.write(frame)
  socket.end()
  socket.resume()
  if (!socket.destroyed) await once(socket, 'close')
  return 1
}
