/*
 * What a gateway may be told that is not right, drawn by chance that a seed repeats. Pure: who sends it is in misbehave.fixture.ts.
 */

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

export type Random = () => number
export const pick = <T>(from: readonly T[], random: Random): T => from[Math.floor(random() * from.length)] as T

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
const events = ['input', 'resize', 'ack', 'alive', 'welcome', 'output', 'state', 'toString', '__proto__', 'constructor', ''] as const
const unknown = ['inputs', 'Input', 'output', 'size', 'toString', 'hasOwnProperty', '__proto__', 'constructor', ' ', '☃'] as const

export type Event = { name: string; words: unknown[] }

/** An event with anything in it: some are in order, most are not. */
export function oddEvent(random: Random): Event {
  return { name: pick(events, random), words: Array.from({ length: Math.floor(random() * 4) }, () => pick(oddities, random)) }
}

/** An event that a gateway takes no notice of: of no known name, old, out of turn, or with more than belongs to it. */
export function idleEvent(random: Random): Event {
  const draw = random()
  if (draw < 0.6)
    return { name: pick(unknown, random), words: Array.from({ length: Math.floor(random() * 5) }, () => pick(oddities, random)) }
  if (draw < 0.7) return { name: 'ack', words: [0, ...pick([[], ['more'], [null, {}]] as const, random)] }
  if (draw < 0.8) return { name: 'resize', words: [{ cols: 80, rows: 24, depth: 3, toString: 1 }, 'more'] }
  // Said once already, whatever it says now.
  return { name: 'input', words: [0, Buffer.from(`old-${Math.floor(random() * 1e6)}`)] }
}

/** Packets of Socket.IO and Engine.IO (both of protocol 4 and 5) of which none is in order; each ends the connection that it comes by, or is nothing. */
const packets: readonly (string | Buffer)[] = [
  '',
  '4',
  '9',
  'x',
  '0{}',
  '1',
  '6',
  '4{}',
  '42',
  '42/terminal',
  '42/terminal,',
  '42/terminal,{"input":1}',
  '42/terminal,["input",',
  '42/terminal,[]',
  '42/terminal,[null,1]',
  '42/terminal,[{"a":1},1]',
  '42/terminal,["connect"]',
  '42/terminal,["disconnect","me"]',
  '42/terminal,["disconnecting"]',
  '42/terminal,["newListener",1]',
  '42/terminal,99999999999999999999["input",1]',
  '42/nowhere,["input",1]',
  '42["input",1]',
  '43/terminal,7[]',
  '43/terminal,["input"]',
  '44/terminal,{"message":"no"}',
  '45',
  '45-/terminal,["input",1]',
  '450-/terminal,["input",1]',
  '451-/terminal,["input",1,{"_placeholder":true,"num":7}]',
  '451-/terminal,["input",1,{"_placeholder":true,"num":"__proto__"}]',
  '4511111111-/terminal,["input",1,{"_placeholder":true,"num":0}]',
  '45-1-/terminal,["input",1,{"_placeholder":true,"num":0}]',
  '46/terminal,1["x"]',
  '47/terminal,',
  '48',
  `42/terminal,${'['.repeat(20_000)}`,
  `42/terminal,["input",${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}]`,
  `42/terminal,["${'x'.repeat(60_000)}"]`,
  // More than a message may be.
  `42/terminal,["input",1,"${'y'.repeat(140 * 1024)}"]`,
  Buffer.alloc(140 * 1024, 'z'),
  Buffer.from('bytes that nobody announced'),
  Buffer.alloc(0),
]

export const oddPacket = (random: Random): string | Buffer => pick(packets, random)

/** Half a frame, a text that is no packet, a length that lies, a reserved operation code (RFC 6455, 5.2), a frame without a mask, noise. */
const frames = [
  Buffer.from([0x82, 0xfe, 0xff]),
  Buffer.from([0x81, 0x83, 0, 0, 0, 0, 0x7a, 0x7a, 0x7a]),
  Buffer.from([0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
  Buffer.from([0x87, 0x80, 0, 0, 0, 0]),
  Buffer.from([0x81, 0x02, 0x34, 0x30]),
  // A row of pieces that begins in the middle, text that is no UTF-8, a close with half a reason.
  Buffer.from([0x00, 0x81, 0, 0, 0, 0, 0x61]),
  Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]),
  Buffer.from([0x88, 0x81, 0, 0, 0, 0, 0x03]),
  // A compressed one, which nobody agreed on.
  Buffer.from([0xc1, 0x81, 0, 0, 0, 0, 0x61]),
  Buffer.from('\0\x01\x02 nonsense \xff', 'latin1'),
]

export const oddFrame = (random: Random): Buffer => pick(frames, random)

/** What comes in place of one thing in a greeting that is otherwise right. */
export const oddGreetings: readonly Record<string, unknown>[] = [
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
]
  .flatMap((name) => oddities.filter((odd) => !Buffer.isBuffer(odd)).map((odd) => ({ [name]: odd })))
  // In order after all.
  .filter(({ last, generation, tab, size }) => last !== null && generation !== 1 && tab !== 'text' && !isRightSize(size))

function isRightSize(size: unknown): boolean {
  return typeof size === 'object' && size !== null && 'cols' in size && size.cols === 80
}

/** First lines and heads of requests to where sockets are made, none of which makes one. */
const requests: readonly string[] = [
  'GET /socket.io/?EIO=4&transport=polling&to=terminal HTTP/1.1\r\n',
  'POST /socket.io/?EIO=4&transport=polling&to=terminal HTTP/1.1\r\nContent-Length: 3\r\n',
  'POST /socket.io/?EIO=4&transport=polling&sid=nobody&to=terminal HTTP/1.1\r\nContent-Length: 0\r\n',
  'GET /socket.io/?EIO=4&transport=polling&sid=nobody&to=terminal HTTP/1.1\r\n',
  'GET /socket.io/?EIO=4&transport=websocket&sid=nobody&to=terminal HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n',
  'GET /socket.io/?EIO=4&transport=websocket&to=terminal HTTP/1.1\r\n',
  'GET /socket.io/?EIO=3&transport=websocket&to=terminal HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n',
  'GET /socket.io/?EIO=999&transport=constructor&to=terminal HTTP/1.1\r\n',
  'GET /socket.io/?EIO=4&transport=__proto__&to=terminal HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n',
  'GET /socket.io/?EIO=4&transport=webtransport&to=terminal HTTP/1.1\r\n',
  'DELETE /socket.io/?EIO=4&transport=websocket&to=terminal HTTP/1.1\r\n',
  'OPTIONS /socket.io/?EIO=4&transport=polling&to=terminal HTTP/1.1\r\n',
  'GET /socket.io/%00%ff?EIO=4&transport=websocket&to=terminal HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n',
  `GET /socket.io/?EIO=4&transport=websocket&to=terminal HTTP/1.1\r\nX-Long: ${'x'.repeat(20 * 1024)}\r\n`,
  'GET /socket.io/?EIO=4&transport=websocket&to=terminal HTTP/1.1\r\nno colon at all\r\n',
  'NONSENSE\r\n',
]

export const oddRequest = (random: Random): string => pick(requests, random)
