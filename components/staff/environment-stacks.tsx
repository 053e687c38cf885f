'use client'

import { useTranslations } from 'use-intl/react'
import { LocalTime } from '../ui/local-time.tsx'
import type { DetailedStack } from './detailed-environment.ts'
import { Part } from './part.tsx'
import { Cell, NameCell, Row, Table } from './table.tsx'

/** What the cloud has, or had, of it; what failed there, in the cloud's own words. */
export function EnvironmentStacks({ stacks }: { stacks: DetailedStack[] }) {
  const t = useTranslations('operator')
  return (
    <Part title={t('stacks')}>
      {stacks.length === 0 ? (
        <p className="text-ink-2">{t('noStacks')}</p>
      ) : (
        <Table caption={t('stacks')} head={[t('stack'), t('generation'), t('attempt'), t('cloudState'), t('created'), t('gone')]}>
          {stacks.map((stack) => (
            <StackRow key={stack.name} stack={stack} />
          ))}
        </Table>
      )}
    </Part>
  )
}

function StackRow({ stack }: { stack: DetailedStack }) {
  const t = useTranslations('operator')
  return (
    <Row>
      <NameCell>
        <code className="text-xs [overflow-wrap:anywhere]">{stack.name}</code>
        {stack.heatId !== null && <code className="block text-2xs [overflow-wrap:anywhere] text-ink-3 phone:hidden">{stack.heatId}</code>}
      </NameCell>
      <Cell quiet>{stack.generation}</Cell>
      <Cell quiet>{stack.attempt}</Cell>
      <Cell whole>
        <code className="text-xs text-ink">{stack.state ?? '–'}</code>
        {stack.statusReason !== null && stack.statusReason !== '' && (
          <span className="mt-0.5 block max-w-96 text-xs [overflow-wrap:anywhere]">{stack.statusReason}</span>
        )}
        {stack.failedParts.length > 0 && (
          <ul className="mt-1 max-w-96 text-xs [overflow-wrap:anywhere]">
            {stack.failedParts.map((part) => (
              <li key={part.name} className="mt-0.5">
                <b className="font-medium text-bad-text">{t('failedPart', { name: part.name, type: part.type })}</b>{' '}
                <code>{part.status}</code> {part.statusReason}
              </li>
            ))}
          </ul>
        )}
      </Cell>
      <Cell quiet>
        <LocalTime at={stack.createdAt} seconds />
      </Cell>
      <Cell quiet>
        {stack.goneAt === null ? <span className="text-ink-3">{t('stillThere')}</span> : <LocalTime at={stack.goneAt} seconds />}
      </Cell>
    </Row>
  )
}
