// Brings a checkout to a runnable state: dependencies, database client, the computer's own prerequisites, the build.
// Node's built-ins only: on a fresh clone nothing else exists yet. Each step is skipped while what it depends on is unchanged.
//   node scripts/setup.mjs [--machines] [--build]
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
process.chdir(root)

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Astrolabe needs Node 20.19 or newer to install itself; this is ${process.version}.`)
  process.exit(1)
}

const environment = {
  ...process.env,
  NEXT_TELEMETRY_DISABLED: '1',
  CHECKPOINT_DISABLE: '1',
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  NODE_NO_WARNINGS: '1',
}

/** Runs a program, saying what it is for, how long it usually takes, and that it still runs at least every five seconds. */
function run(title, usual, command, args, extra = {}) {
  const began = Date.now()
  const seconds = () => Math.round((Date.now() - began) / 1000)
  console.log(`· ${title} (usually ${usual})`)
  return new Promise((done, failed) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...environment, ...extra } })
    const output = []
    child.stdout.on('data', (chunk) => output.push(chunk))
    child.stderr.on('data', (chunk) => output.push(chunk))
    const beat = setInterval(() => console.log(`  … ${seconds()} s`), 4_500)
    child.on('error', failed)
    child.on('close', (code) => {
      clearInterval(beat)
      if (code === 0) {
        console.log(`  done in ${seconds()} s`)
        return done()
      }
      process.stderr.write(Buffer.concat(output))
      failed(new Error(`${title}: failed (${code}). What it printed stands above.`))
    })
  })
}

const skipped = new Set(['node_modules', 'generated', '.data'])

function digest(...paths) {
  const hash = createHash('sha256')
  const visit = (path) => {
    if (!existsSync(path)) return
    if (!statSync(path).isDirectory()) {
      hash.update(path).update('\0').update(readFileSync(path))
      return
    }
    for (const name of readdirSync(path).sort()) if (!skipped.has(name) && !name.startsWith('.next')) visit(join(path, name))
  }
  for (const path of paths) visit(path)
  return hash.update(`${process.platform}-${process.arch}`).digest('hex')
}

async function step(name, key, present, work) {
  const stamp = join('node_modules', '.cache', 'astrolabe', name)
  if (present() && existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return
  rmSync(stamp, { force: true })
  await work()
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, key)
}

async function dependencies() {
  await step(
    'install',
    digest('package.json', 'package-lock.json'),
    () => existsSync('node_modules/next/package.json'),
    () => {
      const args = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']
      const npm = process.env.npm_execpath
      return npm
        ? run('Installing the dependencies', '30 s', process.execPath, [npm, ...args])
        : run('Installing the dependencies', '30 s', 'npm', args)
    },
  )
}

/** The Node that came with the dependencies, where there is one for this computer. */
function bundledNode() {
  const bundled = join('node_modules', '.bin', 'node')
  return existsSync(bundled) ? bundled : process.execPath
}

async function databaseClient() {
  const key = digest('prisma/schema.prisma', 'prisma.config.ts', 'package-lock.json')
  // `generate` never runs the schema engine, but wants to fetch one: any program in its place keeps it from trying.
  await step(
    'generate',
    key,
    () => existsSync('lib/generated/prisma/client.ts'),
    () =>
      run('Generating the database client', '1 s', bundledNode(), ['node_modules/prisma/build/index.js', 'generate'], {
        PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true',
      }),
  )
}

async function build() {
  const dist = process.env.ASTROLABE_DIST ?? '.next'
  const key = digest(
    'app',
    'components',
    'lib',
    'prisma',
    'next.config.ts',
    'postcss.config.mjs',
    'tsconfig.json',
    'package-lock.json',
    'scripts/bundle.mjs',
  )
  await step(
    `build${dist}`,
    key,
    () => existsSync(join(dist, 'BUILD_ID')) && existsSync(join(dist, 'astrolabe', 'server.mjs')),
    async () => {
      await run('Building the pages', '20 s', bundledNode(), ['node_modules/next/dist/bin/next', 'build'], {
        NODE_ENV: 'production',
        ASTROLABE_DIST: dist,
      })
      await run('Bundling the server', '1 s', bundledNode(), ['scripts/bundle.mjs'], { ASTROLABE_DIST: dist })
    },
  )
}

async function machines() {
  const { prepareMachines } = await import('./machines.mjs')
  const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'astrolabe')
  const result = await prepareMachines({ log: (line) => console.log(line), cacheFolder })
  if (!result.machines) console.log(`· No machines on this computer: ${result.reason}`)
}

try {
  await dependencies()
  await databaseClient()
  // One heavy thing at a time: the base image is made while nothing compiles.
  if (process.argv.includes('--machines')) await machines()
  if (process.argv.includes('--build')) await build()
} catch (error) {
  console.error(error.message)
  process.exit(1)
}
