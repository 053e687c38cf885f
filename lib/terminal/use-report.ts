/** At most, for an answer. */
const ANSWER_MS = 60_000
const AFTER_FAILURE_MS = 5_000
const MOST_REMEMBERED = 5_000

/** Tells that an environment is used. @returns for how many ms it need not be told again, unless a warning comes */
export type Touch = (environmentId: string) => Promise<{ nextInMs: number }>

export type UseReport = {
  /** Somebody typed. */
  typed(environmentId: string): void
  /** Whether its owner is being warned that it is about to sleep, as its row says: then the next key is told at once. */
  warned(environmentId: string, isWarned: boolean): void
}

export type UseReportOptions = {
  touch: Touch
  /** Milliseconds, monotonic. */
  clock: () => number
  onFailed: (error: unknown) => void
}

/** Every key counts as use, but is told only as often as it matters. */
export function createUseReport({ touch, clock, onFailed }: UseReportOptions): UseReport {
  const quietUntil = new Map<string, number>()
  const urgent = new Set<string>()
  const bound = () => {
    if (quietUntil.size > MOST_REMEMBERED) quietUntil.clear()
    if (urgent.size > MOST_REMEMBERED) urgent.clear()
  }
  return {
    typed(environmentId) {
      if (!urgent.delete(environmentId) && clock() < (quietUntil.get(environmentId) ?? Number.NEGATIVE_INFINITY)) return
      bound()
      // Until the answer is here nobody knows; what is typed meanwhile is told by it.
      quietUntil.set(environmentId, clock() + ANSWER_MS)
      touch(environmentId).then(
        ({ nextInMs }) => void quietUntil.set(environmentId, clock() + nextInMs),
        (error: unknown) => {
          quietUntil.set(environmentId, clock() + AFTER_FAILURE_MS)
          onFailed(error)
        },
      )
    },
    warned(environmentId, isWarned) {
      if (isWarned) urgent.add(environmentId)
      else urgent.delete(environmentId)
    },
  }
}
