// The disk that every machine of the embedded cloud starts from: a small Debian (or Ubuntu) made from this host's own
// apt sources. The recipe is data; its hash names the result, so that nothing is ever built twice. Node's built-ins only.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
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
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { recipe } from './base-image-recipe.mjs'
import { aptSources, distribution } from './host-apt.mjs'

/** Where the ids of the machines begin on this host: inside 0, outside 100000. The driver maps the same range. */
const FIRST_ID = 100_000
const IDS = 65_536
/** The name under which the product's templates ask for it. */
export const IMAGE_NAME = 'debian-12'

/**
 * Builds the base image unless it is there already, and points `<imageFolder>/debian-12` at it.
 * Safe against a second builder (it waits) and against an earlier one that was killed (its remains are removed).
 * @param {{ imageFolder: string, onProgress?: (line: string) => void }} options
 * @returns {Promise<{ path: string, built: boolean }>} the folder that holds `rootfs`
 */
export async function ensureBaseImage({ imageFolder, onProgress = () => {} }) {
  const name = `${IMAGE_NAME}-${recipeHash()}`
  const path = join(imageFolder, name)
  if (isComplete(path)) {
    point(imageFolder, name)
    return { path, built: false }
  }
  mkdirSync(imageFolder, { recursive: true, mode: 0o755 })
  return exclusively({ folder: imageFolder, done: () => isComplete(path), onProgress }, async () => {
    const built = !isComplete(path)
    if (built) {
      removePartials(imageFolder)
      await build({ imageFolder, path, onProgress })
    }
    point(imageFolder, name)
    return { path, built }
  })
}

/** Whether the image of the present recipe stands ready in `imageFolder`. */
export function hasBaseImage(imageFolder) {
  return isComplete(join(imageFolder, `${IMAGE_NAME}-${recipeHash()}`))
}

function recipeHash() {
  const { codename } = distribution()
  return createHash('sha256')
    .update(JSON.stringify({ recipe, codename, FIRST_ID, arch: process.arch }))
    .digest('hex')
    .slice(0, 16)
}

function isComplete(path) {
  return existsSync(join(path, 'complete'))
}

/** The name leads to the image that was wanted last; a machine remembers the folder itself, so an older one stays valid. */
function point(imageFolder, name) {
  const link = join(imageFolder, IMAGE_NAME)
  try {
    if (readlinkSync(link) === name) return
  } catch {
    // not there yet
  }
  const fresh = join(imageFolder, `.link-${process.pid}`)
  rmSync(fresh, { force: true })
  symlinkSync(name, fresh)
  renameSync(fresh, link)
}

async function build({ imageFolder, path, onProgress }) {
  const began = performance.now()
  const partial = join(imageFolder, `.partial-${process.pid}`)
  const rootfs = join(partial, 'rootfs')
  const temporary = join(partial, 'tmp')
  mkdirSync(rootfs, { recursive: true })
  mkdirSync(temporary, { mode: 0o755 })
  chownSync(rootfs, FIRST_ID, FIRST_ID)
  chmodSync(rootfs, 0o755)
  onProgress("Building the machines' base image, once for this machine (about a minute, some 80 MB from your own apt mirror).")
  const heart = heartbeat(onProgress, began)
  try {
    await bootstrap({ rootfs, temporary, onStep: heart.step })
    heart.step('writing its configuration')
    for (const file of recipe.files) writeFile(rootfs, file)
    for (const unit of recipe.masked) mask(rootfs, `etc/systemd/system/${unit}`)
    for (const generator of recipe.maskedGenerators) mask(rootfs, `etc/systemd/system-generators/${generator}`)
    rmSync(temporary, { recursive: true, force: true })
    writeFileSync(join(partial, 'complete'), `${JSON.stringify({ packages: recipe.packages })}\n`)
    renameSync(partial, path)
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    throw error
  } finally {
    heart.stop()
  }
  onProgress(`Base image ready after ${Math.round((performance.now() - began) / 1000)} s.`)
}

/** Silence for more than a few seconds looks like a hang. */
function heartbeat(onProgress, began) {
  let step = 'starting'
  const say = () => onProgress(`  base image: ${step} (${Math.round((performance.now() - began) / 1000)} s)`)
  const timer = setInterval(say, 4000)
  return {
    step: (next) => {
      step = next
    },
    stop: () => clearInterval(timer),
  }
}

