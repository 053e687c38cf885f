import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, rename, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { DriverFailure, type VolumeSpec } from '../driver.ts'
import { run } from './command.ts'
import { isPlugged } from './disk-image.ts'
import { FIRST_ID } from './ids.ts'
import type { MachineRecord } from './record.ts'
import { volumeInSpace } from './script.ts'
import type { Ground, Space } from './space.ts'

/*
 * A volume is a sparse file of its size. Where files can be mounted it lies alone in a small file system that is as large as it may
 * become, so that it ends there even if a machine makes it longer; else its length is looked after (`rightLength`). The small file
 * system is mounted in the space of the machine that has the volume, in no other.
 */

const IMAGE = 'volume.img'
/** The group `disk` of Debian, as devices have it. */
const DISK_GROUP = 6
/** Unfinished, or being removed. */
const ASIDE = '.aside-'

/** What the small file system needs for itself: its journal, bitmaps, and extents of a file that is in many pieces. */
const wholeBytes = (sizeGiB: number) => bytesOf(sizeGiB) + Math.ceil(bytesOf(sizeGiB) / 64) + 16 * 2 ** 20
const bytesOf = (sizeGiB: number) => sizeGiB * 2 ** 30

const MAKE = `truncate -s "$2" "$1"
mke2fs -q -F -t ext4 -O ^resize_inode -N 16 -J size=4 -m 0 -E lazy_itable_init=1,lazy_journal_init=1,nodiscard "$1"`

/** Whoever still holds it open has a loop device for it, and would go on writing into what is changed here; one that is just going is waited for. */
const GROW = `tries=10
while [ -n "$(losetup -j "$1")" ]; do
  tries=$((tries - 1))
  [ $tries -gt 0 ] || { echo busy; exit 0; }
  sleep 0.05
done
truncate -s "$2" "$1"
e2fsck -fp "$1" >/dev/null || [ $? -le 1 ]
resize2fs "$1" >/dev/null 2>&1`

/** The volume's file as it is to be: of its length, whatever a machine made of it. */
const SET = `[ -e "$1" ] || : > "$1"
chown ${FIRST_ID}:${FIRST_ID + DISK_GROUP} "$1"
chmod 660 "$1"
truncate -s "$2" "$1"`

export function volumeFolder(ground: Ground, id: string): string {
  return join(ground.volumesFolder, id)
}

/** Makes it, or makes room for more in it. Rejects with `volume.busy`. */
export async function makeVolumeFile(ground: Ground, { id, sizeGiB }: VolumeSpec): Promise<void> {
  const folder = volumeFolder(ground, id)
  const { mark } = ground
  if (!existsSync(folder)) {
    const fresh = join(ground.volumesFolder, `${ASIDE}${randomBytes(6).toString('hex')}`)
    await mkdir(join(fresh, 'disk'), { recursive: true })
    if (ground.means.diskImages) await run({ script: MAKE, args: [join(fresh, IMAGE), String(wholeBytes(sizeGiB))], inside: null, mark })
    await rename(fresh, folder)
    return
  }
  const image = join(folder, IMAGE)
  const room = await stat(image).catch(() => null)
  if (room === null || room.size >= wholeBytes(sizeGiB)) return
  const said = await run({ script: GROW, args: [image, String(wholeBytes(sizeGiB))], inside: null, mark })
  if (said.trim() === 'busy') throw new DriverFailure('volume.busy', 'A program on a machine still holds this volume open.')
}

/** Removes it; renamed first, as nobody can mistake the remains for a volume then. Resolves to what removes those. */
export async function removeVolumeFile(ground: Ground, id: string): Promise<() => Promise<void>> {
  const rubbish = join(ground.volumesFolder, `${ASIDE}${randomBytes(6).toString('hex')}`)
  if (!existsSync(volumeFolder(ground, id))) return async () => undefined
  await rename(volumeFolder(ground, id), rubbish)
  return () => rm(rubbish, { recursive: true, force: true })
}

/** What an earlier process did not bring to its end. */
export async function sweepVolumes({ volumesFolder }: Ground): Promise<void> {
  const rubbish = readdirSync(volumesFolder).filter((name) => name.startsWith(ASIDE))
  await Promise.all(rubbish.map((name) => rm(join(volumesFolder, name), { recursive: true, force: true })))
}

/** Makes the volume's file visible in the space, in its length. Rejects with `volume.missing`. */
export async function plugVolume(ground: Ground, space: Space, { id, sizeGiB }: VolumeSpec): Promise<void> {
  const folder = volumeFolder(ground, id)
  if (!existsSync(folder)) throw new DriverFailure('volume.missing', 'This volume does not exist.')
  const length = String(bytesOf(sizeGiB))
  const { mark } = ground
  if (!hasImage(ground, id)) {
    await run({ script: SET, args: [join(folder, 'disk/data'), length], inside: null, mark })
    return
  }
  const at = `${space.slot}/volumes/${id}`
  const mount = isPlugged(space, `${at}/disk`) ? '' : `mount -o loop,discard,noatime,nosuid,nodev,noinit_itable ${at}/${IMAGE} ${at}/disk\n`
  await inSpace(ground, space, `${mount}set -- ${at}/disk/data ${length}\n${SET}`)
}

/** Takes it out of the space. */
export async function unplugVolume(ground: Ground, space: Space, id: string): Promise<void> {
  const at = `${space.slot}/volumes/${id}/disk`
  if (hasImage(ground, id) && isPlugged(space, at)) await inSpace(ground, space, `umount -l ${at}`)
}

/**
 * Gives the file the length of a device again: programs cut what they write to (`dd` does), and may make it longer. Where it is no file
 * system's business, what was written beyond its end goes with that.
 */
export async function rightLength(ground: Ground, space: Space, { spec }: MachineRecord): Promise<void> {
  for (const { id, sizeGiB } of spec.volumes ?? []) {
    const path = hasImage(ground, id)
      ? `/proc/${space.keeper.pid}/root${volumeInSpace(space.slot, id)}`
      : join(volumeFolder(ground, id), 'disk/data')
    const { size, blocks } = await stat(path)
    if (size !== bytesOf(sizeGiB) || blocks * 512 > wholeBytes(sizeGiB)) await truncate(path, bytesOf(sizeGiB))
  }
}

function hasImage(ground: Ground, id: string): boolean {
  return existsSync(join(volumeFolder(ground, id), IMAGE))
}

/** As real root, who alone may mount a file; only the mount namespace is the space's. */
function inSpace(ground: Ground, { keeper }: Space, script: string): Promise<string> {
  return run({ script: 'exec nsenter -t "$1" -m -- sh -ec "$2"', args: [String(keeper.pid), script], inside: null, mark: ground.mark })
}
