import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DriverFailure } from '../driver.ts'
import { run } from './command.ts'
import { layersOf } from './disk.ts'
import { imageOf, unplugImage } from './disk-image.ts'
import { machineFolder } from './machine.ts'
import { isAlive } from './process.ts'
import type { MachineRecord } from './record.ts'
import type { Ground, Space } from './space.ts'

/** A copy that was not finished, and one that is being removed. */
const UNFINISHED = '.new-'

/** Holes stay holes; where the file system can share blocks, nothing is copied at all. */
const COPY = 'cp -a --sparse=always --reflink=auto'

export type Placed = { record: MachineRecord; space: Space | undefined; name: string }

/** Copies the disk while the machine stands still. What is written but not on the disk yet is brought there first. */
export async function keepDisk(ground: Ground, { record, space, name }: Placed): Promise<void> {
  const fresh = join(ground.snapshotFolder, `${UNFINISHED}${randomBytes(6).toString('hex')}`)
  const final = join(ground.snapshotFolder, name, record.id)
  const layers = layersOf(ground, space, record)
  await mkdir(fresh, { recursive: true, mode: 0o700 })
  try {
    await whileStill(ground, record, async () => {
      const args = record.disk === 'image' ? [layers ?? '', imageOf(ground, record.id)] : ['', join(layers ?? '', 'upper')]
      await run({ script: `[ -z "$1" ] || sync -f "$1"\n${COPY} "$2" "$3/"`, args: [...args, fresh], inside: null, mark: ground.mark })
    })
    await mkdir(join(ground.snapshotFolder, name), { recursive: true, mode: 0o700 })
    await rm(final, { recursive: true, force: true })
    await rename(fresh, final)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

/** Puts the copy in the place of the disk, once `halt` has ended the machine. An image is the one or the other if this is cut short. */
export async function putBackDisk(ground: Ground, { record, space, name }: Placed, halt: () => Promise<void>): Promise<void> {
  const kept = join(ground.snapshotFolder, name, record.id)
  if (!existsSync(kept)) throw new DriverFailure('snapshot.missing', 'There is no such copy of this disk.')
  await halt()
  const folder = machineFolder(ground, record.id)
  if (record.disk === 'image') {
    if (space !== undefined) await unplugImage(ground, space, record.id)
    const [from, to] = [join(kept, 'disk.img'), imageOf(ground, record.id)]
    await run({ script: `${COPY} "$1" "$2.new"\nmv "$2.new" "$2"`, args: [from, to], inside: null, mark: ground.mark })
    return
  }
  const script = `rm -rf "$2/upper.new"
${COPY} "$1/upper" "$2/upper.new"
rm -rf "$2/work/work" "$2/upper"
mv "$2/upper.new" "$2/upper"`
  await run({ script, args: [kept, folder], inside: null, mark: ground.mark })
}

export async function dropSnapshot(ground: Ground, name: string): Promise<void> {
  const gone = join(ground.snapshotFolder, `${UNFINISHED}${randomBytes(6).toString('hex')}`)
  try {
    await rename(join(ground.snapshotFolder, name), gone)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
    throw error
  }
  await rm(gone, { recursive: true, force: true })
}

/** What an earlier process did not bring to its end. */
export async function sweepSnapshots(ground: Ground): Promise<void> {
  const names = await readdir(ground.snapshotFolder).catch(() => [])
  const unfinished = names.filter((name) => name.startsWith(UNFINISHED))
  await Promise.all(unfinished.map((name) => rm(join(ground.snapshotFolder, name), { recursive: true, force: true })))
}

async function whileStill(ground: Ground, record: MachineRecord, work: () => Promise<void>): Promise<void> {
  const isRunning = record.state === 'on' && isAlive(record.process) && !ground.hold.isFrozen(record)
  if (isRunning) await ground.hold.freeze(record, true)
  try {
    await work()
  } finally {
    if (isRunning) await ground.hold.freeze(record, false)
  }
}
