import { type Driver, DriverFailure, type DriverOptions } from './driver.ts'
import { findCgroupTrees } from './ns/cgroup.ts'
import { createNsDriver } from './ns/driver.ts'
import { createNoneDriver } from './played/none-driver.ts'

/**
 * Makes a driver. `ns` needs root and what `probe` (ns-probe.ts) tries; `none` says why there are no machines.
 * Nothing happens on the host before `start()`.
 */
export function createDriver(options: ({ kind: 'ns' } & DriverOptions) | { kind: 'none'; reason: string; remedy: string }): Driver {
  if (options.kind === 'none') return createNoneDriver(options)
  const trees = findCgroupTrees()
  if (trees === null) throw new DriverFailure('machines.unavailable', 'This computer has no cgroup v2 hierarchy.')
  return createNsDriver(options, trees)
}
