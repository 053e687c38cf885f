import { browserCookie, browserSecret, loginCookie, newBrowserSecret } from '../access/browser-cookie.ts'
import { config } from '../config.ts'
import { inTransaction } from '../db.ts'
import { authorizationAddress, isOwnAddress, type LoginRequest, LtiError } from '../lti-provider/index.ts'
import { hashToken, randomToken } from '../secrets.ts'
import { findRegistration, type RegistrationRow, saveLogin } from './store.ts'

/** Where the browser goes next, and what it must keep until it is back. */
export type BegunLogin = {
  registration: RegistrationRow
  address: string
  setCookies: string[]
  /** Set where the platform offers to keep data for us: what to put there before going on. */
  storage: { target: string; platformOrigin: string; key: string; secret: string } | null
}

const loginMs = 10 * 60_000

/** The name under which one login's secrets are kept in cookie and storage; it tells nothing of the state. */
export function loginKey(state: string): string {
  return Buffer.from(hashToken(state)).toString('base64url').slice(0, 16)
}

/** The one redirect URI, registered at every platform. */
export function redirectUri(): string {
  return `${config().origin}/lti/launch`
}

/**
 * Begins a third-party login (Security Framework 5.1.1.1): finds the registration, remembers state, nonce and browser, and says where
 * the browser goes.
 * @throws Failure `lti.*`, LtiError `login.*`
 */
export async function beginLogin(request: LoginRequest, cookieHeader: string | null, now = new Date()): Promise<BegunLogin> {
  const registration = await findRegistration(request)
  if (!isOwnAddress(request.targetLinkUri, config().origin)) throw new LtiError('login.target_foreign')
  const standing = browserSecret(cookieHeader)
  const secret = standing ?? newBrowserSecret()
  const [state, nonce, storageSecret] = [randomToken(), randomToken(), randomToken()]
  const { targetLinkUri, loginHint, messageHint, deploymentHint, storageTarget } = request
  const login = { targetLinkUri, loginHint, messageHint, deploymentHint, storageTarget, state, nonce, secret }
  await inTransaction((transaction) =>
    saveLogin(
      transaction,
      {
        ...login,
        registrationId: registration.id,
        storageSecret: storageTarget === null ? null : storageSecret,
        expiresAt: new Date(now.getTime() + loginMs),
      },
      now,
    ),
  )
  const { authorizationUrl, clientId } = registration
  const key = loginKey(state)
  return {
    registration,
    address: authorizationAddress({ authorizationUrl, clientId, redirectUri: redirectUri(), loginHint, messageHint, state, nonce }),
    setCookies: standing === null ? [browserCookie(secret), loginCookie(key, secret)] : [browserCookie(secret)],
    storage:
      storageTarget === null
        ? null
        : {
            target: storageTarget,
            platformOrigin: new URL(authorizationUrl).origin,
            key: `astrolabe_${key}`,
            secret: storageSecret,
          },
  }
}
