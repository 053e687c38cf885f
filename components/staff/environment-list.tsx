'use client'

import { useTranslations } from 'use-intl/react'
import { buttonClass } from '../ui/button.tsx'
import { Attention, type AttentionGroup } from './attention.tsx'
import { BulkBar } from './bulk-bar.tsx'
import { EnvironmentName, EnvironmentState } from './environment-cells.tsx'
import { type ListFilter, type ListState, listAddress } from './list-filter.ts'
import { type Choices, ConditionsForm, ReasonCondition, StateFilter } from './list-filters.tsx'
import type { ListedEnvironment } from './listed-environment.ts'
import { Refusal } from './refusal.tsx'
import { SignOut } from './sign-out.tsx'
import { StaffPage } from './staff-page.tsx'
import { Cell, ChoiceCell, EmptyList, NameCell, Row, Table } from './table.tsx'
import { useRefresh } from './use-refresh.ts'
import { DueLine, nearestDue, Past } from './when.tsx'

type Props = {
  environments: ListedEnvironment[]
  /** Of all that match; the page shows `environments` from the `from`th on. */
  total: number
  from: number
  pageSize: number
  filter: ListFilter
  /** The sentence of the reason that the filter asks for. */
  filterReason: string | null
  counts: Record<ListState, number>
  choices: Choices
  attention: AttentionGroup[]
  failure: string | null
  now: string
}

const REFRESH_MS = 10_000

/** All environments, what wants attention first, and what can be done to many of them at once. */
export function EnvironmentList(props: Props) {
  const { environments, filter, choices, now } = props
  const t = useTranslations('operator')
  useRefresh(REFRESH_MS)
  const isNarrowed = listAddress(filter) !== '/operator'
  return (
    <StaffPage title={t('title')} actions={<SignOut />}>
      <Refusal sentence={props.failure} />
      <Attention groups={props.attention} />
      <StateFilter filter={filter} counts={props.counts} />
      <ConditionsForm key={listAddress(filter)} filter={filter} choices={choices} />
      <ReasonCondition filter={filter} sentence={props.filterReason} />
      {environments.length === 0 ? (
        <div className="mt-5">
          <EmptyList title={t(isNarrowed ? 'emptyFilterTitle' : 'emptyTitle')}>{t(isNarrowed ? 'emptyFilter' : 'empty')}</EmptyList>
        </div>
      ) : (
        <BulkBar key={`${listAddress(filter)} ${props.from}`} filter={filter} total={props.total} shown={environments.length}>
          <Table
            caption={t('caption')}
            first={<span className="sr-only">{t('act.chooseColumn')}</span>}
            head={[t('owner'), t('state'), t('course'), t('lab'), t('lastUsed'), t('due')]}
          >
            {environments.map((environment) => (
              <Listed key={environment.id} environment={environment} now={now} />
            ))}
          </Table>
        </BulkBar>
      )}
      <Pages {...props} />
    </StaffPage>
  )
}

function Listed({ environment, now }: { environment: ListedEnvironment; now: string }) {
  const t = useTranslations('operator')
  const { id, owner, course, lab, lastUsedAt, due, heldBy } = environment
  const next = nearestDue(due)
  return (
    <Row choosable>
      <ChoiceCell name="id" value={id} label={t('act.choose', { owner: owner ?? t('nobody') })} />
      <NameCell>
        <EnvironmentName environment={environment} />
      </NameCell>
      <Cell end>
        <EnvironmentState environment={environment} />
      </Cell>
      <Cell quiet>{course ?? <span className="text-ink-3">{t('noCourse')}</span>}</Cell>
      <Cell under>{lab}</Cell>
      <Cell quiet>{lastUsedAt === null ? <span className="text-ink-3">{t('never')}</span> : <Past at={lastUsedAt} now={now} />}</Cell>
      <Cell end>
        {next !== null && <DueLine due={next} now={now} />}
        {heldBy !== null && (
          <span className="mt-0.5 block max-w-56 text-xs text-ink-3 phone:hidden">
            {t.rich('dueWords.held', { ...heldBy, b: (text) => <code key="command">{text}</code> })}
          </span>
        )}
      </Cell>
    </Row>
  )
}

function Pages({ environments, total, from, pageSize, filter }: Props) {
  const t = useTranslations('operator')
  if (total <= environments.length) return null
  const page = Math.floor(from / pageSize) + 1
  const to = (number: number) => listAddress(filter, '/operator', number === 1 ? {} : { page: String(number) })
  return (
    <nav aria-label={t('page')} className="mt-4 flex items-center gap-2">
      <p className="mr-auto text-ink-2 tabular-nums">{t('pageOf', { from: from + 1, to: from + environments.length, all: total })}</p>
      {page > 1 && (
        <a href={to(page - 1)} className={buttonClass({ size: 'sm' })}>
          {t('newer')}
        </a>
      )}
      {from + environments.length < total && (
        <a href={to(page + 1)} className={buttonClass({ size: 'sm' })}>
          {t('older')}
        </a>
      )}
    </nav>
  )
}
