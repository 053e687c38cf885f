import { BulkDonePage } from '#components/staff/bulk-done.tsx'
import { bulkResult } from '#lib/environments/bulk-result.ts'
import { operatorActor, orRefuse } from '../../../guard.ts'
import { sentenceOf } from '../../../sentence.ts'
import { listed } from '../../listed.ts'

type Props = { params: Promise<{ order: string }>; searchParams: Promise<{ failure?: string | string[] }> }

/** What was ordered for many at once, and how far each of them is. */
export default async function BulkOrderPage({ params, searchParams }: Props) {
  const actor = await operatorActor()
  const { environments, ...result } = await orRefuse(async () => bulkResult(actor, (await params).order))
  return (
    <BulkDonePage
      {...result}
      environments={environments.map(listed)}
      failure={sentenceOf((await searchParams).failure)}
      now={new Date().toISOString()}
    />
  )
}
