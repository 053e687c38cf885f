// What an image is made of, as data, and the name that follows from it. Node's built-ins only: the set-up needs this before anything
// else is there.
import { createHash } from 'node:crypto'
import { recipe as base } from './recipes/debian-12.mjs'
import { recipe as ceph } from './recipes/debian-12-ceph.mjs'
import { recipe as tools } from './recipes/debian-12-tools.mjs'

/**
 * One layer. `base` names the recipe that it lies on; null makes a first layer, from nothing. `diskGiB` is the smallest disk of a
 * flavor that carries it (Glance: min_disk), `user` the account for people. `commands` run inside, as root, when all packages and files
 * are there - in a first layer when its packages are there. `excluded` and `included` are paths that packages may not or may all the same
 * bring (dpkg.cfg(5)); a layer keeps to those of its first one too. `masked` units and generators do not start.
 *
 * `computer`: what else there is on a disk that a computer boots, where no mask of the layers counts any more. Each first layer has one.
 * Its `removed` are paths of the layers below that go before its packages come, and `reinstalled` packages bring back what they lack; a
 * recipe itself has neither.
 * @typedef {{ path: string, content: string, mode?: number }[]} Files
 * @typedef {{ packages: string[], removed: string[], reinstalled: string[], files: Files, commands: string[], masked: string[] }} Computer
 * @typedef {{
 *   name: string, base: string | null, user: string, diskGiB: number, format: 1,
 *   packages: string[], excluded: string[], included: string[], commands: string[],
 *   files: Files, masked: string[], maskedGenerators: string[],
 *   computer?: Computer, removed?: string[], reinstalled?: string[],
 * }} Recipe
 */

/** Where the ids of the machines begin on this host: inside 0, outside 100000. The driver maps the same range. */
export const FIRST_ID = 100_000
export const IDS = 65_536

const FOR_COMPUTERS = '-disk'

const NAME = /^[a-z0-9][a-z0-9.-]{0,40}$/
const PACKAGE = /^[a-z0-9][a-z0-9+.-]+$/
const UNIT = /^[A-Za-z0-9@:_.-]+$/
const PATH = /^(?!\/)(?!.*(^|\/)\.\.?(\/|$))[\x21-\x7e]+$/

/** All there are, in the order in which they are built when nobody asks for one of them. */
export const recipes = checked([base, ceph, tools])

/** @param {string} name */
export function recipeNamed(name) {
  const found = recipes.find((recipe) => recipe.name === name)
  if (!found) throw new Error(`There is no image "${name}"; there are ${recipes.map((recipe) => recipe.name).join(', ')}.`)
  return found
}

/**
 * A recipe's layers, the first one first, each with the folder it is kept in: its name and a hash of what it and all layers below are
 * made of. Known before anything runs. Versions of packages are no part of it: else every start would have to ask a mirror.
 * @param {string} name
 * @param {string} codename of the release whose packages are taken, e.g. bookworm
 * @param {Recipe[]} all
 * @returns {{ recipe: Recipe, folder: string }[]}
 */
export function layersOf(name, codename, all = recipes) {
  const recipe = all.find((each) => each.name === name)
  if (!recipe) throw new Error(`There is no image "${name}".`)
  const below = recipe.base === null ? [] : layersOf(recipe.base, codename, all)
  const { format, packages, excluded, included, commands, files, masked, maskedGenerators, removed, reinstalled } = recipe
  // What is undefined leaves no trace in JSON: a layer without the last two keeps its name from before they were known.
  const content = { format, packages, excluded, included, commands, files, masked, maskedGenerators, removed, reinstalled }
  const parent = below.at(-1)?.folder
  const hash = createHash('sha256')
    .update(JSON.stringify({ recipe: content, codename, FIRST_ID, arch: process.arch, ...(parent ? { parent } : {}) }))
    .digest('hex')
    .slice(0, 16)
  return [...below, { recipe, folder: `${name}-${hash}` }]
}

/**
 * The layers of an image's disk for a computer (a server of a real Nova): the image's own, and over them one that takes back what suits
 * sandboxes only and adds what every layer's `computer` says.
 * @param {string} name @param {string} codename @param {Recipe[]} all
 */
