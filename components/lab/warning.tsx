'use client'

import { AlarmClock } from 'lucide-react'
import { type ReactNode, type RefObject, useRef } from 'react'
import { useTranslations } from 'use-intl/react'
import type { HostView, OwnerAction } from '#lib/environments/phase.ts'
import { Button } from '../ui/button.tsx'
import { LocalTime } from '../ui/local-time.tsx'
import { useFocusReturn } from '../ui/use-focus-return.ts'
import { useSaid } from '../ui/use-said.ts'
import { countdown, type MoreTime, type Warning } from './deadline.ts'
import { SleepDial } from './sleep-dial.tsx'

type Doing = {
  asking: OwnerAction | null
  onExtend: () => void
  onSleep: () => void
}

type CardProps = Doing & {
  warning: Warning
  hosts: readonly HostView[]
  /** It has been taken back: the machines stay awake. It looks as before, but for what it says. */
  kept: boolean
  box: RefObject<HTMLElement | null>
  onHere: () => void
}

/**
 * Nobody has used the machines for long: seen from across the room, gone at the first key or movement. It takes neither the focus nor
 * a click from what lies below it.
 */
export function WarningCard({ warning, hosts, kept, box, onHere, ...doing }: CardProps) {
  const t = useTranslations('warning')
  useFocusReturn(box)
  return (
    <>
      {!kept && <div aria-hidden="true" className="pointer-events-none fixed inset-0 z-15 bg-scrim" />}
      <section
        id="warning"
        ref={box}
        aria-label={t('label')}
        className="appearing scroller fixed inset-x-4 top-1/2 z-16 mx-auto max-h-[calc(100dvh-2rem)] max-w-110 -translate-y-1/2 rounded-lg bg-raised p-6 shadow-[var(--shadow-dialog),0_0_0_1px_var(--color-line)] phone:inset-x-2 phone:top-auto phone:bottom-2 phone:translate-y-0 phone:p-5 forced-colors:border"
      >
        <div className="flex items-center gap-4.5">
          <SleepDial share={kept ? 1 : warning.share} calm={kept} className="size-24 phone:size-20" />
          <div className="min-w-0">
            <p className={`text-xs font-medium text-ink-3 ${kept ? 'invisible' : ''}`}>{t('idle')}</p>
            <h2 className="text-2xl font-semibold tracking-tight tabular-nums">
              {kept ? t('keptTitle') : t('title', { time: countdown(warning.leftMs) })}
            </h2>
          </div>
        </div>
        {/* Both texts keep their room, and every button its place: whoever aims at one must not hit another. */}
        <div className="mt-3.5 grid text-base text-pretty text-ink-2 *:[grid-area:1/1]">
          <div className={kept ? 'invisible' : ''}>
            <p>
              {t(warning.how === 'suspend' ? 'suspend' : 'end')} {t('anything')} {!kept && <MoreLater more={warning.more} />}
            </p>
            <Job says="job" warning={warning} hosts={hosts} className="mt-2" />
          </div>
          <p className={kept ? '' : 'invisible'}>
            {t.rich('kept', { time: () => <LocalTime at={warning.at} /> })} {kept && <MoreLater more={warning.more} />}
          </p>
        </div>
        <div className="mt-5 flex flex-wrap items-center gap-2">
          <Button look="ghost" className="phone:flex-1" aria-disabled={doing.asking !== null} onClick={doing.onSleep}>
            {t('sleepNow')}
          </Button>
          <span className="flex-1 phone:hidden" />
          <More more={warning.more} {...doing} className="phone:flex-1" />
          <Button look={kept ? 'plain' : 'primary'} className="phone:order-first phone:basis-full" onClick={onHere}>
            {t('here')}
          </Button>
        </div>
      </section>
    </>
  )
}

type StripProps = Doing & { warning: Warning; hosts: readonly HostView[] }

/** The sitting is at its end, used or not: a strip above the work, so that she can go on to the last moment. */
export function WarningStrip({ warning, hosts, ...doing }: StripProps) {
  const t = useTranslations('warning')
  const { leftMs, at, how, more } = warning
  const box = useRef<HTMLElement>(null)
  useFocusReturn(box)
  return (
    <section
      id="warning"
      ref={box}
      aria-label={t('label')}
      className="appearing flex flex-none flex-wrap items-center gap-x-3 gap-y-2 border-b border-line bg-warn-soft px-3 py-2"
    >
      <AlarmClock className="size-4 flex-none self-start text-warn [margin-top:2px]" strokeWidth={1.75} aria-hidden="true" />
      <div className="min-w-0 flex-1 basis-80 text-pretty phone:basis-60">
        <h2 className="font-semibold tabular-nums">{t('title', { time: countdown(leftMs) })}</h2>
        <p className="text-ink-2">
          {t.rich('limit', { time: () => <LocalTime at={at} /> })} {t(how === 'suspend' ? 'allPauses' : 'programsEnd')}{' '}
          {more === null && t('noMore')}
          <MoreLater more={more} />
        </p>
        {how !== 'suspend' && <Job says="jobEnds" warning={warning} hosts={hosts} />}
      </div>
      <div className="flex flex-wrap items-center gap-2 phone:basis-full phone:pl-5">
        <Button look="ghost" size="sm" aria-disabled={doing.asking !== null} onClick={doing.onSleep}>
          {t('sleepNow')}
        </Button>
        <More more={more} {...doing} look="primary" size="sm" />
      </div>
    </section>
  )
}

type MoreProps = Pick<Doing, 'asking' | 'onExtend'> & { more: MoreTime | null; look?: 'primary'; size?: 'sm'; className?: string }

/** The button for more time, where it can be had now. */
function More({ more, asking, onExtend, look, size, className = '' }: MoreProps) {
  const t = useTranslations('warning')
  const say = useSaid()
  if (!more?.offered) return null
  return (
    <Button
      {...(look ? { look } : {})}
      {...(size ? { size } : {})}
      className={`tabular-nums ${className}`}
      aria-disabled={asking !== null}
      onClick={onExtend}
    >
      {asking === 'extend' ? t('asking') : t('more', { time: say(more.byMs) })}
      <span className={look === 'primary' ? 'font-normal opacity-85' : 'font-normal text-ink-3'}>{t('moreLeft', { n: more.left })}</span>
    </Button>
  )
}

/** When more time is to be had, where that is later. */
function MoreLater({ more }: { more: MoreTime | null }) {
  const t = useTranslations('warning')
  const say = useSaid()
  if (more === null || more.offered) return null
  return <>{t.rich('moreFrom', { time: say(more.byMs), at: () => <LocalTime at={more.from} /> })}</>
}

type JobProps = { says: 'job' | 'jobEnds'; warning: Warning; hosts: readonly HostView[]; className?: string }

function Job({ says, warning: { heldBy }, hosts, className = '' }: JobProps) {
  const t = useTranslations('warning')
  if (heldBy === null) return null
  return (
    <p className={`text-ink-2 ${className}`}>
      {t.rich(says, {
        b: (text: ReactNode) => <code className="text-[0.92em] [overflow-wrap:anywhere] text-ink">{text}</code>,
        command: heldBy.command,
        host: hostLabel(heldBy.host, hosts),
      })}
    </p>
  )
}

/** How a machine is called in front of a learner. */
export function hostLabel(name: string, hosts: readonly HostView[]): string {
  return hosts.find((host) => host.name === name)?.label ?? name
}
