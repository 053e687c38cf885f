import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { Fault, unauthorized } from '../fault.ts'
import { bodyOf, type HttpReply, type HttpRequest, type Route, type Service } from '../http.ts'
import { isMap, type Json, type JsonMap, text } from '../json.ts'
import { fixedHex, type Identity, openSealed, sealText } from './identity.ts'

/** A login's proof: who, for which project (none when unscoped), until when (milliseconds since 1970). */
export type Token = { user: string; project: string | null; methods: string[]; issuedAt: number; expiresAt: number; audit: string }
export type Tokens = {
  /** `earlier` is the token that was shown as proof: the new one lives no longer (Identity v3, token authentication). */
  issue(project: string | null, methods: string[], earlier?: Token): { value: string; token: Token }
  /** The token when it is genuine, unexpired and not revoked. */
  check(value: string | undefined): Token | undefined
  revoke(value: string): void
}
export type Endpoints = { identity: string; heat: string }

/** Tokens carry their own content, sealed, as Fernet tokens do: they survive a restart; a revocation is kept in memory only. */
export function createTokens(identity: Identity, options: { now: () => Date; lifetimeSeconds: number }): Tokens {
  const revoked = new Map<string, number>()
  return {
    issue(project, methods, earlier) {
      const issuedAt = Math.floor(options.now().getTime() / 1000) * 1000
      const token: Token = {
        user: identity.user.id,
        project,
        methods,
        issuedAt,
        expiresAt: Math.min(issuedAt + options.lifetimeSeconds * 1000, earlier?.expiresAt ?? Number.POSITIVE_INFINITY),
        audit: earlier?.audit ?? randomBytes(16).toString('base64url'),
      }
      return { value: sealText(identity, JSON.stringify({ ...token, salt: randomBytes(6).toString('base64url') })), token }
    },
    check(value) {
      const opened = value === undefined ? undefined : openSealed(identity, value)
      if (opened === undefined || value === undefined || !opened.startsWith('{"user"')) return undefined
      const token = JSON.parse(opened) as Token
      return token.expiresAt <= options.now().getTime() || revoked.has(digest(value)) ? undefined : token
    },
    revoke(value) {
      const nowMs = options.now().getTime()
      for (const [key, until] of revoked) if (until <= nowMs) revoked.delete(key)
      revoked.set(digest(value), nowMs + options.lifetimeSeconds * 1000)
    },
  }
}

/**
 * Keystone v3 as far as a client of one project needs it: versions, tokens (password, token), catalog, projects.
 * Shapes: recordings keystone-*; API reference "Identity v3".
 */
export function keystone(options: { identity: Identity; tokens: Tokens; endpoints: () => Endpoints }): Service {
  const { identity, tokens, endpoints } = options
  const site = { identity, tokens, endpoints }
  const routes: Route[] = [
    { method: 'GET', pattern: '/', handle: () => versions(endpoints().identity), verb: 'versions' },
    { method: 'GET', pattern: '/v3', handle: () => reply(200, { version: versionOf(endpoints().identity) }), verb: 'versions' },
    { method: 'POST', pattern: '/v3/auth/tokens', handle: (request) => logIn(site, request), verb: 'login' },
    { method: 'GET', pattern: '/v3/auth/tokens', handle: (request) => showToken(site, request), verb: 'token' },
    { method: 'HEAD', pattern: '/v3/auth/tokens', handle: (request) => showToken(site, request), verb: 'token' },
    { method: 'DELETE', pattern: '/v3/auth/tokens', handle: (request) => revokeToken(site, request), verb: 'logout' },
    {
      method: 'GET',
      pattern: '/v3/auth/catalog',
      handle: (request) => {
        requireToken(tokens, request)
        return reply(200, { catalog: catalog(site), links: { next: null, self: `${endpoints().identity}/auth/catalog`, previous: null } })
      },
    },
    {
      method: 'GET',
      pattern: '/v3/auth/projects',
      handle: (request) => {
        requireToken(tokens, request)
        const links = { next: null, self: `${endpoints().identity}/auth/projects`, previous: null }
        return reply(200, { projects: [projectOf(site)], links })
      },
    },
    {
      method: 'GET',
      pattern: '/v3/projects/:id',
      handle: (request) => {
        requireToken(tokens, request)
        if (request.params.id !== identity.project.id) {
          throw new Fault(403, 'Forbidden', 'You are not authorized to perform the requested action: identity:get_project.')
        }
        return reply(200, { project: projectOf(site) })
      },
    },
  ]
  return { name: 'identity', routes, refuse: (fault) => refuse(endpoints().identity, fault), maxBodyBytes: 114_688 }
}

type Site = { identity: Identity; tokens: Tokens; endpoints: () => Endpoints }

const titles: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  500: 'Internal Server Error',
}

/** Keystone's own shape of an error, which every service also uses for a missing token. */
export function refuse(identityUrl: string, fault: Fault): HttpReply {
  const message = fault.type === 'NoRoute' ? 'Not Found' : (fault.detail ?? fault.type)
  return {
    status: fault.status,
    body: { error: { code: fault.status, message, title: titles[fault.status] ?? 'Error' } },
    headers: { Vary: 'X-Auth-Token', ...(fault.status === 401 ? { 'WWW-Authenticate': `Keystone uri="${identityUrl}"` } : {}) },
  }
}

function reply(status: number, body?: JsonMap, headers?: Record<string, string>): HttpReply {
  return { status, ...(body ? { body } : {}), headers: { Vary: 'X-Auth-Token', ...headers } }
}

