import type { Cloud } from '../cloud.ts'
import { Fault, unauthorized } from '../fault.ts'
import { bodyOf, type Handler, type HttpReply, type HttpRequest, type Route, type Service } from '../http.ts'
import { isMap, type JsonMap, text } from '../json.ts'
import { refuse as refuseLikeKeystone } from '../keystone/keystone-shapes.ts'
import { requireToken, type Tokens } from '../keystone/tokens.ts'
import { malformed, notFound, webobReply } from '../webob.ts'
import { type Collection, collections } from './collections.ts'
import { extensionBodies } from './extensions.ts'
import { answerList, withFields } from './query.ts'
import { quotaDetails, quotaLimits } from './quotas.ts'

type Site = { cloud: Cloud; tokens: Tokens; identityUrl: () => string }
type Make = (method: string, path: string, handle: Handler, verb: string) => Route

const prefix = '/network'
const ok = (body: JsonMap): HttpReply => ({ status: 200, body })

/** Neutron v2.0, to read from (recordings neutron-*). What can be made is made by stacks. */
export function neutronService(site: Site): Service {
  const { cloud } = site
  const at: Make = (method, path, handle, verb) => ({
    method,
    pattern: `${prefix}/v2.0${path}`,
    handle: (request) => {
      requireToken(site.tokens, request)
      return handle(request)
    },
    verb,
  })
  const routes: Route[] = [
    { method: 'GET', pattern: prefix, handle: () => versions(cloud), verb: 'versions' },
    at('GET', '', ({ target }) => listCore(cloud, target), 'versions'),
    ...collections.flatMap((collection) => collectionRoutes(cloud, at, collection)),
    at('GET', '/extensions', () => ok({ extensions: extensionBodies }), 'list'),
    at('GET', '/extensions/:alias', (request) => showExtension(request), 'show'),
    at('GET', '/quotas/:project', (request) => quota(cloud, request, () => quotaLimits(cloud)), 'show'),
    at('GET', '/quotas/:project/default', () => ok({ quota: quotaLimits(cloud) }), 'show'),
    at('GET', '/quotas/:project/details', (request) => quota(cloud, request, () => quotaDetails(cloud)), 'show'),
    at('GET', '/quotas/:project/details.json', (request) => quota(cloud, request, () => quotaDetails(cloud)), 'show'),
    at('GET', '/quotas', () => refuseByPolicy('get_quota'), 'list'),
    at('PUT', '/quotas/:project', () => refuseByPolicy('update_quota'), 'other'),
    at('DELETE', '/quotas/:project', () => refuseByPolicy('delete_quota'), 'other'),
    at('GET', '/floatingip_pools', () => ok({ floatingip_pools: [pool(cloud)] }), 'list'),
    at('GET', '/network-ip-availabilities', () => ok({ network_ip_availabilities: [] }), 'list'),
    ...['/service-providers', '/flavors'].map((path) => at('GET', path, () => ok({ [path.slice(1).replaceAll('-', '_')]: [] }), 'list')),
  ]
  return { name: 'neutron', prefix, routes, refuse: (fault, request) => refuse(site, fault, request), maxBodyBytes: 114_688 }
}

function refuse({ tokens, identityUrl }: Site, fault: Fault, request: HttpRequest): HttpReply {
  const unknown = fault.type === 'NoRoute' || fault.type === 'NoMethod'
  const below = request.target.startsWith(`${prefix}/v2.0`)
  // Nobody is told which addresses there are before he has said who he is.
  if (fault.status === 401 || (unknown && below && !tokens.check(request.header('X-Auth-Token')))) {
    const challenge = { 'WWW-Authenticate': `Keystone uri="${identityUrl()}"` }
    return { ...refuseLikeKeystone(identityUrl(), unauthorized()), headers: challenge }
  }
  if (unknown && !below) return { status: 404, body: { code: 404, description: null, title: 'Not Found' } }
  if (fault.type === 'NoExtension') return webobReply(404, notFound, fault.detail)
  if (fault.status === 413) return webobReply(413, fault.detail ?? '')
  const [type, message] = unknown
    ? fault.status === 404
      ? ['HTTPNotFound', notFound]
      : ['HTTPMethodNotAllowed', malformed]
    : [fault.type, fault.detail ?? fault.type]
  return { status: fault.status, body: { NeutronError: { type, message, detail: '' } } }
}

function versions(cloud: Cloud): HttpReply {
  const links = [{ rel: 'self', href: `${cloud.heatUrl()}${prefix}/v2.0/` }]
  return ok({ versions: [{ id: 'v2.0', status: 'CURRENT', links }] })
}

