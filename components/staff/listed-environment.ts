import { type Phase, phaseFacts } from '#lib/environments/phase.ts'
import type { StatusWord } from '../ui/status.tsx'
import type { DueThing } from './when.tsx'

/** One environment as staff pages list it. Times are ISO 8601 in UTC. */
export type ListedEnvironment = {
  id: string
  phase: Phase
  owner: string | null
  course: string | null
  lab: string
  createdAt: string
  phaseAt: string
  lastUsedAt: string | null
  /** Somebody's work is on it. */
  touched: boolean
  heldBy: { host: string; command: string } | null
  /** Soonest first. */
  due: DueThing[]
  reasonCode: string | null
  /** Why it is in this state, in a sentence. */
  reason: string | null
}

/** A phase, or more exactly what failed. */
export function statusOf({ phase, reasonCode }: Pick<ListedEnvironment, 'phase' | 'reasonCode'>): StatusWord & (Phase | 'wakeFailed') {
  return phase === 'failed' && reasonCode === 'environment.resume_failed' ? 'wakeFailed' : phase
}

export function isMoving({ phase }: Pick<ListedEnvironment, 'phase'>): boolean {
  return phaseFacts(phase).moving
}
