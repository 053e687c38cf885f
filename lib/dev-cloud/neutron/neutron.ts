import { type Cloud, isoSeconds } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { ok } from '../heat/api.ts'
import type { Handler, HttpReply, HttpRequest, Route, Service } from '../http.ts'
import { type JsonMap, pythonText } from '../json.ts'
import { refuse as refuseLikeKeystone } from '../keystone/keystone-shapes.ts'
import { requireToken, type Tokens } from '../keystone/tokens.ts'
import type { Stack } from '../state.ts'
import { externalNetworkBody, floatingIpBody, networkBody, portBody, subnetBody } from './neutron-shapes.ts'

type Site = { cloud: Cloud; tokens: Tokens; identityUrl: () => string }

const guardedWith =
  (site: Site, prefix: string) =>
  (path: string, handle: Handler): Route => ({
    method: 'GET',
    pattern: `${prefix}${path}`,
    handle: (request) => {
      requireToken(site.tokens, request)
      return handle(request)
    },
    verb: path.includes(':id') ? 'show' : 'list',
  })

/** Neutron v2.0, to read from (recordings neutron-*). */
export function neutronService(site: Site): Service {
  const { cloud } = site
  const at = guardedWith(site, '/network/v2.0')
  const collect = (list: (stack: Stack) => JsonMap[]) => () => [...cloud.state.stacks.values()].flatMap(list)
  const networks = collect((stack) => Object.keys(stack.things.networks).map((id) => networkBody(cloud, stack, id)))
  const collections: Record<string, () => JsonMap[]> = {
    networks: () => [externalNetworkBody(cloud), ...networks()],
    subnets: collect((stack) => Object.keys(stack.things.subnets).map((id) => subnetBody(cloud, stack, id))),
    ports: collect((stack) => Object.keys(stack.things.ports).map((id) => portBody(cloud, stack, id))),
    floatingips: collect((stack) => Object.keys(stack.things.floatingIps).map((id) => floatingIpBody(cloud, stack, id))),
  }
  const routes = Object.entries(collections).flatMap(([name, items]) => [
    at(`/${name}`, (request) => ok({ [name]: items().filter((item) => matches(item, request)) })),
    at(`/${name}/:id`, (request) => {
      const found = items().find((item) => item.id === request.params.id)
      const singular = { networks: 'Network', subnets: 'Subnet', ports: 'Port', floatingips: 'FloatingIP' }[name] ?? name
      if (!found) throw new Fault(404, `${singular}NotFound`, `${singular} ${request.params.id} could not be found.`)
      return ok({ [name.slice(0, -1)]: found })
    }),
  ])
  const quotas = [
    at('/quotas/:project', () => ok({ quota: limits(cloud) })),
    at('/quotas/:project/details.json', () => ok({ quota: details(cloud) })),
  ]
  return { name: 'neutron', routes: [...routes, ...quotas], refuse: (fault) => refuse(site.identityUrl(), fault), maxBodyBytes: 65_536 }
}

function refuse(identityUrl: string, fault: Fault): HttpReply {
  if (fault.status === 401)
    return { ...refuseLikeKeystone(identityUrl, fault), headers: { 'WWW-Authenticate': `Keystone uri="${identityUrl}"` } }
  return { status: fault.status, body: { NeutronError: { type: fault.type, message: fault.detail ?? fault.type, detail: '' } } }
}

/** Filters by equality, as `?router:external=true`; a field that the items do not have is ignored. */
function matches(item: JsonMap, request: HttpRequest): boolean {
  return [...request.query].every(([key, wanted]) => {
    const value = item[key]
    return value === undefined || typeof value === 'object' || pythonText(value).toLowerCase() === wanted.toLowerCase()
  })
}

function limits(cloud: Cloud): JsonMap {
  const { networks, ports, routers, floatingIps } = cloud.quota
  return {
    network: networks,
    subnet: networks,
    subnetpool: -1,
    port: ports,
    router: routers,
    floatingip: floatingIps,
    rbac_policy: 10,
    security_group: networks,
    security_group_rule: networks * 6,
  }
}

function details(cloud: Cloud): JsonMap {
  const things = [...cloud.state.stacks.values()].map((stack) => stack.things)
  const count = (pick: (each: Stack['things']) => object) => things.reduce((sum, each) => sum + Object.keys(pick(each)).length, 0)
  const used: Record<string, number> = {
    network: count((each) => each.networks),
    subnet: count((each) => each.subnets),
    port: count((each) => each.ports),
    router: count((each) => each.routers),
    floatingip: count((each) => each.floatingIps),
    security_group: count((each) => each.securityGroups),
  }
  return Object.fromEntries(Object.entries(limits(cloud)).map(([name, limit]) => [name, { limit, used: used[name] ?? 0, reserved: 0 }]))
}

/** Glance v2, to read from (recordings glance-*). */
export function glanceService(site: Site): Service {
  const { cloud } = site
  const at = guardedWith(site, '/image/v2')
  const images = () => cloud.content.images.map(({ id, name }) => imageBody(cloud, id, name))
  const routes = [
    at('/images', (request) => {
      const found = images().filter((image) => (request.query.get('name') ?? image.name) === image.name)
      return ok({ images: found, first: '/v2/images', schema: '/v2/schemas/images' })
    }),
    at('/images/:id', (request) => {
      const found = images().find((image) => image.id === request.params.id)
      if (!found) throw new Fault(404, 'Not Found', `No image found with ID ${request.params.id}`)
      return ok(found)
    }),
  ]
  return { name: 'glance', routes, refuse: (fault) => refuseImage(site.identityUrl(), fault), maxBodyBytes: 65_536 }
}

function imageBody(cloud: Cloud, id: string, name: string): JsonMap {
  const at = isoSeconds(cloud.identity.createdAt)
  return {
    id,
    name,
    disk_format: 'raw',
    container_format: 'bare',
    visibility: 'public',
    status: 'active',
    protected: false,
    min_ram: 0,
    min_disk: 0,
    owner: cloud.identity.adminProjectId,
    os_hidden: false,
    created_at: at,
    updated_at: at,
    tags: [],
    self: `/v2/images/${id}`,
    file: `/v2/images/${id}/file`,
    schema: '/v2/schemas/image',
  }
}

function refuseImage(identityUrl: string, fault: Fault): HttpReply {
  const missing = 'This server could not verify that you are authorized to access the document you requested.'
  const title = fault.status === 401 ? 'Unauthorized' : 'Not Found'
  const message = `${fault.status === 401 ? missing : fault.message}<br /><br />\n\n\n`
  const headers: Record<string, string> = fault.status === 401 ? { 'WWW-Authenticate': `Keystone uri="${identityUrl}"` } : {}
  return { status: fault.status, headers, body: { message, code: `${fault.status} ${title}`, title } }
}
