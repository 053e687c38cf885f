import { LtiError } from './errors.ts'

/** A platform's request to begin a login (Security Framework 5.1.1.1, core 4.1). Nothing in it is signed. */
export type LoginRequest = {
  issuer: string
  clientId: string | null
  loginHint: string
  targetLinkUri: string
  messageHint: string | null
  deploymentHint: string | null
  /** The frame that keeps data for us (LTI platform storage): `_parent` or a frame's name; null where none is usable. */
  storageTarget: string | null
}

const longest = { iss: 2_048, client_id: 255, login_hint: 4_096, target_link_uri: 2_048, lti_message_hint: 16_384, lti_deployment_id: 255 }
type Name = keyof typeof longest

/** Frame names that mean something else to a browser. */
const reservedFrames = new Set(['top', 'self', 'window', 'parent', 'opener', 'frames', 'document', 'location', 'constructor'])

/**
 * Reads a login request from query and form together: LTI-PHP platforms split it over both, Moodle posts it, Open edX gets it.
 * Unknown parameters are ignored (Security Framework 5.1.1.1).
 * @throws LtiError `login.*`: something is missing, too long, or given twice with different values
 */
export function parseLogin(query: URLSearchParams, form?: URLSearchParams): LoginRequest {
  const value = (name: Name): string | null => {
    const one = single([...query.getAll(name), ...(form?.getAll(name) ?? [])], name)
    if (one !== null && one.length > longest[name]) throw new LtiError('login.parameter_too_long', name)
    return one === '' ? null : one
  }
  const needed = (name: Name): string => {
    const found = value(name)
    if (found === null) throw new LtiError('login.parameter_missing', name)
    return found
  }
  return {
    issuer: needed('iss'),
    loginHint: needed('login_hint'),
    targetLinkUri: needed('target_link_uri'),
    clientId: value('client_id'),
    messageHint: value('lti_message_hint'),
    deploymentHint: value('lti_deployment_id'),
    storageTarget: storageTarget([...query.getAll('lti_storage_target'), ...(form?.getAll('lti_storage_target') ?? [])]),
  }
}

function single(values: string[], name: string): string | null {
  const [first = null, ...rest] = new Set(values)
  if (rest.length > 0) throw new LtiError('login.parameter_twice', name)
  return first
}

function storageTarget([first, ...rest]: string[]): string | null {
  if (first === undefined || rest.some((other) => other !== first)) return null
  if (first === '_parent') return first
  return /^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(first) && !reservedFrames.has(first) ? first : null
}

/**
 * Whether an address lies on the tool's own origin, written plainly: no user part, backslash, control character or dot segment that
 * two readers could understand differently (core 5.3.4: the platform names where the launch ends).
 */
export function isOwnAddress(address: string, toolOrigin: string): boolean {
  if (!address.startsWith(`${toolOrigin}/`) && address !== toolOrigin) return false
  const path = address.slice(toolOrigin.length).split(/[?#]/, 1)[0] ?? ''
  if (/[\\\s\p{Cc}]/u.test(address) || /(^|\/)(\.|%2e){1,2}(\/|$)/i.test(path)) return false
  return URL.canParse(address) && new URL(address).origin === toolOrigin
}

export type AuthenticationRequest = {
  authorizationUrl: string
  clientId: string
  /** One of the few registered addresses, never the target itself: platforms compare it letter by letter. */
  redirectUri: string
  loginHint: string
  messageHint: string | null
  state: string
  nonce: string
}

/**
 * The address to send the browser to: the authentication request (Security Framework 5.1.1.2; OIDC core 3.2.2.1). The
 * registration's own query is kept; hints go back as they came.
 */
export function authorizationAddress(request: AuthenticationRequest): string {
  const address = new URL(request.authorizationUrl)
  const parameters: Record<string, string | null> = {
    scope: 'openid',
    response_type: 'id_token',
    response_mode: 'form_post',
    prompt: 'none',
    client_id: request.clientId,
    redirect_uri: request.redirectUri,
    login_hint: request.loginHint,
    lti_message_hint: request.messageHint,
    state: request.state,
    nonce: request.nonce,
  }
  for (const [name, value] of Object.entries(parameters)) if (value !== null) address.searchParams.set(name, value)
  return address.toString()
}
