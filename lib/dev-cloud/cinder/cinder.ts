import type { Cloud } from '../cloud.ts'
import { Fault, unauthorized } from '../fault.ts'
import { firstKey, type HttpReply, type HttpRequest, type Route, type Service, type Verb } from '../http.ts'
import type { JsonMap } from '../json.ts'
import { refuse as refuseLikeKeystone } from '../keystone/keystone-shapes.ts'
import { requireToken, type Tokens } from '../keystone/tokens.ts'
import { notFound, webobReply } from '../webob.ts'
import { microversionOf, microversions, versionHeaders } from './microversion.ts'
import { cinderLimits, cinderQuotas } from './quotas.ts'
import { actOnVolume, changeMetadata, createVolume, deleteVolume, renameVolume, showMetadata, showVolume } from './volume-calls.ts'
import { listVolumes, summary } from './volume-list.ts'
import { typeBody } from './volume-shapes.ts'

type Site = { cloud: Cloud; tokens: Tokens; identityUrl: () => string }
/** `minor`: the microversion that is asked for, by what follows "3." */
type Answer = (request: HttpRequest, minor: number) => HttpReply | Promise<HttpReply>

const prefix = '/volume'
const ok = (body: JsonMap): HttpReply => ({ status: 200, body })

/** Cinder v3 and its microversions to 3.70: volumes, and what belongs to them (Block Storage API v3). They are files here. */
export function cinderService(site: Site): Service {
  const { cloud } = site
  const at = (method: string, path: string, handle: Answer, verb: Verb): Route => ({
    method,
    pattern: `${prefix}/v3/:project${path}`,
    handle: async (request) => {
      requireToken(site.tokens, request)
      if (request.params.project !== cloud.identity.project.id) throw malformedAddress()
      const minor = microversionOf(request)
      const reply = await handle(request, minor)
      return { ...reply, headers: { ...versionHeaders(minor), ...reply.headers } }
    },
    verb,
  })
  const versions = (status: number) => () => ({ status, body: { versions: [versionBody(cloud)] } })
  const routes: Route[] = [
    { method: 'GET', pattern: prefix, handle: versions(300), verb: 'versions' },
    { method: 'GET', pattern: `${prefix}/v3`, handle: versions(200), verb: 'versions' },
    at('GET', '/volumes', (request, minor) => listVolumes(cloud, request, { minor, detail: false }), 'list'),
    at('GET', '/volumes/detail', (request, minor) => listVolumes(cloud, request, { minor, detail: true }), 'list'),
    at('GET', '/volumes/summary', (_request, minor) => summary(cloud, minor), 'list'),
    at('POST', '/volumes', (request, minor) => createVolume(cloud, request, minor), 'create'),
    at('GET', '/volumes/:id', (request, minor) => showVolume(cloud, request, minor), 'show'),
    at('PUT', '/volumes/:id', (request, minor) => renameVolume(cloud, request, minor), 'other'),
    at('DELETE', '/volumes/:id', (request) => deleteVolume(cloud, request), 'delete'),
    at(
      'POST',
      '/volumes/:id/action',
      (request) => actOnVolume(cloud, request),
      (request) => firstKey(request) ?? 'other',
    ),
    at('GET', '/volumes/:id/metadata', (request) => showMetadata(cloud, request), 'show'),
    ...['POST', 'PUT'].map((method) => at(method, '/volumes/:id/metadata', (request) => changeMetadata(cloud, request), 'other')),
    at('GET', '/volumes/:id/metadata/:key', (request) => showMetadata(cloud, request), 'show'),
    ...['PUT', 'DELETE'].map((method) => at(method, '/volumes/:id/metadata/:key', (request) => changeMetadata(cloud, request), 'other')),
    at('GET', '/types', () => ok({ volume_types: [typeBody(cloud)] }), 'list'),
    at('GET', '/types/:id', (request) => ok({ volume_type: typeOf(cloud, request) }), 'show'),
    at('GET', '/types/:id/extra_specs', (request) => ok({ extra_specs: typeOf(cloud, request).extra_specs ?? {} }), 'show'),
    at('GET', '/limits', () => ok(cinderLimits(cloud)), 'show'),
    at('GET', '/os-quota-sets/:owner', (request) => ok(cinderQuotas(cloud, request)), 'show'),
    at('GET', '/os-quota-sets/:owner/defaults', (request) => ok(cinderQuotas(cloud, request)), 'show'),
    at('GET', '/os-availability-zone', () => ok({ availabilityZoneInfo: [{ zoneName: 'nova', zoneState: { available: true } }] }), 'list'),
    ...Object.entries(empty).map(([path, key]) => at('GET', path, () => ok({ [key]: [] }), 'list')),
    ...refusals.map(([method, path, policy]) => at(method, path, () => refuseByPolicy(policy), 'other')),
    ...['/snapshots', '/backups', '/attachments', '/os-volume-transfer', '/volume-transfers'].map((path) =>
      at('POST', path, () => refuseCopies(), 'other'),
    ),
  ]
  return { name: 'cinder', prefix, routes, refuse: (fault, request) => refuse(site, fault, request), maxBodyBytes: 114_688 }
}

