import type { EnvironmentView, EstimateView } from '#lib/environments/phase.ts'

/*
 * How far something in motion is, from how long it usually takes. Pure; milliseconds.
 */

/** `soon`: its usual time has passed, not yet that of nearly all; `longer`: that too. */
export type Pace = {
  forMs: number
  state: 'going' | 'soon' | 'longer'
  /** What is left of its usual time; 0 from then on. */
  leftMs: number
  /** How far along, from 0 to less than 1: only the end itself is the end. */
  share: number
}

/** Since when what is in motion is in motion. */
export function movingFrom({ movingSince, phase, phaseAt, startedAt }: EnvironmentView): number {
  const coming = phase === 'building' || phase === 'starting' || phase === 'queued'
  return Date.parse(movingSince ?? (coming ? startedAt : phaseAt))
}

const USUAL_SHARE = 0.85
const NEARLY_ALL_SHARE = 0.95
const REST_SHARE = 0.04

/** How far something is that began at `from`. It moves on for ever, and ever slower after its usual time. */
export function paceOf({ usualMs, toMs }: EstimateView, from: number, now: number): Pace {
  const forMs = Math.max(0, now - from)
  if (forMs < usualMs) return { forMs, state: 'going', leftMs: usualMs - forMs, share: USUAL_SHARE * (forMs / usualMs) }
  const over = forMs - usualMs
  const room = Math.max(0, toMs - usualMs)
  if (over <= room && room > 0) {
    return { forMs, state: 'soon', leftMs: 0, share: USUAL_SHARE + (NEARLY_ALL_SHARE - USUAL_SHARE) * (over / room) }
  }
  const beyond = forMs - Math.max(usualMs, toMs)
  return { forMs, state: 'longer', leftMs: 0, share: NEARLY_ALL_SHARE + REST_SHARE * (beyond / (beyond + Math.max(usualMs, 1_000))) }
}

const SECOND = 1_000
const MINUTE = 60 * SECOND

/** How fine an estimate is said: a second under ten, 5 s under a minute, 10 s under three, whole minutes above. */
function grain(ms: number): number {
  if (ms < 10 * SECOND) return SECOND
  if (ms < MINUTE) return 5 * SECOND
  return ms < 3 * MINUTE ? 10 * SECOND : MINUTE
}

/** A length as estimates say it; never none. */
export function roundly(ms: number, how: 'nearest' | 'down' | 'up' = 'nearest'): number {
  const step = grain(ms)
  const round = { nearest: Math.round, down: Math.floor, up: Math.ceil }[how]
  return Math.max(SECOND, round(ms / step) * step)
}

/** The words of an estimate: the usual time and, where it says more, between which others. */
export function spread({ usualMs, fromMs, toMs }: EstimateView): { usual: number; between: { from: number; to: number } | null } {
  const [usual, from, to] = [roundly(usualMs), roundly(fromMs, 'down'), roundly(toMs, 'up')]
  return { usual, between: from < usual || usual < to ? { from: Math.min(from, usual), to: Math.max(to, usual) } : null }
}
