import { z } from 'zod'
import { bodyAs, type CallOptions } from './http.ts'
import { readAllPages } from './pages.ts'
import type { HeatRequester } from './requester.ts'
import { type Stack, stackBody } from './stacks.ts'
import { heatUrls } from './urls.ts'

export const nextLink = z
  .array(z.object({ rel: z.string() }))
  .nullish()
  .transform((links) => links?.some((link) => link.rel === 'next') ?? false)

const stackPage = z.object({ stacks: z.array(stackBody), links: nextLink }).transform((wire) => ({ items: wire.stacks, more: wire.links }))

export type StackListOptions = CallOptions & {
  /** Only stacks that carry all of these. */
  tags?: string[]
  /** Stacks per request; the list is always read to its end. Default 2,000, of about 1 KB each: one request for nearly everybody. */
  limit?: number
  /** Also those whose deletion is complete and that Heat still remembers. */
  showDeleted?: boolean
}

/**
 * GET /stacks: the project's stacks, oldest first, without parameters and outputs. Either all of them or an error: a
 * stack is never missing merely because another was deleted between two pages.
 *
 * @throws HeatError `protocol` when the list would not hold still, and as any call
 */
export async function listStacks(ask: HeatRequester, options: StackListOptions = {}): Promise<Stack[]> {
  const query = new URLSearchParams({ limit: String(options.limit ?? 2000), sort_keys: 'created_at', sort_dir: 'asc' })
  if (options.tags?.length) query.set('tags', options.tags.join(','))
  if (options.showDeleted) query.set('show_deleted', 'true')
  return readAllPages('/stacks', (marker) => {
    const page = new URLSearchParams(marker === null ? query : [...query, ['marker', marker]])
    return ask({ method: 'GET', url: (endpoint) => heatUrls.stacks(endpoint, page), wanted: [200], read: bodyAs(stackPage), call: options })
  })
}