/** What there is none of here: nobody makes any. */
const empty: Record<string, string> = {
  '/snapshots': 'snapshots',
  '/snapshots/detail': 'snapshots',
  '/backups': 'backups',
  '/backups/detail': 'backups',
  '/extensions': 'extensions',
  '/attachments': 'attachments',
  '/attachments/detail': 'attachments',
  '/volume-transfers': 'transfers',
  '/volume-transfers/detail': 'transfers',
  '/os-volume-transfer': 'transfers',
  '/os-volume-transfer/detail': 'transfers',
}

/** What only an administrator may, by the names of Cinder's policies. */
const refusals: [method: string, path: string, policy: string][] = [
  ['GET', '/os-services', 'volume_extension:services:index'],
  ['GET', '/os-hosts', 'volume_extension:hosts'],
  ['GET', '/scheduler-stats/get_pools', 'scheduler_extension:scheduler_stats:get_pools'],
  ['GET', '/qos-specs', 'volume_extension:qos_specs_manage:get_all'],
  ['POST', '/types', 'volume_extension:type_create'],
  ['DELETE', '/types/:id', 'volume_extension:type_delete'],
  ['PUT', '/os-quota-sets/:owner', 'volume_extension:quotas:update'],
]

function refuseByPolicy(policy: string): never {
  throw new Fault(403, 'Forbidden', `Policy doesn't allow ${policy} to be performed.`)
}

function refuseCopies(): never {
  const words = 'This development cloud keeps no snapshots or backups of volumes, and gives none away; Nova attaches them to servers.'
  throw new Fault(403, 'Forbidden', words)
}

function typeOf(cloud: Cloud, { params }: HttpRequest): JsonMap {
  const { id = '' } = params
  if (id === 'default' || cloud.content.volumeType(id) !== undefined) return typeBody(cloud)
  throw new Fault(404, 'VolumeTypeNotFound', `Volume type ${id} could not be found.`)
}

const malformedAddress = () => new Fault(400, 'BadRequest', 'Malformed request url')

const kinds: Record<number, string> = {
  400: 'badRequest',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  406: 'notAcceptable',
  409: 'conflictingRequest',
  413: 'overLimit',
}

function refuse({ cloud, tokens, identityUrl }: Site, fault: Fault, request: HttpRequest): HttpReply {
  const unknown = fault.type === 'NoRoute' || fault.type === 'NoMethod'
  if (unknown && !request.target.startsWith(`${prefix}/v3`)) return { status: 300, body: { versions: [versionBody(cloud)] } }
  // Nobody is told which addresses there are before he has said who he is.
  if (fault.status === 401 || (unknown && !tokens.check(request.header('X-Auth-Token')))) {
    const challenge = { 'WWW-Authenticate': `Keystone uri="${identityUrl()}"` }
    return { ...refuseLikeKeystone(identityUrl(), unauthorized()), headers: challenge }
  }
  if (unknown) return webobReply(404, notFound)
  const body = { [kinds[fault.status] ?? 'computeFault']: { code: fault.status, message: fault.detail ?? fault.type } }
  return { status: fault.status, body }
}

function versionBody(cloud: Cloud): JsonMap {
  return {
    id: 'v3.0',
    status: 'CURRENT',
    version: `3.${microversions.max}`,
    min_version: `3.${microversions.min}`,
    updated: '2021-02-03T00:00:00Z',
    links: [
      { rel: 'describedby', type: 'text/html', href: 'https://docs.openstack.org/' },
      { rel: 'self', href: `${cloud.heatUrl()}${prefix}/v3/` },
    ],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.volume+json;version=3' }],
  }
}
