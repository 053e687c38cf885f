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
export async function ensureImage({ imageFolder, name, onProgress = () => {}, signal, niceness = 0 }) {
  const { codename } = distribution()
  const layers = layersOf(name, codename)
  const top = layers.at(-1)
  const missing = () => layers.filter(({ folder }) => !isComplete(imageFolder, folder))
  const result = (built) => {
    point(imageFolder, name, top.folder)
    return { path: join(imageFolder, top.folder), built }
  }
  if (missing().length === 0) return result([])
  const onWait = () => {
    const other = published(imageFolder)
    const what = other === null ? 'another build is at work' : `first the image ${other.image} (${other.what})`
    onProgress(
      other?.image === name
        ? { ...other, waiting: true }
        : { image: name, step: 1, of: missing().length * STEPS_OF_A_LAYER, what, percent: null, waiting: true },
    )
  }
  return exclusively({ imageFolder, done: () => missing().length === 0, onWait, signal }, async () => {
    const wanted = missing()
    if (wanted.length > 0) removePartials(imageFolder)
    for (const [index, layer] of wanted.entries()) {
      const tell = (step, what, percent) => {
        const progress = { image: name, step: index * STEPS_OF_A_LAYER + step, of: wanted.length * STEPS_OF_A_LAYER, what, percent }
        publish(imageFolder, progress)
        onProgress(progress)
      }
      tell(1, 'starting', null)
      await build({ imageFolder, layers: layers.slice(0, layers.indexOf(layer) + 1), codename, tell, signal, niceness })
    }
    return result(wanted.map(({ recipe }) => recipe.name))
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
