import { randomToken } from '../secrets.ts'

/*
 * One secret per browser. It says which browser this is, never who: people, launches and their rights hang on login sessions, which
 * hold only the secret's SHA-256. `__Host-` pins it to our host; `SameSite=None; Partitioned` lets it live in a course's frame where
 * third-party cookies are blocked (decisions.md 19).
 */

const name = '__Host-astrolabe'
const attributes = 'Path=/; Secure; HttpOnly; SameSite=None; Partitioned'
const lifetimeSeconds = 90 * 24 * 3_600
const longestHeader = 16_384
const tokenForm = /^[A-Za-z0-9_-]{43}$/

function readCookie(cookieHeader: string | null | undefined, wanted: string): string | null {
  if (!cookieHeader || cookieHeader.length > longestHeader) return null
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
 * last one stays. So a first login also leaves its secret under a name of its own, as long as the launch that came of it is good:
 * whatever the order of the answers, no launch loses its browser.
 */
const loginPrefix = `${name}-login-`
const mostSecrets = 16

/** The `Set-Cookie` value that ties one login to its browser. `loginKey`: up to 22 characters of base64url. */
export function loginCookie(loginKey: string, secret: string, seconds = 600): string {
  return `${loginPrefix}${loginKey}=${secret}; ${attributes}; Max-Age=${seconds}`
}

/** The secret that this login left in this browser, or null. */
export function loginSecret(cookieHeader: string | null | undefined, loginKey: string): string | null {
  return readCookie(cookieHeader, `${loginPrefix}${loginKey}`)
}

/** Every secret this browser may be known by: the one it keeps, and those of its first logins. */
export function browserSecrets(cookieHeader: string | null | undefined): string[] {
  if (!cookieHeader || cookieHeader.length > longestHeader) return []
  const left = cookieHeader.split(';').flatMap((pair) => {
    const [cookie = '', value = ''] = pair.trim().split('=', 2)
    return cookie.startsWith(loginPrefix) && tokenForm.test(value) ? [value] : []
  })
  const kept = browserSecret(cookieHeader)
  return [...new Set(kept === null ? left : [kept, ...left])].slice(0, mostSecrets)
}
