import { randomBytes } from 'node:crypto'
import type { Client } from 'ssh2'
import { failureRow, isFailureCode } from '../errors.ts'
import { createAudience, type Seat } from './audience.ts'
import { createCoalescer } from './coalesce.ts'
import { createInputDesk, type InputVerdict } from './input-desk.ts'
import { createOutputLog } from './output-log.ts'
import { CREDIT_HIGH_BYTES, type EndReason, type Position, type Size, type TerminalState, type Welcome } from './protocol.ts'
import { keepShell, type ShellLink } from './shell-link.ts'

/** Long enough for a busy machine to see both sizes. */
const JIGGLE_MS = 200
const ALTERNATE = Buffer.from('\x1b[?1049')
const ALTERNATE_ON = 'h'.charCodeAt(0)

/** What a window is told; one call is one message. */
export type Window = {
  client: string
  writable: boolean
  welcome(welcome: Welcome): void
  output(seq: number, bytes: Buffer): void
  state(state: TerminalState): void
  size(size: Size): void
  accepted(seq: number): void
  /** The same page has come back by another connection: this one is dead, only nobody has noticed yet. */
  dismiss(): void
}

/** A window's place at a terminal session. */
export type Place = {
  input(seq: number, bytes: Uint8Array): InputVerdict
  resize(size: Size): void
  /** @returns false where the acknowledgement is impossible */
  ack(seq: number): boolean
  leave(): void
}

export type TerminalSession = {
  attach(window: Window, size: Size, last: Position | null): Place
  /** How many windows look at it. */
  readonly windows: number
  /** Says farewell and lets go of the machine. A shell under dtach lives on there. May be called twice. */
  close(reason: EndReason, code?: string): void
}

export type TerminalSessionOptions = {
  /** The shell's name on the machine. */
  name: string
  openMachine: (signal: AbortSignal) => Promise<Client>
  /** So long nobody needs to look before the connection to the machine is given up. */
  idleMs: number
  /** Once: it is over, by itself or by `close`. */
  onClosed: () => void
  /** The person typed something. */
  onActivity: () => void
  /** A shell was begun here, not found again. */
  onStarted: () => void
}

/**
 * One shell of one person on one machine. It outlives the windows that look at it; its last output is kept, so that a window that comes
 * back continues where it stopped. States only move forward: a session that is over stays over.
 */
