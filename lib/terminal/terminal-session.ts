import { randomBytes } from 'node:crypto'
import type { Client } from 'ssh2'
import { failureRow, isFailureCode } from '../errors.ts'
import { createAudience, type Seat, type Start } from './audience.ts'
import { createCoalescer } from './coalesce.ts'
import type { Share } from './fair-share.ts'
import { createInputDesk, type InputVerdict } from './input-desk.ts'
import { createOutputLog } from './output-log.ts'
import type { Power } from './power.ts'
import { CREDIT_HIGH_BYTES, type EndReason, type Position, type Size, type TerminalState, type Welcome } from './protocol.ts'
import { watchScreen } from './screen-watch.ts'
import { keepShell, type ShellLink } from './shell-link.ts'
import { isTyped } from './typed.ts'
import { within } from './within.ts'

/** What the machine's side has not read yet when its connection ends is lost to it: it is given time. */
const LINGER_MS = 500

/** What a window is told; one call is one message. */
export type Window = {
  client: string
  /** `Hello.keeps` */
  keeps?: number
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
  /** What its machine can be expected to do: whoever sleeps is left in peace. */
  setPower(power: Power): void
  /** Says farewell and lets go of the machine. A shell under dtach lives on there. May be called twice. */
  close(reason: EndReason, code?: string): void
  /**
   * The same for a gateway that stops, in peace: nothing more is taken, what was taken reaches the shell, and each window is told how
   * far that is, so that it can type the rest through whoever serves it next. Then it lets go of the machine.
   */
  goAway(limitMs: number): Promise<void>
}

