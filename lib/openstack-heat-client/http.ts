import type { z } from 'zod'
import { classify, HeatError, readErrorBody } from './errors.ts'

/** What every call may be given. */
export type CallOptions = {
  /** Ends the call early; the promise then rejects with the signal's reason, not with a HeatError. */
  signal?: AbortSignal
  /** A UUID that follows the request into the cloud's logs, as the global request id "req-<uuid>". */
  correlationId?: string
}

/** One exchange, as it is told to `onRequest`. Never a body, a query or a token. */
export type RequestRecord = {
  method: string
  path: string
  /** null where no answer came. */
  status: number | null
  ms: number
  /** X-Openstack-Request-Id of the answer. */
  requestId: string | null
  correlationId: string | null
}

/** How to talk: everything that touches the world is handed in. */
export type Transport = {
  fetch: typeof globalThis.fetch
  now: () => Date
  timeoutMs: number
  maxResponseBytes: number
  userAgent: string
  onRequest: ((record: RequestRecord) => void) | undefined
}

export type HttpRequest = {
  method: 'GET' | 'POST' | 'DELETE'
  url: string
  token?: string
  body?: unknown
  call?: CallOptions
}

export type HttpAnswer = { status: number; headers: Headers; body: unknown; requestId: string | null }

/**
 * One request and its answer, whatever its status. A GET whose connection failed is asked once more at once (a
 * kept-alive connection that the server closed); nothing else is ever repeated here.
 *
 * @throws HeatError `timeout` (no whole answer within `timeoutMs`), `outage` (no connection), `protocol` (too large, or not JSON)
 */
export async function send(transport: Transport, request: HttpRequest): Promise<HttpAnswer> {
  try {
    return await exchange(transport, request)
  } catch (error) {
    if (request.method !== 'GET' || !(error instanceof HeatError) || error.code !== 'outage') throw error
    return exchange(transport, request)
  }
}

async function exchange(transport: Transport, request: HttpRequest): Promise<HttpAnswer> {
  const startedAt = transport.now().getTime()
  const deadline = AbortSignal.timeout(transport.timeoutMs)
  const signal = request.call?.signal ? AbortSignal.any([deadline, request.call.signal]) : deadline
  let status: number | null = null
  let requestId: string | null = null
  try {
    const response = await transport.fetch(request.url, {
      method: request.method,
      headers: headersOf(transport, request),
      body: request.body === undefined ? undefined : JSON.stringify(request.body),
      redirect: 'manual',
      signal,
    })
    status = response.status
    requestId = response.headers.get('x-openstack-request-id')
    const bytes = await readBounded(response, transport.maxResponseBytes)
    if (bytes === null)
      throw protocolError(request, { status, requestId }, `The answer is larger than ${transport.maxResponseBytes} bytes.`)
    return { status, headers: response.headers, body: parseBody(response, bytes, request), requestId }
  } catch (error) {
    throw asHeatError(error, request, { status, requestId, deadline })
  } finally {
    transport.onRequest?.({
      method: request.method,
      path: new URL(request.url).pathname,
      status,
      ms: transport.now().getTime() - startedAt,
      requestId,
      correlationId: request.call?.correlationId ?? null,
    })
  }
}

function headersOf(transport: Transport, { token, body, call }: HttpRequest): Record<string, string> {
  return {
    accept: 'application/json',
    'user-agent': transport.userAgent,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(token === undefined ? {} : { 'x-auth-token': token }),
    // oslo.middleware takes the caller's id as the global one only in this form.
    ...(call?.correlationId === undefined ? {} : { 'x-openstack-request-id': `req-${call.correlationId}` }),
  }
}

/** The body as text, or null if it is larger than allowed (the rest is then not read). */
async function readBounded(response: Response, maxBytes: number): Promise<string | null> {
  if (!response.body) return ''
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body) {
    length += chunk.byteLength
    if (length > maxBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** JSON where the answer says it is; error pages of proxies and the text of a 202 are of no use to anybody. */
function parseBody(response: Response, body: string, request: HttpRequest): unknown {
  if (body === '' || !/^application\/json\b/.test(response.headers.get('content-type') ?? '')) return null
  try {
    return JSON.parse(body)
  } catch (cause) {
    const requestId = response.headers.get('x-openstack-request-id')
    if (!response.ok) return null
    throw protocolError(request, { status: response.status, requestId }, 'The answer is not JSON although it says so.', cause)
  }
}

function asHeatError(
  error: unknown,
  request: HttpRequest,
  seen: { status: number | null; requestId: string | null; deadline: AbortSignal },
): unknown {
  if (error instanceof HeatError) return error
  const base = { ...seen, method: request.method, url: plainUrl(request.url) }
  if (request.call?.signal?.aborted) return request.call.signal.reason
  if (seen.deadline.aborted)
    return new HeatError('timeout', { ...base, title: 'Timeout', explanation: 'No whole answer in time.' }, { cause: error })
  return new HeatError('outage', { ...base, title: 'Connection failed', explanation: causeOf(error) }, { cause: error })
}

/** fetch says "fetch failed" and keeps the reason (ECONNREFUSED, ...) in `cause`. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

/** The answer, if it has one of the wanted statuses. @throws HeatError by `classify` for any other */
export function expectStatus(answer: HttpAnswer, wanted: readonly number[], request: { method: string; url: string }): HttpAnswer {
  if (wanted.includes(answer.status)) return answer
  const said = readErrorBody(answer.body, answer.status)
  throw new HeatError(classify(answer.status, said), {
    status: answer.status,
    method: request.method,
    url: plainUrl(request.url),
    requestId: answer.requestId,
    ...said,
  })
}

/** Reads a body into our words. @throws HeatError `protocol` if it is not what the API promises; values are not repeated in the message */
export function bodyAs<T>(schema: z.ZodType<T>): (answer: HttpAnswer, request: { method: string; url: string }) => T {
  return (answer, request) => {
    const parsed = schema.safeParse(answer.body)
    if (parsed.success) return parsed.data
    const first = parsed.error.issues[0]
    throw protocolError(request, answer, `Unexpected answer at ${first?.path.join('.') || 'its top'}: ${first?.message ?? 'unknown'}`)
  }
}

/** For answers whose body says nothing. */
export const nothing = (): void => {}

export function protocolError(
  request: { method: string; url: string },
  answer: { status: number | null; requestId: string | null },
  explanation: string,
  cause?: unknown,
): HeatError {
  const { status, requestId } = answer
  return new HeatError(
    'protocol',
    { status, requestId, method: request.method, url: plainUrl(request.url), title: 'Unexpected answer', explanation },
    { cause },
  )
}

function plainUrl(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}
