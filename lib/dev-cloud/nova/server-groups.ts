import { randomUUID } from 'node:crypto'
import type { ServerGroup } from '../belongings.ts'
import type { Cloud } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { bodyOf, type HttpReply, type HttpRequest } from '../http.ts'
import { isMap, type JsonMap, pythonText, text } from '../json.ts'

const policies = ['anti-affinity', 'affinity', 'soft-anti-affinity', 'soft-affinity']

/** `GET /os-server-groups`: all machines are on one host here, so a group is a name and no more. */
export function listGroups(cloud: Cloud, minor: number): HttpReply {
  const groups = Object.values(cloud.belongings.things.serverGroups)
  return { status: 200, body: { server_groups: groups.map((group) => shown(cloud, group, minor)) } }
}

/** `GET /os-server-groups/ID` */
export function showGroup(cloud: Cloud, request: HttpRequest, minor: number): HttpReply {
  return { status: 200, body: { server_group: shown(cloud, groupOf(cloud, request), minor) } }
}

/** `POST /os-server-groups`: `policies` before 2.64, `policy` since. */
export function createGroup(cloud: Cloud, request: HttpRequest, minor: number): HttpReply {
  const wanted = bodyOf(request, 'Malformed request body').server_group
  const { name, policy: one, policies: several } = isMap(wanted) ? wanted : {}
  const policy = minor >= 64 ? one : Array.isArray(several) ? several[0] : undefined
  if (typeof name !== 'string' || name.trim() === '')
    throw new Fault(400, 'BadRequest', "Invalid input for field/attribute server_group. 'name' is a required property")
  if (typeof policy !== 'string' || !policies.includes(policy))
    throw new Fault(400, 'BadRequest', `Invalid input for field/attribute policy. Value: ${pythonText(policy)}.`)
  const { serverGroups } = cloud.belongings.things
  if (Object.keys(serverGroups).length >= 10) throw new Fault(403, 'Forbidden', 'Quota exceeded, too many server groups.')
  const group: ServerGroup = { id: randomUUID(), name: name.trim(), policy: text(policy) ?? '', createdAt: cloud.now().getTime() }
  serverGroups[group.id] = group
  cloud.belongings.changed()
  return { status: 200, body: { server_group: shown(cloud, group, minor) } }
}

/** `DELETE /os-server-groups/ID` */
export function deleteGroup(cloud: Cloud, request: HttpRequest): HttpReply {
  delete cloud.belongings.things.serverGroups[groupOf(cloud, request).id]
  cloud.belongings.changed()
  return { status: 204 }
}

function groupOf(cloud: Cloud, { params }: HttpRequest): ServerGroup {
  const { id = '' } = params
  const { serverGroups } = cloud.belongings.things
  const found = Object.hasOwn(serverGroups, id) ? serverGroups[id] : undefined
  if (!found) throw new Fault(404, 'NotFound', `Instance group ${id} could not be found.`)
  return found
}

function shown({ identity }: Cloud, { id, name, policy }: ServerGroup, minor: number): JsonMap {
  const kind: JsonMap = minor >= 64 ? { policy, rules: {} } : { policies: [policy], metadata: {} }
  const owner: JsonMap = minor >= 13 ? { project_id: identity.project.id, user_id: identity.user.id } : {}
  return { id, name, ...kind, members: [], ...owner }
}
