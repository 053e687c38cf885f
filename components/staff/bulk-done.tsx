'use client'

import { ArrowLeft, Undo2 } from 'lucide-react'
import { useTranslations } from 'use-intl/react'
import { Button, buttonClass } from '../ui/button.tsx'
import { LocalTime } from '../ui/local-time.tsx'
import type { BulkAction } from './bulk-address.ts'
import { EnvironmentName, EnvironmentState } from './environment-cells.tsx'
import { isMoving, type ListedEnvironment } from './listed-environment.ts'
import { Refusal } from './refusal.tsx'
import { SignOut } from './sign-out.tsx'
import { StaffPage } from './staff-page.tsx'
import { Cell, NameCell, Row, Table } from './table.tsx'
import { useRefresh } from './use-refresh.ts'
import { DueLine, nearestDue } from './when.tsx'

export type BulkDoneProps = {
  orderId: string
  action: BulkAction
  at: string
  actorName: string | null
  reason: string | null
  environments: ListedEnvironment[]
  /** Deletions that can still be taken back. */
  undoable: number
  failure: string | null
  now: string
}

const REFRESH_MS = 2_000

/** What was ordered for many at once, and how far each of them is. */
export function BulkDonePage(props: BulkDoneProps) {
  const { orderId, action, at, actorName, reason, environments, undoable, failure, now } = props
  const t = useTranslations('operator')
  const moving = environments.filter(isMoving).length
  useRefresh(moving > 0 || undoable > 0 ? REFRESH_MS : null)
  const actions = (
    <>
      <a href="/operator" className={buttonClass({ size: 'sm' })} aria-label={t('back')}>
        <ArrowLeft className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
        <span className="phone:hidden">{t('back')}</span>
      </a>
      <SignOut />
    </>
  )
  return (
    <StaffPage title={t(`done.title.${action}`, { n: environments.length })} actions={actions}>
      <Refusal sentence={failure} />
      <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2">
        <p className="text-base">
          {t.rich('done.by', { who: actorName ?? t('done.atCommandLine'), time: () => <LocalTime key="at" at={at} /> })}
          {reason !== null && <span className="text-ink-2"> {t('done.because', { reason })}</span>}
        </p>
        <p aria-live="polite" className="text-ink-2 tabular-nums">
          {moving > 0 && t('done.moving', { n: moving })}
        </p>
        {undoable > 0 && (
          <form method="post" action={`/operator/bulk/${orderId}/undo`} className="ml-auto flex items-center gap-3">
            <span className="text-ink-2">{t('done.undoText', { n: undoable })}</span>
            <Button type="submit" look="primary">
              <Undo2 className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
              {t('done.undo', { n: undoable })}
            </Button>
          </form>
        )}
      </div>
      <Table caption={t('done.caption')} head={[t('owner'), t('state'), t('course'), t('lab'), t('due')]}>
        {environments.map((environment) => {
          const due = nearestDue(environment.due)
          return (
            <Row key={environment.id}>
              <NameCell>
                <EnvironmentName environment={environment} />
              </NameCell>
              <Cell end>
                <EnvironmentState environment={environment} />
              </Cell>
              <Cell quiet>{environment.course ?? <span className="text-ink-3">{t('noCourse')}</span>}</Cell>
              <Cell>{environment.lab}</Cell>
              <Cell end>{due !== null && <DueLine due={due} now={now} />}</Cell>
            </Row>
          )
        })}
      </Table>
      <p className="mt-6 font-mono text-xs text-ink-3">{t('done.id', { id: orderId })}</p>
    </StaffPage>
  )
}
