import { progressWords } from './store.mjs'

/**
 * Progress as lines for people: at each new step, and every four seconds, since a longer silence looks like a hang.
 * @param {(line: string) => void} log
 */
export function spokenProgress(log) {
  const began = performance.now()
  let last = null
  const say = () => {
    if (last === null) return
    const seconds = Math.round((performance.now() - began) / 1000)
    log(`  image ${last.image}: ${progressWords(last)}${last.waiting ? ' (another process builds it, waiting)' : ''} (${seconds} s)`)
  }
  const timer = setInterval(say, 4000)
  return {
    /** @param {import('./store.mjs').Progress} progress */
    onProgress(progress) {
      const isNew = last?.step !== progress.step || last.image !== progress.image
      last = progress
      if (isNew) say()
    },
    /** How long it took so far, in seconds. */
    seconds: () => Math.round((performance.now() - began) / 1000),
    stop: () => clearInterval(timer),
  }
}
