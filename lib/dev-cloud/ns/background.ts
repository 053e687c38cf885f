/** Work that nobody waits for. What goes wrong with it is said. */
export type Background = {
  add(work: Promise<unknown>): void
  /** Resolves once all that was added so far is over. */
  settled(): Promise<unknown>
}

export function createBackground(log: (line: string) => void): Background {
  const running = new Set<Promise<unknown>>()
  return {
    add(work) {
      const settled = work.catch((error: unknown) => log(`dev cloud: ${error instanceof Error ? error.message : String(error)}`))
      running.add(settled)
      void settled.finally(() => running.delete(settled))
    },
    settled: () => Promise.allSettled(running),
  }
}
