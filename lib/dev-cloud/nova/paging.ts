import { Fault } from '../fault.ts'
import type { HttpRequest } from '../http.ts'
import type { JsonMap } from '../json.ts'

export type Page<T> = { items: T[]; links: JsonMap }
type How<T> = {
  /** What a marker names. */
  key: (item: T) => string
  /** `http://.../compute/v2.1` */
  base: string
  /** Below it: `servers/detail`. */
  collection: string
  /** What the links are called in the answer. */
  links: string
}

/** nova.conf [api]max_limit */
const most = 1000

/** A page by `limit` and `marker`, with the address of the next one whenever it is full (nova/api/openstack/common.py). */
export function pageOf<T>(request: HttpRequest, all: T[], { key, base, collection, links }: How<T>): Page<T> {
  const limit = limitOf(request)
  const marker = request.query.get('marker')
  const before = marker === null ? -1 : all.findIndex((item) => key(item) === marker)
  if (marker !== null && before < 0) throw new Fault(400, 'BadRequest', `marker [${marker}] not found`)
  const size = Math.min(limit ?? most, most)
  const items = all.slice(before + 1, before + 1 + size)
  const last = items.at(-1)
  if (last === undefined || limit === 0 || items.length < size) return { items, links: {} }
  const next = new URLSearchParams(request.query)
  next.delete('marker')
  next.sort()
  next.set('marker', key(last))
  return { items, links: { [links]: [{ rel: 'next', href: `${base}/${collection}?${next.toString()}` }] } }
}

function limitOf(request: HttpRequest): number | undefined {
  const value = request.query.get('limit')
  if (value === null) return undefined
  if (!/^\d*$/.test(value))
    throw new Fault(400, 'BadRequest', `Invalid input for query parameters limit. Value: ${value}. '${value}' does not match '^[0-9]*$'`)
  return value === '' ? undefined : Number(value)
}
