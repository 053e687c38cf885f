/*
 * When machines that are awake fall asleep. Pure; times are milliseconds since 1970. Nothing sleeps without having said so: a deadline
 * that came while nobody looked (the application was down, a clock jumped) is first announced, then kept.
 */

export type Sitting = {
  /** Falls asleep for want of use; moved by activity. */
  suspendAt: number | null
  /** The end of the sitting; moved by extensions. */
  limitAt: number | null
  /** Since when its owner is told. */
  warnedAt: number | null
  /** How long before that its owner must be told. */
  warnMs: number
}

/** The nearest deadline as it was set; null: it is never put to sleep. */
export function deadlineAt({ suspendAt, limitAt }: Pick<Sitting, 'suspendAt' | 'limitAt'>): number | null {
  if (suspendAt === null) return limitAt
  return limitAt === null ? suspendAt : Math.min(suspendAt, limitAt)
}

/** Which of the two it is. */
export function deadlineWhy({ suspendAt, limitAt }: Pick<Sitting, 'suspendAt' | 'limitAt'>): 'idle' | 'limit' {
  return limitAt !== null && (suspendAt === null || limitAt <= suspendAt) ? 'limit' : 'idle'
}

/** From when on its owner is to be told; null: never. */
export function warnAt(sitting: Sitting): number | null {
  const at = deadlineAt(sitting)
  return at === null ? null : at - sitting.warnMs
}

/** A warning is written down so much ahead of its time, that many at once do not put off each other's deadlines. */
function leadMs({ warnMs }: Pick<Sitting, 'warnMs'>): number {
  return Math.min(5_000, warnMs / 10)
}

/** When a worker has to write the warning down; null: never. */
export function announceAt(sitting: Sitting): number | null {
  const at = warnAt(sitting)
  return at === null ? null : at - leadMs(sitting)
}

/** When it is put to sleep if nothing changes; null: never, or its owner has to be told first. */
export function sleepAt(sitting: Sitting, now: number): number | null {
  const at = deadlineAt(sitting)
  // A warning from further ahead was given by a clock that has been put back since.
  if (at === null || sitting.warnedAt === null || sitting.warnedAt > now + leadMs(sitting)) return null
  return Math.max(at, sitting.warnedAt + sitting.warnMs)
}

/** Whether the warning is to be written down now, and has not been. */
export function isWarningDue(sitting: Sitting, now: number): boolean {
  const at = announceAt(sitting)
  return at !== null && now >= at && sleepAt(sitting, now) === null
}

/** From when on its owner is told, where that is written down now. */
export function warnedFrom(sitting: Sitting, now: number): number {
  return Math.max(now, warnAt(sitting) ?? now)
}

export type JobRule = {
  /** So long a program alone keeps it awake, after it would have slept; null: programs do not count. */
  jobMs: number | null
  idleMs: number | null
  /** Of the last key or click; null: none yet. */
  lastActivityAt: number | null
  awakeAt: number | null
}

/** Until when a program in one of the owner's shells may keep it awake; null: programs do not count. */
export function jobEndsAt({ jobMs, idleMs, lastActivityAt, awakeAt }: JobRule): number | null {
  if (jobMs === null || idleMs === null || awakeAt === null) return null
  return Math.max(lastActivityAt ?? 0, awakeAt) + idleMs + jobMs
}

/** Whether it is time to look for such a program: before the warning for want of use, so that nobody is alarmed for nothing. */
export function isJobWanted(facts: Sitting & JobRule, now: number): boolean {
  const endsAt = jobEndsAt(facts)
  if (endsAt === null || facts.suspendAt === null || deadlineWhy(facts) === 'limit') return false
  return isWarningDue(facts, now) && now + facts.warnMs < endsAt
}

const SECOND = 1_000

/** The idle deadline while a program runs: looked at again before the warning would come, once a minute at most. */
export function heldUntil(facts: Sitting & JobRule, now: number): number {
  const pause = Math.max(SECOND, Math.min(60 * SECOND, (facts.idleMs ?? 0) / 2))
  return Math.min(now + facts.warnMs + pause, jobEndsAt(facts) ?? Number.POSITIVE_INFINITY)
}

/** Clocks of processes may differ by less. */
const CLOCKS_DIFFER_MS = 5_000

/**
 * Whether a sitting has begun. One that begins, or was used, in the future was noted before a clock was put back: it begins anew, lest it
 * lasts for hours more.
 */
export function hasBegun({ awakeAt, lastActivityAt }: Pick<JobRule, 'awakeAt' | 'lastActivityAt'>, now: number): boolean {
  return awakeAt !== null && Math.max(awakeAt, lastActivityAt ?? 0) <= now + CLOCKS_DIFFER_MS
}

/** The deadlines of a sitting that begins now; null where the lab has none. */
export function beginSitting({ idleMs, sittingMs }: { idleMs: number | null; sittingMs: number | null }, now: number) {
  return { suspendAt: idleMs === null ? null : now + idleMs, limitAt: sittingMs === null ? null : now + sittingMs }
}

export type ExtendRule = { byMs: number; most: number; whenLeftMs: number } | null

/** Whether more time can be had now, from when on, and how often still; null: this lab offers none, or not any more. */
export function extensionOf(
  sitting: Sitting & { extensions: number },
  rule: ExtendRule,
): { byMs: number; left: number; from: number } | null {
  const at = deadlineAt(sitting)
  if (rule === null || at === null || sitting.extensions >= rule.most) return null
  return { byMs: rule.byMs, left: rule.most - sitting.extensions, from: at - Math.max(rule.whenLeftMs, sitting.warnMs) }
}

/**
 * The deadlines after more time was asked for: so much later than now or than they were, whichever of the two was near. To ask for it is
 * also to use it.
 */
export function extended(
  sitting: Sitting & { idleMs: number | null },
  byMs: number,
  now: number,
): { suspendAt: number | null; limitAt: number | null } {
  const { suspendAt, limitAt, idleMs } = sitting
  const until = Math.max(now, deadlineAt(sitting) ?? now) + byMs
  return {
    suspendAt: suspendAt === null ? null : Math.max(suspendAt, until, now + (idleMs ?? 0)),
    limitAt: limitAt === null ? null : Math.max(limitAt, Math.min(until, limitAt + byMs)),
  }
}
