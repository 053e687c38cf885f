import type { Client } from 'ssh2'

/**
 * Asks a machine for any answer at all, by a global request that wants one (RFC 4254, 4 and 7.1): it takes back a forwarding that never
 * was, which changes nothing and is refused. It goes over the connection that stands, behind everything that was sent before.
 * @returns whether an answer came in time; false also where the connection is gone, or the caller no longer cares
 */
export function askForLife(client: Client, limitMs: number, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (answered: boolean) => {
      clearTimeout(timer)
      client.removeListener('close', silent)
      signal?.removeEventListener('abort', silent)
      resolve(answered)
    }
    const silent = () => end(false)
    const timer = setTimeout(silent, limitMs)
    if (signal?.aborted) return silent()
    signal?.addEventListener('abort', silent, { once: true })
    client.once('close', silent)
    try {
      // Where the connection breaks, `close` comes before the library says so here.
      client.unforwardIn('127.0.0.1', 1, () => end(true))
    } catch {
      silent()
    }
  })
}

/** How often a connection is asked, and how long an answer may take. */
export type LifeTimes = { everyMs: number; limitMs: number }

/**
 * Asks from time to time and says once where no answer comes, which is no proof that the connection is dead: a machine that stands still
 * answers when it goes on. One timer at a time, none after its end.
 * @returns stop; it may be called twice
 */
export function watchLife(client: Client, { everyMs, limitMs, onSilent }: LifeTimes & { onSilent: () => void }): () => void {
  const stop = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const end = () => {
    stop.abort()
    clearTimeout(timer)
    client.removeListener('close', end)
  }
  const ask = async () => {
    const answered = await askForLife(client, limitMs, stop.signal)
    if (stop.signal.aborted) return
    if (answered) return later()
    end()
    onSilent()
  }
  const later = () => {
    timer = setTimeout(() => void ask(), everyMs)
  }
  client.once('close', end)
  later()
  return end
}
