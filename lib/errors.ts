/**
 * Every failure of the product has a code for machines, a sentence for people and a cause for operators.
 * Libraries (heat client, LTI provider, dev cloud) have errors of their own; the domain translates them in one place each.
 */

type Row = {
  http: number
  /** `no`: the same request will fail again. `later`: it may succeed after a while. `again`: look at the world again at once. */
  retry: 'no' | 'later' | 'again'
  /** For the person, in the voice of the product: what is, why, what next. */
  says: string
}

const table = {
  'access.signed_out': {
    http: 401,
    retry: 'no',
    says: 'This page does not know you any more. Open the lab from your course again; your machines are as you left them.',
  },
  'access.denied': { http: 403, retry: 'no', says: 'You do not have access to this.' },
  'access.foreign_origin': { http: 403, retry: 'no', says: 'This request came from another site and was not carried out.' },
  'access.link_used': { http: 410, retry: 'no', says: 'This link has been used or has expired. Ask for a new one.' },
  'access.ticket_invalid': {
    http: 401,
    retry: 'again',
    says: 'The connection could not be opened. The page asks for a new one by itself.',
  },
  'input.invalid': { http: 422, retry: 'no', says: 'Something in this request is not as it should be.' },
  'input.too_large': { http: 413, retry: 'no', says: 'This request is too large.' },
  'input.wrong_type': { http: 415, retry: 'no', says: 'This request has a form that is not understood here.' },
  'page.not_found': { http: 404, retry: 'no', says: 'There is nothing at this address.' },

  'lti.request_malformed': {
    http: 400,
    retry: 'no',
    says: 'Your course sent a request that is incomplete. Open the lab from your course again; if it stays like this, tell your instructor.',
  },
  'lti.platform_unknown': {
    http: 400,
    retry: 'no',
    says: 'This course platform is not registered here. An administrator has to add it first.',
  },
  'lti.registration_ambiguous': {
    http: 400,
    retry: 'no',
    says: 'Your course platform did not say which of its registrations this is. An administrator has to complete its settings.',
  },
  'lti.platform_disabled': { http: 403, retry: 'no', says: 'This course platform is switched off here.' },
  'lti.target_foreign': { http: 400, retry: 'no', says: 'Your course asked for an address that is not ours.' },
  'lti.login_refused': {
    http: 401,
    retry: 'no',
    says: 'Your course platform did not sign you in. Sign in there, then open the lab again.',
  },
  'lti.state_unknown': { http: 401, retry: 'no', says: 'This sign-in was not started here. Open the lab from your course again.' },
  'lti.state_used': { http: 410, retry: 'no', says: 'This launch was already used. Open the lab from your course again.' },
  'lti.state_expired': { http: 410, retry: 'no', says: 'This sign-in took too long. Open the lab from your course again.' },
  'lti.other_browser': { http: 401, retry: 'no', says: 'Your browser keeps this frame from knowing you. Open the lab in its own window.' },
  'lti.token_invalid': {
    http: 401,
    retry: 'no',
    says: 'What your course sent could not be verified. Open the lab from your course again; if it stays like this, tell your instructor.',
  },
  'lti.token_malformed': { http: 400, retry: 'no', says: 'What your course sent is not a complete launch. Tell your instructor.' },
  'lti.message_unsupported': { http: 400, retry: 'no', says: 'Your course asked for something that is not offered here.' },
  'lti.deployment_unknown': {
    http: 403,
    retry: 'no',
    says: 'This place in your course platform has not been approved here yet. An administrator has to add it.',
  },
  'lti.keys_unreachable': {
    http: 503,
    retry: 'later',
    says: 'The keys of your course platform cannot be fetched just now. Try again in a minute.',
  },

  'lab.not_found': { http: 404, retry: 'no', says: 'There is no such lab.' },
  'lab.not_chosen': { http: 409, retry: 'no', says: 'Your instructor has not chosen a lab for this place yet.' },
  'lab.invalid': { http: 422, retry: 'no', says: 'The lab has mistakes that must be mended first.' },

  'environment.not_found': { http: 404, retry: 'no', says: 'These machines no longer exist.' },
  'environment.not_ready': { http: 409, retry: 'later', says: 'Your machines are not ready yet.' },
  'environment.lost': { http: 409, retry: 'no', says: 'Your machines were removed outside this page. Reset to get new ones.' },
  'environment.create_failed': { http: 409, retry: 'no', says: 'Your machines could not be built. Nothing you did caused this.' },
  'environment.create_stuck': {
    http: 409,
    retry: 'no',
    says: 'The cloud did not finish your machines in the time that the lab allows. Nothing you did caused this.',
  },
  'environment.not_signalled': { http: 409, retry: 'no', says: 'Your machines started but did not report that they are ready in time.' },
  'environment.hosts_missing': { http: 409, retry: 'no', says: 'The lab does not say where its machines are. Tell your instructor.' },
  'environment.unreachable': { http: 503, retry: 'later', says: 'Your machines run, but do not answer yet.' },
  'environment.suspend_failed': {
    http: 409,
    retry: 'later',
    says: 'Your machines could not be put to sleep yet. They run on meanwhile, and it is tried again.',
  },
  'environment.resume_failed': {
    http: 409,
    retry: 'no',
    says: 'Your machines could not be woken. Everything on them is kept. Try again, or tell your instructor.',
  },
  'environment.delete_failed': {
    http: 409,
    retry: 'later',
    says: 'The cloud has not removed these machines yet. It is asked again; nobody has to wait for that.',
  },
  'environment.clock_wrong': {
    http: 409,
    retry: 'later',
    says: 'Your machines are awake, but the clock of one is wrong and could not be set. Programs that look at the time may be confused.',
  },
  'environment.extension_refused': {
    http: 409,
    retry: 'no',
    says: 'There is no more time to be had now.',
  },
  'environment.action_refused': { http: 409, retry: 'no', says: 'This cannot be done now.' },

  'cloud.unavailable': { http: 503, retry: 'later', says: 'The cloud is not answering. We keep trying.' },
  'cloud.auth_failed': { http: 503, retry: 'later', says: 'The cloud does not accept our credentials. An administrator has been told.' },
  'cloud.refused': { http: 409, retry: 'no', says: 'The cloud does not accept this lab. Tell your instructor.' },
  'cloud.quota_exceeded': { http: 409, retry: 'later', says: 'The cloud has no room for more machines just now.' },
  'cloud.conflict': { http: 409, retry: 'again', says: 'The cloud is busy with these machines.' },
  'cloud.not_configured': { http: 503, retry: 'later', says: 'No cloud is connected, so machines cannot be started.' },
  'cloud.no_machines': { http: 503, retry: 'no', says: 'This computer cannot carry machines.' },

  'terminal.connection_failed': { http: 503, retry: 'later', says: 'The machine does not answer. Trying again.' },
  'terminal.host_key_changed': {
    http: 409,
    retry: 'no',
    says: 'This machine does not show the identity it had before, so the connection was not opened. Reset to get new machines, or tell your instructor.',
  },
  'terminal.ended': { http: 410, retry: 'no', says: 'This shell has ended.' },

  'internal.fault': { http: 500, retry: 'later', says: 'Something here is broken. It has been logged; try again in a minute.' },
} as const satisfies Record<string, Row>

