import { Fault } from '../fault.ts'
import type { HttpReply, HttpRequest, Route, Service } from '../http.ts'
import type { JsonMap } from '../json.ts'
import {
  callOf,
  createCredential,
  deleteCredential,
  deleteRule,
  listCredentials,
  listRules,
  showCredential,
  showRule,
} from './application-credentials.ts'
import {
  answer,
  catalog,
  collection,
  domainBody,
  forbidden,
  projectBody,
  refuse,
  type Site,
  tokenBody,
  userBody,
  version,
  versions,
} from './keystone-shapes.ts'
import { logIn } from './login.ts'
import { invalidToken, requireToken, type Token } from './tokens.ts'

type Answer = (call: { site: Site; token: Token; request: HttpRequest }) => HttpReply

/**
 * Keystone v3 for the one user of one project: versions, logins, tokens, catalog, application credentials, and of everything else what a
 * member may see. Shapes: recordings keystone-*; API reference "Identity v3".
 */
export function keystone(site: Site): Service {
  const url = () => site.endpoints().identity
  const signedIn = (method: string, path: string, handle: Answer, verb?: string): Route => ({
    method,
    pattern: `/v3${path}`,
    handle: (request) => handle(callOf(site, request)),
    verb,
  })
  const routes: Route[] = [
    { method: 'GET', pattern: '/', handle: () => versions(url()), verb: 'versions' },
    { method: 'GET', pattern: '/v3', handle: () => version(url()), verb: 'versions' },
    { method: 'POST', pattern: '/v3/auth/tokens', handle: (request) => logIn(site, request), verb: 'login' },
    { method: 'GET', pattern: '/v3/auth/tokens', handle: (request) => showToken(site, request), verb: 'token' },
    { method: 'HEAD', pattern: '/v3/auth/tokens', handle: (request) => showToken(site, request), verb: 'token' },
    { method: 'DELETE', pattern: '/v3/auth/tokens', handle: (request) => revokeToken(site, request), verb: 'logout' },
    signedIn('GET', '/auth/catalog', ({ token }) => showCatalog(site, token)),
    signedIn('GET', '/auth/projects', () => collection(site, '/auth/projects', { projects: [projectBody(site)] })),
    signedIn('GET', '/auth/domains', () => collection(site, '/auth/domains', { domains: [] })),
    signedIn('GET', '/auth/system', () => answer(200, { system: [], links: { self: `${url()}/auth/system` } })),
    ...projectRoutes(site, signedIn),
    ...userRoutes(site, signedIn),
    ...catalogRoutes(site, signedIn),
    ...refusals.map(([method, path, action]) =>
      signedIn(method, path, () => {
        throw forbidden(`identity:${action}`)
      }),
    ),
  ]
  return { name: 'identity', routes, refuse: (fault) => refuse(url(), fault), answersHead: true, maxBodyBytes: 114_688 }
}

type SignedIn = (method: string, path: string, handle: Answer) => Route

function projectRoutes(site: Site, at: SignedIn): Route[] {
  const { project, user } = site.identity
  return [
    at('GET', '/projects/:id', ({ request }) => {
      if (request.params.id !== project.id) throw forbidden('identity:get_project')
      return answer(200, { project: projectBody(site) })
    }),
    at('GET', '/projects/:id/tags', ({ request }) => {
      if (request.params.id !== project.id) throw forbidden('identity:list_project_tags')
      return answer(200, { tags: [], links: { self: site.endpoints().identity } })
    }),
    at('GET', '/domains/:id', ({ request }) => {
      if (request.params.id !== 'default') throw forbidden('identity:get_domain')
      return answer(200, { domain: domainBody(site) })
    }),
    ...['credentials', 'limits', 'registered_limits'].map((name) =>
      at('GET', `/${name}`, () => collection(site, `/${name}`, { [name]: [] })),
    ),
    at('GET', '/users/:id/projects', ({ request }) => {
      if (request.params.id !== user.id) throw forbidden('identity:list_user_projects')
      return collection(site, `/users/${user.id}/projects`, { projects: [projectBody(site)] })
    }),
  ]
}

