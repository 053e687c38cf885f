'use client'

import { useTranslations } from 'use-intl/react'
import type { EnvironmentView } from '#lib/environments/phase.ts'
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
