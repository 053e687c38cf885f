// What the embedded cloud needs of this computer: a few small programs and the machines' base image.
// Run by the set-up, before anything compiles and before npm's packages are there: Node's built-ins only, Node 20 too.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ensureImage, hasImage } from '../lib/dev-cloud/images/ensure.mjs'
import { distribution } from '../lib/dev-cloud/images/host-apt.mjs'
import { spokenProgress } from '../lib/dev-cloud/images/spoken.mjs'
import { prepareAsUser } from './machines-as-user.mjs'

/** The image whose layer is below all others. The cloud builds the rest by itself, when it is up. */
export const BASE_IMAGE = 'debian-12'
/** What a machine is started with, and what its image is built with; each with the Debian package that has it. */
const TO_RUN = { unshare: 'util-linux', nsenter: 'util-linux', mount: 'mount', ip: 'iproute2' }
/** What security groups filter with; everything else works without it, and the cloud says at its start what is lacking. */
const TO_FILTER = { nft: 'nftables' }
/** With what an ordinary user needs, so that the next start can do without root. */
const TO_BUILD = { mmdebstrap: 'mmdebstrap', tar: 'tar', setpriv: 'util-linux', newuidmap: 'uidmap' }

/** Where images are kept between checkouts. */
export function imageFolder(cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'astrolabe')) {
  return join(cacheFolder, 'images')
}

/**
 * Makes this computer ready to carry machines, or says why it cannot. Never throws for want of something:
 * everything but machines works without.
 * @param {{ log: (line: string) => void, cacheFolder?: string }} options
 * @returns {Promise<{ machines: true, imageFolder: string } | { machines: false, imageFolder: string, reason: string }>}
 */
export async function prepareMachines({ log, cacheFolder }) {
  const folder = imageFolder(cacheFolder)
  const no = (reason) => ({ machines: false, imageFolder: folder, reason })
  if (process.platform !== 'linux') return no('Machines need Linux; everything else works.')
  const ready = hasImage(folder, BASE_IMAGE)
  const packages = missing(ready ? TO_RUN : { ...TO_RUN, ...TO_BUILD })
  try {
    if (process.getuid() !== 0) {
      const refusal = await prepareAsUser({ log, cacheFolder: dirname(folder), packages, ready })
      return refusal ? no(refusal) : { machines: true, imageFolder: folder }
    }
    if (packages.length > 0) {
      const refusal = await install(packages, log)
      if (refusal) return no(refusal)
    }
    // Only where packages are fetched anyway: a start without a network is not to wait for one.
    if (!ready) await installWished(missing(TO_FILTER), log)
    await ensureBaseImage(folder, log)
    return { machines: true, imageFolder: folder }
  } catch (error) {
    log(`No machines: ${error.message}`)
    return no(error.message.split('\n')[0])
  }
}

async function ensureBaseImage(folder, log) {
  if (!hasImage(folder, BASE_IMAGE))
    log("Building the machines' base image, once for this computer (about a minute, some 80 MB from your own apt mirror).")
  const spoken = spokenProgress(log)
  try {
    const { built } = await ensureImage({ imageFolder: folder, name: BASE_IMAGE, onProgress: spoken.onProgress })
    if (built.length > 0) log(`Base image ready after ${spoken.seconds()} s.`)
  } finally {
    spoken.stop()
  }
}

function missing(programs) {
  const folders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin']
  const absent = Object.entries(programs).filter(([name]) => !folders.some((folder) => existsSync(join(folder, name))))
  return [...new Set(absent.map(([, name]) => name))]
}

async function install(packages, log) {
  const line = `apt-get install -y ${packages.join(' ')}`
  if (!['debian', 'ubuntu'].includes(distribution().id))
    return `Missing here: ${packages.join(', ')}. Install them with this system's package manager.`
  if (process.env.ASTROLABE_NO_APT === '1') {
    log(`ASTROLABE_NO_APT=1: not installing ${packages.join(', ')}. For machines, run: ${line}`)
    return `Missing: ${packages.join(', ')} (ASTROLABE_NO_APT=1).`
  }
  log(`Installing what machines need (${packages.join(', ')}) with apt-get.`)
  if (noLists()) await apt(['update'], log)
  const wanted = ['install', '-y', '--no-install-recommends', ...packages]
  try {
    await apt(wanted, log)
  } catch {
    // The lists may be older than the mirror.
    log('  apt-get did not succeed; refreshing its lists and trying once more.')
    await apt(['update'], log)
    await apt(wanted, log)
  }
  return null
}

async function installWished(packages, log) {
  if (packages.length === 0) return
  try {
    await install(packages, log)
  } catch (error) {
    log(`  Not installed: ${error.message.split('\n')[0]}`)
  }
}

function noLists(folder = '/var/lib/apt/lists') {
  return !existsSync(folder) || !readdirSync(folder).some((name) => name.includes('_Packages'))
}

/** An archive folder of its own: on some images a hook empties the common one in the middle of an installation. */
function apt(words, log) {
  const archives = mkdtempSync(join(tmpdir(), 'astrolabe-apt-'))
  mkdirSync(join(archives, 'partial'))
  const options = ['-q', '-o', 'DPkg::Lock::Timeout=300', '-o', `Dir::Cache::archives=${archives}`, '-o', 'APT::Sandbox::User=root']
  const child = spawn('apt-get', [...options, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
  })
  let last = ''
  const remember = (text) => {
    last = (last + text).slice(-4000)
  }
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', remember)
  const began = performance.now()
  const heart = setInterval(() => log(`  apt-get ${words[0]} (${Math.round((performance.now() - began) / 1000)} s)`), 4000)
  return new Promise((done, reject) => {
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? done() : reject(new Error(`apt-get ${words[0]} ended with ${code}\n${last}`))))
  }).finally(() => {
    clearInterval(heart)
    rmSync(archives, { recursive: true, force: true })
  })
}
