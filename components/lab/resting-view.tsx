'use client'

import { useTranslations } from 'use-intl/react'
import type { EnvironmentView } from '#lib/environments/phase.ts'
import { Button } from '../ui/button.tsx'
import { LocalTime } from '../ui/local-time.tsx'
import { Stage, StageTitle } from './stage.tsx'

const headlines = {
  queued: 'queued',
  suspending: 'suspending',
  suspended: 'suspended',
  resuming: 'resuming',
  deleting: 'deleting',
} as const

function isResting(phase: EnvironmentView['phase']): phase is keyof typeof headlines {
  return Object.hasOwn(headlines, phase)
}

/** States in which there is nothing to watch and nothing to do: one line that says which. */
export function RestingView({ view }: { view: EnvironmentView }) {
  const t = useTranslations()
  if (!isResting(view.phase)) return null
  return (
    <Stage>
      <StageTitle
        above={t.rich('failed.at', { time: () => <LocalTime at={view.phaseAt} /> })}
        title={t(`starting.${headlines[view.phase]}`)}
      >
        {view.phase === 'queued' ? t('starting.queuedText') : null}
      </StageTitle>
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
