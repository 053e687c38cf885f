// Root without root: a user namespace of an ordinary user, in which that account is root and a range of subordinate ids is there for
// machines. Whatever makes machines or images runs in it as it would as real root; outside it remains the account that started it.
// Machines map their own ids to the subordinate ones, so that who breaks out of one is nobody, not that account.
// Node's built-ins only, Node 20 too: the set-up needs this before anything else is there.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Where the machines' ids begin inside, as they do for real root (`lib/dev-cloud/ns/disk.ts`). */
const FIRST_ID = 100_000
const IDS = 65_536
/** Each with the Debian package that has it. */
const PROGRAMS = { unshare: 'util-linux', nsenter: 'util-linux', newuidmap: 'uidmap', newgidmap: 'uidmap' }

/** @typedef {{ first: number, count: number }} Range */

/**
 * The ranges of an account in /etc/subuid or /etc/subgid (subuid(5)).
 * @param {string} text @param {string} name @param {number} uid
 * @returns {Range | null} the first that is large enough
 */
export function subordinateIds(text, name, uid) {
  for (const line of text.split('\n')) {
    const [owner, first, count] = line.trim().split(':')
    if ((owner === name || owner === String(uid)) && Number(count) >= IDS) return { first: Number(first), count: Number(count) }
  }
  return null
}

/**
 * What an account lacks for a root of its own, and all that root has to do about it in one line. Pure.
 * @param {{ packages: string[], account: { username: string, uid: number }, subuid: string, subgid: string, mostNamespaces: string,
 *   unprivileged: string }} facts `packages` are those that are missing, the others what the files of these names say
 * @returns {{ reason: string, remedy: string } | null}
 */
export function lacking({ packages, account: { username, uid }, subuid, subgid, mostNamespaces, unprivileged }) {
  const hasIds = [subuid, subgid].every((text) => subordinateIds(text, username, uid))
  const found = [
    packages.length > 0 && [`an ordinary user needs ${packages.join(' and ')} for machines`, `apt-get install -y ${packages.join(' ')}`],
    !hasIds && [
      `${username} has no ${IDS} subordinate ids in /etc/subuid and /etc/subgid`,
      `usermod --add-subuids ${FIRST_ID}-${FIRST_ID + IDS - 1} --add-subgids ${FIRST_ID}-${FIRST_ID + IDS - 1} ${username}`,
    ],
    mostNamespaces.trim() === '0' && ['user namespaces are switched off', 'sysctl user.max_user_namespaces=15000'],
    unprivileged.trim() === '0' && ['user namespaces are for root only', 'sysctl kernel.unprivileged_userns_clone=1'],
  ].filter(Boolean)
  if (found.length === 0) return null
  return {
    reason: found.map(([reason]) => reason).join(', and '),
    remedy: `Run once: ${found.map(([, command]) => `sudo ${command}`).join(' && ')}`,
  }
}

/**
 * Why this account cannot have a root of its own here, as far as that shows without trying.
 * @param {string[]} [others] packages that are missing besides
 */
export function whyNoOwnRoot(others = []) {
  const needed = Object.entries(PROGRAMS).flatMap(([program, from]) => (has(program) ? [] : [from]))
  return lacking({
    packages: [...new Set([...others, ...needed])],
    account: account(),
    subuid: read('/etc/subuid'),
    subgid: read('/etc/subgid'),
    mostNamespaces: read('/proc/sys/user/max_user_namespaces'),
    unprivileged: read('/proc/sys/kernel/unprivileged_userns_clone'),
  })
}

/** An account without an entry in /etc/passwd is known by its number only. */
function account() {
  try {
    return userInfo()
  } catch {
    return { username: String(process.getuid()), uid: process.getuid(), gid: process.getgid() }
  }
}

/**
 * Opens the root of this account, or finds the one that an earlier process left open for `folder`: machines that outlived it can be
 * reached from there only.
 * @param {string} folder where it is written down; made when it is not there
 * @returns {Promise<{ words: string[] } | { reason: string, remedy: string }>} `words` before a command run it as that root
 */
