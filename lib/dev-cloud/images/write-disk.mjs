// An image as a disk for a computer: a server of a real Nova, or any virtual machine.
import { spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DISK_PROGRAMS, diskScript } from './disk-script.mjs'
import { ensureLayers } from './ensure.mjs'
import { distribution } from './host-apt.mjs'
import { collect, eachLine, ended, openMappedRoot } from './mapped-root.mjs'
import { diskLayersOf, FIRST_ID } from './recipe.mjs'
import { removeLayer } from './store.mjs'

const PLACES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
const isHere = (program) => PLACES.some((place) => existsSync(join(place, program)))

/**
 * Why this computer makes no disks, and what would help; null where it does.
 * @param {{ id: string, arch: string, absent: string[] }} facts of os-release, of Node, and the packages whose programs are missing
 */
export function whyNoDisk({ id, arch, absent }) {
  if (arch !== 'x64')
    return 'Disks are made for computers with a BIOS (x86, 64 bits), and with their own packages: on such a computer only.'
  if (id !== 'debian') return 'The kernel of a disk is Debian’s, from this computer’s own apt sources: disks are made on Debian only.'
  if (absent.length > 0) return `A disk needs ${absent.join(' and ')} here. Run once: sudo apt-get install -y ${absent.join(' ')}`
  return null
}

/** Whether this computer makes disks: null, or the sentence that says why not. */
export function whyNoDiskHere() {
  const absent = Object.entries({ ...DISK_PROGRAMS, mmdebstrap: 'mmdebstrap' }).filter(([program]) => !isHere(program))
  return whyNoDisk({ id: distribution().id, arch: process.arch, absent: absent.map(([, from]) => from) })
}

/**
 * Makes the disk of an image, over its layers and one for computers, which is built and kept like all others. Where this computer has
 * no qemu-img, the disk is written as it is, with holes.
 * @param {{ imageFolder: string, name: string, file: string } & Pick<Parameters<typeof import('./ensure.mjs').ensureImage>[0],
 *   'onProgress' | 'signal' | 'niceness'>} options `file`: a qcow2 file, written anew; it has its name once it is whole
 * @returns {Promise<{ file: string, format: 'qcow2' | 'raw', gib: number, bytes: number, built: string[],
 *   took: { layers: number, disk: number, file: number } }>} times in ms; `bytes` on this computer's disk
 */
export async function writeDisk({ imageFolder, name, file, ...how }) {
  const { codename } = distribution()
  const layers = diskLayersOf(name, codename)
  const gib = layers.at(-1).recipe.diskGiB
  const format = isHere('qemu-img') ? 'qcow2' : 'raw'
  const wanted = resolve(format === 'raw' ? `${file.replace(/\.qcow2$/, '')}.raw` : file)
  if (!existsSync(dirname(wanted))) throw new Error(`There is no folder ${dirname(wanted)}.`)
  const began = performance.now()
  return ensureLayers({ imageFolder, name: layers.at(-1).recipe.name, layers, codename, more: 2, ...how }, async (built, tell) => {
    const partial = join(imageFolder, `.partial-${process.pid}`)
    const started = performance.now()
    try {
      tell(1, 'laying out the disk', null)
      const folders = layers.map(({ folder }) => folder).reverse()
      await layOut({ imageFolder, partial, folders, gib, ...how })
      const laidOut = performance.now()
      tell(2, format === 'qcow2' ? 'compressing it' : 'copying it', null)
      await convert({
        raw: join(partial, 'disk.raw'),
        file: `${wanted}.partial`,
        format,
        onPercent: (percent) => tell(2, 'compressing it', percent),
        ...how,
      })
      renameSync(`${wanted}.partial`, wanted)
      const took = { layers: started - began, disk: laidOut - started, file: performance.now() - laidOut }
      return { file: wanted, format, gib, bytes: statSync(wanted).blocks * 512, built, took }
    } finally {
      rmSync(`${wanted}.partial`, { force: true })
      if (existsSync(partial)) removeLayer(imageFolder, `.partial-${process.pid}`)
    }
  })
}

async function layOut({ imageFolder, partial, folders, gib, signal, niceness = 0 }) {
  for (const path of [partial, join(partial, 'root'), join(partial, 'tmp')]) {
    mkdirSync(path)
    chmodSync(path, 0o755)
    chownSync(path, FIRST_ID, FIRST_ID)
  }
  const mapped = await openMappedRoot({ imageFolder })
  try {
    const lower = folders.map((folder) => `${mapped.images}/${folder}/rootfs`).join(':')
    const inside = `${mapped.images}/.partial-${process.pid}`
    const maker = mapped.start(['sh', '-ec', diskScript({ gib }), 'sh', inside, lower], { env: {}, niceness })
    await finished(maker, 'laying out the disk', signal)
  } finally {
    mapped.close()
  }
}

async function convert({ raw, file, format, onPercent, signal, niceness = 0 }) {
  // Compressed the way that every qemu reads; newer ways are smaller by little.
  const words = format === 'qcow2' ? ['qemu-img', 'convert', '-p', '-c', '-O', 'qcow2', raw, file] : ['cp', '--sparse=always', raw, file]
  const child = spawn('nice', ['-n', String(niceness), ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  await finished(child, words[0], signal, (line) => {
    const percent = /\(([\d.]+)\/100%\)/.exec(line)?.[1]
    if (percent !== undefined) onPercent(Number(percent))
  })
}

async function finished(child, name, signal, onLine = () => {}) {
  const stop = () => child.kill('SIGKILL')
  signal?.addEventListener('abort', stop)
  eachLine(child.stdout, onLine)
  try {
    await ended(child, name, collect(child.stderr))
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}
