import { once } from 'node:events'
import { connect } from 'node:net'
import {
  type Event,
  idleEvent,
  oddEvent,
  oddFrame,
  oddGreetings,
  oddPacket,
  oddRequest,
  pick,
  type Random,
} from './odd-messages.fixture.ts'
import { openRawSocket, type RawSocket } from './raw-socket.fixture.ts'

/** Whom to misbehave towards, and as whom. */
export type Target = {
  url: string
  /** Cookie and origin of somebody who has a right to be here. */
  headers: () => Record<string, string>
  /** A greeting that is in order, with a ticket of its own. */
  greeting: () => Promise<Record<string, unknown>>
}

export type Misdeeds = {
  /** How many messages were sent. */
  sent: number
  /** Greetings that were not in order and were let in all the same. */
  letIn: number
  /** Greetings that were in order and were not let in: of nobody who is out, anything is learned. */
  keptOut: number
}

const LEFT_AFTER_MS = 150

export type Manner = {
  messages: number
  random: Random
  /** How long a row is at most. */
  idle?: number
  /** Somebody of the house whose greetings are not in order; who does that too often is not listened to for a while. */
  other?: Target
}

/**
 * Sends a gateway whatever is not right, one thing after the other, most of it by somebody with rights: of a row that it breaks off at the
 * first offence it sees no more, so each row is one that passes without notice, of any length, with an offence at its end.
 */
export async function misbehave(target: Target, { messages, random, idle = 15, other = target }: Manner): Promise<Misdeeds> {
  const deeds: Misdeeds = { sent: 0, letIn: 0, keptOut: 0 }
  while (deeds.sent < messages) {
    const draw = random()
    if (draw < 0.4) await misbehaveInside(target, deeds, { random, idle })
    else if (draw < 0.7) await misbehaveAtTheDoor(other, deeds, { random, cookie: stranger(random) })
    else if (draw < 0.85) deeds.sent += await throwRequest(target.url, oddRequest(random))
    else deeds.sent += await throwFrames(target.url, random)
  }
  return deeds
}

/** A cookie of nobody, now and then a long one. */
function stranger(random: Random): string {
  return `stranger=${Math.floor(random() * 1e9)}${random() < 0.05 ? 'x'.repeat(12_000) : ''}`
}

type Inside = { random: Random; idle: number }

/** By somebody with rights, in a terminal of theirs. */
async function misbehaveInside(target: Target, deeds: Misdeeds, { random, idle }: Inside): Promise<void> {
  const socket = await openRawSocket(target.url, target.headers())
  if (!socket) return void deeds.keptOut++
  await socket.send(`40/terminal,${JSON.stringify(await target.greeting())}`)
  const answer = await socket.hears((text) => /^4[04]/.test(text))
  if (!answer?.startsWith('40')) deeds.keptOut++
  for (let left = Math.floor(random() * idle); left > 0 && socket.isOpen; left--) {
    for (const packet of packetsOf(idleEvent(random))) await socket.send(packet)
    deeds.sent++
  }
  deeds.sent += await offend(socket, random)
}

/** By somebody without: a greeting that is not in order, or none and the rest all the same. */
async function misbehaveAtTheDoor(target: Target, deeds: Misdeeds, { random, cookie }: { random: Random; cookie: string }): Promise<void> {
  const right = random() < 0.1
  // One of the house with a ticket for something else is a stranger, too.
  const socket = await openRawSocket(target.url, right ? target.headers() : { cookie, origin: target.headers().origin ?? '' })
  if (!socket) return void deeds.keptOut++
  const greets = random() < 0.6
  if (greets) {
    const wrong = right || random() < 0.5 ? pick(oddGreetings, random) : {}
    const greeting = { ...(right ? await target.greeting() : inventedGreeting), ...wrong }
    await socket.send(`40/${pick(['terminal', 'terminal', 'terminal', 'nowhere', '', '__proto__'], random)},${JSON.stringify(greeting)}`)
    const answer = await socket.hears((text) => /^4[04]/.test(text))
    if (answer?.startsWith('40/terminal')) deeds.letIn++
    deeds.sent++
  }
  deeds.sent += await offend(socket, random)
}

const inventedGreeting = {
  launch: '01990000-0000-7000-8000-000000000009',
  ticket: 'a-ticket-that-never-was',
  environment: '01990000-0000-7000-8000-0000000000e9',
  generation: 1,
  host: 'node1',
  tab: '1',
  mode: 'write',
  client: 'page-of-nobody',
  last: null,
  size: { cols: 80, rows: 24 },
}

/** What ends a connection: whatever passes without being noticed is followed by what never does, which is not counted. @returns how much was sent */
async function offend(socket: RawSocket, random: Random): Promise<number> {
  const draw = random()
  if (draw < 0.4) await socket.send(oddPacket(random))
  else if (draw < 0.6) socket.throw(oddFrame(random))
  else for (const packet of packetsOf(oddEvent(random))) await socket.send(packet)
  await socket.send('42/terminal,["ack","all"]')
  socket.throw(Buffer.from([0x87, 0x80, 0, 0, 0, 0]))
  // Half a frame is waited for, as it should be.
  const late = setTimeout(() => socket.close(), LEFT_AFTER_MS)
  await socket.closed
  clearTimeout(late)
  return 1
}

/** An event as it goes over the wire: bytes are announced and follow. */
function packetsOf({ name, words }: Event): (string | Buffer)[] {
  const attached: Buffer[] = []
  const plain = words.map((word) => (Buffer.isBuffer(word) ? { _placeholder: true, num: attached.push(word) - 1 } : word))
  const text = JSON.stringify([name, ...plain])
  return [attached.length > 0 ? `45${attached.length}-/terminal,${text}` : `42/terminal,${text}`, ...attached]
}

/** One greeting of every wrong form, each from a browser that nobody knows. @returns what each was answered */
export async function greetWrongly(target: Target): Promise<string[]> {
  const answers: string[] = []
  for (const [index, wrong] of oddGreetings.entries()) {
    const socket = await openRawSocket(target.url, { cookie: `browser=stranger-${index}`, origin: target.headers().origin ?? '' })
    if (!socket) throw new Error('no websocket')
    await socket.send(`40/terminal,${JSON.stringify({ ...(await target.greeting()), ...wrong })}`)
    const answer = await socket.hears((text) => /^4[04]/.test(text))
    answers.push(answer?.startsWith('44') ? (JSON.parse(answer.slice('44/terminal,'.length)) as { message: string }).message : 'let in')
    socket.close()
  }
  return answers
}

/** By a connection of its own, without a word of who it is. @returns how many were sent */
async function throwFrames(url: string, random: Random): Promise<number> {
  const socket = await openRawSocket(url, {})
  if (!socket) return 0
  socket.throw(oddFrame(random))
  return offend(socket, random)
}

async function throwRequest(url: string, start: string): Promise<number> {
  const { port, hostname, host } = new URL(url)
  const socket = connect(Number(port), hostname)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('error', () => {})
  socket.write(`${start}Host: ${host}\r\nConnection: close\r\n\r\n`)
  const late = setTimeout(() => socket.destroy(), LEFT_AFTER_MS)
  await Promise.race([once(socket, 'data').catch(() => {}), closed])
  socket.end()
  socket.resume()
  await closed
  clearTimeout(late)
  return 1
}
