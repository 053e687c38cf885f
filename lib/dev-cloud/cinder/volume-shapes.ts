import type { Volume } from '../belongings.ts'
import type { Cloud } from '../cloud.ts'
import { VOLUME_TYPE } from '../content.ts'
import type { JsonMap } from '../json.ts'
import { attachedTo, statusOf } from './volumes.ts'

/** Time as Cinder writes it: with six digits after the second, and no zone. */
export const cinderTime = (ms: number) => new Date(ms).toISOString().replace('Z', '000')

/** A volume as Cinder shows it; `minor`: in which microversion, by what follows "3." (cinder/api/v3/views/volumes.py, for who is no administrator). */
export function volumeBody(cloud: Cloud, volume: Volume, minor = 0): JsonMap {
  return {
    id: volume.id,
    status: statusOf(cloud, volume),
    size: volume.sizeGiB,
    availability_zone: 'nova',
    created_at: cinderTime(volume.createdAt),
    updated_at: cinderTime(volume.updatedAt),
    name: volume.name,
    description: volume.description === '' ? null : volume.description,
    volume_type: VOLUME_TYPE,
    snapshot_id: null,
    source_volid: null,
    metadata: { ...volume.metadata },
    links: volumeLinks(cloud, volume),
    user_id: cloud.identity.user.id,
    bootable: String(volume.bootable),
    encrypted: false,
    replication_status: null,
    consistencygroup_id: null,
    multiattach: false,
    attachments: attachmentsOf(cloud, volume),
    'os-vol-tenant-attr:tenant_id': cloud.identity.project.id,
    ...(volume.image === undefined ? {} : { volume_image_metadata: { image_name: volume.image } }),
    ...newer(cloud, minor),
  }
}

/** What is told of it in a list without details. */
export function volumeBrief(cloud: Cloud, volume: Volume): JsonMap {
  return { id: volume.id, name: volume.name, links: volumeLinks(cloud, volume) }
}

function newer(cloud: Cloud, minor: number): JsonMap {
  const added: [since: number, shown: JsonMap][] = [
    [13, { group_id: null }],
    [48, { service_uuid: null, shared_targets: false }],
    [63, { volume_type_id: typeId(cloud) }],
    [65, { consumes_quota: true }],
  ]
  return Object.assign({}, ...added.filter(([since]) => minor >= since).map(([, shown]) => shown))
}

/** The attachments of a volume: here, of one server at most. */
export function attachmentsOf(cloud: Cloud, volume: Volume): JsonMap[] {
  const found = attachedTo(cloud, volume.id)
  if (!found) return []
  const { attachment, server } = found
  return [
    {
      id: volume.id,
      attachment_id: attachment.id,
      volume_id: volume.id,
      server_id: server.id,
      host_name: null,
      device: `/dev/${attachment.device}`,
      attached_at: cinderTime(attachment.at),
    },
  ]
}

function volumeLinks(cloud: Cloud, { id }: Volume): JsonMap[] {
  const base = `${cloud.heatUrl()}/volume`
  const path = `${cloud.identity.project.id}/volumes/${id}`
  return [
    { rel: 'self', href: `${base}/v3/${path}` },
    { rel: 'bookmark', href: `${base}/${path}` },
  ]
}

const typeId = ({ content }: Cloud) => content.volumeType(VOLUME_TYPE) ?? ''

/** The one type of volume. */
export function typeBody(cloud: Cloud): JsonMap {
  return {
    id: typeId(cloud),
    name: VOLUME_TYPE,
    is_public: true,
    description: 'Default Volume Type',
    extra_specs: {},
    qos_specs_id: null,
    'os-volume-type-access:is_public': true,
  }
}
