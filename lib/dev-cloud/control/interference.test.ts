import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { control, openTestCloud, type TestCloud } from '../dev-cloud.fixture.ts'
import { network, stackOf, waiting, wordsFor } from './misbehaviour.fixture.ts'

let site: TestCloud
beforeEach(async () => {
  site = await openTestCloud()
})
afterEach(() => site.close())

const { rule, lift, rules, stack, serverUrl, server } = wordsFor(() => site)
/** Whether a call found nobody, or its connection broke. */
const isLost = (call: Promise<unknown>) =>
  call.then(
    () => false,
    () => true,
  )

describe('answering', () => {
  test('500 in the words of the service, and 503 in those of what stands before it; nothing is carried out', async () => {
    await rule({ way: 'answer-error', service: 'heat', verb: 'create', count: 1 })
    expect(await site.call('POST', '/stacks', { stack_name: 'lab', template: stackOf(network) })).toMatchObject({
      status: 500,
      body: { code: 500, title: 'Internal Server Error', error: { type: 'RemoteError' } },
    })
    expect((await site.call('GET', '/stacks')).body.stacks).toEqual([])
    await rule({ way: 'answer-error', service: 'identity', count: 1 })
    expect(await site.call('GET', site.cloud.authUrl)).toMatchObject({ status: 500, body: { error: { title: 'Internal Server Error' } } })
    await rule({ way: 'answer-error', service: 'nova', count: 1 })
    const nova = `${site.cloud.heatUrl}/compute/v2.1/servers`
    expect(await site.call('GET', nova)).toMatchObject({ status: 500, body: { computeFault: { code: 500 } } })
    await rule({ way: 'answer-error', status: 503, count: 1 })
    const answer = await fetch(nova, { headers: { 'X-Auth-Token': site.token } })
    expect([answer.status, answer.headers.get('Content-Type'), await answer.text()]).toEqual([
      503,
      'text/html',
      '<html><body><h1>503 Service Unavailable</h1>\n</body></html>\n',
    ])
    expect((await site.call('GET', nova)).status).toBe(200)
  })

  test('a lie: a stack that is complete while it is not, or that is not there', async () => {
    const id = await site.createStack('lab', stackOf(waiting))
    await stack('other')
    const shown = async () => (await site.call('GET', `/stacks/lab/${id}`)).body.stack?.stack_status
    const listed = async () =>
      Object.fromEntries(
        (await site.call('GET', '/stacks')).body.stacks.map((each: Record<string, string>) => [each.stack_name, each.stack_status]),
      )
    const complete = await rule({ way: 'lie', says: 'complete', stack: 'lab' })
    expect([await shown(), await listed()]).toEqual(['CREATE_COMPLETE', { lab: 'CREATE_COMPLETE', other: 'CREATE_COMPLETE' }])
    expect((await rules())[0]).toMatchObject({ used: 2 })
    await lift(complete)
    expect([await shown(), await listed()]).toEqual(['CREATE_IN_PROGRESS', { lab: 'CREATE_IN_PROGRESS', other: 'CREATE_COMPLETE' }])
    const absent = await rule({ way: 'lie', says: 'absent', stack: 'lab' })
    expect(await site.call('GET', `/stacks/lab/${id}`)).toMatchObject({ status: 404, body: { error: { type: 'EntityNotFound' } } })
    expect(await site.call('GET', '/stacks/lab')).toMatchObject({ status: 404 })
    expect(await site.call('GET', `/stacks/lab/${id}/resources`)).toMatchObject({ status: 404 })
    expect(await listed()).toEqual({ other: 'CREATE_COMPLETE' })
    expect(await site.call('POST', '/stacks', { stack_name: 'lab', template: stackOf(network) })).toMatchObject({ status: 409 })
    await lift(absent)
    await rule({ way: 'lie', says: 'SUSPEND_FAILED', verb: 'list', stack: 'other', count: 1 })
    expect(await listed()).toMatchObject({ other: 'SUSPEND_FAILED' })
    expect(await listed()).toMatchObject({ other: 'CREATE_COMPLETE' })
  })

  test('a lie about a server', async () => {
    await stack()
    await rule({ way: 'lie', service: 'nova', says: 'SHUTOFF', verb: 'show' })
    expect(await server()).toMatchObject({ status: 'SHUTOFF' })
    const list = async () => (await site.call('GET', serverUrl().replace(/[^/]+$/, ''))).body.servers
    expect(await list()).toHaveLength(1)
    await control(site, 'DELETE', '/rules')
    await rule({ way: 'lie', service: 'nova', says: 'absent' })
    expect(await list()).toEqual([])
    expect(await site.call('GET', serverUrl())).toMatchObject({ status: 404, body: { itemNotFound: { code: 404 } } })
  })
})

describe('losing connections', () => {
  test('before a call is carried out, or after: then it happened and nobody was told', async () => {
    await rule({ way: 'drop-before', verb: 'create', count: 1 })
    const create = () => site.call('POST', '/stacks', { stack_name: 'lab', template: stackOf(network) })
    expect(await isLost(create())).toBe(true)
    expect((await site.call('GET', '/stacks')).body.stacks).toEqual([])
    await rule({ way: 'drop-after', verb: 'create', count: 1 })
    expect(await isLost(create())).toBe(true)
    expect((await site.call('GET', '/stacks')).body.stacks).toHaveLength(1)
    expect(await create()).toMatchObject({ status: 409 })
    const { calls } = (await control(site, 'GET', '/requests?each=true')).body
    expect(calls.filter(({ verb }: { verb: string }) => verb === 'create').map(({ status }: { status: number | null }) => status)).toEqual([
      null,
      null,
      409,
    ])
  })

  test('a service that has vanished refuses connections, and returns at the same address', async () => {
    const login = () => site.call('GET', site.cloud.authUrl)
    const heat = await rule({ way: 'vanish', service: 'heat' })
    expect(await isLost(site.call('GET', '/stacks'))).toBe(true)
    expect(await isLost(login())).toBe(false)
    const all = await rule({ way: 'vanish' })
    expect(await isLost(login())).toBe(true)
    await lift(heat)
    expect(await isLost(site.call('GET', '/stacks'))).toBe(true)
    await lift(all)
    expect((await login()).status).toBe(200)
    expect((await site.call('GET', '/stacks')).status).toBe(200)
  })

  test('a service whose port was taken by somebody while it was away comes back when it is free', async () => {
    const gone = await rule({ way: 'vanish', service: 'heat' })
    const squatter = createServer()
    await new Promise<void>((done) => squatter.listen(Number(new URL(site.cloud.heatUrl).port), '127.0.0.1', done))
    const back = lift(gone)
    await expect.poll(rules).toEqual([])
    await new Promise((done) => squatter.close(done))
    await back
    expect((await site.call('GET', '/stacks')).status).toBe(200)
  })

  test('a service that hangs takes calls and answers none; they are lost when it comes back', async () => {
    const id = await rule({ way: 'hang', verb: 'list', count: 1 })
    let answered = false
    const hanging = isLost(site.call('GET', '/stacks')).finally(() => {
      answered = true
    })
    await expect.poll(async () => (await rules())[0].used).toBe(1)
    expect((await site.call('GET', '/stacks')).status).toBe(200)
    expect(answered).toBe(false)
    await lift(id)
    expect(await hanging).toBe(true)
  })
})
