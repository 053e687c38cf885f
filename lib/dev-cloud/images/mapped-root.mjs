// Where layers are built: namespaces whose root is an ordinary account of this host. What maintainer scripts and commands do there as
// root, they do as nobody outside.
import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { FIRST_ID, IDS } from './recipe.mjs'

/**
 * Opens a user and a mount namespace in which `folders` appear below a place that their root may reach, wherever they are outside.
 * They end with this process, or with `close`.
 * @param {{ imageFolder: string }} options
 */
export async function openMappedRoot({ imageFolder }) {
  const slot = ['/mnt', '/srv', '/media', '/opt'].find((path) => existsSync(path) && !`${imageFolder}/`.startsWith(`${path}/`))
  if (slot === undefined) throw new Error('none of /mnt, /srv, /media and /opt is free to be covered')
  const script = `mount --make-rprivate /
mount -t tmpfs -o mode=755,size=64k,nosuid,nodev slot ${slot}
mount -o rbind,X-mount.mkdir "$1" ${slot}/images
exec unshare -U -m -- sh -c 'echo ready; exec sleep 86400'`
  const keeper = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '-m', '--', 'sh', '-ec', script, 'sh', imageFolder], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
  })
  const said = collect(keeper.stderr)
  await new Promise((done, reject) => {
    keeper.once('error', reject)
    keeper.once('exit', () => reject(new Error(`this computer allows no user namespaces: ${said()}`)))
    keeper.stdout.once('data', done)
  })
  for (const map of ['uid_map', 'gid_map']) writeFileSync(`/proc/${keeper.pid}/${map}`, `0 ${FIRST_ID} ${IDS}\n`)
  return {
    /** Where the image folder is, inside. */
    images: `${slot}/images`,
    /**
     * Starts a program in there as root, as the first process of a process namespace that ends with it.
     * @param {string[]} words @param {{ env: Record<string, string>, stdin?: string, niceness?: number }} options
     */
    start(words, { env, stdin = '', niceness = 0 }) {
      const enter = ['nsenter', '-t', String(keeper.pid), '-U', '-m', '-S', '0', '-G', '0', '--', 'setpriv', '--pdeathsig', 'KILL']
      const alone = ['unshare', '-m', '-p', '-u', '-i', '--fork', '--kill-child', '--mount-proc', '--']
      const child = spawn('nice', ['-n', String(niceness), ...enter, ...alone, ...words], {
        stdio: ['pipe', 'pipe', 'pipe'],
        cwd: '/',
        env: {
          PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
          LC_ALL: 'C',
          DEBIAN_FRONTEND: 'noninteractive',
          ...env,
        },
      })
      // Who ends before it has read everything says why by its exit code.
      child.stdin.on('error', () => undefined)
      child.stdin.end(stdin)
      return child
    },
    close: () => keeper.kill('SIGKILL'),
  }
}

/** @param {import('node:stream').Readable} stream @returns {() => string} the last of what it said */
export function collect(stream) {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (more) => {
    text = (text + more).slice(-4000)
  })
  return () => text.trim()
}

/** Calls `onLine` for each line of a stream. */
export function eachLine(stream, onLine) {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (more) => {
    const lines = (rest + more).split(/[\r\n]+/)
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') onLine(line)
  })
}

/** Resolves once a program has ended well. @throws Error with the last that it said */
export function ended(child, name, said) {
  return new Promise((done, reject) => {
    child.once('error', (cause) => reject(new Error(`${name} could not be started`, { cause })))
    child.once('close', (code, signal) => {
      if (code === 0) done()
      else reject(new Error(`${name} ended with ${signal ?? code}:\n${said()}`))
    })
  })
}
