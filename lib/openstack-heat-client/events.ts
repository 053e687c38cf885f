import { z } from 'zod'
import { bodyAs, type CallOptions } from './http.ts'
import { readAllPages } from './pages.ts'
import type { HeatRequester } from './requester.ts'
import { nextLink } from './stack-list.ts'
import { actionAndStatus, type HeatAction, type HeatStatus, instant } from './stacks.ts'
import { heatUrls, type StackRef } from './urls.ts'

export type StackEvent = {
  id: string
  at: Date
  /** The resource, or the stack itself under its own name: see `isStack`. */
  resourceName: string
  physicalId: string
  action: HeatAction
  status: HeatStatus
  statusReason: string
  isStack: boolean
}

const eventBody = z.object({
  id: z.string(),
  event_time: instant,
  resource_name: z.string(),
  physical_resource_id: z.string().nullish(),
  resource_status: actionAndStatus,
  resource_status_reason: z.string().nullish(),
})

const eventPage = z.object({ events: z.array(eventBody), links: nextLink })

export type EventListOptions = CallOptions & {
  /** The id of the last event already known. One that Heat has purged is ignored by it: everything comes again, with the same ids. */
  after?: string | null
  /** Events per request; the list is always read to its end. Default 500. */
  limit?: number
}

/**
 * GET /events: what happened since `after`, oldest first, also within one second (so no `sort_keys`: by time alone
 * Heat's order within a second is undefined).
 *
 * @throws HeatError `not_found`, `protocol` when the list would not hold still
 */
export async function listEvents(ask: HeatRequester, ref: StackRef, options: EventListOptions = {}): Promise<StackEvent[]> {
  const limit = options.limit ?? 500
  const readPage = async (marker: string | null) => {
    const query = new URLSearchParams({ sort_dir: 'asc', limit: String(limit), ...(marker === null ? {} : { marker }) })
    const url = (endpoint: string) => heatUrls.events(endpoint, ref, query)
    const page = await ask({ method: 'GET', url, wanted: [200], read: bodyAs(eventPage), call: options })
    return { items: page.events, more: page.links || page.events.length === limit }
  }
  const all = await readAllPages('/events', readPage, options.after ?? null)
  return all.map((wire) => ({
    id: wire.id,
    at: wire.event_time,
    resourceName: wire.resource_name,
    physicalId: wire.physical_resource_id ?? '',
    ...wire.resource_status,
    statusReason: wire.resource_status_reason ?? '',
    isStack: wire.physical_resource_id === ref.id,
  }))
}
