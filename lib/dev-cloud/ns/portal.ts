import { type ChildProcess, spawn } from 'node:child_process'
import { Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { DriverFailure } from '../driver.ts'
import { environment } from './command.ts'

/** RFC 3927 link-local; the address at which every OpenStack cloud answers its machines. */
export const METADATA_ADDRESS = '169.254.169.254'

/** A machine that does not answer at all (no such address) is given up after this. */
const PATIENCE_MS = 10_000
/** Starting the child costs some 40 ms, keeping it some 15 MB: it stays for as long as people are likely to connect. */
const IDLE_MS = 30_000

/** What the child says; with `connected` and `listening` comes the socket itself. */
type Message = { kind: 'listening' | 'connected'; id: number } | { kind: 'failed'; id: number; code: string }

/**
 * The program of the child. It opens sockets in the space's network, hands them over and never reads from them: paused,
 * and closed here as soon as they have gone. It is nobody in particular: in a space, port 80 is open to all.
 */
const PROGRAM = `
const net = require('node:net')
process.on('disconnect', () => process.exit())
const nobody = Number(process.argv[1])
process.setgroups([]); process.setgid(nobody); process.setuid(nobody)
process.on('message', ({ kind, id, address, port }) => {
  const fail = (error) => process.send({ kind: 'failed', id, code: error.code ?? 'UNKNOWN' })
  if (kind === 'listen') {
    const server = net.createServer()
    server.once('error', fail)
    server.listen({ port, host: address, backlog: 128 }, () => {
      process.send({ kind: 'listening', id }, server, () => server.close())
    })
    return
  }
  const socket = new net.Socket()
  socket.pause()
  socket.once('error', fail)
  socket.connect({ port, host: address }, () => {
    socket.removeListener('error', fail)
    socket.on('error', () => undefined)
    process.send({ kind: 'connected', id }, socket, { keepOpen: false })
  })
})
`

type Waiting = { resolve: (handle: unknown) => void; reject: (cause: unknown) => void }
type Child = { process: ChildProcess; waiting: Map<number, Waiting>; idle: NodeJS.Timeout | null }

/** A way to open sockets inside a space's network. A socket belongs for life to the namespace it was opened in. */
export type Portal = {
  /** A connection from the space's router to one of its machines. Rejects with `machine.refused`. */
  connect(address: string, port: number): Promise<Duplex>
  /** A listening socket on the metadata address. */
  listen(): Promise<Server>
  /** Ends the child and the connections. */
  close(): void
}

/** @param options `nobody`: the id under which sockets are opened */
export function openPortal(options: { keeperPid: number; mark: string; nobody: number }): Portal {
  let child: Child | null = null
  let last = 0
  let closed = false
  const open = new Set<Socket>()

  const alive = (): Child => {
    if (closed) throw new Error('the space is closed')
    child ??= startChild({ ...options, onEnd: (ended) => (child = child === ended ? null : child) })
    return child
  }
  /** Nobody asks it any more from here on: a question to a dying child would fail. */
  const retire = (current: Child) => {
    if (child === current) child = null
    current.process.kill('SIGKILL')
  }
  const ask = async (question: { kind: 'listen' | 'connect'; address: string; port: number }): Promise<unknown> => {
    const current = alive()
    const id = ++last
    if (current.idle !== null) clearTimeout(current.idle)
    try {
      return await new Promise((resolve, reject) => {
        const patience = setTimeout(() => reject(new Error(`no answer from ${question.address}:${question.port}`)), PATIENCE_MS)
        const settle =
          <T>(act: (value: T) => void) =>
          (value: T) => {
            clearTimeout(patience)
            act(value)
          }
        current.waiting.set(id, { resolve: settle(resolve), reject: settle(reject) })
        current.process.send({ ...question, id })
      })
    } finally {
      current.waiting.delete(id)
      if (current.waiting.size === 0) current.idle = setTimeout(() => retire(current), IDLE_MS).unref()
    }
  }
  return {
    connect: async (address, port) => {
      const handle = await ask({ kind: 'connect', address, port }).catch((cause: unknown) => {
        throw new DriverFailure('machine.refused', 'The machine does not answer.', { cause })
      })
      if (!(handle instanceof Socket)) throw new DriverFailure('machine.refused', 'The machine does not answer.')
      open.add(handle)
      handle.once('close', () => open.delete(handle))
      return handle.setNoDelay(true)
    },
    listen: async () => {
      const handle = await ask({ kind: 'listen', address: METADATA_ADDRESS, port: 80 })
      if (!(handle instanceof Server)) throw new Error('the metadata address could not be opened')
      return handle
    },
    close: () => {
      closed = true
      child?.process.kill('SIGKILL')
      // Each of them would keep the network of the space alive.
      for (const socket of open) socket.destroy()
    },
  }
}

type Start = { keeperPid: number; mark: string; nobody: number; onEnd: (child: Child) => void }

function startChild({ keeperPid, mark, nobody, onEnd }: Start): Child {
  const words = ['-t', String(keeperPid), '--net', '--', process.execPath, '-e', PROGRAM, String(nobody)]
  const child: Child = {
    process: spawn('nsenter', words, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], env: environment(mark), cwd: '/' }),
    waiting: new Map(),
    idle: null,
  }
  const end = (cause: unknown) => {
    if (child.idle !== null) clearTimeout(child.idle)
    onEnd(child)
    for (const { reject } of child.waiting.values()) reject(cause)
    child.waiting.clear()
  }
  child.process.unref()
  child.process.channel?.unref()
  child.process.on('error', end)
  child.process.once('exit', (code, signal) => end(new Error(`the process that opens sockets in the space ended (${signal ?? code})`)))
  child.process.on('message', (message: Message, handle) => {
    const waiting = child.waiting.get(message.id)
    if (waiting === undefined) {
      // Too late: whoever asked has gone.
      if (handle instanceof Socket) handle.destroy()
      return
    }
    if (message.kind === 'failed') waiting.reject(new Error(message.code))
    else waiting.resolve(handle)
  })
  return child
}
