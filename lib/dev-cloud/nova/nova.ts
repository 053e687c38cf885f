import type { Cloud } from '../cloud.ts'
import { Fault, unauthorized } from '../fault.ts'
import type { HttpReply, HttpRequest, Route, Service, Verb } from '../http.ts'
import type { Json, JsonMap } from '../json.ts'
import { refuse as refuseLikeKeystone } from '../keystone/keystone-shapes.ts'
import { requireToken, type Tokens } from '../keystone/tokens.ts'
import { notFound, webobReply } from '../webob.ts'
import { act, actionName, remoteConsole } from './act.ts'
import { listFlavors, showExtraSpecs, showFlavor } from './flavors.ts'
import { listActions, showAction } from './instance-actions.ts'
import { createKeyPair, deleteKeyPair, listKeyPairs, showKeyPair } from './key-pairs.ts'
import { askedHeaders, microversionOf, microversions, versionHeaders } from './microversion.ts'
import { showLimits, showQuotaSet } from './quotas.ts'
import { createGroup, deleteGroup, listGroups, showGroup } from './server-groups.ts'
import { addresses, groupsOfServer, interfaces, metadata } from './server-parts.ts'
import { listServers, refuseServer, removeServer, serverOf, showServer, updateServer } from './servers.ts'
import { createAttachment, deleteAttachment, listAttachments, showAttachment, updateAttachment } from './volume-attachments.ts'

type Site = { cloud: Cloud; tokens: Tokens; identityUrl: () => string }
/** `minor`: the microversion that is asked for, by what follows "2." */
type Answer = (request: HttpRequest, minor: number) => HttpReply | Promise<HttpReply>
type Make = (method: string, path: string, handle: Answer, verb?: Verb) => Route

const prefix = '/compute'
const ok = (body: JsonMap): HttpReply => ({ status: 200, body })

/** Nova 2.1 and its microversions to 2.93: the servers of stacks, and what belongs to them (Compute API v2.1; recordings nova-*). */
export function novaService(site: Site): Service {
  const { cloud, tokens } = site
  const at: Make = (method, path, handle, verb) => ({
    method,
    pattern: `${prefix}/v2.1${path}`,
    handle: async (request) => {
      requireToken(tokens, request)
      const minor = microversionOf(request)
      const reply = await handle(request, minor)
      return { ...reply, headers: { ...versionHeaders(minor), ...reply.headers } }
    },
    verb,
  })
  const routes: Route[] = [
    { method: 'GET', pattern: prefix, handle: () => ok({ versions: [legacyBody(cloud), versionBody(cloud, false)] }), verb: 'versions' },
    {
      method: 'GET',
      pattern: `${prefix}/v2.1`,
      handle: () => ({ ...ok({ version: versionBody(cloud, true) }), headers: versionHeaders(1) }),
      verb: 'versions',
    },
    ...serverRoutes(cloud, at),
    ...otherRoutes(cloud, at),
    ...refusals.map(([method, path, policy]) => at(method, path, () => refuseByPolicy(policy))),
  ]
  const refused = (fault: Fault, request: HttpRequest) => refuse(site, fault, request)
  return { name: 'nova', prefix, routes, refuse: refused, maxBodyBytes: 114_688, idHeaders: ['X-Compute-Request-Id'] }
}

