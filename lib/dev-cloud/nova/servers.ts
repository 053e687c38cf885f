import type { Cloud } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { bodyOf, type HttpReply, type HttpRequest } from '../http.ts'
import { isMap, type JsonMap, maps, pythonText, text } from '../json.ts'
import { deleteServer } from './delete-server.ts'
import { addressesOf, linksOf, serverBody, shownStatus } from './nova-shapes.ts'
import { pageOf } from './paging.ts'
import type { Place } from './server-actions.ts'
import { allServers } from './server-records.ts'

/** `GET /servers` and `/servers/detail`: newest first, by what somebody without an administrator's rights may filter. */
export function listServers(cloud: Cloud, request: HttpRequest, { minor, detail }: { minor: number; detail: boolean }): HttpReply {
  const { query } = request
  if (isYes(query.get('all_tenants')))
    throw new Fault(
      403,
      'Forbidden',
      `Policy doesn't allow os_compute_api:servers:${detail ? 'detail' : 'index'}:get_all_tenants to be performed.`,
    )
  const statuses = query.getAll('status').map((status) => status.toUpperCase())
  for (const key of ['changes-since', 'changes-before']) refuseNoTime(key, query.get(key))
  if (statuses.includes('DELETED')) throw new Fault(403, 'Forbidden', 'Only administrators may list deleted instances')
  if (minor >= 38 && statuses.length > 0 && !statuses.some((status) => known.includes(status)))
    throw new Fault(400, 'BadRequest', 'Invalid status value')
  const found = allServers(cloud)
    .filter((place) => fits(cloud, place, { query, statuses }))
    .sort((one, other) => other.server.createdAt - one.server.createdAt || (one.server.id < other.server.id ? 1 : -1))
  const collection = detail ? 'servers/detail' : 'servers'
  const compute = `${cloud.heatUrl()}/compute`
  const { items, links } = pageOf(request, inOrder(found, query), {
    key: ({ server }) => server.id,
    base: `${compute}/v2.1`,
    collection,
    links: 'servers_links',
  })
  const brief = ({ server }: Place): JsonMap => ({ id: server.id, name: server.name, links: linksOf(compute, server.id) })
  return {
    status: 200,
    body: {
      servers: items.map((place) => (detail ? inList(serverBody(cloud, place.stack, place.server, minor)) : brief(place))),
      ...links,
    },
  }
}

/** Which groups a server is in is told of one server only. */
function inList({ server_groups: _groups, ...shown }: JsonMap): JsonMap {
  return shown
}

function refuseNoTime(key: string, value: string | null): void {
  if (value === null || !Number.isNaN(Date.parse(value))) return
  throw new Fault(400, 'BadRequest', `Invalid input for query parameters ${key}. Value: ${value}. '${value}' is not a 'date-time'`)
}

const known = [
  'ACTIVE',
  'BUILD',
  'ERROR',
  'HARD_REBOOT',
  'REBOOT',
  'SHELVED',
  'SHELVED_OFFLOADED',
  'SHUTOFF',
  'SUSPENDED',
  'PAUSED',
  'RESIZE',
]

/** nova/api/openstack/compute/servers.py, _get_server_search_options: what is not among them is ignored. */
function fits(cloud: Cloud, { stack, server }: Place, { query, statuses }: { query: URLSearchParams; statuses: string[] }): boolean {
  const addresses = Object.values(addressesOf(stack, server)).flatMap((list) => list.map(({ addr }) => text(addr) ?? ''))
  const since = Date.parse(query.get('changes-since') ?? '')
  const before = Date.parse(query.get('changes-before') ?? '')
  const same = (key: string, value: string | null | undefined) => (query.get(key) ?? value) === value
  return (
    (statuses.length === 0 || statuses.includes(shownStatus(server))) &&
    like(query.get('name'))(server.name) &&
    (!query.has('ip') || addresses.some(like(query.get('ip')))) &&
    same('image', cloud.content.image(server.spec.image)?.id) &&
    same('flavor', cloud.content.flavor(server.flavor)?.id) &&
    same('key_name', server.keyName) &&
    !(server.changedAt < since) &&
    !(server.changedAt > before)
  )
}

