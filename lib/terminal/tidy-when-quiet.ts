/** So long nobody types and nothing is printed, ms: then nobody waits for a key either. */
export const QUIET_MS = 3_000
/** After less output than this there is little to clear away. */
export const WORTHWHILE_BYTES = 16 * 1024 * 1024

export type Tidying = {
  /** Somebody typed, or so many bytes were printed, in any terminal. */
  passed: (bytes: number) => void
}

export type TidyDeps = {
  /** Clears away what nothing needs any more. */
  tidy: () => void
  /** Milliseconds, monotonic. */
  now: () => number
  /** Calls `run` once, so many milliseconds later. */
  after: (ms: number, run: () => void) => void
}

/**
 * What has passed through a gateway is kept by its runtime until room is needed, which in a quiet one is never: then it is cleared away at a
 * moment at which nobody waits for a key.
 */
export function tidyWhenQuiet({ tidy, now, after }: TidyDeps): Tidying {
  let bytes = 0
  let lastAt = 0
  let isWatched = false
  const look = () => {
    const leftMs = lastAt + QUIET_MS - now()
    if (leftMs > 0) return after(leftMs, look)
    isWatched = false
    bytes = 0
    tidy()
  }
  return {
    passed(more) {
      bytes += more
      lastAt = now()
      if (isWatched || bytes < WORTHWHILE_BYTES) return
      isWatched = true
      after(QUIET_MS, look)
    },
  }
}
