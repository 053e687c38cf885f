// What a cloud left on this host: `node scripts/leftovers.mjs FOLDER` prints it and exits 1; clean: nothing and 0.
// FOLDER is the driver's (what `createDriver` got) or one above it, such as `.data`. Node's built-ins only; changes nothing.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * Lists processes, mounts, namespaces, control groups and a changed setting that belong to the clouds in `folder`.
 * @param {string} folder
 * @returns {string[]} one line each; empty when clean
 */
export function leftovers(folder) {
  const path = existsSync(folder) ? realpathSync(folder) : resolve(folder)
  return [path, ...cloudsBelow(path, 3)].flatMap((each) => leftoversOf(each))
}

/** The folders of drivers: they keep their records beside their machines. */
export function cloudsBelow(path, depth) {
  if (depth === 0 || !existsSync(path)) return []
  const names = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
  return names.flatMap(({ name }) => {
    const child = join(path, name)
    const isCloud = ['records', 'spaces', 'machines'].every((part) => existsSync(join(child, part)))
    return isCloud ? [child] : cloudsBelow(child, depth - 1)
  })
}

/** What the driver of a folder calls all that is its own on this computer. */
export function markOfFolder(path) {
  return `astrolabe-${createHash('sha256').update(path).digest('hex').slice(0, 12)}`
}

/** In its control groups, or started by it. */
export function processesOf(mark) {
  const pids = new Set(controlGroups(mark).flatMap((group) => membersOf(group)))
  for (const pid of allProcesses()) if (read(`/proc/${pid}/environ`).split('\0').includes(`ASTROLABE_DEV_CLOUD=${mark}`)) pids.add(pid)
  return [...pids]
}

function leftoversOf(path) {
  const mark = markOfFolder(path)
  const groups = controlGroups(mark)
  const pids = new Set(processesOf(mark))
  const mounts = new Set(allProcesses().flatMap((pid) => mountsOf(pid, path)))
  const note = join(path, 'inotify.json')
  return [
    ...[...pids].map(
      (pid) =>
        `process ${pid}: ${read(`/proc/${pid}/cmdline`)
          .replace(/[\0\s]+/g, ' ')
          .trim()
          .slice(0, 100)}`,
    ),
    ...namespacesOf(pids).map((name) => `namespace ${name}`),
    ...groups.map((group) => `control group ${group}`),
    ...[...mounts].map((mount) => `mount ${mount}`),
    ...loopDevices(path).map((device) => `loop device ${device}`),
    ...(existsSync(note) ? [`setting fs.inotify.max_user_instances (was ${JSON.parse(read(note)).old})`] : []),
    ...(existsSync(`/run/astrolabe-inotify/${mark}`) ? [`file /run/astrolabe-inotify/${mark}`] : []),
  ]
}

function allProcesses() {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
}

export function controlGroups(mark) {
  const roots = read('/proc/self/mountinfo')
    .split('\n')
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => line.split(' ')[4])
  return roots.flatMap((root) => namedBelow(root, mark, DEEPEST)).flatMap((group) => below(group))
}

/** How deep systemd puts what it delegates to somebody (user.slice/user-1000.slice/user@1000.service/app.slice/run-1.scope), and one more. */
const DEEPEST = 7

/** Real root's groups are at the top; an ordinary user's are below the one that was handed to them. */
function namedBelow(path, name, depth) {
  if (existsSync(join(path, name))) return [join(path, name)]
  const children = depth === 0 ? [] : foldersIn(path).filter((child) => !/^(machine|space)-/.test(child))
  return children.flatMap((child) => namedBelow(join(path, child), name, depth - 1))
}

function foldersIn(path) {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
  } catch {
    return []
  }
}

function below(path) {
  if (!existsSync(path)) return []
  return [path, ...foldersIn(path).flatMap((child) => below(join(path, child)))]
}

/** Files of machines' disks, and volumes, that are devices just now. Known by their inodes: the kernel names them as the space sees them. */
export function loopDevices(folder) {
  const images = [
    ['machines', 'disk.img'],
    ['volumes', 'volume.img'],
  ]
  const files = images.flatMap(([kind, image]) => {
    const place = join(folder, kind)
    return existsSync(place) ? readdirSync(place).map((name) => join(place, name, image)) : []
  })
  const inodes = new Map(files.filter(existsSync).map((file) => [String(statSync(file).ino), file]))
  if (inodes.size === 0) return []
  const { stdout } = spawnSync('losetup', ['--list', '--noheadings', '--output', 'NAME,BACK-INO'], { encoding: 'utf8' })
  const devices = (stdout ?? '').split('\n').map((line) => line.trim().split(/\s+/))
  return devices.flatMap(([name, inode]) => (inodes.has(inode) ? [`${name} (${inodes.get(inode)})`] : []))
}

function membersOf(group) {
  return read(join(group, 'cgroup.procs')).split('\n').filter(Boolean)
}

/** A bind mount names its source's path in the fourth field, whatever it is mounted on. */
function mountsOf(pid, folder) {
  return read(`/proc/${pid}/mountinfo`)
    .split('\n')
    .filter((line) => {
      const [, , , root = '', at = ''] = line.split(' ')
      return [root, at].some((path) => path === folder || path.startsWith(`${folder}/`)) || line.includes(`=${folder}/`)
    })
    .map((line) => `${line.split(' ')[4]} (seen by process ${pid})`)
}

function namespacesOf(pids) {
  const own = new Set(['user', 'net', 'pid', 'mnt'].map((kind) => link(`/proc/self/ns/${kind}`)))
  const seen = [...pids].flatMap((pid) => ['user', 'net', 'pid', 'mnt'].map((kind) => link(`/proc/${pid}/ns/${kind}`)))
  return [...new Set(seen)].filter((name) => name !== '' && !own.has(name))
}

function link(path) {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = process.argv[2]
  if (!folder) {
    console.error('usage: node scripts/leftovers.mjs FOLDER')
    process.exit(2)
  }
  const found = leftovers(folder)
  for (const line of found) console.log(line)
  process.exit(found.length === 0 ? 0 : 1)
}
