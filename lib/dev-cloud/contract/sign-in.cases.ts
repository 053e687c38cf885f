import { expect } from 'vitest'
import type { Json, JsonMap } from '../json.ts'
import { mapOf, wordOf } from './apart.ts'
import { type Case, noEntry, type Scene } from './case.ts'
import { type Call, loginBody, type Partner } from './partner.fixture.ts'

const ask = (method: string, path: string, more: Partial<Call> = {}): Call => ({ method, service: 'identity', path: `/v3${path}`, ...more })
const titles: Record<number, string> = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 409: 'Conflict' }
const client =
  'The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.'

/** An exchange that Keystone refuses. jsonschema goes on after its first line, and that is not compared. */
function refuses(title: string, call: Case['call'], [status, message]: [status: number, message: string]): Case {
  const lines = message.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return {
    title,
    call,
    status,
    has: { error: { code: status, title: titles[status], message: expect.stringMatching(new RegExp(`^${lines}(\n|$)`)) } },
  }
}

const logIn = (auth: Json): Call => ask('POST', '/auth/tokens?nocatalog', { token: null, body: { auth } })
const method = (name: string, part: Json, more: JsonMap = {}) => logIn({ identity: { methods: [name], [name]: part }, ...more })
const byPassword = ({ user }: Partner, more: JsonMap = {}) => method('password', { user: { id: user.id, password: user.password } }, more)
const byCredential = (part: JsonMap, more: JsonMap = {}) => method('application_credential', { secret: 'x', ...part }, more)
const own = ({ partner }: Scene, rest = '') => `/users/${partner.user.id}/application_credentials${rest}`
const create = (body: JsonMap) => (scene: Scene) => ask('POST', own(scene), { body: { application_credential: body } })
const scoped = { methods: ['password'], project: { id: '<hex>', name: 'labs' }, is_domain: false }

