export type Asking = {
  /** Aborted when it is not waited for any more. */
  signal: AbortSignal
  /** While nothing is heard, it is asked again each time after so long. */
  everyMs: number
  most: number
}

/**
 * Asks, and asks again by another connection while nothing is heard: a browser that has lost its network keeps connections of before, and
 * each takes a request and says nothing. The first answer counts, and the others are let go of.
 * @param ask rejects where it could not be asked; once all have, so does this
 */
export function askSeveral<Answer>(ask: (signal: AbortSignal) => Promise<Answer>, { signal, everyMs, most }: Asking): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const end = new AbortController()
    let [asked, failed] = [0, 0]
    const settle = (act: () => void) => {
      clearInterval(timer)
      act()
      end.abort()
    }
    const next = () => {
      if (++asked === most) clearInterval(timer)
      ask(end.signal).then(
        (answer) => settle(() => resolve(answer)),
        (error: unknown) => {
          if (++failed === asked) settle(() => reject(error))
        },
      )
    }
    const timer = setInterval(next, everyMs)
    signal.addEventListener('abort', () => settle(() => reject(signal.reason)), { once: true })
    next()
  })
}
