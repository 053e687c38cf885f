import { spawn } from 'node:child_process'
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import type { MetadataRequest, MetadataResponse } from './driver.ts'
import { environment } from './ns-command.ts'

/** RFC 3927 link-local; the address at which every OpenStack cloud answers its machines. */
export const METADATA_ADDRESS = '169.254.169.254'

/** What a machine may cost us: it is not trusted. */
const BODY_BYTES = 64 * 1024
const HEADER_BYTES = 16 * 1024
const PATIENCE_MS = 5_000
const CONNECTIONS = 64

/** It must end at once: as long as it lives it takes connections away from us. */
const HELPER = `process.on('disconnect', () => process.exit())
const s = require('node:net').createServer()
s.on('error', (e) => { process.stderr.write(String(e.code)); process.exit(1) })
s.listen({ port: 80, host: '${METADATA_ADDRESS}', backlog: 128 }, () => process.send('listening', s, () => process.exit()))`

export type MetadataListener = { close(): Promise<void> }

type Options = { keeperPid: number; mark: string; answer: (request: MetadataRequest) => Promise<MetadataResponse> }

/**
 * Listens on 169.254.169.254:80 inside a space's network. A short-lived child opens the socket there and hands it to us:
 * a socket belongs for life to the namespace it was opened in, and Node cannot change its own.
 */
export async function listenForMetadata({ keeperPid, mark, answer }: Options): Promise<MetadataListener> {
  const listener = await openListener(keeperPid, mark)
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

function openListener(keeperPid: number, mark: string): Promise<NetServer> {
  const words = ['-t', String(keeperPid), '--net', '--', process.execPath, '-e', HELPER]
  const child = spawn('nsenter', words, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: environment(mark), cwd: '/' })
  return new Promise((done, reject) => {
    let said = ''
    child.stderr?.on('data', (text: Buffer) => {
      said = (said + text.toString()).slice(-2000)
    })
    child.once('error', reject)
    child.once('close', (code, signal) => reject(new Error(`the metadata address could not be opened (${signal ?? code}): ${said}`)))
    child.once('message', (_message, handle) => {
      if (handle instanceof NetServer) done(handle)
    })
  })
}

async function serve(request: IncomingMessage, response: ServerResponse, answer: Options['answer']): Promise<void> {
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
