/*
 * When output goes out. A fixed timer would be felt at every key; none at all would make a message of every few bytes of a flood.
 * So: at the end of the tick while little has gone out lately, else together at the end of a short window.
 */

export const WINDOW_MS = 8
const FREE_BYTES = 4 * 1024
const FULL_BYTES = 64 * 1024

/** The window under way and what went out in it. */
export type Rate = { startedAtMs: number; sentBytes: number }

export const atRest: Rate = { startedAtMs: Number.NEGATIVE_INFINITY, sentBytes: 0 }

/** `now`: at once, in this call. `tick`: when this tick's reads are done. `wait`: after so long, unless more arrives. */
export type Flush = { kind: 'now' } | { kind: 'tick' } | { kind: 'wait'; ms: number }

/** When to send `pendingBytes`, being at `nowMs` of a monotonic clock; pure. */
export function whenToFlush(rate: Rate, pendingBytes: number, nowMs: number): Flush {
  if (pendingBytes >= FULL_BYTES) return { kind: 'now' }
  const leftMs = rate.startedAtMs + WINDOW_MS - nowMs
  if (leftMs <= 0 || rate.sentBytes < FREE_BYTES) return { kind: 'tick' }
  return { kind: 'wait', ms: leftMs }
}

/** The window after `bytes` went out at `nowMs`; pure. */
export function afterFlush(rate: Rate, bytes: number, nowMs: number): Rate {
  if (nowMs >= rate.startedAtMs + WINDOW_MS) return { startedAtMs: nowMs, sentBytes: bytes }
  return { startedAtMs: rate.startedAtMs, sentBytes: rate.sentBytes + bytes }
}

export type Coalescer = {
  /** More waits to be sent: `pendingBytes` in all. */
  more(pendingBytes: number): void
  close(): void
}

/**
 * Calls `flush` at the moments that the rules above name; it answers with the number of bytes that it sent.
 * @param clock milliseconds, monotonic
 */
export function createCoalescer(flush: () => number, clock: () => number): Coalescer {
  let rate = atRest
  let tick: NodeJS.Immediate | undefined
  let timer: NodeJS.Timeout | undefined
  const run = () => {
    clearImmediate(tick)
    clearTimeout(timer)
    tick = timer = undefined
    rate = afterFlush(rate, flush(), clock())
  }
  return {
    more(pendingBytes) {
      const when = whenToFlush(rate, pendingBytes, clock())
      if (when.kind === 'now') run()
      else if (when.kind === 'tick') tick ??= setImmediate(run)
      else if (!tick) timer ??= setTimeout(run, when.ms)
    },
    close() {
      clearImmediate(tick)
      clearTimeout(timer)
      tick = timer = undefined
    },
  }
}
