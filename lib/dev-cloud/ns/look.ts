import { copyFile, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { MachineState } from '../driver.ts'
import { run } from './command.ts'
import { layersOf } from './disk.ts'
import { machineFolder } from './machine.ts'
import { isAlive } from './process.ts'
import type { MachineRecord } from './record.ts'
import type { Ground, Space } from './space.ts'

const CONSOLE = 'console.log'
const SPOKEN_MS = 40
/** As much of a console is kept when it grows beyond the other. */
const CONSOLE_KEPT = 512 * 1024
const CONSOLE_BYTES = 4 * CONSOLE_KEPT

/** A machine as it really is. */
export function stateOf(ground: Ground, space: Space | undefined, record: MachineRecord): MachineState {
  const running = record.state === 'on' && isAlive(record.process)
  const state = record.state === 'on' && !running ? 'off' : record.state
  const layers = layersOf(ground, space, record)
  return {
    id: record.id,
    spaceId: record.spaceId,
    state: running && ground.hold.isFrozen(record) ? 'frozen' : state,
    disk: layers === null ? null : join(layers, 'upper'),
    cgroup: running ? ground.hold.folder(record.id) : null,
    pid: running ? (record.process?.pid ?? null) : null,
  }
}

/** What it printed; of a machine whose disk is not plugged in, what was kept of it. */
export async function consoleOf(
  ground: Ground,
  { record, space, bytes }: { record: MachineRecord; space: Space | undefined; bytes: number },
) {
  const folder = layersOf(ground, space, record) ?? machineFolder(ground, record.id)
  return readEnd(join(folder, CONSOLE), bytes).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  })
}

/** Keeps what was printed where it can be read while the disk is not plugged in. */
export async function keepConsole(ground: Ground, space: Space, record: MachineRecord): Promise<void> {
  const layers = layersOf(ground, space, record)
  const folder = machineFolder(ground, record.id)
  if (layers !== null && layers !== folder) await copyFile(join(layers, CONSOLE), join(folder, CONSOLE))
}

/**
 * Gives back the beginning of a console that has grown too large. It is cut out, not off: whoever writes goes on where he was, and
 * what is read from the end stays the same.
 */
export async function boundConsole(ground: Ground, space: Space, record: MachineRecord): Promise<void> {
  const layers = layersOf(ground, space, record)
  if (layers === null) return
  const path = join(layers, CONSOLE)
  const { size, blocks } = await stat(path)
  if (blocks * 512 <= CONSOLE_BYTES) return
  const length = Math.floor((size - CONSOLE_KEPT) / 4096) * 4096
  await run({ script: 'fallocate -p -o 0 -l "$1" "$2"', args: [String(length), path], inside: null, mark: ground.mark })
}

/** How large a console is just now; to be handed to `hasSpoken` later. */
export async function consoleSize(ground: Ground, space: Space, record: MachineRecord): Promise<number> {
  const layers = layersOf(ground, space, record)
  return layers === null ? 0 : stat(join(layers, CONSOLE)).then(({ size }) => size)
}

type Listening = { record: MachineRecord; space: Space; since: number; isOver: () => boolean }

/**
 * Whether the machine has printed its host keys since its console was so large: it has started up (cloud-config.ts). Asked every so often
 * until then, for a second at most; a machine that was deleted has not.
 */
export async function hasSpoken(ground: Ground, { record, space, since, isOver }: Listening): Promise<boolean> {
  for (let waited = 0; waited < 1_000 && !isOver(); waited += SPOKEN_MS) {
    await delay(SPOKEN_MS)
    const size = await consoleSize(ground, space, record).catch(() => 0)
    if (size > since && (await consoleOf(ground, { record, space, bytes: size - since })).includes('END SSH HOST KEY KEYS')) return true
  }
  return false
}

/** At most `bytes` from the end of a file. */
async function readEnd(path: string, bytes: number): Promise<string> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const length = Math.max(0, Math.min(size, bytes, CONSOLE_KEPT))
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position: size - length })
    return buffer.subarray(0, bytesRead).toString('utf8')
  } finally {
    await file.close()
  }
}
