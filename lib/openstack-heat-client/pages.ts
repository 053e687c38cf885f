import { HeatError } from './errors.ts'

/** One page of a list, and whether the service says that there are more. `null`: it does not know the marker any more. */
export type Page<T> = { items: T[]; more: boolean } | null

/** An unknown marker (its row was purged) is ignored by Heat, which then begins again. */
const MOST_ATTEMPTS = 3
const MOST_PAGES = 1000

/**
 * Reads a list to its end by marker. A page that brings something already seen (Heat), or a refusal (Nova), means that the
 * marker was lost: what lies behind it would be missing, and whoever reads the list would believe it gone, so the whole
 * list is read again.
 *
 * @returns everything once, in Heat's order
 * @throws HeatError `protocol` if the list would not hold still
 */
export async function readAllPages<T extends { id: string }>(
  what: string,
  readPage: (marker: string | null) => Promise<Page<T>>,
  firstMarker: string | null = null,
): Promise<T[]> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const all = await readOnce(readPage, firstMarker)
    if (all) return all
  }
  const explanation = 'The list could not be read whole: its markers were lost again and again.'
  throw new HeatError('protocol', { status: null, method: 'GET', url: what, requestId: null, title: 'Unstable list', explanation })
}

async function readOnce<T extends { id: string }>(
  readPage: (marker: string | null) => Promise<Page<T>>,
  firstMarker: string | null,
): Promise<T[] | null> {
  const seen = new Map<string, T>()
  let marker = firstMarker
  for (let page = 0; page < MOST_PAGES; page++) {
    const read = await readPage(marker)
    if (read === null) return null
    const { items, more } = read
    if (items.some((item) => seen.has(item.id))) return null
    for (const item of items) seen.set(item.id, item)
    const last = items.at(-1)
    if (!more || !last) return [...seen.values()]
    marker = last.id
  }
  return null
}
