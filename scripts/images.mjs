// `npm run astrolabe -- image list|build|disk|prune`: the images of the embedded cloud, as they lie on this computer. Needs no database.
import { resolve } from 'node:path'
import { glanceCommand } from '../lib/dev-cloud/images/disk-script.mjs'
import { ensureImage } from '../lib/dev-cloud/images/ensure.mjs'
import { listImages, pruneImages } from '../lib/dev-cloud/images/inventory.mjs'
import { recipeNamed, recipes } from '../lib/dev-cloud/images/recipe.mjs'
import { spokenProgress } from '../lib/dev-cloud/images/spoken.mjs'
import { whyNoDiskHere, writeDisk } from '../lib/dev-cloud/images/write-disk.mjs'
import { imageFolder } from './machines.mjs'
import { throughOwnRoot } from './own-root.mjs'

const usage = `astrolabe image <command>

  image list             The images: size, layers, when they were built, what uses them.
  image build NAME...    Builds images that are missing, or 'all'. There are ${recipes.map(({ name }) => name).join(', ')}.
  image disk NAME FILE   Makes a disk of an image (FILE.qcow2) that a server of a real OpenStack starts from.
  image prune            Removes layers that no recipe and no machine refers to, and downloaded packages.
`

/** @param {string[]} words what follows `image` @returns {Promise<number>} the exit code */
export async function images([verb, ...names]) {
  // Layers belong to the ids of machines.
  if (process.getuid?.() !== 0 && process.platform === 'linux' && ['build', 'disk', 'prune'].includes(verb))
    return asOwnRoot([verb, ...names])
  const folder = imageFolder()
  if (verb === 'list' && names.length === 0) {
    for (const line of table(listImages(folder))) console.log(line)
    return 0
  }
  if (verb === 'build' && names.length > 0) return build(folder, names.includes('all') ? recipes.map(({ name }) => name) : names)
  if (verb === 'disk' && names.length === 2) return disk(folder, names)
  if (verb === 'prune' && names.length === 0) {
    const { removed, bytes, kept } = await pruneImages(folder)
    for (const name of removed) console.log(`removed ${name}`)
    console.log(`${megabytes(bytes)} given back${kept.length > 0 ? `; kept for machines: ${kept.join(', ')}` : ''}.`)
    return 0
  }
  process.stderr.write(usage)
  return verb === undefined || verb === 'help' || verb === '--help' ? 0 : 2
}

async function asOwnRoot(words) {
  const tried = await throughOwnRoot([process.execPath, process.argv[1], 'image', ...words], { stdio: 'inherit' })
  if (tried.code !== undefined) return tried.code
  console.error(`No images without root: ${tried.reason}. ${tried.remedy}`)
  return 1
}

async function build(folder, names) {
  if (process.platform !== 'linux') {
    console.error('Images are built on Linux.')
    return 1
  }
  for (const name of names) recipeNamed(name)
  for (const name of names) {
    const spoken = spokenProgress((line) => console.log(line))
    try {
      const { built } = await ensureImage({ imageFolder: folder, name, onProgress: spoken.onProgress })
      console.log(built.length > 0 ? `${name}: built in ${spoken.seconds()} s (${built.join(', ')}).` : `${name}: there already.`)
    } finally {
      spoken.stop()
    }
  }
  return 0
}

async function disk(folder, [name, file]) {
  const refusal = process.platform === 'linux' ? whyNoDiskHere() : 'Disks are made on Linux.'
  if (refusal !== null) {
    console.error(refusal)
    return 1
  }
  recipeNamed(name)
  const spoken = spokenProgress((line) => console.log(line))
  try {
    // Where the command was typed: npm goes to the checkout first.
    const wanted = resolve(process.env.INIT_CWD ?? '.', file)
    const made = await writeDisk({ imageFolder: folder, name, file: wanted, onProgress: spoken.onProgress })
    const { layers, disk, file: written } = made.took
    const parts = `layers ${seconds(layers)}, laid out ${seconds(disk)}, written ${seconds(written)}`
    console.log(`${made.file}: ${megabytes(made.bytes)} for a disk of ${made.gib} GiB (${parts}).`)
    if (made.format === 'raw')
      console.log('It is as large as it is because there is no qemu-img here, which would compress it (Debian: qemu-utils).')
    console.log('Next, with the cloud that shall have it:')
    console.log(`  ${glanceCommand({ name, ...made })}`)
  } finally {
    spoken.stop()
  }
  return 0
}

function table(rows) {
  const head = ['image', 'size', 'in all', 'layers', 'built', 'used by']
  const cells = rows.map((row) => [
    row.name,
    row.bytes === null ? '-' : megabytes(row.bytes),
    row.total === null ? '-' : megabytes(row.total),
    row.layers.join(' over '),
    row.builtAt === null ? 'not yet' : row.builtAt.slice(0, 16).replace('T', ' '),
    row.machines === 0 ? (row.current ? '-' : 'nothing: prune removes it') : `${row.machines} machine${row.machines === 1 ? '' : 's'}`,
  ])
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column].length)))
  return [head, ...cells].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  )
}

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`
const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`
