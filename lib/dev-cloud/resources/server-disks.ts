import { randomUUID } from 'node:crypto'
import { freeDevice, statusOf } from '../cinder/volumes.ts'
import type { Work } from '../cloud.ts'
import type { Image } from '../content.ts'
import { type JsonMap, maps, text } from '../json.ts'
import type { Attachment } from '../state.ts'
import { novaFailure } from './refusals.ts'

/** What a server is said to boot from instead of an image: the first disk of either form that could be it (server-checks.ts). */
function bootDisk({ block_device_mapping: first, block_device_mapping_v2: second }: JsonMap): JsonMap | undefined {
  return (
    maps(first).find(({ device_name: device }) => device === 'vda') ??
    maps(second).find(
      (disk) => [disk.volume_id, disk.snapshot_id, disk.image, disk.image_id].some(Boolean) && [undefined, 0].includes(bootIndex(disk)),
    )
  )
}

const bootIndex = ({ boot_index: index }: JsonMap) => (index === undefined ? undefined : Number(index))

/**
 * The image of a server. One that would boot from a volume made of an image has that image's system on its own disk here; a volume holds
 * data only. Throws in Nova's words (nova/exception.py, InvalidBDMVolumeNotBootable).
 */
export function imageOf({ cloud, stack, resource, properties }: Work): Image | undefined {
  if (properties.image !== undefined) return cloud.content.image(text(properties.image) ?? '')
  const disk = bootDisk(properties)
  const volumeId = text(disk?.volume_id)
  const named = volumeId === undefined ? text(disk?.image ?? disk?.image_id) : cloud.content.volume(volumeId)?.image
  if (named === undefined) {
    const words = `Block Device ${volumeId} is not bootable.`
    throw novaFailure('BadRequest', words, { cloud, stack, resource, properties }, 400)
  }
  return cloud.content.image(named)
}

/** The volumes that a server is to have from its start. Throws in Nova's words where one of them is another's. */
export function disksOf(work: Work): Attachment[] {
  const { cloud, properties } = work
  const boot = properties.image === undefined ? bootDisk(properties) : undefined
  const disks = [...maps(properties.block_device_mapping), ...maps(properties.block_device_mapping_v2)]
  const made: Attachment[] = []
  for (const disk of disks) {
    const volume = cloud.content.volume(text(disk.volume_id) ?? '')
    // The one that it boots from stays what it is: nothing is on it.
    if (disk.volume_id === undefined || disk === boot) continue
    if (!volume || statusOf(cloud, volume) !== 'available') {
      const words = `Block Device Mapping is Invalid: failed to get volume ${text(disk.volume_id)}.`
      throw novaFailure('BadRequest', words, work, 400)
    }
    const ends = disk.delete_on_termination === true ? { ends: true as const } : {}
    made.push({ id: randomUUID(), volumeId: volume.id, device: freeDevice(made), at: cloud.now().getTime(), ...ends })
  }
  return made
}
