'use client'

import { useEffect, useRef } from 'react'

/** So often at most a page tells that somebody is there. */
const EVERY_MS = 20_000
/** The same while a warning waits to be taken back: the answer may be on its way. */
const URGENT_EVERY_MS = 1_000

/**
 * Whether it is time to tell that somebody is there, after something was done in the page. Pure.
 * @param toldAt when it was last told, milliseconds of any clock; null: never
 * @param urgent a warning is on that this takes back
 */
export function isTellingDue(toldAt: number | null, now: number, urgent: boolean): boolean {
  return toldAt === null || now - toldAt >= (urgent ? URGENT_EVERY_MS : EVERY_MS)
}

/** What a person does in a page. Not `scroll`: output that comes by itself scrolls too. */
const deeds = ['keydown', 'input', 'pointerdown', 'pointermove', 'click', 'wheel', 'touchmove'] as const

export type Deed = (typeof deeds)[number]

type Options = {
  /** Whether it matters now. */
  on: boolean
  urgent: boolean
  tell: () => void
  /** Hears of each deed that counts. */
  onDeed?: (deed: Deed) => void
}

/** Tells when something was done in this page while it can be seen: by a person, not by a script, and not by a page that moved. */
export function useActivity(options: Options): void {
  const latest = useRef(options)
  useEffect(() => {
    latest.current = options
  })
  const { on } = options
  useEffect(() => {
    if (!on) return
    const moved = pointerWatch()
    let toldAt: number | null = null
    const notice = (event: Event) => {
      if (!event.isTrusted || document.visibilityState !== 'visible') return
      if (event instanceof PointerEvent && event.type === 'pointermove' && !moved(event)) return
      const { urgent, tell, onDeed } = latest.current
      onDeed?.(event.type as Deed)
      const now = performance.now()
      if (!isTellingDue(toldAt, now, urgent)) return
      toldAt = now
      tell()
    }
    for (const deed of deeds) window.addEventListener(deed, notice, { capture: true, passive: true })
    return () => {
      for (const deed of deeds) window.removeEventListener(deed, notice, { capture: true })
    }
  }, [on])
}

/** Browsers report a move where the page moved under a pointer that rests: only another place on the screen is one. */
function pointerWatch(): (event: Pick<PointerEvent, 'screenX' | 'screenY'>) => boolean {
  let last: { x: number; y: number } | null = null
  return ({ screenX: x, screenY: y }) => {
    const moved = last !== null && (last.x !== x || last.y !== y)
    last = { x, y }
    return moved
  }
}
