'use client'

import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl/react'
import { LocalTime } from '../ui/local-time.tsx'
import type { DetailedEnvironment } from './detailed-environment.ts'
import { Part } from './part.tsx'
import { Coming, Past } from './when.tsx'

type Props = { environment: DetailedEnvironment; now: string }
type Fact = [name: string, value: ReactNode] | null

/** What is known of it: whose it is, how it is used and sleeps, and how far those who work on it are. */
export function EnvironmentFacts({ environment, now }: Props) {
  const t = useTranslations('operator')
  const { course, lab, cloud, createdAt, generation, id, ownerKey, intent, hosts } = environment
  const facts: Fact[] = [
    [t('course'), course ?? t('noCourse')],
    [t('lab'), lab],
    [t('cloud'), cloud ?? '–'],
    [t('created'), <LocalTime key="created" at={createdAt} seconds />],
    ...useOfIt({ environment, now }, t),
    [t('intent'), t(`wanted.${intent}`)],
    [t('generation'), generation],
    ...workOnIt({ environment, now }, t),
    [t('hosts'), <Hosts key="hosts" hosts={hosts} />],
    [t('id'), <Code key="id">{id}</Code>],
    [t('ownerKey'), ownerKey === null ? '–' : <Code key="owner">{ownerKey}</Code>],
  ]
  return (
    <Part title={t('details')}>
      <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-6 wide:grid-cols-[max-content_minmax(0,1fr)_max-content_minmax(0,1fr)] gap-y-1.5 phone:grid-cols-1 phone:gap-y-0.5">
        {facts.flatMap((fact) =>
          fact === null ? (
            []
          ) : (
            <div key={fact[0]} className="contents">
              <dt className="text-ink-3 phone:mt-1.5 phone:text-xs">{fact[0]}</dt>
              <dd className="min-w-0 [overflow-wrap:anywhere]">{fact[1]}</dd>
            </div>
          ),
        )}
      </dl>
    </Part>
  )
}

type Say = ReturnType<typeof useTranslations<'operator'>>

function useOfIt({ environment, now }: Props, t: Say): Fact[] {
  const { touchedAt, lastUsedAt, awakeAt, extensions, sleep, sleepFailures } = environment
  return [
    [
      t('touchedAt'),
      touchedAt === null ? (
        <span key="touched" className="text-ink-3">
          {t('notTouched')}
        </span>
      ) : (
        <LocalTime key="touched" at={touchedAt} seconds />
      ),
    ],
    lastUsedAt === null ? null : [t('lastUsed'), <Past key="used" at={lastUsedAt} now={now} />],
    awakeAt === null
      ? null
      : [
          t('sitting'),
          <span key="awake">
            <LocalTime at={awakeAt} seconds /> {extensions > 0 && <span className="text-ink-2">{t('extended', { n: extensions })}</span>}
          </span>,
        ],
    sleep === null ? null : [t('sleepHow'), t(`sleepHows.${sleep.how}`)],
    sleep === null ? null : [t('sleepWhy'), t(`sleepWhys.${sleep.why}`)],
    sleepFailures === 0 ? null : [t('sleepFailures'), sleepFailures],
  ]
}

function workOnIt({ environment, now }: Props, t: Say): Fact[] {
  const { failures, lease, nextCheckAt, checkedAt } = environment
  const worker =
    lease === null
      ? t('noLease')
      : t.rich('leaseUntil', { owner: lease.owner, time: () => <LocalTime key="until" at={lease.until} seconds /> })
  return [
    failures === 0 ? null : [t('failures'), failures],
    [t('nextCheck'), nextCheckAt === null ? t('resting') : <Coming key="next" at={nextCheckAt} now={now} />],
    [t('lease'), <span key="lease">{worker}</span>],
    checkedAt === null ? null : [t('checked'), <LocalTime key="checked" at={checkedAt} seconds />],
  ]
}

function Hosts({ hosts }: { hosts: DetailedEnvironment['hosts'] }) {
  const t = useTranslations('operator')
  if (hosts.length === 0) return <span className="text-ink-3">{t('noHosts')}</span>
  return (
    <ul>
      {hosts.map(({ name, address, user, hostKeySource }) => (
        <li key={name}>
          {name} <Code>{`${user}@${address}`}</Code>{' '}
          {hostKeySource !== null && <span className="text-ink-3">{t(`hostKey.${hostKeySource}`)}</span>}
        </li>
      ))}
    </ul>
  )
}

function Code({ children }: { children: ReactNode }) {
  return <code className="text-xs">{children}</code>
}
