/*
 * What this library refuses, named after the check that failed. Whoever uses it translates a check into an answer for people;
 * the check itself belongs in the log.
 */

export const ltiChecks = [
  // third-party login (Security Framework 5.1.1.1)
  'login.parameter_missing',
  'login.parameter_twice',
  'login.parameter_too_long',
  'login.target_foreign',
  // authentication response (Security Framework 5.1.1.3)
  'response.parameter_missing',
  'response.parameter_twice',
  'response.token_too_long',
  'response.platform_error',
  // structure of the token (RFC 7519 7.2, RFC 7515 5.2)
  'token.structure',
  'token.encoding',
  'token.json',
  // header (RFC 7515 4.1)
  'header.algorithm',
  'header.kid_missing',
  'header.kid_invalid',
  'header.type',
  'header.critical',
  // keys (Security Framework 6.3)
  'key.unknown',
  'key.unsuitable',
  'key_set.address',
  'key_set.unreachable',
  'key_set.content',
  'signature.invalid',
  // OpenID Connect claims (Security Framework 5.1.3)
  'claim.issuer',
  'claim.audience',
  'claim.authorized_party',
  'claim.expiry',
  'claim.issued_at',
  'claim.not_before',
  'claim.nonce',
  // LTI claims (core 5.3)
  'claim.missing',
  'claim.subject',
  'claim.version',
  'claim.message_type',
  'claim.deployment',
  'claim.deployment_mismatch',
  'claim.target',
  'claim.target_mismatch',
  'claim.target_foreign',
  'claim.resource_link',
  'claim.roles',
] as const

export type LtiCheck = (typeof ltiChecks)[number]

/** A message that was refused. `code` names the check; the message is for the log and never holds a token. */
export class LtiError extends Error {
  readonly code: LtiCheck
  constructor(code: LtiCheck, message: string = code, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'LtiError'
    this.code = code
  }
}

/** By name and code, never by class: one process can hold several copies of this module. */
export function isLtiError(error: unknown): error is LtiError {
  return error instanceof Error && error.name === 'LtiError' && 'code' in error && ltiChecks.some((check) => check === error.code)
}
