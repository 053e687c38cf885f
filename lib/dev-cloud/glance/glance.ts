import type { Cloud } from '../cloud.ts'
import { Fault } from '../fault.ts'
import type { Handler, HttpReply, HttpRequest, Route, Service } from '../http.ts'
import { type Json, type JsonMap, pythonText } from '../json.ts'
import { requireToken, type Tokens } from '../keystone/tokens.ts'
import { notFound, webobReply } from '../webob.ts'
import { imageBody, imageSchema, imagesSchema, versionList } from './image-shapes.ts'

type Site = { cloud: Cloud; tokens: Tokens; identityUrl: () => string }

const prefix = '/image'
const ok = (body: JsonMap): HttpReply => ({ status: 200, body })

/** Glance v2, to read from (recordings glance-*). Images are built by recipes. */
export function glanceService(site: Site): Service {
  const { cloud } = site
  const at = (method: string, path: string, handle: Handler, verb: string): Route => ({
    method,
    pattern: `${prefix}/v2${path}`,
    handle: (request) => {
      requireToken(site.tokens, request)
      return handle(request)
    },
    verb,
  })
  const versions = () => versionList(`${cloud.heatUrl()}${prefix}`)
  const refused = (method: string, path: string) => at(method, path, (request) => refuseToChange(cloud, request), 'other')
  const routes: Route[] = [
    { method: 'GET', pattern: prefix, handle: () => ({ status: 300, body: { versions: versions() } }), verb: 'versions' },
    { method: 'GET', pattern: `${prefix}/versions`, handle: () => ok({ versions: versions() }), verb: 'versions' },
    at('GET', '/images', (request) => listImages(cloud, request), 'list'),
    at('GET', '/images/:id', (request) => ok(imageOf(cloud, request)), 'show'),
    at('GET', '/images/:id/members', (request) => refuseMembers(cloud, request), 'list'),
    at('GET', '/images/:id/file', (request) => refuseContent(cloud, request), 'other'),
    at('GET', '/schemas/image', () => ok(imageSchema), 'show'),
    at('GET', '/schemas/images', () => ok(imagesSchema), 'show'),
    at('GET', '/tasks', refuseTasks, 'list'),
    refused('POST', '/images'),
    refused('PATCH', '/images/:id'),
    refused('DELETE', '/images/:id'),
    refused('PUT', '/images/:id/file'),
    refused('PUT', '/images/:id/tags/:tag'),
    refused('DELETE', '/images/:id/tags/:tag'),
    refused('POST', '/images/:id/members'),
    refused('POST', '/images/:id/actions/deactivate'),
  ]
  return { name: 'glance', prefix, routes, refuse: (fault, request) => refuse(site, fault, request), maxBodyBytes: 114_688 }
}

const stranger =
  'This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.'

/** webob's own shape of an error, which Glance leaves as it is. Any address outside of v2 leads to the versions. */
function refuse({ cloud, tokens, identityUrl }: Site, fault: Fault, request: HttpRequest): HttpReply {
  const unknown = fault.type === 'NoRoute' || fault.type === 'NoMethod'
  const below = request.target.startsWith(`${prefix}/v2`)
  if (unknown && !below) return { status: 300, body: { versions: versionList(`${cloud.heatUrl()}${prefix}`) } }
  if (fault.status === 401 || (unknown && !tokens.check(request.header('X-Auth-Token'))))
    return { ...webobReply(401, stranger), headers: { 'WWW-Authenticate': `Keystone uri="${identityUrl()}"` } }
  if (fault.type === 'NoMethod') return webobReply(405, `The method ${request.method} is not allowed for this resource. `)
  return webobReply(fault.status, unknown ? notFound : (fault.detail ?? fault.type))
}

/** Image service API v2, "List images": filters by equality, `in:` for several values, pages by `limit` and `marker`. */
function listImages(cloud: Cloud, request: HttpRequest): HttpReply {
  const { query } = request
  const hidden = query.get('os_hidden') ?? 'false'
  if (!['true', 'false'].includes(hidden.toLowerCase()))
    throw new Fault(
      400,
      'Bad Request',
      `Invalid value '${hidden.toLowerCase()}' for 'os_hidden' filter. Valid values are 'true' or 'false'.`,
    )
  const limit = limitOf(query.get('limit'))
  const found = inOrder(
    cloud.content.images
      .map((image) => imageBody(cloud, image))
      .filter((image) => [...query.keys()].every((key) => fits(image, key, query.getAll(key)))),
    query,
  )
  const marker = query.get('marker')
  const before = marker === null ? -1 : found.findIndex(({ id }) => id === marker)
  if (marker !== null && before < 0) throw new Fault(400, 'Bad Request', `No image found with ID ${marker}`)
  const images = found.slice(before + 1, before + 1 + limit)
  const last = images.at(-1)
  const body: JsonMap = { images, first: addressWith(query, null), schema: '/v2/schemas/images' }
  if (last !== undefined && images.length === limit) body.next = addressWith(query, pythonText(last.id))
  return ok(body)
}

