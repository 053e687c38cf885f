import { z } from 'zod'
import { HeatError, isHeatError } from './errors.ts'
import { bodyAs, type CallOptions, expectStatus, type HttpAnswer, protocolError, send, type Transport } from './http.ts'

const text = z.string().min(1).max(4096)

/** An id, or a name together with the domain in which it is unique. */
const named = z.union([
  z.strictObject({ id: text }),
  z.strictObject({ name: text, domain: z.union([z.strictObject({ id: text }), z.strictObject({ name: text })]) }),
])

/** Credentials as Keystone v3 takes them (Identity API v3, "Authentication and token management"). */
export const heatAuthSchema = z.union([
  z.strictObject({ method: z.literal('password'), user: named, password: text, project: named }),
  // An application credential carries its project with it. By name it needs its owner.
  z.strictObject({ method: z.literal('application_credential'), id: text, secret: text }),
  z.strictObject({ method: z.literal('application_credential'), name: text, user: named, secret: text }),
  z.strictObject({ method: z.literal('token'), token: text, project: named.optional() }),
])

export type HeatAuth = z.infer<typeof heatAuthSchema>

export type AuthSettings = {
  /** Ends in /v3. */
  authUrl: string
  auth: HeatAuth
  /** Needed only where the catalog has several. */
  region: string | undefined
  endpointInterface: 'public' | 'internal' | 'admin'
}

/** The services that are spoken to, by their type in the catalog. */
export type ServiceType = 'orchestration' | 'compute'

/** A token that works for one project, and where that project's Heat and Nova are. */
export type ProjectToken = {
  token: string
  /** No slash at their ends. A catalog without Heat is of no use; one without Nova is, until a server is asked for. */
  endpoints: { orchestration: string; compute: string | null }
  projectId: string
  userId: string
  /** By our own clock: the server's may differ. */
  expiresAt: Date
  /** From here on a new one is fetched before the next call. */
  renewAt: Date
}

export type Authenticator = {
  /** A token to use now. Calls at the same time share one login. */
  token(call?: CallOptions): Promise<ProjectToken>
  /** A token to use instead of one that was refused. */
  renewed(refused: ProjectToken, call?: CallOptions): Promise<ProjectToken>
}

/** Renewed this long before its end, or after 4/5 of its life where that is shorter. */
const RENEW_EARLY_MS = 60_000
/** A refused login is remembered this long: a wrong password asked for at every tick would lock the account (Keystone's lockout_failure_attempts). */
const REFUSAL_KEPT_MS = 5_000

/** Logs in when needed and keeps the token. */
export function createAuthenticator(transport: Transport, settings: AuthSettings): Authenticator {
  let current: ProjectToken | null = null
  let pending: Promise<ProjectToken> | null = null
  let refusal: { error: HeatError; until: number } | null = null

  function fresh(): Promise<ProjectToken> {
    if (refusal && transport.now().getTime() < refusal.until) return Promise.reject(refusal.error)
    pending ??= login(transport, settings)
      .then((token) => {
        refusal = null
        current = token
        return token
      })
      .catch((error: unknown) => {
        if (isHeatError(error, 'auth_failed')) refusal = { error, until: transport.now().getTime() + REFUSAL_KEPT_MS }
        throw error
      })
      .finally(() => {
        pending = null
      })
    return pending
  }

  return {
    token: (call) => (current && transport.now() < current.renewAt ? Promise.resolve(current) : abortable(fresh(), call)),
    renewed: (refused, call) => {
      if (current?.token === refused.token) current = null
      return current ? Promise.resolve(current) : abortable(fresh(), call)
    },
  }
}

