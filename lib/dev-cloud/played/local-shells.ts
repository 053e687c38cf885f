import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import ssh2, { type AuthContext, type Connection, type PseudoTtyInfo, type ServerChannel } from 'ssh2'
import type { ServerSpec } from '../driver.ts'

/** What everybody who gets a shell here is told, and whoever starts it. */
export const NO_ISOLATION =
  'NO ISOLATION: the terminal is a shell of the account that runs this cloud, on this very computer. One host, names of machines do not resolve.'

/** In the environment of all that runs for a machine, wherever it goes. */
const MARK = 'ASTROLABE_LOCAL_MACHINE'

/** The programs that run for machines which are no more than a home directory of their own. */
export type LocalShells = {
  /** Lets in who has one of the machine's keys, and gives them a shell. */
  serve(spec: ServerSpec, connection: Connection): void
  /** Resolves when all that runs for a machine stands still. */
  stop(serverId: string): Promise<void>
  /** Sends a signal to all that runs for it. */
  signal(serverId: string, name: 'SIGCONT' | 'SIGKILL'): void
  homeOf(serverId: string): string
}

/** @param folder has the homes; its path tells the programs of this cloud from those of another */
export function localShells(folder: string): LocalShells {
  const markOf = (serverId: string) => `${createHash('sha256').update(folder).digest('hex').slice(0, 12)}-${serverId}`
  const homeOf = (serverId: string) => join(folder, 'homes', serverId)
  return {
    homeOf,
    async stop(serverId) {
      // Again, until nobody is left who was made meanwhile.
      for (let round = 0; round < 200; round++) {
        const awake = marked(markOf(serverId)).filter((pid) => !isStopped(pid))
        if (awake.length === 0) return
        for (const pid of awake) send(pid, 'SIGSTOP')
        await delay(5)
      }
    },
    signal(serverId, name) {
      for (const pid of marked(markOf(serverId))) send(pid, name)
    },
    serve(spec, connection) {
      connection.on('error', () => undefined)
      connection.on('authentication', (context) => (isKnown(context, spec.publicKeys) ? context.accept() : context.reject(['publickey'])))
      connection.on('session', (accept) => {
        const session = accept()
        let size: PseudoTtyInfo | null = null
        let child: ChildProcess | null = null
        const home = homeOf(spec.id)
        mkdirSync(home, { recursive: true, mode: 0o700 })
        const run = (channel: ServerChannel, command: string | null) => {
          child = start({ command, size, home, mark: markOf(spec.id), name: spec.name })
          connect(child, channel)
        }
        session.on('pty', (ok, _no, info) => {
          size = info
          ok?.()
        })
        session.on('window-change', (ok, _no, info) => {
          if (child !== null) resize(child, info)
          ok?.()
        })
        session.on('shell', (ok) => run(ok(), null))
        session.on('exec', (ok, _no, { command }) => run(ok(), command))
      })
    },
  }
}

/** RFC 4252, section 7: the key is one of theirs, and once there is a signature, it is of that key. */
function isKnown(context: AuthContext, publicKeys: string[]): boolean {
  if (context.method !== 'publickey') return false
  const given = context.key.data
  const key = publicKeys.map((line) => ssh2.utils.parseKey(line)).find((one) => !(one instanceof Error) && one.getPublicSSH().equals(given))
  if (key === undefined || key instanceof Error) return false
  if (context.signature === undefined || context.blob === undefined) return true
  return key.verify(context.blob, context.signature, context.hashAlgo) === true
}

type Start = { command: string | null; size: PseudoTtyInfo | null; home: string; mark: string; name: string }

/** On a terminal by script(1), which is wherever util-linux is: no add-on of Node has to be compiled for it. */
function start({ command, size, home, mark, name }: Start): ChildProcess {
  const { username } = userInfo()
  const shell = '/bin/bash'
  const env = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: home,
    USER: username,
    LOGNAME: username,
    SHELL: shell,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    // An interactive bash takes no prompt from its environment.
    PROMPT_COMMAND: `PS1='\\[\\e[1;31m\\]${name} (not isolated)\\[\\e[0m\\]:\\w\\$ '`,
    [MARK]: mark,
    NODE_ENV: 'production' as const,
  }
  const options = { cwd: home, env, detached: true }
  // Ours, and nothing to whoever is at the terminal.
  const without = ['-u', 'NODE_ENV']
  if (size === null) return spawn('env', [...without, shell, '-c', command ?? `exec ${shell} -l`], options)
  const warned = `printf '\\033[1;31m%s\\033[0m\\n' '${NO_ISOLATION}'`
  const inside = `stty rows ${size.rows} cols ${size.cols}; ${warned}; ${command ?? `exec ${shell} --norc`}`
  return spawn('env', [...without, 'script', '-qfec', inside, '/dev/null'], options)
}

function connect(child: ChildProcess, channel: ServerChannel): void {
  channel.on('error', () => undefined)
  child.stdin?.on('error', () => undefined)
  child.on('error', () => channel.end())
  if (child.stdin) channel.pipe(child.stdin)
  child.stdout?.pipe(channel, { end: false })
  child.stderr?.pipe(channel.stderr, { end: false })
  child.once('close', (code) => {
    channel.exit(code ?? 1)
    channel.end()
  })
  // As sshd does: who hangs up takes along what was on the terminal.
  channel.once('close', () => child.kill('SIGHUP'))
}

/** script(1) takes the size of its own terminal, and has none: that of the shell's is set from outside. */
function resize(child: ChildProcess, { rows, cols }: { rows: number; cols: number }): void {
  try {
    const inner = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')[0]
    const terminal = readlinkSync(`/proc/${inner}/fd/0`)
    if (terminal.startsWith('/dev/pts/')) execFile('stty', ['-F', terminal, 'rows', String(rows), 'cols', String(cols)], () => undefined)
  } catch {
    // It ended in between.
  }
}

function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It ended in between.
  }
}

/** Field 3 of /proc/PID/stat (proc(5)); who is gone counts. */
function isStopped(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return ['T', 't', 'Z', 'X'].includes(stat.charAt(stat.lastIndexOf(')') + 2))
  } catch {
    return true
  }
}

function marked(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${MARK}=${mark}`)
      } catch {
        return false
      }
    })
}
