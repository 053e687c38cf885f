import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { badRequest, Fault } from './fault.ts'
import type { Json, JsonMap } from './json.ts'

export type HttpRequest = {
  id: string
  method: string
  /** The address as it was written, query included. */
  target: string
  params: Record<string, string>
  query: URLSearchParams
  header(name: string): string | undefined
  body: string
}
export type HttpReply = { status: number; body?: Json; headers?: Record<string, string> }
export type Handler = (request: HttpRequest) => HttpReply | Promise<HttpReply>
export type Route = { method: string; pattern: string; handle: Handler }
export type Service = {
  routes: Route[]
  /** How this service words a failure, and an address that it does not know. */
  refuse(fault: Fault): HttpReply
  maxBodyBytes: number
}
export type Listening = { port: number; close(): Promise<void> }

/** One address space of routes; of several services, the first that has the path answers, and the first of all refuses. */
export async function listen(options: {
  host: string
  port: number
  services: Service[]
  log: (line: string) => void
}): Promise<Listening> {
  const table = options.services.flatMap((service) => service.routes.map((route) => ({ ...route, service, parts: split(route.pattern) })))
  const server = createServer((incoming, outgoing) => {
    void answer(table, options, incoming, outgoing)
  })
  await bind(server, options.host, options.port)
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        if (!server.listening) return resolve()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Listens on the wanted port when it is free, else on any free one. */
function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const attempt = (candidate: number) => {
      const failed = (error: NodeJS.ErrnoException) => {
        if (candidate !== 0 && (error.code === 'EADDRINUSE' || error.code === 'EACCES')) attempt(0)
        else reject(error)
      }
      server.once('error', failed)
      server.listen({ host, port: candidate }, () => {
        server.removeListener('error', failed)
        resolve()
      })
    }
    attempt(port)
  })
}

type Entry = Route & { service: Service; parts: string[] }

async function answer(
  table: Entry[],
  options: { services: Service[]; log: (line: string) => void },
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const id = `req-${randomUUID()}`
  const target = incoming.url ?? '/'
  const method = incoming.method ?? 'GET'
  const parts = split(target.split('?')[0] ?? '/')
  const entry = table.find((candidate) => candidate.method === method && matches(candidate.parts, parts))
  const service = entry?.service ?? options.services[0]
  let reply: HttpReply
  try {
    if (!entry) throw new Fault(404, 'NoRoute')
    reply = await entry.handle({
      id,
      method,
      target,
      params: paramsOf(entry.parts, parts),
      query: new URL(target, 'http://cloud').searchParams,
      header: (name) => headerOf(incoming, name),
      body: await readBody(incoming, entry.service.maxBodyBytes),
    })
  } catch (error) {
    const fault = error instanceof Fault ? error : new Fault(500, 'RemoteError')
    if (!(error instanceof Fault))
      options.log(`${method} ${target}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    reply = service ? service.refuse(fault) : { status: fault.status }
  }
  send(outgoing, id, reply, method)
}

function send(outgoing: ServerResponse, id: string, reply: HttpReply, method: string): void {
  const bytes = reply.body === undefined ? undefined : Buffer.from(JSON.stringify(reply.body))
  outgoing.writeHead(reply.status, {
    ...(bytes ? { 'Content-Type': 'application/json', 'Content-Length': bytes.length } : {}),
    'X-Openstack-Request-Id': id,
    ...reply.headers,
  })
  outgoing.end(method === 'HEAD' ? undefined : bytes)
}

function readBody(incoming: IncomingMessage, limit: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
    })
    incoming.on('end', () => {
      if (size <= limit) resolve(Buffer.concat(chunks).toString('utf8'))
      // Heat 19, api middleware: the whole request counts, not only the template.
      else
        reject(
          new Fault(
            400,
            'RequestLimitExceeded',
            `Request limit exceeded: JSON body size (${size} bytes) exceeds maximum allowed size (${limit} bytes).`,
          ),
        )
    })
    incoming.on('error', reject)
  })
}

/** The JSON map in a request's body; an empty body counts as an empty map. */
export function bodyOf(request: HttpRequest): JsonMap {
  if (request.body.trim() === '') return {}
  let value: unknown
  try {
    value = JSON.parse(request.body)
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : 'The body is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badRequest('The body is not a JSON object')
  return value as JsonMap
}

function split(path: string): string[] {
  return path.split('/').filter((part) => part !== '')
}

function matches(pattern: string[], parts: string[]): boolean {
  return pattern.length === parts.length && pattern.every((piece, index) => piece.startsWith(':') || piece === parts[index])
}

function paramsOf(pattern: string[], parts: string[]): Record<string, string> {
  const found: Record<string, string> = {}
  pattern.forEach((piece, index) => {
    if (piece.startsWith(':')) found[piece.slice(1)] = decode(parts[index] ?? '')
  })
  return found
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function headerOf(incoming: IncomingMessage, name: string): string | undefined {
  const value = incoming.headers[name.toLowerCase()]
  return Array.isArray(value) ? value[0] : value
}
