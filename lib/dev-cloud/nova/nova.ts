import { type Cloud, isoSeconds } from '../cloud.ts'
import { badRequest, Fault } from '../fault.ts'
import { ok } from '../heat/api.ts'
import { type At, bodyOf, firstKey, type HttpReply, type HttpRequest, type Route, type Service } from '../http.ts'
import { isMap, type JsonMap } from '../json.ts'
import { refuse as refuseLikeKeystone } from '../keystone/keystone-shapes.ts'
import { requireToken, type Tokens } from '../keystone/tokens.ts'
import type { Server } from '../state.ts'
import { linksOf, serverBody, shownStatus } from './nova-shapes.ts'
import { beginAction, type Place, type ServerVerb } from './server-actions.ts'

type Site = { cloud: Cloud; tokens: Tokens; identityUrl: () => string }

const version = {
  'OpenStack-API-Version': 'compute 2.1',
  'X-OpenStack-Nova-API-Version': '2.1',
  Vary: 'OpenStack-API-Version, X-OpenStack-Nova-API-Version',
}
const kinds: Record<number, string> = { 400: 'badRequest', 403: 'forbidden', 404: 'itemNotFound', 409: 'conflictingRequest' }

/** Nova 2.1, as far as one reads it, and what puts a single machine to rights (openstack/README.md, facts 4 and 5). */
export function novaService(site: Site): Service {
  const { cloud, tokens } = site
  const at: At = (method, path, handle, verb) => ({
    method,
    pattern: `/compute/v2.1${path}`,
    handle: async (request) => {
      requireToken(tokens, request)
      const reply = await handle(request)
      return { ...reply, headers: { ...version, ...reply.headers } }
    },
    verb,
  })
  const routes: Route[] = [
    {
      method: 'GET',
      pattern: '/compute/v2.1',
      handle: () => ok({ version: { id: 'v2.1', status: 'CURRENT', version: '2.93', min_version: '2.1', links: [] } }),
    },
    at('GET', '/servers', (request) => list(cloud, request, false), 'list'),
    at('GET', '/servers/detail', (request) => list(cloud, request, true), 'list'),
    at('GET', '/servers/:id', (request) => show(cloud, request), 'show'),
    at(
      'POST',
      '/servers/:id/action',
      (request) => act(cloud, request),
      (request) => verbOf(request) ?? firstKey(request) ?? 'other',
    ),
    at('GET', '/flavors', () => ok({ flavors: flavors(cloud).map(({ id = '', name = '', links = [] }) => ({ id, name, links })) })),
    at('GET', '/flavors/detail', () => ok({ flavors: flavors(cloud) })),
    at('GET', '/flavors/:id', (request) => {
      const flavor = flavors(cloud).find((each) => each.id === request.params.id)
      if (!flavor) throw new Fault(404, 'NotFound', `Flavor ${request.params.id} could not be found.`)
      return ok({ flavor })
    }),
    at('GET', '/os-keypairs', () => ok({ keypairs: keyPairs(cloud) })),
    at('GET', '/limits', () => ok({ limits: { rate: [], absolute: limits(cloud) } })),
    at('GET', '/os-availability-zone', () =>
      ok({ availabilityZoneInfo: [{ zoneName: 'nova', zoneState: { available: true }, hosts: null }] }),
    ),
  ]
  return { name: 'nova', routes, refuse: (fault) => refuse(site.identityUrl(), fault), maxBodyBytes: 114_688 }
}

function refuse(identityUrl: string, fault: Fault): HttpReply {
  if (fault.status === 401)
    return { ...refuseLikeKeystone(identityUrl, fault), headers: { 'WWW-Authenticate': `Keystone uri="${identityUrl}"` } }
  const kind = kinds[fault.status] ?? 'computeFault'
  return { status: fault.status, headers: version, body: { [kind]: { code: fault.status, message: fault.detail ?? fault.type } } }
}

function all(cloud: Cloud): Place[] {
  return [...cloud.state.stacks.values()].flatMap((stack) => Object.values(stack.things.servers).map((server) => ({ stack, server })))
}

function list(cloud: Cloud, request: HttpRequest, detail: boolean): HttpReply {
  const { query } = request
  const found = all(cloud).filter(
    ({ server }) =>
      server.name.includes(query.get('name') ?? '') && (query.get('status') ?? shownStatus(server)).toUpperCase() === shownStatus(server),
  )
  const compute = `${cloud.heatUrl()}/compute`
  return ok({
    servers: found.map(
      ({ stack, server }): JsonMap =>
        detail ? serverBody(cloud, stack, server) : { id: server.id, name: server.name, links: linksOf(compute, server.id) },
    ),
  })
}

