'use client'

import { ArrowLeft } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl/react'
import type { Phase } from '#lib/environments/phase.ts'
import { Badge } from '../ui/badge.tsx'
import { buttonClass } from '../ui/button.tsx'
import { Callout } from '../ui/callout.tsx'
import { type BulkAsk, bulkAddress, isErasing } from './bulk-address.ts'
import { BulkOptions } from './bulk-options.tsx'
import { ConfirmBulk } from './confirm-bulk.tsx'
import { EnvironmentName, EnvironmentState } from './environment-cells.tsx'
import { listAddress } from './list-filter.ts'
import type { ListedEnvironment } from './listed-environment.ts'
import { Refusal } from './refusal.tsx'
import { SignOut } from './sign-out.tsx'
import { StaffPage } from './staff-page.tsx'
import { Cell, NameCell, Row, Table } from './table.tsx'
import { Past } from './when.tsx'

export type SpareReason = 'already' | 'removed' | 'not_now' | 'in_use' | 'held' | 'used_lately' | 'touched'

export type BulkPreviewProps = {
  ask: BulkAsk
  changes: { environment: ListedEnvironment; to: Phase }[]
  spared: { environment: ListedEnvironment; why: SpareReason }[]
  /** Stands for exactly these changes. */
  digest: string
  /** So many rows of each table are shown; null: all. */
  shown: number | null
  /** It was confirmed, but by then something else would have happened. */
  changed: boolean
  failure: string | null
  now: string
}

/** What would happen to each of many environments, before it does. */
export function BulkPreviewPage(props: BulkPreviewProps) {
  const { ask, changes, spared, changed, failure } = props
  const t = useTranslations('operator.bulk')
  const back = listAddress({ ...ask.filter, ids: [] })
  const effect = ask.action === 'delete' && ask.when === 'now' ? 'deleteNow' : ask.action
  const work = isErasing(ask) ? changes.filter(({ environment }) => environment.touched).length : 0
  const actions = (
    <>
      <a href={back} className={buttonClass({ size: 'sm' })} aria-label={t('back')}>
        <ArrowLeft className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
        <span className="phone:hidden">{t('back')}</span>
      </a>
      <SignOut />
    </>
  )
  const title = changes.length === 0 ? t(`nothing.${ask.action}`) : t(`title.${ask.action}`, { n: changes.length })
  return (
    <StaffPage title={title} actions={actions}>
      <Refusal sentence={failure} />
      {changed && (
        <div role="alert" className="mb-4">
          <Callout tone="warn">{t('changed')}</Callout>
        </div>
      )}
      <p className="max-w-[42rem] text-base text-pretty">
        {t('matched', { changes: changes.length, all: changes.length + spared.length })} {changes.length > 0 && t(`effect.${effect}`)}{' '}
        {spared.length > 0 && (
          <a href="#left-alone" className="font-medium text-accent-text underline underline-offset-3">
            {t('leftAlone', { n: spared.length })}
          </a>
        )}
      </p>
      {work > 0 && (
        <Callout tone="bad" className="mt-3 max-w-[42rem]">
          <b className="font-medium">{t('touched', { n: work })}</b>
        </Callout>
      )}
      <BulkOptions ask={ask} sparedTouched={spared.filter(({ why }) => why === 'touched').length} />
      {changes.length > 0 && <ConfirmBulk {...props} back={back} />}
      <Changes {...props} />
      <Spared {...props} />
    </StaffPage>
  )
}