/** The shared login goes on when one of its callers gives up waiting. */
function abortable<T>(promise: Promise<T>, call: CallOptions | undefined): Promise<T> {
  const signal = call?.signal
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

const instant = z.iso.datetime().transform((at) => new Date(at))

const tokenBody = z.object({
  token: z.object({
    issued_at: instant,
    expires_at: instant,
    user: z.object({ id: z.string() }),
    project: z.object({ id: z.string() }),
    catalog: z.array(
      z.object({
        type: z.string(),
        endpoints: z.array(z.object({ interface: z.string(), region: z.string().nullish(), url: z.url() })),
      }),
    ),
  }),
})

/** POST /v3/auth/tokens. It changes nothing, so a lost connection is worth a second try, which `send` gives to GET only: here it is ours. */
async function login(transport: Transport, settings: AuthSettings): Promise<ProjectToken> {
  const request = { method: 'POST', url: `${settings.authUrl}/auth/tokens`, body: loginBody(settings.auth) } as const
  const askedAt = transport.now().getTime()
  const answer = await send(transport, request).catch((error: unknown) => {
    if (!isHeatError(error, 'outage')) throw error
    return send(transport, request)
  })
  const accepted = refuseUniformly(answer, request)
  const token = accepted.headers.get('x-subject-token')
  if (!token) throw protocolError(request, accepted, 'Keystone gave no X-Subject-Token.')
  const body = bodyAs(tokenBody)(accepted, request).token
  const lifeMs = body.expires_at.getTime() - body.issued_at.getTime()
  return {
    token,
    endpoints: {
      orchestration: orchestrationIn(body.catalog, settings, { request, answer: accepted }),
      compute: findEndpoint(body.catalog, 'compute', settings),
    },
    projectId: body.project.id,
    userId: body.user.id,
    expiresAt: new Date(askedAt + lifeMs),
    renewAt: new Date(askedAt + Math.max(lifeMs - RENEW_EARLY_MS, lifeMs * 0.8)),
  }
}

/** Keystone says 401 to a wrong password, user, project or missing role, and 404 to an application credential that was deleted: all "refused". */
function refuseUniformly(answer: HttpAnswer, request: { method: string; url: string }): HttpAnswer {
  try {
    return expectStatus(answer, [201], request)
  } catch (error) {
    if (!isHeatError(error, 'not_found')) throw error
    throw new HeatError('auth_failed', error, { cause: error })
  }
}

function loginBody(auth: HeatAuth): unknown {
  switch (auth.method) {
    case 'password':
      return {
        auth: {
          identity: { methods: ['password'], password: { user: { ...auth.user, password: auth.password } } },
          scope: { project: auth.project },
        },
      }
    case 'application_credential': {
      const { method, ...application_credential } = auth
      return { auth: { identity: { methods: [method], application_credential } } }
    }
    case 'token':
      return {
        auth: {
          identity: { methods: ['token'], token: { id: auth.token } },
          ...(auth.project ? { scope: { project: auth.project } } : {}),
        },
      }
  }
}

type Catalog = z.infer<typeof tokenBody>['token']['catalog']

function findEndpoint(catalog: Catalog, type: ServiceType, { region, endpointInterface }: AuthSettings): string | null {
  const endpoint = catalog
    .filter((service) => service.type === type)
    .flatMap((service) => service.endpoints)
    .find((candidate) => candidate.interface === endpointInterface && (region === undefined || candidate.region === region))
  return endpoint ? endpoint.url.replace(/\/+$/, '') : null
}

function orchestrationIn(
  catalog: Catalog,
  settings: AuthSettings,
  seen: { request: { method: string; url: string }; answer: HttpAnswer },
): string {
  const url = findEndpoint(catalog, 'orchestration', settings)
  if (url !== null) return url
  throw protocolError(seen.request, seen.answer, missingEndpoint('orchestration', settings))
}

/** What to say where the catalog does not know a service. */
export function missingEndpoint(
  type: ServiceType,
  { region, endpointInterface }: Pick<AuthSettings, 'region' | 'endpointInterface'>,
): string {
  const where = region === undefined ? '' : ` in region "${region}"`
  return `The catalog has no ${endpointInterface} ${type} endpoint${where}.`
}
