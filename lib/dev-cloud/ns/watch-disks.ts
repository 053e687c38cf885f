import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { run } from './command.ts'
import { boundConsole } from './look.ts'
import { machineFolder } from './machine.ts'
import type { MachineRecord } from './record.ts'
import type { Ground, Space } from './space.ts'
import { rightLength } from './volume-files.ts'

/** Between two rounds; a round that took long is followed by a pause ten times as long, since measuring reads every folder. */
const PAUSE_MS = 2_000
const SHARE = 10

export type Watched = { record: MachineRecord; space: Space }

/**
 * Looks after the consoles and volumes of running machines, and after the disks of those that have no disk of their own: the kernel does not end
 * what they write, so it is measured. `over` is told of a machine that has written more than its flavor has; its console says so then.
 */
export function watchDisks(ground: Ground, { machines, over }: { machines: () => Watched[]; over: (id: string) => Promise<void> }) {
  const ending = new AbortController()
  const round = async () => {
    for (const watched of machines()) {
      if (ending.signal.aborted) return
      // One that has just been deleted is nobody's concern.
      await look(ground, watched, over).catch(() => undefined)
    }
  }
  const watching = (async () => {
    let pauseMs = PAUSE_MS
    while (!ending.signal.aborted) {
      await delay(pauseMs, undefined, { signal: ending.signal, ref: false }).catch(() => undefined)
      const began = performance.now()
      if (!ending.signal.aborted) await round()
      pauseMs = Math.max(PAUSE_MS, SHARE * (performance.now() - began))
    }
  })()
  return {
    close: () => {
      ending.abort()
      return watching
    },
  }
}

async function look(ground: Ground, { record, space }: Watched, over: (id: string) => Promise<void>): Promise<void> {
  await boundConsole(ground, space, record)
  // One that is just being taken out has no length to be put right.
  await rightLength(ground, space, record).catch(() => undefined)
  if (record.disk === 'image') return
  const upper = `${space.slot}/machines/${record.id}/upper`
  const inside = { pid: space.keeper.pid, namespaces: ['mount' as const] }
  const said = await run({ script: 'du -s -x -B1 "$1" 2>/dev/null || :', args: [upper], inside, mark: ground.mark })
  if (!isOver(Number.parseInt(said, 10), record.spec.flavor.diskGiB)) return
  await over(record.id)
  const line = `\r\n[dev cloud] The disk is full: more than the flavor's ${record.spec.flavor.diskGiB} GiB. The machine was switched off.\r\n`
  await appendFile(join(machineFolder(ground, record.id), 'console.log'), line)
}

/** A flavor without a disk has 1 GiB here, as its image would have elsewhere. */
export function isOver(bytes: number, diskGiB: number): boolean {
  return bytes > Math.max(1, diskGiB) * 2 ** 30
}