export function createTerminalSession(options: TerminalSessionOptions): TerminalSession {
  const epoch = randomBytes(9).toString('base64url')
  const log = createOutputLog(CREDIT_HIGH_BYTES)
  const audience = createAudience(log, epoch)
  const windows = new Map<Seat, Window>()
  let state: TerminalState = { state: 'connecting', code: null }
  let size: Size = { cols: 80, rows: 24 }
  let idle: NodeJS.Timeout | undefined
  let link: ShellLink | null = null

  const say = (next: TerminalState) => {
    state = next
    for (const window of windows.values()) window.state(next)
    // News once: whoever comes later finds a shell that was simply there.
    if (next.state === 'live' && next.origin !== 'plain' && windows.size > 0) state = { ...next, origin: 'kept' }
  }
  const finish = (reason: EndReason, code: string | null) => {
    if (state.state === 'ended') return
    flush()
    screen.close()
    coalescer.close()
    clearTimeout(idle)
    link?.close()
    say({ state: 'ended', reason, code, says: code !== null && isFailureCode(code) ? failureRow(code).says : null })
    options.onClosed()
  }
  const flush = () => {
    const before = delivered
    audience.deliver()
    delivered = log.head
    return delivered - before
  }
  let delivered = 0
  const coalescer = createCoalescer(flush, () => performance.now())
  const pace = () => {
    if (audience.holdsBack()) link?.channel?.pause()
    else link?.channel?.resume()
  }
  const applySize = (next: Size) => {
    if (next.cols === size.cols && next.rows === size.rows) return
    size = next
    link?.channel?.resize(size)
    for (const window of windows.values()) window.size(size)
  }
  const screen = watchScreen(
    () => link,
    () => size,
  )
  const desk = createInputDesk({
    write(bytes, taken) {
      if (state.state !== 'live' || !link?.channel) return false
      link.channel.write(bytes, taken)
      return true
    },
    onAccepted(client, seq) {
      for (const window of windows.values()) if (window.client === client) window.accepted(seq)
    },
  })
  const welcome = (client: string, start: Pick<Welcome, 'seq' | 'kind'>, writable: boolean): Welcome => {
    return { epoch, ...start, accepted: desk.accepted(client), writable, size, alternate: screen.alternate }
  }

  const connect = () =>
    keepShell({
      openMachine: options.openMachine,
      name: options.name,
      size: () => size,
      events: {
        onConnecting: (code) => say({ state: 'connecting', code }),
        onLive(origin, again) {
          if (origin !== 'attached') options.onStarted()
          say({ state: 'live', origin, again })
          // The size may have changed while the shell was being opened; the channel is known after this call.
          setImmediate(() => {
            link?.channel?.resize(size)
            if (origin === 'attached') screen.repaint()
            desk.flush()
          })
        },
        onOutput(bytes) {
          log.append(bytes)
          screen.look(bytes)
          coalescer.more(log.head - delivered)
          pace()
        },
        onOver: (code) => finish(overBy(code), code),
      },
    })

  return {
    get windows() {
      return windows.size
    },
    attach(window, wanted, last) {
      clearTimeout(idle)
      for (const [seat, other] of windows) {
        if (other.client !== window.client) continue
        windows.delete(seat)
        audience.leave(seat)
        other.dismiss()
      }
      const { seat, start } = audience.join(
        {
          client: window.client,
          output: (seq, bytes) => window.output(seq, bytes),
          restart: (seq) => window.welcome(welcome(window.client, { seq, kind: 'gap' }, window.writable)),
        },
        wanted,
        last,
      )
      windows.set(seat, window)
      applySize(wanted)
      window.welcome(welcome(window.client, start, window.writable))
      if (link) window.state(state)
      else link = connect()
      if (state.state === 'live' && state.origin !== 'plain') state = { ...state, origin: 'kept' }
      audience.deliver()
      delivered = log.head
      if (start.kind !== 'resumed' && screen.alternate) screen.repaint()
      pace()
      return placeOf(seat, window)
    },
    close: (reason, code) => finish(reason, code ?? null),
  }

  function placeOf(seat: Seat, window: Window): Place {
    return {
      input(seq, bytes) {
        // The size first: what is typed is meant for the screen that the person sees.
        if (audience.takeLead(seat)) applySize(seat.size)
        const verdict = desk.take(window.client, seq, bytes)
        if (verdict === 'taken') options.onActivity()
        return verdict
      },
      resize(wanted) {
        seat.size = wanted
        if (audience.lead === seat) applySize(wanted)
        else window.size(size)
      },
      ack(seq) {
        const possible = audience.ack(seat, seq)
        pace()
        return possible
      },
      leave() {
        if (!windows.delete(seat)) return
        audience.leave(seat)
        if (audience.lead) applySize(audience.lead.size)
        pace()
        if (windows.size === 0 && state.state !== 'ended') idle = setTimeout(() => finish('exited', null), options.idleMs)
      },
    }
  }
}

function overBy(code: string | null): EndReason {
  if (code === null) return 'exited'
  return code === 'environment.not_found' ? 'replaced' : 'failed'
}

/**
 * Programs that draw on the whole screen cannot be shown from the middle of their output, and a shell found again under dtach shows
 * nothing: they are asked to paint, by a size that is another for a moment.
 */
function watchScreen(link: () => ShellLink | null, size: () => Size) {
  let alternate = false
  let carried = Buffer.alloc(0)
  let timer: NodeJS.Timeout | undefined
  return {
    get alternate() {
      return alternate
    },
    look(bytes: Buffer) {
      const edge = Buffer.concat([carried, bytes.subarray(0, ALTERNATE.length)])
      for (const part of [edge, bytes]) {
        const at = part.lastIndexOf(ALTERNATE)
        const what = at < 0 ? undefined : part[at + ALTERNATE.length]
        if (what !== undefined) alternate = what === ALTERNATE_ON
      }
      carried = Buffer.from(bytes.length < ALTERNATE.length ? edge.subarray(-ALTERNATE.length) : bytes.subarray(-ALTERNATE.length))
    },
    repaint() {
      if (timer) return
      const { cols, rows } = size()
      // Full-screen programs paint at any change, a prompt only where the width is another.
      link()?.channel?.resize({ cols: cols - 1, rows })
      timer = setTimeout(() => {
        timer = undefined
        link()?.channel?.resize(size())
      }, JIGGLE_MS)
    },
    close: () => clearTimeout(timer),
  }
}
