import { randomUUID } from 'node:crypto'
import type { Cloud } from '../cloud.ts'
import { Fault } from '../fault.ts'
import type { HttpReply, HttpRequest } from '../http.ts'
import type { JsonMap } from '../json.ts'
import type { Server, ServerAction } from '../state.ts'

/** How many actions of a server are remembered. */
const most = 50

/** Notes that something was begun with a server. `requestId`: by which call; absent: by one of Heat's. The result notes its end. */
export function noteAction(
  cloud: Cloud,
  server: Server,
  what: { action: string; event: string; requestId?: string | undefined },
): (failed: boolean) => void {
  const { action, event, requestId = `req-${randomUUID()}` } = what
  const entry: ServerAction = { action, event, requestId, at: cloud.now().getTime(), endedAt: null, failed: false }
  server.actions = [...(server.actions ?? []), entry].slice(-most)
  return (failed) => Object.assign(entry, { endedAt: cloud.now().getTime(), failed })
}

/** `GET /servers/ID/os-instance-actions`, newest first. */
export function listActions(cloud: Cloud, server: Server, minor: number): HttpReply {
  return { status: 200, body: { instanceActions: actionsOf(server).map((entry) => brief(cloud, server, { entry, minor })) } }
}

/** `GET /servers/ID/os-instance-actions/REQUEST` */
export function showAction(cloud: Cloud, server: Server, { request, minor }: { request: HttpRequest; minor: number }): HttpReply {
  const { action = '' } = request.params
  const entry = actionsOf(server).find(({ requestId }) => requestId === action)
  if (!entry) throw new Fault(404, 'NotFound', `Action ${action} not found`)
  // Since 2.51 those without an administrator's rights see events too, without what went wrong.
  const events: JsonMap = minor >= 51 ? { events: [eventBody(entry)] } : {}
  return { status: 200, body: { instanceAction: { ...brief(cloud, server, { entry, minor }), ...events } } }
}

function actionsOf(server: Server): ServerAction[] {
  const launched = server.status === 'BUILD' ? null : server.createdAt
  const creation: ServerAction = {
    action: 'create',
    event: 'compute__do_build_and_run_instance',
    requestId: `req-${server.id.slice(0, 14)}4${server.id.slice(15)}`,
    at: server.createdAt,
    endedAt: launched,
    failed: false,
  }
  return [creation, ...(server.actions ?? [])].reverse()
}

const micro = (ms: number | null) => (ms === null ? null : `${new Date(ms).toISOString().slice(0, 19)}.000000`)

function brief({ identity }: Cloud, server: Server, { entry, minor }: { entry: ServerAction; minor: number }): JsonMap {
  return {
    action: entry.action,
    instance_uuid: server.id,
    request_id: entry.requestId,
    user_id: identity.user.id,
    project_id: identity.project.id,
    start_time: micro(entry.at),
    message: entry.failed ? 'Error' : null,
    ...(minor >= 58 ? { updated_at: micro(entry.endedAt ?? entry.at) } : {}),
  }
}

function eventBody({ event, at, endedAt, failed }: ServerAction): JsonMap {
  const result = failed ? 'Error' : 'Success'
  return { event, start_time: micro(at), finish_time: micro(endedAt), result: endedAt === null ? null : result }
}