function serverRoutes(cloud: Cloud, at: Make): Route[] {
  const part = (path: string, handle: (cloud: Cloud, request: HttpRequest, minor: number) => HttpReply) => [
    at('GET', `/servers/:id${path}`, (request, minor) => handle(cloud, request, minor)),
  ]
  return [
    at('GET', '/servers', (request, minor) => listServers(cloud, request, { minor, detail: false }), 'list'),
    at('GET', '/servers/detail', (request, minor) => listServers(cloud, request, { minor, detail: true }), 'list'),
    at('POST', '/servers', refuseServer),
    at('GET', '/servers/:id', (request, minor) => showServer(cloud, request, minor), 'show'),
    at('PUT', '/servers/:id', (request, minor) => updateServer(cloud, request, minor)),
    at('DELETE', '/servers/:id', (request) => removeServer(cloud, request)),
    at('POST', '/servers/:id/action', (request) => act(cloud, request), actionName),
    ...part('/os-interface', interfaces),
    ...part('/os-interface/:port', interfaces),
    ...part('/os-volume_attachments', listAttachments),
    ...part('/os-volume_attachments/:volume', showAttachment),
    at('POST', '/servers/:id/os-volume_attachments', (request, minor) => createAttachment(cloud, request, minor)),
    at('PUT', '/servers/:id/os-volume_attachments/:volume', (request, minor) => updateAttachment(cloud, request, minor)),
    at('DELETE', '/servers/:id/os-volume_attachments/:volume', (request) => deleteAttachment(cloud, request)),
    ...part('/os-security-groups', groupsOfServer),
    ...part('/ips', addresses),
    ...part('/ips/:network', addresses),
    ...['GET', 'PUT', 'POST'].map((method) => at(method, '/servers/:id/metadata', (request) => metadata(cloud, request))),
    ...['GET', 'PUT', 'DELETE'].map((method) => at(method, '/servers/:id/metadata/:key', (request) => metadata(cloud, request))),
    at('GET', '/servers/:id/os-instance-actions', (request, minor) => listActions(cloud, serverOf(cloud, request).server, minor)),
    at('GET', '/servers/:id/os-instance-actions/:action', (request, minor) =>
      showAction(cloud, serverOf(cloud, request).server, { request, minor }),
    ),
    at('GET', '/servers/:id/tags', (request, minor) => {
      since(26, minor)
      serverOf(cloud, request)
      return ok({ tags: [] })
    }),
    at('GET', '/servers/:id/topology', (request, minor) => {
      since(78, minor)
      serverOf(cloud, request)
      return ok({ nodes: [], pagesize_kb: null })
    }),
    at('GET', '/servers/:id/os-server-password', (request) => {
      serverOf(cloud, request)
      return ok({ password: '' })
    }),
    at('POST', '/servers/:id/remote-consoles', (request, minor) => {
      since(6, minor)
      return remoteConsole(cloud, request)
    }),
  ]
}

/** An address that is there since a microversion only. */
function since(first: number, minor: number): void {
  if (minor < first) throw new Fault(404, 'NotFound', notFound)
}

function otherRoutes(cloud: Cloud, at: Make): Route[] {
  return [
    at('GET', '/flavors', (request, minor) => listFlavors(cloud, request, { minor, detail: false })),
    at('GET', '/flavors/detail', (request, minor) => listFlavors(cloud, request, { minor, detail: true })),
    at('GET', '/flavors/:id', (request, minor) => showFlavor(cloud, request, minor)),
    at('GET', '/flavors/:id/os-extra_specs', (request) => showExtraSpecs(cloud, request)),
    at('GET', '/flavors/:id/os-extra_specs/:key', (request) => showExtraSpecs(cloud, request)),
    at('GET', '/os-keypairs', (request, minor) => listKeyPairs(cloud, request, minor)),
    at('POST', '/os-keypairs', (request, minor) => createKeyPair(cloud, request, minor)),
    at('GET', '/os-keypairs/:id', (request, minor) => showKeyPair(cloud, request, minor)),
    at('DELETE', '/os-keypairs/:id', (request, minor) => deleteKeyPair(cloud, request, minor)),
    at('GET', '/os-server-groups', (_request, minor) => listGroups(cloud, minor)),
    at('POST', '/os-server-groups', (request, minor) => createGroup(cloud, request, minor)),
    at('GET', '/os-server-groups/:id', (request, minor) => showGroup(cloud, request, minor)),
    at('DELETE', '/os-server-groups/:id', (request) => deleteGroup(cloud, request)),
    at('GET', '/limits', (request, minor) => showLimits(cloud, request, minor)),
    at('GET', '/os-quota-sets/:project', (request, minor) => showQuotaSet(cloud, request, { minor, detail: false })),
    at('GET', '/os-quota-sets/:project/defaults', (request, minor) => showQuotaSet(cloud, request, { minor, detail: false })),
    at('GET', '/os-quota-sets/:project/detail', (request, minor) => showQuotaSet(cloud, request, { minor, detail: true })),
    at('GET', '/os-availability-zone', () =>
      ok({ availabilityZoneInfo: [{ zoneName: 'nova', zoneState: { available: true }, hosts: null }] }),
    ),
    at('GET', '/extensions', () => ok({ extensions: [] })),
  ]
}

