import { expect } from 'vitest'
import { mapOf, wordOf } from './apart.ts'
import { type Case, heatRefuses, noEntry, type Scene } from './case.ts'
import { hot } from './lab.ts'
import { type Call, loginBody } from './partner.fixture.ts'

const ask = (method: string, path: string, more: Partial<Call> = {}): Call => ({ method, service: 'identity', path, ...more })
const login = (change: { user?: string; password?: string; project?: string }, scoped = true) => {
  return ({ partner }: Scene): Call => {
    const { name: user, password } = partner.user
    const project = scoped ? { project: partner.project.name } : {}
    return ask('POST', '/v3/auth/tokens', { token: null, body: loginBody({ user, password, ...project, ...change }) })
  }
}
const version = {
  id: 'v3.14',
  status: 'stable',
  links: [{ rel: 'self', href: '<identity>/' }],
  'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
}
const user = { domain: { id: 'default', name: 'Default' }, id: '<hex>', name: 'labs', password_expires_at: null }
const project = { domain: { id: 'default', name: 'Default' }, id: '<hex>', name: 'labs' }
const tokenBody = { methods: ['password'], user, project, is_domain: false, issued_at: '<time>', expires_at: '<time>' }
const service = (type: string, name: string) => expect.objectContaining({ type, name, id: '<hex>' })
const faces = ['internal', 'public', 'admin'].map((face) =>
  expect.objectContaining({ id: '<hex>', interface: face, region: 'RegionOne', region_id: 'RegionOne', url: '<orchestration>' }),
)
const services = expect.arrayContaining([
  service('identity', 'keystone'),
  service('compute', 'nova'),
  service('network', 'neutron'),
  service('image', 'glance'),
  expect.objectContaining({ type: 'orchestration', name: 'heat', endpoints: expect.arrayContaining(faces) }),
])
const says = (code: number, title: string, message: unknown) => ({ error: { code, message, title } })
const vary = { vary: 'X-Auth-Token' }
const revoked = { 'x-subject-token': 'revoked' }
const credential = (scene: Scene, secret = wordOf(scene.kept.credentialSecret)) =>
  ask('POST', '/v3/auth/tokens', {
    token: null,
    body: {
      auth: { identity: { methods: ['application_credential'], application_credential: { id: wordOf(scene.kept.credential), secret } } },
    },
  })
const credentials = ({ partner }: Scene, id = '') => `/v3/users/${partner.user.id}/application_credentials${id}`
const subject = ({ kept }: Scene) => ({ 'x-subject-token': wordOf(kept.token) })

