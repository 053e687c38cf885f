'use client'

import { useTranslations } from 'use-intl/react'
import type { EnvironmentView } from '#lib/environments/phase.ts'
import { Button } from '../ui/button.tsx'
import { LocalTime } from '../ui/local-time.tsx'
import { PaceLine } from './pace-line.tsx'
import { Stage, StageTitle } from './stage.tsx'

type Props = {
  view: EnvironmentView
  phase: 'queued' | 'deleting'
  /** Milliseconds, by the server's clock. */
  now: number
}

/** States in which there is nothing to watch and nothing to do: which, since when, and how long it usually takes. */
export function RestingView({ view, phase, now }: Props) {
  const t = useTranslations()
  return (
    <Stage>
      <StageTitle above={t.rich('failed.at', { time: () => <LocalTime at={view.phaseAt} /> })} title={t(`starting.${phase}`)}>
        {phase === 'queued' ? t('starting.queuedText') : null}
      </StageTitle>
      <div className="mt-4 max-w-[34rem]">
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
