'use client'

import { type RefObject, useEffect, useRef, useState } from 'react'
import type { DeadlineView, EnvironmentView } from '#lib/environments/phase.ts'
import { useActivity } from '../live/use-activity.ts'
import { awakeUntil, isUseUrgent, moreTime, type Warning, warningOf } from './deadline.ts'

/** Whoever took a warning back by moving the mouse may have been on the way to one of its buttons. */
const LINGER_MS = 4_000

export type ShownWarning = {
  /** Running, for every place that says so. */
  warning: Warning | null
  /** What the card shows: the warning, or for a moment that it was taken back. */
  card: { warning: Warning; kept: boolean } | null
  box: RefObject<HTMLElement | null>
  /** "I am here." */
  onHere: () => void
}

/**
 * The warning that is on, and what takes it back: anything done in the page counts as use, and the server's answer ends it.
 * @param clock the server's, in milliseconds: the time that is shown, and what it says when it is asked
 * @param heard whether the server hears of us; a deadline that it may have moved meanwhile is not counted down
 */
export function useWarning(
  view: EnvironmentView | null,
  { now, read }: { now: number; read: () => number },
  { heard, here }: { heard: boolean; here: () => void },
): ShownWarning {
  const deadline = awakeUntil(view)
  const warning = heard ? warningOf(view, now) : null
  const idle = warning?.why === 'idle'
  const box = useRef<HTMLElement>(null)
  const [lingers, setLingers] = useState(false)
  const dismissed = useRef(false)
  useActivity({
    on: deadline !== null,
    isUrgent: () => isUseUrgent(view, read()),
    tell: here,
    onDeed: (event) => {
      if (dismissed.current) return
      const inside = event.target instanceof Node && box.current?.contains(event.target) === true
      const moved = event.type === 'pointermove'
      if (idle) setLingers(moved || inside)
      else if (!moved && !inside) setLingers(false)
    },
  })
  useEffect(() => {
    if (!idle) return
    dismissed.current = false
    setLingers(false)
  }, [idle])
  const isAwake = deadline !== null
  useEffect(() => {
    if (!isAwake) setLingers(false)
  }, [isAwake])
  const after = lingers && !idle
  useEffect(() => (after ? afterStillness(box, LINGER_MS, () => setLingers(false)) : undefined), [after])
  const onHere = () => {
    dismissed.current = true
    setLingers(false)
    here()
  }
  if (idle) return { warning, card: { warning, kept: false }, box, onHere }
  const kept = after && heard && deadline !== null && warning === null
  return { warning, card: kept ? { warning: calm(deadline, now), kept } : null, box, onHere }
}

/** A deadline that is far again, in the place of the warning. */
function calm(deadline: DeadlineView, now: number): Warning {
  const { at, why, how, heldBy } = deadline
  return { at, why, how, heldBy, leftMs: Math.max(0, Date.parse(at) - now), share: 1, more: moreTime(deadline, now) }
}

/** Runs once nobody has pointed at `box` or been in it for so long. @returns calls it off */
function afterStillness(box: RefObject<HTMLElement | null>, ms: number, run: () => void): () => void {
  const look = () => {
    if (box.current?.matches(':hover, :focus-within')) timer = setTimeout(look, ms / 4)
    else run()
  }
  let timer = setTimeout(look, ms)
  return () => clearTimeout(timer)
}
