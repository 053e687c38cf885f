/**
 * Why a call failed, for machines. Nothing else is ever thrown by this room, save a caller's own abort.
 *
 * - `auth_failed`: Keystone refused the credentials, or a fresh token was refused too. People must act.
 * - `forbidden`: known, but not allowed to do this.
 * - `not_found`: no such stack, resource, output; or its deletion is complete.
 * - `conflict`: the name is taken (also by a stack whose deletion runs or failed), or another conflict: look again.
 * - `in_progress`: Heat is busy with another action on this stack: look again.
 * - `invalid`: the template, a parameter or the request is wrong and will stay wrong.
 * - `limit`: the project may have no more stacks.
 * - `outage`: Heat, or a service behind it, did not do its work; the same call may succeed later.
 * - `timeout`: no answer in time. What was asked may have happened all the same.
 * - `protocol`: an answer that is not what the API promises.
 */
export type HeatErrorCode =
  | 'auth_failed'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'in_progress'
  | 'invalid'
  | 'limit'
  | 'outage'
  | 'timeout'
  | 'protocol'

export type HeatErrorFields = {
  /** HTTP status; null where no answer came. */
  status: number | null
  method: string
  /** Without query, user or password. */
  url: string
  /** X-Openstack-Request-Id of the answer: what an operator greps the cloud's logs for. */
  requestId: string | null
  /** The API's own name of the failure, e.g. "StackExists", "Not Found". */
  title: string
  /** The API's own words, at most 2000 characters. For operators: learners never see it. */
  explanation: string
}

/** A failed call. Recognise it with `isHeatError` and its `code`, never by instanceof: several copies of this class can be loaded. */
export class HeatError extends Error {
  override readonly name = 'HeatError'
  readonly code: HeatErrorCode
  readonly status: number | null
  readonly method: string
  readonly url: string
  readonly requestId: string | null
  readonly title: string
  readonly explanation: string

  constructor(code: HeatErrorCode, fields: HeatErrorFields, options?: { cause?: unknown }) {
    super(`${fields.method} ${fields.url}: ${fields.status ?? 'no answer'} ${fields.title}: ${fields.explanation}`, options)
    this.code = code
    this.status = fields.status
    this.method = fields.method
    this.url = fields.url
    this.requestId = fields.requestId
    this.title = fields.title
    this.explanation = fields.explanation
  }
}

/** True for a `HeatError` of any copy of this module, optionally of one code. */
export function isHeatError(error: unknown, code?: HeatErrorCode): error is HeatError {
  return error instanceof Error && error.name === 'HeatError' && 'code' in error && (code === undefined || error.code === code)
}

/** What an error body says, whichever of its shapes it has (see `readErrorBody`). */
export type ErrorBody = { title: string; explanation: string }

const MOST_CHARACTERS = 2000

/**
 * Reads the error bodies seen from Heat, Keystone and Nova:
 * Heat's own `{code, title, explanation, error: {type, message?}}`, Keystone's (and its middleware's)
 * `{error: {code, title, message}}`, webob's `{message, code: "404 Not Found", title}`,
 * and Nova's `{conflictingRequest: {code, message}}`, whose one key is the failure's name.
 */
export function readErrorBody(body: unknown, status: number): ErrorBody {
  const outer = asRecord(body)
  const [onlyKey = '', ...otherKeys] = Object.keys(outer)
  const novas = otherKeys.length === 0 && onlyKey !== 'error' && text(asRecord(outer[onlyKey]).message) !== undefined
  const inner = asRecord(novas ? outer[onlyKey] : outer.error)
  const title = text(inner.type) ?? text(inner.title) ?? text(outer.title) ?? (novas ? onlyKey : `HTTP ${status}`)
  const explanation = text(inner.message) ?? text(outer.explanation) ?? text(outer.message) ?? ''
  return { title, explanation: explanation.slice(0, MOST_CHARACTERS) }
}

/**
 * Heat's words for "a service behind me does not answer" in what it sends as a client error: Nova down is a
 * 400 StackValidationFailed that begins with the name of the exception of the service's client, Neutron down a
 * 400 ResourceTypeUnavailable.
 */
const OUTAGE_BEGINNING =
  /^(?:ConnectFailure|ConnectTimeout|ConnectionError|SSLFailure|DiscoveryFailure|EndpointNotFound|RetriableConnectionFailure|InternalServerError|ServiceUnavailable|BadGateway|GatewayTimeout)\b/
const OUTAGE_INSIDE = /Unable to establish connection to https?:|Max retries exceeded with url|\(HTTP 5\d\d\)/
const STACK_LIMIT = /maximum stacks per tenant/

/** The code of an error answer. First match wins. */
export function classify(status: number, { title, explanation }: ErrorBody): HeatErrorCode {
  if (status === 401) return 'auth_failed'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'not_found'
  if (status === 409) return title === 'ActionInProgress' ? 'in_progress' : 'conflict'
  if (status === 429 || status >= 500) return 'outage'
  if (status < 400) return 'protocol'
  if (title === 'ResourceTypeUnavailable') return 'outage'
  if (OUTAGE_BEGINNING.test(explanation) || OUTAGE_INSIDE.test(explanation)) return 'outage'
  if (title === 'RequestLimitExceeded' && STACK_LIMIT.test(explanation)) return 'limit'
  return 'invalid'
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
