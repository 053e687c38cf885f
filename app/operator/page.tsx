import { notFound } from 'next/navigation'
import type { AttentionGroup } from '#components/staff/attention.tsx'
import { EnvironmentList } from '#components/staff/environment-list.tsx'
import { countIn, environmentsMeant, type ListState, listStates, readListFilter } from '#components/staff/list-filter.ts'
import { type AttentionGroup as Attention, needsAttention } from '#lib/environments/attention.ts'
import { countEnvironments, filterChoices, listEnvironments } from '#lib/environments/store.ts'
import { operatorActor, orRefuse } from '../guard.ts'
import { sentenceOf } from '../sentence.ts'
import { addressOf, listed, type Query } from './listed.ts'

type Props = { searchParams: Promise<Query> }

const PAGE_SIZE = 100

/** All environments, newest first; the address says which. */
export default async function OperatorPage({ searchParams }: Props) {
  const actor = await operatorActor()
  const address = addressOf(await searchParams)
  const filter = readListFilter(address)
  const page = /^[1-9][0-9]{0,3}$/.exec(address.get('page') ?? '1')
  if (filter === null || page === null || filter.ids.length > 0) notFound()
  const from = (Number(page[0]) - 1) * PAGE_SIZE
  const { phases, marked, ...conditions } = environmentsMeant(filter)
  const [environments, counts, choices, attention] = await orRefuse(() =>
    Promise.all([
      listEnvironments(actor, { ...conditions, phases, marked }, { limit: PAGE_SIZE, offset: from }),
      countEnvironments(actor, conditions),
      filterChoices(actor),
      needsAttention(actor),
    ]),
  )
  return (
    <EnvironmentList
      environments={environments.map(listed)}
      total={countIn(filter.state, counts)}
      from={from}
      pageSize={PAGE_SIZE}
      filter={filter}
      filterReason={sentenceOf(filter.reason)}
      counts={Object.fromEntries(listStates.map((state) => [state, countIn(state, counts)])) as Record<ListState, number>}
      choices={choices}
      attention={attention.map(attended)}
      failure={sentenceOf(address.get('failure'))}
      now={new Date().toISOString()}
    />
  )
}

function attended({ kind, phase, reasonCode, count, examples }: Attention): AttentionGroup {
  const shown = examples.map((one) => ({ ...listed(one), detail: one.reasonDetail }))
  return { kind, phase, reasonCode, count, sentence: sentenceOf(reasonCode), examples: shown }
}
