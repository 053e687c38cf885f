// The supervisor behind `npm start`: the database, the embedded cloud, the application and the gateway, started in that order and stopped in
// the reverse one. A part that dies is started again; Ctrl-C stops everything and leaves nothing behind but .data.
//   node scripts/start.mjs [--dev]
import { spawn } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { migrate } from '../prisma/migrate.mjs'
import { startDatabase } from './database.mjs'
import { closeOwnRoot, openOwnRoot } from './own-root.mjs'

const began = performance.now()
const root = resolve(import.meta.dirname, '..')
process.chdir(root)
const dev = process.argv.includes('--dev')
const dist = process.env.ASTROLABE_DIST ?? '.next'
const data = resolve(process.env.ASTROLABE_DATA ?? '.data')
const say = (line) => console.log(line)

mkdirSync(data, { recursive: true, mode: 0o700 })
let stopping = false
/** What must be undone, newest last. */
const stops = []

function keptSecretKey() {
  const file = join(data, 'secret-key')
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx' })
  return readFileSync(file, 'utf8').trim()
}

const isFree = (port, host) =>
  new Promise((done) => {
    const server = net.createServer()
    server.once('error', () => done(false))
    server.listen(port, host, () => server.close(() => done(true)))
  })

/** A free port below those that the system hands out for outgoing connections: none of ours may happen to take it before it is used. */
async function anyPort() {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    if (await isFree(port, '127.0.0.1')) return port
  }
}

/** The port that was asked for, or the one used last time, or the next free one. */
async function choosePort(asked, preferred, name) {
  if (asked) return Number(asked)
  const file = join(data, `port-${name}`)
  const last = existsSync(file) ? Number(readFileSync(file, 'utf8')) : preferred
  for (const port of [last, ...Array.from({ length: 40 }, (_, index) => preferred + 2 * index)]) {
    if (await isFree(port, '127.0.0.1')) {
      writeFileSync(file, String(port))
      return port
    }
    say(`  Port ${port} is taken.`)
  }
  throw new Error(`No free port near ${preferred} for ${name}.`)
}

/**
 * What passes through these two lives for moments (docs/decisions/012): with little room for what is new it is cleared away often and in
 * passing. With more it would wait, outside of the runtime's own heap, for a tour of everything that there is, with all helping threads at once.
 * The gateway has the rest cleared away when nobody types (lib/terminal/tidy-when-quiet.ts).
 */
const flags = { gateway: ['--max-semi-space-size=4', '--expose-gc'], 'embedded cloud': ['--max-semi-space-size=2'] }
/** mallopt(3), M_MMAP_THRESHOLD: what a gateway keeps of a shell lies apart, and not between what was thrown away. */
const allocator = { MALLOC_MMAP_THRESHOLD_: '131072' }

/** Starts one process of the product and resolves with the message it sends when it is ready. @param before words of what it is started by */
function startProcess(name, env, before = async () => []) {
  const entry = dev ? ['--import', 'tsx', 'lib/server.ts'] : ['--enable-source-maps', join(dist, 'astrolabe', 'server.mjs')]
  const args = [...(flags[name] ?? []), ...entry]
  let child
  let failures = 0
  let first = true
  return new Promise((ready, failed) => {
    const launch = async () => {
      const [program, ...words] = [...(await before()), process.execPath, ...args]
      if (stopping) return
      const startedAt = Date.now()
      // Detached: Ctrl-C reaches the whole foreground group, but the order of stopping is ours.
      child = spawn(program, words, {
        cwd: root,
        detached: true,
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        env: {
          ...process.env,
          ...env,
          ASTROLABE_DATA: data,
          ASTROLABE_DIST: dist,
          NODE_ENV: dev ? 'development' : 'production',
          NEXT_TELEMETRY_DISABLED: '1',
        },
      })
      child.once('message', (message) => {
        if (first) ready(message)
        first = false
      })
      child.once('exit', (code, signal) => {
        if (stopping) return
        if (first) return failed(new Error(`The ${name} did not start (${signal ?? code}).`))
        failures = Date.now() - startedAt > 60_000 ? 0 : failures + 1
        const pause = Math.min(100 * 2 ** failures, 10_000)
        console.error(`The ${name} ended (${signal ?? code}). Starting it again.`)
        setTimeout(() => stopping || void launch().catch(failed), pause)
      })
    }
    void launch().catch(failed)
    stops.push(() => stopProcess(child, name))
  })
}

async function stopProcess(child, name) {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((done) => child.once('exit', done))
  child.kill('SIGTERM')
  const late = setTimeout(() => {
    console.error(`The ${name} does not stop; ending it.`)
    child.kill('SIGKILL')
  }, 15_000)
  await ended
  clearTimeout(late)
}

async function stopAll(code) {
  if (stopping) return
  stopping = true
  say('\nStopping: terminals close, machines are switched off, their disks stay.')
  for (const stop of stops.reverse()) await stop().catch((error) => console.error(error.message))
  say('Stopped.')
  process.exit(code)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stopAll(0))