function show(cloud: Cloud, request: HttpRequest): HttpReply {
  const { stack, server } = serverOf(cloud, request)
  return ok({ server: serverBody(cloud, stack, server) })
}

function serverOf(cloud: Cloud, request: HttpRequest): Place {
  const { id = '' } = request.params
  for (const stack of cloud.state.stacks.values()) {
    const server = stack.things.servers[id]
    if (server) return { stack, server }
  }
  throw new Fault(404, 'NotFound', `Instance ${id} could not be found.`)
}

/** Compute API v2.1, "Servers - run an action": what each is called in a request. */
const actions: Record<string, ServerVerb> = {
  suspend: 'suspend',
  resume: 'resume',
  'os-stop': 'stop',
  'os-start': 'start',
  shelve: 'shelve',
  shelveOffload: 'shelveOffload',
  unshelve: 'unshelve',
}

async function act(cloud: Cloud, request: HttpRequest): Promise<HttpReply> {
  const place = serverOf(cloud, request)
  const body = bodyOf(request)
  const [name = ''] = Object.keys(body)
  if (name === 'os-getConsoleOutput') return ok({ output: await consoleOutput(cloud, place.server, body[name]) })
  const verb = name === 'reboot' ? rebootOf(body[name]) : verbOf(request)
  if (!verb) throw badRequest(`There is no such action: ${name}`)
  beginAction(cloud, place, verb)
  return { status: 202 }
}

function verbOf(request: HttpRequest): ServerVerb | undefined {
  const name = firstKey(request) ?? ''
  return Object.hasOwn(actions, name) ? actions[name] : undefined
}

function rebootOf(options: unknown): ServerVerb {
  const type = isMap(options) ? options.type : undefined
  if (type !== 'SOFT' && type !== 'HARD')
    throw badRequest("Invalid input for field/attribute type. Value: None. None is not one of ['HARD', 'SOFT']")
  return type === 'HARD' ? 'hardReboot' : 'reboot'
}

async function consoleOutput(cloud: Cloud, server: Server, options: unknown): Promise<string> {
  const output = await cloud.driver.consoleLog(server.id, 102_400).catch(() => '')
  const length = isMap(options) ? Number(options.length ?? -1) : -1
  return length > 0 ? output.replace(/\n$/, '').split('\n').slice(-length).join('\n') : output
}

function flavors(cloud: Cloud): JsonMap[] {
  const compute = `${cloud.heatUrl()}/compute`
  return cloud.content.flavors.map(({ id, name, vcpus, ramMiB, diskGiB }) => ({
    id,
    name,
    ram: ramMiB,
    disk: diskGiB,
    swap: '',
    'OS-FLV-EXT-DATA:ephemeral': 0,
    'OS-FLV-DISABLED:disabled': false,
    vcpus,
    'os-flavor-access:is_public': true,
    rxtx_factor: 1,
    links: [
      { rel: 'self', href: `${compute}/v2.1/flavors/${id}` },
      { rel: 'bookmark', href: `${compute}/flavors/${id}` },
    ],
  }))
}

function keyPairs(cloud: Cloud): JsonMap[] {
  const pairs = [...cloud.state.stacks.values()].flatMap((stack) => Object.values(stack.things.keyPairs))
  return pairs.map(({ name, publicKey, fingerprint, createdAt }) => ({
    keypair: { name, public_key: publicKey, fingerprint, created_at: isoSeconds(createdAt) },
  }))
}

/** Recordings nova-limits-200 and nova-limits-suspended-200: suspended machines count. */
function limits(cloud: Cloud): JsonMap {
  const { quota } = cloud
  const used = all(cloud).map(({ server }) => server.spec.flavor)
  return {
    maxTotalInstances: quota.instances,
    maxTotalCores: quota.cores,
    maxTotalRAMSize: quota.ramMiB,
    maxServerMeta: 128,
    maxImageMeta: 128,
    maxPersonality: 5,
    maxPersonalitySize: 10_240,
    maxTotalKeypairs: quota.keyPairs,
    maxServerGroups: 10,
    maxServerGroupMembers: 10,
    maxTotalFloatingIps: -1,
    maxSecurityGroups: -1,
    maxSecurityGroupRules: -1,
    totalRAMUsed: used.reduce((sum, flavor) => sum + flavor.ramMiB, 0),
    totalCoresUsed: used.reduce((sum, flavor) => sum + flavor.vcpus, 0),
    totalInstancesUsed: used.length,
    totalFloatingIpsUsed: 0,
    totalSecurityGroupsUsed: 0,
    totalServerGroupsUsed: 0,
  }
}
