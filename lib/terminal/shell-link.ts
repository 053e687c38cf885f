import type { Client } from 'ssh2'
import { isFailure } from '../errors.ts'
import type { Power } from './power.ts'
import type { LiveOrigin, ShellOrigin, Size } from './protocol.ts'
import { nextPauseMs, seekMachine } from './seek-machine.ts'
import { askForLife, type LifeTimes, watchLife } from './sign-of-life.ts'
import { type ChannelEnd, openShell, type ShellChannel } from './ssh.ts'

const LIFE: LifeTimes = { everyMs: 15_000, limitMs: 30_000 }
/** A shell that can be found again need not be waited for; one that ends with its connection is given every chance. */
const PATIENCE_MS = { kept: 1_500, plain: 15_000 }
/** A shell that is lost sooner is not sought again at once. */
const SOON_LOST_MS = 1_000

export type ShellLinkEvents = {
  /** Not there (yet): `code` says why the last try failed, null before the first. */
  onConnecting: (code: string | null) => void
  /** The machine sleeps: whatever there is of a connection is left as it is. */
  onAsleep: () => void
  /** The machine is being woken, and asked for. */
  onWaking: () => void
  /** `again`: it had been there before, and the way to it was lost. `kept`, or `plain` once more: it was there all the time. */
  onLive: (origin: LiveOrigin, again: boolean) => void
  onOutput: (bytes: Buffer) => void
  /** The way to the shell is gone: what was being written may or may not have arrived. */
  onLost: () => void
  /** Once: the shell ended (`code` null), or there is no sense in trying on. */
  onOver: (code: string | null) => void
}

export type ShellLink = {
  /** Null while there is no shell that takes anything: none is connected, or its machine sleeps or has not shown itself since. */
  readonly channel: ShellChannel | null
  /** Takes no more output for now, also of a machine that is about to sleep; to go on is said only to one that listens. */
  pause(): void
  resume(): void
  /** What its machine can be expected to do. */
  setPower(power: Power): void
  /** Whether anybody looks: for nobody a machine is neither asked for a sign of life nor sought. */
  setWatched(watched: boolean): void
  /** @param lingerMs so long the connection is kept for what is still on its way to the shell @returns when it has been let go of */
  close(lingerMs: number): Promise<void>
}

export type ShellLinkOptions = {
  /** Signs in to the machine. Machines that still boot refuse for a while: it is called again. */
  openMachine: (signal: AbortSignal) => Promise<Client>
  name: string
  power: Power
  size: () => Size
  /** Whether somebody types in another terminal: then it takes little at once. */
  isBesideTyping: () => boolean
  events: ShellLinkEvents
  life?: LifeTimes
}

/** `trusted`: nothing has happened since it was last heard of that may have cut it off. `news`: how it came to be, while untold. */
type Held = { client: Client; shell: ShellChannel; origin: ShellOrigin; news: ShellOrigin | null; trusted: boolean; sinceMs: number }

/**
 * Keeps one shell connected while somebody looks: tries until the machine answers, and again when the connection is lost under a shell
 * that lives on.
 *
 * While the machine sleeps nothing is sent on its connection: a suspended guest keeps it, and what is sent to it in vain is repeated at
 * growing pauses, so that the first answer after waking would come late. As it wakes, a new connection knocks at its door; when that is
 * let in the machine is there, and only then the old one is asked: it goes on without a gap, or is replaced at once by the new. A machine
 * that falls silent without a word is met in the same way: what it holds for its connection would be lost with it.
 */
