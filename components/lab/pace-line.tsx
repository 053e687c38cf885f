'use client'

import { useTranslations } from 'use-intl/react'
import type { EnvironmentView } from '#lib/environments/phase.ts'
import { Limb } from '../ui/limb.tsx'
import { useSaid } from '../ui/use-said.ts'
import { movingFrom, type Pace, paceOf, roundly, spread } from './estimate.ts'

type Props = {
  view: EnvironmentView
  /** Milliseconds, by the server's clock. */
  now: number
}

/** How far what is in motion is, how long it usually takes, and that it is still moving where it takes longer. */
export function PaceLine({ view, now }: Props) {
  const words = usePaceWords(view, now)
  return (
    <>
      <PaceLimb view={view} now={now} />
      <p className="mt-2.5 font-medium tabular-nums">{words}</p>
      <Usually view={view} className="mt-0.5" />
    </>
  )
}

/** What can be counted as well: the parts of a stack. */
type Counted = { done: number; all: number; text: string; label: string }

/** The same beside what can be counted. That alone moves the mark where nobody knows how long it takes. */
export function CountedPaceLine({ view, now, done, all, text, label }: Props & Counted) {
  const words = usePaceWords(view, now)
  return (
    <>
      <p className="mb-2 flex flex-wrap justify-between gap-x-4 tabular-nums">
        <span className="font-medium">{text}</span>
        <span className="text-ink-2">{words}</span>
      </p>
      {view.estimate ? (
        <PaceLimb view={view} now={now} />
      ) : (
        // One more than there are parts: that they are there is not yet that they answer.
        <Limb label={label} value={done} max={all + 1} text={text} />
      )}
      <Usually view={view} className="mt-2.5" />
    </>
  )
}

/** What the bar on top says of the time: what is left of the usual, else how long it has been going on. */
export function PaceWord({ view, now }: Props) {
  const say = useSaid()
  const words = usePaceWords(view, now)
  const pace = paceNow(view, now)
  return pace === null || pace.state === 'longer' ? say(now - movingFrom(view)) : words
}

function PaceLimb({ view, now }: Props) {
  const t = useTranslations('estimate')
  const words = usePaceWords(view, now)
  const pace = paceNow(view, now)
  return pace && <Limb label={t('progress')} value={Math.floor(pace.share * 100)} max={100} text={words} />
}

/** The usual time and its spread, or that nothing is known yet. */
function Usually({ view: { estimate }, className }: { view: EnvironmentView; className: string }) {
  const t = useTranslations('estimate')
  const say = useSaid()
  const words = () => {
    if (estimate === null) return t('none')
    const { usual, between } = spread(estimate)
    if (between === null) return t('usual', { usual: say(usual) })
    return t('usualBetween', { usual: say(usual), from: say(between.from), to: say(between.to) })
  }
  return <p className={`text-xs text-ink-3 tabular-nums ${className}`}>{words()}</p>
}

function paceNow(view: EnvironmentView, now: number): Pace | null {
  return view.estimate && paceOf(view.estimate, movingFrom(view), now)
}

function usePaceWords(view: EnvironmentView, now: number): string {
  const t = useTranslations('estimate')
  const say = useSaid()
  const pace = paceNow(view, now)
  if (pace === null) return t('so', { time: say(now - movingFrom(view)) })
  return pace.state === 'going' ? t('left', { time: say(roundly(pace.leftMs, 'up')) }) : t(pace.state)
}
