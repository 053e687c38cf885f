/*
 * What browser and gateway say to each other about one terminal. Pure, and part of the browser's code as well.
 *
 * Output is a stream of bytes with positions: `seq` is the position of a message's first byte since the stream (`epoch`) began.
 * Input is a row of numbered messages, so that what is sent again after a lost connection is not typed twice.
 */

/** Events from the gateway to the browser and back; every name that occurs on the wire stands here. */
export const serverEvents = ['welcome', 'output', 'state', 'size', 'accepted'] as const
export const clientEvents = ['input', 'resize', 'ack', 'alive'] as const

/** More than this many unacknowledged bytes pause the shell; below the lower mark it runs again. */
export const CREDIT_HIGH_BYTES = 256 * 1024
export const CREDIT_LOW_BYTES = 64 * 1024
/** The browser acknowledges after so many bytes were drawn. */
export const ACK_EVERY_BYTES = 32 * 1024
/** One input message. */
export const INPUT_MAX_BYTES = 64 * 1024
/** The gateway says how much input it passed on after so many bytes. */
export const ACCEPT_EVERY_BYTES = 16 * 1024
/** So much input may be under way; the browser keeps the rest, and the gateway hangs up on whoever sends more than twice this. */
export const INPUT_WINDOW_BYTES = 128 * 1024

const COLUMNS = { min: 2, max: 500 }
const ROWS = { min: 1, max: 300 }

export type Size = { cols: number; rows: number }

/** Where a browser stopped reading a stream. */
export type Position = { epoch: string; seq: number }

export type TerminalMode = 'write' | 'watch'

/** What the browser shows when it connects (Socket.IO's `auth`). */
export type Hello = {
  launch: string
  ticket: string
  /** What the ticket was issued for; the gateway compares. */
  environment: string
  generation: number
  host: string
  /** Which of this person's shells on that machine. */
  tab: string
  mode: TerminalMode
  /** Chosen by the page for one terminal, kept across reconnections: input is numbered per client. */
  client: string
  last: Position | null
  size: Size
  /** Lines that its terminal keeps, those in sight among them: what lies before is not sent to a new window. Not said: all is. */
  keeps?: number
}

export type Welcome = {
  epoch: string
  /** The position of the first byte that follows. */
  seq: number
  /** What lies before this position was printed before now. */
  head: number
  /** `resumed`: nothing is missing. `fresh`: a first look at this stream. `gap`: what was shown no longer connects; clear it. */
  kind: 'resumed' | 'fresh' | 'gap'
  /**
   * What follows this position makes the same screen as all that follows `seq` does, only without what has scrolled away: who shows it
   * first is quick. `seq` itself where no later one is known to.
   */
  sight: number
  /** The number of the last input message of this client that was taken; 0: none. */
  accepted: number
  writable: boolean
  size: Size
  /** A program that draws on the whole screen had it where the output begins. */
  alternate: boolean
}

/** How the shell came to be, as the machine itself said. */
export type ShellOrigin = 'new' | 'attached' | 'restarted' | 'plain'

/** `kept`: it was there all the time, and whoever needed to know how it came to be has been told. */
export type LiveOrigin = ShellOrigin | 'kept'

export type EndReason =
  /** The person ended the shell. */
  | 'exited'
  /** The machines were replaced (reset) or are gone. */
  | 'replaced'
  /** The gateway stops; another one will answer. */
  | 'going_away'
  /** This browser may no longer be here. */
  | 'refused'
  /** The machine must not be trusted, or cannot be connected to by trying again. */
  | 'failed'

export type TerminalState =
  | { state: 'connecting'; code: string | null }
  /** The machine sleeps; the shell stands still with it. */
  | { state: 'asleep' }
  /** It is being woken: the shell goes on any moment. */
  | { state: 'waking' }
  /** `again`: the shell had been reached before and was lost on the way. */
  | { state: 'live'; origin: LiveOrigin; again: boolean }
  /** `settled`: what was said to be accepted is all that was typed. Without it, what was sent may have been. */
  | { state: 'ended'; reason: EndReason; code: string | null; says: string | null; settled?: boolean }

/** Both directions in the form Socket.IO's types take. */
export type ServerToBrowser = {
  welcome: (welcome: Welcome) => void
  output: (seq: number, bytes: Uint8Array) => void
  state: (state: TerminalState) => void
  size: (size: Size) => void
  accepted: (seq: number) => void
}
export type BrowserToServer = {
  input: (seq: number, bytes: Uint8Array) => void
  resize: (size: Size) => void
  ack: (seq: number) => void
  /** Asks whether anybody is there, and is answered at once. */
  alive: (here: () => void) => void
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
/** The first shell of a machine is the tab `1`. */
const tabName = /^[a-z0-9]{1,8}$/
const word = /^[A-Za-z0-9_-]{8,200}$/

/** @returns the greeting, or null where anything in it is not as it should be */
export function readHello(value: unknown): Hello | null {
  if (!isRecord(value)) return null
  const { launch, ticket, environment, generation, host, tab, mode, client, last, keeps } = value
  const size = readSize(value.size)
  if (typeof launch !== 'string' || !uuid.test(launch)) return null
  if (typeof environment !== 'string' || !uuid.test(environment)) return null
  if (!isCount(generation) || typeof host !== 'string' || host.length > 200) return null
  if (typeof tab !== 'string' || !tabName.test(tab)) return null
  if (mode !== 'write' && mode !== 'watch') return null
  if (typeof ticket !== 'string' || !word.test(ticket)) return null
  if (typeof client !== 'string' || !word.test(client) || client.length > 40) return null
  if (!size) return null
  const position = last === null || last === undefined ? null : readPosition(last)
  if (position === undefined || (keeps !== undefined && (!isCount(keeps) || keeps === 0))) return null
  return { launch, ticket, environment, generation, host, tab, mode, client, last: position, size, keeps }
}

/** @returns a size within bounds (fractions are refused), or null */
export function readSize(value: unknown): Size | null {
  if (!isRecord(value)) return null
  const { cols, rows } = value
  return isCount(cols) && isCount(rows) && within(cols, COLUMNS) && within(rows, ROWS) ? { cols, rows } : null
}

/** @returns the number of a message or a position in a stream, or null */
export function readSeq(value: unknown): number | null {
  return isCount(value) ? value : null
}

/** @returns the bytes of one input message, 1 to 64 KiB, or null */
export function readBytes(value: unknown): Uint8Array | null {
  if (!(value instanceof Uint8Array)) return null
  return value.byteLength > 0 && value.byteLength <= INPUT_MAX_BYTES ? value : null
}

function readPosition(value: unknown): Position | undefined {
  if (!isRecord(value)) return undefined
  const { epoch, seq } = value
  return typeof epoch === 'string' && word.test(epoch) && isCount(seq) ? { epoch, seq } : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function within(value: number, { min, max }: { min: number; max: number }): boolean {
  return value >= min && value <= max
}
