import { spawn as spawnPlain } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type IPty, spawn } from '@lydell/node-pty'
import { type Connection, Server, type ServerChannel } from 'ssh2'
import { makeSshKeyPair } from '../environments/key-pair.ts'

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
  close(): Promise<void>
}

export type MachineOptions = {
  /** Where dtach is, for a machine that has it. */
  dtach?: string | null
  /** Refuses so many connections before it lets anybody in, as a machine that still boots. */
  refuseFirst?: number
}

export async function startMachine({ dtach = null, refuseFirst = 0 }: MachineOptions = {}): Promise<Machine> {
  const home = mkdtempSync(join(tmpdir(), 'astrolabe-machine-'))
  mkdirSync(join(home, 'bin'))
  if (dtach) symlinkSync(dtach, join(home, 'bin', 'dtach'))
  const connections = new Set<Connection>()
  let newest: ServerChannel | null = null
  let refused = 0
  const env = { HOME: home, SHELL: '/bin/bash', LANG: 'C.UTF-8', PATH: `${join(home, 'bin')}:/usr/local/bin:/usr/bin:/bin`, PS1: 'lab$ ' }
  const server = new Server({ hostKeys: [hostKey] }, (connection) => {
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
        wire(pty, newest)
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const cut = () => {
    for (const connection of connections) connection.end()
  }
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    home,
    granted: () => (newest as unknown as { outgoing: { window: number } } | null)?.outgoing.window ?? 0,
    get connections() {
      return connections.size
    },
    cut,
    restart() {
      endProcesses(home)
      cut()
    },
    async close() {
      endProcesses(home)
      cut()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      rmSync(home, { recursive: true, force: true })
    },
  }
}

function wire(pty: IPty, channel: ServerChannel): void {
  let open = true
  pty.onData((data: unknown) => {
    if (!open) return
    if (!channel.write(data)) pty.pause()
  })
  channel.on('drain', () => pty.resume())
  channel.on('data', (bytes: Buffer) => pty.write(bytes as unknown as string))
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

/** Everything that was started on this machine, known by its home: what runs under dtach is nobody's child. */
function endProcesses(home: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`HOME=${home}`)) process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It ended meanwhile.
    }
  }
}
