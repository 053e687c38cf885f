import type { Volume } from '../belongings.ts'
import { change } from '../cinder/volume-calls.ts'
import { volumeBody } from '../cinder/volume-shapes.ts'
import { attachedTo, attachVolume, detachVolume, growVolume, makeVolume, removeVolume, statusOf } from '../cinder/volumes.ts'
import type { Cloud, ResourceType, Work } from '../cloud.ts'
import { Fault, invalidStack, ResourceFailure } from '../fault.ts'
import { isMap, type JsonMap, pythonJson, pythonRepr, pythonStr, pythonText, text } from '../json.ts'
import type { Place } from '../nova/server-actions.ts'
import { allServers } from '../nova/server-records.ts'
import { volumeAttachmentSchema, volumeSchema } from './volume-schema.ts'

const volume: ResourceType = {
  ...volumeSchema,
  endures: true,
  validate: checkVolume,
  async create(work) {
    const { cloud, resource, properties } = work
    resource.physicalId = resource.plannedId
    await asked(work, () =>
      makeVolume(cloud, {
        id: resource.plannedId,
        name: text(properties.name) || resource.physicalName,
        description: text(properties.description) || resource.physicalName,
        sizeGiB: Number(properties.size),
        metadata: metadataOf(properties),
        image: text(properties.image ?? properties.imageRef),
      }),
    )
  },
  async update(work, { changed, before }) {
    const { cloud, resource, properties } = work
    const made = volumeOf(work)
    if (changed.includes('name') || changed.includes('description')) {
      const name = text(properties.name) || text(before.name) || resource.physicalName
      const description = text(properties.description) || text(before.description) || resource.physicalName
      change(cloud, made, { name, description })
    }
    if (changed.includes('metadata') || changed.includes('read_only')) change(cloud, made, { metadata: metadataOf(properties) })
    const size = Number(properties.size)
    if (size < made.sizeGiB) throw new ResourceFailure('NotSupported', 'Shrinking volume is not supported.')
    if (size > made.sizeGiB) await grow(work, made, size)
  },
  async remove(work) {
    const made = work.cloud.content.volume(work.resource.plannedId)
    if (!made) return
    if (statusOf(work.cloud, made) === 'in-use') throw new ResourceFailure('Error', 'Volume in use')
    await asked(work, () => removeVolume(work.cloud, made))
  },
  snapshot() {
    throw new ResourceFailure('Error', 'This development cloud keeps no backups of volumes.')
  },
  check(work) {
    const status = statusOf(work.cloud, volumeOf(work))
    if (!['available', 'in-use'].includes(status))
      throw new ResourceFailure('Error', `'status': expected '['available', 'in-use']', got '${status}'`)
  },
  show: ({ cloud, resource }) => {
    const made = cloud.content.volume(resource.plannedId)
    return made ? volumeBody(cloud, made) : {}
  },
  /** heat/engine/resources/openstack/cinder/volume.py, _resolve_attribute: nearly all of them are texts. */
  attribute(work, name) {
    const body = volume.show(work)
    if (body.id === undefined) return null
    if (name === 'metadata') return pythonJson(body.metadata ?? {})
    if (name === 'metadata_values') return body.metadata
    if (name === 'display_name') return body.name
    if (name === 'display_description') return body.description
    if (name === 'attachments_list') return body.attachments
    return pythonStr(body[name])
  },
}

/** heat/engine/resources/openstack/cinder/volume.py, validate and _validate_create_sources; and what is not to be had here. */
function checkVolume(properties: JsonMap, _name: string, { cloud }: { cloud: Cloud }): void {
  const given = ['snapshot_id', 'source_volid', 'image', 'imageRef'].filter((key) => properties[key] !== undefined)
  if (properties.image !== undefined && properties.imageRef !== undefined)
    throw new Fault(400, 'ResourcePropertyConflict', 'Cannot define the following properties at the same time: image, imageRef.')
  if (properties.backup_id === undefined) {
    const sizeless = given.filter((key) => key === 'snapshot_id' || key === 'source_volid')
    const specified = `but currently specified options: ${pythonRepr(given)}.`
    if (properties.size === undefined && (sizeless.length !== 1 || given.length !== 1)) {
      const only = 'one and only one of "source_volid", "snapshot_id" must be specified,'
      throw invalidStack(`If neither "backup_id" nor "size" is provided, ${only} ${specified}`)
    }
    if (properties.size !== undefined && given.length > 1) {
      const only = 'only one of "image", "imageRef", "source_volid", "snapshot_id" can be specified,'
      throw invalidStack(`If "size" is provided, ${only} ${specified}`)
    }
  }
  const source = [...given, ...(properties.backup_id === undefined ? [] : ['backup_id'])][0]
  // A lenient cloud keeps in mind of which image it would be, for a server that boots from it.
  const isImage = source === 'image' || source === 'imageRef'
  if (source !== undefined && !(isImage && cloud.content.standIns))
    throw invalidStack(`Volumes of this development cloud are made empty: it has nothing for "${source}".`)
}

