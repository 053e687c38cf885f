import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A connection as any program can make it, with nothing in between that sees to it that things are in order (RFC 6455). */
export type RawSocket = {
  /** One text or binary message. @returns when it has been handed to the system */
  send(message: string | Buffer): Promise<void>
  /** Bytes as they are. */
  throw(bytes: Buffer): void
  /** Resolves with the first text that is as wanted, from now on or heard before; null: the connection ended without it. */
  hears(wanted: (text: string) => boolean): Promise<string | null>
  readonly isOpen: boolean
  closed: Promise<void>
  /** Answers nothing any more, not even whether it is there; the connection stays. */
  fallSilent(): void
  close(): void
}

/** @param url where the gateway is, `http://host:port` @returns null where it made no websocket of it */
export async function openRawSocket(url: string, headers: Record<string, string>): Promise<RawSocket | null> {
  const { port, hostname, host } = new URL(url)
  const socket = connect(Number(port), hostname)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('error', () => {})
  socket.setNoDelay(true)
  const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(
    `GET /socket.io/?EIO=4&transport=websocket&to=terminal HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n${more.join('')}\r\n`,
  )
  const head = await firstBytes(socket, closed)
  const end = head.indexOf('\r\n\r\n')
  if (!head.toString('latin1').startsWith('HTTP/1.1 101') || end < 0) {
    socket.destroy()
    return null
  }
  let heard: string[] = []
  let silent = false
  let look = () => {}
  const send = async (message: string | Buffer) => {
    if (!socket.writable) return
    if (!socket.write(frameOf(message))) await Promise.race([once(socket, 'drain').catch(() => {}), closed])
  }
  const read = createReader((text) => {
    if (silent) return
    if (text === '2') void send('3')
    heard = [...heard.slice(-20), text]
    look()
  })
  read(head.subarray(end + 4))
  socket.on('data', read)
  void closed.then(() => look())
  return {
    send,
    throw: (bytes) => void (socket.writable && socket.write(bytes)),
    hears: (wanted) =>
      new Promise((resolve) => {
        look = () => {
          const found = heard.find(wanted)
          if (found === undefined && !socket.destroyed) return
          look = () => {}
          resolve(found ?? null)
        }
        look()
      }),
    get isOpen() {
      return !socket.destroyed && socket.writable
    },
    closed,
    fallSilent() {
      silent = true
    },
    close: () => void socket.destroy(),
  }
}

async function firstBytes(socket: Socket, closed: Promise<void>): Promise<Buffer> {
  const first = await Promise.race([once(socket, 'data').catch(() => [Buffer.alloc(0)]), closed.then(() => [Buffer.alloc(0)])])
  return first[0] as Buffer
}

/** A frame as a client has to send it: whole and masked, here with a mask that changes nothing. */
function frameOf(message: string | Buffer): Buffer {
  const payload = Buffer.from(message as string)
  const head = Buffer.alloc(14)
  head[0] = typeof message === 'string' ? 0x81 : 0x82
  if (payload.length < 126) {
    head[1] = 0x80 | payload.length
    return Buffer.concat([head.subarray(0, 6), payload])
  }
  if (payload.length < 65_536) {
    head[1] = 0xfe
    head.writeUInt16BE(payload.length, 2)
    return Buffer.concat([head.subarray(0, 8), payload])
  }
  head[1] = 0xff
  head.writeBigUInt64BE(BigInt(payload.length), 2)
  return Buffer.concat([head, payload])
}

/** Takes a server's frames apart and tells its texts; the rest is passed over. */
function createReader(onText: (text: string) => void): (bytes: Buffer) => void {
  let rest = Buffer.alloc(0)
  return (bytes) => {
    rest = Buffer.concat([rest, bytes])
    for (;;) {
      const short = (rest[1] ?? 0) & 0x7f
      const headBytes = short === 126 ? 4 : short === 127 ? 10 : 2
      if (rest.length < headBytes) return
      const length = short === 126 ? rest.readUInt16BE(2) : short === 127 ? Number(rest.readBigUInt64BE(2)) : short
      if (rest.length < headBytes + length) return
      if (((rest[0] ?? 0) & 0x0f) === 1) onText(rest.toString('utf8', headBytes, headBytes + length))
      rest = rest.subarray(headBytes + length)
    }
  }
}
