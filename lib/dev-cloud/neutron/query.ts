import { Fault } from '../fault.ts'
import type { HttpRequest } from '../http.ts'
import { isMap, type Json, type JsonMap, pythonText } from '../json.ts'

/** Of a list, what a request wants of it; `links` lead to the pages beside it. */
export type Answered = { items: JsonMap[]; links: JsonMap[] }

const ours = ['fields', 'limit', 'marker', 'sort_key', 'sort_dir', 'page_reverse', 'verbose']
const tagFilters = ['tags', 'tags-any', 'not-tags', 'not-tags-any']
/** What can be filtered by though no answer has it, or in another form. */
const known = [
  ...tagFilters,
  'shared',
  'provider:network_type',
  'provider:physical_network',
  'provider:segmentation_id',
  'is_default',
  'subnets',
]

/**
 * Networking API v2.0, "Filtering and column selection", "Sorting", "Pagination": by any field, by one of several values, `fields` for
 * fewer of them, pages by `limit` and `marker`.
 * `missing`: what to say of a marker that is not there.
 * @throws Fault 400 for a filter that the items do not have (extension filter-validation)
 */
export function answerList(
  request: HttpRequest,
  items: JsonMap[],
  how: { fields: string[]; url: string; missing: (id: string) => Fault },
): Answered {
  const { query } = request
  const unknown = [...new Set(query.keys())].filter((key) => ![...ours, ...known, ...how.fields].includes(key))
  if (unknown.length > 0) {
    const names = unknown.map((name) => `'${name}'`).join(', ')
    throw new Fault(400, 'HTTPBadRequest', `[${names}] is invalid attribute for filtering`)
  }
  const found = inOrder(
    items.filter((item) => [...new Set(query.keys())].every((key) => fits(item, key, query.getAll(key)))),
    query,
  )
  const page = pageOf(found, query, how)
  return { ...page, items: page.items.map((item) => withFields(item, request)) }
}

/** Only the fields that a request names; all where it names none. */
export function withFields(item: JsonMap, { query }: HttpRequest): JsonMap {
  const wanted = query.getAll('fields').flatMap((value) => value.split(','))
  if (wanted.length === 0) return item
  return Object.fromEntries(Object.entries(item).filter(([key]) => wanted.includes(key)))
}

function fits(item: JsonMap, key: string, wanted: string[]): boolean {
  if (ours.includes(key)) return true
  if (tagFilters.includes(key)) return fitsTags(item, key, wanted)
  // Subnets and security groups are lists of ids; a port's addresses are maps: `fixed_ips=ip_address=10.0.0.5`.
  if (key === 'fixed_ips') return wanted.every((one) => fitsAddress(item.fixed_ips, one))
  const value = item[key]
  if (Array.isArray(value)) return wanted.some((one) => value.includes(one))
  if (value === undefined) return ['shared', 'is_default'].includes(key) ? wanted.some(isNo) : false
  return wanted.some((one) => sameText(value, one))
}

const isNo = (value: string) => ['false', '0'].includes(value.toLowerCase())

function sameText(value: Json, wanted: string): boolean {
  if (typeof value === 'boolean') return value === !isNo(wanted)
  return value === null ? wanted === '' || wanted === 'null' || wanted === 'None' : pythonText(value) === wanted
}

function fitsTags(item: JsonMap, key: string, wanted: string[]): boolean {
  const tags: Json[] = Array.isArray(item.tags) ? item.tags : []
  const asked = wanted.flatMap((value) => value.split(','))
  const has = key.endsWith('any') ? asked.some((tag) => tags.includes(tag)) : asked.every((tag) => tags.includes(tag))
  return has !== key.startsWith('not')
}

function fitsAddress(value: Json | undefined, wanted: string): boolean {
  const [key = '', ...rest] = wanted.split('=')
  const text = rest.join('=')
  const addresses = Array.isArray(value) ? value.filter(isMap) : []
  return addresses.some((address) => (key === 'ip_address_substr' ? pythonText(address.ip_address).includes(text) : address[key] === text))
}

function inOrder(items: JsonMap[], query: URLSearchParams): JsonMap[] {
  const directions = query.getAll('sort_dir')
  const keys = query.getAll('sort_key')
  if (keys.length !== directions.length) throw new Fault(400, 'HTTPBadRequest', 'The number of sort_keys and sort_dirs must be same')
  const wrong = directions.find((direction) => !['asc', 'desc'].includes(direction))
  if (wrong !== undefined) throw new Fault(400, 'HTTPBadRequest', `The value of sort_dirs '${wrong}' is not one of ['asc', 'desc']`)
  return items.toSorted((one, other) => {
    for (const [index, key] of keys.entries()) {
      const [left, right] = [pythonText(one[key]), pythonText(other[key])]
      if (left !== right) return (left < right ? -1 : 1) * (directions[index] === 'desc' ? -1 : 1)
    }
    return 0
  })
}

/** neutron/api/api_common.py, get_pagination_links. */
function pageOf(items: JsonMap[], query: URLSearchParams, { url, missing }: { url: string; missing: (id: string) => Fault }): Answered {
  const wanted = query.get('limit')
  if (wanted === null) return { items, links: [] }
  if (!/^\d+$/.test(wanted))
    throw new Fault(400, 'BadRequest', `Bad limit request: Limit must be an integer 0 or greater and not '${wanted}'.`)
  const limit = Number(wanted) === 0 ? items.length : Number(wanted)
  const marker = query.get('marker')
  const at = items.findIndex(({ id }) => id === marker)
  if (marker !== null && at < 0) throw missing(marker)
  const back = ['true', '1'].includes(query.get('page_reverse')?.toLowerCase() ?? '')
  const end = marker === null ? items.length : at
  const page = back ? items.slice(Math.max(0, end - limit), end) : items.slice(at + 1, at + 1 + limit)
  const [first, last] = [page.at(0), page.at(-1)]
  if (Number(wanted) === 0 || !first || !last) return { items: page, links: [] }
  const link = (rel: string, { id }: JsonMap, reverse: boolean): JsonMap => {
    const next = new URLSearchParams(query)
    for (const key of ['marker', 'page_reverse']) next.delete(key)
    next.set('marker', pythonText(id))
    if (reverse) next.set('page_reverse', 'True')
    return { rel, href: `${url}?${next.toString()}` }
  }
  const short = page.length < limit
  return {
    items: page,
    links: [...(short && !back ? [] : [link('next', last, false)]), ...(short && back ? [] : [link('previous', first, true)])],
  }
}
