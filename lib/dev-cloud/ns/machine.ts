import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { layersOf } from './base-image.ts'
import { enter, startDetached } from './command.ts'
import { plainInit } from './plain-init.ts'
import { isAlive, kill, markOf, type ProcessMark } from './process.ts'
import type { MachineRecord } from './record.ts'
import { joinScript, machineScript, mountTables } from './script.ts'
import { bridgeName, type Ground, type Space } from './space.ts'

/** systemd(1): go to poweroff.target. (SIGRTMIN is 34 in the C library of Linux.) */
const POWER_OFF = 34 + 4
/** Many processes, yet a fork bomb stays inside. */
const PROCESSES = 4096

export function machineFolder(ground: Ground, id: string): string {
  return join(ground.machinesFolder, id)
}

/**
 * Starts the machine of a record in its space; resolves when its init runs. `waiter` ends with it.
 * Nothing runs when it rejects; the disk is left as it is. @param init what it is to be: systemd, or our own few lines
 */
export async function bootMachine(
  ground: Ground,
  space: Space,
  record: MachineRecord,
  init: 'systemd' | 'plain',
): Promise<{ process: ProcessMark; waiter: ChildProcess }> {
  const { spec } = record
  const layers = await layersOf(ground.imageFolder, record.image)
  const limits = { memoryMiB: spec.flavor.ramMiB, cpus: spec.flavor.vcpus, processes: PROCESSES }
  let first: ProcessMark | null = null
  try {
    const groups = ground.hold.machine(record.id, limits)
    const script = machineScript({
      id: record.id,
      slot: space.slot,
      init,
      keeperPid: space.keeper.pid,
      // A new name for each start: the port of the last one may not have gone yet.
      volumes: spec.volumes?.map(({ device }) => device) ?? [],
      nics: spec.nics.map((nic) => ({ ...nic, bridge: bridgeName(nic.networkId), port: `v${randomBytes(6).toString('hex')}` })),
    })
    const hasGroup = groups.join.length > 0
    const tables = mountTables({ ...record, slot: space.slot, layers, hasGroup, volumes: spec.volumes })
    const files = { 'start.sh': script, 'init.sh': plainInit, ...tables }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(machineFolder(ground, record.id), name), text)
    const namespaces = ['unshare', '-n', '-p', '-m', '-u', '-i', ...ground.hold.unshare, '--fork', '--']
    const words = [
      'sh',
      '-ec',
      joinScript,
      'sh',
      ...groups.join,
      '--',
      ...enter({ pid: space.keeper.pid, namespaces: ['mount'] }),
      ...namespaces,
      ...ground.means.filter,
      'sh',
      '-e',
      `${space.slot}/machines/${record.id}/start.sh`,
    ]
    const waiter = await startDetached(words, {
      mark: ground.mark,
      onLine: (line, child) => {
        if (line.startsWith('pid ')) {
          first = markOf(Number(line.slice(4)))
          // Out of the box, in which systemd may hand out controllers only if nobody sits at its top.
          if (groups.waiter !== null) writeFileSync(groups.waiter, String(child.pid))
          child.stdin?.write('go\n')
        }
        return line === 'up'
      },
    })
    if (first === null) throw new Error('the machine ended at once')
    return { process: first, waiter }
  } catch (error) {
    await ground.hold.endMachine({ id: record.id, process: first })
    throw error
  }
}

/** Until it has started up a machine may use what processors are idle; then it has those of its flavor. Nothing if it is gone. */
export function capMachine(ground: Ground, { id, spec }: MachineRecord): void {
  try {
    ground.hold.capCpus(id, spec.flavor.vcpus)
  } catch {
    // It ended meanwhile.
  }
}

/** Asks init to power off, waits for it at most `patienceMs`, then kills. Everything of it is gone when it resolves. */
export async function haltMachine(ground: Ground, record: MachineRecord, patienceMs: number): Promise<void> {
  if (patienceMs > 0 && isAlive(record.process)) {
    await ground.hold.freeze(record, false).catch(() => undefined)
    kill(record.process, POWER_OFF)
    for (let waited = 0; waited < patienceMs && isAlive(record.process); waited += 10) await delay(10)
  }
  kill(record.process, 'SIGKILL')
  await ground.hold.endMachine(record)
}

/** Removes the disk. Renamed first: from then on nobody can mistake its remains for a machine. */
export async function removeDisk(ground: Ground, id: string): Promise<() => Promise<void>> {
  const rubbish = join(ground.machinesFolder, `.gone-${id}-${randomBytes(4).toString('hex')}`)
  try {
    await rename(machineFolder(ground, id), rubbish)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    return async () => undefined
  }
  return () => rm(rubbish, { recursive: true, force: true })
}

/** The disks that an earlier process had begun to remove. Resolves to what removes them, since nobody has to wait for that. */
export function sweepDisks(ground: Ground): () => Promise<unknown> {
  const rubbish = readdirSync(ground.machinesFolder).filter((name) => name.startsWith('.gone-'))
  return () => Promise.all(rubbish.map((name) => rm(join(ground.machinesFolder, name), { recursive: true, force: true })))
}
