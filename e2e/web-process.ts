import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { freePort, type Product } from './product.ts'

/** One more process of the product beside a running one, over the same Postgres. */
export type WebProcess = { port: number; output: () => string; stop(): Promise<void> }

/**
 * Starts it with the role `web` alone: pages, launches, the live status.
 * @param publicUrl the origin under which people reach both processes
 */
export async function startWebProcess(product: Product, publicUrl: string): Promise<WebProcess> {
  const root = resolve(import.meta.dirname, '..')
  const port = await freePort()
  const cloud: Record<string, unknown> = JSON.parse(readFileSync(join(product.data, 'running.json'), 'utf8'))
  const shared = Object.fromEntries(
    Object.entries(cloud).flatMap(([name, value]) => (/^[A-Z_]+$/.test(name) ? [[name, String(value)]] : [])),
  )
  const child = spawn(process.execPath, ['--enable-source-maps', join(process.env.ASTROLABE_DIST ?? '.next', 'astrolabe', 'server.mjs')], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...process.env,
      ...shared,
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      ROLES: 'web',
      PORT: String(port),
      DATABASE_URL: product.databaseUrl,
      ASTROLABE_DATA: product.data,
      ASTROLABE_PUBLIC_URL: publicUrl,
      ASTROLABE_SECRET_KEY: readFileSync(join(product.data, 'secret-key'), 'utf8').trim(),
      ASTROLABE_LOG: 'info',
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await new Promise<void>((done, failed) => {
    child.once('message', () => done())
    child.once('exit', (code) => failed(new Error(`The second web process ended (${code}) before it was ready:\n${output}`)))
  })
  return { port, output: () => output, stop: () => stopped(child) }
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((done) => child.once('exit', done))
  child.kill('SIGTERM')
  await ended
}