/** heat/engine/resources/openstack/cinder/volume.py, handle_update: a server that has it gives it up meanwhile. */
async function grow(work: Work, made: Volume, sizeGiB: number): Promise<void> {
  const { cloud } = work
  const attached = attachedTo(cloud, made.id)
  if (attached) await detachVolume(cloud, attached, made.id)
  try {
    await growVolume(cloud, made, sizeGiB)
  } catch (error) {
    throw new ResourceFailure('Error', `Failed to extend volume ${made.id} - ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    if (attached) await attachVolume(cloud, attached, made.id, attached.attachment)
  }
}

function metadataOf({ metadata, read_only: readOnly }: JsonMap): Record<string, string> {
  const given = isMap(metadata) ? Object.entries(metadata).map(([key, value]): [string, string] => [key, pythonText(value)]) : []
  return { ...Object.fromEntries(given), ...(readOnly === undefined ? {} : { readonly: readOnly === true ? 'True' : 'False' }) }
}

function volumeOf({ cloud, resource }: Work): Volume {
  const made = cloud.content.volume(resource.plannedId)
  if (!made) throw new ResourceFailure('NotFound', `Volume ${resource.plannedId} could not be found. (HTTP 404)`)
  return made
}

/** cinderclient/exceptions.py */
const kinds: Record<number, string> = { 400: 'BadRequest', 403: 'Forbidden', 404: 'NotFound', 413: 'OverLimit' }

/** What cinderclient makes of an answer that is no success. */
async function asked<T>({ resource }: Work, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const detail = `${error.message} (HTTP ${error.status}) (Request-ID: req-${resource.plannedId})`
    throw new ResourceFailure(kinds[error.status] ?? 'ClientException', detail)
  }
}

const attachment: ResourceType = {
  ...volumeAttachmentSchema,
  create: (work) => attach(work),
  async update(work, { before }) {
    await detach(work, before)
    await attach(work)
  },
  makeRoom: (work) => detach(work, work.resource.properties),
  /** Also while its server sleeps, which Nova would not let happen: a stack that was suspended is deleted all the same. */
  remove: (work) => detach(work, work.resource.properties),
  show: (): JsonMap => ({}),
  attribute: () => undefined,
}

async function attach({ cloud, resource, properties }: Work): Promise<void> {
  const [serverId, volumeId] = [text(properties.instance_uuid) ?? '', text(properties.volume_id) ?? '']
  try {
    const place = placeOf(cloud, serverId)
    if (!place) throw new Fault(404, 'NotFound', `Instance ${serverId} could not be found.`)
    const had = place.server.volumes?.some((each) => each.volumeId === volumeId)
    if (had && resource.physicalId === null) throw new Fault(400, 'InvalidVolume', `Invalid volume: volume ${volumeId} already attached`)
    // The attachment of a volume bears its id (nova/api/openstack/compute/volumes.py).
    resource.physicalId = volumeId
    resource.data.attachmentId = (await attachVolume(cloud, place, volumeId)).id
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const why = `${error.message} (HTTP ${error.status}) (Request-ID: req-${resource.plannedId})`
    throw new ResourceFailure('Error', `Failed to attach volume ${volumeId} to server ${serverId} - ${why}`)
  }
}

/** Takes back what this resource gave, and nothing that was given since. */
async function detach({ cloud, resource }: Work, properties: JsonMap): Promise<void> {
  const place = placeOf(cloud, text(properties.instance_uuid) ?? '')
  const volumeId = text(properties.volume_id) ?? ''
  const given = place?.server.volumes?.find((each) => each.volumeId === volumeId)
  if (place && given?.id === resource.data.attachmentId) await detachVolume(cloud, place, volumeId)
}

function placeOf(cloud: Cloud, serverId: string): Place | undefined {
  return allServers(cloud).find(({ server }) => server.id === serverId)
}

export const volumeTypes: Record<string, ResourceType> = {
  'OS::Cinder::Volume': volume,
  'OS::Cinder::VolumeAttachment': attachment,
}
