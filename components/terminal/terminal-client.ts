import type { Hello, LiveOrigin, Size, TerminalState, Welcome } from '#lib/terminal/protocol.ts'
import { followOutput, type OutputScreen } from './follow-output.ts'
import { createInputQueue } from './input-queue.ts'
import { holdLifeline, type Lifeline } from './lifeline.ts'

/*
 * One terminal's conversation with the gateway, without any page: what is shown, what is sent, when to try again.
 */

const FIRST_PAUSE_MS = 300
/** While the first minute lasts: gateways restart one after the other, and are back sooner than that. */
const LONGEST_EARLY_PAUSE_MS = 1_000
const EARLY_ATTEMPTS = 80
const LONGEST_PAUSE_MS = 15_000
/**
 * So long an answer is waited for: a network that has gone takes what is asked over a connection of before, and says nothing. For a ticket
 * it is less: a browser keeps several such connections.
 */
const TICKET_WITHIN_MS = 5_000
const WELCOME_WITHIN_MS = 10_000
/** Less than a ticket is good for. */
const TICKET_KEPT_MS = 40_000

/** Why a connection was not made. `retry`: the same may succeed later. */
export type Refusal = { code: string | null; says: string | null; retry: boolean }

/** What the page shows of the connection, beside the screen itself. */
export type ConnectionView =
  | { state: 'connecting'; code: string | null }
  /** `typed`: something was, since it sleeps, and was not taken. */
  | { state: 'asleep'; typed: boolean }
  | { state: 'waking' }
  | { state: 'live'; plain: boolean; note: Note | null }
  /** `retryAt`: by the page's clock; null: an attempt is under way. `asleep`: so was the machine when it was last heard of. */
  | { state: 'reconnecting'; retryAt: number | null; says: string | null; asleep: boolean }
  | { state: 'ended'; reason: 'exited' | 'replaced' | 'refused' | 'failed'; says: string | null }

/**
 * `restarted`: the machine was restarted, programs are gone. `repainted`: the shell was found again, what it printed meanwhile was not.
 * `whole`: a lost connection is back and nothing is missing.
 */
export type Note = 'restarted' | 'repainted' | 'whole'

/** One connection under way or standing. */
export type Wire = {
  input(seq: number, bytes: Uint8Array): void
  resize(size: Size): void
  ack(seq: number): void
  /** Asks whether anybody is there: `alive` is the answer. */
  ask(): void
  close(): void
}

export type WireEvents = {
  welcome: (welcome: Welcome) => void
  output: (seq: number, bytes: Uint8Array) => void
  state: (state: TerminalState) => void
  size: (size: Size) => void
  accepted: (seq: number) => void
  alive: () => void
  /** Once: it did not come about (with the reason), or is over (null). */
  closed: (refusal: Refusal | null) => void
}

export type ClientDeps = {
  /** What the terminal is of, and this page's own name for itself. */
  about: Pick<Hello, 'launch' | 'environment' | 'generation' | 'host' | 'tab' | 'mode' | 'client'>
  /** @param signal aborted when it is not waited for any more: its connection is not to be used again */
  requestTicket: (signal: AbortSignal) => Promise<{ ticket: string } | Refusal>
  dial: (hello: Hello, events: WireEvents) => Wire
  screen: OutputScreen
  onView: (view: ConnectionView) => void
  /** What was typed has arrived at the gateway. */
  onAccepted?: () => void
  /** @returns a function that calls it off */
  after: (ms: number, run: () => void) => () => void
  now: () => number
  random: () => number
}

export type TerminalClient = {
  /**
   * What was typed or pasted. It is kept until a shell is there to take it, but not while the machine sleeps: that may be for hours, and
   * nobody wants blind commands of before lunch to run.
   * @returns false where it was not taken, or too much waits already
   */
  type(bytes: Uint8Array): boolean
  resize(size: Size): void
  /** Try at once: after the end of a shell, this begins another. */
  retry(): void
  /** There is reason to doubt that the connection still stands: it is tried, and another one made where nobody answers. */
  check(): void
  close(): void
}

/** The pause before attempt `n` (from 0): growing, and not the same for all pages of a class; pure. */
export function pauseMs(attempt: number, random: number): number {
  const longestMs = attempt < EARLY_ATTEMPTS ? LONGEST_EARLY_PAUSE_MS : LONGEST_PAUSE_MS
  return Math.round(Math.min(longestMs, FIRST_PAUSE_MS * 2 ** attempt) * (0.5 + random / 2))
}

