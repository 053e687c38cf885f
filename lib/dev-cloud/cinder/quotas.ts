import type { Cloud } from '../cloud.ts'
import { VOLUME_TYPE } from '../content.ts'
import { Fault } from '../fault.ts'
import type { HttpRequest } from '../http.ts'
import type { Json, JsonMap } from '../json.ts'
import { volumesOf } from './volumes.ts'

/** Cinder's own names; -1: no limit. */
function counted(cloud: Cloud): Record<string, { limit: number; used: number }> {
  const all = volumesOf(cloud)
  const gigabytes = all.reduce((sum, { sizeGiB }) => sum + sizeGiB, 0)
  const none = (limit: number) => ({ limit, used: 0 })
  return {
    volumes: { limit: cloud.quota.volumes, used: all.length },
    snapshots: none(0),
    gigabytes: { limit: cloud.quota.volumeGiB, used: gigabytes },
    backups: none(0),
    backup_gigabytes: none(0),
    groups: none(0),
    per_volume_gigabytes: none(-1),
    [`volumes_${VOLUME_TYPE}`]: { limit: -1, used: all.length },
    [`gigabytes_${VOLUME_TYPE}`]: { limit: -1, used: gigabytes },
    [`snapshots_${VOLUME_TYPE}`]: none(-1),
  }
}

/** `GET /limits` */
export function cinderLimits(cloud: Cloud): JsonMap {
  const { volumes, gigabytes } = counted(cloud)
  const absolute = {
    totalSnapshotsUsed: 0,
    maxTotalBackups: 0,
    maxTotalVolumeGigabytes: gigabytes?.limit ?? -1,
    maxTotalSnapshots: 0,
    maxTotalBackupGigabytes: 0,
    totalBackupGigabytesUsed: 0,
    maxTotalVolumes: volumes?.limit ?? -1,
    totalVolumesUsed: volumes?.used ?? 0,
    totalBackupsUsed: 0,
    totalGigabytesUsed: gigabytes?.used ?? 0,
  }
  return { limits: { rate: [], absolute } }
}

/** `GET /os-quota-sets/PROJECT`, `?usage=True`, and `.../defaults`. */
export function cinderQuotas(cloud: Cloud, { params, query }: HttpRequest): JsonMap {
  const { owner = '' } = params
  if (owner !== cloud.identity.project.id)
    throw new Fault(403, 'Forbidden', "Policy doesn't allow volume_extension:quotas:show to be performed.")
  const usage = (query.get('usage') ?? '').toLowerCase() === 'true'
  const entries = Object.entries(counted(cloud)).map(([name, { limit, used }]): [string, Json] => [
    name,
    usage ? { limit, in_use: used, reserved: 0 } : limit,
  ])
  return { quota_set: { id: owner, ...Object.fromEntries(entries) } }
}
