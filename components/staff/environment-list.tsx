'use client'

import { clsx } from 'clsx'
import { useTranslations } from 'use-intl/react'
import type { Phase } from '#lib/environments/phase.ts'
import { LocalTime } from '../ui/local-time.tsx'
import { Status } from '../ui/status.tsx'
import { type ListFilter, listFilters } from './list-filter.ts'
import { SignOut } from './sign-out.tsx'
import { StaffPage } from './staff-page.tsx'
import { Cell, EmptyList, NameCell, Row, Table } from './table.tsx'

export type ListedEnvironment = {
  id: string
  phase: Phase
  owner: string | null
  course: string | null
  lab: string
  createdAt: string
  phaseAt: string
  /** Why it is in this state, in a sentence. */
  reason: string | null
}

type Props = {
  environments: ListedEnvironment[]
  filter: ListFilter
  failure: string | null
}

export function EnvironmentList({ environments, filter, failure }: Props) {
  const t = useTranslations('operator')
  return (
    <StaffPage title={t('title')} actions={<SignOut />}>
      <div className="mb-4 flex flex-wrap items-center gap-x-3 gap-y-2">
        <Filter filter={filter} />
        <p className="ml-auto text-ink-2 tabular-nums">{t('count', { n: environments.length })}</p>
      </div>
      <Refusal sentence={failure} />
      {environments.length === 0 ? (
        <EmptyList title={t(filter === 'all' ? 'emptyTitle' : 'emptyFilterTitle')}>
          {t(filter === 'all' ? 'empty' : 'emptyFilter')}
        </EmptyList>
      ) : (
        <Table caption={t('caption')} head={[t('owner'), t('state'), t('course'), t('lab'), t('created')]}>
          {environments.map((environment) => (
            <Listed key={environment.id} environment={environment} />
          ))}
        </Table>
      )}
    </StaffPage>
  )
}

function Filter({ filter }: { filter: ListFilter }) {
  const t = useTranslations()
  return (
    <nav
      aria-label={t('operator.filter')}
      className="flex max-w-full overflow-x-auto rounded-sm bg-sunken p-0.5 shadow-[inset_0_0_0_1px_var(--color-line)] [scrollbar-width:none]"
    >
      {listFilters.map((state) => (
        <a
          key={state}
          href={state === 'all' ? '/operator' : `/operator?state=${state}`}
          aria-current={state === filter ? 'true' : undefined}
          className={clsx(
            'inline-flex min-h-6 items-center rounded-[4px] px-2.5 text-xs font-medium whitespace-nowrap text-ink-2 no-underline focus-visible:-outline-offset-2 pointer-coarse:min-h-9',
            'aria-[current]:bg-raised aria-[current]:text-ink aria-[current]:shadow-[0_0_0_1px_var(--color-line),var(--shadow-edge)]',
          )}
        >
          {state === 'all' ? t('operator.all') : t(`phase.${state}`)}
        </a>
      ))}
    </nav>
  )
}

function Listed({ environment }: { environment: ListedEnvironment }) {
  const t = useTranslations()
  return (
    <Row>
      <NameCell>
        <a
          href={`/operator/environments/${environment.id}`}
          className="font-medium text-ink underline decoration-line-strong underline-offset-3 hover:decoration-current"
        >
          {environment.owner ?? t('operator.nobody')}
        </a>
      </NameCell>
      <Cell end>
        <Status of={environment.phase} word={t(`phase.${environment.phase}`)} className="text-ink" />
        {environment.reason !== null && (
          <span className="mt-0.5 block max-w-80 text-xs text-pretty text-ink-2 phone:hidden">{environment.reason}</span>
        )}
      </Cell>
      <Cell quiet>{environment.course ?? <span className="text-ink-3">{t('operator.noCourse')}</span>}</Cell>
      <Cell>{environment.lab}</Cell>
      <Cell end>
        <LocalTime at={environment.createdAt} />
      </Cell>
    </Row>
  )
}

export function Refusal({ sentence }: { sentence: string | null }) {
  if (sentence === null) return null
  return (
    <p role="alert" className="mb-4 rounded-md bg-bad-soft px-3 py-2.5">
      {sentence}
    </p>
  )
}
