import { randomUUID } from 'node:crypto'
import type { Volume } from '../belongings.ts'
import type { Cloud } from '../cloud.ts'
import { DriverFailure } from '../driver.ts'
import { Fault } from '../fault.ts'
import type { Place } from '../nova/server-actions.ts'
import { allServers } from '../nova/server-records.ts'
import type { Attachment } from '../state.ts'

/** A volume of a server. */
export type Attached = Place & { attachment: Attachment }

export function volumesOf({ belongings }: Cloud): Volume[] {
  return Object.values(belongings.things.volumes)
}

/** Which server has it. */
export function attachedTo(cloud: Cloud, volumeId: string): Attached | undefined {
  for (const place of allServers(cloud)) {
    const attachment = place.server.volumes?.find((each) => each.volumeId === volumeId)
    if (attachment) return { ...place, attachment }
  }
  return undefined
}

/** Cinder's word for what it is just now. */
export function statusOf(cloud: Cloud, volume: Volume): string {
  return volume.status === 'available' && attachedTo(cloud, volume.id) ? 'in-use' : volume.status
}

export type Wanted = Pick<Volume, 'id' | 'name' | 'description' | 'sizeGiB' | 'metadata'> & { image?: string | undefined }

/** Makes a volume; one that is made already stays. Throws a Fault in Cinder's words. */
export async function makeVolume(cloud: Cloud, wanted: Wanted): Promise<Volume> {
  const { volumes } = cloud.belongings.things
  const known = volumes[wanted.id]
  const nowMs = cloud.now().getTime()
  if (!known) checkQuota(cloud, { volumes: 1, sizeGiB: wanted.sizeGiB })
  const { image, ...rest } = wanted
  const volume: Volume = known ?? {
    ...rest,
    status: 'creating',
    bootable: image !== undefined,
    ...(image === undefined ? {} : { image }),
    createdAt: nowMs,
    updatedAt: nowMs,
  }
  volumes[volume.id] = volume
  cloud.belongings.changed()
  // Before there is a file of which nobody would know.
  await cloud.belongings.flush()
  await settle(cloud, volume, () => cloud.driver.createVolume({ id: volume.id, sizeGiB: volume.sizeGiB }))
  return volume
}

/** Makes it larger. Throws a Fault in Cinder's words (cinder/volume/api.py, extend). */
export async function growVolume(cloud: Cloud, volume: Volume, sizeGiB: number): Promise<void> {
  const status = statusOf(cloud, volume)
  if (status !== 'available')
    throw new Fault(400, 'InvalidVolume', `Invalid volume: Volume ${volume.id} status must be 'available' to extend, currently ${status}.`)
  if (sizeGiB <= volume.sizeGiB) {
    const sizes = `(current: ${volume.sizeGiB}, extended: ${sizeGiB})`
    throw new Fault(400, 'InvalidInput', `Invalid input received: New size for extend must be greater than current size. ${sizes}.`)
  }
  checkQuota(cloud, { volumes: 0, sizeGiB: sizeGiB - volume.sizeGiB })
  volume.status = 'extending'
  await settle(cloud, volume, () => cloud.driver.createVolume({ id: volume.id, sizeGiB }))
  volume.sizeGiB = sizeGiB
  cloud.belongings.changed()
}

/** Removes it with all that is in it. Throws a Fault where a server has it (cinder/volume/api.py, delete). */
export async function removeVolume(cloud: Cloud, volume: Volume): Promise<void> {
  if (statusOf(cloud, volume) === 'in-use') throw new Fault(400, 'InvalidVolume', `Invalid volume: ${inTheWay}`)
  volume.status = 'deleting'
  await cloud.driver.deleteVolume(volume.id)
  delete cloud.belongings.things.volumes[volume.id]
  cloud.belongings.changed()
}

const inTheWay =
  'Volume status must be available or error or error_restoring or error_extending or error_managing and must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be disassociated from snapshots after volume transfer.'

/** What was wanted is done, or the volume is as it was and the Fault says why not. */
async function settle(cloud: Cloud, volume: Volume, work: () => Promise<void>): Promise<void> {
  const made = volume.status !== 'creating'
  try {
    await work()
    volume.status = 'available'
  } catch (error) {
    volume.status = made ? 'available' : 'error'
    const words = error instanceof Error ? error.message : String(error)
    throw new Fault(error instanceof DriverFailure && error.code === 'volume.busy' ? 400 : 500, 'InvalidVolume', `Invalid volume: ${words}`)
  } finally {
    volume.updatedAt = cloud.now().getTime()
    cloud.belongings.changed()
  }
}

