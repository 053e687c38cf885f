import { setTimeout as delay } from 'node:timers/promises'
import type { Frame, Page } from '@playwright/test'

/*
 * When something was painted, as the page itself can tell: the DOM that a frame is made of changes before that frame; a message sent then
 * arrives after it.
 */

type Watching = { keysTook: number[]; keysDown: number[]; frames: number; counting: boolean }

/** From now on notes for each `q` typed into a machine's terminal how long it took until one more of them was painted, ms. */
export async function watchKeys(frame: Frame, host: string): Promise<void> {
  await frame.evaluate((name) => {
    const page = window as unknown as Watching & { keysEnd?: AbortController }
    page.keysEnd?.abort()
    const end = new AbortController()
    page.keysEnd = end
    page.keysTook = []
    page.keysDown = []
    const panel = document.querySelector(`[role="tabpanel"][aria-label="${name}"]`) ?? panelOf(name)
    const rows = panel?.querySelector('.xterm-rows')
    if (!panel || !rows) throw new Error(`no terminal of ${name}`)
    const count = () => (rows.textContent?.match(/q/g) ?? []).length
    let seen = count()
    panel.addEventListener(
      'keydown',
      (event) => {
        if ((event as KeyboardEvent).key === 'q') page.keysDown.push(event.timeStamp)
      },
      { capture: true, signal: end.signal },
    )
    const observer = new MutationObserver(() => {
      const now = count()
      const more = now - seen
      seen = now
      if (more <= 0) return
      const downs = page.keysDown.splice(0, more)
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => {
        for (const down of downs) page.keysTook.push(performance.now() - down)
      }
      port2.postMessage(null)
    })
    observer.observe(rows, { subtree: true, childList: true, characterData: true })
    end.signal.addEventListener('abort', () => observer.disconnect())
    function panelOf(wanted: string) {
      const tab = [...document.querySelectorAll('[role="tab"]')].find((one) => one.textContent?.trim() === wanted)
      return document.getElementById(tab?.getAttribute('aria-controls') ?? '')
    }
  }, host)
}

/** Counts the page's animation frames. @returns a function that ends it and tells how many there were a second */
export async function countFrames(frame: Frame): Promise<() => Promise<number>> {
  await frame.evaluate(() => {
    const page = window as unknown as Watching
    page.frames = 0
    page.counting = true
    const step = () => {
      page.frames++
      if (page.counting) requestAnimationFrame(step)
    }
    requestAnimationFrame(step)
  })
  const began = performance.now()
  return () =>
    frame.evaluate(
      (seconds) => {
        const page = window as unknown as Watching
        page.counting = false
        return page.frames / seconds
      },
      (performance.now() - began) / 1000,
    )
}

/** Of a late window: ms until a machine's terminal showed what it was to show, painted. */
export type Arrival = {
  /** From when the page began to dial this terminal: what it is made of is there, and the ticket. */
  dialled: number
  /** From when the page itself was asked for, its code and the launch included. */
  opened: number
}

/** To be called before the page goes anywhere. */
export async function noteArrival(page: Page, host: string, text: string): Promise<Arrival> {
  await page.addInitScript(
    ({ wanted, machine }) => {
      const told = window as unknown as { dialledAt?: number; paintedAt?: number }
      const Plain = window.WebSocket
      const dialled = new WeakMap<WebSocket, number>()
      // The greeting says which machine a connection is for.
      window.WebSocket = class extends Plain {
        constructor(address: string | URL, protocols?: string | string[]) {
          super(address, protocols)
          dialled.set(this, performance.now())
        }
        override send(data: string | Blob | BufferSource) {
          if (typeof data === 'string' && data.includes(`"host":"${machine}"`)) told.dialledAt ??= dialled.get(this)
          super.send(data)
        }
      }
      const observer = new MutationObserver(() => {
        const rows = [...document.querySelectorAll('.xterm-rows')].find((one) => one.textContent?.includes(wanted))
        if (!rows) return
        observer.disconnect()
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => {
          told.paintedAt = performance.now()
        }
        port2.postMessage(null)
      })
      observer.observe(document, { subtree: true, childList: true, characterData: true })
    },
    { wanted: text, machine: host },
  )
  const late = performance.now() + 30_000
  while (performance.now() < late) {
    for (const frame of page.frames()) {
      const took = await frame
        .evaluate(() => {
          const told = window as unknown as { dialledAt?: number; paintedAt?: number }
          return told.dialledAt !== undefined && told.paintedAt !== undefined
            ? { dialled: told.paintedAt - told.dialledAt, opened: told.paintedAt }
            : null
        })
        .catch(() => null)
      if (took !== null) return took
    }
    // The page itself keeps the time; here it is only asked for.
    await delay(50)
  }
  throw new Error(`${host} never showed ${text}`)
}
