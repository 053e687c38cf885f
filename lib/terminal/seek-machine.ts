import type { Client } from 'ssh2'
import { failureRow, isFailure } from '../errors.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 1_000
/** A try that is neither in nor out after so long gets company: a machine that is frozen answers no sooner for being asked anew. */
const COMPANY_AFTER_MS = 1_500
const MOST_AT_ONCE = 3

export type SeekOptions = {
  /** One try to sign in. @throws Failure */
  openMachine: (signal: AbortSignal) => Promise<Client>
  signal: AbortSignal
  /** Before the first try. */
  pauseMs?: number
  /** A try failed; it goes on. */
  onFailed: (code: string) => void
}

/** The pause before the next try, from the last one; pure. */
export function nextPauseMs(pauseMs: number): number {
  return Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, Math.round(pauseMs * 1.5)))
}

/**
 * Tries until a machine lets us in. What fails is tried again after a short pause; what hangs is left to hang, with others beside it, so
 * that whenever the machine comes to itself somebody stands at its door.
 * @throws Failure that trying again does not change; whatever the signal was aborted with
 */
export function seekMachine({ openMachine, signal, pauseMs = 0, onFailed }: SeekOptions): Promise<Client> {
  return new Promise((resolve, reject) => {
    const over = new AbortController()
    let timer: NodeJS.Timeout | undefined
    let nextMs = FIRST_PAUSE_MS
    let atOnce = 0
    const end = (act: () => void) => {
      over.abort()
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
      act()
    }
    const giveUp = () => end(() => reject(signal.reason as Error))
    const later = (ms: number) => {
      clearTimeout(timer)
      timer = setTimeout(attempt, ms)
    }
    const failed = (error: unknown) => {
      atOnce--
      if (over.signal.aborted) return
      if (!isFailure(error) || failureRow(error.code).retry === 'no') return end(() => reject(error as Error))
      onFailed(error.code)
      later(nextMs)
      nextMs = nextPauseMs(nextMs)
    }
    const attempt = () => {
      later(COMPANY_AFTER_MS)
      if (atOnce >= MOST_AT_ONCE) return
      atOnce++
      openMachine(over.signal).then((client) => {
        if (over.signal.aborted) return void client.destroy()
        end(() => resolve(client))
      }, failed)
    }
    if (signal.aborted) return giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    if (pauseMs > 0) later(pauseMs)
    else attempt()
  })
}
