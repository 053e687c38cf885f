const LONGEST_MS = 2 ** 31 - 1

/**
 * Runs something once, later, in hidden tabs too. A timer that a timer has set waits there for up to a minute; one that a message has
 * set does not, so a message stands between the two.
 * @param ms longer than a timer can be: it runs earlier, and has to look at the clock again
 * @returns a function that calls it off
 */
export function wakeAfter(ms: number, run: () => void): () => void {
  const { port1, port2 } = new MessageChannel()
  const timer = setTimeout(() => port2.postMessage(null), Math.min(Math.max(0, ms), LONGEST_MS))
  const stop = () => {
    clearTimeout(timer)
    port1.close()
  }
  port1.onmessage = () => {
    stop()
    run()
  }
  return stop
}
