/**
 * The platform's half of the OpenID Connect exchange (LTI security 5.1.1.2, 5.1.1.3; OIDC core 3.2.2): is this
 * authentication request one we asked for, and from whom? A pure decision; it is stricter than Moodle and Open edX, which
 * each let some of these mistakes pass.
 */
import type { BegunLaunch } from './message-hints.ts'

/** A tool the platform knows, under one client id. */
export type Client = { readonly clientId: string; readonly redirectUris: readonly string[]; readonly deploymentIds: readonly string[] }

/** Shortest `state` and `nonce` accepted: 128 bits in base64url. Real platforms take anything. */
export const shortestRandomValue = 22

export type AuthorizationDecision =
  /** The platform's own error page: nobody is told anything at an address that was not registered (RFC 6749 4.1.2.1). */
  | { readonly kind: 'stop'; readonly code: string; readonly sentence: string }
  /** The tool hears about it, by form post to its registered address. */
  | { readonly kind: 'refuse'; readonly redirectUri: string; readonly state: string; readonly error: string; readonly description: string }
  | { readonly kind: 'grant'; readonly redirectUri: string; readonly state: string; readonly nonce: string; readonly launch: BegunLaunch }

export type AuthorizationContext = {
  readonly clients: readonly Client[]
  readonly findLaunch: (hint: string) => BegunLaunch | undefined
}

const onceOnly = [
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'prompt',
  'state',
  'nonce',
  'login_hint',
  'lti_message_hint',
]

/** Decides one authentication request from its parameters, query and body together. */
export function decideAuthorization(parameters: URLSearchParams, context: AuthorizationContext): AuthorizationDecision {
  const twice = onceOnly.find((name) => parameters.getAll(name).length > 1)
  if (twice !== undefined) return stop('parameter_twice', `The parameter ${twice} was sent more than once.`)

  const client = context.clients.find(({ clientId }) => clientId === parameters.get('client_id'))
  if (client === undefined) return stop('unknown_client', 'No tool is registered under this client_id.')

  const redirectUri = parameters.get('redirect_uri')
  if (redirectUri === null || !client.redirectUris.includes(redirectUri)) {
    return stop('wrong_redirect_uri', 'The redirect_uri is not one that was registered for this tool, character by character.')
  }

  const state = parameters.get('state') ?? ''
  if (state.length < shortestRandomValue) return stop('weak_state', 'The parameter state is missing or too short to be unguessable.')

  const refuse = (error: string, description: string) => ({ kind: 'refuse', redirectUri, state, error, description }) as const
  const mistake = protocolMistake(parameters)
  if (mistake !== undefined) return refuse(mistake.error, mistake.description)

  const launch = context.findLaunch(parameters.get('lti_message_hint') ?? '')
  if (launch === undefined)
    return refuse('login_required', 'This launch is unknown, over, or was answered before. Open it from the course again.')
  if (launch.clientId !== client.clientId) return refuse('unauthorized_client', 'This launch was begun for another client_id.')
  if (launch.person.key !== parameters.get('login_hint'))
    return refuse('access_denied', 'The login_hint names somebody else than the launch.')
  return { kind: 'grant', redirectUri, state, nonce: parameters.get('nonce') ?? '', launch }
}

function stop(code: string, sentence: string): AuthorizationDecision {
  return { kind: 'stop', code, sentence }
}

type Mistake = { readonly error: string; readonly description: string }

function protocolMistake(parameters: URLSearchParams): Mistake | undefined {
  const fixed: readonly (readonly [string, string, string])[] = [
    ['response_type', 'id_token', 'unsupported_response_type'],
    ['response_mode', 'form_post', 'invalid_request'],
    ['scope', 'openid', 'invalid_scope'],
    ['prompt', 'none', 'invalid_request'],
  ]
  const wrong = fixed.find(([name, value]) => parameters.get(name) !== value)
  if (wrong !== undefined) return { error: wrong[2], description: `The parameter ${wrong[0]} must be ${wrong[1]}.` }
  if ((parameters.get('nonce') ?? '').length < shortestRandomValue) {
    return { error: 'invalid_request', description: 'The parameter nonce is missing or too short to be unguessable.' }
  }
  if (!parameters.get('login_hint')) return { error: 'invalid_request', description: 'The parameter login_hint is missing.' }
  return undefined
}
