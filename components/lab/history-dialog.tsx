'use client'

import { CircleX } from 'lucide-react'
import { useCallback, useEffect, useState } from 'react'
import { useTranslations } from 'use-intl/react'
import { Button } from '../ui/button.tsx'
import { Callout } from '../ui/callout.tsx'
import { getJson } from '../ui/get-json.ts'
import { LocalTime } from '../ui/local-time.tsx'
import { ReadingDialog } from '../ui/reading-dialog.tsx'
import { byDay, eventKey, eventWho, type HistoryDay, type HistoryEvent, readHistory } from './history.ts'

type Props = {
  launchId: string
  onClose: () => void
  /** Another value is a reason to read again. */
  about: string
  returnTo: () => HTMLElement | null
}

type Read = { state: 'loading' } | { state: 'failed'; sentence: string | null } | { state: 'read'; events: HistoryEvent[] }

/** What happened to the machines, in words, newest first. */
export default function HistoryDialog({ launchId, onClose, about, returnTo }: Props) {
  const t = useTranslations('history')
  const say = useTranslations('connection')
  const [read, again] = useHistory(launchId, about)
  return (
    <ReadingDialog title={t('title')} description={t('about')} close={t('close')} onClose={onClose} returnTo={returnTo}>
      {read.state === 'loading' && (
        <p role="status" className="py-6 text-ink-3">
          {t('loading')}
        </p>
      )}
      {read.state === 'failed' && (
        <div role="alert" className="py-3">
          <Callout tone="bad">
            <p>{t('failed', { sentence: read.sentence ?? say('network') })}</p>
            <Button size="sm" className="mt-2" onClick={again}>
              {t('again')}
            </Button>
          </Callout>
        </div>
      )}
      {read.state === 'read' && read.events.length === 0 && <p className="py-6 text-ink-2">{t('empty')}</p>}
      {read.state === 'read' && byDay(read.events, Date.now()).map((day) => <Day key={day.day} day={day} />)}
    </ReadingDialog>
  )
}

/** What was read last stays while it is read again. */
function useHistory(launchId: string, about: string): [Read, () => void] {
  const [read, setRead] = useState<Read>({ state: 'loading' })
  const [turn, setTurn] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: news about the machines, and a wish, are reasons to read again
  useEffect(() => {
    const end = new AbortController()
    void getJson(`/l/${launchId}/history`, end.signal).then((answer) => {
      if (end.signal.aborted) return
      const events = answer.ok ? readHistory(answer.body) : null
      if (events) return setRead({ state: 'read', events })
      setRead((before) => (before.state === 'read' ? before : { state: 'failed', sentence: answer.ok ? null : answer.sentence }))
    })
    return () => end.abort()
  }, [launchId, about, turn])
  const again = useCallback(() => {
    setRead({ state: 'loading' })
    setTurn((turn) => turn + 1)
  }, [])
  return [read, again]
}

function Day({ day: { day, when, events } }: { day: HistoryDay }) {
  const t = useTranslations('history')
  const noon = new Date(`${day}T12:00:00Z`)
  const sameYear = day.slice(0, 4) === String(new Date().getFullYear())
  const date = noon.toLocaleDateString(undefined, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(sameYear ? {} : { year: 'numeric' }),
    timeZone: 'UTC',
  })
  const id = `day-${day}`
  return (
    <section aria-labelledby={id}>
      <h3 id={id} className="sticky top-0 bg-raised pt-3 pb-1 text-xs font-medium text-ink-3">
        {when === 'earlier' ? date : t(when)}
      </h3>
      <ol>
        {events.map((event) => (
          <Happening key={event.id} event={event} />
        ))}
      </ol>
    </section>
  )
}

function Happening({ event }: { event: HistoryEvent }) {
  const t = useTranslations('history')
  const bad = event.phase === 'failed' || event.phase === 'lost'
  return (
    <li className="grid grid-cols-[5.5rem_1fr] gap-x-2 border-t border-line py-1.5 phone:grid-cols-1">
      <LocalTime at={event.at} clockOnly seconds className="pt-px text-xs text-ink-3 tabular-nums" />
      <div className="min-w-0">
        <p className="flex items-center gap-1.5 font-medium">
          {bad && <CircleX className="size-3.5 flex-none text-bad" strokeWidth={1.75} aria-hidden="true" />}
          {t(`kind.${eventKey(event)}`, { who: eventWho(event), kind: event.kind.replaceAll('_', ' ') })}
        </p>
        {event.sentence !== null && <p className="text-pretty text-ink-2">{event.sentence}</p>}
        {event.detail !== null && <p className="mt-0.5 text-xs [overflow-wrap:anywhere] text-ink-3">{event.detail}</p>}
      </div>
    </li>
  )
}