export function keepShell(options: ShellLinkOptions): ShellLink {
  const { openMachine, name, power: firstPower, size, isBesideTyping, events, life = LIFE } = options
  let power = firstPower
  let watched = true
  let over = false
  let held: Held | null = null
  let reached = false
  let pauseMs = 0
  /** A new connection is being made; aborted, it comes to nothing. */
  let quest: AbortController | null = null
  /** The old connection is being asked. */
  let check: AbortController | null = null
  let stopWatch = () => {}

  const stopAsking = () => {
    check?.abort()
    check = null
    stopWatch()
  }
  const stopSeeking = () => {
    quest?.abort(new Error('nothing is sought any more'))
    quest = null
  }
  const finish = (code: string | null) => {
    if (over) return
    over = true
    stopAsking()
    stopSeeking()
    void held?.shell.close(0)
    held = null
    events.onOver(code)
  }
  const trust = (which: Held) => {
    const { news, origin } = which
    which.trusted = true
    which.news = null
    stopAsking()
    stopSeeking()
    if (watched) stopWatch = watchLife(which.client, { ...life, onSilent: () => silent(which) })
    const again = news !== null && reached
    reached = true
    events.onLive(news ?? (origin === 'plain' ? 'plain' : 'kept'), again)
  }
  const silent = (which: Held) => {
    if (held !== which) return
    which.trusted = false
    events.onConnecting('terminal.connection_failed')
    seek()
  }
  const lost = (which: Held, end: ChannelEnd) => {
    if (held !== which) return
    held = null
    stopAsking()
    events.onLost()
    if (end === 'ended' || which.origin === 'plain') return finish(end === 'ended' ? null : 'terminal.ended')
    pauseMs = performance.now() - which.sinceMs < SOON_LOST_MS ? nextPauseMs(pauseMs) : 0
    if (power === 'awake') events.onConnecting('terminal.connection_failed')
    seek()
  }

  const seek = () => {
    if (over || quest || held?.trusted || !watched || power === 'asleep') return
    const mine = new AbortController()
    quest = mine
    reach(mine.signal).catch((error: unknown) => {
      if (quest !== mine) return
      quest = null
      // The machine let us in and then opened no shell: that too may pass.
      if (!isFailure(error, 'terminal.connection_failed')) return finish(isFailure(error) ? error.code : 'internal.fault')
      pauseMs = nextPauseMs(pauseMs)
      if (power === 'awake') events.onConnecting(error.code)
      seek()
    })
  }
  const reach = async (signal: AbortSignal) => {
    const onFailed = (code: string) => void (power === 'awake' && held === null && events.onConnecting(code))
    const client = await seekMachine({ openMachine, signal, pauseMs, onFailed })
    if (signal.aborted) return client.destroy()
    signal.addEventListener('abort', () => client.end(), { once: true })
    const old = held
    if (old) {
      const answered = await askForLife(old.client, patience(old), signal)
      if (answered && held === old && !signal.aborted) trust(old)
      if (signal.aborted) return
      if (held === old) {
        void old.shell.close(0)
        lost(old, 'lost')
      }
      if (over) return client.end()
    }
    await open(client, signal)
  }
  const open = async (client: Client, signal: AbortSignal) => {
    let begun: Held | null = null
    const onOrigin = (origin: ShellOrigin, shell: ShellChannel) => {
      if (signal.aborted) return
      // Not aborted, only done.
      quest = null
      begun = held = { client, shell, origin, news: origin, trusted: false, sinceMs: performance.now() }
      trust(begun)
    }
    const onOutput = (bytes: Buffer) => {
      events.onOutput(bytes)
      // Asleep it only says its last; after that any word of it is a sign of life.
      if (power !== 'asleep' && begun && begun === held && !begun.trusted) trust(begun)
    }
    const onEnd = (end: ChannelEnd) => {
      if (begun) return lost(begun, end)
      if (signal.aborted) return
      quest = null
      if (end === 'ended') return finish(null)
      pauseMs = nextPauseMs(pauseMs)
      if (power === 'awake') events.onConnecting('terminal.connection_failed')
      seek()
    }
    await openShell(client, { name, size: size(), isBesideTyping, events: { onOrigin, onOutput, onEnd } })
  }
  /** Asks the old connection, which ought to answer. Where a new one is sought meanwhile, that one decides what silence means. */
  const ask = (which: Held) => {
    const mine = new AbortController()
    check = mine
    void askForLife(which.client, patience(which), mine.signal).then((answered) => {
      if (mine.signal.aborted || held !== which || which.trusted) return
      if (answered) return trust(which)
      if (quest) return
      void which.shell.close(0)
      lost(which, 'lost')
    })
  }
  const doubt = () => {
    stopAsking()
    if (held) held.trusted = false
  }

  if (power === 'asleep') events.onAsleep()
  else if (power === 'waking') events.onWaking()
  else events.onConnecting(null)
  seek()
  return {
    get channel() {
      return held?.trusted ? held.shell : null
    },
    pause: () => held?.shell.pause(),
    resume: () => held?.trusted && held.shell.resume(),
    setPower(next) {
      if (over || next === power) return
      power = next
      if (next === 'awake') {
        if (watched && held && !held.trusted) ask(held)
        return seek()
      }
      doubt()
      if (next === 'asleep') {
        stopSeeking()
        return events.onAsleep()
      }
      events.onWaking()
      seek()
    },
    setWatched(next) {
      if (over || next === watched) return
      watched = next
      if (!next) {
        stopAsking()
        return stopSeeking()
      }
      if (power === 'asleep') return
      // It may have died while nobody asked: what is typed now waits for its answer.
      doubt()
      if (held && power === 'awake') ask(held)
      else seek()
    },
    async close(lingerMs) {
      if (over) return
      over = true
      stopAsking()
      stopSeeking()
      const gone = held?.shell.close(held.trusted ? lingerMs : 0)
      held = null
      await gone
    },
  }
}

function patience({ origin }: Held): number {
  return origin === 'plain' ? PATIENCE_MS.plain : PATIENCE_MS.kept
}
