import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { readCloudsYaml } from './clouds-yaml.ts'

const ok = {
  auth: {
    auth_url: 'http://127.0.0.1:5000',
    username: 'labs',
    password: 'secret word',
    project_name: 'labs',
    user_domain_name: 'Default',
    project_domain_name: 'Default',
  },
  region_name: 'RegionOne',
  identity_api_version: 3,
}
const read = (entry: unknown) => readCloudsYaml(stringify({ clouds: { aio: entry } }), 'aio')

test('a password entry gives everything that a client needs', () => {
  expect(read({ ...ok, ssh_proxy: 'socks5://127.0.0.1:1080', interface: 'internal' })).toEqual({
    authUrl: 'http://127.0.0.1:5000/v3',
    auth: {
      method: 'password',
      user: { name: 'labs', domain: { name: 'Default' } },
      password: 'secret word',
      project: { name: 'labs', domain: { name: 'Default' } },
    },
    region: 'RegionOne',
    endpointInterface: 'internal',
    sshProxy: 'socks5://127.0.0.1:1080',
  })
})

test('a name without a domain is in the default one, and a number is a name', () => {
  const { auth_url, username, password } = ok.auth
  expect(read({ auth: { auth_url, username, password, project_name: 1234 } }).auth).toMatchObject({
    user: { name: 'labs', domain: { id: 'default' } },
    project: { name: '1234', domain: { id: 'default' } },
  })
})

test('an application credential is known by its auth_type or by its secret', () => {
  const auth = { auth_url: 'https://k.example/v3/', application_credential_id: 'c1', application_credential_secret: 's' }
  const wanted = { method: 'application_credential', id: 'c1', secret: 's' }
  expect(read({ auth, auth_type: 'v3applicationcredential' }).auth).toEqual(wanted)
  expect(read({ auth }).auth).toEqual(wanted)
  expect(read({ auth }).authUrl).toBe('https://k.example/v3')
})

const wrong: [what: string, entry: unknown, says: string][] = [
  ['no password', { ...ok, auth: { ...ok.auth, password: undefined } }, 'clouds.aio.auth.password is missing'],
  ['no auth', { region_name: 'x' }, 'clouds.aio.auth'],
  ['an address that is none', { ...ok, auth: { ...ok.auth, auth_url: 'keystone' } }, 'clouds.aio.auth.auth_url'],
  ['a kind of login that is not supported', { ...ok, auth_type: 'v3oidcpassword' }, 'auth_type "oidcpassword" is not supported'],
  ['verification turned off', { ...ok, verify: false }, 'clouds.aio.verify'],
  ['a vendor profile', { ...ok, profile: 'vexxhost' }, 'clouds.aio.profile'],
  ['a proxy of another kind', { ...ok, ssh_proxy: 'http://127.0.0.1:3128' }, 'clouds.aio.ssh_proxy'],
  ['an interface of another name', { ...ok, interface: 'private' }, 'clouds.aio.interface'],
]

test.each(wrong)('refused: %s', (_what, entry, says) => {
  expect(() => read(entry)).toThrow(says)
  expect(() => read(entry)).not.toThrow('secret word')
})

test('a cloud that is not in the file is told with those that are', () => {
  expect(() => readCloudsYaml(stringify({ clouds: { aio: ok } }), 'other')).toThrow('no cloud "other"; it has: aio')
})

test('broken, huge and explosive files are refused', () => {
  expect(() => readCloudsYaml('clouds: {a: [}', 'a')).toThrow('line 1, column')
  expect(() => readCloudsYaml('#'.repeat(300_000), 'a')).toThrow('larger than')
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']
  const layers = names.slice(1).map((name, before) => `${name}: &${name} [${`*${names[before] ?? ''},`.repeat(9)}]`)
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...layers, 'clouds: {x: *i}'].join('\n')
  expect(() => readCloudsYaml(bomb, 'x')).toThrow('too many aliases')
})
