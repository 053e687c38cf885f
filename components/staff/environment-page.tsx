'use client'

import { ArrowLeft } from 'lucide-react'
import { useTranslations } from 'use-intl/react'
import { buttonClass } from '../ui/button.tsx'
import { Callout } from '../ui/callout.tsx'
import { LocalTime } from '../ui/local-time.tsx'
import { Status } from '../ui/status.tsx'
import type { DetailedEnvironment } from './detailed-environment.ts'
import { EnvironmentFacts } from './environment-facts.tsx'
import { EnvironmentHistory } from './environment-history.tsx'
import { EnvironmentStacks } from './environment-stacks.tsx'
import { isMoving, statusOf } from './listed-environment.ts'
import { OperateEnvironment } from './operate-environment.tsx'
import { Part, Words } from './part.tsx'
import { Refusal } from './refusal.tsx'
import { SignOut } from './sign-out.tsx'
import { StaffPage } from './staff-page.tsx'
import { useReason } from './use-reason.ts'
import { useRefresh } from './use-refresh.ts'
import { DueLine } from './when.tsx'

type Props = { environment: DetailedEnvironment; failure: string | null; now: string }

const MOVING_MS = 2_000
const RESTING_MS = 10_000

/** Everything about one environment: what can be done, what is due, and what happened, in words and in full. */
export function EnvironmentPage({ environment, failure, now }: Props) {
  const t = useTranslations()
  useRefresh(isMoving(environment) ? MOVING_MS : RESTING_MS)
  const owner = environment.owner ?? t('operator.nobody')
  const word = statusOf(environment)
  const actions = (
    <>
      <a href="/operator" className={buttonClass({ size: 'sm' })} aria-label={t('operator.back')}>
        <ArrowLeft className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
        <span className="phone:hidden">{t('operator.back')}</span>
      </a>
      <SignOut />
    </>
  )
  return (
    <StaffPage title={owner} beside={environment.lab} actions={actions}>
      <Refusal sentence={failure} />
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2.5">
        <Status of={word} word={t(`phase.${word}`)} className="text-base" />
        <span className="text-ink-2">{t.rich('failed.at', { time: () => <LocalTime key="since" at={environment.phaseAt} /> })}</span>
        <span className="flex-1 phone:hidden" />
        <OperateEnvironment {...environment} owner={owner} />
      </div>
      <Due environment={environment} now={now} />
      <Deletion environment={environment} />
      <Reason environment={environment} />
      <EnvironmentFacts environment={environment} now={now} />
      <EnvironmentStacks stacks={environment.stacks} />
      <EnvironmentHistory events={environment.events} most={environment.mostEvents} />
    </StaffPage>
  )
}

function Due({ environment: { due, heldBy, deletesAt }, now }: { environment: DetailedEnvironment; now: string }) {
  const t = useTranslations('operator.dueWords')
  // A deletion is said below, in full.
  const shown = due.filter(({ what }) => what !== 'delete' || deletesAt === null)
  if (shown.length === 0 && heldBy === null) return null
  return (
    <ul className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-ink-2">
      {shown.map((one) => (
        <li key={one.what}>
          <DueLine due={one} now={now} />
        </li>
      ))}
      {heldBy !== null && <li>{t.rich('held', { ...heldBy, b: (text) => <code key="command">{text}</code> })}</li>}
    </ul>
  )
}

function Deletion({ environment: { deletesAt, deleteReason } }: { environment: DetailedEnvironment }) {
  const t = useTranslations('operator')
  const because = deleteReason === null ? null : t('deletedBecause', { reason: deleteReason })
  if (deletesAt === null) return because && <p className="mt-3 text-ink-2">{because}</p>
  return (
    <Callout tone="warn" className="mt-4">
      <b className="font-medium">{t('deleting')}.</b> {t.rich('undeleteText', { time: () => <LocalTime key="at" at={deletesAt} /> })}{' '}
      {because}
    </Callout>
  )
}

function Reason({ environment }: { environment: DetailedEnvironment }) {
  const t = useTranslations('operator')
  const reason = useReason()(environment)
  const { reasonCode, reasonDetail } = environment
  if (reasonCode === null) return null
  return (
    <Part id="reason" title={t('reason')}>
      {reason !== null && <p className="max-w-[34rem] text-base text-pretty">{reason}</p>}
      <Words text={[reasonCode, reasonDetail].filter((line) => line !== null).join('\n')} />
    </Part>
  )
}
