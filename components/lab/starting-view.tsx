'use client'

import { useTranslations } from 'use-intl/react'
import type { EnvironmentView } from '#lib/environments/phase.ts'
import { Callout } from '../ui/callout.tsx'
import { spokenDuration } from '../ui/duration.ts'
import { movingFrom, paceOf } from './estimate.ts'
import { CountedPaceLine, PaceLine } from './pace-line.tsx'
import { partLabel, partNotes, progress, slowPart } from './parts.ts'
import { Stage, StageTitle } from './stage.tsx'
import { Timeline } from './timeline.tsx'

/** While machines come up: what is ready, what is under way, since when. */
export function StartingView({ view, now }: { view: EnvironmentView; now: number }) {
  const t = useTranslations()
  const from = Date.parse(view.startedAt)
  const { done, all } = progress(view.parts)
  const answering = view.phase === 'starting' && done === all
  const hosts = view.hosts.map(({ label }) => label)
  const parts = t('starting.parts', { done, all })
  return (
    <Stage>
      <StageTitle
        above={<Since ms={now - from} />}
        title={t(`starting.${view.phase === 'queued' ? 'asking' : answering ? 'starting' : 'building'}`)}
      />
      <div className="mt-3.5 short:mt-2.5">
        {all > 0 ? (
          <CountedPaceLine view={view} now={now} done={done} all={all} text={parts} label={t('starting.progress')} />
        ) : (
          <PaceLine view={view} now={now} />
        )}
      </div>
      {view.reason && (
        <Callout tone="warn" className="mt-4">
          {view.reason.sentence}
        </Callout>
      )}
      {all > 0 && (
        <>
          {partNotes(view.parts).map((note) => (
            <Callout key={note} className="mt-4">
              {note}
            </Callout>
          ))}
          <Slow view={view} now={now} />
          <Timeline parts={view.parts} hosts={view.hosts} from={from} until={now} moving />
        </>
      )}
      <p className="mt-5 border-t border-line pt-3.5 text-pretty text-ink-2 short:mt-3 short:pt-2.5">
        {answering && hosts.length > 0 ? `${t('starting.answering', { hosts: hosts.join(', ') })} ` : ''}
        {t('starting.leave')}
      </p>
    </Stage>
  )
}

function Since({ ms }: { ms: number }) {
  const t = useTranslations()
  const spoken = spokenDuration(ms)
  return <>{ms < 1000 ? t('starting.justNow') : t('starting.since', { ago: t(`time.${spoken.key}`, spoken.values) })}</>
}

/** What keeps everybody waiting, where it takes longer than usual or nobody knows what is usual. */
function Slow({ view, now }: { view: EnvironmentView; now: number }) {
  const t = useTranslations()
  const slow = slowPart(view.parts, now)
  if (!slow || (view.estimate && paceOf(view.estimate, movingFrom(view), now).state !== 'longer')) return null
  const label = partLabel(slow.part, view.hosts)
  const spoken = spokenDuration(slow.forMs)
  const part = t.markup(`part.${label.key}`, { name: label.name, b: (text) => text })
  return <Callout className="mt-4">{t('starting.slow', { part, time: t(`time.${spoken.key}`, spoken.values) })}</Callout>
}
