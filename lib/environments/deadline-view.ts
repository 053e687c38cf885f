import type { Environment } from '../generated/prisma/client.ts'
import type { Lifecycle } from '../labs/lifecycle.ts'
import { deadlineAt, deadlineWhy, extensionOf, warnAt } from './deadlines.ts'
import { type DeadlineView, type EnvironmentView, type EstimateView, type Phase, phaseFacts } from './phase.ts'
import type { SpanAction, Spans } from './spans.ts'

/*
 * What a page is told of times: when machines fall asleep, how they sleep, how long what is in motion usually takes. Pure.
 */

type Row = Pick<
  Environment,
  | 'phase'
  | 'phaseAt'
  | 'intent'
  | 'suspendAt'
  | 'limitAt'
  | 'warnedAt'
  | 'extensions'
  | 'heldHost'
  | 'heldCommand'
  | 'sleepHow'
  | 'sleepWhy'
>

const iso = (ms: number) => new Date(ms).toISOString()
const msOf = (at: Date | null) => at?.getTime() ?? null

/** When machines that are awake fall asleep; null: they are not awake, or never do. */
export function deadlineView(row: Row, lifecycle: Lifecycle): DeadlineView | null {
  if (row.phase !== 'ready' || row.intent !== 'running') return null
  const { warnMs, how, extend } = lifecycle
  const sitting = { suspendAt: msOf(row.suspendAt), limitAt: msOf(row.limitAt), warnedAt: msOf(row.warnedAt), warnMs }
  const at = deadlineAt(sitting)
  if (at === null) return null
  const offer = extensionOf({ ...sitting, extensions: row.extensions }, extend)
  const { heldHost, heldCommand } = row
  return {
    // A warning that came late moves the time: its owner is always told so long before.
    at: iso(sitting.warnedAt === null ? at : Math.max(at, sitting.warnedAt + warnMs)),
    why: deadlineWhy(sitting),
    warnFrom: iso(sitting.warnedAt ?? warnAt(sitting) ?? at),
    how,
    extend: offer === null ? null : { byMs: offer.byMs, left: offer.left, from: iso(offer.from) },
    heldBy: heldHost !== null && heldCommand !== null ? { host: heldHost, command: heldCommand } : null,
  }
}

/** How and why it sleeps, from the moment it begins to until it has woken. */
export function sleepView({ phase, sleepHow, sleepWhy }: Row, { how }: Lifecycle): EnvironmentView['sleep'] {
  if (phase !== 'suspending' && phase !== 'suspended' && phase !== 'resuming') return null
  return { how: sleepHow ?? how, why: sleepWhy ?? 'asked' }
}

const actions: Partial<Record<Phase, SpanAction>> = {
  queued: 'create',
  building: 'create',
  starting: 'create',
  suspending: 'suspend',
  resuming: 'resume',
  deleting: 'delete',
}

/** Since when what is in motion is in motion, and how long it usually takes. @param startedAt ISO 8601: when this generation was asked for */
export function movingView(
  { phase, phaseAt }: Pick<Row, 'phase' | 'phaseAt'>,
  { startedAt, spans }: { startedAt: string; spans: Spans },
): { movingSince: string | null; estimate: EstimateView | null } {
  const action = actions[phase]
  if (!phaseFacts(phase).moving || action === undefined) return { movingSince: null, estimate: null }
  return { movingSince: action === 'create' ? startedAt : phaseAt.toISOString(), estimate: spans[action] }
}
