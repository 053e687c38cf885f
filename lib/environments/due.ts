import type { Phase } from './phase.ts'

/** What happens by itself, and when (ISO 8601): it falls asleep for want of use, its sitting ends, it is removed, a call is tried again. */
export type Due = { what: 'sleep' | 'limit' | 'delete' | 'retry'; at: string }

export type DueFacts = {
  phase: Phase
  intent: 'running' | 'suspended' | 'deleted'
  suspendAt: Date | null
  limitAt: Date | null
  deleteAt: Date | null
  retryAt: Date | null
}

/** Everything that is due of one environment, what comes first first. Pure. */
export function dueOf({ phase, intent, suspendAt, limitAt, deleteAt, retryAt }: DueFacts, now: Date): Due[] {
  const awake = phase === 'ready' && intent === 'running'
  const found: [Due['what'], Date | null, boolean][] = [
    ['sleep', suspendAt, awake],
    ['limit', limitAt, awake],
    ['delete', deleteAt, isMarked({ intent, deleteAt }, now)],
    ['retry', retryAt, retryAt !== null && retryAt > now],
  ]
  return found
    .flatMap(([what, at, holds]) => (at !== null && holds ? [{ what, at: at.toISOString() }] : []))
    .sort((one, other) => one.at.localeCompare(other.at))
}

/** A deletion was ordered whose time has not come: it can be taken back. */
export function isMarked({ intent, deleteAt }: Pick<DueFacts, 'intent' | 'deleteAt'>, now: Date): boolean {
  return intent !== 'deleted' && deleteAt !== null && deleteAt > now
}
