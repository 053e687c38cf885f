import { readFile, stat } from 'node:fs/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { logIn, openTestCloud, type TestCloud, testClock } from '../dev-cloud.fixture.ts'

let site: TestCloud
afterEach(() => site.close())

const identity = (password: string, name = 'labs') => ({
  methods: ['password'],
  password: { user: { name, domain: { name: 'Default' }, password } },
})

describe('Keystone', () => {
  test('gives a token with the catalog of the project, to the owner of clouds.yaml', async () => {
    site = await openTestCloud()
    const { dev } = parse(await readFile(site.cloud.cloudsYamlPath, 'utf8')).clouds
    expect((await stat(site.cloud.cloudsYamlPath)).mode & 0o777).toBe(0o600)
    expect((await stat(`${site.folder}/cloud.json`)).mode & 0o777).toBe(0o600)
    expect(dev).toMatchObject({ region_name: 'RegionOne', interface: 'public', identity_api_version: '3', ssh_proxy: site.cloud.socksUrl })
    expect(dev.auth).toMatchObject({ auth_url: site.cloud.authUrl, username: 'labs', project_name: 'labs', user_domain_name: 'Default' })
    expect(dev.auth.password, 'a word that needs no quotes, wherever it is typed').toMatch(/^[0-9a-f]{36}$/)
    const { answer } = await logIn(site.cloud, dev.auth.password)
    expect(answer.status).toBe(201)
    expect(answer.headers.get('X-Subject-Token')).toMatch(/^gAAAAA/)
    expect(answer.body.token).toMatchObject({
      methods: ['password'],
      user: { name: 'labs', domain: { id: 'default', name: 'Default' } },
      project: { name: 'labs' },
    })
    expect(answer.body.token.expires_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000Z$/)
    const heat = answer.body.token.catalog.find((service: { type: string }) => service.type === 'orchestration')
    expect(heat.endpoints.map((endpoint: { interface: string }) => endpoint.interface)).toEqual(['internal', 'public', 'admin'])
    expect(heat.endpoints[1].url).toBe(`${site.cloud.heatUrl}/v1/${answer.body.token.project.id}`)
  })

  test('says the same to a wrong password, an unknown user and an unknown project', async () => {
    site = await openTestCloud()
    const scope = (name: string) => ({ project: { name, domain: { name: 'Default' } } })
    for (const auth of [
      { identity: identity('wrong'), scope: scope('labs') },
      { identity: identity(site.password, 'nobody'), scope: scope('labs') },
      { identity: identity(site.password), scope: scope('nothing') },
    ]) {
      const answer = await site.call('POST', `${site.cloud.authUrl}/auth/tokens`, { auth })
      expect(answer).toMatchObject({
        status: 401,
        body: { error: { code: 401, message: 'The request you have made requires authentication.', title: 'Unauthorized' } },
      })
      expect(answer.headers.get('WWW-Authenticate')).toBe(`Keystone uri="${site.cloud.authUrl}"`)
    }
    expect(await site.call('POST', `${site.cloud.authUrl}/auth/tokens`, { auth: {} })).toMatchObject({ status: 400 })
    const unscoped = await site.call('POST', `${site.cloud.authUrl}/auth/tokens`, { auth: { identity: identity(site.password) } })
    expect(unscoped.body.token).not.toHaveProperty('catalog')
  })

  test('a token ends with its time, and one made from it does not live longer', async () => {
    const clock = testClock()
    site = await openTestCloud({ ...clock, tokenLifetimeSeconds: 30 })
    clock.advance(20_000)
    const again = await site.call('POST', `${site.cloud.authUrl}/auth/tokens`, {
      auth: { identity: { methods: ['token'], token: { id: site.token } }, scope: { project: { id: site.projectId } } },
    })
    expect(again.status).toBe(201)
    expect(await site.call('GET', '/stacks')).toMatchObject({ status: 200 })
    clock.advance(10_000)
    expect(await site.call('GET', '/stacks')).toMatchObject({ status: 401 })
    expect(await site.call('GET', '/stacks', undefined, again.headers.get('X-Subject-Token') ?? '')).toMatchObject({ status: 401 })
  })

  test('a revoked token opens nothing', async () => {
    site = await openTestCloud()
    const { token } = await logIn(site.cloud, site.password)
    const about = (method: string, subject: string) =>
      fetch(`${site.cloud.authUrl}/auth/tokens`, { method, headers: { 'X-Auth-Token': site.token, 'X-Subject-Token': subject } })
    expect((await about('HEAD', token)).status).toBe(200)
    expect((await about('DELETE', token)).status).toBe(204)
    const shown = await about('GET', token)
    expect({ status: shown.status, body: await shown.json() }).toEqual({
      status: 404,
      body: { error: { code: 404, message: 'Failed to validate token', title: 'Not Found' } },
    })
    expect(await site.call('GET', '/stacks', undefined, token)).toMatchObject({ status: 401 })
    expect(await site.call('GET', '/stacks', undefined, `${token.slice(0, -2)}AA`)).toMatchObject({ status: 401 })
  })

  test('names its versions', async () => {
    site = await openTestCloud()
    const root = await site.call('GET', site.cloud.authUrl.replace('/v3', '/'))
    expect(root).toMatchObject({ status: 300, body: { versions: { values: [{ id: 'v3.14', status: 'stable' }] } } })
    expect(root.headers.get('Location')).toBe(`${site.cloud.authUrl}/`)
    expect(await site.call('GET', site.cloud.authUrl)).toMatchObject({ status: 200, body: { version: { id: 'v3.14' } } })
    expect(await site.call('GET', `${site.cloud.heatUrl}/`)).toMatchObject({ status: 300, body: { versions: [{ id: 'v1.0' }] } })
  })
})
