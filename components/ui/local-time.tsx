'use client'

import { useLocale } from 'use-intl/react'
import { useHydrated } from './use-browser.ts'

type Props = {
  /** ISO 8601. */
  at: string
  seconds?: boolean
  /** The day is said elsewhere. */
  clockOnly?: boolean
  className?: string
}

/** A moment in the reader's own zone and manner; UTC until the browser has taken over. Exact on hover and in `datetime`. */
export function LocalTime({ at, seconds = false, clockOnly = false, className }: Props) {
  const here = useHydrated()
  const locale = useLocale()
  const moment = new Date(at)
  const zone = here ? undefined : 'UTC'
  const text = clock(moment, { locale: here ? undefined : locale, zone, seconds, now: here && !clockOnly ? new Date() : moment })
  const exact = moment.toLocaleString(here ? undefined : locale, { dateStyle: 'full', timeStyle: 'long', timeZone: zone })
  return (
    <time dateTime={at} title={exact} className={className ?? 'tabular-nums'}>
      {text}
    </time>
  )
}

type Manner = { locale: string | undefined; zone: string | undefined; seconds: boolean; now: Date }

/** `14:21` on the same day, `20 Nov, 14:21` on another, with the year where it is another one. */
function clock(moment: Date, { locale, zone, seconds, now }: Manner): string {
  const day = (date: Date) => date.toLocaleDateString('en-CA', { timeZone: zone })
  const sameDay = day(moment) === day(now)
  const sameYear = day(moment).slice(0, 4) === day(now).slice(0, 4)
  const time = moment.toLocaleTimeString(locale, {
    hour: '2-digit',
    minute: '2-digit',
    ...(seconds ? { second: '2-digit' } : {}),
    hourCycle: 'h23',
    timeZone: zone,
  })
  if (sameDay) return time
  const date = moment.toLocaleDateString(locale, {
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
    timeZone: zone,
  })
  return `${date}, ${time}`
}
