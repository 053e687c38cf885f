import { timingSafeEqual } from 'node:crypto'
import { createServer, isIPv4, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** Who answers behind an address from outside; null when nobody has it. */
export type SocksTarget = { serverId: string }

export type SocksOptions = {
  username: string
  password: string
  /** Finds the machine behind a floating IP. */
  lookup: (address: string) => SocksTarget | null
  dial: (serverId: string, port: number) => Promise<Duplex>
  /** 0 (the default): a free one. */
  port?: number
}

export type SocksServer = { host: string; port: number; close(): Promise<void> }

/** RFC 1928, section 6: replies. */
const REPLY = {
  succeeded: 0,
  general: 1,
  networkUnreachable: 3,
  hostUnreachable: 4,
  refused: 5,
  commandNotSupported: 7,
  addressNotSupported: 8,
}
/** Long enough for any client on this host, short enough that idle ones do not pile up. */
const HANDSHAKE_MS = 10_000
const CONNECTIONS = 1024
const HANDSHAKE_BYTES = 1024

/**
 * A SOCKS5 server (RFC 1928) with user name and password (RFC 1929) on 127.0.0.1: the door from this host to the
 * machines' floating addresses, and to nothing else. Only CONNECT to an IPv4 address that `lookup` knows.
 */
export function startSocks(options: SocksOptions): Promise<SocksServer> {
  const open = new Set<Duplex>()
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    keep(open, socket)
    converse(socket, options, open).catch(() => socket.destroy())
  })
  server.maxConnections = CONNECTIONS
  let closed: Promise<void> | null = null
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done())
      for (const stream of open) stream.destroy()
    })
  return new Promise((done, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      done({
        host: '127.0.0.1',
        port,
        close: () => {
          closed ??= close()
          return closed
        },
      })
    })
  })
}

function keep(open: Set<Duplex>, stream: Duplex): void {
  open.add(stream)
  stream.on('error', () => undefined)
  stream.once('close', () => open.delete(stream))
}

async function converse(socket: Socket, options: SocksOptions, open: Set<Duplex>): Promise<void> {
  const patience = setTimeout(() => socket.destroy(), HANDSHAKE_MS)
  const reader = readerOf(socket)
  try {
    if (!(await greet(socket, reader, options))) {
      socket.end()
      return
    }
    const request = await readRequest(reader)
    const target = 'refusal' in request ? null : options.lookup(request.address)
    if ('refusal' in request || target === null) {
      socket.end(reply('refusal' in request ? request.refusal : REPLY.hostUnreachable))
      return
    }
    const remote = await options.dial(target.serverId, request.port).catch(() => null)
    if (remote === null) {
      socket.end(reply(REPLY.refused))
      return
    }
    join(socket, remote, { open, early: reader.release() })
  } finally {
    clearTimeout(patience)
  }
}

function join(socket: Socket, remote: Duplex, { open, early }: { open: Set<Duplex>; early: Buffer }): void {
  keep(open, remote)
  if (socket.destroyed) {
    remote.destroy()
    return
  }
  socket.once('close', () => remote.destroy())
  remote.once('close', () => socket.destroySoon())
  socket.write(reply(REPLY.succeeded))
  if (early.length > 0) remote.write(early)
  socket.pipe(remote)
  remote.pipe(socket)
}

type Reader = { take(count: number): Promise<Buffer>; release(): Buffer }

/** Reads exact counts; what was read beyond is handed on at the end. Never holds more than a handshake needs. */
function readerOf(socket: Socket): Reader {
  let held = Buffer.alloc(0)
  let wake: (() => void) | null = null
  let ended = false
  const onData = (data: Buffer) => {
    held = Buffer.concat([held, data])
    if (held.length > HANDSHAKE_BYTES) socket.pause()
    wake?.()
  }
  const onEnd = () => {
    ended = true
    wake?.()
  }
  socket.on('data', onData).once('end', onEnd).once('close', onEnd)
  return {
    take: async (count) => {
      while (held.length < count) {
        if (ended) throw new Error('the client went away')
        await new Promise<void>((done) => {
          wake = done
        })
      }
      const taken = held.subarray(0, count)
      held = held.subarray(count)
      return taken
    },
    release: () => {
      socket.pause()
      socket.removeListener('data', onData).removeListener('end', onEnd).removeListener('close', onEnd)
      return held
    },
  }
}

/** RFC 1928, section 3: the client's methods; we take 2 (RFC 1929) and no other. */
async function greet(socket: Socket, reader: Reader, { username, password }: SocksOptions): Promise<boolean> {
  const [version = 0, count = 0] = await reader.take(2)
  if (version !== 5) return false
  const methods = await reader.take(count)
  if (!methods.includes(2)) {
    socket.write(Buffer.from([5, 0xff]))
    return false
  }
  socket.write(Buffer.from([5, 2]))
  const [authVersion = 0, nameLength = 0] = await reader.take(2)
  if (authVersion !== 1) return false
  const name = await reader.take(nameLength)
  const [passwordLength = 0] = await reader.take(1)
  const given = await reader.take(passwordLength)
  const good = [same(name, username), same(given, password)].every(Boolean)
  socket.write(Buffer.from([1, good ? 0 : 1]))
  return good
}

function same(given: Buffer, wanted: string): boolean {
  const expected = Buffer.from(wanted)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

type Request = { address: string; port: number } | { refusal: number }

/** RFC 1928, section 4. A name that is an address in text is taken as one; others are not ours to resolve. */
async function readRequest(reader: Reader): Promise<Request> {
  const [version = 0, command = 0, , type = 0] = await reader.take(4)
  let address: string | null = null
  if (type === 1) address = [...(await reader.take(4))].join('.')
  else if (type === 3) {
    const [length = 0] = await reader.take(1)
    const name = (await reader.take(length)).toString('latin1')
    address = isIPv4(name) ? name : null
  } else if (type === 4) await reader.take(16)
  else return { refusal: REPLY.addressNotSupported }
  const port = (await reader.take(2)).readUInt16BE(0)
  if (version !== 5 || command !== 1) return { refusal: REPLY.commandNotSupported }
  if (type === 3 && address === null) return { refusal: REPLY.hostUnreachable }
  return address === null ? { refusal: REPLY.addressNotSupported } : { address, port }
}

function reply(code: number): Buffer {
  return Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0])
}
