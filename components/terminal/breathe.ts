type Scheduler = { yield?: () => Promise<void> }

/**
 * Gives the page back for whatever waits, keys and frames first, and goes on in a task of its own. What takes long is cut into pieces by
 * it, so that a slow computer stays at hand while a page begins.
 */
export function breathe(): Promise<void> {
  const { scheduler } = globalThis as { scheduler?: Scheduler }
  if (scheduler?.yield) return scheduler.yield()
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}

export type Turns = {
  /**
   * Does heavy work when what came before is done.
   * @param first before all that waits and did not say so
   * @returns what the work returns
   */
  take<Result>(work: () => Promise<Result>, first: boolean): Promise<Result>
}

/** Several pieces of heavy work, one after the other. */
export function createTurns(): Turns {
  const waiting = { first: [] as (() => Promise<void>)[], later: [] as (() => Promise<void>)[] }
  let isBusy = false
  const run = async () => {
    isBusy = true
    // Whoever asks in the same moment is heard before anything begins.
    await breathe()
    for (let next = nextOf(); next; next = nextOf()) await next()
    isBusy = false
  }
  const nextOf = () => waiting.first.shift() ?? waiting.later.shift()
  return {
    take: (work, first) =>
      new Promise((resolve, reject) => {
        waiting[first ? 'first' : 'later'].push(() => work().then(resolve, reject))
        if (!isBusy) void run()
      }),
  }
}
