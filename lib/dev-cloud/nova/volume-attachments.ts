import { attachVolume, detachVolume } from '../cinder/volumes.ts'
import type { Cloud } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { bodyOf, type HttpReply, type HttpRequest } from '../http.ts'
import { isMap, type JsonMap, pythonText, text } from '../json.ts'
import type { Attachment, ServerStatus } from '../state.ts'
import type { Place } from './server-actions.ts'
import { taskState, vmState } from './server-actions.ts'
import { serverOf } from './servers.ts'

/** nova/compute/api.py, attach_volume and detach_volume: not while it sleeps. */
const mayChange: ServerStatus[] = ['ACTIVE', 'SHUTOFF', 'SHELVED', 'SHELVED_OFFLOADED']

/** `GET /servers/ID/os-volume_attachments` */
export function listAttachments(cloud: Cloud, request: HttpRequest, minor: number): HttpReply {
  const { server } = serverOf(cloud, request)
  const { offset, limit } = { offset: Number(request.query.get('offset') ?? 0), limit: Number(request.query.get('limit') ?? 1000) }
  const page = (server.volumes ?? []).slice(offset, offset + limit)
  return { status: 200, body: { volumeAttachments: page.map((each) => attachmentBody(server.id, each, minor)) } }
}

/** `GET /servers/ID/os-volume_attachments/VOLUME` */
export function showAttachment(cloud: Cloud, request: HttpRequest, minor: number): HttpReply {
  const { server } = serverOf(cloud, request)
  return { status: 200, body: { volumeAttachment: attachmentBody(server.id, attachmentOf(server.volumes, request), minor) } }
}

/** `POST /servers/ID/os-volume_attachments`: it is there when this is answered. */
export async function createAttachment(cloud: Cloud, request: HttpRequest, minor: number): Promise<HttpReply> {
  const place = serverOf(cloud, request)
  const wanted = bodyOf(request, 'Malformed request body').volumeAttachment
  if (!isMap(wanted)) throw invalid('None', "'volumeAttachment' is a required property")
  const volumeId = text(wanted.volumeId)
  if (volumeId === undefined) throw invalid(pythonText(wanted), "'volumeId' is a required property")
  const device = text(wanted.device)
  if (device !== undefined && !/^(?:\/dev\/[a-zA-Z0-9]+|[a-zA-Z0-9]+)$/.test(device))
    throw new Fault(400, 'BadRequest', `The supplied device path (${device}) is invalid.`)
  refuseState(place, 'attach_volume')
  if (place.server.volumes?.some((each) => each.volumeId === volumeId))
    throw new Fault(400, 'BadRequest', `Invalid volume: volume ${volumeId} already attached`)
  const ends = minor >= 79 && wanted.delete_on_termination === true
  const made = await attachVolume(cloud, place, volumeId, ends ? { ends } : {})
  const shown: JsonMap = { id: volumeId, serverId: place.server.id, volumeId, device: `/dev/${made.device}` }
  if (minor >= 70) shown.tag = wanted.tag ?? null
  if (minor >= 79) shown.delete_on_termination = ends
  if (minor >= 89) {
    delete shown.id
    Object.assign(shown, { attachment_id: made.id, bdm_uuid: made.id })
  }
  return { status: 200, body: { volumeAttachment: shown } }
}

/** `PUT /servers/ID/os-volume_attachments/VOLUME`: whether the volume goes with its server (2.85); exchanging volumes is an administrator's. */
export function updateAttachment(cloud: Cloud, request: HttpRequest, minor: number): HttpReply {
  const place = serverOf(cloud, request)
  const found = attachmentOf(place.server.volumes, request)
  const wanted = bodyOf(request, 'Malformed request body').volumeAttachment
  if (!isMap(wanted)) throw invalid('None', "'volumeAttachment' is a required property")
  if (minor < 85 || (text(wanted.volumeId) ?? found.volumeId) !== found.volumeId)
    throw new Fault(403, 'Forbidden', "Policy doesn't allow os_compute_api:os-volumes-attachments:swap to be performed.")
  if (wanted.delete_on_termination === true) found.ends = true
  else delete found.ends
  cloud.state.changed(place.stack)
  return { status: 202 }
}

/** `DELETE /servers/ID/os-volume_attachments/VOLUME`. It is out when this is answered. */
export async function deleteAttachment(cloud: Cloud, request: HttpRequest): Promise<HttpReply> {
  const place = serverOf(cloud, request)
  const { volumeId } = attachmentOf(place.server.volumes, request, `Volume ${request.params.volume} could not be found.`)
  refuseState(place, 'detach_volume')
  await detachVolume(cloud, place, volumeId)
  return { status: 202 }
}

function attachmentOf(volumes: Attachment[] | undefined, { params }: HttpRequest, words?: string): Attachment {
  const found = volumes?.find(({ volumeId }) => volumeId === params.volume)
  if (!found) throw new Fault(404, 'NotFound', words ?? `Instance ${params.id} is not attached to volume ${params.volume}`)
  return found
}

function refuseState({ server }: Place, method: string): void {
  const refused = (attribute: string, state: string) =>
    new Fault(409, 'Conflict', `Cannot '${method}' instance ${server.id} while it is in ${attribute} ${state}`)
  if (!mayChange.includes(server.status)) throw refused('vm_state', vmState(server))
  const task = taskState(server)
  if (task !== null) throw refused('task_state', task)
}

/** nova/api/openstack/compute/volumes.py, _translate_attachment_detail_view */
function attachmentBody(serverId: string, { id, volumeId, device, ends }: Attachment, minor: number): JsonMap {
  return {
    ...(minor < 89 ? { id: volumeId } : {}),
    volumeId,
    serverId,
    device: `/dev/${device}`,
    ...(minor >= 70 ? { tag: null } : {}),
    ...(minor >= 79 ? { delete_on_termination: ends === true } : {}),
    ...(minor >= 89 ? { attachment_id: id, bdm_uuid: id } : {}),
  }
}

/** jsonschema's words, as Nova hands them on. */
function invalid(value: string, what: string): Fault {
  return new Fault(400, 'BadRequest', `Invalid input for field/attribute volumeAttachment. Value: ${value}. ${what}`)
}