export async function openOwnRoot(folder) {
  const no = whyNoOwnRoot()
  if (no) return no
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const kept = readJson(join(folder, 'own-root.json'))
  if (isAlive(kept)) return { words: wordsFor(kept.pid) }
  endMachines(folder)
  const holder = spawn('unshare', ['-U', '--', 'sh', '-c', 'echo; exec sleep infinity'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    cwd: '/',
    detached: true,
  })
  try {
    await begun(holder)
    const { username, uid, gid } = account()
    for (const [program, file, own] of [
      ['newuidmap', '/etc/subuid', uid],
      ['newgidmap', '/etc/subgid', gid],
    ]) {
      const range = subordinateIds(read(file), username, uid)
      const map = [0, own, 1, FIRST_ID, range.first, IDS].map(String)
      const { status, stderr } = spawnSync(program, [String(holder.pid), ...map], { encoding: 'utf8' })
      if (status !== 0) throw new Error(`${program}: ${stderr.trim()}`)
    }
  } catch (error) {
    holder.kill('SIGKILL')
    return forbidden(error)
  }
  for (const stream of [holder.stdout, holder.stderr]) stream.destroy()
  holder.unref()
  writeFileSync(join(folder, 'own-root.json'), JSON.stringify(markOf(holder.pid)), { mode: 0o600 })
  return { words: wordsFor(holder.pid) }
}

/** Closes it. Machines that still run in it end: nobody would reach them any more. */
export async function closeOwnRoot(folder) {
  endMachines(folder)
  const file = join(folder, 'own-root.json')
  const kept = readJson(file)
  rmSync(file, { force: true })
  await end(kept)
}

/**
 * Runs one command as that root, for the time that it takes.
 * @param {string[]} command @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<{ code: number } | { reason: string, remedy: string }>}
 */
export async function throughOwnRoot(command, options) {
  const folder = mkdtempSync(join(tmpdir(), 'astrolabe-root-'))
  try {
    const root = await openOwnRoot(folder)
    if (root.words === undefined) return root
    const [program, ...words] = [...root.words, ...command]
    const child = spawn(program, words, options)
    const code = await new Promise((done, reject) => {
      child.once('error', reject)
      child.once('close', (status) => done(status ?? 1))
    })
    return { code }
  } finally {
    await closeOwnRoot(folder)
    rmSync(folder, { recursive: true, force: true })
  }
}

function wordsFor(pid) {
  return ['nsenter', '-t', String(pid), '-U', '-S', '0', '-G', '0', '--']
}

function begun(child) {
  let said = ''
  child.stderr.on('data', (text) => {
    said += text
  })
  return new Promise((done, reject) => {
    child.once('error', reject)
    child.once('exit', () => reject(new Error(said.trim() || 'unshare ended')))
    child.stdout.once('data', done)
  })
}

function forbidden(error) {
  const detail = error instanceof Error ? error.message.split('\n')[0] : String(error)
  if (read('/proc/sys/kernel/apparmor_restrict_unprivileged_userns').trim() === '1') {
    return {
      reason: `AppArmor keeps user namespaces from ordinary users (${detail})`,
      remedy: 'Run: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0, or start with: sudo npm start',
    }
  }
  return {
    reason: `the kernel or its container allows an ordinary user no user namespace (${detail})`,
    remedy: 'Start it with: sudo npm start',
  }
}

/** Machines whose root is gone can be reached by nobody any more; their disks can. */
function endMachines(folder) {
  for (const [part, key] of [
    ['records', 'process'],
    ['spaces', 'keeper'],
  ]) {
    const at = join(folder, 'machines', part)
    const names = existsSync(at) ? readdirSync(at).filter((name) => name.endsWith('.json')) : []
    for (const name of names) {
      const mark = readJson(join(at, name))?.[key]
      if (isAlive(mark)) process.kill(mark.pid, 'SIGKILL')
    }
  }
}

async function end(mark) {
  if (!isAlive(mark)) return
  process.kill(mark.pid, 'SIGKILL')
  for (let round = 0; round < 200 && isAlive(mark); round++) await delay(5)
}

/** As `ProcessMark` of `lib/dev-cloud/ns/process.ts`: ids are used again, start times within one boot are not. */
function markOf(pid) {
  return { pid, started: startTime(pid), boot: bootId() }
}

function isAlive(mark) {
  return Boolean(mark?.pid) && mark.boot === bootId() && startTime(mark.pid) === mark.started
}

function startTime(pid) {
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? '')
}

function bootId() {
  return read('/proc/sys/kernel/random/boot_id').trim()
}

function has(program) {
  return ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((folder) => existsSync(join(folder, program)))
}

function readJson(path) {
  try {
    return JSON.parse(read(path))
  } catch {
    return null
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