// Whoever started us with a channel (tests, benches) has died: nobody else would stop us.
process.once('disconnect', () => void stopAll(0))

async function database() {
  const running = await startDatabase({ folder: data })
  if (!process.env.DATABASE_URL) stops.push(running.stop)
  const applied = await migrate(running.url)
  if (applied.length) say(`· Database brought up to date (${applied.length} migration${applied.length === 1 ? '' : 's'}).`)
  return running.url
}

/** The embedded cloud: only in the demo, only where no other cloud was named. */
async function cloud() {
  // A public address on loopback (a balancer before several processes) is still the demo: lib/config.ts.
  const elsewhere = process.env.ASTROLABE_PUBLIC_URL && !/^http:\/\/127\.0\.0\.1(:\d+)?\/?$/.test(process.env.ASTROLABE_PUBLIC_URL)
  if (process.env.OS_CLOUD || elsewhere) return { env: {} }
  const own = await ownRoot()
  const ready = await startProcess('embedded cloud', { ROLES: 'dev-cloud' }, own.before)
  const env = { OS_CLIENT_CONFIG_FILE: ready.cloudsYaml, OS_CLOUD: 'dev' }
  const noMachines = ready.noMachines && (own.why ?? ready.noMachines)
  return { env: noMachines ? { ...env, ASTROLABE_NO_MACHINES: noMachines } : env, noMachines, machines: ready.machines, lacks: ready.lacks }
}

/** An ordinary user's embedded cloud runs in a user namespace in which that account is root; `why` it cannot. */
async function ownRoot() {
  if (process.platform !== 'linux' || process.getuid() === 0 || !['', 'auto'].includes(process.env.ASTROLABE_DEV_CLOUD_DRIVER ?? ''))
    return {}
  const folder = join(data, 'dev-cloud')
  const tried = await openOwnRoot(folder)
  if (tried.words === undefined) return { why: `This computer cannot run machines: ${tried.reason}. ${tried.remedy}` }
  stops.push(() => closeOwnRoot(folder))
  return { before: async () => (await openOwnRoot(folder)).words ?? [] }
}

/** What carries the machines, what they lack, and how that is mended. */
function machinesSaid({ noMachines, machines, lacks = [] }) {
  if (noMachines) return `\n  No machines here: ${noMachines}\n`
  const said = machines?.includes('NO ISOLATION') ? `\u001b[1;31m${machines}\u001b[0m` : machines
  return said ? `  Machines          ${[said, ...lacks].join('\n                    ')}\n` : ''
}

/**
 * Pages and terminals do not share a process: who renders a page would be felt at every key that somebody types meanwhile. The gateway
 * listens and stands before the pages.
 */
async function startApplication(env) {
  if (process.env.ROLES) return startProcess('application', env)
  const apart = { ...env, ASTROLABE_PAGES_PORT: String(await anyPort()) }
  const [ready] = await Promise.all([
    startProcess('application', { ...apart, ROLES: 'web,worker,course' }),
    startProcess('gateway', { ...allocator, ...apart, ROLES: 'gateway' }),
  ])
  return ready
}

try {
  const port = await choosePort(process.env.PORT, 3000, 'web')
  const coursePort = await choosePort(process.env.ASTROLABE_COURSE_PORT, 3001, 'course')
  // The database stops last, so its place in the list comes first.
  const databaseUrl = await database()
  const clouds = await cloud()
  const env = {
    DATABASE_URL: databaseUrl,
    PORT: String(port),
    ASTROLABE_COURSE_PORT: String(coursePort),
    ASTROLABE_SECRET_KEY: process.env.ASTROLABE_SECRET_KEY ?? keptSecretKey(),
    ...clouds.env,
  }
  const ready = await startApplication(env)
  writeFileSync(
    join(data, 'running.json'),
    JSON.stringify({ pid: process.pid, databaseUrl, port, coursePort, publicUrl: process.env.ASTROLABE_PUBLIC_URL, ...clouds.env }),
    {
      mode: 0o600,
    },
  )
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  say(`
  Astrolabe is running (${seconds} s).

  ${ready.course ? `The course        ${ready.course}` : `The tool          ${ready.origin}`}
  Operator sign-in  ${ready.signIn ? `${ready.signIn}   (works once, for 30 minutes)` : 'npm run astrolabe -- admin invite --name NAME'}
${machinesSaid(clouds)}
  From another computer:  ssh -L ${port}:127.0.0.1:${port} -L ${coursePort}:127.0.0.1:${coursePort} ${process.env.USER ?? 'you'}@${hostname()}
  Ctrl-C stops everything; the next start continues with the disks as they are.
`)
  process.send?.({ ...ready, databaseUrl, data })
} catch (error) {
  console.error(error.message)
  await stopAll(1)
}
