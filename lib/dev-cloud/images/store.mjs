// The folder that all images of this computer are in, one folder for each layer, shared by every checkout and every machine.
//   debian-12-<hash>/rootfs     a layer, its ids shifted; complete beside it says that it is whole, and over which others it lies
//   debian-12                   leads to the layer that the name means at present
//   .users/<mark>.json          who keeps machines whose disks lie over these layers
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * How far a build is. `image` is the one that was asked for; `step` of `of` counts the steps of all its layers that are missing.
 * `percent` of the step, where it is known. `waiting`: another process builds.
 * @typedef {{ image: string, step: number, of: number, what: string, percent: number | null, waiting?: boolean }} Progress
 */

/** @param {Progress} progress in words, e.g. "step 3 of 4: installing packages, 45 %" */
export function progressWords({ step, of, what, percent }) {
  return `step ${step} of ${of}: ${what}${percent === null ? '' : `, ${Math.floor(percent)} %`}`
}

/** Whether a layer is there as a whole. */
export function isComplete(imageFolder, folder) {
  return existsSync(join(imageFolder, folder, 'complete'))
}

/**
 * What was written down when a layer was built. Older first layers have the packages only.
 * @returns {{ packages: string[], layers?: string[], builtAt?: string, seconds?: number, bytes?: number }}
 */
export function completeOf(imageFolder, folder) {
  return JSON.parse(readFileSync(join(imageFolder, folder, 'complete'), 'utf8'))
}

/** The name leads to the image that was wanted last; a machine remembers the folder itself, so an older one stays valid. */
export function point(imageFolder, name, folder) {
  const link = join(imageFolder, name)
  try {
    if (readlinkSync(link) === folder) return
  } catch {
    // not there yet
  }
  const fresh = join(imageFolder, `.link-${process.pid}`)
  rmSync(fresh, { force: true })
  symlinkSync(folder, fresh)
  renameSync(fresh, link)
}

/** Removes what builds that were killed have left. Only for who holds the lock. */
export function removePartials(imageFolder) {
  for (const name of readdirSync(imageFolder)) if (name.startsWith('.partial-')) removeLayer(imageFolder, name)
}

/** Removes a layer; renamed first, so that nobody takes its remains for one. */
export function removeLayer(imageFolder, name) {
  const folder = join(imageFolder, name)
  // Never delete through a mount: behind it may be the host's own /dev.
  if (readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${folder}/`)) return
  const rubbish = name.startsWith('.partial-') ? folder : join(imageFolder, `.partial-gone-${name}`)
  if (rubbish !== folder) renameSync(folder, rubbish)
  try {
    rmSync(rubbish, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  } catch {
    // Rubbish that cannot be removed now is no reason not to build.
  }
}

/** Tells other processes how far a build is; null: it has ended. Only for who holds the lock. */
export function publish(imageFolder, progress) {
  const file = join(imageFolder, '.building.json')
  if (progress === null) return rmSync(file, { force: true })
  writeFileSync(`${file}.new`, JSON.stringify(progress))
  renameSync(`${file}.new`, file)
}

/** @returns {Progress | null} how far the build of another process is */
export function published(imageFolder) {
  try {
    return JSON.parse(readFileSync(join(imageFolder, '.building.json'), 'utf8'))
  } catch {
    return null
  }
}

/**
 * One builder at a time; the lock names its owner, so that a dead owner's lock is taken over.
 * @param {{ imageFolder: string, done: () => boolean, onWait: () => void, signal?: AbortSignal }} options `done`: there will be nothing to do;
 *   `onWait` is called every half second meanwhile
 */
export async function exclusively({ imageFolder, done, onWait, signal }, work) {
  mkdirSync(imageFolder, { recursive: true, mode: 0o755 })
  const lock = join(imageFolder, '.lock')
  let said = -Infinity
  while (!take(lock)) {
    signal?.throwIfAborted()
    if (performance.now() - said > 500) {
      said = performance.now()
      onWait()
    }
    await delay(done() ? 20 : 200)
  }
  try {
    return await work()
  } finally {
    publish(imageFolder, null)
    rmSync(lock, { force: true })
  }
}

function take(lock) {
  try {
    writeFileSync(lock, `${process.pid} ${startTime(process.pid)}`, { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  try {
    const [pid, started] = readFileSync(lock, 'utf8').split(' ')
    const young = performance.timeOrigin + performance.now() - lstatSync(lock).mtimeMs < 2000
    if (!young && startTime(pid) !== started) rmSync(lock, { force: true })
  } catch {
    // its owner has just given it back
  }
  return false
}

function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
