import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Server as NetServer, Socket } from 'node:net'
import type { MetadataRequest, MetadataResponse } from '../driver.ts'

/** What a machine may cost us: it is not trusted. */
const BODY_BYTES = 64 * 1024
const HEADER_BYTES = 16 * 1024
const PATIENCE_MS = 5_000
const CONNECTIONS = 64

export type MetadataListener = { close(): Promise<void> }

type Answer = (request: MetadataRequest) => Promise<MetadataResponse>

/** Answers what machines ask at a listening socket of their space: bounded, one request to a connection. */
export function answerMetadata(listener: NetServer, answer: Answer): MetadataListener {
  const sockets = new Set<Socket>()
  const server = createServer({ maxHeaderSize: HEADER_BYTES, keepAlive: false }, (request, response) => {
    void serve(request, response, answer)
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  listener.maxConnections = CONNECTIONS
  listener.on('connection', (socket: Socket) => adopt(socket, sockets, server))
  listener.unref()
  return {
    close: () =>
      new Promise((done) => {
        for (const socket of sockets) socket.destroy()
        if (listener.listening) listener.close(() => done())
        else done()
      }),
  }
}

function adopt(socket: Socket, sockets: Set<Socket>, server: HttpServer): void {
  sockets.add(socket)
  const patience = setTimeout(() => socket.destroy(), 3 * PATIENCE_MS)
  socket.on('error', () => undefined)
  socket.once('close', () => {
    clearTimeout(patience)
    sockets.delete(socket)
  })
  socket.setTimeout(PATIENCE_MS, () => socket.destroy())
  server.emit('connection', socket)
}

async function serve(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  try {
    const body = await readBody(request)
    const reply = body === null ? { status: 413, headers: {}, body: 'Too large\n' } : await answer(describe(request, body))
    response.writeHead(reply.status, { ...reply.headers, connection: 'close' })
    response.end(request.method === 'HEAD' ? undefined : reply.body)
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
