'use client'

import { ArrowLeft } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl/react'
import type { Phase } from '#lib/environments/phase.ts'
import { buttonClass } from '../ui/button.tsx'
import { Callout } from '../ui/callout.tsx'
import { LocalTime } from '../ui/local-time.tsx'
import { Status } from '../ui/status.tsx'
import { DeleteEnvironment, UndeleteEnvironment } from './delete-environment.tsx'
import { type ListedEnvironment, Refusal } from './environment-list.tsx'
import { SignOut } from './sign-out.tsx'
import { StaffPage } from './staff-page.tsx'
import { Cell, NameCell, Row, Table } from './table.tsx'

export type DetailedEnvironment = ListedEnvironment & {
  cloud: string | null
  generation: number
  ownerKey: string | null
  /** The reason's code and everything the cloud said. */
  reasonCode: string | null
  reasonDetail: string | null
  /** When a removal that was ordered begins; null where none was. */
  deletesAt: string | null
  deletable: boolean
  undeletable: boolean
  deleteReason: string | null
  hosts: { name: string; address: string; user: string }[]
  stacks: { name: string; generation: number; attempt: number; state: string | null; statusReason: string | null; createdAt: string }[]
  events: {
    id: string
    at: string
    kind: string
    phase: Phase | null
    code: string | null
    detail: string | null
    actorName: string | null
  }[]
}

/** Everything about one environment, with reasons in full. */
export function EnvironmentPage({ environment, failure }: { environment: DetailedEnvironment; failure: string | null }) {
  const t = useTranslations()
  const owner = environment.owner ?? t('operator.nobody')
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
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Status of={environment.phase} word={t(`phase.${environment.phase}`)} className="text-base" />
        <span className="text-ink-2">{t.rich('failed.at', { time: () => <LocalTime at={environment.phaseAt} /> })}</span>
        <span className="flex-1" />
        {environment.deletable && <DeleteEnvironment id={environment.id} owner={owner} />}
        {environment.undeletable && <UndeleteEnvironment id={environment.id} />}
      </div>
      {environment.deletesAt !== null && environment.phase !== 'deleted' && (
        <Callout tone="warn" className="mt-4">
          <b className="font-medium">{t('operator.deleting')}.</b>{' '}
          {t.rich('operator.undeleteText', { time: () => <LocalTime at={environment.deletesAt ?? ''} /> })}
        </Callout>
      )}
      {environment.deleteReason !== null && (
        <p className="mt-3 text-ink-2">{t('operator.deletedBecause', { reason: environment.deleteReason })}</p>
      )}
      <Reason environment={environment} />
      <Facts environment={environment} />
      <Stacks stacks={environment.stacks} />
      <History events={environment.events} />
    </StaffPage>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-7">
      <h2 className="mb-2.5 text-lg font-semibold tracking-tight">{title}</h2>
      {children}
    </section>
  )
}

function Reason({ environment }: { environment: DetailedEnvironment }) {
  const t = useTranslations('operator')
  if (environment.reason === null) return null
  return (
    <Part title={t('reason')}>
      <p className="max-w-[34rem] text-base text-pretty">{environment.reason}</p>
      <pre className="mt-2 rounded-md bg-sunken px-3 py-2 text-xs/[19px] [overflow-wrap:anywhere] whitespace-pre-wrap text-ink-2 shadow-[inset_0_0_0_1px_var(--color-line)]">
        {[environment.reasonCode, environment.reasonDetail].filter((line) => line !== null).join('\n')}
      </pre>
    </Part>
  )
}

function Facts({ environment }: { environment: DetailedEnvironment }) {
  const t = useTranslations('operator')
  const facts: [string, ReactNode][] = [
    [t('course'), environment.course ?? t('noCourse')],
    [t('lab'), environment.lab],
    [t('cloud'), environment.cloud ?? '–'],
    [t('created'), <LocalTime key="created" at={environment.createdAt} seconds />],
    [t('generation'), environment.generation],
    [t('id'), <Code key="id">{environment.id}</Code>],
    [t('ownerKey'), environment.ownerKey === null ? '–' : <Code key="owner">{environment.ownerKey}</Code>],
  ]
  return (
    <Part title={t('details')}>
      <dl className="grid grid-cols-[max-content_1fr] gap-x-6 gap-y-1.5">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-ink-3">{name}</dt>
            <dd className="min-w-0 [overflow-wrap:anywhere]">{value}</dd>
          </div>
        ))}
      </dl>
    </Part>
  )
}

function Code({ children }: { children: ReactNode }) {
  return <code className="text-xs">{children}</code>
}

function Stacks({ stacks }: { stacks: DetailedEnvironment['stacks'] }) {
  const t = useTranslations('operator')
  return (
    <Part title={t('stacks')}>
      {stacks.length === 0 ? (
        <p className="text-ink-2">{t('noStacks')}</p>
      ) : (
        <Table caption={t('stacks')} head={[t('stack'), t('attempt'), t('cloudState'), t('created')]}>
          {stacks.map((stack) => (
            <Row key={stack.name}>
              <NameCell>
                <Code>{stack.name}</Code>
              </NameCell>
              <Cell quiet>{stack.attempt}</Cell>
              <Cell>
                <Code>{stack.state ?? '–'}</Code>
                {stack.statusReason !== null && <span className="block text-xs [overflow-wrap:anywhere]">{stack.statusReason}</span>}
              </Cell>
              <Cell quiet>
                <LocalTime at={stack.createdAt} seconds />
              </Cell>
            </Row>
          ))}
        </Table>
      )}
    </Part>
  )
}

function History({ events }: { events: DetailedEnvironment['events'] }) {
  const t = useTranslations()
  return (
    <Part title={t('operator.history')}>
      {events.length === 0 ? (
        <p className="text-ink-2">{t('operator.noHistory')}</p>
      ) : (
        <ol>
          {events.map((event) => (
            <li key={event.id} className="flex flex-wrap gap-x-3 border-b border-line py-1.5 last:border-b-0">
              <LocalTime at={event.at} seconds className="w-34 flex-none text-ink-3 tabular-nums phone:w-auto" />
              <span className="font-medium">{event.kind.replaceAll('_', ' ')}</span>
              {event.phase !== null && <span className="text-ink-2">{t(`phase.${event.phase}`)}</span>}
              {event.actorName !== null && <span className="text-ink-2">{event.actorName}</span>}
              {event.detail !== null && (
                <span className="w-full pl-37 text-xs [overflow-wrap:anywhere] text-ink-2 phone:pl-0">{event.detail}</span>
              )}
            </li>
          ))}
        </ol>
      )}
    </Part>
  )
}