function Changes({ ask, changes, shown, now }: BulkPreviewProps) {
  const t = useTranslations('operator')
  if (changes.length === 0) return null
  const rows = changes.slice(0, shown ?? undefined)
  const after = changes.map(({ environment, to }) => t(`bulk.to.${thenOf(ask, environment, to)}`))
  return (
    <Part id="changes" title={t('bulk.willChange')} count={changes.length} shown={rows.length} ask={ask}>
      <Counts words={after} />
      <Table caption={t('bulk.willChange')} head={[t('owner'), t('state'), t('bulk.after'), t('course'), t('lab'), t('lastUsed')]}>
        {rows.map(({ environment, to }) => (
          <Row key={environment.id}>
            <NameCell>
              <EnvironmentName environment={environment} />
            </NameCell>
            <Cell end>
              <EnvironmentState environment={environment} />
            </Cell>
            <Cell>
              <span className="inline-flex flex-wrap items-center gap-1.5 text-ink">
                {t(`bulk.to.${thenOf(ask, environment, to)}`)}
                {isErasing(ask) && environment.touched && <Badge tone="bad">{t('bulk.work')}</Badge>}
              </span>
            </Cell>
            <Cell quiet>{environment.course ?? <span className="text-ink-3">{t('noCourse')}</span>}</Cell>
            <Cell quiet>{environment.lab}</Cell>
            <Cell end>
              {environment.lastUsedAt === null ? (
                <span className="text-ink-3">{t('never')}</span>
              ) : (
                <Past at={environment.lastUsedAt} now={now} />
              )}
            </Cell>
          </Row>
        ))}
      </Table>
    </Part>
  )
}

function thenOf({ action, when }: BulkAsk, { phase }: ListedEnvironment, to: Phase) {
  if (action === 'suspend') return phase === 'ready' || phase === 'failed' ? 'suspend' : 'suspendLater'
  if (action === 'wake') return to === 'queued' || phase === 'failed' ? 'retry' : 'wake'
  return action === 'delete' && when === 'now' ? 'deleteNow' : action
}

function Spared({ ask, spared, shown, now }: BulkPreviewProps) {
  const t = useTranslations('operator')
  if (spared.length === 0) return null
  const rows = spared.slice(0, shown ?? undefined)
  const say = (why: SpareReason) => (why === 'already' ? t(`bulk.spared.already.${ask.action}`) : t(`bulk.spared.${why}`))
  return (
    <Part id="left-alone" title={t('bulk.willStay')} count={spared.length} shown={rows.length} ask={ask}>
      <Counts words={spared.map(({ why }) => say(why))} />
      <Table caption={t('bulk.willStay')} head={[t('owner'), t('state'), t('bulk.why'), t('lastUsed')]}>
        {rows.map(({ environment, why }) => (
          <Row key={environment.id}>
            <NameCell>
              <EnvironmentName environment={environment} />
            </NameCell>
            <Cell end>
              <EnvironmentState environment={environment} />
            </Cell>
            <Cell>{why === 'held' && environment.heldBy ? <Held heldBy={environment.heldBy} /> : say(why)}</Cell>
            <Cell end>
              {environment.lastUsedAt === null ? (
                <span className="text-ink-3">{t('never')}</span>
              ) : (
                <Past at={environment.lastUsedAt} now={now} />
              )}
            </Cell>
          </Row>
        ))}
      </Table>
    </Part>
  )
}

function Held({ heldBy: { command, host } }: { heldBy: NonNullable<ListedEnvironment['heldBy']> }) {
  const t = useTranslations('operator.bulk')
  return t.rich('runs', { command, host, b: (text) => <code key="command">{text}</code> })
}

/** How many of each, where there is more than one kind. */
function Counts({ words }: { words: readonly string[] }) {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  if (counts.size < 2) return null
  return (
    <ul className="mb-3 flex flex-wrap gap-x-4 gap-y-1 text-ink-2">
      {[...counts].map(([word, n]) => (
        <li key={word}>
          <b className="font-medium text-ink tabular-nums">{n}</b> {word}
        </li>
      ))}
    </ul>
  )
}

type PartProps = { id: string; title: string; count: number; shown: number; ask: BulkAsk; children: ReactNode }

/** Of very many only the first are shown, until all are asked for. */
function Part({ id, title, count, shown, ask, children }: PartProps) {
  const t = useTranslations('operator.bulk')
  return (
    <section id={id} className="mt-7 scroll-mt-4">
      <h2 className="mb-2.5 flex flex-wrap items-baseline gap-x-2.5 text-lg font-semibold tracking-tight">
        {title} <span className="text-sm font-normal text-ink-2 tabular-nums">{count}</span>
      </h2>
      {children}
      {shown < count && (
        <p className="mt-3 text-ink-2">
          {t('firstOf', { n: shown, all: count })}{' '}
          <a href={bulkAddress(ask, { all: 'yes' })} className="font-medium text-accent-text underline underline-offset-3">
            {t('showAll', { n: count })}
          </a>
        </p>
      )}
    </section>
  )
}
