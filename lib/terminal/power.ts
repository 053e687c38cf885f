import type { Phase } from '../environments/phase.ts'

/**
 * What a terminal may expect of its machine. `asleep`: nothing, and it is left in peace. `waking`: an answer any moment, but silence
 * means nothing yet. `awake`: an answer.
 */
export type Power = 'awake' | 'asleep' | 'waking'

const powers = {
  queued: 'awake',
  building: 'awake',
  starting: 'awake',
  ready: 'awake',
  suspending: 'asleep',
  suspended: 'asleep',
  resuming: 'waking',
  deleting: 'awake',
  deleted: 'awake',
  lost: 'awake',
  failed: 'awake',
} as const satisfies Record<Phase, Power>

/** What a phase of an environment means to the terminals on its machines; pure. */
export function powerOf(phase: Phase): Power {
  return powers[phase]
}
