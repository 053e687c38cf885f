/** A page that nobody sees makes no frames. */
const NO_FRAME_MS = 100
/** So long the page may have other things to do. */
const BUSY_MS = 200

/** Calls back once, when what the page is made of now has been painted, or cannot be seen anyway, and there is nothing else to do. */
export function afterFrame(painted: () => void): void {
  let isOver = false
  const end = () => {
    if (isOver) return
    isOver = true
    clearTimeout(late)
    // Not every browser tells.
    if ('requestIdleCallback' in window) window.requestIdleCallback(painted, { timeout: BUSY_MS })
    else painted()
  }
  const late = setTimeout(end, NO_FRAME_MS)
  requestAnimationFrame(() => {
    // A message that is sent while a frame is made arrives after it.
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      end()
    }
    port2.postMessage(null)
  })
}
