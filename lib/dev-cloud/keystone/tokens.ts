import { createHash, randomBytes } from 'node:crypto'
import type { ApplicationCredential, Belongings } from '../belongings.ts'
import { Fault, unauthorized } from '../fault.ts'
import type { HttpRequest } from '../http.ts'
import { type Identity, openSealed, sealText } from './identity.ts'

/** A login's proof: who, for which project (none when unscoped), until when (milliseconds since 1970). */
export type Token = {
  user: string
  project: string | null
  methods: string[]
  issuedAt: number
  expiresAt: number
  audit: string
  /** The audit id of the login that it goes back to, where it was made from another token. */
  parentAudit?: string
  /** The application credential by which it came. */
  applicationCredential?: string
}
export type Tokens = {
  /**
   * `earlier` is the token that was shown as proof: the new one lives no longer (Identity v3, token authentication). `credential`: by
   * which application credential somebody came; the token lives no longer than that.
   */
  issue(
    project: string | null,
    methods: string[],
    by?: { earlier?: Token | undefined; credential?: ApplicationCredential | undefined },
  ): Issued
  /** The token when it is genuine, unexpired and not revoked, and its application credential is still there. */
  check(value: string | undefined): Token | undefined
  revoke(value: string): void
  /** Whether a token was sealed here, whatever became of it. */
  recognises(value: string): boolean
}
export type Issued = { value: string; token: Token }

/** Tokens carry their own content, sealed, as Fernet tokens do, so they survive a restart; what was taken back is kept with the project's things. */
export function createTokens(identity: Identity, options: { now: () => Date; lifetimeSeconds: number; belongings: Belongings }): Tokens {
  const { belongings } = options
  const { things } = belongings
  const isCurrent = (credential: ApplicationCredential | undefined) =>
    credential !== undefined && (credential.expiresAt === null || credential.expiresAt > options.now().getTime())
  return {
    issue(project, methods, { earlier, credential } = {}) {
      const issuedAt = Math.floor(options.now().getTime() / 1000) * 1000
      const ends = [issuedAt + options.lifetimeSeconds * 1000, earlier?.expiresAt, credential?.expiresAt ?? undefined]
      const byCredential = credential?.id ?? earlier?.applicationCredential
      const token: Token = {
        user: identity.user.id,
        project,
        methods,
        issuedAt,
        expiresAt: Math.min(...ends.filter((end) => end !== undefined)),
        audit: randomBytes(16).toString('base64url'),
        ...(earlier ? { parentAudit: earlier.parentAudit ?? earlier.audit } : {}),
        ...(byCredential === undefined ? {} : { applicationCredential: byCredential }),
      }
      return { value: sealText(identity, JSON.stringify({ ...token, salt: randomBytes(6).toString('base64url') })), token }
    },
    check(value) {
      const opened = value === undefined ? undefined : openSealed(identity, value)
      if (opened === undefined || value === undefined || !opened.startsWith('{"user"')) return undefined
      const token = JSON.parse(opened) as Token
      if (token.expiresAt <= options.now().getTime() || things.revokedTokens[digest(value)] !== undefined) return undefined
      const { applicationCredential: by } = token
      return by === undefined || isCurrent(things.applicationCredentials[by]) ? token : undefined
    },
    recognises: (value) => openSealed(identity, value) !== undefined,
    revoke(value) {
      const nowMs = options.now().getTime()
      for (const [key, until] of Object.entries(things.revokedTokens)) if (until <= nowMs) delete things.revokedTokens[key]
      things.revokedTokens[digest(value)] = nowMs + options.lifetimeSeconds * 1000
      belongings.changed()
    },
  }
}

/** The valid token of a request, else 401. */
export function requireToken(tokens: Tokens, request: HttpRequest): Token {
  const token = tokens.check(request.header('X-Auth-Token'))
  if (!token) throw unauthorized()
  return token
}

/** What Keystone says of a token that is to be validated and is not valid. */
export function invalidToken(tokens: Tokens, value: string): Fault {
  return new Fault(404, 'Not Found', tokens.recognises(value) ? 'Failed to validate token' : 'Could not recognize Fernet token')
}

/** SHA-256, by which a secret can be recognised and not found out. */
export function digest(value: string): string {
  return createHash('sha256').update(value).digest('base64url')
}
