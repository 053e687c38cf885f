import { LtiError } from './errors.ts'

/** What a platform posts to the redirect URI (Security Framework 5.1.1.3; OAuth 2.0 form post response mode). */
export type AuthenticationResponse =
  | { kind: 'token'; idToken: string; state: string; storageSecret: string | null }
  /** The platform did not sign anybody in (OIDC core 3.1.2.6), e.g. `login_required`. Unsigned: for display only. */
  | { kind: 'error'; error: string; state: string | null }

const longestToken = 128 * 1024

/**
 * Reads the form; query parameters are never looked at.
 * @throws LtiError `response.*`
 */
export function parseAuthenticationResponse(form: URLSearchParams): AuthenticationResponse {
  const once = (name: string): string | null => {
    const [first = null, ...rest] = form.getAll(name)
    if (rest.length > 0) throw new LtiError('response.parameter_twice', name)
    return first
  }
  const state = once('state')
  const idToken = once('id_token')
  const error = once('error')
  if (error) return { kind: 'error', error: error.replaceAll(/[^\w.-]/g, '').slice(0, 60), state }
  if (!state || state.length > 512) throw new LtiError('response.parameter_missing', 'state')
  if (!idToken) throw new LtiError('response.parameter_missing', 'id_token')
  if (idToken.length > longestToken) throw new LtiError('response.token_too_long')
  return { kind: 'token', idToken, state, storageSecret: once('storage_secret') || null }
}
