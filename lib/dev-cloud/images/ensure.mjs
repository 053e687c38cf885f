// An image by its name: there already, being built by somebody else, or built now.
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildBase } from './build-base.mjs'
import { buildLayer } from './build-layer.mjs'
import { distribution } from './host-apt.mjs'
import { openMappedRoot } from './mapped-root.mjs'
import { FIRST_ID, layersOf } from './recipe.mjs'
import { exclusively, isComplete, point, publish, published, removePartials } from './store.mjs'

/** Of each layer: lists, fetching, installing, configuration. */
const STEPS_OF_A_LAYER = 4

/** Whether the image of the present recipe stands ready in `imageFolder`. */
export function hasImage(imageFolder, name) {
  const { codename } = distribution()
  return layersOf(name, codename).every(({ folder }) => isComplete(imageFolder, folder))
}

/**
 * Builds what is missing of an image, and points its name at it. Safe against a second builder (it waits) and against an earlier one that
 * was killed (its remains are removed).
 * @param {{ imageFolder: string, name: string, onProgress?: (progress: import('./store.mjs').Progress) => void, signal?: AbortSignal,
 *   niceness?: number }} options `onProgress`: whenever something is new
 * @returns {Promise<{ path: string, built: string[] }>} the folder that holds `rootfs`, and the layers that were built
 */
export async function ensureImage({ imageFolder, name, ...how }) {
  const { codename } = distribution()
  const layers = layersOf(name, codename)
  const result = (built) => {
    point(imageFolder, name, layers.at(-1).folder)
    return { path: join(imageFolder, layers.at(-1).folder), built }
  }
  if (layers.every(({ folder }) => isComplete(imageFolder, folder))) return result([])
  return ensureLayers({ imageFolder, name, layers, codename, ...how }, async (built) => result(built))
}

/**
 * Builds those of `layers` that are missing, once no other process builds anything, and goes on with `then`, still alone.
 * @template Result
 * @param {Omit<Parameters<typeof ensureImage>[0], 'name'> & { name: string, layers: ReturnType<typeof layersOf>, codename: string,
 *   more?: number }} options `more`: how many steps `then` has
 * @param {(built: string[], tell: (step: number, what: string, percent: number | null) => void) => Promise<Result>} then told which layers
 *   were built; `tell` says how far its own steps are, from 1
 * @returns {Promise<Result>}
 */
export async function ensureLayers({ imageFolder, name, layers, codename, more = 0, onProgress = () => {}, signal, niceness = 0 }, then) {
  const missing = () => layers.filter(({ folder }) => !isComplete(imageFolder, folder))
  const onWait = () => {
    const other = published(imageFolder)
    const what = other === null ? 'another build is at work' : `first the image ${other.image} (${other.what})`
    onProgress(
      other?.image === name
        ? { ...other, waiting: true }
        : { image: name, step: 1, of: missing().length * STEPS_OF_A_LAYER + more, what, percent: null, waiting: true },
    )
  }
  const done = () => more === 0 && missing().length === 0
  return exclusively({ imageFolder, done, onWait, signal }, async () => {
    const wanted = missing()
    if (wanted.length + more > 0) removePartials(imageFolder)
    const after = (steps) => (step, what, percent) => {
      const progress = { image: name, step: steps + step, of: wanted.length * STEPS_OF_A_LAYER + more, what, percent }
      publish(imageFolder, progress)
      onProgress(progress)
    }
    for (const [index, layer] of wanted.entries()) {
      const tell = after(index * STEPS_OF_A_LAYER)
      tell(1, 'starting', null)
      await build({ imageFolder, layers: layers.slice(0, layers.indexOf(layer) + 1), codename, tell, signal, niceness })
    }
    return then(
      wanted.map(({ recipe }) => recipe.name),
      after(wanted.length * STEPS_OF_A_LAYER),
    )
  })
}

/** Builds the last of `layers`; those below are there. What is half done never has its name. */
async function build({ imageFolder, layers, codename, tell, signal, niceness }) {
  const began = performance.now()
  const { recipe, folder } = layers.at(-1)
  const below = layers
    .slice(0, -1)
    .map((layer) => layer.folder)
    .reverse()
  const partial = join(imageFolder, `.partial-${process.pid}`)
  mkdirSync(partial)
  for (const path of [partial, join(imageFolder, '.apt'), ...['rootfs', 'work', 'root', 'tmp'].map((part) => join(partial, part))]) {
    mkdirSync(path, { recursive: true })
    chmodSync(path, 0o755)
    chownSync(path, FIRST_ID, FIRST_ID)
  }
  let mapped
  try {
    signal?.throwIfAborted()
    mapped = await openMappedRoot({ imageFolder })
    const inside = `${mapped.images}/.partial-${process.pid}`
    const common = { recipe, codename, mapped, inside, niceness, onStep: tell, signal }
    const packages = below.length === 0 ? await buildBase(common) : await buildLayer({ ...common, partial, below })
    signal?.throwIfAborted()
    for (const part of ['work', 'root', 'tmp', 'apt', 'apt.log', 'plan', 'packages'])
      rmSync(join(partial, part), { recursive: true, force: true })
    const facts = {
      packages,
      layers: [folder, ...below],
      builtAt: new Date().toISOString(),
      seconds: Math.round((performance.now() - began) / 1000),
    }
    writeFileSync(join(partial, 'complete'), `${JSON.stringify({ ...facts, bytes: sizeOf(join(partial, 'rootfs')) })}\n`)
    chownSync(partial, 0, 0)
    renameSync(partial, join(imageFolder, folder))
  } catch (error) {
    mapped?.close()
    rmSync(partial, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    throw error
  } finally {
    mapped?.close()
  }
}

/** @returns {number} bytes on disk */
export function sizeOf(folder) {
  return Number(spawnSync('du', ['-s', '--block-size=1', folder], { encoding: 'utf8' }).stdout.split('\t')[0] ?? 0)
}
