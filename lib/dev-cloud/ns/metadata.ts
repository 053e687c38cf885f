import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Server as NetServer, Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import type { MetadataRequest, MetadataResponse } from '../driver.ts'
import { PACKAGES_PATH } from '../packages/sources.ts'

/** What a machine may cost us: it is not trusted. */
const BODY_BYTES = 64 * 1024
const HEADER_BYTES = 16 * 1024
const PATIENCE_MS = { silence: 5_000, all: 15_000 }
/** A package may be large, its mirror far away and the machine slow. */
const PACKAGE_PATIENCE_MS = { silence: 60_000, all: 20 * 60_000 }
const CONNECTIONS = 64

export type MetadataListener = { close(): Promise<void> }

/** Open connections, and what ends each of them at last. */
type Sockets = Map<Socket, NodeJS.Timeout>

type Answer = (request: MetadataRequest) => Promise<MetadataResponse>

/** Answers what machines ask at a listening socket of their space: bounded, one request to a connection. */
export function answerMetadata(listener: NetServer, answer: Answer): MetadataListener {
  const sockets = new Map<Socket, NodeJS.Timeout>()
  const server = createServer({ maxHeaderSize: HEADER_BYTES, keepAlive: false }, (request, response) => {
    void serve(request, response, { answer, sockets })
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  listener.maxConnections = CONNECTIONS
  listener.on('connection', (socket: Socket) => adopt(socket, sockets, server))
  listener.unref()
  return {
    close: () =>
      new Promise((done) => {
        for (const socket of sockets.keys()) socket.destroy()
        if (listener.listening) listener.close(() => done())
        else done()
      }),
  }
}

function adopt(socket: Socket, sockets: Sockets, server: HttpServer): void {
  socket.on('error', () => undefined)
  socket.once('close', () => {
    clearTimeout(sockets.get(socket))
    sockets.delete(socket)
  })
  socket.on('timeout', () => socket.destroy())
  beMostPatient(socket, sockets, PATIENCE_MS)
  server.emit('connection', socket)
}

/** How long it may say nothing, and how long it may last from now on. */
function beMostPatient(socket: Socket, sockets: Sockets, { silence, all }: typeof PATIENCE_MS): void {
  clearTimeout(sockets.get(socket))
  sockets.set(
    socket,
    setTimeout(() => socket.destroy(), all),
  )
  socket.setTimeout(silence)
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { answer, sockets }: { answer: Answer; sockets: Sockets },
): Promise<void> {
  try {
    const body = await readBody(request)
    if (request.url?.startsWith(PACKAGES_PATH) && sockets.has(request.socket)) beMostPatient(request.socket, sockets, PACKAGE_PATIENCE_MS)
    const reply = body === null ? { status: 413, headers: {}, body: 'Too large\n' } : await answer(describe(request, body))
    response.writeHead(reply.status, { ...reply.headers, connection: 'close' })
    if (reply.stream) await pipeline(reply.stream, response)
    else response.end(request.method === 'HEAD' ? undefined : reply.body)
  } catch {
    if (!response.headersSent) response.writeHead(500, { connection: 'close' })
    response.end()
  }
}

function describe(request: IncomingMessage, body: string): MetadataRequest {
  const headers = Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')])
  return {
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers: Object.fromEntries(headers),
    body,
    remoteAddress: request.socket.remoteAddress ?? '',
  }
}

/** Null when it is larger than anything a machine has to say. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue
    size += part.length
    if (size > BODY_BYTES) return null
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
