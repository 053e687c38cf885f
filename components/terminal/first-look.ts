/** A page that nobody sees makes no frames, and a terminal that was closed draws nothing more. */
const LOOK_WITHIN_MS = 300
/** So long the page may have other things to do. */
const BUSY_MS = 200

/** First looks of all terminals of the page that are not painted yet, and what waits for them. */
let open = 0
let waiting: (() => void)[] = []

/**
 * Shows a terminal's first look, and does the long rest of the work when those of all terminals are painted and the page has nothing else
 * to do.
 * @param draw draws it, and calls back when the page is made of it
 */
export function firstLook(draw: (drawn: () => void) => void, rest: () => void): void {
  open++
  let isOver = false
  const end = () => {
    if (isOver) return
    isOver = true
    clearTimeout(late)
    open--
    waiting.push(rest)
    if (open > 0) return
    const all = waiting
    waiting = []
    for (const work of all) whenIdle(work)
  }
  const late = setTimeout(end, LOOK_WITHIN_MS)
  draw(() => afterFrame(end))
}

function whenIdle(work: () => void): void {
  const act = () => {
    if (open > 0) waiting.push(work)
    else work()
  }
  // Not every browser tells.
  if ('requestIdleCallback' in window) window.requestIdleCallback(act, { timeout: BUSY_MS })
  else act()
}

/** Calls back when what the page is made of now has been painted: a message that is sent while a frame is made arrives after it. */
function afterFrame(painted: () => void): void {
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      painted()
    }
    port2.postMessage(null)
  })
}