/** Keystone: who one is, and with which token. */
export const identityCases: Case[] = [
  {
    title: 'its versions are told to anybody',
    recorded: ['keystone-versions-300'],
    call: ask('GET', '/', { token: null }),
    status: 300,
    headers: { location: '<identity>/', ...vary },
    has: { versions: { values: [version] } },
  },
  {
    title: 'its third version is told to anybody',
    recorded: ['keystone-version-v3-200'],
    call: ask('GET', '/v3', { token: null }),
    status: 200,
    headers: vary,
    has: { version },
  },
  {
    title: 'a password opens a project, and shows its catalog',
    recorded: ['keystone-auth-password-201'],
    call: login({}),
    status: 201,
    headers: { 'x-subject-token': '<token>', ...vary },
    has: { token: { ...tokenBody, catalog: services, roles: expect.arrayContaining([{ id: '<hex>', name: 'member' }]) } },
  },
  {
    title: 'a password alone opens no project, and shows no catalog',
    recorded: ['keystone-auth-unscoped-201'],
    call: login({}, false),
    status: 201,
    headers: { 'x-subject-token': '<token>' },
    is: { token: { methods: ['password'], user, audit_ids: [expect.any(String)], expires_at: '<time>', issued_at: '<time>' } },
  },
  noEntry('a wrong password opens nothing', ['keystone-auth-wrong-password-401'], login({ password: 'not the password' })),
  noEntry('an unknown user is not told apart from a wrong password', ['keystone-auth-unknown-user-401'], login({ user: 'nobody' })),
  noEntry('an unknown project is not told apart either', ['keystone-auth-unknown-project-401'], login({ project: 'nothing' })),
  noEntry('nor is a project in which one has no role', ['keystone-auth-project-without-role-401'], login({ project: 'admin' })),
  {
    title: 'a login without an identity is malformed',
    recorded: ['keystone-auth-malformed-400'],
    call: ask('POST', '/v3/auth/tokens', { token: null, body: { auth: {} } }),
    status: 400,
    headers: vary,
    is: says(400, 'Bad Request', expect.stringMatching(/^'identity' is a required property/)),
  },
  {
    title: 'a token is shown with what it opens',
    recorded: ['keystone-token-show-200'],
    call: ({ partner }) => ask('GET', '/v3/auth/tokens', { headers: { 'x-subject-token': partner.token } }),
    status: 200,
    headers: { 'x-subject-token': '<token>', ...vary },
    has: { token: { ...tokenBody, catalog: services } },
  },
  {
    title: 'a token is shown without its catalog when that is not wanted',
    call: ({ partner }) => ask('GET', '/v3/auth/tokens?nocatalog', { headers: { 'x-subject-token': partner.token } }),
    status: 200,
    has: { token: tokenBody },
  },
  {
    title: 'the catalog is shown by itself',
    recorded: ['keystone-catalog-200'],
    call: ask('GET', '/v3/auth/catalog'),
    status: 200,
    headers: vary,
    has: { catalog: services, links: { self: '<identity>/auth/catalog' } },
  },
  {
    title: 'the projects that one may enter are listed',
    recorded: ['keystone-auth-projects-200'],
    call: ask('GET', '/v3/auth/projects'),
    status: 200,
    is: {
      projects: [
        {
          id: '<hex>',
          name: 'labs',
          domain_id: 'default',
          description: expect.any(String),
          enabled: true,
          parent_id: 'default',
          is_domain: false,
          tags: [],
          options: {},
          links: { self: '<identity>/projects/<hex>' },
        },
      ],
      links: { next: null, self: '<identity>/auth/projects', previous: null },
    },
  },
  {
    title: 'an ordinary user may not list users',
    recorded: ['keystone-users-forbidden-403'],
    call: ask('GET', '/v3/users'),
    status: 403,
    headers: vary,
    is: says(403, 'Forbidden', 'You are not authorized to perform the requested action: identity:list_users.'),
  },
  noEntry('the catalog is not shown without a token', [], ask('GET', '/v3/auth/catalog', { token: null })),
  noEntry('nor with a token that is none', [], ask('GET', '/v3/auth/catalog', { token: 'garbage' })),
  {
    title: 'a token that is none cannot be shown',
    call: ask('GET', '/v3/auth/tokens', { headers: { 'x-subject-token': 'garbage' } }),
    status: 404,
    is: says(404, 'Not Found', expect.any(String)),
  },
  { title: 'a second token is like the first', call: login({}), status: 201, headers: { 'x-subject-token': '<token>' } },
  {
    title: 'a token is taken back',
    recorded: ['keystone-token-revoke-204'],
    first: takeToken,
    call: (scene) => ask('DELETE', '/v3/auth/tokens', { headers: subject(scene) }),
    status: 204,
    headers: vary,
    is: '',
  },
  {
    title: 'a token that was taken back is found no more',
    recorded: ['keystone-token-revoked-404'],
    call: (scene) => ask('GET', '/v3/auth/tokens', { headers: subject(scene) }),
    status: 404,
    headers: vary,
    is: says(404, 'Not Found', 'Failed to validate token'),
  },
  noEntry('Heat, which never saw it before, does not take it either', ['heat-revoked-token-401'], ({ kept }) => ({
    method: 'GET',
    path: '/stacks',
    token: wordOf(kept.token),
  })),
  {
    title: 'a credential for an application is made, and its secret shown once',
    recorded: ['keystone-application-credential-create-restricted-201'],
    call: (scene) =>
      ask('POST', credentials(scene), { body: { application_credential: { name: scene.partner.stackName(), unrestricted: false } } }),
    status: 201,
    headers: vary,
    has: {
      application_credential: {
        id: '<hex>',
        description: null,
        user_id: '<hex>',
        project_id: '<hex>',
        expires_at: null,
        unrestricted: false,
        roles: expect.arrayContaining([expect.objectContaining({ name: 'member', id: '<hex>' })]),
        secret: expect.any(String),
        links: { self: '<identity>/application_credentials/<hex>' },
      },
    },
    keep: ({ kept }, body) => {
      const made = mapOf(mapOf(body).application_credential)
      Object.assign(kept, { credential: made.id, credentialSecret: made.secret })
    },
  },
  {
    title: 'it opens the project that it was made in',
    recorded: ['keystone-auth-application-credential-restricted-201'],
    call: (scene) => credential(scene),
    status: 201,
    headers: { 'x-subject-token': '<token>' },
    has: { token: { ...tokenBody, methods: ['application_credential'], catalog: services } },
    keep: ({ kept }, _body, headers) => {
      kept.credentialToken = headers['x-subject-token'] ?? ''
    },
  },
  heatRefuses(
    'Heat makes no stack for it: Keystone gives it no trust to pass on',
    ['heat-create-with-application-credential-restricted-500', 'heat-create-with-application-credential-unrestricted-500'],
    ({ partner, kept }) => ({
      method: 'POST',
      path: '/stacks',
      token: kept.credentialToken ?? '',
      body: { stack_name: partner.stackName(), template: hot('resources: {value: {type: OS::Heat::RandomString}}') },
    }),
    [500, 'RemoteError'],
  ),
  noEntry('with a wrong secret it opens nothing', ['keystone-auth-application-credential-wrong-secret-401'], (scene) =>
    credential(scene, 'wrong'),
  ),
  {
    title: 'it is taken back',
    recorded: ['keystone-application-credential-delete-restricted-204'],
    call: (scene) => ask('DELETE', credentials(scene, `/${scene.kept.credential}`)),
    status: 204,
    is: '',
  },
  {
    title: 'then nobody knows it',
    recorded: ['keystone-auth-application-credential-deleted-404'],
    call: (scene) => credential(scene),
    status: 404,
    is: says(404, 'Not Found', 'Could not find Application Credential: <hex>.'),
  },
]

async function takeToken({ partner, kept }: Scene): Promise<void> {
  const { headers } = await partner.call(login({})({ partner, kept }))
  kept.token = headers['x-subject-token'] ?? revoked['x-subject-token']
}
