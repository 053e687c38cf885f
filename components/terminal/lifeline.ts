/** So long after a key something is heard, if only its echo. */
const QUIET_MS = 2_000
/** So long an answer is waited for. */
const ANSWER_MS = 4_000

export type Lifeline = {
  /** Anything came. */
  heard(): void
  /** Something was typed: somebody will notice if nothing comes of it. */
  typed(): void
  /** There is reason to doubt: the network is another, or the page was asleep. */
  check(): void
  close(): void
}

export type LifelineDeps = {
  /** Asks for a word; any that comes is an answer. */
  ask: () => void
  /** Once: there is nobody. */
  onLost: () => void
  /** @returns a function that calls it off */
  after: (ms: number, run: () => void) => () => void
  now: () => number
}

/**
 * Notices a connection that has died without a word, as they do when a computer changes its network or was shut. The transport itself asks
 * seldom (Engine.IO's ping, every 25 s, and waits 20 s): it asks all the time, also where nobody does anything (docs/decisions/013).
 */
export function holdLifeline({ ask, onLost, after, now }: LifelineDeps): Lifeline {
  /** When the first key was typed of which nothing was heard yet. */
  let unheardSince: number | null = null
  let state: 'calm' | 'listening' | 'asked' = 'calm'
  let callOff = () => {}
  const become = (next: typeof state, timer?: { ms: number; run: () => void }) => {
    callOff()
    state = next
    callOff = timer ? after(timer.ms, timer.run) : () => {}
  }
  const listen = (ms: number) =>
    become('listening', {
      ms,
      run() {
        become('calm')
        if (unheardSince === null) return
        const restMs = unheardSince + QUIET_MS - now()
        if (restMs > 0) listen(restMs)
        else check()
      },
    })
  const check = () => {
    if (state === 'asked') return
    become('asked', {
      ms: ANSWER_MS,
      run() {
        become('calm')
        onLost()
      },
    })
    ask()
  }
  return {
    heard() {
      unheardSince = null
      if (state === 'asked') become('calm')
    },
    typed() {
      unheardSince ??= now()
      if (state === 'calm') listen(QUIET_MS)
    },
    check,
    close: () => become('calm'),
  }
}
