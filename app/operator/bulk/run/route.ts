import { z } from 'zod'
import { type BulkAsk, bulkAddress, readBulkAsk } from '#components/staff/bulk-address.ts'
import { requireOperator } from '#lib/access/login-session.ts'
import { requireOwnOrigin } from '#lib/access/origin.ts'
import { changedPreview, runBulk } from '#lib/environments/bulk.ts'
import { fail, isFailure } from '#lib/errors.ts'
import { answering, failureRedirect, readForm, seeOther } from '#lib/http-answer.ts'
import { bulkOrderOf } from '../meant.ts'

const form = z.object({ order: z.string().max(8_000), digest: z.string().max(100), reason: z.string().trim().max(500).optional() })

/**
 * A form: `order`, what stands behind the question mark of the page that showed what would happen; `digest`, which stands for what it
 * showed; `reason`. To the page of what was done; back to the other one where something else would happen by now.
 */
export async function POST(request: Request) {
  let page = '/operator'
  return answering(
    async () => {
      requireOwnOrigin(request.headers)
      const actor = await requireOperator(request.headers.get('cookie'))
      const { order, digest, reason } = await readForm(request, form)
      const ask = readBulkAsk(new URLSearchParams(order))
      if (ask === null) throw fail('input.invalid', { detail: 'order' })
      page = bulkAddress(ask)
      const done = await run(() => runBulk(actor, bulkOrderOf(ask, reason), digest))
      return seeOther(done === 'changed' || done.orderId === null ? changedAddress(ask) : `/operator/bulk/${done.orderId}`)
    },
    (error) => failureRedirect(page)(error),
  )
}

const changedAddress = (ask: BulkAsk) => bulkAddress(ask, { changed: 'yes' })

/** That something else would happen by now is no failure: the page shows it. */
async function run<T>(work: () => Promise<T>): Promise<T | 'changed'> {
  try {
    return await work()
  } catch (error) {
    if (isFailure(error) && changedPreview(error) !== null) return 'changed'
    throw error
  }
}
