/**
 * An HTTP server that only this machine can reach, under the name `localhost`: so that its pages are of another site than a
 * tool at `127.0.0.1`. Node's own server; closing twice is fine and leaves no socket.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Answer, send } from './request-door.ts'

export type LoopbackServer = { readonly origin: string; readonly port: number; readonly close: () => Promise<void> }

export type RequestHandler = (request: IncomingMessage, url: URL) => Promise<Answer> | Answer

const limits = { maxHeaderSize: 32 * 1024, requestTimeout: 15_000, headersTimeout: 10_000 }

/**
 * Listens on 127.0.0.1, and on ::1 where this machine has it and the port is free there: `localhost` may mean either.
 * `port` 0 takes any. Requests for another host name never reach the handler (no DNS rebinding). `onError` hears what a
 * handler threw; the person gets a plain 500.
 */
export async function listenOnLoopback(
  handle: RequestHandler,
  { port, onError }: { port: number; onError: (error: unknown) => void },
): Promise<LoopbackServer> {
  const first = createServer(limits)
  await listen(first, '127.0.0.1', port)
  const chosen = (first.address() as AddressInfo).port
  const origin = `http://localhost:${chosen}`
  const second = createServer(limits)
  const servers = (await listen(second, '::1', chosen).then(
    () => true,
    () => false,
  ))
    ? [first, second]
    : [first]
  for (const server of servers) server.on('request', (request, response) => void serve(request, response))

  async function serve(request: IncomingMessage, response: Parameters<typeof send>[0]): Promise<void> {
    const withBody = request.method !== 'HEAD'
    try {
      send(response, await route(request), withBody)
    } catch (error) {
      onError(error)
      if (response.headersSent) response.destroy()
      else
        send(
          response,
          { status: 500, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'The course could not answer this.\n' },
          withBody,
        )
    }
  }

  function route(request: IncomingMessage): Promise<Answer> | Answer {
    const { host = '' } = request.headers
    const path = request.url ?? '/'
    if (!path.startsWith('/') || !URL.canParse(path, origin)) return { status: 400 }
    // Resolved as a path, never as `//other.host`: what follows the origin is what the client wrote.
    const url = new URL(origin + path)
    if (host === `localhost:${chosen}`) return handle(request, url)
    const byAddress = host === `127.0.0.1:${chosen}` || host === `[::1]:${chosen}`
    if (byAddress && (request.method === 'GET' || request.method === 'HEAD')) return { status: 308, headers: { location: url.href } }
    return { status: 421 }
  }

  let closed: Promise<void> | undefined
  return {
    origin,
    port: chosen,
    close: () => {
      closed ??= Promise.all(servers.map(stop)).then(() => undefined)
      return closed
    },
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