export function diskLayersOf(name, codename, all = recipes) {
  const below = layersOf(name, codename, all).map(({ recipe }) => recipe)
  const parts = below.flatMap(({ computer }) => (computer ? [computer] : []))
  /** @template {keyof Computer} Key @param {Key} key @returns {Computer[Key]} */
  const joined = (key) => parts.flatMap((part) => part[key])
  const unmasked = below.flatMap(({ masked, maskedGenerators }) => maskedPaths({ masked, maskedGenerators }))
  const top = {
    ...below.at(-1),
    name: `${name}${FOR_COMPUTERS}`,
    base: name,
    packages: joined('packages'),
    excluded: [],
    included: [],
    removed: [...new Set([...unmasked, ...joined('removed')])],
    reinstalled: joined('reinstalled'),
    files: joined('files'),
    commands: joined('commands'),
    masked: joined('masked'),
    maskedGenerators: [],
  }
  return layersOf(top.name, codename, [...all, top])
}

/** Where a unit or a generator that does not start is a link to nothing. @param {Pick<Recipe, 'masked' | 'maskedGenerators'>} recipe */
export function maskedPaths({ masked, maskedGenerators }) {
  return [...masked.map((unit) => `etc/systemd/system/${unit}`), ...maskedGenerators.map((name) => `etc/systemd/system-generators/${name}`)]
}

/**
 * The recipes as they are, if they can be built.
 * @param {Recipe[]} all
 * @throws Error naming the first thing that is wrong
 */
export function checked(all) {
  const wrong = all.flatMap((recipe) => problemsOf(recipe, all).map((problem) => `image ${recipe.name}: ${problem}`))
  if (wrong[0]) throw new Error(wrong[0])
  return all
}

/** @param {Recipe} recipe @param {Recipe[]} all */
function problemsOf(recipe, all) {
  const says = (ok, words) => (ok ? [] : [words])
  const below = new Set()
  let under = recipe.base
  while (under !== null && !below.has(under)) {
    below.add(under)
    under = all.find((each) => each.name === under)?.base ?? null
  }
  const areTexts = (lists) => lists.every((list) => Array.isArray(list) && list.every((item) => typeof item === 'string' && item !== ''))
  if (!areTexts([recipe.packages, recipe.excluded, recipe.included, recipe.commands, recipe.masked, recipe.maskedGenerators]))
    return ['packages, excluded, included, commands, masked and maskedGenerators are lists of texts']
  const { computer } = recipe
  if (computer && !areTexts([computer.packages, computer.removed, computer.reinstalled, computer.commands, computer.masked]))
    return ['packages, removed, reinstalled, commands and masked of its computer are lists of texts']
  const paths = [...recipe.files, ...(computer?.files ?? [])].map(({ path }) => path)
  return [
    ...says(NAME.test(recipe.name), 'its name must be small letters, digits, dots and hyphens'),
    ...says(!recipe.name.endsWith(FOR_COMPUTERS), `a name with ${FOR_COMPUTERS} at its end is that of a layer for computers`),
    ...says(recipe.removed === undefined && recipe.reinstalled === undefined, 'removed and reinstalled belong into its computer'),
    ...says(all.filter((each) => each.name === recipe.name).length === 1, 'two recipes have this name'),
    ...says(recipe.base === null || all.some((each) => each.name === recipe.base), `there is no image "${recipe.base}" to lie on`),
    ...says(!below.has(recipe.name), 'it lies on itself'),
    ...says(recipe.base !== null || computer !== undefined, 'a first layer says what a computer needs'),
    ...says(recipe.format === 1, 'its format is not 1'),
    ...says(/^[a-z_][a-z0-9_-]{0,31}$/.test(recipe.user), 'its user is no Linux user name'),
    ...says(Number.isInteger(recipe.diskGiB) && recipe.diskGiB > 0, 'diskGiB must be a whole number above 0'),
    ...[...recipe.packages, ...(computer?.packages ?? []), ...(computer?.reinstalled ?? [])].flatMap((name) =>
      says(PACKAGE.test(name), `"${name}" is no name of a package`),
    ),
    ...[...recipe.masked, ...recipe.maskedGenerators, ...(computer?.masked ?? [])].flatMap((name) =>
      says(UNIT.test(name), `"${name}" is no name of a unit`),
    ),
    ...[...paths, ...(computer?.removed ?? [])].flatMap((path) =>
      says(PATH.test(path), `"${path}" is no path inside the machine, without a slash before it`),
    ),
  ]
}
