import { randomUUID } from 'node:crypto'
import type { Volume } from '../belongings.ts'
import type { Cloud } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { bodyOf, type HttpReply, type HttpRequest } from '../http.ts'
import { isMap, type Json, type JsonMap, pythonStr, text } from '../json.ts'
import { volumeBody } from './volume-shapes.ts'
import { growVolume, makeVolume, removeVolume } from './volumes.ts'

const ok = (body: JsonMap): HttpReply => ({ status: 200, body })
const malformed = 'Malformed request body'

/** The volume in a request's address. Throws 404. */
function volumeOf(cloud: Cloud, { params }: HttpRequest): Volume {
  const found = cloud.content.volume(params.id ?? '')
  if (!found) throw new Fault(404, 'VolumeNotFound', `Volume ${params.id} could not be found.`)
  return found
}

export function showVolume(cloud: Cloud, request: HttpRequest, minor: number): HttpReply {
  return ok({ volume: volumeBody(cloud, volumeOf(cloud, request), minor) })
}

/** What a volume could be made of, and nothing here is. */
const sources: Record<string, string> = {
  snapshot_id: 'a snapshot',
  source_volid: 'another volume',
  backup_id: 'a backup',
  imageRef: 'an image',
}

/** `POST /volumes`: it is there when this is answered; the answer says that it is being made, as Cinder's does. */
export async function createVolume(cloud: Cloud, request: HttpRequest, minor: number): Promise<HttpReply> {
  const wanted = bodyOf(request, malformed).volume
  if (!isMap(wanted)) throw invalid('None', "'volume' is a required property")
  for (const [key, source] of Object.entries(sources))
    if ((wanted[key] ?? null) !== null)
      throw new Fault(400, 'BadRequest', `This development cloud makes no volume of ${source}: its volumes are empty.`)
  const zone = text(wanted.availability_zone) ?? 'nova'
  if (zone !== 'nova') throw new Fault(400, 'InvalidInput', `Invalid input received: Availability zone '${zone}' is invalid.`)
  const type = text(wanted.volume_type)
  if (type !== undefined && cloud.content.volumeType(type) === undefined)
    throw new Fault(404, 'VolumeTypeNotFound', `Volume type with name ${type} could not be found.`)
  const volume = await makeVolume(cloud, {
    id: randomUUID(),
    name: text(wanted.name) ?? text(wanted.display_name) ?? '',
    description: text(wanted.description) ?? text(wanted.display_description) ?? '',
    sizeGiB: sizeOf(wanted.size),
    metadata: metadataOf(wanted.metadata ?? {}),
  })
  return { status: 202, body: { volume: { ...volumeBody(cloud, volume, minor), status: 'creating', updated_at: null } } }
}

/** cinder/api/schemas/volumes.py and volume/api.py: a number, or a text that is one. */
function sizeOf(value: Json | undefined): number {
  const size = typeof value === 'string' && /^[0-9]+$/.test(value) ? Number(value) : value
  if (typeof size === 'number' && Number.isInteger(size) && size > 0) return size
  throw new Fault(400, 'InvalidInput', `Invalid input received: Volume size '${pythonStr(value)}' must be an integer and greater than 0`)
}

function metadataOf(value: Json): Record<string, string> {
  if (!isMap(value)) throw invalid(pythonStr(value), `${pythonStr(value)} is not of type 'object'`)
  return Object.fromEntries(
    Object.entries(value).map(([key, each]): [string, string] => {
      const given = text(each)
      if (given === undefined) throw invalid(pythonStr(each), `${pythonStr(each)} is not of type 'string'`)
      return [key, given]
    }),
  )
}

/** jsonschema's words, as Cinder hands them on. */
function invalid(value: string, what: string): Fault {
  return new Fault(400, 'BadRequest', `Invalid input for field/attribute volume. Value: ${value}. ${what}`)
}

/** `PUT /volumes/ID`: its name, its description, its metadata. */
export function renameVolume(cloud: Cloud, request: HttpRequest, minor: number): HttpReply {
  const volume = volumeOf(cloud, request)
  const wanted = bodyOf(request, malformed).volume
  if (!isMap(wanted)) throw invalid('None', "'volume' is a required property")
  change(cloud, volume, {
    name: text(wanted.name) ?? text(wanted.display_name) ?? volume.name,
    description: text(wanted.description) ?? text(wanted.display_description) ?? volume.description,
    ...(wanted.metadata === undefined ? {} : { metadata: metadataOf(wanted.metadata) }),
  })
  return ok({ volume: volumeBody(cloud, volume, minor) })
}

