import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { badRequest, Fault } from './fault.ts'
import type { Json, JsonMap } from './json.ts'
import { jsonComplaint } from './python-json.ts'
import { malformed } from './webob.ts'

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
  /** Whose unknown addresses are its own: `/compute`. Absent: those that are nobody's. */
  prefix?: string
  routes: Route[]
  /** How this service words a failure, and an address (`NoRoute`) or a method (`NoMethod`, with those that it does know) that it does not know. */
  refuse(fault: Fault, request: HttpRequest): HttpReply
  /** Whether HEAD is answered wherever GET is. */
  answersHead?: true
  maxBodyBytes: number
  /** What it says of more than that; absent: 413. */
  tooLarge?: (size: number) => Fault
  /** Headers in which an answer bears its request's id, besides `X-Openstack-Request-Id`. */
  idHeaders?: string[]
}
export type ServiceName = 'identity' | 'heat' | 'nova' | 'neutron' | 'glance' | 'cinder' | 'control'
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

/**
 * One address space of routes. Of several services, the first that has the path answers; what nobody has is refused by the one whose
 * prefix it bears.
 */
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
  const path = target.split('?')[0] ?? '/'
  const parts = split(path)
  const fitting = table.filter((candidate) => matches(candidate.parts, parts))
  const entry =
    fitting.find((candidate) => candidate.method === method) ??
    fitting.find((candidate) => method === 'HEAD' && candidate.method === 'GET' && candidate.service.answersHead)
  const service = entry?.service ?? fitting[0]?.service ?? ownerOf(options.services, path)
  const body = await readBody(incoming, service).catch((error: unknown) => (error instanceof Fault ? error : null))
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
      if (!entry) throw unknownAddress(fitting)
      if (typeof body !== 'string') throw body
      return await entry.handle(request)
    } catch (error) {
      const fault = error instanceof Fault ? error : new Fault(500, 'RemoteError')
      if (!(error instanceof Fault))
        options.log(`${id} ${method} ${path}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      return service.refuse(fault, request)
    }
  }
  const call: Call = { service: service.name, verb: verbOf(entry, request), request, refuse: (fault) => service.refuse(fault, request) }
  const reply = options.intercept ? await options.intercept(call, carryOut) : await carryOut()
  if (reply === 'lost') incoming.socket.destroy()
  else send(outgoing, { ...reply, headers: { ...idsOf(service, id), ...reply.headers } }, method)
}

function unknownAddress(fitting: Entry[]): Fault {
  if (fitting.length === 0) return new Fault(404, 'NoRoute')
  return new Fault(405, 'NoMethod', [...new Set(fitting.map(({ method }) => method))].join(', '))
}

function ownerOf(services: Service[], path: string): Service {
  const owner = services.find(({ prefix }) => prefix !== undefined && (path === prefix || path.startsWith(`${prefix}/`))) ?? services[0]
  if (!owner) throw new Error('a listener without services')
  return owner
}

function idsOf({ idHeaders = [] }: Service, id: string): Record<string, string> {
  return Object.fromEntries(['X-Openstack-Request-Id', ...idHeaders].map((name) => [name, id]))
}

function verbOf(entry: Entry | undefined, request: HttpRequest): string {
  const verb = entry?.verb ?? 'other'
  return typeof verb === 'string' ? verb : verb(request)
}

function send(outgoing: ServerResponse, reply: HttpReply, method: string): void {
  const written = reply.html ?? (reply.body === undefined ? undefined : JSON.stringify(reply.body))
  const bytes = written === undefined ? undefined : Buffer.from(written)
  outgoing.writeHead(reply.status, {
    ...(bytes ? { 'Content-Type': reply.html === undefined ? 'application/json' : 'text/html', 'Content-Length': bytes.length } : {}),
    ...reply.headers,
  })
  outgoing.end(method === 'HEAD' ? undefined : bytes)
}

function readBody(incoming: IncomingMessage, service: Service): Promise<string> {
  const { maxBodyBytes: limit, tooLarge } = service
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
    })
    incoming.on('end', () => {
      if (size <= limit) resolve(Buffer.concat(chunks).toString('utf8'))
      else reject(tooLarge?.(size) ?? new Fault(413, 'TooLarge', `Request is too large. Larger than max_request_body_size (${limit}).`))
    })
    incoming.on('error', reject)
  })
}

/** The JSON map in a request's body; an empty body counts as an empty map. `complaint`: what to say of anything else, instead of Heat's words. */
export function bodyOf(request: HttpRequest, complaint?: string): JsonMap {
  if (request.body.trim() === '') return {}
  let value: unknown
  try {
    value = JSON.parse(request.body)
  } catch {
    throw badRequest(complaint ?? (request.body.trimStart().startsWith('{') ? jsonComplaint(request.body) : undefined) ?? malformed)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badRequest(complaint ?? malformed)
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
