import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import * as launchWindow from '../../app/l/[launch]/window/route.ts'
import * as jwks from '../../app/lti/jwks/route.ts'
import * as launch from '../../app/lti/launch/route.ts'
import * as login from '../../app/lti/login/route.ts'
import * as signIn from '../../app/operator/sign-in/route.ts'
import { requireLaunch } from '../access/login-session.ts'
import { config, setConfig } from '../config.ts'
import { isFailure } from '../errors.ts'

/** The product's launch doors on a port of their own, without Next: route handlers are plain functions of requests. */
export type Tool = { origin: string; close(): Promise<void> }

type Handler = (request: Request) => Promise<Response> | Response

function handlerFor(method: string, path: string): Handler | number {
  const [, first, id = '', last] = path.split('/')
  if (first === 'l' && last === 'window') {
    const context = { params: Promise.resolve({ launch: id }) }
    if (method === 'GET') return (request) => launchWindow.GET(request, context)
    return method === 'POST' ? (request) => launchWindow.POST(request, context) : 405
  }
  // In place of the lab's page: who is here, as the page would find out.
  if (first === 'l' && last === undefined) return async (request) => page(id, request.headers.get('cookie'))
  if (path === '/operator') return () => new Response('operator')
  const rooms: Record<string, Record<string, Handler>> = {
    '/lti/login': login,
    '/lti/launch': launch,
    '/lti/jwks': jwks,
    '/operator/sign-in': signIn,
  }
  const room = rooms[path]
  return room ? (room[method] ?? 405) : 404
}

async function page(launchId: string, cookie: string | null): Promise<Response> {
  try {
    return Response.json(await requireLaunch(launchId, cookie))
  } catch (error) {
    if (isFailure(error, 'access.signed_out')) return Response.json({ code: error.code, why: error.internal }, { status: 401 })
    throw error
  }
}

function asRequest(incoming: IncomingMessage, origin: string): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value))
  const { method = 'GET' } = incoming
  const body = method === 'GET' || method === 'HEAD' ? {} : ({ body: Readable.toWeb(incoming), duplex: 'half' } as unknown as RequestInit)
  return new Request(new URL(incoming.url ?? '/', origin), { method, headers, ...body })
}

/** Starts it and makes its origin the configured one. Call it in `beforeAll`, after `ownDatabase()`. */
export async function startTool(): Promise<Tool> {
  const server = createServer(async (incoming, outgoing) => {
    const request = asRequest(incoming, origin)
    const handler = handlerFor(request.method, new URL(request.url).pathname)
    const response = typeof handler === 'number' ? new Response(null, { status: handler }) : await handler(request)
    outgoing.writeHead(response.status, [...response.headers].flat())
    outgoing.end(Buffer.from(await response.arrayBuffer()))
    incoming.resume()
  })
  const listening = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', listening.resolve)
  await listening.promise
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  setConfig({ ...config(), port, origin })
  return {
    origin,
    close: async () => {
      const closed = Promise.withResolvers<void>()
      server.close(() => closed.resolve())
      server.closeAllConnections()
      await closed.promise
    },
  }
}