/** The valid token of a request, else 401. */
export function requireToken(tokens: Tokens, request: HttpRequest): Token {
  const token = tokens.check(request.header('X-Auth-Token'))
  if (!token) throw unauthorized()
  return token
}

function versionOf(url: string): JsonMap {
  return {
    id: 'v3.14',
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href: `${url}/` }],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
  }
}

function versions(url: string): HttpReply {
  return reply(300, { versions: { values: [versionOf(url)] } }, { Location: `${url}/` })
}

function logIn(site: Site, request: HttpRequest): HttpReply {
  const auth = bodyOf(request).auth
  const identity = isMap(auth) ? auth.identity : undefined
  if (!isMap(auth) || !isMap(identity)) throw new Fault(400, 'Bad Request', "'identity' is a required property")
  const methods = Array.isArray(identity.methods) ? identity.methods.filter((method) => typeof method === 'string') : []
  if (methods.length === 0) throw new Fault(400, 'Bad Request', "'methods' is a required property")
  let earlier: Token | undefined
  for (const method of methods) {
    if (method === 'password') checkPassword(site.identity, identity.password)
    else if (method === 'token') earlier = checkToken(site.tokens, identity.token)
    else throw unauthorized()
  }
  const project = scopeOf(site.identity, auth.scope ?? null, earlier)
  const { value, token } = site.tokens.issue(project, [...methods], earlier)
  return reply(201, { token: tokenBody(site, token) }, { 'X-Subject-Token': value })
}

function checkPassword(identity: Identity, part: Json | undefined): void {
  const user = isMap(part) ? part.user : undefined
  if (!isMap(user)) throw new Fault(400, 'Bad Request', "'user' is a required property")
  const named = user.id === identity.user.id || (user.name === identity.user.name && isDefaultDomain(user.domain))
  // Recordings keystone-auth-wrong-password-401 and -unknown-user-401: the same answer, so that names cannot be guessed.
  if (!named || !sameText(text(user.password) ?? '', identity.user.password)) throw unauthorized()
}

function checkToken(tokens: Tokens, part: Json | undefined): Token {
  const token = tokens.check(isMap(part) ? text(part.id) : undefined)
  if (!token) throw unauthorized()
  return token
}

function scopeOf(identity: Identity, scope: Json, earlier: Token | undefined): string | null {
  if (scope === null || scope === 'unscoped') return scope === null ? (earlier?.project ?? null) : null
  const project = isMap(scope) ? scope.project : undefined
  if (!isMap(project)) throw unauthorized()
  const named = project.id === identity.project.id || (project.name === identity.project.name && isDefaultDomain(project.domain))
  if (!named) throw unauthorized()
  return identity.project.id
}

function isDefaultDomain(domain: Json | undefined): boolean {
  return isMap(domain) && (domain.id === 'default' || domain.name === 'Default')
}

function sameText(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())
}

function digest(value: string): string {
  return createHash('sha256').update(value).digest('base64url')
}

function showToken(site: Site, request: HttpRequest): HttpReply {
  requireToken(site.tokens, request)
  const value = request.header('X-Subject-Token') ?? ''
  const token = site.tokens.check(value)
  if (!token) throw new Fault(404, 'Not Found', 'Failed to validate token')
  return reply(200, { token: tokenBody(site, token) }, { 'X-Subject-Token': value })
}

function revokeToken(site: Site, request: HttpRequest): HttpReply {
  requireToken(site.tokens, request)
  const value = request.header('X-Subject-Token') ?? ''
  if (!site.tokens.check(value)) throw new Fault(404, 'Not Found', 'Failed to validate token')
  site.tokens.revoke(value)
  return reply(204)
}

const domain = { id: 'default', name: 'Default' }
const micro = (ms: number) => new Date(ms).toISOString().replace('Z', '000Z')

function tokenBody(site: Site, token: Token): JsonMap {
  const { identity } = site
  return {
    methods: token.methods,
    user: { domain, id: identity.user.id, name: identity.user.name, password_expires_at: null },
    audit_ids: [token.audit],
    expires_at: micro(token.expiresAt),
    issued_at: micro(token.issuedAt),
    ...(token.project === null
      ? {}
      : {
          project: { domain, id: identity.project.id, name: identity.project.name },
          is_domain: false,
          roles: ['reader', 'member'].map((name) => ({ id: fixedHex(identity, `role ${name}`), name })),
          catalog: catalog(site),
        }),
  }
}

function projectOf(site: Site): JsonMap {
  const { id, name } = site.identity.project
  const common = { domain_id: 'default', description: '', enabled: true, parent_id: 'default', is_domain: false, tags: [], options: {} }
  return { id, name, ...common, links: { self: `${site.endpoints().identity}/projects/${id}` } }
}

function catalog(site: Site): Json[] {
  const { identity: id, heat } = site.endpoints()
  const services = [
    { type: 'identity', name: 'keystone', url: `${id}/` },
    { type: 'image', name: 'glance', url: `${heat}/image` },
    { type: 'compute', name: 'nova', url: `${heat}/compute/v2.1` },
    { type: 'network', name: 'neutron', url: `${heat}/network` },
    { type: 'orchestration', name: 'heat', url: `${heat}/v1/${site.identity.project.id}` },
  ]
  return services.map(({ type, name, url }) => ({
    endpoints: ['internal', 'public', 'admin'].map((face) => ({
      id: fixedHex(site.identity, `endpoint ${type} ${face}`),
      interface: face,
      region_id: site.identity.region,
      url,
      region: site.identity.region,
    })),
    id: fixedHex(site.identity, `service ${type}`),
    type,
    name,
  }))
}
