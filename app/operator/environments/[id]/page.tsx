import { type DetailedEnvironment, EnvironmentPage } from '#components/staff/environment-page.tsx'
import { type EnvironmentDetails, environmentDetails } from '#lib/environments/details.ts'
import { operatorActor, orRefuse } from '../../../guard.ts'
import { sentenceOf } from '../../../sentence.ts'

type Props = { params: Promise<{ id: string }>; searchParams: Promise<{ failure?: string | string[] }> }

/** One environment: what it is, what happened, why. */
export default async function EnvironmentDetailsPage({ params, searchParams }: Props) {
  const actor = await operatorActor()
  const details = await orRefuse(async () => environmentDetails(actor, (await params).id))
  return <EnvironmentPage environment={detailed(details, new Date())} failure={sentenceOf((await searchParams).failure)} />
}

function detailed(one: EnvironmentDetails, now: Date): DetailedEnvironment {
  const { ownerName, courseTitle, labTitle, cloudName, deletedAt, deleteAt, ...same } = one
  const ordered = one.intent === 'deleted' || deleteAt !== null
  const open = deletedAt === null && one.intent !== 'deleted' && deleteAt !== null && Date.parse(deleteAt) > now.getTime()
  return {
    ...same,
    owner: ownerName,
    course: courseTitle,
    lab: labTitle,
    cloud: cloudName,
    reason: sentenceOf(one.reasonCode),
    deletesAt: open ? deleteAt : null,
    deletable: deletedAt === null && !ordered,
    undeletable: open,
  }
}
