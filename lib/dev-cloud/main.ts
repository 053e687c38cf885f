import { join } from 'node:path'
import { createDriver } from './create-driver.ts'
import { type DevCloud, startDevCloud } from './dev-cloud.ts'
import type { Driver, DriverEvents } from './driver.ts'
import { aptSources, distribution } from './images/host-apt.mjs'
import { openShelf, playedShelf, type Shelf } from './images/shelf.ts'
import { probe } from './ns/probe.ts'
import { findStanding, nameOf } from './ns/standing.ts'
import { openPackageMirror, type PackageMirror } from './packages/mirror.ts'
import { readSources } from './packages/sources.ts'
import { createLocalDriver, whyNotLocal } from './played/local-driver.ts'
import { NO_ISOLATION } from './played/local-shells.ts'
import { createMemoryDriver, memoryHost } from './played/memory-driver.ts'
import { createNullDriver, type NullTimes } from './played/null-driver.ts'

export type RunOptions = {
  /** Everything that this cloud keeps: records, secrets, disks. */
  folder: string
  /** Holds `<image name>/rootfs`. */
  imageFolder: string
  /**
   * `auto`: machines where this computer can carry them, else none, and `noMachines` says why. `memory`: machines are only played,
   * and nobody is at home on them. `null`: played, but they signal and answer (null-driver.ts). `local`: shells of the account that runs
   * this (local-driver.ts).
   */
  driver: 'auto' | 'none' | 'memory' | 'null' | 'local'
  /** Whoever started it has said that they know what `local` is. */
  understood: boolean
  nullTimes: NullTimes
  /** Whether images that no machine has asked for yet are built too, once the cloud is up. */
  imagesAhead: boolean
  /** See `DevCloudOptions`. */
  applicationCredentialTrusts: boolean
  abandon?: boolean
  /** The control group that was handed to an ordinary user, where it is not simply the one that this process is in. */
  cgroup: string | undefined
  /** Unknown images, flavors and external networks are refused, as real Heat does, or else made on first use (stand-ins.ts). */
  lenient: boolean
  /** What machines may install from (packages/sources.ts, readSources); absent: nothing. */
  packageMirror?: string | undefined
  log: (line: string, fields?: Record<string, unknown>) => void
}

/**
 * `noMachines`: the reason and the remedy, when there can be no machines here. `machines`: what they are else, and what they lack, a
 * sentence each.
 */
export type RunningDevCloud = DevCloud & { noMachines: string | undefined; machines: string; lacks: string[] }

/** Until then the product starts beside this cloud, and whoever started it opens a first lab. */
const AHEAD_AFTER_MS = 20_000

/** Starts the embedded cloud for the product's supervisor, with what this computer can carry. */
export async function runDevCloud(options: RunOptions): Promise<RunningDevCloud> {
  const packages = openPackages(options)
  const chosen = await choose(options, packages?.sourcesList)
  const cloud = await startDevCloud({
    folder: options.folder,
    driver: chosen.driver,
    images: chosen.images,
    packages,
    ...(options.driver === 'null' ? { scale: 'thousands' as const } : {}),
    applicationCredentialTrusts: options.applicationCredentialTrusts,
    about: [
      `machines: ${chosen.machines}`,
      ...chosen.lacks,
      ...(packages === undefined ? [] : [packages.about]),
      ...(chosen.noMachines === undefined ? [] : [chosen.noMachines]),
    ],
    abandon: options.abandon ?? false,
    lenient: options.lenient,
    now: () => new Date(),
    log: (line) => options.log(line),
  })
  const { noMachines, machines, lacks } = chosen
  options.log('the embedded cloud is up', { identity: cloud.authUrl, orchestration: cloud.heatUrl, machines, lacks, noMachines })
  if (options.imagesAhead) chosen.images.buildAhead(AHEAD_AFTER_MS)
  return { ...cloud, noMachines, machines, lacks }
}

type Chosen = { driver: (events: DriverEvents) => Driver; images: Shelf } & Pick<RunningDevCloud, 'noMachines' | 'machines' | 'lacks'>

function openPackages({ folder, packageMirror }: RunOptions): PackageMirror | undefined {
  if (packageMirror === undefined) return undefined
  const { codename } = distribution()
  try {
    const sources = readSources(packageMirror, { codename, hostEntries: () => aptSources(codename) })
    return openPackageMirror(sources, { folder: join(folder, 'packages') })
  } catch (cause) {
    throw new Error(`DEV_CLOUD_PACKAGE_MIRROR: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

async function choose(options: RunOptions, packageSources: string | undefined): Promise<Chosen> {
  const played = { noMachines: undefined, machines: `only played (${options.driver})`, lacks: [], images: playedShelf }
  if (options.driver === 'memory') return { ...played, driver: (events) => createMemoryDriver(events, memoryHost()) }
  if (options.driver === 'null') {
    const { folder, nullTimes: times } = options
    return { ...played, driver: (events) => createNullDriver({ folder, times, events, now: () => new Date() }) }
  }
  if (options.driver === 'local') return chooseLocal(options)
  const found =
    options.driver === 'none'
      ? { ok: false as const, reason: 'the configuration says so', remedy: 'Choose the driver "auto".' }
      : await probe()
  if (!found.ok) return none(found)
  const { imageFolder, log } = options
  const folder = join(options.folder, 'machines')
  const standing = findStanding(options.cgroup)
  return {
    driver: (events) =>
      createDriver({ kind: 'ns', standing, folder, imageFolder, packageSources, log: (line) => log(line), events, now: () => new Date() }),
    noMachines: undefined,
    machines: nameOf(standing),
    images: openShelf(imageFolder, { log: (line) => log(line) }),
    lacks: standing.lacks,
  }
}

function none({ reason, remedy }: { reason: string; remedy: string }): Chosen {
  return {
    driver: () => createDriver({ kind: 'none', reason, remedy }),
    noMachines: `This computer cannot run machines: ${reason.replace(/\.$/, '')}. ${remedy}`,
    machines: 'none',
    images: playedShelf,
    lacks: [],
  }
}

function chooseLocal({ folder, understood }: RunOptions): Chosen {
  const no = whyNotLocal({ understood, uid: process.getuid?.() ?? 0, platform: process.platform })
  if (no) return none(no)
  return {
    driver: (events) => createLocalDriver({ folder, events, now: () => new Date() }),
    noMachines: undefined,
    machines: `shells of this account (local). ${NO_ISOLATION}`,
    images: playedShelf,
    lacks: [],
  }
}
