import type { Cloud } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { bodyOf, type HttpReply, type HttpRequest } from '../http.ts'
import { isMap, type JsonMap, maps, pythonText, text } from '../json.ts'
import { portBody } from '../neutron/neutron-shapes.ts'
import { securityGroups } from '../neutron/security-groups.ts'
import { addressesOf } from './nova-shapes.ts'
import type { Place } from './server-actions.ts'
import { serverOf } from './servers.ts'

const ok = (body: JsonMap): HttpReply => ({ status: 200, body })

/** `GET /servers/ID/os-interface` and `.../PORT` */
export function interfaces(cloud: Cloud, request: HttpRequest, minor: number): HttpReply {
  const { stack, server } = serverOf(cloud, request)
  const all = server.portIds.flatMap((id): JsonMap[] => {
    const { id: port_id, network_id: net_id, mac_address: mac_addr, status: port_state, fixed_ips } = portBody(cloud, stack, id)
    if (port_id === undefined) return []
    const tag: JsonMap = minor >= 70 ? { tag: null } : {}
    return [{ net_id: net_id ?? '', port_id, mac_addr: mac_addr ?? '', port_state: port_state ?? '', fixed_ips: fixed_ips ?? [], ...tag }]
  })
  const { port } = request.params
  if (port === undefined) return ok({ interfaceAttachments: all })
  const found = all.find(({ port_id }) => port_id === port)
  if (!found) throw new Fault(404, 'NotFound', `Port id ${port} could not be found.`)
  return ok({ interfaceAttachment: found })
}

/** `GET /servers/ID/ips` and `.../NETWORK` */
export function addresses(cloud: Cloud, request: HttpRequest): HttpReply {
  const { stack, server } = serverOf(cloud, request)
  const all = Object.entries(addressesOf(stack, server)).map(([name, list]): [string, JsonMap[]] => [
    name,
    list.map(({ version = 4, addr = '' }) => ({ version, addr })),
  ])
  const { network } = request.params
  if (network === undefined) return ok({ addresses: Object.fromEntries(all) })
  const found = all.find(([name]) => name === network)
  if (!found) throw new Fault(404, 'NotFound', 'Instance is not a member of specified network')
  return ok(Object.fromEntries([found]))
}

/** `GET /servers/ID/os-security-groups`, in Nova's old words for them. */
export function groupsOfServer(cloud: Cloud, request: HttpRequest): HttpReply {
  const { stack, server } = serverOf(cloud, request)
  const wanted = new Set(server.portIds.flatMap((id) => stack.things.ports[id]?.securityGroups ?? []))
  const groups = securityGroups(cloud).filter(
    ({ id, name }) => wanted.has(text(id) ?? '') || server.securityGroups.includes(text(name) ?? ''),
  )
  return ok({ security_groups: groups.map((group) => oldGroup(cloud, group)) })
}

function oldGroup(cloud: Cloud, group: JsonMap): JsonMap {
  const { id = '', name = '', description = '' } = group
  const rules = maps(group.security_group_rules)
    .filter(({ direction }) => direction === 'ingress')
    .map((rule): JsonMap => {
      const other = rule.remote_group_id ?? null
      // nova/network/security_group_api.py: where there are no ports, these stand for all of them.
      const none = ['tcp', 'udp'].includes(text(rule.protocol) ?? '') ? (rule.port_range_min ?? null) : -1
      return {
        id: rule.id ?? '',
        parent_group_id: id,
        group: other === null ? {} : { name: text(nameOf(cloud, text(other) ?? '')) ?? '', tenant_id: cloud.identity.project.id },
        ip_protocol: rule.protocol ?? null,
        from_port: rule.port_range_min ?? none,
        to_port: rule.port_range_max ?? none,
        ip_range: other === null ? { cidr: rule.remote_ip_prefix ?? '0.0.0.0/0' } : {},
      }
    })
  return { id, name, description, tenant_id: cloud.identity.project.id, rules }
}

const nameOf = (cloud: Cloud, id: string) => securityGroups(cloud).find((group) => group.id === id)?.name

/** `/servers/ID/metadata`: read, and changed in the records; the machine's own copy is from its start. */
export function metadata(cloud: Cloud, request: HttpRequest): HttpReply {
  const place = serverOf(cloud, request)
  const { key } = request.params
  const { method } = request
  const before = place.server.spec.metadata
  if (method === 'GET' && key === undefined) return ok({ metadata: { ...before } })
  if (key !== undefined && method !== 'PUT' && !Object.hasOwn(before, key)) throw new Fault(404, 'NotFound', 'Metadata item was not found')
  if (method === 'GET') return ok({ meta: { [key ?? '']: before[key ?? ''] ?? '' } })
  if (method === 'DELETE') {
    const rest = Object.entries(before).filter(([name]) => name !== key)
    change(cloud, place, Object.fromEntries(rest))
    return { status: 204 }
  }
  const body = bodyOf(request, 'Malformed request body')
  const given = key === undefined ? body.metadata : body.meta
  if (!isMap(given)) throw new Fault(400, 'BadRequest', `'${key === undefined ? 'metadata' : 'meta'}' is a required property`)
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === 'string') continue
    const shown = pythonText(value)
    throw new Fault(400, 'BadRequest', `Invalid input for field/attribute ${name}. Value: ${shown}. ${shown} is not of type 'string'`)
  }
  if (key !== undefined && !Object.hasOwn(given, key)) throw new Fault(400, 'BadRequest', 'Request body and URI mismatch')
  const texts = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, text(value) ?? '']))
  const kept = method === 'PUT' && key === undefined ? {} : before
  change(cloud, place, { ...kept, ...texts })
  return ok(key === undefined ? { metadata: { ...place.server.spec.metadata } } : { meta: texts })
}

function change(cloud: Cloud, { stack, server }: Place, metadata: Record<string, string>): void {
  server.spec.metadata = metadata
  cloud.state.changed(stack)
}
