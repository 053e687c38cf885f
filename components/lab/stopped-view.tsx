'use client'

import { ChevronRight, RefreshCw } from 'lucide-react'
import { useTranslations } from 'use-intl/react'
import type { EnvironmentView, OwnerAction } from '#lib/environments/phase.ts'
import { Button } from '../ui/button.tsx'
import { spokenDuration } from '../ui/duration.ts'
import { LocalTime } from '../ui/local-time.tsx'
import { failedPart, partLabel } from './parts.ts'
import { Stage, StageTitle } from './stage.tsx'
import { isWakeFailed } from './status-of.ts'
import { Timeline } from './timeline.tsx'

type Props = {
  view: EnvironmentView
  /** The action that is under way, if one is. */
  asking: OwnerAction | null
  onStart: () => void
  onReset: () => void
}

/** Failed (to be built, or to wake), lost or removed: the thing, the reason, the next step, in this order; the cloud's own words below. */
export function StoppedView({ view, asking, onStart, onReset }: Props) {
  const t = useTranslations('failed')
  const from = Date.parse(view.startedAt)
  const until = Date.parse(view.phaseAt)
  return (
    <Stage>
      <StageTitle above={<When view={view} />} title={<Headline view={view} />}>
        <Why view={view} />
      </StageTitle>
      <div className="mt-5 flex flex-wrap items-center gap-2">
        {view.actions.includes('start') ? (
          <Button look="primary" aria-disabled={asking !== null} onClick={onStart}>
            <RefreshCw className={`size-4 ${asking === 'start' ? 'turning' : ''}`} strokeWidth={1.75} aria-hidden="true" />
            {asking === 'start' ? t('asking') : t(view.phase === 'deleted' ? 'build' : 'tryAgain')}
          </Button>
        ) : (
          view.actions.includes('reset') && (
            <Button look="primary" aria-disabled={asking !== null} onClick={onReset}>
              {t('reset')}
            </Button>
          )
        )}
      </div>
      <CloudWords view={view} />
      {view.phase === 'failed' && !isWakeFailed(view) && view.parts.length > 0 && (
        <div className="mt-5 border-t border-line pt-1">
          <Timeline parts={view.parts} hosts={view.hosts} from={from} until={until} moving={false} />
        </div>
      )}
    </Stage>
  )
}

/** The reason, and of what would not wake, what is kept. */
function Why({ view }: { view: EnvironmentView }) {
  const t = useTranslations('failed')
  const { reason, sleep } = view
  if (!isWakeFailed(view)) return reason?.sentence ?? (view.phase === 'deleted' ? t('deletedText') : null)
  const kept = t(sleep !== null && sleep.how !== 'suspend' ? 'wakeKeptEnd' : 'wakeKept')
  // The headline has said the rest of this one.
  if (reason === null || reason.code === 'environment.resume_failed') return `${kept} ${t('wakeNext')}`
  return `${reason.sentence} ${kept}`
}

function When({ view }: { view: EnvironmentView }) {
  const t = useTranslations()
  const time = () => <LocalTime at={view.phaseAt} />
  if (view.phase !== 'failed' || isWakeFailed(view)) return t.rich('failed.at', { time })
  const spoken = spokenDuration(Date.parse(view.phaseAt) - Date.parse(view.startedAt))
  return t.rich('failed.stopped', { after: t(`time.${spoken.key}`, spoken.values), time })
}

function Headline({ view }: { view: EnvironmentView }) {
  const t = useTranslations()
  if (view.phase === 'lost') return t('failed.lost')
  if (view.phase === 'deleted') return t('failed.deleted')
  if (isWakeFailed(view)) return t('failed.wake')
  const part = failedPart(view.parts)
  if (!part) return t('failed.whole')
  const label = partLabel(part, view.hosts)
  return t('failed.part', {
    part: label.key === 'server' ? label.name : t.markup(`part.${label.key}`, { name: label.name, b: (text) => text }),
  })
}

function CloudWords({ view }: { view: EnvironmentView }) {
  const t = useTranslations('failed')
  const detail = view.reason?.detail
  if (!detail) return null
  return (
    <details open className="group mt-6 border-t border-line pt-3">
      <summary className="inline-flex min-h-7 list-none items-center gap-1.5 rounded-sm pr-1 font-medium text-ink-2">
        <ChevronRight
          className="size-4 transition-transform duration-(--duration-quick) group-open:rotate-90"
          strokeWidth={1.75}
          aria-hidden="true"
        />
        {t('said')}
      </summary>
      <pre className="mt-2 text-xs/[19px] [overflow-wrap:anywhere] whitespace-pre-wrap text-ink-2">
        {detail}
        {'\n'}
        {t('reference', { id: view.id })}
      </pre>
    </details>
  )
}