/** `DELETE /volumes/ID`. It is gone when this is answered. */
export async function deleteVolume(cloud: Cloud, request: HttpRequest): Promise<HttpReply> {
  await removeVolume(cloud, volumeOf(cloud, request))
  return { status: 202 }
}

/** What only an administrator may, by the names of Cinder's policies. */
const forAdministrators: Record<string, string> = {
  'os-reset_status': 'volume_extension:volume_admin_actions:reset_status',
  'os-force_delete': 'volume_extension:volume_admin_actions:force_delete',
  'os-force_detach': 'volume_extension:volume_admin_actions:force_detach',
  'os-migrate_volume': 'volume_extension:volume_admin_actions:migrate_volume',
  'os-unmanage': 'volume_extension:volume_unmanage',
}

/** `POST /volumes/ID/action` */
export async function actOnVolume(cloud: Cloud, request: HttpRequest): Promise<HttpReply> {
  const volume = volumeOf(cloud, request)
  const body = bodyOf(request, malformed)
  const [name = '', more] = Object.keys(body)
  if (name === '' || more !== undefined) throw new Fault(400, 'BadRequest', malformed)
  const options = isMap(body[name]) ? body[name] : {}
  const policy = Object.hasOwn(forAdministrators, name) ? forAdministrators[name] : undefined
  if (policy !== undefined) throw new Fault(403, 'Forbidden', `Policy doesn't allow ${policy} to be performed.`)
  if (name === 'os-extend') {
    await growVolume(cloud, volume, sizeOf(options.new_size))
    return { status: 202 }
  }
  if (name === 'os-set_bootable') {
    change(cloud, volume, { bootable: pythonStr(options.bootable).toLowerCase() === 'true' })
    return { status: 200 }
  }
  if (name === 'os-update_readonly_flag') {
    const readonly = pythonStr(options.readonly).toLowerCase() === 'true' ? 'True' : 'False'
    change(cloud, volume, { metadata: { ...volume.metadata, readonly } })
    return { status: 202 }
  }
  if (!known.includes(name)) throw new Fault(400, 'BadRequest', `There is no such action: ${name}`)
  throw new Fault(403, 'Forbidden', `This development cloud has nothing that ${name} could be done with.`)
}

/** What a real Cinder does and nothing here stands for. */
const known =
  'os-attach os-detach os-reserve os-unreserve os-begin_detaching os-roll_detaching os-initialize_connection os-terminate_connection os-retype os-volume_upload_image os-set_image_metadata os-unset_image_metadata os-show_image_metadata revert'.split(
    ' ',
  )

/** `GET /volumes/ID/metadata` and `.../KEY` */
export function showMetadata(cloud: Cloud, request: HttpRequest): HttpReply {
  const { metadata } = volumeOf(cloud, request)
  const { key } = request.params
  if (key === undefined) return ok({ metadata: { ...metadata } })
  if (!Object.hasOwn(metadata, key)) throw noSuchKey(request)
  return ok({ meta: { [key]: metadata[key] ?? '' } })
}

/** All of it (PUT), some of it (POST), one key (PUT, DELETE). */
export function changeMetadata(cloud: Cloud, request: HttpRequest): HttpReply {
  const volume = volumeOf(cloud, request)
  const { key } = request.params
  if (request.method === 'DELETE') {
    if (key === undefined || !Object.hasOwn(volume.metadata, key)) throw noSuchKey(request)
    change(cloud, volume, { metadata: Object.fromEntries(Object.entries(volume.metadata).filter(([name]) => name !== key)) })
    return { status: 200 }
  }
  const body = bodyOf(request, malformed)
  const given = metadataOf((key === undefined ? body.metadata : body.meta) ?? {})
  if (key !== undefined && !Object.hasOwn(given, key)) throw new Fault(400, 'BadRequest', 'Request body and URI mismatch')
  change(cloud, volume, { metadata: { ...(request.method === 'PUT' && key === undefined ? {} : volume.metadata), ...given } })
  return ok(key === undefined ? { metadata: { ...volume.metadata } } : { meta: given })
}

const noSuchKey = ({ params }: HttpRequest) =>
  new Fault(404, 'VolumeMetadataNotFound', `Volume ${params.id} has no metadata with key ${params.key}.`)

/** Writes down what is other than before. */
export function change(cloud: Cloud, volume: Volume, to: Partial<Volume>): void {
  Object.assign(volume, { ...to, updatedAt: cloud.now().getTime() })
  cloud.belongings.changed()
}
