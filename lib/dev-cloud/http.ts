import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
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
/** `html`: instead of JSON, as what stands before a service answers in its place. */
export type HttpReply = { status: number; body?: Json; html?: string; headers?: Record<string, string> }
export type Handler = (request: HttpRequest) => HttpReply | Promise<HttpReply>
/** `verb`: what a call of this address asks for, in one word; tests count calls by it and let it go wrong (control.ts). */
export type Route = { method: string; pattern: string; handle: Handler; verb?: Verb | undefined }
export type Verb = string | ((request: HttpRequest) => string)
/** How a service's routes are written down. */
export type At = (method: string, path: string, handle: Handler, verb?: Verb) => Route
export type Service = {
  name: ServiceName
  routes: Route[]
  /** How this service words a failure, and an address that it does not know. */
  refuse(fault: Fault): HttpReply
  maxBodyBytes: number
}
export type ServiceName = 'identity' | 'heat' | 'nova' | 'neutron' | 'glance' | 'control'
/** One call as it arrives. `refuse` words a failure as its service does. */
export type Call = { service: ServiceName; verb: string; request: HttpRequest; refuse: (fault: Fault) => HttpReply }
/** Stands between the wire and the services. `lost`: the connection breaks and nothing is answered. */
export type Intercept = (call: Call, carryOut: () => Promise<HttpReply>) => Promise<HttpReply | 'lost'>
export type Listening = {
  port: number
  /** Nobody listens any more, and every connection breaks; or again, at the same port. */
  setOpen(open: boolean): Promise<void>
  close(): Promise<void>
}

/** One address space of routes; of several services, the first that has the path answers, and the first of all refuses. */
export async function listen(options: {
  host: string
  port: number
  services: Service[]
  intercept?: Intercept
  log: (line: string) => void
}): Promise<Listening> {
  const table = options.services.flatMap((service) => service.routes.map((route) => ({ ...route, service, parts: split(route.pattern) })))
  const server = createServer((incoming, outgoing) => {
    void answer(table, options, incoming, outgoing)
  })
  await bind(server, options.host, options.port)
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : options.port
  const shut = () =>
    new Promise<void>((resolve) => {
      if (!server.listening) return resolve()
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return {
    port,
    setOpen: (open) => (open ? reopen(server, options.host, port) : shut()),
    close: shut,
  }
}

/** Somebody else's connection may have been given the port meanwhile: that passes. */
async function reopen(server: Server, host: string, port: number): Promise<void> {
  for (let left = 100; !server.listening; left -= 1) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ host, port }, () => {
          server.removeListener('error', reject)
          resolve()
        })
      })
    } catch (error) {
      if (left <= 0) throw error
      await delay(50)
    }
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
  options: { services: Service[]; intercept?: Intercept; log: (line: string) => void },
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const id = `req-${randomUUID()}`
  const target = incoming.url ?? '/'
  const method = incoming.method ?? 'GET'
  const parts = split(target.split('?')[0] ?? '/')
  const entry = table.find((candidate) => candidate.method === method && matches(candidate.parts, parts))
  const service = entry?.service ?? options.services[0]
  if (!service) throw new Error('a listener without services')
  const body = await readBody(incoming, service.maxBodyBytes).catch((error: unknown) => (error instanceof Fault ? error : null))
  if (body === null) return
  const request: HttpRequest = {
    id,
    method,
    target,
    params: entry ? paramsOf(entry.parts, parts) : {},
    query: new URL(target, 'http://cloud').searchParams,
    header: (name) => headerOf(incoming, name),
    body: typeof body === 'string' ? body : '',
  }
  const carryOut = async (): Promise<HttpReply> => {
    try {
      if (!entry) throw new Fault(404, 'NoRoute')
      if (typeof body !== 'string') throw body
      return await entry.handle(request)
    } catch (error) {
      const fault = error instanceof Fault ? error : new Fault(500, 'RemoteError')
      if (!(error instanceof Fault))
        options.log(`${method} ${target}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      return service.refuse(fault)
    }
  }
  const call: Call = { service: service.name, verb: verbOf(entry, request), request, refuse: (fault) => service.refuse(fault) }
  const reply = options.intercept ? await options.intercept(call, carryOut) : await carryOut()
  if (reply === 'lost') incoming.socket.destroy()
  else send(outgoing, id, reply, method)
}

function verbOf(entry: Entry | undefined, request: HttpRequest): string {
  const verb = entry?.verb ?? 'other'
  return typeof verb === 'string' ? verb : verb(request)
}

function send(outgoing: ServerResponse, id: string, reply: HttpReply, method: string): void {
  const written = reply.html ?? (reply.body === undefined ? undefined : JSON.stringify(reply.body))
  const bytes = written === undefined ? undefined : Buffer.from(written)
  outgoing.writeHead(reply.status, {
    ...(bytes ? { 'Content-Type': reply.html === undefined ? 'application/json' : 'text/html', 'Content-Length': bytes.length } : {}),
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

/** The first word of a body that asks for an action by its only key, as Heat's and Nova's do. */
export function firstKey(request: HttpRequest): string | undefined {
  try {
    return Object.keys(bodyOf(request))[0]
  } catch {
    return undefined
  }
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
