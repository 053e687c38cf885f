'use client'

import { CircleAlert, Hourglass, Unlink } from 'lucide-react'
import { useTranslations } from 'use-intl/react'
import { LocalTime } from '../ui/local-time.tsx'
import { everything, type ListState, listAddress } from './list-filter.ts'
import type { ListedEnvironment } from './listed-environment.ts'
import { useReason } from './use-reason.ts'

/** Environments that want somebody to look, for one and the same reason. */
export type AttentionGroup = {
  kind: 'stopped' | 'sleepless' | 'troubled' | 'slow'
  phase: ListedEnvironment['phase']
  reasonCode: string | null
  /** The reason in a sentence; null where nothing but time is known. */
  sentence: string | null
  count: number
  examples: (ListedEnvironment & { detail: string | null })[]
}

/** What failed, what is missing, what could not be suspended, what takes too long: with why, and the way to each. */
export function Attention({ groups }: { groups: AttentionGroup[] }) {
  const t = useTranslations('operator.attention')
  if (groups.length === 0) return null
  return (
    <section aria-labelledby="attention" className="mb-7">
      <h2 id="attention" className="mb-1 text-lg font-semibold tracking-tight">
        {t('title')}
      </h2>
      <ul>
        {groups.map((group) => (
          <Group key={`${group.kind} ${group.phase} ${group.reasonCode}`} group={group} />
        ))}
      </ul>
    </section>
  )
}

const looks = {
  stopped: { icon: CircleAlert, mark: 'text-bad' },
  sleepless: { icon: CircleAlert, mark: 'text-warn' },
  troubled: { icon: CircleAlert, mark: 'text-warn' },
  slow: { icon: Hourglass, mark: 'text-warn' },
} as const

function headOf({ kind, phase, reasonCode }: AttentionGroup): 'failed' | 'failedWake' | 'lost' | 'sleepless' | 'troubled' | 'slow' {
  if (kind !== 'stopped') return kind
  if (phase === 'lost') return 'lost'
  return reasonCode === 'environment.resume_failed' ? 'failedWake' : 'failed'
}

function Group({ group }: { group: AttentionGroup }) {
  const t = useTranslations()
  const reasonOf = useReason()
  const { kind, phase, count, examples, sentence, reasonCode } = group
  const { icon, mark } = looks[kind]
  const Icon = phase === 'lost' ? Unlink : icon
  return (
    <li className="grid grid-cols-[auto_minmax(0,1fr)_auto] gap-x-2.5 border-b border-line py-2.5 last:border-b-0 phone:grid-cols-[auto_minmax(0,1fr)]">
      <Icon className={`mt-0.5 size-4 flex-none ${mark}`} strokeWidth={1.75} aria-hidden="true" />
      <div className="min-w-0">
        <p className="text-pretty">
          <b className="font-medium">{t(`operator.attention.${headOf(group)}`, { n: count })}.</b>{' '}
          <span className="text-ink-2">
            {reasonOf({ reasonCode, reason: sentence }) ?? t('operator.attention.slowText', { phase: t(`phase.${phase}`) })}
          </span>
        </p>
        <ul className="mt-0.5">
          {examples.map((one) => (
            <li key={one.id} className="flex min-w-0 items-center gap-x-2 text-xs">
              <a
                href={`/operator/environments/${one.id}#${one.reasonCode === null ? 'history' : 'reason'}`}
                className="inline-flex min-h-6 flex-none items-center font-medium text-ink underline decoration-line-strong underline-offset-3 hover:decoration-current"
              >
                {one.owner ?? t('operator.nobody')}
              </a>
              <span className="flex-none text-ink-3">
                {t.rich('operator.attention.since', { time: () => <LocalTime key="since" at={one.phaseAt} /> })}
              </span>
              {one.detail !== null && <span className="truncate text-ink-3 phone:hidden">{one.detail}</span>}
            </li>
          ))}
        </ul>
      </div>
      {count > examples.length && (
        <a
          href={listAddress({ ...everything, state: stateFor(group), reason: reasonCode })}
          className="inline-flex min-h-6 items-center self-start text-xs font-medium text-accent-text underline underline-offset-3 phone:col-start-2 phone:mt-1"
        >
          {t('operator.attention.all', { n: count })}
        </a>
      )}
    </li>
  )
}

/** The narrowest list in which all of a group are found. */
function stateFor({ kind, phase }: AttentionGroup): ListState {
  if (phase === 'failed' || phase === 'lost') return phase
  if (kind !== 'slow') return 'all'
  if (phase === 'suspending') return 'asleep'
  return phase === 'deleting' ? 'deleting' : 'moving'
}
