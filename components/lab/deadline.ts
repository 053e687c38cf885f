import type { DeadlineView, EnvironmentView } from '#lib/environments/phase.ts'

/*
 * What a page says of the time that is left until its machines fall asleep. Pure; `now` and all lengths are milliseconds, by the
 * server's clock.
 */

/** More time, as it can be asked for: `offered` now, else from `from` (ISO 8601) on. */
export type MoreTime = { byMs: number; left: number; offered: boolean; from: string }

/** Machines that are about to fall asleep unless something is done. */
export type Warning = Pick<DeadlineView, 'at' | 'why' | 'how' | 'heldBy'> & {
  leftMs: number
  /** How much of the time since the warning began is left, from 1 to 0. */
  share: number
  more: MoreTime | null
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
/** The time left of a sitting is worth a word when it is less. */
const SITTING_SHOWN_MS = 30 * MINUTE

const LATE_SHARE = 20
const LATE_HELD_SHARE = 4
const LATEST_MS = 1_500
const LATEST_HELD_MS = 6_000

/**
 * When a page begins to warn. The server may be looking just then whether a program keeps the machines awake: its answer is waited for,
 * a moment, and longer where one has done so, so that nobody is alarmed for nothing.
 */
export function warnsFrom({ at, warnFrom, heldBy }: DeadlineView): number {
  const from = Date.parse(warnFrom)
  const whole = Math.max(0, Date.parse(at) - from)
  return from + (heldBy === null ? Math.min(LATEST_MS, whole / LATE_SHARE) : Math.min(LATEST_HELD_MS, whole / LATE_HELD_SHARE))
}

/** The warning that a page has to show now, or null. */
export function warningOf(view: EnvironmentView | null, now: number): Warning | null {
  const deadline = awakeUntil(view)
  if (deadline === null || now < warnsFrom(deadline)) return null
  const { at, why, how, heldBy, warnFrom } = deadline
  const leftMs = Math.max(0, Date.parse(at) - now)
  const whole = Math.max(1, Date.parse(at) - Date.parse(warnFrom))
  return { at, why, how, heldBy, leftMs, share: Math.min(1, leftMs / whole), more: moreTime(deadline, now) }
}

/** The deadline of machines that are awake; null where they are not, or never fall asleep by themselves. */
export function awakeUntil(view: EnvironmentView | null): DeadlineView | null {
  return view?.phase === 'ready' ? view.deadline : null
}

/** What of more time can be had, and when; null: none in this sitting. */
export function moreTime({ extend }: DeadlineView, now: number): MoreTime | null {
  if (extend === null || extend.left < 1) return null
  return { ...extend, offered: now >= Date.parse(extend.from) }
}

/** So near a warning whatever is done is told at once: it may be taken back before it comes. */
const NEAR_MS = 20_000

/** Whether use must be told without delay: a warning that use takes back is on, or near. */
export function isUseUrgent(view: EnvironmentView | null, now: number): boolean {
  const deadline = awakeUntil(view)
  return deadline?.why === 'idle' && now >= Date.parse(deadline.warnFrom) - NEAR_MS
}

/** How much is left of the sitting, where that is the nearest deadline and less than half an hour; null otherwise. */
export function sittingLeft(view: EnvironmentView | null, now: number): number | null {
  const deadline = awakeUntil(view)
  if (deadline?.why !== 'limit') return null
  const left = Date.parse(deadline.at) - now
  return left < SITTING_SHOWN_MS ? Math.max(0, left) : null
}

/** A length as it ticks: `1:54`, `1:02:03`; the second that has begun counts, so that `0:00` is the end itself. */
export function countdown(ms: number): string {
  const total = Math.max(0, Math.ceil(ms / SECOND))
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60]
  const padded = String(seconds).padStart(2, '0')
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${padded}` : `${minutes}:${padded}`
}

/** What has been said aloud of a warning: that it began, that two minutes are left, that one is. Each is said once. */
export type WarningStage = 'begun' | 'twoMinutes' | 'oneMinute'

/** Where a warning stands; a time is said when it is reached. */
export function warningStage(leftMs: number): WarningStage {
  if (leftMs <= MINUTE) return 'oneMinute'
  return leftMs <= 2 * MINUTE ? 'twoMinutes' : 'begun'
}

/**
 * How long until the page has to look at the clock again; null: never, until it is told something new. Once a second while something
 * moves or a warning counts down, once a minute in the last half hour of a sitting, and once when a warning or a chance of more time
 * begins.
 */
export function untilNextLook(view: EnvironmentView | null, now: number, moving: boolean): number | null {
  if (moving) return SECOND
  const deadline = awakeUntil(view)
  if (deadline === null) return null
  const at = Date.parse(deadline.at)
  const left = at - now
  const warns = warnsFrom(deadline)
  if (now >= warns) return left > 0 ? left % SECOND || SECOND : null
  const moments = [warns - now]
  if (deadline.extend) moments.push(Date.parse(deadline.extend.from) - now)
  if (deadline.why === 'limit') moments.push(left > SITTING_SHOWN_MS ? left - SITTING_SHOWN_MS + 1 : (left % MINUTE) + 1)
  const ahead = moments.filter((ms) => ms > 0)
  return ahead.length > 0 ? Math.min(...ahead) : null
}
