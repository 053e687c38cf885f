import { notFound } from 'next/navigation'
import { readBulkAsk } from '#components/staff/bulk-address.ts'
import { BulkPreviewPage } from '#components/staff/bulk-preview.tsx'
import { type BulkPreview, previewBulk } from '#lib/environments/bulk.ts'
import { isFailure } from '#lib/errors.ts'
import { operatorActor, orRefuse } from '../../guard.ts'
import { sentenceOf } from '../../sentence.ts'
import { addressOf, listed, type Query } from '../listed.ts'
import { bulkOrderOf } from './meant.ts'

type Props = { searchParams: Promise<Query> }

/** So many rows of each table are shown until all are asked for. */
const FIRST = 200

/** What would happen to many environments; the address says what and to which. Nothing is done here. */
export default async function BulkPage({ searchParams }: Props) {
  const actor = await operatorActor()
  const address = addressOf(await searchParams)
  const ask = readBulkAsk(address)
  if (ask === null) notFound()
  let tooMany: string | null = null
  const preview = await orRefuse(() =>
    previewBulk(actor, bulkOrderOf(ask)).catch((error: unknown): BulkPreview => {
      if (!isFailure(error, 'input.invalid')) throw error
      tooMany = error.detail ?? sentenceOf(error.code)
      return { changes: [], spared: [], digest: '' }
    }),
  )
  return (
    <BulkPreviewPage
      ask={ask}
      changes={preview.changes.map(({ environment, to }) => ({ environment: listed(environment), to }))}
      spared={preview.spared.map(({ environment, why }) => ({ environment: listed(environment), why }))}
      digest={preview.digest}
      shown={address.get('all') === 'yes' ? null : FIRST}
      changed={address.get('changed') === 'yes'}
      failure={tooMany ?? sentenceOf(address.get('failure'))}
      now={new Date().toISOString()}
    />
  )
}
