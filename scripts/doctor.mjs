// `npm run astrolabe -- doctor`: what this computer can and cannot do for Astrolabe, and how to mend it. Node's built-ins only.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statfsSync } from 'node:fs'
import net from 'node:net'
import { freemem, homedir, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { checkUser } from './doctor-user.mjs'

const GiB = 1024 ** 3
const works = (command, args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0
const isRoot = process.getuid?.() === 0

/** @typedef {{ name: string, state: 'ok' | 'note' | 'bad', says: string, remedy?: string }} Finding */

/** @returns {Finding[]} */
function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  const old = major < 20 || (major === 20 && minor < 19)
  return [{ name: 'Node', state: old ? 'bad' : 'ok', says: process.version, remedy: old ? 'Install Node 20.19 or newer.' : undefined }]
}

function checkDisk() {
  const places = { 'this folder': process.cwd(), 'image cache': process.env.XDG_CACHE_HOME || join(homedir(), '.cache') }
  return Object.entries(places).map(([name, path]) => {
    const at = existsSync(path) ? path : homedir()
    const { bavail, bsize } = statfsSync(at)
    const free = (bavail * bsize) / GiB
    const state = free < 2 ? 'bad' : free < 5 ? 'note' : 'ok'
    return {
      name: `Disk (${name})`,
      state,
      says: `${free.toFixed(1)} GiB free`,
      remedy: state === 'ok' ? undefined : 'Dependencies need 1.5 GiB, the base image 0.5 GiB, each machine about 10 MiB to begin with.',
    }
  })
}

function checkMemory() {
  const available = /MemAvailable:\s+(\d+)/.exec(existsSync('/proc/meminfo') ? readFileSync('/proc/meminfo', 'utf8') : '')
  const free = available ? (Number(available[1]) * 1024) / GiB : freemem() / GiB
  const state = free < 1 ? 'bad' : free < 2 ? 'note' : 'ok'
  return [
    {
      name: 'Memory',
      state,
      says: `${free.toFixed(1)} of ${(totalmem() / GiB).toFixed(1)} GiB available`,
      remedy: state === 'ok' ? undefined : 'Building the pages needs about 1 GiB. Close something.',
    },
  ]
}

async function checkPrivileges() {
  if (process.platform !== 'linux')
    return [
      {
        name: 'Machines',
        state: 'bad',
        says: `${process.platform} cannot carry machines; everything else works`,
        remedy: 'Use Linux, or connect an OpenStack (README, "A real OpenStack").',
      },
    ]
  const findings = [{ name: 'Kernel', state: 'ok', says: release() }]
  const namespaces = works('unshare', ['-U', '-n', 'true'])
  findings.push(
    ...(isRoot ? [{ name: 'Privileges', state: 'ok', says: 'root: machines can be made' }] : await checkUser()),
    namespaces
      ? { name: 'User namespaces', state: 'ok', says: 'allowed' }
      : {
          name: 'User namespaces',
          state: 'bad',
          says: 'not allowed here',
          remedy: 'Allow them (sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns), or leave this container.',
        },
  )
  const overlay = existsSync('/proc/filesystems') && /\boverlay\b/.test(readFileSync('/proc/filesystems', 'utf8'))
  findings.push({
    name: 'Overlay file system',
    state: overlay ? 'ok' : 'bad',
    says: overlay ? 'in the kernel' : 'missing',
    remedy: overlay ? undefined : 'modprobe overlay',
  })
  const missing = ['mmdebstrap', 'ip', 'nsenter', 'unshare'].filter((program) => !works('sh', ['-c', `command -v ${program}`]))
  findings.push({
    name: 'Programs',
    state: missing.length ? 'note' : 'ok',
    says: missing.length ? `missing: ${missing.join(', ')}` : 'all there',
    remedy: missing.length
      ? 'npm start installs them as root on Debian and Ubuntu; else: sudo apt-get install -y mmdebstrap iproute2 util-linux'
      : undefined,
  })
  return findings
}

async function checkPorts() {
  const free = (port) =>
    new Promise((done) => {
      const server = net.createServer()
      server.once('error', () => done(false))
      server.listen(port, '127.0.0.1', () => server.close(() => done(true)))
    })
  const wanted = { web: process.env.PORT ?? 3000, course: process.env.ASTROLABE_COURSE_PORT ?? 3001 }
  const findings = []
  for (const [name, port] of Object.entries(wanted)) {
    const is = await free(Number(port))
    findings.push({
      name: `Port ${port} (${name})`,
      state: is ? 'ok' : 'note',
      says: is ? 'free' : 'taken',
      remedy: is ? undefined : 'npm start chooses the next free one; PORT and ASTROLABE_COURSE_PORT decide it.',
    })
  }
  return findings
}

function checkClock() {
  const year = new Date().getUTCFullYear()
  const sane = year >= 2026 && year < 2100
  return [
    {
      name: 'Clock',
      state: sane ? 'ok' : 'bad',
      says: new Date().toISOString(),
      remedy: sane ? undefined : 'Set the clock: launches are signed and live for minutes.',
    },
  ]
}

/** Prints the findings; resolves with whether nothing is bad. */
export async function doctor() {
  const findings = [
    ...checkNode(),
    ...checkDisk(),
    ...checkMemory(),
    ...(await checkPrivileges()),
    ...(await checkPorts()),
    ...checkClock(),
  ]
  const mark = { ok: 'ok  ', note: 'note', bad: 'BAD ' }
  for (const { name, state, says, remedy } of findings) {
    console.log(`${mark[state]}  ${name.padEnd(24)} ${says}`)
    if (remedy) console.log(`      ${' '.repeat(24)} ${remedy}`)
  }
  return findings.every(({ state }) => state !== 'bad')
}
