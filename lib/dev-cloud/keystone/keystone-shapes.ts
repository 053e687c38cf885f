import type { ApplicationCredential, Belongings } from '../belongings.ts'
import { Fault } from '../fault.ts'
import type { HttpReply } from '../http.ts'
import type { Json, JsonMap } from '../json.ts'
import { webobReply } from '../webob.ts'
import { fixedHex, type Identity } from './identity.ts'
import type { Token, Tokens } from './tokens.ts'

/** Where this cloud answers; `identity` with its version, `heat` without. */
export type Endpoints = { identity: string; heat: string }
/** What Keystone's handlers share. */
export type Site = { identity: Identity; tokens: Tokens; endpoints: () => Endpoints; belongings: Belongings; now: () => Date }

const titles: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  500: 'Internal Server Error',
}

/** Keystone's own shape of an error, which every service also uses for a missing token. */
export function refuse(identityUrl: string, fault: Fault): HttpReply {
  const vary: Record<string, string> = { Vary: 'X-Auth-Token' }
  // werkzeug's own words and shapes for what it has no handler for.
  if (fault.type === 'NoRoute') return { status: 404, html: noSuchUrl, headers: { ...vary, 'Content-Type': 'text/html; charset=utf-8' } }
  if (fault.type === 'NoMethod') {
    const message = 'The method is not allowed for the requested URL.'
    return { status: 405, body: { message }, headers: { ...vary, Allow: `OPTIONS, ${fault.detail ?? ''}` } }
  }
  if (fault.status === 413) return webobReply(413, fault.detail ?? '')
  const challenge: Record<string, string> = fault.status === 401 ? { 'WWW-Authenticate': `Keystone uri="${identityUrl}"` } : {}
  return {
    status: fault.status,
    body: {
      error: { code: fault.status, message: fault.detail ?? fault.type, title: titles[fault.status] ?? 'Error', ...methodsOf(fault) },
    },
    headers: { ...vary, ...challenge },
  }
}

const noSuchUrl =
  '<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.</p>\n'

/** keystone/exception.py, AuthPluginException: how one could have signed in. */
function methodsOf({ type }: Fault): JsonMap {
  if (type === 'AuthMethodNotSupported') return { identity: { methods: authMethods } }
  return type === 'ApplicationCredentialAuthError' ? { identity: {} } : {}
}

/** keystone.conf [auth] methods, as they stand where nobody has changed them; of these, three are spoken here. */
const authMethods = ['external', 'password', 'token', 'oauth1', 'mapped', 'application_credential']

/** An answer of Keystone's. */
export function answer(status: number, body?: JsonMap, headers?: Record<string, string>): HttpReply {
  return { status, ...(body ? { body } : {}), headers: { Vary: 'X-Auth-Token', ...headers } }
}

/** A list as Keystone gives it; `path` is the address below `/v3`, query included. */
export function collection(site: Site, path: string, body: JsonMap): HttpReply {
  return answer(200, { ...body, links: { next: null, self: `${site.endpoints().identity}${path}`, previous: null } })
}

/** keystone/exception.py, ForbiddenAction. */
export const forbidden = (action: string) =>
  new Fault(403, 'Forbidden', `You are not authorized to perform the requested action: ${action}.`)

/** keystone/exception.py, ValidationError. */
export const expecting = (attribute: string, target: string) =>
  new Fault(
    400,
    'Bad Request',
    `Expecting to find ${attribute} in ${target}. The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.`,
  )

const keystoneVersion = (url: string): JsonMap => ({
  id: 'v3.14',
  status: 'stable',
  updated: '2020-04-07T00:00:00Z',
  links: [{ rel: 'self', href: `${url}/` }],
  'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
})

/** Recording keystone-versions-300. */
export function versions(url: string): HttpReply {
  return answer(300, { versions: { values: [keystoneVersion(url)] } }, { Location: `${url}/` })
}

/** Recording keystone-version-v3-200. */
export function version(url: string): HttpReply {
  return answer(200, { version: keystoneVersion(url) })
}

const domain = { id: 'default', name: 'Default' }

/** Time with six digits after the second, as Keystone writes it. */
export const micro = (ms: number) => new Date(ms).toISOString().replace('Z', '000Z')

const roleNames = ['reader', 'member']

/** The roles that the one user has in the one project. */
export function roles(identity: Identity): { id: string; name: string }[] {
  return roleNames.map((name) => ({ id: fixedHex(identity, `role ${name}`), name }))
}

/** What a token says (recordings keystone-auth-*-201, keystone-token-show-200). */
export function tokenBody(site: Site, token: Token, withCatalog: boolean): JsonMap {
  const { identity, belongings } = site
  const credential =
    token.applicationCredential === undefined ? undefined : belongings.things.applicationCredentials[token.applicationCredential]
  const given = credential?.roles
  return {
    methods: token.methods,
    user: { domain, id: identity.user.id, name: identity.user.name, password_expires_at: null },
    audit_ids: token.parentAudit === undefined ? [token.audit] : [token.audit, token.parentAudit],
    expires_at: micro(token.expiresAt),
    issued_at: micro(token.issuedAt),
    ...(token.project === null
      ? {}
      : {
          project: { domain, id: identity.project.id, name: identity.project.name },
          is_domain: false,
          roles: roles(identity).filter(({ id }) => given?.includes(id) ?? true),
          ...(withCatalog ? { catalog: catalog(site) } : {}),
        }),
    ...(credential ? { application_credential: credentialOfToken(site, credential) } : {}),
  }
}

function credentialOfToken({ belongings }: Site, { id, name, unrestricted, accessRules }: ApplicationCredential): JsonMap {
  const rules = accessRules?.flatMap((rule) => belongings.things.accessRules[rule] ?? [])
  return { id, name, restricted: !unrestricted, ...(rules ? { access_rules: rules.map((rule) => ({ ...rule })) } : {}) }
}

/** The one project (recording keystone-auth-projects-200). */
export function projectBody({ identity, endpoints }: Site): JsonMap {
  const { id, name } = identity.project
  const common = { domain_id: 'default', description: '', enabled: true, parent_id: 'default', is_domain: false, tags: [], options: {} }
  return { id, name, ...common, links: { self: `${endpoints().identity}/projects/${id}` } }
}

/** The one domain, as those without an administrator's rights see their own. */
export function domainBody({ endpoints }: Site): JsonMap {
  const links = { self: `${endpoints().identity}/domains/default` }
  return { id: 'default', name: 'Default', description: 'The default domain', enabled: true, tags: [], options: {}, links }
}

/** The one user, as she may see herself. */
export function userBody({ identity, endpoints }: Site): JsonMap {
  const { id, name } = identity.user
  const links = { self: `${endpoints().identity}/users/${id}` }
  return { id, name, domain_id: 'default', enabled: true, options: {}, password_expires_at: null, links }
}

/** Where each service answers. Placement and heat-cfn are not here: nothing of this cloud answers there. */
export function catalog(site: Site): Json[] {
  const { identity: id, heat } = site.endpoints()
  const services = [
    { type: 'identity', name: 'keystone', url: `${id}/` },
    { type: 'image', name: 'glance', url: `${heat}/image` },
    { type: 'compute', name: 'nova', url: `${heat}/compute/v2.1` },
    { type: 'network', name: 'neutron', url: `${heat}/network` },
    { type: 'volumev3', name: 'cinderv3', url: `${heat}/volume/v3/${site.identity.project.id}` },
    { type: 'block-storage', name: 'cinder', url: `${heat}/volume/v3/${site.identity.project.id}` },
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