/** MySQL's REGEXP as far as people use it; what is no expression is looked for as it stands. */
function like(pattern: string | null): (value: string) => boolean {
  if (pattern === null) return () => true
  // A pattern that could keep this process busy for long is not one that somebody looks for a server with.
  if (pattern.length > 255 || /[+*}][^)]*\)[+*{]/.test(pattern)) return (value) => value.includes(pattern)
  try {
    const expression = new RegExp(pattern, 'i')
    return (value) => expression.test(value)
  } catch {
    return (value) => value.includes(pattern)
  }
}

const isYes = (value: string | null) => value !== null && !['0', 'false', 'no', 'off', 'f', 'n'].includes(value.toLowerCase())

const sortable: Record<string, (place: Place) => string | number> = {
  created_at: ({ server }) => server.createdAt,
  updated_at: ({ server }) => server.changedAt,
  display_name: ({ server }) => server.name,
  name: ({ server }) => server.name,
  uuid: ({ server }) => server.id,
  vm_state: ({ server }) => server.status,
}

function inOrder(places: Place[], query: URLSearchParams): Place[] {
  const keys = query.getAll('sort_key')
  const directions = query.getAll('sort_dir')
  const ranks = keys.flatMap((key, index) => {
    const pick = Object.hasOwn(sortable, key) ? sortable[key] : undefined
    return pick ? [{ pick, sign: directions[index] === 'asc' ? 1 : -1 }] : []
  })
  return places.toSorted((one, other) => {
    for (const { pick, sign } of ranks) {
      const [left, right] = [pick(one), pick(other)]
      if (left !== right) return left < right ? -sign : sign
    }
    return 0
  })
}

/** The server in a request's address. Throws 404. */
export function serverOf(cloud: Cloud, request: HttpRequest): Place {
  const { id = '' } = request.params
  for (const stack of cloud.state.stacks.values()) {
    const server = Object.hasOwn(stack.things.servers, id) ? stack.things.servers[id] : undefined
    if (server) return { stack, server }
  }
  throw new Fault(404, 'NotFound', `Instance ${id} could not be found.`)
}

/** `GET /servers/ID` */
export function showServer(cloud: Cloud, request: HttpRequest, minor: number): HttpReply {
  const { stack, server } = serverOf(cloud, request)
  return { status: 200, body: { server: serverBody(cloud, stack, server, minor) } }
}

/** `PUT /servers/ID`: its name only; the host name inside stays. */
export function updateServer(cloud: Cloud, request: HttpRequest, minor: number): HttpReply {
  const place = serverOf(cloud, request)
  const wanted = bodyOf(request, 'Malformed request body').server
  const name = isMap(wanted) ? wanted.name : undefined
  if (name !== undefined && (typeof name !== 'string' || name.trim() === '')) {
    const what = typeof name === 'string' ? "'' is too short" : `${pythonText(name)} is not of type 'string'`
    throw new Fault(400, 'BadRequest', `Invalid input for field/attribute name. Value: ${pythonText(name).trim()}. ${what}`)
  }
  if (typeof name === 'string') place.server.name = name.trim()
  cloud.state.changed(place.stack)
  const shown = serverBody(cloud, place.stack, place.server, minor)
  return { status: 200, body: { server: minor < 75 ? shorter(shown) : shown } }
}

/** Before 2.75 Nova answers a change without what was an extension once. */
function shorter(shown: JsonMap): JsonMap {
  const kept = Object.entries(shown).filter(
    ([key]) => key === 'OS-DCF:diskConfig' || !/^(OS-|os-|config_drive|key_name|security_groups)/.test(key),
  )
  const addresses = Object.entries(isMap(shown.addresses) ? shown.addresses : {}).map(([network, list]): [string, JsonMap[]] => [
    network,
    maps(list).map(({ version = 4, addr = '' }) => ({ version, addr })),
  ])
  return { ...Object.fromEntries(kept), addresses: Object.fromEntries(addresses) }
}

/** `DELETE /servers/ID`: its stack finds out when it is checked (recording heat-action-check-missing-server-200). */
export async function removeServer(cloud: Cloud, request: HttpRequest): Promise<HttpReply> {
  await deleteServer(cloud, serverOf(cloud, request))
  return { status: 204 }
}

/** Servers belong to stacks here. */
export function refuseServer(): HttpReply {
  throw new Fault(403, 'Forbidden', 'This development cloud makes servers for stacks only: describe the server in a Heat template.')
}
