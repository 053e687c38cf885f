'use client'

import { useEffect, useRef } from 'react'

/** So often at most a page tells that somebody is there. */
const EVERY_MS = 20_000
/** The same while a warning waits to be taken back: the answer may be on its way. */
const URGENT_EVERY_MS = 1_000

/** When it was last told, in milliseconds of any clock, and whether that was urgent. */
export type Told = { at: number; urgent: boolean }

/** Whether it is time to tell that somebody is there, after something was done in the page; null: never told. Pure. */
export function isTellingDue(told: Told | null, now: number, urgent: boolean): boolean {
  if (told === null || (urgent && !told.urgent)) return true
  return now - told.at >= (urgent ? URGENT_EVERY_MS : EVERY_MS)
}

/** What a person does in a page. Not `scroll`: output that comes by itself scrolls too. */
const deeds = ['keydown', 'input', 'pointerdown', 'pointermove', 'click', 'wheel', 'touchmove']

type Options = {
  /** Whether it matters now. */
  on: boolean
  /** Whether a warning is on that this takes back, or is near. */
  isUrgent: () => boolean
  tell: () => void
  /** Hears of each deed that counts. */
  onDeed?: (event: Event) => void
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
    let told: Told | null = null
    const notice = (event: Event) => {
      if (!event.isTrusted || document.visibilityState !== 'visible') return
      if (event instanceof PointerEvent && event.type === 'pointermove' && !moved(event)) return
      const { isUrgent, tell, onDeed } = latest.current
      onDeed?.(event)
      const now = performance.now()
      const urgent = isUrgent()
      if (!isTellingDue(told, now, urgent)) return
      told = { at: now, urgent }
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