/** mmdebstrap writes a tar; a tar in a user namespace unpacks it, which shifts every id and keeps setuid bits. */
async function bootstrap({ rootfs, temporary, onStep }) {
  const { codename } = distribution()
  const mapped = await mappedNamespace()
  try {
    const customize = `chroot "$1" sh -ec ${quote(recipe.commands.join('\n'))}`
    const options = [
      '--mode=root',
      '--format=tar',
      '--variant=minbase',
      `--include=${recipe.packages.join(',')}`,
      '--dpkgopt=force-unsafe-io',
      ...recipe.excluded.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
      ...recipe.included.map((pattern) => `--dpkgopt=path-include=${pattern}`),
      `--customize-hook=${customize}`,
    ]
    // Namespaces of its own, which end with us: no process and no mount of it stays behind, whatever happens.
    const alone = ['--pdeathsig', 'KILL', 'unshare', '-m', '-p', '--fork', '--kill-child', '--mount-proc', '--']
    const maker = spawn('setpriv', [...alone, 'mmdebstrap', ...options, codename, '-', '-'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, TMPDIR: temporary, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive', ...proxies() },
    })
    maker.stdin.end(aptSources(codename))
    const unpacker = spawn(
      'nsenter',
      ['-t', String(mapped.pid), '-U', '-S', '0', '-G', '0', '--', 'tar', '--numeric-owner', '--exclude=./dev/*', '-xpf', '-'],
      { stdio: [maker.stdout, 'ignore', 'pipe'], cwd: rootfs },
    )
    maker.stdout.destroy()
    const said = watchSteps(maker.stderr, onStep)
    await Promise.all([ended(maker, 'mmdebstrap', () => said.join('\n')), ended(unpacker, 'tar', collect(unpacker.stderr))])
  } finally {
    mapped.kill('SIGKILL')
  }
}

async function mappedNamespace() {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '-U', '--', 'sh', '-c', 'echo; exec sleep 3600'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await new Promise((done, reject) => {
    child.once('error', reject)
    child.once('exit', () => reject(new Error('this machine allows no user namespaces')))
    child.stdout.once('data', done)
  })
  for (const map of ['uid_map', 'gid_map']) writeFileSync(`/proc/${child.pid}/${map}`, `0 ${FIRST_ID} ${IDS}\n`)
  return child
}

/** Keeps the last lines for an error, and tells what goes on in words. */
function watchSteps(stream, onStep) {
  const last = []
  stream.setEncoding('utf8')
  stream.on('data', (text) => {
    for (const line of text.split(/[\r\n]+/)) {
      if (line.trim() === '') continue
      last.push(line)
      if (last.length > 40) last.shift()
      const step = /^I: (.*)/.exec(line)?.[1]
      if (step) onStep(step.replace(/\.\.\.$/, '').slice(0, 80))
    }
  })
  return last
}

function collect(stream) {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (more) => {
    text = (text + more).slice(-4000)
  })
  return () => text
}

function ended(child, name, said) {
  return new Promise((done, reject) => {
    child.once('error', (cause) => reject(new Error(`${name} could not be started`, { cause })))
    child.once('close', (code, signal) => {
      if (code === 0) done()
      else reject(new Error(`${name} ended with ${signal ?? code}:\n${said()}`))
    })
  })
}

function proxies() {
  const wanted = Object.entries(process.env).filter(([key]) => /^(https?|no|ftp)_proxy$/i.test(key))
  return Object.fromEntries(wanted)
}

function writeFile(rootfs, { path, content, mode = 0o644 }) {
  const target = join(rootfs, path)
  makeFolder(rootfs, dirname(path))
  rmSync(target, { force: true })
  writeFileSync(target, content)
  chmodSync(target, mode)
  chownSync(target, FIRST_ID, FIRST_ID)
}

function mask(rootfs, path) {
  makeFolder(rootfs, dirname(path))
  rmSync(join(rootfs, path), { force: true })
  symlinkSync('/dev/null', join(rootfs, path))
}

function makeFolder(rootfs, path) {
  if (path === '.' || existsSync(join(rootfs, path))) return
  makeFolder(rootfs, dirname(path))
  mkdirSync(join(rootfs, path), { mode: 0o755 })
  chownSync(join(rootfs, path), FIRST_ID, FIRST_ID)
}

function removePartials(imageFolder) {
  for (const name of readdirSync(imageFolder)) {
    if (!name.startsWith('.partial-')) continue
    const folder = join(imageFolder, name)
    // Never delete through a mount: behind it may be the host's own /dev.
    if (readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${folder}/`)) continue
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    } catch {
      // Rubbish that cannot be removed now is no reason not to build.
    }
  }
}

/** One builder at a time; the lock names its owner, so that a dead owner's lock is taken over. */
async function exclusively({ folder, done, onProgress }, work) {
  const lock = join(folder, '.lock')
  const began = performance.now()
  let said = 0
  while (!take(lock)) {
    if (performance.now() - said > 4000) {
      said = performance.now()
      onProgress(`  base image: another start is building it, waiting (${Math.round((said - began) / 1000)} s)`)
    }
    await delay(done() ? 20 : 200)
  }
  try {
    return await work()
  } finally {
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

function quote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`
}