/** Neutron knows this address with a slash at its end only. */
function listCore(cloud: Cloud, target: string): HttpReply {
  if (!target.split('?')[0]?.endsWith('/')) throw new Fault(404, 'HTTPNotFound', notFound)
  const resources = ['network', 'subnet', 'subnetpool', 'port'].map((name) => ({
    name,
    collection: `${name}s`,
    links: [{ rel: 'self', href: `${cloud.heatUrl()}${prefix}/v2.0/${name}s` }],
  }))
  return ok({ resources })
}

function collectionRoutes(cloud: Cloud, at: Make, collection: Collection): Route[] {
  const { path, name, one } = collection
  const url = () => `${cloud.heatUrl()}${prefix}/v2.0/${path}`
  const list: Handler = (request) => {
    const { items, links } = answerList(request, collection.items(cloud), {
      fields: collection.fields,
      url: url(),
      missing: (id) => unknown(collection, id),
    })
    return ok({ [name]: items, ...(links.length > 0 ? { [`${name}_links`]: links } : {}) })
  }
  const show: Handler = (request) => ok({ [one]: withFields(itemOf(cloud, collection, request), request) })
  const change: Handler = (request) => {
    itemOf(cloud, collection, request)
    return path === 'ports' ? renamePort(cloud, request) : refuseToMake(one)
  }
  return [
    at('GET', `/${path}`, list, 'list'),
    at('GET', `/${path}/:id`, show, 'show'),
    at('GET', `/${path}.json`, list, 'list'),
    at('POST', `/${path}`, (request) => refuseNew(one, request), 'other'),
    ...['PUT', 'DELETE'].map((method) =>
      at(
        method,
        `/${path}`,
        () => {
          throw unknown(collection, 'None')
        },
        'other',
      ),
    ),
    at('PUT', `/${path}/:id`, change, 'other'),
    at('DELETE', `/${path}/:id`, change, 'other'),
  ]
}

function itemOf(cloud: Cloud, collection: Collection, { params }: HttpRequest): JsonMap {
  const found = collection.items(cloud).find(({ id }) => id === params.id)
  if (!found) throw unknown(collection, params.id ?? '')
  return found
}

function unknown({ word, lost }: Collection, id: string): Fault {
  const type = word.replaceAll(/ (\w)/g, (_match, letter: string) => letter.toUpperCase())
  return new Fault(404, `${type}NotFound`, `${word} ${id} ${lost ?? 'could not be found.'}`)
}

function refuseNew(one: string, request: HttpRequest): HttpReply {
  if (bodyOf(request, 'Body contains invalid data')[one] === undefined)
    throw new Fault(400, 'HTTPBadRequest', `Unable to find '${one}' in request body`)
  return refuseToMake(one)
}

function refuseToMake(one: string): HttpReply {
  const what = one.replaceAll('_', ' ')
  throw new Fault(403, 'Forbidden', `This development cloud makes and changes a ${what} for stacks only: describe it in a Heat template.`)
}

/** Of what belongs to a stack, the name of a port can be changed; nothing depends on it. */
function renamePort(cloud: Cloud, request: HttpRequest): HttpReply {
  const wanted = request.method === 'PUT' ? bodyOf(request, 'Body contains invalid data').port : undefined
  const { id = '' } = request.params
  const stack = [...cloud.state.stacks.values()].find(({ things }) => Object.hasOwn(things.ports, id))
  const port = stack?.things.ports[id]
  const only = isMap(wanted) && Object.keys(wanted).every((key) => key === 'name') && typeof wanted.name === 'string'
  if (!stack || !port || !only) return refuseToMake('port')
  port.name = text(wanted.name) ?? ''
  cloud.state.changed(stack)
  const body = collections
    .find(({ path }) => path === 'ports')
    ?.items(cloud)
    .find((each) => each.id === id)
  return ok({ port: body ?? {} })
}

function showExtension({ params }: HttpRequest): HttpReply {
  const found = extensionBodies.find(({ alias }) => alias === params.alias)
  if (!found) throw new Fault(404, 'NoExtension', `Extension with alias ${params.alias} does not exist`)
  return ok({ extension: found })
}

function refuseByPolicy(rule: string): HttpReply {
  throw new Fault(403, 'PolicyNotAuthorized', `rule:${rule} is disallowed by policy`)
}

function pool({ content, identity }: Cloud): JsonMap {
  const { id, name, subnetId, cidr } = content.external
  const owner = { tenant_id: identity.project.id, project_id: identity.project.id }
  return { cidr, network_id: id, subnet_id: subnetId, subnet_name: name, ...owner }
}

function quota(cloud: Cloud, { params }: HttpRequest, shown: () => JsonMap): HttpReply {
  return params.project === cloud.identity.project.id ? ok({ quota: shown() }) : refuseByPolicy('get_quota')
}
