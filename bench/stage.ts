import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { freePort } from '../e2e/product.ts'
import { migrate } from '../prisma/migrate.mjs'
import { startDatabase } from '../scripts/database.mjs'

/** One process of the product. */
export type Part = {
  pid: number
  output: () => string
  /** Resolves once it has ended, however. */
  ended: Promise<void>
  isOver: () => boolean
  /** Ends it, and resolves once it has. */
  kill: (signal: NodeJS.Signals) => Promise<void>
}

/** The product's database and embedded cloud, and what it takes to run the rest of it as separate processes. */
export type Stage = {
  data: string
  databaseUrl: string
  /** Where browsers reach the tool; whoever starts web processes sees to it that something answers there. */
  origin: string
  port: number
  course: string
  cloudsYaml: string
  cloud: Part
  /** Starts one process; resolves once it serves. */
  start: (roles: string, env?: Record<string, string>) => Promise<Part>
  /** Restarts the embedded database. */
  restartDatabase: () => Promise<void>
  close: () => Promise<void>
}

const root = resolve(import.meta.dirname, '..')
const server = join(root, process.env.ASTROLABE_DIST ?? '.next', 'astrolabe', 'server.mjs')

/** The product over a cloud that somebody else runs. */
export type Application = Omit<Stage, 'cloudsYaml' | 'cloud'>

/** @param env of every process, e.g. ASTROLABE_LABS; of the embedded cloud too */
export async function openStage(env: Record<string, string> = {}): Promise<Stage> {
  const ground = await prepare(env)
  const cloud = await ground.run({ ROLES: 'dev-cloud' })
  const cloudsYaml = cloud.ready.cloudsYaml ?? ''
  return { ...ground.over(cloudsYaml), cloudsYaml, cloud: cloud.part, close: () => ground.close(cloud.part) }
}

/** @param cloudsYaml where the cloud is described, under the name `dev` */
export async function openApplication(env: Record<string, string>, cloudsYaml: string): Promise<Application> {
  const ground = await prepare(env)
  return { ...ground.over(cloudsYaml), close: () => ground.close(null) }
}

async function prepare(env: Record<string, string>) {
  const data = mkdtempSync(join(tmpdir(), 'astrolabe-stage-'))
  const [port, coursePort] = await Promise.all([freePort(), freePort()])
  let database = await startDatabase({ folder: data })
  await migrate(database.url)
  const origin = `http://127.0.0.1:${port}`
  const common: NodeJS.ProcessEnv = {
    ...process.env,
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    ASTROLABE_LOG: 'info',
    ASTROLABE_IMAGES: 'asked',
    ...env,
    ASTROLABE_DATA: data,
    ASTROLABE_COURSE_PORT: String(coursePort),
    ASTROLABE_PUBLIC_URL: origin,
    ASTROLABE_SECRET_KEY: randomBytes(32).toString('base64'),
    PORT: String(port),
  }
  const parts = new Set<Part>()
  const run = async (more: NodeJS.ProcessEnv | Record<string, string>) => {
    const { part, ready } = await startPart({ ...common, ...more } as NodeJS.ProcessEnv)
    parts.add(part)
    void part.ended.then(() => parts.delete(part))
    return { part, ready }
  }
  return {
    run,
    over: (cloudsYaml: string): Omit<Application, 'close'> => ({
      data,
      databaseUrl: database.url,
      origin,
      port,
      course: `http://127.0.0.1:${coursePort}`,
      start: async (roles, more = {}) => {
        const settings = { ROLES: roles, DATABASE_URL: database.url, OS_CLIENT_CONFIG_FILE: cloudsYaml, OS_CLOUD: 'dev', ...more }
        return (await run(settings)).part
      },
      async restartDatabase() {
        await database.stop()
        database = await startDatabase({ folder: data, settings: { port: new URL(database.url).port } })
      },
    }),
    /** @param last what the others need until they have ended */
    async close(last: Part | null) {
      for (const part of parts) if (part !== last) await part.kill('SIGTERM')
      await last?.kill('SIGTERM')
      await database.stop()
      rmSync(data, { recursive: true, force: true })
    },
  }
}

type Ready = { cloudsYaml?: string; origin?: string }

async function startPart(env: NodeJS.ProcessEnv): Promise<{ part: Part; ready: Ready }> {
  const child: ChildProcess = spawn(process.execPath, ['--enable-source-maps', server], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-200_000)))
  const isOver = () => child.exitCode !== null || child.signalCode !== null
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  const ready = await new Promise<Ready>((done, failed) => {
    child.once('message', (message) => done(message as Ready))
    child.once('exit', (code, signal) =>
      failed(new Error(`${env.ROLES} ended (${signal ?? code}) before it was ready:\n${output.slice(-4000)}`)),
    )
  })
  const kill = async (signal: NodeJS.Signals) => {
    if (!isOver()) child.kill(signal)
    await ended
  }
  return { part: { pid: child.pid ?? 0, output: () => output, ended, isOver, kill }, ready }
}

/** The embedded cloud's control address, which is no part of the product (docs/dev-cloud.md). */
export function controlOf(data: string): <T>(path: string, init?: { method?: string; body?: unknown }) => Promise<T> {
  const file = join(data, 'dev-cloud', 'control.json')
  if (!existsSync(file)) throw new Error('the embedded cloud has no control address')
  const { url, token } = JSON.parse(readFileSync(file, 'utf8')) as { url: string; token: string }
  return async <T>(path: string, { method = 'GET', body }: { method?: string; body?: unknown } = {}) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    if (!answer.ok) throw new Error(`control ${method} ${path}: ${answer.status} ${await answer.text()}`)
    return (answer.status === 204 ? null : await answer.json()) as T
  }
}
