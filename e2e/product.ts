import { type ChildProcess, fork } from 'node:child_process'
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

export function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer()
    server.once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address && typeof address === 'object' ? done(address.port) : failed(new Error('no port'))))
    })
  })
}

/**
 * Starts the product and resolves when the course page can be opened.
 * @param options `data` continues an earlier folder; `env` is added to the environment
 */
export async function startProduct(options: { data?: string; env?: Record<string, string> } = {}): Promise<Product> {
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'astrolabe-e2e-'))
  const [port, coursePort] = await Promise.all([freePort(), freePort()])
  let output = ''
  const child = fork(resolve(import.meta.dirname, '..', 'scripts', 'start.mjs'), {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
    env: {
      ...process.env,
      PORT: String(port),
      ASTROLABE_COURSE_PORT: String(coursePort),
      ASTROLABE_LOG: 'info',
      ...options.env,
      ASTROLABE_DATA: data,
    },
  })
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ready = await new Promise<{ origin: string; course: string; signIn: string; databaseUrl: string }>((done, failed) => {
    child.once('message', (message) => done(message as { origin: string; course: string; signIn: string; databaseUrl: string }))
    child.once('exit', (code) => failed(new Error(`The product ended (${code}) before it was ready:\n${output}`)))
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
