import type { EnvironmentView } from '#lib/environments/phase.ts'
import type { StatusWord } from '../ui/status.tsx'
import { isFresh } from './parts.ts'

export type StatusFacts = {
  view: EnvironmentView | null
  /** Milliseconds, by the server's clock. */
  now: number
  /** Nothing is heard of us. */
  lost: boolean
  /** No part of this installation can make machines. */
  hopeless: boolean
  warned: boolean
}

/** The one word for where things stand. Pure. */
export function statusOf({ view, now, lost, hopeless, warned }: StatusFacts): StatusWord {
  if (lost) return 'reconnecting'
  if (hopeless) return 'noMachines'
  if (view === null) return 'none'
  if (warned) return 'warned'
  if (isWakeFailed(view)) return 'wakeFailed'
  return view.phase === 'queued' && isFresh(view, now) && view.reason === null ? 'building' : view.phase
}

/** Machines that once were there are not made anew: what failed is waking them. */
export function isWakeFailed({ phase, readyAt }: Pick<EnvironmentView, 'phase' | 'readyAt'>): boolean {
  return phase === 'failed' && readyAt !== null
}

/** Waiting would be for nothing: no part of this installation can make machines. */
export function isHopeless(view: EnvironmentView | null, noMachines: string | null): boolean {
  return view?.reason?.code === 'cloud.no_machines' || (noMachines !== null && view?.phase !== 'ready')
}
