// `npm run astrolabe -- <command>`: finds the database of the running installation (or starts it for the moment) and runs the
// command line against it. `doctor`, `image` and `help` need neither.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

process.chdir(resolve(import.meta.dirname, '..'))
const [command] = process.argv.slice(2)
const data = resolve(process.env.ASTROLABE_DATA ?? '.data')
const dist = process.env.ASTROLABE_DIST ?? '.next'

if (command === 'doctor') {
  const { doctor } = await import('./doctor.mjs')
  process.exit((await doctor()) ? 0 : 1)
}

if (command === 'image') {
  const { images } = await import('./images.mjs')
  process.exit(
    await images(process.argv.slice(3)).catch((error) => {
      console.error(error.message)
      return 1
    }),
  )
}

if (command === 'dev-cloud') {
  const { devCloud } = await import('./dev-cloud.mjs')
  process.exit(await devCloud(process.argv.slice(3), { data }))
}

const program = join(dist, 'astrolabe', 'cli.mjs')
if (!existsSync(program)) {
  console.error('Nothing is built here yet. Run npm start once (or node scripts/setup.mjs --build).')
  process.exit(1)
}

function runningInstallation() {
  try {
    const found = JSON.parse(readFileSync(join(data, 'running.json'), 'utf8'))
    process.kill(found.pid, 0)
    return found
  } catch {
    return null
  }
}

const running = runningInstallation()
let database
if (!process.env.DATABASE_URL && !running && command !== 'help' && command !== undefined) {
  const { startDatabase } = await import('./database.mjs')
  const { migrate } = await import('../prisma/migrate.mjs')
  database = await startDatabase({ folder: data })
  await migrate(database.url)
}
const env = {
  ASTROLABE_DATA: data,
  ASTROLABE_LOG: 'warn',
  DATABASE_URL: running?.databaseUrl ?? database?.url ?? 'postgresql://127.0.0.1/none',
  ...(running ? { PORT: String(running.port), ASTROLABE_COURSE_PORT: String(running.coursePort) } : {}),
  ...(running?.publicUrl ? { ASTROLABE_PUBLIC_URL: running.publicUrl } : {}),
  ...(running?.OS_CLOUD ? { OS_CLOUD: running.OS_CLOUD, OS_CLIENT_CONFIG_FILE: running.OS_CLIENT_CONFIG_FILE } : {}),
  ...(existsSync(join(data, 'secret-key')) ? { ASTROLABE_SECRET_KEY: readFileSync(join(data, 'secret-key'), 'utf8').trim() } : {}),
  ...process.env,
}
const child = spawn(process.execPath, ['--enable-source-maps', program, ...process.argv.slice(2)], { stdio: 'inherit', env })
child.on('exit', async (code) => {
  await database?.stop()
  process.exit(code ?? 1)
})
