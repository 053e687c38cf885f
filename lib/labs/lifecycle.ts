import { z } from 'zod'
import { length, secondsOf } from './length.ts'

/*
 * `lifecycle` of lab.yaml: when the machines of a lab fall asleep, how, and what a learner may do about it.
 */

const never = z.literal('never')
const lengthOrNever = z.union([length, never]).meta({ description: 'A length of time, or "never".' })

/** How machines sleep. `suspend` keeps memory and programs; with `stop` and `shelve` programs end and disks stay. */
export type SleepHow = 'suspend' | 'stop' | 'shelve'

const idle = z.strictObject({
  after: lengthOrNever.meta({ description: 'Asleep after so long without use. The operator of the installation may set less.' }),
  warn: length.optional().meta({ description: 'How long before that the page says so; 2m if missing.' }),
  action: z
    .enum(['suspend', 'stop', 'shelve'])
    .optional()
    .meta({ description: 'suspend (if missing) keeps programs running where they were; stop and shelve end them and keep the disks.' }),
  otherwise: z
    .enum(['stop', 'shelve'])
    .optional()
    .meta({ description: 'What is done where the cloud cannot suspend these machines; stop if missing.' }),
  active: z
    .array(z.enum(['input', 'job']))
    .min(1)
    .optional()
    .meta({
      description: 'What counts as use: input (a key, or anything done in the visible page), job (a program in one of the shells).',
    }),
  jobLimit: length.optional().meta({ description: 'So long at most a job alone keeps the machines awake; 2h if missing.' }),
})

const limit = z.strictObject({
  session: lengthOrNever.meta({ description: 'The longest sitting, whatever is done in it.' }),
  extend: z
    .strictObject({
      by: length,
      max: z.int().min(1).max(50).meta({ description: 'How often in one sitting.' }),
      onlyWhenLeft: length.meta({ description: 'Offered when no more than this is left.' }),
    })
    .optional(),
})

export const lifecycleSchema = z.strictObject({ idle: idle.optional(), limit: limit.optional() })

export type LifecycleText = z.infer<typeof lifecycleSchema>

/** When machines sleep, in milliseconds; null: never. */
export type Lifecycle = {
  idleMs: number | null
  warnMs: number
  how: SleepHow
  /** Where the cloud cannot suspend them. */
  otherwise: 'stop' | 'shelve'
  /** Whether a program in one of the owner's shells counts as use, and for how long at most. */
  jobMs: number | null
  sittingMs: number | null
  extend: { byMs: number; most: number; whenLeftMs: number } | null
}

/** What an operator allows at most, in milliseconds; null: as long as a lab wants. */
export type LifecycleBounds = { idleMs: number | null; sittingMs: number | null; jobMs: number | null }

const ms = (text: string) => secondsOf(text) * 1000
const msOrNull = (text: string) => (text === 'never' ? null : ms(text))

/** What lab.yaml says, with what holds where it says nothing. */
export function readLifecycle(text: LifecycleText | undefined): Lifecycle {
  const extend = text?.limit?.extend
  return {
    idleMs: msOrNull(text?.idle?.after ?? '30m'),
    warnMs: ms(text?.idle?.warn ?? '2m'),
    how: text?.idle?.action ?? 'suspend',
    otherwise: text?.idle?.otherwise ?? 'stop',
    jobMs: text?.idle?.active?.includes('job') ? ms(text.idle.jobLimit ?? '2h') : null,
    sittingMs: msOrNull(text?.limit?.session ?? '8h'),
    extend: text?.limit
      ? extend
        ? { byMs: ms(extend.by), most: extend.max, whenLeftMs: ms(extend.onlyWhenLeft) }
        : null
      : { byMs: ms('30m'), most: 4, whenLeftMs: ms('15m') },
  }
}

/** The same within what an operator allows. The warning never takes more than half of the time that is left to be idle. */
export function withinBounds(lifecycle: Lifecycle, bounds: LifecycleBounds): Lifecycle {
  const idleMs = least(lifecycle.idleMs, bounds.idleMs)
  const sittingMs = least(lifecycle.sittingMs, bounds.sittingMs)
  const shortest = least(idleMs, sittingMs)
  return {
    ...lifecycle,
    idleMs,
    sittingMs,
    jobMs: lifecycle.jobMs === null ? null : least(lifecycle.jobMs, bounds.jobMs),
    warnMs: shortest === null ? lifecycle.warnMs : Math.min(lifecycle.warnMs, shortest / 2),
  }
}

function least(one: number | null, other: number | null): number | null {
  if (one === null) return other
  return other === null ? one : Math.min(one, other)
}
