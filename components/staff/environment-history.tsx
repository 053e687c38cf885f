'use client'

import { ChevronDown, CircleX } from 'lucide-react'
import { useTranslations } from 'use-intl/react'
import { eventKey } from '../lab/history.ts'
import { LocalTime } from '../ui/local-time.tsx'
import type { DetailedEvent } from './detailed-environment.ts'
import { Part } from './part.tsx'
import { useReason } from './use-reason.ts'

/** What happened to it, newest first: a sentence each, and everything that was written down of it. */
export function EnvironmentHistory({ events, most }: { events: DetailedEvent[]; most: number }) {
  const t = useTranslations('operator')
  return (
    <Part id="history" title={t('history')}>
      {events.length === 0 ? (
        <p className="text-ink-2">{t('noHistory')}</p>
      ) : (
        <ol>
          {events.map((event) => (
            <Happening key={event.id} event={event} />
          ))}
        </ol>
      )}
      {events.length >= most && <p className="mt-3 text-ink-3">{t('historyMore', { n: most })}</p>}
    </Part>
  )
}

function Happening({ event }: { event: DetailedEvent }) {
  const t = useTranslations('operator')
  const reason = useReason()({ reasonCode: event.code, reason: event.sentence })
  const who = event.byPerson ? (event.actorName ?? t('somebody')) : 'none'
  const isBad = event.phase === 'failed' || event.phase === 'lost'
  return (
    <li className="border-b border-line last:border-b-0">
      <details className="group">
        <summary className="grid min-h-9 grid-cols-[8.5rem_minmax(0,1fr)_auto] items-start gap-x-3 py-2 hover:bg-hover/50 phone:grid-cols-[minmax(0,1fr)_auto]">
          <LocalTime at={event.at} seconds className="pt-px text-xs text-ink-3 tabular-nums phone:col-start-1" />
          <span className="min-w-0 phone:col-start-1">
            <span className="flex items-center gap-1.5 font-medium">
              {isBad && <CircleX className="size-3.5 flex-none text-bad" strokeWidth={1.75} aria-hidden="true" />}
              {t(`event.${eventKey(event)}`, { who, kind: event.kind.replaceAll('_', ' ') })}
            </span>
            {reason !== null && <span className="block text-pretty text-ink-2">{reason}</span>}
            {event.detail !== null && <span className="block text-xs [overflow-wrap:anywhere] text-ink-2">{event.detail}</span>}
          </span>
          <ChevronDown
            className="mt-0.5 size-4 flex-none text-ink-3 transition-transform duration-(--duration-quick) group-open:rotate-180 phone:col-start-2 phone:row-start-1"
            strokeWidth={1.75}
            aria-hidden="true"
          />
        </summary>
        <InFull event={event} />
      </details>
    </li>
  )
}

function InFull({ event }: { event: DetailedEvent }) {
  const t = useTranslations('operator')
  const { kind, phase, code, generation, correlationId, bulkOrderId } = event
  const facts = [
    [t('code'), [kind, phase, code].filter((word) => word !== null).join(' · ')],
    [t('generation'), String(generation)],
    [t('correlation'), correlationId],
    [t('id'), event.id],
  ] as const
  return (
    <div className="pb-2.5 pl-37 text-xs phone:pl-0">
      <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-3">
        {facts.map(
          ([name, value]) =>
            value !== null && (
              <div key={name} className="contents">
                <dt className="text-ink-3">{name}</dt>
                <dd className="font-mono [overflow-wrap:anywhere] text-ink-2">{value}</dd>
              </div>
            ),
        )}
      </dl>
      {bulkOrderId !== null && (
        <a
          href={`/operator/bulk/${bulkOrderId}`}
          className="inline-flex min-h-6 items-center font-medium text-accent-text underline underline-offset-3"
        >
          {t('bulkOrder')}
        </a>
      )}
    </div>
  )
}
