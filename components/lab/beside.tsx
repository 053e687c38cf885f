'use client'

import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl/react'
import type { EnvironmentView } from '#lib/environments/phase.ts'
import { useSaid } from '../ui/use-said.ts'
import { awakeUntil, sittingLeft } from './deadline.ts'
import { PaceWord } from './pace-line.tsx'
import { hostLabel } from './warning.tsx'

type Props = {
  view: EnvironmentView
  /** Milliseconds, by the server's clock. */
  now: number
  moving: boolean
  warned: boolean
}

/** What the bar says beside the status: how long it will take, what keeps the machines awake, or what is left of the sitting. */
export function besideOf({ view, now, moving, warned }: Props): 'pace' | 'held' | 'left' | null {
  if (moving) return 'pace'
  if (warned) return null
  if (awakeUntil(view)?.heldBy) return 'held'
  return sittingLeft(view, now) === null ? null : 'left'
}

/** The words for it; whoever shows them has asked whether there are any. */
export function Beside(props: Props) {
  const t = useTranslations('page')
  const say = useSaid()
  const { view, now } = props
  switch (besideOf(props)) {
    case 'pace':
      return <PaceWord view={view} now={now} />
    case 'held':
      return <Held view={view} />
    case 'left': {
      const minutes = Math.floor((sittingLeft(view, now) ?? 0) / 60_000)
      return minutes === 0 ? t('lastMinute') : t('left', { time: say(minutes * 60_000) })
    }
    default:
      return null
  }
}

function Held({ view }: { view: EnvironmentView }) {
  const t = useTranslations('page')
  const by = awakeUntil(view)?.heldBy
  if (!by) return null
  return t.rich('held', {
    b: (text: ReactNode) => <code className="text-[0.92em] text-ink">{text}</code>,
    command: by.command,
    host: hostLabel(by.host, view.hosts),
  })
}