/** cinder/exception.py, VolumeLimitExceeded and VolumeSizeExceedsAvailableQuota. */
function checkQuota(cloud: Cloud, { volumes, sizeGiB }: { volumes: number; sizeGiB: number }): void {
  const { quota } = cloud
  const all = volumesOf(cloud)
  const used = all.reduce((sum, each) => sum + each.sizeGiB, 0)
  if (all.length + volumes > quota.volumes) {
    const words = `Maximum number of volumes allowed (${quota.volumes}) exceeded for quota 'volumes'.`
    throw new Fault(413, 'VolumeLimitExceeded', `VolumeLimitExceeded: ${words}`)
  }
  if (used + sizeGiB > quota.volumeGiB) {
    const sizes = `Requested ${sizeGiB}G, quota is ${quota.volumeGiB}G and ${used}G has been consumed.`
    const words = `Requested volume or snapshot exceeds allowed gigabytes quota. ${sizes}`
    throw new Fault(413, 'VolumeSizeExceedsAvailableQuota', `VolumeSizeExceedsAvailableQuota: ${words}`)
  }
}

/** Gives a server a volume that nobody has; what it has already stays. Throws a Fault in Nova's words. */
export async function attachVolume(cloud: Cloud, place: Place, volumeId: string, more: Partial<Attachment> = {}): Promise<Attachment> {
  const volume = cloud.content.volume(volumeId)
  if (!volume) throw new Fault(404, 'NotFound', `Volume ${volumeId} could not be found.`)
  const { server, stack } = place
  const had = server.volumes?.find((each) => each.volumeId === volumeId)
  const status = statusOf(cloud, volume)
  if (!had && status !== 'available') {
    const words = `Volume ${volumeId} status must be available or downloading to reserve, but the current status is ${status}.`
    throw new Fault(400, 'InvalidInput', `Invalid input received: Invalid volume: ${words}`)
  }
  const attachment = had ?? { id: randomUUID(), volumeId, device: freeDevice(server.volumes ?? []), at: cloud.now().getTime(), ...more }
  setVolumes(cloud, place, [...others(place, volumeId), attachment])
  try {
    await cloud.driver.attachVolume(server.id, { id: volume.id, sizeGiB: volume.sizeGiB, device: attachment.device })
  } catch (error) {
    if (error instanceof DriverFailure && error.code === 'machine.missing' && server.status === 'BUILD') return attachment
    if (stack.things.servers[server.id] === server) setVolumes(cloud, place, others(place, volumeId))
    throw new Fault(500, 'Internal Server Error', error instanceof Error ? error.message : String(error))
  }
  return attachment
}

/** Takes a volume from a server; nothing is done where it has it no more. */
export async function detachVolume(cloud: Cloud, place: Place, volumeId: string): Promise<void> {
  try {
    await cloud.driver.detachVolume(place.server.id, volumeId)
  } catch (error) {
    if (!(error instanceof DriverFailure && error.code === 'machine.missing')) throw error
  }
  setVolumes(cloud, place, others(place, volumeId))
}

/** Writes down which volumes a server has, and what its machine is to have whenever it starts. */
export function setVolumes(cloud: Cloud, { stack, server }: Place, volumes: Attachment[]): void {
  server.volumes = volumes
  server.spec.volumes = volumes.flatMap(({ volumeId: id, device }) => {
    const volume = cloud.content.volume(id)
    return volume ? [{ id, sizeGiB: volume.sizeGiB, device }] : []
  })
  cloud.state.changed(stack)
}

const others = ({ server }: Place, volumeId: string) => (server.volumes ?? []).filter((each) => each.volumeId !== volumeId)

/** nova/virt/libvirt/driver.py, get_device_name_for_instance: the next one that is free, whatever was wished; vda is the server's own disk. */
export function freeDevice(taken: Attachment[]): string {
  const letter = 'bcdefghijklmnopqrstuvwxyz'.split('').find((each) => !taken.some(({ device }) => device === `vd${each}`))
  if (letter !== undefined) return `vd${letter}`
  const words = 'The maximum allowed number of disk devices (26) to attach to a single instance has been exceeded.'
  throw new Fault(403, 'Forbidden', words)
}

/** Those that were to end with their server. */
export async function endVolumes(cloud: Cloud, attachments: Attachment[]): Promise<void> {
  for (const { ends, volumeId } of attachments) {
    const volume = ends ? cloud.content.volume(volumeId) : undefined
    if (volume && !attachedTo(cloud, volumeId)) await removeVolume(cloud, volume)
  }
}
