import type { Driver, DriverOptions } from './driver.ts'
import { createNsDriver } from './ns/driver.ts'
import { findStanding, type Standing } from './ns/standing.ts'
import { createNoneDriver } from './played/none-driver.ts'

/**
 * Makes a driver. `ns` needs what `probe` (ns/probe.ts) tries, as root or as the root of an ordinary user's namespace; `none` says why there
 * are no machines. `standing`: what we may do here, if it has been looked at already. Nothing happens on the host before `start()`.
 */
export function createDriver(
  options: ({ kind: 'ns'; standing?: Standing } & DriverOptions) | { kind: 'none'; reason: string; remedy: string },
): Driver {
  return options.kind === 'none' ? createNoneDriver(options) : createNsDriver(options, options.standing ?? findStanding())
}