export function openTerminal(deps: ClientDeps): TerminalClient {
  const queue = createInputQueue()
  const shown = followOutput(deps.screen, (seq) => wire?.ack(seq))
  let view: ConnectionView = { state: 'connecting', code: null }
  let wire: Wire | null = null
  /** Of the connection that stands. */
  let life: Lifeline | null = null
  /** Grows with every attempt: what an older one still has to say is not heard. */
  let turn = 0
  let attempt = 0
  let welcomed: Welcome['kind'] | null = null
  let callOff = () => {}
  let asked: AbortController | null = null
  /** Nobody was there to see it: it is as good as before, and a class that waits for a gateway does not ask for tickets all the time. */
  let unused: { ticket: string; at: number } | null = null
  /** As it was last heard: what is typed at a machine that sleeps is not kept either. */
  let asleep = false
  let closed = false

  const show = (next: ConnectionView) => {
    view = next
    deps.onView(next)
  }
  const send = () => {
    // What the page still has is safe from whatever happens to a gateway that waits for a shell.
    if (!wire || welcomed === null || view.state !== 'live') return
    for (const { seq, bytes } of queue.take()) {
      wire.input(seq, bytes)
      life?.typed()
    }
  }
  const wait = (next: { ms: number; run: () => void } | null) => {
    callOff()
    callOff = next ? deps.after(next.ms, next.run) : () => {}
  }
  const drop = () => {
    turn++
    wait(null)
    asked?.abort()
    asked = null
    life?.close()
    life = null
    wire?.close()
    wire = null
    welcomed = null
  }
  const again = (says: string | null) => {
    drop()
    const waitMs = pauseMs(attempt++, deps.random())
    show({ state: 'reconnecting', retryAt: deps.now() + waitMs, says, asleep })
    wait({ ms: waitMs, run: connect })
  }
  const refused = (refusal: Refusal | null) => {
    if (refusal === null || refusal.retry) return again(refusal?.says ?? null)
    drop()
    show({ state: 'ended', reason: refusal.code === 'environment.not_found' ? 'replaced' : 'refused', says: refusal.says })
  }
  const connect = () => {
    drop()
    const mine = turn
    if (view.state === 'reconnecting') show({ ...view, retryAt: null })
    const kept = unused !== null && deps.now() - unused.at < TICKET_KEPT_MS ? unused : null
    const askedAt = deps.now()
    unused = null
    asked = new AbortController()
    const expectWithin = (ms: number) => wait({ ms, run: () => again(null) })
    expectWithin(TICKET_WITHIN_MS)
    Promise.resolve(kept ?? deps.requestTicket(asked.signal)).then(
      (answer) => {
        if (mine !== turn || closed) return
        if (!('ticket' in answer)) return refused(answer)
        const { ticket } = answer
        expectWithin(WELCOME_WITHIN_MS)
        const hello = { ...deps.about, ticket, last: shown.position, size: deps.screen.size(), keeps: deps.screen.keeps() }
        const { closed: over, ...events } = unlessOld(mine)
        wire = deps.dial(hello, {
          ...events,
          closed(refusal) {
            if (mine === turn && refusal === null && welcomed === null) unused = { ticket, at: kept?.at ?? askedAt }
            over(refusal)
          },
        })
      },
      () => mine === turn && !closed && again(null),
    )
  }
  const unlessOld = (mine: number): WireEvents => {
    const events: WireEvents = { welcome, output, state, size: deps.screen.fit, accepted, alive: () => {}, closed: refused }
    const guarded = Object.entries(events).map(([name, act]) => [
      name,
      (...words: unknown[]) => {
        if (mine !== turn || closed) return
        life?.heard()
        ;(act as (...words: unknown[]) => void)(...words)
      },
    ])
    return Object.fromEntries(guarded) as WireEvents
  }

  const welcome = (said: Welcome) => {
    const first = welcomed === null
    wait(null)
    const sameStream = shown.welcome(said)
    welcomed = said.kind
    life ??= holdLifeline({ ask: () => wire?.ask(), onLost: () => again(null), after: deps.after, now: deps.now })
    deps.screen.fit(said.size)
    if (first) queue.resume(said.accepted, sameStream)
    else send()
  }
  const output = (seq: number, bytes: Uint8Array) => {
    if (!shown.output(seq, bytes)) again(null)
  }
  const state = (said: TerminalState) => {
    if (said.state === 'ended') {
      if (said.settled) queue.settle()
      if (said.reason === 'going_away') return again(null)
      asleep = false
      drop()
      return show({ state: 'ended', reason: said.reason, says: said.says })
    }
    attempt = 0
    asleep = said.state === 'asleep'
    if (said.state === 'connecting') return show({ state: 'connecting', code: said.code })
    if (said.state === 'waking') return show({ state: 'waking' })
    if (said.state === 'asleep') return show({ state: 'asleep', typed: false })
    const back = view.state === 'reconnecting'
    show({ state: 'live', plain: said.origin === 'plain', note: noteOf(said.origin, back && welcomed === 'resumed') })
    send()
  }
  const accepted = (seq: number) => {
    queue.accepted(seq)
    deps.onAccepted?.()
    send()
  }

  deps.onView(view)
  connect()
  return {
    type(bytes) {
      if (view.state === 'asleep' && !view.typed) show({ state: 'asleep', typed: true })
      if (closed || asleep || view.state === 'ended' || !queue.add(bytes)) return false
      send()
      return true
    },
    resize: (size) => wire && welcomed !== null && wire.resize(size),
    retry() {
      if (closed || (view.state !== 'reconnecting' && view.state !== 'ended')) return
      if (view.state === 'ended') show({ state: 'connecting', code: null })
      attempt = 0
      connect()
    },
    check: () => life?.check(),
    close() {
      closed = true
      drop()
    },
  }
}

function noteOf(origin: LiveOrigin, whole: boolean): Note | null {
  if (origin === 'restarted') return 'restarted'
  if (origin === 'attached') return 'repainted'
  return whole ? 'whole' : null
}