/** What only an administrator may, by the names of Nova's policies (recording nova-hypervisors-403). */
const refusals: [method: string, path: string, policy: string][] = [
  ['GET', '/os-hypervisors', 'os-hypervisors:list'],
  ['GET', '/os-hypervisors/detail', 'os-hypervisors:list-detail'],
  ['GET', '/os-hypervisors/statistics', 'os-hypervisors:statistics'],
  ['GET', '/os-hypervisors/:id', 'os-hypervisors:show'],
  ['GET', '/os-services', 'os-services:list'],
  ['GET', '/os-hosts', 'os-hosts:list'],
  ['GET', '/os-aggregates', 'os-aggregates:index'],
  ['GET', '/os-migrations', 'os-migrations:index'],
  ['GET', '/os-availability-zone/detail', 'os-availability-zone:detail'],
  ['GET', '/os-simple-tenant-usage', 'os-simple-tenant-usage:list'],
  ['GET', '/servers/:id/diagnostics', 'os-server-diagnostics'],
  ['GET', '/servers/:id/migrations', 'servers:migrations:index'],
  ['POST', '/flavors', 'os-flavor-manage:create'],
  ['PUT', '/flavors/:id', 'os-flavor-manage:update'],
  ['DELETE', '/flavors/:id', 'os-flavor-manage:delete'],
  ['POST', '/flavors/:id/os-extra_specs', 'os-flavor-extra-specs:create'],
  ['GET', '/flavors/:id/os-flavor-access', 'os-flavor-access'],
  ['PUT', '/os-quota-sets/:project', 'os-quota-sets:update'],
]

function refuseByPolicy(policy: string): HttpReply {
  throw new Fault(403, 'Forbidden', `Policy doesn't allow os_compute_api:${policy} to be performed.`)
}

const kinds: Record<number, string> = {
  400: 'badRequest',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  409: 'conflictingRequest',
  413: 'overLimit',
}

function refuse({ cloud, tokens, identityUrl }: Site, fault: Fault, request: HttpRequest): HttpReply {
  const unknown = fault.type === 'NoRoute' || fault.type === 'NoMethod'
  const version = request.target.startsWith(`${prefix}/v2.1`)
  if (unknown && !version) return { status: 300, body: { choices: choices(cloud, request) } }
  // Nobody is told which addresses there are before he has said who he is.
  const stranger = unknown && !tokens.check(request.header('X-Auth-Token'))
  if (fault.status === 401 || stranger) {
    const challenge = { 'WWW-Authenticate': `Keystone uri="${identityUrl()}"` }
    return { ...refuseLikeKeystone(identityUrl(), unauthorized()), headers: challenge }
  }
  if (unknown) return webobReply(404, notFound)
  if (fault.status === 413) return webobReply(413, fault.detail ?? '')
  const kind = kinds[fault.status] ?? 'computeFault'
  const body = { [kind]: { code: fault.status, message: fault.detail ?? fault.type } }
  return { status: fault.status, headers: askedHeaders(request), body }
}

/** nova/api/openstack/compute/views/versions.py, build_choices: below which versions an address might be meant. */
function choices(cloud: Cloud, { target }: HttpRequest): Json[] {
  const path = (target.split('?')[0] ?? '').slice(prefix.length)
  return [
    ['v2.0', 'v2', 'SUPPORTED', '2'],
    ['v2.1', 'v2.1', 'CURRENT', '2.1'],
  ].map(([id = '', folder = '', status = '', version = '']) => ({
    id,
    status,
    links: [{ rel: 'self', href: `${cloud.heatUrl()}${prefix}/${folder}${path}` }],
    'media-types': [{ base: 'application/json', type: `application/vnd.openstack.compute+json;version=${version}` }],
  }))
}

const mediaTypes: JsonMap = {
  'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.compute+json;version=2.1' }],
}

/** Recording nova-version-200; in the list of versions it is shorter. */
function versionBody(cloud: Cloud, alone: boolean): JsonMap {
  const { min, max } = microversions
  const self: JsonMap = { rel: 'self', href: `${cloud.heatUrl()}${prefix}/v2.1/` }
  const links = alone ? [self, { rel: 'describedby', type: 'text/html', href: 'http://docs.openstack.org/' }] : [self]
  const named = { id: 'v2.1', status: 'CURRENT', version: `2.${max}`, min_version: `2.${min}`, updated: '2013-07-23T11:33:21Z', links }
  return alone ? { ...named, ...mediaTypes } : named
}

/** The version without microversions, which is named and not spoken. */
function legacyBody(cloud: Cloud): JsonMap {
  const links = [{ rel: 'self', href: `${cloud.heatUrl()}${prefix}/v2/` }]
  return { id: 'v2.0', status: 'SUPPORTED', version: '', min_version: '', updated: '2011-01-21T11:33:21Z', links }
}
