import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** The whole product as `npm start` runs it, with ports and folders of its own. */
export type Product = {
  /** Where browsers reach the tool, e.g. `http://127.0.0.1:41234`. */
  origin: string
  /** The demo course, on another site. */
  course: string
  /** The operator's one-time sign-in link. */
  signIn: string
  databaseUrl: string
  data: string
  /** Everything it printed. */
  output: () => string
  /** Stops it as Ctrl-C does; `keep` leaves its data for a next start over the same folder. */
  stop(options?: { keep?: boolean }): Promise<void>
}

/**
 * A port that nobody listens on, below those that the system hands out for outgoing connections: between now and its use, one of
 * the product's own connections must not happen to take it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer()
    server.once('error', () => done(false))
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)))
  })
}

type StartOptions = { data?: string; env?: Record<string, string | undefined>; as?: (command: string[]) => string[] }

/**
 * Starts the product and resolves when the course page can be opened.
 * @param options `data` continues an earlier folder; `env` is added to the environment; `as` makes its command one of somebody else
 */
export async function startProduct(options: StartOptions = {}): Promise<Product> {
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'astrolabe-e2e-'))
  const [port, coursePort] = await Promise.all([freePort(), freePort()])
  let output = ''
  const started = [process.execPath, resolve(import.meta.dirname, '..', 'scripts', 'start.mjs')]
  const [program = '', ...words] = options.as?.(started) ?? started
  const child = spawn(program, words, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
    env: {
      ...process.env,
      PORT: String(port),
      ASTROLABE_COURSE_PORT: String(coursePort),
      ASTROLABE_LOG: 'info',
      // What is measured and shown here is not to be disturbed by what is only built ahead.
      ASTROLABE_IMAGES: 'asked',
      ...options.env,
      ASTROLABE_DATA: data,
    },
  })
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ready = await new Promise<{ origin: string; course: string; signIn: string; databaseUrl: string }>((done, failed) => {
    child.once('message', (message) => done(message as { origin: string; course: string; signIn: string; databaseUrl: string }))
    child.once('exit', (code) => failed(new Error(`The product ended (${code}) before it was ready:\n${output}`)))
  }).catch((error: unknown) => {
    if (options.data === undefined) rmSync(data, { recursive: true, force: true })
    throw error
  })
  return {
    ...ready,
    data,
    output: () => output,
    stop: async ({ keep = false } = {}) => {
      await stopChild(child)
      if (!keep) rmSync(data, { recursive: true, force: true })
    },
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((done) => child.once('exit', done))
  child.kill('SIGINT')
  await ended
}
