import { randomToken } from '../secrets.ts'

/*
 * One secret per browser. It says which browser this is, never who: people, launches and their rights hang on login sessions, which
 * hold only the secret's SHA-256. `__Host-` pins it to our host; `SameSite=None; Partitioned` lets it live in a course's frame where
 * third-party cookies are blocked (decisions.md 19).
 */

const name = '__Host-astrolabe'
const attributes = 'Path=/; Secure; HttpOnly; SameSite=None; Partitioned'
const lifetimeSeconds = 90 * 24 * 3_600
const tokenForm = /^[A-Za-z0-9_-]{43}$/

function readCookie(cookieHeader: string | null | undefined, wanted: string): string | null {
  if (!cookieHeader || cookieHeader.length > 16_384) return null
  const values = cookieHeader
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${wanted}=`))
    .map((pair) => pair.slice(wanted.length + 1))
  return values.length === 1 && values[0] !== undefined && tokenForm.test(values[0]) ? values[0] : null
}

/** The secret of the browser that sent this `Cookie` header, or null. */
export function browserSecret(cookieHeader: string | null | undefined): string | null {
  return readCookie(cookieHeader, name)
}

/** A secret for a browser that has none. */
export function newBrowserSecret(): string {
  return randomToken()
}

/** The `Set-Cookie` value that keeps a secret in its browser. */
export function browserCookie(secret: string): string {
  return `${name}=${secret}; ${attributes}; Max-Age=${lifetimeSeconds}`
}

/** The `Set-Cookie` value that makes a browser forget. */
export function forgetBrowserCookie(): string {
  return `${name}=; ${attributes}; Max-Age=0`
}

/*
 * A browser that has no secret yet may begin two logins at once (two labs on one course page): each answer gives it a secret, and the
 * last one stays. So the first login also leaves its secret under a name of its own for the ten minutes a login may take.
 */
const loginName = (loginKey: string) => `${name}-login-${loginKey}`

/** The `Set-Cookie` value that ties one login to its browser. `loginKey`: up to 22 characters of base64url. */
export function loginCookie(loginKey: string, secret: string): string {
  return `${loginName(loginKey)}=${secret}; ${attributes}; Max-Age=600`
}

/** The `Set-Cookie` value that ends it. */
export function forgetLoginCookie(loginKey: string): string {
  return `${loginName(loginKey)}=; ${attributes}; Max-Age=0`
}

/** The secrets that may prove that this browser began the login: the one it keeps, and the one of that login. */
export function loginSecrets(cookieHeader: string | null | undefined, loginKey: string): string[] {
  return [readCookie(cookieHeader, name), readCookie(cookieHeader, loginName(loginKey))].filter((secret) => secret !== null)
}
