'use client'

import { clsx } from 'clsx'
import { useTranslations } from 'use-intl/react'
import { spokenDuration } from '../ui/duration.ts'
import { LocalTime } from '../ui/local-time.tsx'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** A length of time in words. */
export function useSpoken(): (milliseconds: number) => string {
  const t = useTranslations('time')
  return (milliseconds) => {
    // Seconds are noise beside minutes.
    const { key, values } = spokenDuration(milliseconds < MINUTE ? milliseconds : milliseconds - (milliseconds % MINUTE))
    return t(key, values)
  }
}

/** A moment that has been: how long ago within the last hour, by the clock before. @param now ISO 8601, when the page was made */
export function Past({ at, now }: { at: string; now: string }) {
  const t = useTranslations('operator')
  const spoken = useSpoken()
  const agoMs = Date.parse(now) - Date.parse(at)
  if (agoMs >= HOUR) return <LocalTime at={at} />
  return (
    <time dateTime={at} className="tabular-nums">
      {agoMs < MINUTE ? t('now') : t('ago', { time: spoken(agoMs) })}
    </time>
  )
}

/** A moment that is to come: how long until then within the next hour, by the clock after. */
export function Coming({ at, now }: { at: string; now: string }) {
  const t = useTranslations('operator.dueWords')
  const spoken = useSpoken()
  const inMs = Date.parse(at) - Date.parse(now)
  if (inMs >= HOUR) return <LocalTime at={at} />
  return (
    <time dateTime={at} className="tabular-nums">
      {inMs <= 0 ? t('anyMoment') : t('in', { time: spoken(inMs) })}
    </time>
  )
}

export type DueThing = { what: 'sleep' | 'limit' | 'delete' | 'retry'; at: string }

/** What happens by itself. */
export function DueLine({ due, now, className }: { due: DueThing; now: string; className?: string }) {
  const t = useTranslations('operator.dueWords')
  return (
    <span className={clsx('whitespace-nowrap', due.what === 'delete' && 'text-warn-text', className)}>
      {t(due.what)} <Coming at={due.at} now={now} />
    </span>
  )
}

/** Of everything that is due, what a list has room for: a deletion, else what comes first. */
export function nearestDue(due: readonly DueThing[]): DueThing | null {
  return due.find(({ what }) => what === 'delete') ?? due[0] ?? null
}
