import { EnvironmentList, type ListedEnvironment } from '#components/staff/environment-list.tsx'
import { type ListFilter, listFilters } from '#components/staff/list-filter.ts'
import { listEnvironments } from '#lib/environments/store.ts'
import type { EnvironmentSummary } from '#lib/environments/summary.ts'
import { operatorActor, orRefuse } from '../guard.ts'
import { sentenceOf } from '../sentence.ts'

type Props = { searchParams: Promise<{ state?: string | string[]; failure?: string | string[] }> }

/** All environments, newest first; the address says which state. */
export default async function OperatorPage({ searchParams }: Props) {
  const actor = await operatorActor()
  const { state, failure } = await searchParams
  const filter: ListFilter = listFilters.find((known) => known === state) ?? 'all'
  const environments = await orRefuse(() => listEnvironments(actor, filter === 'all' ? {} : { phases: [filter] }))
  return <EnvironmentList environments={environments.map(listed)} filter={filter} failure={sentenceOf(failure)} />
}

function listed(one: EnvironmentSummary): ListedEnvironment {
  const { id, phase, phaseAt, createdAt } = one
  const reason = sentenceOf(one.reasonCode)
  return { id, phase, phaseAt, createdAt, owner: one.ownerName, course: one.courseTitle, lab: one.labTitle, reason }
}
