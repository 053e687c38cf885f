// What an ordinary user can have of the embedded cloud's machines on this computer, for `doctor`. Node's built-ins only.
import { accessSync, constants, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { throughOwnRoot } from './own-root.mjs'

/** @returns {Promise<import('./doctor.mjs').Finding[]>} */
export async function checkUser() {
  const root = await throughOwnRoot(['true'], { stdio: 'ignore' })
  if (root.code === undefined) {
    const remedy = `${root.remedy}. Or start as root (sudo npm start), or connect an OpenStack.`
    return [{ name: 'Privileges', state: 'note', says: `no machines: ${root.reason}`, remedy }]
  }
  return [
    { name: 'Privileges', state: 'ok', says: 'ordinary user with a user namespace of their own: machines can be made' },
    controlGroup(),
    ...inotify(),
  ]
}

/** As `lib/dev-cloud/ns/standing.ts` looks for it, of cgroup v2 only: without that one the others are of no use. */
function controlGroup() {
  const mount = /^\S+ \S+ \S+ (\S+) (\S+) .* - cgroup2 /m.exec(read('/proc/self/mountinfo'))
  const own = process.env.DEV_CLOUD_CGROUP || /^0::(.*)$/m.exec(read('/proc/self/cgroup'))?.[1]
  const path = mount && own ? join(mount[2], own) : null
  if (path !== null && [path, join(path, 'cgroup.procs')].every(mayWrite))
    return { name: 'Control group', state: 'ok', says: `${own}: systemd on machines, freezing, limits` }
  return {
    name: 'Control group',
    state: 'note',
    says: 'none is ours: machines have a plain init, are suspended by SIGSTOP, and have no limits',
    remedy: 'Start it under: systemd-run --user --scope -p Delegate=yes npm start',
  }
}

function inotify() {
  const instances = Number(read('/proc/sys/fs/inotify/max_user_instances'))
  if (!instances || instances >= 1024) return []
  const says = `${instances} instances for each user: about ${Math.floor((instances - 20) / 9)} machines with systemd, others with a plain init`
  return [{ name: 'inotify', state: 'note', says, remedy: 'Run: sudo sysctl fs.inotify.max_user_instances=4096' }]
}

function mayWrite(path) {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
