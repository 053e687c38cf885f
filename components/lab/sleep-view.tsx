'use client'

import { CircleCheck, CircleSlash, Sunrise } from 'lucide-react'
import { useTranslations } from 'use-intl/react'
import type { EnvironmentView, OwnerAction } from '#lib/environments/phase.ts'
import { Button } from '../ui/button.tsx'
import { Callout } from '../ui/callout.tsx'
import { LocalTime } from '../ui/local-time.tsx'
import { Status } from '../ui/status.tsx'
import { PaceLine } from './pace-line.tsx'
import { SleepSky } from './sleep-sky.tsx'

export type Sleeping = 'suspending' | 'suspended' | 'resuming'

type Props = {
  view: EnvironmentView
  phase: Sleeping
  /** Milliseconds, by the server's clock. */
  now: number
  /** The action that is under way, if one is. */
  asking: OwnerAction | null
  onWake: () => void
  onHistory: () => void
}

/** Falling asleep, asleep, waking: what is kept, why they sleep, and the way back. */
export function SleepView({ view, phase, now, asking, onWake, onHistory }: Props) {
  const t = useTranslations()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller has to be reachable by keyboard
    <div tabIndex={0} data-theme="dark" className="scroller flex h-full min-w-0 bg-canvas text-ink">
      <div className="m-auto flex w-full max-w-140 flex-col items-center px-8 py-7 text-center short:py-4 phone:px-5">
        <SleepSky />
        <p className="mt-4.5 short:mt-3">
          {phase === 'suspended' ? (
            <Status
              of="suspended"
              word={t.rich('sleep.since', { time: () => <LocalTime at={view.phaseAt} /> })}
              className="text-rest-text"
            />
          ) : (
            <Status of={phase} word={t(`phase.${phase}`)} className={phase === 'resuming' ? 'text-busy-text' : 'text-rest-text'} />
          )}
        </p>
        <h2 className="mt-1.5 text-2xl font-semibold tracking-tight text-balance">{t(headline(phase, view.sleep))}</h2>
        {phase !== 'suspended' && (
          <div className="mt-5 w-full max-w-80">
            <PaceLine view={view} now={now} />
          </div>
        )}
        {view.reason && (
          <Callout tone="warn" className="mt-5 max-w-95 text-left">
            {view.reason.sentence}
          </Callout>
        )}
        {phase === 'resuming' ? (
          <p className="mt-4 max-w-[46ch] text-base text-balance text-ink-2">{t('sleep.handed')}</p>
        ) : (
          view.sleep && <p className="mt-2.5 max-w-[46ch] text-base text-balance text-ink-2">{t(`sleep.why.${view.sleep.why}`)}</p>
        )}
        {view.actions.includes('wake') && phase !== 'resuming' && (
          <Button look="primary" size="lg" className="mt-5" aria-disabled={asking !== null} onClick={onWake}>
            <Sunrise className="size-4" strokeWidth={1.75} aria-hidden="true" />
            {asking === 'wake' ? t('sleep.waking') : t('sleep.wake')}
          </Button>
        )}
        {view.sleep && <Kept programs={view.sleep.how === 'suspend'} />}
        <button
          type="button"
          onClick={onHistory}
          className="mt-5 min-h-6 text-xs font-medium text-accent-text underline underline-offset-3 short:mt-3 pointer-coarse:min-h-9"
        >
          {t('sleep.more')}
        </button>
      </div>
    </div>
  )
}

function headline(phase: Sleeping, sleep: EnvironmentView['sleep']) {
  if (phase === 'suspending') return 'sleep.suspending' as const
  const kept = sleep === null ? 'unknown' : sleep.how === 'suspend' ? 'suspend' : 'end'
  return `sleep.${phase}.${kept}` as const
}

/** What sleep keeps, and what it does not. */
function Kept({ programs }: { programs: boolean }) {
  const t = useTranslations('sleep')
  const rows = [
    { name: t('files'), says: t('filesKept'), kept: true },
    { name: t('programs'), says: t(programs ? 'programsKept' : 'programsEnd'), kept: programs },
    { name: t('terminals'), says: t(programs ? 'terminalsKept' : 'terminalsEnd'), kept: programs },
  ]
  return (
    <ul aria-label={t('kept')} className="mt-7 w-full max-w-95 text-left short:mt-4">
      {rows.map(({ name, says, kept }) => (
        <li key={name} className="flex items-center gap-2.5 border-t border-line py-1.75 short:py-1">
          {kept ? (
            <CircleCheck className="size-3.5 flex-none text-ok" strokeWidth={1.75} aria-hidden="true" />
          ) : (
            <CircleSlash className="size-3.5 flex-none text-warn" strokeWidth={1.75} aria-hidden="true" />
          )}
          <b className="w-19 flex-none font-medium">{name}</b>
          <span className="min-w-0 text-ink-2">{says}</span>
        </li>
      ))}
    </ul>
  )
}
