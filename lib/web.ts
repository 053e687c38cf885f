import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Server as SocketServer } from 'socket.io'
import type { Config } from './config.ts'
import { openFrontDoor } from './front-door.ts'
import { serveStaticFiles } from './static-files.ts'

/** The one HTTP listener of a process: Next's pages and Socket.IO on one port. */
export type Web = { server: Server; sockets: SocketServer; port: number; close(): Promise<void> }

/** Which origins may show a launch's pages in a frame. */
type FrameAncestors = (launchId: string) => Promise<string[]>

/**
 * Listens, with Socket.IO always and the pages where this process has the role `web`.
 * @param settings host, port and mode
 * @param pages what Next needs to know to answer; null: this process is only a gateway: it stands before the pages where it is said where
 *   they are (`pagesPort`), else it answers 404
 */
export async function startWeb(settings: Config, pages: { frameAncestorsOf: FrameAncestors } | null): Promise<Web> {
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 30_000, headersTimeout: 10_000 })
  const sockets = new SocketServer(server, {
    transports: ['websocket'],
    perMessageDeflate: false,
    maxHttpBufferSize: 128 * 1024,
    pingInterval: 25_000,
    pingTimeout: 20_000,
    serveClient: false,
  })
  const app = pages ? await openPages(settings, server) : null
  await app?.prepare()
  const answer = app?.getRequestHandler()
  const door = !pages && settings.pagesPort !== null ? openFrontDoor(server, { port: settings.pagesPort }) : null
  const serveStatic = app && settings.mode === 'production' ? serveStaticFiles(settings.distFolder) : () => false
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/socket.io/')) return // engine.io has its own listener for its path
    if (door) return door.answer(request, response)
    if (serveStatic(request, response)) return
    if (!answer || !pages) return void response.writeHead(404).end()
    protect(request, response, { ...pages, origin: settings.origin, strict: settings.mode === 'production' })
      .then(() => answer(request, response))
      .catch(() => {
        if (!response.headersSent) response.writeHead(500)
        response.end()
      })
  })
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  await new Promise<void>((done, failed) => {
    server.once('error', failed)
    if (pages && settings.pagesPort !== null) server.listen(settings.pagesPort, '127.0.0.1', done)
    else server.listen(settings.port, settings.host, done)
  })
  const address = server.address()
  let closing: Promise<void> | undefined
  const close = async () => {
    const stopped = new Promise<void>((done) => server.close(() => done()))
    server.closeIdleConnections()
    door?.close()
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

/** Next is loaded by who shows pages only: terminals wait for a gateway that starts. */
async function openPages({ mode, host, port }: Config, httpServer: Server) {
  const { default: next } = await import('next')
  return next({ dev: mode === 'development', hostname: host, port, httpServer, turbopack: true })
}

const labFilePath = /^\/l\/[0-9a-f-]{36}\/files\//
const launchPath = /^\/l\/([0-9a-f-]{36})(?:[/?]|$)/

/**
 * Sets what a browser must know before it shows a page: who may frame it (LTI tools live in the platform's frame, everything else in
 * none) and, where pages are rendered per request, that only our own scripts run (CSP Level 3, nonces: Next reads ours from the request).
 */
async function protect(
  request: IncomingMessage,
  response: ServerResponse,
  { frameAncestorsOf, origin, strict }: { frameAncestorsOf: FrameAncestors; origin: string; strict: boolean },
): Promise<void> {
  const path = request.url ?? '/'
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('Referrer-Policy', 'same-origin')
  // The doors of LTI and of sign-in write whole pages of their own, with policies of their own; so does that of a lab's files.
  if (labFilePath.test(path) || path.startsWith('/lti/') || path.startsWith('/operator/sign-in') || path.startsWith('/_next/')) return
  const launchId = launchPath.exec(path)?.[1]
  const ancestors = launchId ? await frameAncestorsOf(launchId) : ["'none'"]
  const directives = [`frame-ancestors ${ancestors.join(' ')}`, "base-uri 'none'", "object-src 'none'", "form-action 'self'"]
  if (strict && (launchId || path.startsWith('/operator'))) {
    const nonce = randomBytes(16).toString('base64')
    const scripts = `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'`
    directives.push(
      "default-src 'self'",
      scripts,
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' data:",
      "font-src 'self' data:",
      `connect-src 'self' ${origin.replace(/^http/, 'ws')}`,
    )
    request.headers['content-security-policy'] = scripts
  }
  response.setHeader('Content-Security-Policy', directives.join('; '))
}
