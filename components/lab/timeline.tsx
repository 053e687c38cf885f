'use client'

import { Circle, CircleCheck, CircleSlash, CircleX, LoaderCircle } from 'lucide-react'
import type { CSSProperties } from 'react'
import { useTranslations } from 'use-intl/react'
import type { HostView, PartView } from '#lib/environments/phase.ts'
import { partSeconds, spokenDuration } from '../ui/duration.ts'
import { barOf, partDuration, partLabel, timeScale } from './parts.ts'

const marks = {
  waiting: { icon: Circle, mark: 'text-ink-3', bar: '' },
  busy: { icon: LoaderCircle, mark: 'turning text-busy', bar: 'bg-busy' },
  done: { icon: CircleCheck, mark: 'text-ok', bar: 'bg-ok' },
  failed: { icon: CircleX, mark: 'text-bad', bar: 'bg-bad' },
  // What was under way when the whole stopped.
  stopped: { icon: CircleSlash, mark: 'text-ink-3', bar: 'bg-line-strong' },
} as const satisfies Record<PartView['state'] | 'stopped', { icon: typeof Circle; mark: string; bar: string }>

type Props = {
  parts: readonly PartView[]
  hosts: readonly HostView[]
  /** When this generation was asked for, and up to when time is counted; milliseconds. */
  from: number
  until: number
  moving: boolean
}

/** What starts, since when, how long it took: a row for each part of the stack, on one scale of time. */
export function Timeline({ parts, hosts, from, until, moving }: Props) {
  const t = useTranslations()
  const { stretchMs, spanMs } = timeScale(until - from)
  const spoken = spokenDuration(stretchMs)
  const dense = parts.length > 10
  return (
    <>
      <ol
        aria-label={t('starting.list')}
        className="mt-3.5 short:mt-2"
        style={{ '--now': `${((until - from) / spanMs) * 100}%` } as CSSProperties}
      >
        {parts.map((part) => (
          <Row key={part.name} part={part} hosts={hosts} from={from} until={until} spanMs={spanMs} dense={dense} moving={moving} />
        ))}
      </ol>
      <p className="mt-1 text-right text-2xs text-ink-3 tabular-nums phone:hidden">
        {t('starting.scale', { time: t(`time.${spoken.key}`, spoken.values) })}
      </p>
    </>
  )
}

type RowProps = Omit<Props, 'parts'> & { part: PartView; spanMs: number; dense: boolean }

function Row({ part, hosts, from, until, spanMs, dense, moving }: RowProps) {
  const t = useTranslations()
  const state = part.state === 'busy' && !moving ? 'stopped' : part.state
  const { icon: Icon, mark, bar } = marks[state]
  const label = partLabel(part, hosts)
  const stretch = barOf(part, from, until, spanMs)
  const height = dense ? 'min-h-6.5 short:min-h-6 phone:min-h-7.5' : 'min-h-8 short:min-h-7 phone:min-h-9'
  return (
    <li className={`grid grid-cols-[16px_minmax(130px,210px)_1fr_58px] items-center gap-x-2.5 phone:grid-cols-[16px_1fr_auto] ${height}`}>
      <Icon className={`size-4 ${mark}`} strokeWidth={1.75} aria-hidden="true" />
      <span className="truncate text-ink-2">
        {t.rich(`part.${label.key}`, {
          name: label.name,
          b: (text) => <b className={part.state === 'waiting' ? 'font-medium' : 'font-medium text-ink'}>{text}</b>,
        })}
        <span className="sr-only">, {t(`part.state.${state}`)}</span>
      </span>
      <span
        aria-hidden="true"
        className="relative self-stretch bg-[linear-gradient(90deg,var(--color-line)_1px,transparent_1px)] bg-size-[25%_100%] phone:hidden"
      >
        {stretch && (
          <i
            className={`absolute top-1/2 -mt-0.75 h-1.5 rounded-[3px] forced-colors:border ${bar}`}
            style={{ left: `${stretch.left}%`, width: `max(4px, ${stretch.width}%)` }}
          />
        )}
        {moving && <i className="absolute inset-y-0 left-(--now) w-[1.5px] bg-brass" />}
      </span>
      <PartTime part={part} until={until} />
    </li>
  )
}

function PartTime({ part, until }: { part: PartView; until: number }) {
  const t = useTranslations()
  const took = partDuration(part, until)
  const quick = took !== null && took < 10_000 && part.finishedAt !== null
  const spoken = spokenDuration(took ?? 0)
  const text = quick ? t('time.seconds', { s: partSeconds(took) }) : t(`time.${spoken.key}`, spoken.values)
  return (
    <span className="text-right text-xs text-ink-2 tabular-nums">
      {took === null ? <span className="text-ink-3">{t('starting.waiting')}</span> : text}
    </span>
  )
}