function userRoutes(site: Site, at: SignedIn): Route[] {
  const { user } = site.identity
  return [
    at('GET', '/users/:id', ({ request }) => {
      if (request.params.id !== user.id) throw forbidden('identity:get_user')
      return answer(200, { user: userBody(site) })
    }),
    at('GET', '/users/:id/groups', ({ request }) => {
      if (request.params.id !== user.id) throw forbidden('identity:list_groups_for_user')
      return collection(site, `/users/${user.id}/groups`, { groups: [] })
    }),
    at('POST', '/users/:id/password', () => {
      throw new Fault(403, 'Forbidden', 'The password of this development cloud is the one in its clouds.yaml, and is not changed.')
    }),
    at('GET', '/users/:user/application_credentials', listCredentials),
    at('POST', '/users/:user/application_credentials', createCredential),
    at('GET', '/users/:user/application_credentials/:id', showCredential),
    at('DELETE', '/users/:user/application_credentials/:id', deleteCredential),
    at('GET', '/users/:user/access_rules', listRules),
    at('GET', '/users/:user/access_rules/:id', showRule),
    at('DELETE', '/users/:user/access_rules/:id', deleteRule),
  ]
}

/** Regions may be read by everybody (keystone/common/policies/region.py). */
function catalogRoutes(site: Site, at: SignedIn): Route[] {
  const { region } = site.identity
  const body = (): JsonMap => ({
    id: region,
    description: '',
    parent_region_id: null,
    links: { self: `${site.endpoints().identity}/regions/${region}` },
  })
  return [
    at('GET', '/regions', () => collection(site, '/regions', { regions: [body()] })),
    at('GET', '/regions/:id', ({ request }) => {
      if (request.params.id !== region) throw new Fault(404, 'Not Found', `Could not find region: ${request.params.id}.`)
      return answer(200, { region: body() })
    }),
  ]
}

/** What only an administrator may, by the names of Keystone's policies (keystone/common/policies). */
const refusals: [method: string, path: string, action: string][] = [
  ['GET', '/users', 'list_users'],
  ['POST', '/users', 'create_user'],
  ['PATCH', '/users/:id', 'update_user'],
  ['DELETE', '/users/:id', 'delete_user'],
  ['GET', '/projects', 'list_projects'],
  ['POST', '/projects', 'create_project'],
  ['PATCH', '/projects/:id', 'update_project'],
  ['DELETE', '/projects/:id', 'delete_project'],
  ['GET', '/domains', 'list_domains'],
  ['POST', '/domains', 'create_domain'],
  ['PATCH', '/domains/:id', 'update_domain'],
  ['DELETE', '/domains/:id', 'delete_domain'],
  ['GET', '/groups', 'list_groups'],
  ['POST', '/groups', 'create_group'],
  ['GET', '/roles', 'list_roles'],
  ['POST', '/roles', 'create_role'],
  ['GET', '/roles/:id', 'get_role'],
  ['GET', '/role_assignments', 'list_role_assignments'],
  ['POST', '/regions', 'create_region'],
  ['PATCH', '/regions/:id', 'update_region'],
  ['DELETE', '/regions/:id', 'delete_region'],
  ['GET', '/services', 'list_services'],
  ['POST', '/services', 'create_service'],
  ['GET', '/services/:id', 'get_service'],
  ['GET', '/endpoints', 'list_endpoints'],
  ['POST', '/endpoints', 'create_endpoint'],
  ['GET', '/endpoints/:id', 'get_endpoint'],
  ['GET', '/OS-TRUST/trusts', 'list_trusts'],
  ['GET', '/domains/:id/config', 'get_domain_config'],
]

function showCatalog(site: Site, token: Token): HttpReply {
  if (token.project === null) throw new Fault(403, 'Forbidden', 'A project-scoped token is required to produce a service catalog.')
  return answer(200, { catalog: catalog(site), links: { self: `${site.endpoints().identity}/auth/catalog` } })
}

function subjectOf(site: Site, request: HttpRequest): { value: string; token: Token } {
  requireToken(site.tokens, request)
  const value = request.header('X-Subject-Token')
  if (value === undefined) throw forbidden(`identity:${request.method === 'DELETE' ? 'revoke' : 'validate'}_token`)
  const token = site.tokens.check(value)
  if (!token) throw invalidToken(site.tokens, value)
  return { value, token }
}

function showToken(site: Site, request: HttpRequest): HttpReply {
  const { value, token } = subjectOf(site, request)
  return answer(200, { token: tokenBody(site, token, !request.query.has('nocatalog')) }, { 'X-Subject-Token': value })
}

function revokeToken(site: Site, request: HttpRequest): HttpReply {
  site.tokens.revoke(subjectOf(site, request).value)
  return answer(204)
}
