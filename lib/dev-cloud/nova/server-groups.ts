import { randomUUID } from 'node:crypto'
import type { ServerGroup } from '../belongings.ts'
import type { Cloud } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { bodyOf, type HttpReply, type HttpRequest } from '../http.ts'
import { isMap, type JsonMap, pythonText } from '../json.ts'

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
  const field = minor >= 64 ? 'policy' : 'policies'
  const body = 'Invalid input for field/attribute'
  if (typeof name !== 'string' || name.trim() === '')
    throw new Fault(400, 'BadRequest', `${body} server_group. 'name' is a required property`)
  if (policy === undefined)
    throw new Fault(400, 'BadRequest', `${body} server_group. Value: {'name': '${name}'}. '${field}' is a required property`)
  const allowed = policies.slice(0, minor >= 15 ? 4 : 2)
  if (typeof policy !== 'string' || !allowed.includes(policy)) {
    const list = allowed.map((each) => `'${each}'`).join(', ')
    const what = `Value: ${pythonText(policy)}. '${pythonText(policy)}' is not one of [${list}]`
    throw new Fault(400, 'BadRequest', `${body} ${minor >= 64 ? 'policy' : '0'}. ${what}`)
  }
  const { serverGroups } = cloud.belongings.things
  if (Object.keys(serverGroups).length >= 10) throw new Fault(403, 'Forbidden', 'Quota exceeded, too many server groups.')
  const group: ServerGroup = { id: randomUUID(), name: name.trim(), policy, createdAt: cloud.now().getTime() }
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