/** glance-api.conf limit_param_default and api_limit_max */
function limitOf(value: string | null): number {
  if (value === null) return 25
  if (!/^-?\d+$/.test(value)) throw new Fault(400, 'Bad Request', 'limit param must be an integer')
  if (Number(value) < 0) throw new Fault(400, 'Bad Request', 'limit param must be positive')
  return Math.min(Number(value), 1000)
}

function addressWith(query: URLSearchParams, marker: string | null): string {
  const next = new URLSearchParams(query)
  next.delete('marker')
  if (marker !== null) next.set('marker', marker)
  const written = next.toString()
  return written === '' ? '/v2/images' : `/v2/images?${written}`
}

const paging = ['limit', 'marker', 'sort', 'sort_key', 'sort_dir', 'member_status', 'size_min', 'size_max', 'changes-since']

function fits(image: JsonMap, key: string, wanted: string[]): boolean {
  if (paging.includes(key)) return true
  if (key === 'tag') return wanted.every((tag) => Array.isArray(image.tags) && image.tags.includes(tag))
  if (key === 'visibility' && wanted.includes('all')) return true
  return wanted.every((one) => matches(image[key], one))
}

function matches(value: Json | undefined, wanted: string): boolean {
  if (typeof value === 'boolean') return String(value) === wanted.toLowerCase()
  const given = value === null || value === undefined ? '' : pythonText(value)
  return wanted.startsWith('in:') ? wanted.slice(3).split(',').includes(given) : given === wanted
}

const sortable = ['name', 'status', 'container_format', 'disk_format', 'size', 'id', 'created_at', 'updated_at']

/** `sort=name:asc,created_at`, or `sort_key` with `sort_dir`; newest first. */
function inOrder(images: JsonMap[], query: URLSearchParams): JsonMap[] {
  const joined =
    query.get('sort')?.split(',') ?? query.getAll('sort_key').map((key, index) => `${key}:${query.getAll('sort_dir')[index] ?? 'desc'}`)
  const keys = joined.map((entry) => entry.split(':'))
  for (const [key = ''] of keys) {
    if (sortable.includes(key)) continue
    throw new Fault(400, 'Bad Request', `Invalid sort key: ${key}. It must be one of the following: ${sortable.join(', ')}.`)
  }
  return images.toSorted((one, other) => {
    for (const [key = '', direction] of keys) {
      const [left, right] = [pythonText(one[key]), pythonText(other[key])]
      if (left !== right) return (left < right ? -1 : 1) * (direction === 'asc' ? 1 : -1)
    }
    return 0
  })
}

function imageOf(cloud: Cloud, { params }: HttpRequest): JsonMap {
  const found = cloud.content.images.find(({ id }) => id === params.id)
  if (!found) throw new Fault(404, 'Not Found', `No image found with ID ${params.id}`)
  return imageBody(cloud, found)
}

function refuseMembers(cloud: Cloud, request: HttpRequest): HttpReply {
  const { id } = imageOf(cloud, request)
  throw new Fault(403, 'Forbidden', `Not allowed to list members for image ${pythonText(id)}: Only shared images have members.`)
}

function refuseTasks(): HttpReply {
  throw new Fault(403, 'Forbidden', 'You are not authorized to complete tasks_api_access action.')
}

function refuseContent(cloud: Cloud, request: HttpRequest): HttpReply {
  imageOf(cloud, request)
  throw new Fault(403, 'Forbidden', 'An image of this development cloud is a folder of its host, and is not given away.')
}

function refuseToChange(cloud: Cloud, request: HttpRequest): HttpReply {
  const { id } = request.params
  if (request.method === 'DELETE' && id !== undefined && !cloud.content.images.some((image) => image.id === id))
    throw new Fault(404, 'Not Found', `Failed to find image ${id} to delete`)
  if (id !== undefined) imageOf(cloud, request)
  throw new Fault(403, 'Forbidden', 'This development cloud builds its images from recipes: npm run astrolabe -- image build.')
}
