import { spawn as spawnPlain } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type IPty, spawn } from '@lydell/node-pty'
import ssh2, { type Connection, type ServerChannel } from 'ssh2'
import { makeSshKeyPair } from '../environments/key-pair.ts'
import { listening, startFront } from './machine-front.fixture.ts'

const { privateKey: hostKey } = makeSshKeyPair('machine')

/** A machine as the gateway meets it: a real SSH server that runs what it is told in a real pty. */
export type Machine = {
  readonly port: number
  readonly home: string
  /** How many bytes of channel window the gateway granted beyond what was sent, at the newest channel. */
  readonly granted: () => number
  readonly connections: number
  /** Cuts every connection, as a broken network would. The shells under dtach live on. */
  cut(): void
  /** Like a restart: cuts every connection and ends every process. */
  restart(): void
  /** Suspends it: its processes stand still, what is sent to it waits, and new connections stand without an answer. */
  freeze(): void
  thaw(): void
  /** How many bytes came for it since it was frozen, and by how many connections that were made meanwhile. */
  readonly sinceFrozen: { bytes: number; connections: number }
  /** Every connection that stands is dead from now on, and nobody is told. */
  forget(): void
  close(): Promise<void>
}

export type MachineOptions = {
  /** Where dtach is, for a machine that has it. */
  dtach?: string | null
  /** Refuses so many connections before it lets anybody in, as a machine that still boots. */
  refuseFirst?: number
  /** How long what is typed lies on the machine before it is read, and is lost with the connection; a busy machine's dtach is no quicker. */
  readsAfterMs?: number
}

export async function startMachine({ dtach = null, refuseFirst = 0, readsAfterMs = 0 }: MachineOptions = {}): Promise<Machine> {
  const home = mkdtempSync(join(tmpdir(), 'astrolabe-machine-'))
  mkdirSync(join(home, 'bin'))
  if (dtach) symlinkSync(dtach, join(home, 'bin', 'dtach'))
  const connections = new Set<Connection>()
  let newest: ServerChannel | null = null
  let refused = 0
  const env = { HOME: home, SHELL: '/bin/bash', LANG: 'C.UTF-8', PATH: `${join(home, 'bin')}:/usr/local/bin:/usr/bin:/bin`, PS1: 'lab$ ' }
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
    if (refused < refuseFirst) {
      refused++
      connection.end()
      connection.on('error', () => {})
      return
    }
    connections.add(connection)
    connection.on('error', () => {})
    connection.on('close', () => connections.delete(connection))
    connection.on('authentication', (context) => (context.method === 'publickey' ? context.accept() : context.reject(['publickey'])))
    connection.on('session', (accept) => {
      const ssh = accept()
      let size = { cols: 80, rows: 24 }
      let wantsPty = false
      let pty: IPty | undefined
      ssh.on('pty', (ok, _no, info) => {
        size = { cols: info.cols, rows: info.rows }
        wantsPty = true
        ok()
      })
      ssh.on('window-change', (_ok, _no, info) => pty?.resize(info.cols, info.rows))
      ssh.on('exec', (ok, _no, { command }) => {
        if (!wantsPty) return runPlainly(command, ok(), { cwd: home, env })
        newest = ok()
        pty = spawn('/bin/sh', ['-c', command], { name: 'xterm-256color', ...size, cwd: home, env, encoding: null })
        wire(pty, newest, readsAfterMs)
      })
    })
  })
  const port = await listening(server)
  const front = await startFront(port)
  const cut = () => {
    for (const connection of connections) connection.end()
  }
  return {
    port: front.port,
    home,
    granted: () => (newest as unknown as { outgoing: { window: number } } | null)?.outgoing.window ?? 0,
    get connections() {
      return connections.size
    },
    cut,
    restart() {
      signalProcesses(home, 'SIGKILL')
      cut()
    },
    freeze() {
      front.freeze()
      signalProcesses(home, 'SIGSTOP')
    },
    thaw() {
      signalProcesses(home, 'SIGCONT')
      front.thaw()
    },
    get sinceFrozen() {
      return front.sinceFrozen
    },
    forget: front.forget,
    async close() {
      signalProcesses(home, 'SIGKILL')
      await front.close()
      cut()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      rmSync(home, { recursive: true, force: true })
    },
  }
}

function wire(pty: IPty, channel: ServerChannel, readsAfterMs: number): void {
  let open = true
  pty.onData((data: unknown) => {
    if (!open) return
    if (!channel.write(data)) pty.pause()
  })
  channel.on('drain', () => pty.resume())
  const read = (bytes: Buffer) => open && pty.write(bytes as unknown as string)
  channel.on('data', (bytes: Buffer) => void (readsAfterMs > 0 ? setTimeout(read, readsAfterMs, bytes) : read(bytes)))
  channel.on('close', () => {
    if (!open) return
    open = false
    pty.kill('SIGHUP')
  })
  channel.on('error', () => {})
  pty.onExit(({ exitCode, signal }) => {
    if (!open) return
    open = false
    if (!signal) channel.exit(exitCode)
    channel.end()
  })
}

/** A command without a terminal, as the worker runs them. */
function runPlainly(command: string, channel: ServerChannel, { cwd, env }: { cwd: string; env: Record<string, string> }): void {
  const child = spawnPlain('/bin/sh', ['-c', command], { cwd, env: { NODE_ENV: 'test', ...env } })
  channel.on('error', () => {})
  channel.pipe(child.stdin)
  child.stdin.on('error', () => {})
  child.stdout.on('data', (bytes: Buffer) => channel.write(bytes))
  child.stderr.on('data', (bytes: Buffer) => channel.stderr.write(bytes))
  channel.on('close', () => child.kill('SIGHUP'))
  child.on('close', (code, signal) => {
    if (signal) channel.exit(signal)
    else channel.exit(code ?? 0)
    channel.end()
  })
}

/**
 * To everything that was started on this machine, known by its home: what runs under dtach is nobody's child. A shell must not see that
 * its child stopped: parents stand still first and go on last, and have the lower numbers.
 */
function signalProcesses(home: string, signal: NodeJS.Signals): void {
  const pids = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []))
  for (const pid of pids.sort((one, other) => (signal === 'SIGCONT' ? other - one : one - other))) {
    try {
      if (readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`HOME=${home}`)) process.kill(pid, signal)
      else continue
      while (signal === 'SIGSTOP' && !/\) [TZ] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1')));
      // What is dead no longer answers at its socket; what is still dying does.
      while (signal === 'SIGKILL' && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1')));
    } catch {
      // It ended meanwhile.
    }
  }
}