/** How one signs in to Keystone in other ways than usual, and what it says where one cannot. */
export const signInCases: Case[] = [
  {
    title: 'a user is known by id, and a project by id',
    call: ({ partner }) => byPassword(partner, { scope: { project: { id: partner.project.id } } }),
    status: 201,
    headers: { 'x-subject-token': '<token>' },
    has: { token: scoped },
  },
  {
    title: 'a domain is known by id',
    call: ({ partner: { user, project } }) =>
      method(
        'password',
        { user: { name: user.name, domain: { id: 'default' }, password: user.password } },
        { scope: { project: { name: project.name, domain: { id: 'default' } } } },
      ),
    status: 201,
    has: { token: scoped },
  },
  {
    title: 'a token without a project is given to those who say that they want none',
    call: ({ partner }) => byPassword(partner, { scope: 'unscoped' }),
    status: 201,
    has: { token: { methods: ['password'], user: { name: 'labs' } } },
  },
  {
    title: 'a token is made of a token, and lives no longer; its audit ids name both',
    call: ({ partner }) => method('token', { id: partner.token }, { scope: { project: { id: partner.project.id } } }),
    status: 201,
    has: {
      token: {
        methods: expect.arrayContaining(['token', 'password']),
        audit_ids: [expect.any(String), expect.any(String)],
        project: { name: 'labs' },
      },
    },
  },
  noEntry('the whole system opens to no member', [], ({ partner }) => byPassword(partner, { scope: { system: { all: true } } })),
  noEntry('nor does a domain', [], ({ partner }) => byPassword(partner, { scope: { domain: { id: 'default' } } })),
  noEntry('a user of a domain that there is not is not told apart', [], ({ partner }) =>
    method('password', { user: { name: 'labs', domain: { name: 'No' }, password: partner.user.password } }),
  ),
  refuses('a login in no JSON is malformed', { ...ask('POST', '/auth/tokens', { token: null }), text: 'nonsense' }, [
    400,
    `Expecting to find valid JSON in request body. ${client}`,
  ]),
  refuses('a login without anything is malformed', ask('POST', '/auth/tokens', { token: null, body: {} }), [
    400,
    `Expecting to find auth in request body. ${client}`,
  ]),
  refuses('a method is named and not used', logIn({ identity: { methods: ['password'] } }), [
    400,
    `Expecting to find password in identity. ${client}`,
  ]),
  refuses('a name without a domain is nobody’s', method('password', { user: { name: 'labs', password: 'x' } }), [
    400,
    `Expecting to find domain in user. ${client}`,
  ]),
  refuses('neither a name nor an id is nobody', method('password', { user: { password: 'x' } }), [
    400,
    'Invalid input for field identity/password/user: id or name must be present.',
  ]),
  {
    title: 'a method that there is not is refused, and those that there are are told',
    call: method('magic', {}),
    status: 401,
    has: {
      error: { identity: { methods: expect.arrayContaining(['password', 'token']) }, message: expect.stringContaining('unsupported') },
    },
  },
  refuses('a scope that is none is malformed', ({ partner }) => byPassword(partner, { scope: {} }), [
    400,
    `Expecting to find system, project, domain, OS-TRUST:trust or unscoped in scope. ${client}`,
  ]),
  refuses('a token that is none makes no other', method('token', { id: 'garbage' }), [404, 'Could not recognize Fernet token']),
  refuses('nobody knows a credential that nobody made', byCredential({ id: 'nothing' }), [
    404,
    'Could not find Application Credential: nothing.',
  ]),
  refuses('a credential has an id or a name', byCredential({}), [400, `Expecting to find name or ID in application credential. ${client}`]),
  refuses('one that is named belongs to somebody', byCredential({ name: 'nothing' }), [
    400,
    `Expecting to find user in application credential. ${client}`,
  ]),
  noEntry('a name that no credential has opens nothing', [], ({ partner }) =>
    byCredential({ name: 'nothing', user: { id: partner.user.id } }),
  ),
  refuses(
    'a credential chooses no project',
    ({ partner }) => byCredential({ id: 'nothing' }, { scope: { project: { id: partner.project.id } } }),
    [401, 'Error authenticating with application credential: Application credentials cannot request a scope.'],
  ),
  {
    title: 'a credential keeps to rules and ends at its time',
    call: (scene) => {
      const name = scene.partner.stackName()
      const rules = [{ service: 'compute', method: 'GET', path: '/v2.1/servers' }]
      return create({
        name,
        description: 'For a test',
        expires_at: '2099-01-01T00:00:00',
        roles: [{ name: 'member' }],
        access_rules: rules,
      })(scene)
    },
    status: 201,
    has: {
      application_credential: {
        description: 'For a test',
        expires_at: '<time>',
        unrestricted: null,
        roles: [{ name: 'member', id: '<hex>', domain_id: null, description: null, options: { immutable: true } }],
        access_rules: [{ service: 'compute', method: 'GET', path: '/v2.1/servers', id: '<hex>' }],
        secret: expect.stringMatching(/^[\w-]{86}$/),
      },
    },
    keep: ({ kept }, body) => {
      const made = mapOf(mapOf(body).application_credential)
      Object.assign(kept, { ruled: wordOf(made.id), ruledName: wordOf(made.name), ruledSecret: wordOf(made.secret) })
    },
  },
  {
    title: 'it opens by its name',
    call: ({ partner, kept }) =>
      byCredential({ name: wordOf(kept.ruledName), user: { id: partner.user.id }, secret: wordOf(kept.ruledSecret) }),
    status: 201,
    has: {
      token: {
        methods: ['application_credential'],
        roles: [{ name: 'member', id: '<hex>' }],
        application_credential: { id: '<hex>', restricted: true, access_rules: [{ path: '/v2.1/servers' }] },
      },
    },
  },
  {
    title: 'it is listed without its secret',
    call: (scene) => ask('GET', own(scene, `?name=${scene.kept.ruledName}`)),
    status: 200,
    has: { application_credentials: [expect.not.objectContaining({ secret: expect.anything() })], links: { next: null, previous: null } },
  },
  refuses('no two have one name', (scene) => create({ name: wordOf(scene.kept.ruledName) })(scene), [
    409,
    'Conflict occurred attempting to store application_credential - Duplicate entry found with name <stack>.',
  ]),
  {
    title: 'it is taken away',
    call: (scene) => ask('DELETE', own(scene, `/${scene.kept.ruled}`)),
    status: 204,
    is: '',
  },
  refuses('once', (scene) => ask('DELETE', own(scene, `/${scene.kept.ruled}`)), [404, 'Could not find Application Credential: <hex>.']),
  refuses('a credential without a name is none', create({}), [400, "'name' is a required property"]),
  refuses('nor is one with a role that there is not', create({ name: 'x', roles: [{ name: 'nothing' }] }), [
    404,
    'Role nothing is not defined',
  ]),
  refuses('one that has ended is not made', create({ name: 'x', expires_at: '2020-01-01T00:00:00' }), [
    400,
    `The 'expires_at' must not be before now. ${client}`,
  ]),
  refuses('a rule has a method of HTTP', create({ name: 'x', access_rules: [{ service: 'x', method: 'LOOK', path: '/x' }] }), [
    400,
    "Invalid input for field 'access_rules/0/method': 'LOOK' does not match '^(POST|GET|HEAD|PATCH|PUT|DELETE)$'",
  ]),
  refuses('nobody makes credentials for others', ask('POST', '/users/nobody/application_credentials', { body: {} }), [
    403,
    'You are not authorized to perform the requested action: identity:create_application_credential.',
  ]),
  ...(
    [
      ['/projects', 'list_projects'],
      ['/domains', 'list_domains'],
      ['/services', 'list_services'],
      ['/endpoints', 'list_endpoints'],
      ['/roles', 'list_roles'],
      ['/groups', 'list_groups'],
      ['/users/nobody', 'get_user'],
      ['/projects/nothing', 'get_project'],
    ] as const
  ).map(([path, action]) =>
    refuses(`${path} is kept to administrators`, ask('GET', path), [
      403,
      `You are not authorized to perform the requested action: identity:${action}.`,
    ]),
  ),
  {
    title: 'regions may be seen by everybody',
    call: ask('GET', '/regions'),
    status: 200,
    has: { regions: [{ id: 'RegionOne', parent_region_id: null }] },
  },
  {
    title: 'everybody may see herself',
    call: ({ partner }) => ask('GET', `/users/${partner.user.id}`),
    status: 200,
    has: { user: { id: '<hex>', name: 'labs', domain_id: 'default', enabled: true, password_expires_at: null } },
  },
  {
    title: 'a method that an address does not know is refused',
    call: ask('DELETE', '/auth/projects'),
    status: 405,
    is: { message: 'The method is not allowed for the requested URL.' },
  },
  {
    title: 'an address that there is not is a page of werkzeug’s',
    call: ask('GET', '/nothing'),
    status: 404,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    is: expect.stringContaining('The requested URL was not found on the server.'),
  },
  {
    title: 'a request of more than 112 KiB is not read',
    call: ask('POST', '/auth/tokens', { token: null, body: { ...loginBody({ user: 'x', password: 'x' }), filling: 'x'.repeat(120_000) } }),
    status: 413,
    has: { code: '413 Request Entity Too Large' },
  },
]
