/**
 * An LTI platform without its pages: who it is, which tools it knows, its keys, and its answers to authentication requests.
 * The demo course is one such platform; tests make several.
 */
import { type AuthorizationDecision, type Client, decideAuthorization } from './authorization.ts'
import { formPost } from './form-post.ts'
import { idTokenClaims } from './id-token.ts'
import { type Keyring, keySetOf, type SigningKey } from './keyring.ts'
import type { MessageHints } from './message-hints.ts'
import type { Answer } from './request-door.ts'
import { signedToken } from './web-signature.ts'

export type Platform = {
  readonly issuer: string
  readonly clients: readonly Client[]
  readonly hints: MessageHints
  readonly now: () => Date
  readonly returnUrl: string
  keyring: Keyring
}

/** The key that signs now. */
export function currentKey(platform: Pick<Platform, 'keyring'>): SigningKey {
  const [key] = platform.keyring
  if (key === undefined) throw new TypeError('A platform needs at least one signing key')
  return key
}

/** The key set document, public, cacheable for a minute (lti.md a1). */
export function keySetAnswer(platform: Pick<Platform, 'keyring'>): Answer {
  const headers = { 'content-type': 'application/json', 'cache-control': 'public, max-age=60' }
  return { status: 200, headers, body: JSON.stringify(keySetOf(platform.keyring)) }
}

export type AuthorizationAnswer = { readonly decision: AuthorizationDecision; readonly answer?: Answer }

/**
 * Answers an authentication request: a form post to the tool with `id_token` and `state`, or with `error` and `state`
 * (LTI security 5.1.1.3). For a request that must not be answered to the tool there is no `answer`: the caller shows
 * the decision's sentence on a page of its own. A granted launch is spent in the same step.
 */
export function answerAuthorization(platform: Platform, parameters: URLSearchParams): AuthorizationAnswer {
  const decision = decideAuthorization(parameters, { clients: platform.clients, findLaunch: platform.hints.find })
  if (decision.kind === 'stop') return { decision }
  const sendsTo = new URL(decision.redirectUri).origin
  if (decision.kind === 'refuse') {
    const fields = [
      ['state', decision.state] as const,
      ['error', decision.error] as const,
      ['error_description', decision.description] as const,
    ]
    return { decision, answer: formPost({ action: decision.redirectUri, fields, sendsTo }) }
  }
  platform.hints.spend(parameters.get('lti_message_hint') ?? '')
  const claims = idTokenClaims(
    { ...decision.launch, issuer: platform.issuer, nonce: decision.nonce, returnUrl: platform.returnUrl },
    platform.now(),
  )
  const key = currentKey(platform)
  const idToken = signedToken({ alg: 'RS256', typ: 'JWT', kid: key.kid }, claims, key.privateKey)
  const fields = [['id_token', idToken] as const, ['state', decision.state] as const]
  return { decision, answer: formPost({ action: decision.redirectUri, fields, sendsTo }) }
}
