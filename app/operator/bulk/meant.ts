import type { BulkAsk } from '#components/staff/bulk-address.ts'
import { environmentsMeant } from '#components/staff/list-filter.ts'
import { type BulkOrder, GRACE_MS } from '#lib/environments/bulk-plan.ts'

/** What an address asks for, as the domain wants it. */
export function bulkOrderOf({ action, filter, spareMinutes, touched, when }: BulkAsk, reason?: string): BulkOrder {
  return {
    action,
    filter: environmentsMeant(filter),
    graceMs: when === 'now' ? 0 : GRACE_MS,
    touched,
    spareMs: spareMinutes * 60_000,
    ...(reason === undefined ? {} : { reason }),
  }
}
