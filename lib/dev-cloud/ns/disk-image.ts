import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './command.ts'
import { machineFolder } from './machine.ts'
import type { MachineRecord } from './record.ts'
import type { Ground, Space } from './space.ts'

/*
 * A machine's disk as a file of its flavor's size with a file system in it: what the machine writes ends there, as on a real cloud,
 * and not when this computer is full. The file is sparse; what is deleted inside is given back. It is mounted in the space's own
 * mount namespace only: nobody else sees it, and it goes with the space, however that ends. Quotas of projects would do as well, but
 * few kernels and file systems have them ready.
 */

const IMAGE = 'disk.img'
/** Real root's reserve: a machine that has filled its disk must still find a console to write on when it starts. */
const RESERVE_PERCENT = 1

const MAKE = `truncate -s "$2" "$1"
mke2fs -q -F -t ext4 -O ^resize_inode -J size=16 -m ${RESERVE_PERCENT} -E lazy_itable_init=1,lazy_journal_init=1,nodiscard "$1"`

/** A trial in little, in a namespace of its own. */
const TRIAL = `trap 'rm -f "$1"' EXIT
truncate -s 8M "$1"
mke2fs -q -F -t ext4 "$1"
unshare -m sh -ec 'mount -t tmpfs trial /mnt; mkdir /mnt/disk; mount -o loop,noatime "$1" /mnt/disk' sh "$1"`

/** Why there can be no such disks here, or null. Real root only. */
export async function whyNoImages({ machinesFolder, mark }: Pick<Ground, 'machinesFolder' | 'mark'>): Promise<string | null> {
  try {
    await run({ script: TRIAL, args: [join(machinesFolder, '.trial.img')], inside: null, mark })
    return null
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined
    return cause instanceof Error ? cause.message.trim().replaceAll('\n', ' ') : String(error)
  }
}

export function imageOf(ground: Ground, id: string): string {
  return join(machineFolder(ground, id), IMAGE)
}

/** Makes the file; what lies in the machine's folder is kept. */
export async function makeImage(ground: Ground, record: MachineRecord): Promise<void> {
  const bytes = Math.max(1, record.spec.flavor.diskGiB) * 2 ** 30
  await run({ script: MAKE, args: [imageOf(ground, record.id), String(bytes)], inside: null, mark: ground.mark })
}

/** Mounts it in the space, if it is not there yet. */
export async function plugImage(ground: Ground, space: Space, id: string): Promise<void> {
  const at = insideSpace(space, id)
  if (isPlugged(space, at)) return
  await mkdir(join(machineFolder(ground, id), 'disk'), { recursive: true })
  await inSpace(ground, space, `mount -o loop,discard,noatime,noinit_itable ${at}.img ${at}`)
}

/** Takes it out; nothing of it may be in use. */
export async function unplugImage(ground: Ground, space: Space, id: string): Promise<void> {
  const at = insideSpace(space, id)
  if (isPlugged(space, at)) await inSpace(ground, space, `umount ${at}`)
}

/** Where this process sees what is in the disk; null while it is not mounted. */
export function insideOfImage(space: Space | undefined, id: string): string | null {
  if (space === undefined) return null
  const at = insideSpace(space, id)
  return isPlugged(space, at) ? `/proc/${space.keeper.pid}/root${at}` : null
}

function insideSpace(space: Space, id: string): string {
  return `${space.slot}/machines/${id}/disk`
}

/** Whether something is mounted at that place of the space. */
export function isPlugged({ keeper }: Space, at: string): boolean {
  try {
    return readFileSync(`/proc/${keeper.pid}/mountinfo`, 'utf8')
      .split('\n')
      .some((line) => line.split(' ')[4] === at)
  } catch {
    return false
  }
}

/** As real root, who alone may mount a file; only the mount namespace is the space's. */
function inSpace(ground: Ground, { keeper }: Space, script: string): Promise<string> {
  return run({ script: 'exec nsenter -t "$1" -m -- sh -ec "$2"', args: [String(keeper.pid), script], inside: null, mark: ground.mark })
}
