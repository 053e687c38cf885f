import type { Work } from '../cloud.ts'
import type { ResourceFailure } from '../fault.ts'

/** How long a deletion that meets a conflict is tried again (openstack/README.md, fact 12), and how the pauses grow. */
const patienceMs = 60_000
const firstPauseMs = 250

/**
 * Resolves once `look` finds nothing in the way any more; it is asked with growing pauses. Rejects with what it found after a minute.
 * Parts of a stack that do not know of each other are deleted side by side, so that what is in the way may go by itself.
 */
export async function untilFree({ cloud }: Work, look: () => ResourceFailure | undefined): Promise<void> {
  let waitedMs = 0
  for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
    const obstacle = look()
    if (!obstacle) return
    if (waitedMs >= patienceMs || cloud.closing.aborted) throw obstacle
    await pause(cloud, pauseMs)
    waitedMs += pauseMs
  }
}

function pause({ setTimer, closing }: Work['cloud'], ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      closing.removeEventListener('abort', done)
      clear()
      resolve()
    }
    const clear = setTimer(ms, done)
    closing.addEventListener('abort', done, { once: true })
  })
}
