import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import next from 'next'
import { Server as SocketServer } from 'socket.io'
import type { Config } from './config.ts'

/** The one HTTP listener of a process: Next's pages and Socket.IO on one port. */
export type Web = { server: Server; sockets: SocketServer; port: number; close(): Promise<void> }

/**
 * Listens, with Socket.IO always and the pages where this process has the role `web`.
 * @param settings host, port and mode
 * @param pages whether Next answers; a process that is only a gateway answers 404 elsewhere
 */
export async function startWeb(settings: Config, pages: boolean): Promise<Web> {
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 30_000, headersTimeout: 10_000 })
  const sockets = new SocketServer(server, {
    transports: ['websocket'],
    perMessageDeflate: false,
    maxHttpBufferSize: 128 * 1024,
    pingInterval: 25_000,
    pingTimeout: 20_000,
    serveClient: false,
  })
  const app = pages
    ? next({ dev: settings.mode === 'development', hostname: settings.host, port: settings.port, httpServer: server, turbopack: true })
    : null
  await app?.prepare()
  const answer = app?.getRequestHandler()
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/socket.io/')) return // engine.io has its own listener for its path
    if (answer) void answer(request, response)
    else response.writeHead(404).end()
  })
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  await new Promise<void>((done, failed) => {
    server.once('error', failed)
    server.listen(settings.port, settings.host, done)
  })
  const address = server.address()
  let closing: Promise<void> | undefined
  const close = async () => {
    const stopped = new Promise<void>((done) => server.close(() => done()))
    server.closeIdleConnections()
    await sockets.close()
    // Two strides: what is being answered may finish, then the rest is cut.
    const firmly = setTimeout(() => {
      for (const socket of open) socket.destroy()
    }, 2_000)
    await stopped
    clearTimeout(firmly)
    await app?.close()
  }
  return {
    server,
    sockets,
    port: typeof address === 'object' && address ? address.port : settings.port,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}
