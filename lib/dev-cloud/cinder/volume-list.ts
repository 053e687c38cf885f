import type { Volume } from '../belongings.ts'
import type { Cloud } from '../cloud.ts'
import { Fault } from '../fault.ts'
import type { HttpReply, HttpRequest } from '../http.ts'
import { isMap, type JsonMap, pythonText, text } from '../json.ts'
import { notFound } from '../webob.ts'
import { volumeBody, volumeBrief } from './volume-shapes.ts'
import { volumesOf } from './volumes.ts'

/** cinder.conf osapi_max_limit */
const most = 1000

/** `GET /volumes` and `/volumes/detail`: newest first; filters by equality, pages by `limit`, `marker` and `offset`. */
export function listVolumes(cloud: Cloud, request: HttpRequest, { minor, detail }: { minor: number; detail: boolean }): HttpReply {
  const { query } = request
  const shown = volumesOf(cloud).map((volume) => ({ volume, body: volumeBody(cloud, volume, minor) }))
  const found = inOrder(
    shown.filter(({ body }) => [...query].every(([key, value]) => fits(body, key, value))),
    query,
  )
  const limit = numberOf(query, 'limit') ?? most
  const marker = query.get('marker')
  const before = marker === null ? (numberOf(query, 'offset') ?? 0) - 1 : found.findIndex(({ volume }) => volume.id === marker)
  if (marker !== null && before < 0) throw new Fault(404, 'VolumeNotFound', `Volume ${marker} could not be found.`)
  const page = found.slice(before + 1, before + 1 + Math.min(limit, most))
  const last = page.at(-1)
  const links: JsonMap =
    last !== undefined && query.has('limit') && page.length === limit ? { volumes_links: [nextOf(cloud, request, last.volume)] } : {}
  const count: JsonMap = minor >= 45 && (query.get('with_count') ?? '').toLowerCase() === 'true' ? { count: found.length } : {}
  const volumes = page.map(({ volume, body }) => (detail ? body : volumeBrief(cloud, volume)))
  return { status: 200, body: { volumes, ...links, ...count } }
}

const paging = ['limit', 'marker', 'offset', 'sort', 'sort_key', 'sort_dir', 'all_tenants', 'with_count', 'project_id']
const filters = ['name', 'status', 'availability_zone', 'bootable', 'size', 'volume_type', 'description', 'multiattach']

/** cinder.conf query_volume_filters: what is not among them is ignored. */
function fits(body: JsonMap, key: string, wanted: string): boolean {
  if (key === 'metadata') return fitsMetadata(body, wanted)
  if (key.endsWith('~')) return pythonText(body[key.slice(0, -1)]).includes(wanted)
  if (paging.includes(key) || !filters.includes(key)) return true
  return pythonText(body[key]).toLowerCase() === wanted.toLowerCase()
}

/** A map as Python or JSON writes it. */
function fitsMetadata(body: JsonMap, wanted: string): boolean {
  try {
    const pairs = JSON.parse(wanted.replaceAll("'", '"')) as unknown
    return (
      isMap(pairs) &&
      isMap(body.metadata) &&
      Object.entries(pairs).every(([key, value]) => isMap(body.metadata) && body.metadata[key] === value)
    )
  } catch {
    return false
  }
}

type Shown = { volume: Volume; body: JsonMap }

/** `sort=name:asc,created_at`, or `sort_key` with `sort_dir`. */
function inOrder(found: Shown[], query: URLSearchParams): Shown[] {
  const joined =
    query.get('sort') ?? (query.has('sort_key') ? `${query.get('sort_key')}:${query.get('sort_dir') ?? 'desc'}` : 'created_at:desc')
  const keys = joined.split(',').map((entry) => entry.trim().split(':'))
  return found.toSorted((one, other) => {
    for (const [key = '', direction] of [...keys, ['id', 'desc']]) {
      const [left, right] = [one, other].map(({ body }) => body[key] ?? '')
      if (left === right || left === undefined || right === undefined) continue
      return (left < right ? -1 : 1) * (direction === 'asc' ? 1 : -1)
    }
    return 0
  })
}

function numberOf(query: URLSearchParams, key: string): number | undefined {
  const value = query.get(key)
  if (value === null || value === '') return undefined
  if (!/^\d+$/.test(value)) throw new Fault(400, 'BadRequest', `${key} param must be an integer`)
  return Number(value)
}

function nextOf(cloud: Cloud, { target, query }: HttpRequest, last: Volume): JsonMap {
  const next = new URLSearchParams(query)
  next.delete('offset')
  next.set('marker', last.id)
  return { rel: 'next', href: `${cloud.heatUrl()}${target.split('?')[0] ?? ''}?${next.toString()}` }
}

/** `GET /volumes/summary`, since 3.12. */
export function summary(cloud: Cloud, minor: number): HttpReply {
  if (minor < 12) throw new Fault(404, 'NotFound', notFound)
  const all = volumesOf(cloud)
  const metadata: Record<string, string[]> = {}
  for (const volume of all)
    for (const [key, value] of Object.entries(volume.metadata)) metadata[key] = [...new Set([...(metadata[key] ?? []), text(value) ?? ''])]
  const total_size = all.reduce((sum, { sizeGiB }) => sum + sizeGiB, 0)
  return { status: 200, body: { 'volume-summary': { total_count: all.length, total_size, ...(minor >= 36 ? { metadata } : {}) } } }
}
