import { join } from 'node:path'
import { createDriver } from './create-driver.ts'
import { type DevCloud, startDevCloud } from './dev-cloud.ts'
import type { Driver, DriverEvents } from './driver.ts'
import { probe } from './ns/probe.ts'
import { createMemoryDriver, memoryHost } from './played/memory-driver.ts'
import { createNullDriver, type NullTimes } from './played/null-driver.ts'

export type RunOptions = {
  /** Everything that this cloud keeps: records, secrets, disks. */
  folder: string
  /** Holds `<image name>/rootfs`. */
  imageFolder: string
  /**
   * `auto`: machines where this computer can carry them, else none, and `noMachines` says why. `memory`: machines are only played,
   * and nobody is at home on them. `null`: played, but they signal and answer (null-driver.ts).
   */
  driver: 'auto' | 'none' | 'memory' | 'null'
  nullTimes: NullTimes
  /** See `DevCloudOptions`. */
  applicationCredentialTrusts: boolean
  /** Unknown images, flavors and external networks are refused, as real Heat does; the lenient form does not exist yet. */
  lenient: boolean
  log: (line: string, fields?: Record<string, unknown>) => void
}

/** `noMachines`: the reason and the remedy, when there can be no machines here. */
export type RunningDevCloud = DevCloud & { noMachines: string | undefined }

/** Starts the embedded cloud for the product's supervisor, with what this computer can carry. */
export async function runDevCloud(options: RunOptions): Promise<RunningDevCloud> {
  const chosen = await choose(options)
  const cloud = await startDevCloud({
    folder: options.folder,
    driver: chosen.driver,
    ...(options.driver === 'null' ? { scale: 'thousands' as const } : {}),
    applicationCredentialTrusts: options.applicationCredentialTrusts,
    now: () => new Date(),
    log: (line) => options.log(line),
  })
  if (options.lenient) options.log('the embedded cloud is strict; it knows no lenient form yet')
  options.log('the embedded cloud is up', { identity: cloud.authUrl, orchestration: cloud.heatUrl, noMachines: chosen.noMachines })
  return { ...cloud, noMachines: chosen.noMachines }
}

type Chosen = { driver: (events: DriverEvents) => Driver; noMachines: string | undefined }

async function choose(options: RunOptions): Promise<Chosen> {
  if (options.driver === 'memory') return { driver: (events) => createMemoryDriver(events, memoryHost()), noMachines: undefined }
  if (options.driver === 'null') {
    const { folder, nullTimes: times } = options
    return { driver: (events) => createNullDriver({ folder, times, events, now: () => new Date() }), noMachines: undefined }
  }
  const found =
    options.driver === 'none'
      ? { ok: false as const, reason: 'the configuration says so', remedy: 'Choose the driver "auto".' }
      : await probe()
  if (!found.ok) {
    const { reason, remedy } = found
    return {
      driver: () => createDriver({ kind: 'none', reason, remedy }),
      noMachines: `This computer cannot run machines: ${reason}. ${remedy}`,
    }
  }
  const { folder, imageFolder, log } = options
  return {
    driver: (events) =>
      createDriver({ kind: 'ns', folder: join(folder, 'machines'), imageFolder, log: (line) => log(line), events, now: () => new Date() }),
    noMachines: undefined,
  }
}
