'use client'

import { useTranslations } from 'use-intl/react'
import type { EnvironmentView, OwnerAction } from '#lib/environments/phase.ts'
import { Button } from '../ui/button.tsx'
import { LocalTime } from '../ui/local-time.tsx'
import { PaceLine } from './pace-line.tsx'
import { Stage, StageTitle } from './stage.tsx'

type Props = {
  view: EnvironmentView
  phase: 'queued' | 'deleting'
  /** Milliseconds, by the server's clock. */
  now: number
  /** The action that is under way, if one is. */
  asking: OwnerAction | null
  onStart: () => void
}

/** States in which there is nothing to watch: which, why if for a reason, and how long it usually takes. */
export function RestingView({ view, phase, now, asking, onStart }: Props) {
  const t = useTranslations()
  const { reason } = view
  return (
    <Stage>
      <StageTitle above={t.rich('failed.at', { time: () => <LocalTime at={view.phaseAt} /> })} title={t(`starting.${phase}`)}>
        {reason?.sentence ?? (phase === 'queued' ? t('starting.queuedText') : null)}
      </StageTitle>
      {view.actions.includes('start') && (
        <Button look="primary" className="mt-5" aria-disabled={asking !== null} onClick={onStart}>
          {asking === 'start' ? t('failed.asking') : t('failed.tryAgain')}
        </Button>
      )}
      <div className="mt-5 max-w-[34rem]">
        <PaceLine view={view} now={now} />
      </div>
    </Stage>
  )
}

/** Nobody has asked for machines yet: the lab was chosen after this page's launch. */
export function IdleView({ asking, onStart }: { asking: boolean; onStart: () => void }) {
  const t = useTranslations()
  return (
    <Stage>
      <StageTitle title={t('idle.title')}>{t('idle.text')}</StageTitle>
      <Button look="primary" className="mt-5" aria-disabled={asking} onClick={onStart}>
        {asking ? t('failed.asking') : t('idle.start')}
      </Button>
    </Stage>
  )
}
