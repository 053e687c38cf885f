import type { DetailedEnvironment } from '#components/staff/detailed-environment.ts'
import { EnvironmentPage } from '#components/staff/environment-page.tsx'
import { type EnvironmentDetails, environmentDetails, MOST_EVENTS } from '#lib/environments/details.ts'
import { operatorActor, orRefuse } from '../../../guard.ts'
import { sentenceOf } from '../../../sentence.ts'
import { listed } from '../../listed.ts'

type Props = { params: Promise<{ id: string }>; searchParams: Promise<{ failure?: string | string[] }> }

/** One environment: what it is, what happened, why, and what can be done. */
export default async function EnvironmentDetailsPage({ params, searchParams }: Props) {
  const actor = await operatorActor()
  const details = await orRefuse(async () => environmentDetails(actor, (await params).id))
  const failure = sentenceOf((await searchParams).failure)
  return <EnvironmentPage environment={detailed(details)} failure={failure} now={new Date().toISOString()} />
}

function detailed(one: EnvironmentDetails): DetailedEnvironment {
  const {
    ownerName: _owner,
    courseTitle: _course,
    labTitle: _lab,
    cloudName,
    lastActivityAt: _used,
    marked,
    deletedAt: _deleted,
    ...same
  } = one
  return {
    ...same,
    ...listed(one),
    cloud: cloudName,
    deletesAt: marked ? (one.due.find(({ what }) => what === 'delete')?.at ?? null) : null,
    events: one.events.map((event) => ({ ...event, sentence: sentenceOf(event.code) })),
    mostEvents: MOST_EVENTS,
  }
}
