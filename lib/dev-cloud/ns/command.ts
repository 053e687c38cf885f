import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'
import { DriverFailure } from '../driver.ts'

/** Namespaces that a command enters as their root; `null` for real root outside of them. */
export type Inside = { pid: number; namespaces: ('mount' | 'net')[] } | null

/** Ours, before anything has changed it. */
const PRIORITY = getPriority()
/** How much we stand back while many machines start: our own work is then never in the way of somebody's page (setpriority(2)). */
const RUSH_PRIORITY = Math.min(19, PRIORITY + 10)

const PATH = '/usr/sbin:/usr/bin:/sbin:/bin'

/** Nothing of our own environment may reach a sandbox; the mark lets `scripts/leftovers.mjs` tell whose a process is. */
export function environment(mark: string): NodeJS.ProcessEnv {
  return { NODE_ENV: 'production', PATH, LC_ALL: 'C', ASTROLABE_DEV_CLOUD: mark }
}

/** The words that put a command into the user namespace (always) and the others of a process, as mapped root. */
export function enter(inside: Inside): string[] {
  if (inside === null) return []
  return ['nsenter', '-t', String(inside.pid), '-U', ...inside.namespaces.map((name) => `--${name}`), '-S', '0', '-G', '0', '--']
}

export type Command = { script: string; args?: string[]; inside: Inside; mark: string }

/** Whether we may come back to our priority once we have left it: not without CAP_SYS_NICE. */
export function mayStandBack(): boolean {
  return prioritise(PRIORITY + 1) && prioritise(PRIORITY)
}

/** Stands back behind other programs of this computer, or no more. What is started meanwhile does so as well, but for machines. */
export function standBack(isRush: boolean): void {
  prioritise(isRush ? RUSH_PRIORITY : PRIORITY)
  try {
    // Where the kernel divides its time between sessions first (sched(7), autogroup), ours counts as one and is all that counts.
    writeFileSync('/proc/self/autogroup', String(isRush ? RUSH_PRIORITY - PRIORITY : 0))
  } catch {
    // It does not.
  }
}

function prioritise(priority: number): boolean {
  try {
    setPriority(priority)
    return true
  } catch {
    return false
  }
}

/** Runs a short POSIX script to its end. Rejects with `machine.failed`; the cause has what it printed. */
export async function run({ script, args = [], inside, mark }: Command): Promise<string> {
  const [program = '', ...words] = [...enter(inside), 'sh', '-ec', script, 'sh', ...args]
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], env: environment(mark), cwd: '/' })
  const out = gather(child.stdout)
  const err = gather(child.stderr)
  const status = await ending(child)
  if (status !== 0)
    throw new DriverFailure('machine.failed', 'A step of preparing a machine failed.', { cause: new Error(`${status}: ${err()}`) })
  return out()
}

/**
 * Starts a process that is to outlive us (own process group, no pipe that matters) and waits for one line that begins
 * with `word`. What it prints until then is the cause of the rejection if it ends instead.
 */
export function startDetached(
  words: string[],
  { mark, onLine }: { mark: string; onLine: (line: string, child: ChildProcess) => boolean },
): Promise<ChildProcess> {
  // It lives long: what goes on while it is started is nothing to it.
  const back = PRIORITY - getPriority()
  const [program = '', ...rest] = back === 0 ? words : ['nice', '-n', String(back), ...words]
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'], env: environment(mark), cwd: '/', detached: true })
  const err = gather(child.stderr)
  child.stdin.on('error', () => undefined)
  return new Promise((done, reject) => {
    const failed = (cause: unknown) => {
      child.kill('SIGKILL')
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
      reject(new DriverFailure('machine.failed', 'A machine could not be started.', { cause }))
    }
    const onExit = (code: number | null, signal: string | null) => setImmediate(() => failed(new Error(`${signal ?? code}: ${err()}`)))
    child.once('error', failed)
    child.once('exit', onExit)
    lines(child, (line) => {
      try {
        if (!onLine(line, child)) return
      } catch (cause) {
        child.removeListener('exit', onExit)
        failed(cause)
        return
      }
      child.removeListener('exit', onExit)
      child.removeListener('error', failed)
      // From now on only its exit is of interest.
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
      child.unref()
      done(child)
    })
  })
}

function lines(child: ChildProcess, onLine: (line: string) => void): void {
  let rest = ''
  child.stdout?.setEncoding('utf8')
  child.stdout?.on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) onLine(line)
  })
}

function gather(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (more: string) => {
    text = (text + more).slice(-8192)
  })
  return () => text
}

function ending(child: ChildProcess): Promise<number | string> {
  return new Promise((done, reject) => {
    child.once('error', (cause) =>
      reject(new DriverFailure('machine.failed', 'A program of this computer could not be started.', { cause })),
    )
    child.once('close', (code, signal) => done(signal ?? code ?? 1))
  })
}