export type TerminalSessionOptions = {
  /** The shell's name on the machine. */
  name: string
  openMachine: (signal: AbortSignal) => Promise<Client>
  /** At the beginning. */
  power: Power
  /** Its part of what all terminals take; left when it is over. */
  share: Share
  /** Something was typed (0), or printed, in bytes. */
  onPassed: (bytes: number) => void
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
  const audience = createAudience(log, epoch, (position) => screen.alternateAt(position))
  const windows = new Map<Seat, Window>()
  let state: TerminalState = { state: 'connecting', code: null }
  let size: Size = { cols: 80, rows: 24 }
  let idle: NodeJS.Timeout | undefined
  let link: ShellLink | null = null
  let { power } = options
  /** It has taken its portion and waits for the next. */
  let portion: NodeJS.Timeout | undefined

  const say = (next: TerminalState) => {
    state = next
    for (const window of windows.values()) window.state(next)
    // News once: whoever comes later finds a shell that was simply there.
    if (next.state === 'live' && next.origin !== 'plain' && windows.size > 0) state = { ...next, origin: 'kept' }
  }
  /** @param settled in peace: the pages know what was typed @returns when the machine has been let go of */
  const finish = async (reason: EndReason, code: string | null, settled = false) => {
    if (state.state === 'ended') return
    flush()
    screen.close()
    coalescer.close()
    clearTimeout(idle)
    clearTimeout(portion)
    options.share.leave()
    const gone = link?.close(settled ? LINGER_MS : 0)
    const says = code !== null && isFailureCode(code) ? failureRow(code).says : null
    say({ state: 'ended', reason, code, says, ...(settled ? { settled } : {}) })
    options.onClosed()
    await gone
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
    if (audience.holdsBack() || portion) link?.pause()
    else link?.resume()
  }
  const takeInPortions = (bytes: number) => {
    const holdMs = options.share.took(bytes)
    if (holdMs === 0) return
    clearTimeout(portion)
    portion = setTimeout(() => {
      portion = undefined
      pace()
    }, holdMs)
  }
  const applySize = (next: Size) => {
    if (next.cols === size.cols && next.rows === size.rows) return
    size = next
    link?.channel?.resize(size)
    for (const window of windows.values()) window.size(size)
  }
  const screen = watchScreen(
    () => link?.channel ?? null,
    () => size,
  )
  const desk = createInputDesk({
    write(bytes, taken) {
      if (state.state !== 'live' || !link?.channel) return false
      if (bytes.length > 0) link.channel.write(bytes, taken)
      else queueMicrotask(taken)
      return true
    },
    onAccepted(client, seq) {
      for (const window of windows.values()) if (window.client === client) window.accepted(seq)
    },
  })
  const welcome = (client: string, start: Start, writable: boolean): Welcome => {
    return { epoch, ...start, head: log.head, accepted: desk.accepted(client), writable, size, alternate: screen.alternateAt(start.seq) }
  }

  const connect = () =>
    keepShell({
      openMachine: options.openMachine,
      name: options.name,
      power,
      size: () => size,
      isBesideTyping: () => options.share.isBesideTyping,
      events: {
        onConnecting: (code) => say({ state: 'connecting', code }),
        onAsleep: () => say({ state: 'asleep' }),
        onWaking: () => say({ state: 'waking' }),
        onLost: () => desk.lost(),
        onLive(origin, again) {
          // Found again: what it printed in between went to nobody.
          if (origin === 'attached' && again) {
            audience.markGap()
            delivered = log.head
          }
          const known = state.state === 'live' && (origin === 'kept' || origin === 'plain')
          if (!known) say({ state: 'live', origin, again })
          if (!known && origin !== 'attached' && origin !== 'kept') options.onStarted()
          // The size may have changed while no shell took it.
          link?.channel?.resize(size)
          if (origin === 'attached' || (origin === 'kept' && screen.alternate)) screen.repaint()
          desk.flush()
          pace()
        },
        onOutput(bytes) {
          log.append(bytes)
          screen.look(bytes, log.head - bytes.length)
          coalescer.more(log.head - delivered)
          takeInPortions(bytes.length)
          options.onPassed(bytes.length)
          pace()
        },
        onOver: (code) => void finish(overBy(code), code),
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
          keeps: window.keeps,
          output: (seq, bytes) => window.output(seq, bytes),
          restart: (seq) => window.welcome(welcome(window.client, { seq, kind: 'gap', sight: seq }, window.writable)),
        },
        wanted,
        last,
      )
      windows.set(seat, window)
      applySize(wanted)
      window.welcome(welcome(window.client, start, window.writable))
      if (link) {
        window.state(state)
        link.setWatched(true)
      } else link = connect()
      if (state.state === 'live' && state.origin !== 'plain') state = { ...state, origin: 'kept' }
      audience.deliver()
      delivered = log.head
      if (start.kind !== 'resumed' && screen.alternate && screen.alternateAt(start.seq)) screen.repaint()
      pace()
      return placeOf(seat, window)
    },
    setPower(next) {
      power = next
      link?.setPower(next)
    },
    close: (reason, code) => void finish(reason, code ?? null),
    async goAway(limitMs) {
      await within(
        limitMs,
        desk.close().then(() => link?.channel?.reached(limitMs)),
      )
      for (const window of windows.values()) window.accepted(desk.passed(window.client))
      await finish('going_away', null, true)
    },
  }

  /** Every window's terminal answers what a program asks; one answer is enough. */
  function answers(seat: Seat): boolean {
    const { lead } = audience
    return lead === null || lead === seat || windows.get(lead)?.writable === false
  }

  function placeOf(seat: Seat, window: Window): Place {
    return {
      input(seq, bytes) {
        const typed = isTyped(bytes)
        // The size first: what is typed is meant for the screen that the person sees.
        if (typed && audience.takeLead(seat)) applySize(seat.size)
        const verdict = desk.take(window.client, seq, typed || answers(seat) ? bytes : bytes.subarray(0, 0))
        if (verdict === 'taken' && typed) {
          options.share.typed()
          options.onPassed(0)
          options.onActivity()
        }
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
        if (windows.size > 0 || state.state === 'ended') return
        link?.setWatched(false)
        idle = setTimeout(() => void finish('exited', null), options.idleMs)
      },
    }
  }
}

function overBy(code: string | null): EndReason {
  if (code === null) return 'exited'
  return code === 'environment.not_found' ? 'replaced' : 'failed'
}
