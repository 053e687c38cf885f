// What lies in the image folder, and who still needs it.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sizeOf } from './ensure.mjs'
import { distribution } from './host-apt.mjs'
import { diskLayersOf, layersOf, recipes } from './recipe.mjs'
import { completeOf, exclusively, isComplete, removeLayer, removePartials } from './store.mjs'

/**
 * Notes that machines kept in `folder` (a driver's) lie over the layers in here, until that folder is gone.
 * @param {string} imageFolder @param {{ mark: string, folder: string }} user
 */
export function registerUser(imageFolder, { mark, folder }) {
  const users = join(imageFolder, '.users')
  mkdirSync(users, { recursive: true })
  for (const { file, folder: other } of usersOf(imageFolder)) if (!existsSync(other)) rmSync(file, { force: true })
  const file = join(users, `${mark}.json`)
  writeFileSync(`${file}.new`, JSON.stringify({ folder }))
  renameSync(`${file}.new`, file)
}

function usersOf(imageFolder) {
  const users = join(imageFolder, '.users')
  if (!existsSync(users)) return []
  return readdirSync(users)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      try {
        return [{ file: join(users, name), folder: JSON.parse(readFileSync(join(users, name), 'utf8')).folder }]
      } catch {
        return []
      }
    })
}

/** How many machines have their disk directly over each layer. @returns {Map<string, number>} */
function machinesByLayer(imageFolder) {
  const counts = new Map()
  for (const { folder } of usersOf(imageFolder)) {
    const records = join(folder, 'records')
    if (!existsSync(records)) continue
    for (const name of readdirSync(records)) {
      if (!name.endsWith('.json')) continue
      try {
        const { image } = JSON.parse(readFileSync(join(records, name), 'utf8'))
        counts.set(image, (counts.get(image) ?? 0) + 1)
      } catch {
        // It is being deleted.
      }
    }
  }
  return counts
}

const layerName = /^[a-z0-9][a-z0-9.-]*-[0-9a-f]{16}$/

function foldersIn(imageFolder) {
  return existsSync(imageFolder) ? readdirSync(imageFolder).filter((name) => layerName.test(name) && isComplete(imageFolder, name)) : []
}

const layersBelow = (imageFolder, folder) =>
  isComplete(imageFolder, folder) ? (completeOf(imageFolder, folder).layers ?? [folder]) : [folder]

/** Of each recipe, the layer for computers. */
const layersForComputers = (codename) => recipes.map(({ name }) => diskLayersOf(name, codename).at(-1).folder)

/**
 * Every image of a recipe, built or not, and what else lies there: layers for computers are built only when somebody asks for a disk.
 * `bytes`: the layer itself; `total`: with those below, which others share. `current`: a recipe of this checkout means it.
 */
export function listImages(imageFolder) {
  const { codename } = distribution()
  const machines = machinesByLayer(imageFolder)
  const forComputers = layersForComputers(codename).filter((folder) => isComplete(imageFolder, folder))
  const current = [...recipes.map(({ name }) => layersOf(name, codename).at(-1).folder), ...forComputers]
  const others = foldersIn(imageFolder).filter((folder) => !current.includes(folder))
  const bytesOf = (folder) => completeOf(imageFolder, folder).bytes ?? sizeOf(join(imageFolder, folder, 'rootfs'))
  return [...current, ...others].map((folder) => {
    const isThere = isComplete(imageFolder, folder)
    const layers = isThere
      ? layersBelow(imageFolder, folder)
      : layersOf(folder.slice(0, -17), codename)
          .map((layer) => layer.folder)
          .reverse()
    const builtAt = isThere
      ? (completeOf(imageFolder, folder).builtAt ?? statSync(join(imageFolder, folder, 'complete')).mtime.toISOString())
      : null
    return {
      name: current.includes(folder) ? folder.slice(0, -17) : folder,
      bytes: isThere ? bytesOf(folder) : null,
      total: isThere ? layers.reduce((sum, layer) => sum + (isComplete(imageFolder, layer) ? bytesOf(layer) : 0), 0) : null,
      layers: layers.map((layer) => layer.slice(0, -17)),
      builtAt,
      machines: machines.get(folder) ?? 0,
      current: current.includes(folder),
    }
  })
}

/**
 * Removes what no recipe of this checkout and no machine refers to, and apt's downloads. Another checkout that means an older recipe
 * builds it again when it wants it.
 * @returns {Promise<{ removed: string[], bytes: number, kept: string[] }>} `kept`: of no recipe any more, but machines lie over them
 */
export async function pruneImages(imageFolder) {
  if (!existsSync(imageFolder)) return { removed: [], bytes: 0, kept: [] }
  return exclusively({ imageFolder, done: () => false, onWait: () => undefined }, async () => {
    const { codename } = distribution()
    const images = recipes.flatMap(({ name }) => layersOf(name, codename).map(({ folder }) => folder))
    const meant = new Set([...images, ...layersForComputers(codename)])
    const used = new Set([...machinesByLayer(imageFolder).keys()].flatMap((folder) => layersBelow(imageFolder, folder)))
    const rest = foldersIn(imageFolder).filter((folder) => !meant.has(folder))
    const removed = rest.filter((folder) => !used.has(folder))
    const cache = join(imageFolder, '.apt')
    const before = [...removed.map((folder) => join(imageFolder, folder)), ...(existsSync(cache) ? [cache] : [])]
    const bytes = before.reduce((sum, path) => sum + sizeOf(path), 0)
    for (const folder of removed) removeLayer(imageFolder, folder)
    removePartials(imageFolder)
    rmSync(cache, { recursive: true, force: true })
    return { removed, bytes, kept: rest.filter((folder) => used.has(folder)) }
  })
}
