/**
 * Why a run ended before its time. `close`: this process ends, and the next one goes on. `dead`: Heat's engine was stopped, nobody does.
 * `superseded`: another change of the stack takes its place as soon as nothing is under way any more.
 */
export type Ending = 'failed' | 'timeout' | 'delete' | 'close' | 'dead' | 'superseded'

/** One run over a stack's resources: what may still begin, and what has ended it. */
export type Outcome = {
  signal: AbortSignal
  /** Ends the run; what waits is woken. The first ending counts, but for a failure, which leaves things under way. */
  cancel(why: Ending): void
  /** Ends the run where it is: nothing new begins, what is under way finishes. */
  supersede(): void
  /** A run over a stack that is nested in this one: what ends this one from outside ends that one. */
  below(): Outcome
  /** Ends the run because of a failure: nothing new begins, what is under way may finish. False when it had ended already. */
  fail(): boolean
  ended(): boolean
  /** Whether a failure came first, whatever came after it. */
  failed(): boolean
  why(): Ending | undefined
  /** Whether nobody works on it any more, wherever it is: nothing is written down. */
  halted(): boolean
  /** Visits every name as soon as those it needs were visited with success; resolves when nothing is under way any more. */
  walk(graph: Map<string, Set<string>>, visit: (name: string) => Promise<boolean>): Promise<void>
}

export function startRun(): Outcome {
  const abort = new AbortController()
  let ending: Ending | undefined
  let failed = false
  const lower = new Set<Outcome>()
  return {
    signal: abort.signal,
    supersede() {
      ending ??= 'superseded'
      for (const outcome of lower) outcome.supersede()
    },
    below() {
      const outcome = startRun()
      const pass = () => outcome.cancel(ending ?? 'failed')
      if (abort.signal.aborted) pass()
      else abort.signal.addEventListener('abort', pass, { once: true })
      if (ending === 'superseded') outcome.supersede()
      lower.add(outcome)
      return outcome
    },
    cancel(why) {
      if (ending === undefined || ending === 'failed' || ending === 'superseded') ending = why
      failed ||= why === 'timeout'
      abort.abort()
    },
    fail() {
      if (ending !== undefined) return false
      ending = 'failed'
      failed = true
      return true
    },
    ended: () => ending !== undefined,
    failed: () => failed,
    why: () => ending,
    halted: () => ending === 'close' || ending === 'dead',
    async walk(graph, visit) {
      const visits = new Map<string, Promise<boolean>>()
      const go = (name: string): Promise<boolean> => {
        const known = visits.get(name)
        if (known) return known
        const visiting = (async () => {
          const needs = await Promise.all([...(graph.get(name) ?? [])].filter((other) => graph.has(other)).map(go))
          return ending === undefined && needs.every(Boolean) ? visit(name) : false
        })()
        visits.set(name, visiting)
        return visiting
      }
      await Promise.all([...graph.keys()].map(go))
    },
  }
}

/** The same graph, from the other end. */
export function reversed(graph: Map<string, Set<string>>): Map<string, Set<string>> {
  const result = new Map<string, Set<string>>([...graph.keys()].map((name) => [name, new Set()]))
  for (const [name, needs] of graph) for (const other of needs) result.get(other)?.add(name)
  return result
}
