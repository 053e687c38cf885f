import { type Failure, type FailureCode, fail, failureRow, isFailure } from '../errors.ts'
import { log } from '../log.ts'
import { isLtiError, type LtiCheck } from '../lti-provider/index.ts'
import { refusalPage } from './pages.ts'

/*
 * The one place where the LTI library's checks become the product's failures. People are told what to do, the log which check it was.
 */
const failures = {
  'login.parameter_missing': 'lti.request_malformed',
  'login.parameter_twice': 'lti.request_malformed',
  'login.parameter_too_long': 'lti.request_malformed',
  'login.target_foreign': 'lti.target_foreign',
  'response.parameter_missing': 'lti.request_malformed',
  'response.parameter_twice': 'lti.request_malformed',
  'response.token_too_long': 'input.too_large',
  'response.platform_error': 'lti.login_refused',
  'token.structure': 'lti.token_malformed',
  'token.encoding': 'lti.token_malformed',
  'token.json': 'lti.token_malformed',
  'header.algorithm': 'lti.token_invalid',
  'header.kid_missing': 'lti.token_invalid',
  'header.kid_invalid': 'lti.token_invalid',
  'header.type': 'lti.token_invalid',
  'header.critical': 'lti.token_invalid',
  'key.unknown': 'lti.token_invalid',
  'key.unsuitable': 'lti.token_invalid',
  'key_set.address': 'lti.keys_unreachable',
  'key_set.unreachable': 'lti.keys_unreachable',
  'key_set.content': 'lti.keys_unreachable',
  'signature.invalid': 'lti.token_invalid',
  'claim.issuer': 'lti.token_invalid',
  'claim.audience': 'lti.token_invalid',
  'claim.authorized_party': 'lti.token_invalid',
  'claim.expiry': 'lti.token_invalid',
  'claim.issued_at': 'lti.token_invalid',
  'claim.not_before': 'lti.token_invalid',
  'claim.nonce': 'lti.token_invalid',
  'claim.missing': 'lti.token_malformed',
  'claim.subject': 'lti.token_malformed',
  'claim.version': 'lti.token_malformed',
  'claim.message_type': 'lti.message_unsupported',
  'claim.deployment': 'lti.token_malformed',
  'claim.deployment_mismatch': 'lti.token_invalid',
  'claim.target': 'lti.token_malformed',
  'claim.target_mismatch': 'lti.token_invalid',
  'claim.target_foreign': 'lti.target_foreign',
  'claim.resource_link': 'lti.token_malformed',
  'claim.roles': 'lti.token_malformed',
} as const satisfies Record<LtiCheck, FailureCode>

/** The product's failure for whatever was thrown. The check, never a token, is in `internal`. */
export function asFailure(error: unknown): Failure {
  if (isFailure(error)) return error
  if (!isLtiError(error)) return fail('internal.fault', { cause: error })
  const what = error.message === error.code ? '' : `: ${error.message}`
  const detail = error.code === 'login.parameter_missing' ? `It did not send ${error.message}.` : undefined
  return fail(failures[error.code], { internal: `${error.code}${what}`, cause: error, ...(detail === undefined ? {} : { detail }) })
}

export type RefusalContext = {
  correlationId: string
  /** Where it happened: `login`, `launch`, `window`, `operator sign-in`. */
  at: string
  ancestors?: readonly string[]
  /** What else the log should say; ids and issuers only. */
  fields?: Record<string, string | null>
}

/** The part of a correlation id that people quote. It is in the log line, too. */
export function referenceOf(correlationId: string): string {
  return correlationId.slice(-12)
}

/** Logs a refusal or fault once and answers it with the page. */
export function refuse(error: unknown, { correlationId, at, ancestors, fields }: RefusalContext): Response {
  const failure = asFailure(error)
  const reference = referenceOf(correlationId)
  logRefusal(failure, { correlationId, reference, at, ...fields })
  const { code, detail = null } = failure
  return refusalPage({ code, detail, reference, ...(ancestors === undefined ? {} : { ancestors }) })
}

/** One line for a refusal; a fault comes with its stack. */
export function logRefusal(failure: Failure, fields: Record<string, string | null>): void {
  const line = { code: failure.code, check: failure.internal ?? null, ...fields }
  if (failureRow(failure.code).http >= 500) log().error({ ...line, err: failure.cause ?? failure }, 'launch failed')
  else log().warn(line, 'launch refused')
}
