import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { openTestCloud, type TestCloud, testClock } from '../dev-cloud.fixture.ts'

let site: TestCloud
afterEach(() => site.close())

const credentials = (more = '') => `${site.cloud.authUrl}/users/${userId}/application_credentials${more}`
let userId = ''

async function open(options: Parameters<typeof openTestCloud>[0] = {}) {
  site = await openTestCloud(options)
  userId = JSON.parse(await readFile(join(site.folder, 'cloud.json'), 'utf8')).user.id
}

async function make(more: object = {}): Promise<{ id: string; secret: string }> {
  const made = await site.call('POST', credentials(), { application_credential: { name: 'one', ...more } })
  expect(made).toMatchObject({ status: 201 })
  return made.body.application_credential
}

function enter({ id, secret }: { id: string; secret: string }) {
  const identity = { methods: ['application_credential'], application_credential: { id, secret } }
  return site.call('POST', `${site.cloud.authUrl}/auth/tokens`, { auth: { identity } }, '')
}

const tokenOf = async (credential: { id: string; secret: string }) => (await enter(credential)).headers.get('X-Subject-Token') ?? ''
const stack = { stack_name: 'x', template: 'heat_template_version: 2021-04-16\nresources: {a: {type: OS::Heat::None}}' }

describe('an application credential', () => {
  test('reads, and can create no stack, restricted or not; what is wrong with a stack is said first', async () => {
    await open()
    for (const unrestricted of [false, true]) {
      const token = await tokenOf(await make({ name: String(unrestricted), unrestricted }))
      expect(await site.call('GET', '/stacks', undefined, token)).toMatchObject({ status: 200 })
      expect(await site.call('POST', '/stacks', stack, token)).toMatchObject({ status: 500, body: { error: { type: 'RemoteError' } } })
      expect(await site.call('POST', '/stacks', { ...stack, stack_name: '3' }, token)).toMatchObject({ status: 400 })
    }
    expect((await site.call('GET', '/stacks')).body.stacks).toEqual([])
  })

  test('creates stacks where the cloud is set so', async () => {
    await open({ applicationCredentialTrusts: true })
    const token = await tokenOf(await make())
    const { status, body } = await site.call('POST', '/stacks', stack, token)
    expect(status).toBe(201)
    await site.until('x', body.stack.id, 'CREATE_COMPLETE')
  })

  test('makes others only when it is unrestricted', async () => {
    await open()
    const restricted = await tokenOf(await make({ name: 'restricted' }))
    const unrestricted = await tokenOf(await make({ name: 'unrestricted', unrestricted: true }))
    const another = (token: string) => site.call('POST', credentials(), { application_credential: { name: 'another' } }, token)
    expect(await another(restricted)).toMatchObject({
      status: 403,
      body: { error: { message: expect.stringContaining('managing additional') } },
    })
    expect(await another(unrestricted)).toMatchObject({ status: 201 })
  })

  test('ends with its time, and its tokens with it', async () => {
    const clock = testClock()
    await open(clock)
    const made = await make({ expires_at: new Date(clock.now().getTime() + 60_000).toISOString() })
    const token = await tokenOf(made)
    clock.advance(59_000)
    expect(await site.call('GET', '/stacks', undefined, token)).toMatchObject({ status: 200 })
    clock.advance(2_000)
    expect(await site.call('GET', '/stacks', undefined, token)).toMatchObject({ status: 401 })
    expect(await enter(made)).toMatchObject({ status: 401 })
  })

  test('outlives a restart without its secret being written down; once deleted, its tokens open nothing', async () => {
    await open()
    const made = await make()
    const { folder, host } = site
    await site.cloud.close('keep')
    expect(await readFile(join(folder, 'project.json'), 'utf8')).not.toContain(made.secret)
    site = await openTestCloud({ folder, kept: host })
    const token = await tokenOf(made)
    expect(await site.call('GET', '/stacks', undefined, token)).toMatchObject({ status: 200 })
    expect(await site.call('DELETE', credentials(`/${made.id}`))).toMatchObject({ status: 204 })
    expect(await site.call('GET', '/stacks', undefined, token)).toMatchObject({ status: 401 })
    expect(await enter(made)).toMatchObject({ status: 404 })
  })
})

test('a token that was taken back opens nothing after a restart either', async () => {
  await open()
  const headers = { 'X-Auth-Token': site.token, 'X-Subject-Token': site.token }
  expect((await fetch(`${site.cloud.authUrl}/auth/tokens`, { method: 'DELETE', headers })).status).toBe(204)
  const { folder, host, token } = site
  await site.cloud.close('keep')
  site = await openTestCloud({ folder, kept: host })
  expect(await site.call('GET', '/stacks', undefined, token)).toMatchObject({ status: 401 })
})
