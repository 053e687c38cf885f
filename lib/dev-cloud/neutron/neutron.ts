import type { Cloud } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { bodyOf, type Handler, type HttpReply, type HttpRequest, type Route, type Service } from '../http.ts'
import { isMap, type JsonMap, text } from '../json.ts'
import { refuse as refuseLikeKeystone } from '../keystone/keystone-shapes.ts'
import { requireToken, type Tokens } from '../keystone/tokens.ts'
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
    at('GET', '', () => ok({ resources: coreResources(cloud) }), 'versions'),
    ...collections.flatMap((collection) => collectionRoutes(cloud, at, collection)),
    at('GET', '/extensions', () => ok({ extensions: extensionBodies }), 'list'),
    at('GET', '/extensions/:alias', (request) => showExtension(request), 'show'),
    at('GET', '/quotas/:project', (request) => quota(cloud, request, () => quotaLimits(cloud)), 'show'),
    at('GET', '/quotas/:project/default', () => ok({ quota: quotaLimits(cloud) }), 'show'),
    at('GET', '/quotas/:project/details', (request) => quota(cloud, request, () => quotaDetails(cloud)), 'show'),
    at('GET', '/quotas/:project/details.json', (request) => quota(cloud, request, () => quotaDetails(cloud)), 'show'),
    ...['/agents', '/service-providers', '/flavors', '/floatingip_pools'].map((path) =>
      at('GET', path, () => ok({ [path.slice(1).replaceAll('-', '_')]: [] }), 'list'),
    ),
  ]
  return { name: 'neutron', prefix, routes, refuse: (fault) => refuse(site.identityUrl(), fault), maxBodyBytes: 114_688 }
}

function refuse(identityUrl: string, fault: Fault): HttpReply {
  if (fault.status === 401) {
    const challenge = { 'WWW-Authenticate': `Keystone uri="${identityUrl}"` }
    return { ...refuseLikeKeystone(identityUrl, fault), headers: challenge }
  }
  if (fault.type === 'NoRoute' || fault.type === 'NoMethod') {
    const [code, message] =
      fault.status === 404
        ? ['404 Not Found', 'The resource could not be found.<br /><br />\n\n\n']
        : ['405 Method Not Allowed', 'The method is not allowed for this resource. <br /><br />\n\n\n']
    return { status: fault.status, body: { message, code, title: code.slice(4) } }
  }
  return { status: fault.status, body: { NeutronError: { type: fault.type, message: fault.detail ?? fault.type, detail: '' } } }
}

function versions(cloud: Cloud): HttpReply {
  const links = [{ rel: 'self', href: `${cloud.heatUrl()}${prefix}/v2.0/` }]
  return ok({ versions: [{ id: 'v2.0', status: 'CURRENT', links }] })
}

function coreResources(cloud: Cloud): JsonMap[] {
  return ['network', 'subnet', 'subnetpool', 'port'].map((name) => ({
    name,
    collection: `${name}s`,
    links: [{ rel: 'self', href: `${cloud.heatUrl()}${prefix}/v2.0/${name}s` }],
  }))
}

function collectionRoutes(cloud: Cloud, at: Make, collection: Collection): Route[] {
  const { path, name, one } = collection
  const url = () => `${cloud.heatUrl()}${prefix}/v2.0/${path}`
  const list: Handler = (request) => {
    const { items, links } = answerList(request, collection.items(cloud), { fields: collection.fields, url: url() })
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
    at('POST', `/${path}`, () => refuseToMake(one), 'other'),
    at('PUT', `/${path}/:id`, change, 'other'),
    at('DELETE', `/${path}/:id`, change, 'other'),
  ]
}

function itemOf(cloud: Cloud, { items, word }: Collection, { params }: HttpRequest): JsonMap {
  const found = items(cloud).find(({ id }) => id === params.id)
  const type = word.replaceAll(/ (\w)/g, (_match, letter: string) => letter.toUpperCase())
  if (!found) throw new Fault(404, `${type}NotFound`, `${word} ${params.id} could not be found.`)
  return found
}

function refuseToMake(one: string): HttpReply {
  const what = one.replaceAll('_', ' ')
  throw new Fault(403, 'Forbidden', `This development cloud makes and changes a ${what} for stacks only: describe it in a Heat template.`)
}

/** Of what belongs to a stack, the name of a port can be changed; nothing depends on it. */
function renamePort(cloud: Cloud, request: HttpRequest): HttpReply {
  const wanted = request.method === 'PUT' ? bodyOf(request, 'Invalid JSON in body.').port : undefined
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
  if (!found) throw new Fault(404, 'HTTPNotFound', `Extension with alias ${params.alias} does not exist`)
  return ok({ extension: found })
}

function quota(cloud: Cloud, { params }: HttpRequest, shown: () => JsonMap): HttpReply {
  if (params.project !== cloud.identity.project.id) throw new Fault(403, 'PolicyNotAuthorized', 'rule:get_quota is disallowed by policy')
  return ok({ quota: shown() })
}