export type FailureCode = keyof typeof table

const BRAND = 'astrolabe.failure'

export type Failure = Error & {
  readonly brand: typeof BRAND
  readonly code: FailureCode
  /** More for the person, e.g. the name of a field. Safe to show. */
  readonly detail?: string
  /** For operators only: the cloud's own words, the check that failed. */
  readonly internal?: string
}

/**
 * Makes a failure to throw.
 * @param code a row of the table
 * @param more `detail` may be shown to the person; `internal` and `cause` are for the log
 */
export function fail(code: FailureCode, more: { detail?: string; internal?: string; cause?: unknown } = {}): Failure {
  const error = new Error(more.internal ?? more.detail ?? code, more.cause === undefined ? undefined : { cause: more.cause })
  return Object.assign(error, { name: 'Failure', brand: BRAND, code, detail: more.detail, internal: more.internal } as const)
}

/** By brand and code, never by class: one process can hold several copies of this module. */
export function isFailure(error: unknown, code?: FailureCode): error is Failure {
  return (
    error instanceof Error && 'brand' in error && error.brand === BRAND && (code === undefined || ('code' in error && error.code === code))
  )
}

export function isFailureCode(code: string): code is FailureCode {
  return Object.hasOwn(table, code)
}

/** What the table says of a code: HTTP status, whether to try again, the sentence for people. */
export function failureRow(code: FailureCode): Row {
  return table[code]
}

/** All codes, for the test that keeps table and documents in step. */
export const failureCodes = Object.keys(table) as FailureCode[]
