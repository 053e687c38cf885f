'use client'

import { ArrowLeft } from 'lucide-react'
import { useTranslations } from 'use-intl/react'
import type { Phase } from '#lib/environments/phase.ts'
import { buttonClass } from '../ui/button.tsx'
import { LocalTime } from '../ui/local-time.tsx'
import { Status } from '../ui/status.tsx'
import { StaffPage } from './staff-page.tsx'
import { Cell, EmptyList, NameCell, Row, Table } from './table.tsx'

/** Somebody in the course. `phase` and `since` are null where they have no machines. */
export type ClassMember = {
  id: string
  name: string | null
  role: 'learner' | 'instructor'
  you: boolean
  phase: Phase | null
  since: string | null
}

export type ClassProps = { launchId: string; title: string; members: ClassMember[]; at: string }

const working: readonly Phase[] = ['queued', 'building', 'starting', 'ready', 'resuming', 'suspending', 'suspended']

/** Who in the course has machines, and in what state. */
export function ClassView({ launchId, title, members, at }: ClassProps) {
  const t = useTranslations()
  const machines = members.filter(({ phase }) => phase !== null && working.includes(phase)).length
  const actions = (
    <a href={`/l/${launchId}`} className={buttonClass({ size: 'sm' })}>
      <ArrowLeft className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
      {t('class.back')}
    </a>
  )
  return (
    <StaffPage title={title} beside={t('class.title')} actions={actions}>
      <div className="mb-3 flex flex-wrap items-baseline gap-x-2.5">
        <h2 className="text-lg font-semibold tracking-tight">{t('class.title')}</h2>
        <p className="text-ink-2 tabular-nums">{t('class.summary', { people: members.length, machines })}</p>
        <p className="ml-auto text-xs text-ink-3">{t.rich('class.asOf', { time: () => <LocalTime at={at} /> })}</p>
      </div>
      {members.length === 0 ? (
        <EmptyList title={t('class.emptyTitle')}>{t('class.empty')}</EmptyList>
      ) : (
        <Table caption={t('class.caption')} head={[t('class.person'), t('class.role'), t('class.state'), t('class.since')]}>
          {members.map((member) => (
            <Member key={member.id} member={member} />
          ))}
        </Table>
      )}
    </StaffPage>
  )
}

function Member({ member }: { member: ClassMember }) {
  const t = useTranslations()
  return (
    <Row>
      <NameCell>
        <b className={member.name === null ? 'font-medium text-ink-3' : 'font-medium'}>{member.name ?? t('class.unnamed')}</b>
        {member.you && <span className="text-ink-3"> ({t('class.you')})</span>}
      </NameCell>
      <Cell quiet>{t(`class.${member.role}`)}</Cell>
      <Cell end>
        {member.phase === null ? (
          <span className="text-ink-3">{t('class.none')}</span>
        ) : (
          <Status of={member.phase} word={t(`phase.${member.phase}`)} className="text-ink" />
        )}
      </Cell>
      <Cell quiet>{member.since !== null && <LocalTime at={member.since} />}</Cell>
    </Row>
  )
}
