import type { Client } from 'ssh2'
import { failureRow, isFailure } from '../errors.ts'
import type { ShellOrigin, Size } from './protocol.ts'
import { openShell, type ShellChannel } from './ssh.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 1_000

export type ShellLinkEvents = {
  /** Not there (yet): `code` says why the last attempt failed, null at the first. */
  onConnecting: (code: string | null) => void
  /** `again`: it had been there before, and the way to it was lost. */
  onLive: (origin: ShellOrigin, again: boolean) => void
  onOutput: (bytes: Buffer) => void
  /** Once: the shell ended (`code` null), or there is no sense in trying on. */
  onOver: (code: string | null) => void
}

export type ShellLink = {
  /** Null while there is no shell. */
  readonly channel: ShellChannel | null
  close(): void
}

export type ShellLinkOptions = {
  /** Signs in to the machine. Machines that still boot refuse for a while: it is called again. */
  openMachine: (signal: AbortSignal) => Promise<Client>
  name: string
  size: () => Size
  events: ShellLinkEvents
}

/** The pause before the next attempt, from the last one; pure. */
export function nextPauseMs(pauseMs: number): number {
  return Math.min(LONGEST_PAUSE_MS, Math.round(pauseMs * 1.5))
}

/** Keeps one shell connected: tries until the machine answers, and again when the connection is lost under a shell that lives on. */
export function keepShell({ openMachine, name, size, events }: ShellLinkOptions): ShellLink {
  const stop = new AbortController()
  let channel: ShellChannel | null = null
  let timer: NodeJS.Timeout | undefined
  let origin: ShellOrigin | null = null

  const over = (code: string | null) => {
    if (stop.signal.aborted) return
    stop.abort()
    channel = null
    events.onOver(code)
  }
  const later = (pauseMs: number) => {
    timer = setTimeout(() => void attempt(nextPauseMs(pauseMs)), pauseMs)
  }
  const onEnd = (end: 'ended' | 'lost') => {
    channel = null
    // A plain shell died with its connection.
    if (end === 'ended' || origin === 'plain') return over(end === 'ended' ? null : 'terminal.ended')
    if (stop.signal.aborted) return
    events.onConnecting('terminal.connection_failed')
    later(FIRST_PAUSE_MS)
  }
  const attempt = async (pauseMs: number) => {
    try {
      const client = await openMachine(stop.signal)
      if (stop.signal.aborted) return client.destroy()
      const onOrigin = (how: ShellOrigin) => {
        if (stop.signal.aborted) return
        const again = origin !== null
        origin = how
        events.onLive(how, again)
      }
      const opened = await openShell(client, { name, size: size(), events: { onOrigin, onOutput: events.onOutput, onEnd } })
      if (stop.signal.aborted) return opened.close()
      channel = opened
    } catch (error) {
      if (stop.signal.aborted) return
      if (!isFailure(error)) return over('internal.fault')
      if (failureRow(error.code).retry === 'no') return over(error.code)
      events.onConnecting(error.code)
      later(pauseMs)
    }
  }
  events.onConnecting(null)
  void attempt(FIRST_PAUSE_MS)
  return {
    get channel() {
      return channel
    },
    close() {
      stop.abort()
      clearTimeout(timer)
      channel?.close()
      channel = null
    },
  }
}
