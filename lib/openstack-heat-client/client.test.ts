import { expect, test } from 'vitest'
import { auth, failure, ref, setUp } from './client.fixture.ts'
import { heatSays, PASSWORD, PROJECT, tokenBody, UNAUTHORIZED, wireStack } from './cloud.fixture.ts'

test('a stack is created with its tags, files and time limit, and told by name and id', async () => {
  const { cloud, heat } = await setUp({ 'POST /stacks': () => ({ status: 201, body: { stack: { id: ref.id, links: [] } } }) })
  const created = await heat.createStack({
    name: 'lab-1',
    template: 'heat_template_version: 2021-04-16',
    files: { 'node.yaml': '#cloud-config' },
    parameters: { nodes: 2 },
    tags: ['astrolabe', 'i-7'],
    timeoutMinutes: 15,
  })
  expect(created).toEqual(ref)
  expect(cloud.asked.at(-1)?.body).toEqual({
    stack_name: 'lab-1',
    template: 'heat_template_version: 2021-04-16',
    files: { 'node.yaml': '#cloud-config' },
    parameters: { nodes: 2 },
    tags: 'astrolabe,i-7',
    timeout_mins: 15,
    disable_rollback: true,
  })
})

test('a login asks for the project and finds Heat in the catalog, without the slash at its end', async () => {
  const { cloud, heat } = await setUp({ 'GET /stacks': () => ({ status: 200, body: { stacks: [] } }) })
  await heat.listStacks()
  expect(cloud.asked[0]?.body).toEqual({
    auth: {
      identity: { methods: ['password'], password: { user: { name: 'labs', domain: { id: 'default' }, password: PASSWORD } } },
      scope: { project: { name: 'labs', domain: { name: 'Default' } } },
    },
  })
  expect(cloud.asked[1]?.path).toBe(`/v1/${PROJECT}/stacks`)
})

test('an application credential logs in by id alone', async () => {
  const credential = { method: 'application_credential', id: 'c1', secret: PASSWORD } as const
  const { cloud, heat } = await setUp({}, { auth: credential })
  expect(await heat.whoami()).toMatchObject({ projectId: PROJECT, userId: 'u1' })
  expect(cloud.asked[0]?.body).toEqual({
    auth: { identity: { methods: ['application_credential'], application_credential: { id: 'c1', secret: PASSWORD } } },
  })
})

test('calls at the same time share one login', async () => {
  const { cloud, heat } = await setUp({ 'GET /stacks': () => ({ status: 200, body: { stacks: [] } }) })
  await Promise.all([heat.listStacks(), heat.listStacks(), heat.listStacks()])
  expect(cloud.logins()).toBe(1)
})

test('a caller who stops waiting for a shared login does not spoil it for the others', async () => {
  const { cloud, heat } = await setUp({ 'GET /stacks': () => ({ status: 200, body: { stacks: [] } }) })
  const reason = new Error('left')
  const left = heat.listStacks({ signal: AbortSignal.abort(reason) })
  const stayed = heat.listStacks()
  await expect(left).rejects.toBe(reason)
  expect(await stayed).toEqual([])
  expect(cloud.logins()).toBe(1)
})

test('a token that is refused in mid-sequence is renewed once and the call repeated, a create as well', async () => {
  const { cloud, heat } = await setUp({ 'POST /stacks': () => ({ status: 201, body: { stack: { id: ref.id, links: [] } } }) })
  await heat.whoami()
  cloud.expire('token-1')
  expect(await heat.createStack({ name: 'lab-1', template: 't' })).toEqual(ref)
  expect(cloud.logins()).toBe(2)
})

test('a fresh token that is refused too is a failed authentication', async () => {
  const { cloud, heat } = await setUp({ 'GET /stacks': () => UNAUTHORIZED })
  expect(await failure(heat.listStacks())).toMatchObject({ code: 'auth_failed', status: 401, title: 'Unauthorized' })
  expect(cloud.logins()).toBe(2)
})

test('a token is renewed before its end, by our own clock, however wrong the cloud’s is', async () => {
  const { cloud, heat, clock } = await setUp({ 'GET /stacks': () => ({ status: 200, body: { stacks: [] } }) }, { tokenLifeSeconds: 30 })
  await heat.listStacks()
  expect((await heat.whoami()).expiresAt).toEqual(new Date('2026-11-21T12:00:30Z'))
  clock.at = new Date('2026-11-21T12:00:23Z')
  await heat.listStacks()
  expect(cloud.logins()).toBe(1)
  clock.at = new Date('2026-11-21T12:00:24Z')
  await heat.listStacks()
  expect(cloud.logins()).toBe(2)
})

test('a wrong password is not tried again at every tick, but after some seconds', async () => {
  const { cloud, heat, clock } = await setUp({}, { auth: { ...auth, password: 'wrong' } })
  expect(await failure(heat.listStacks())).toMatchObject({ code: 'auth_failed', status: 401 })
  await failure(heat.listStacks())
  expect(cloud.asked.length).toBe(1)
  clock.at = new Date(clock.at.getTime() + 5_000)
  await failure(heat.listStacks())
  expect(cloud.asked.length).toBe(2)
})

test('a deleted application credential is a failed authentication, although Keystone says 404', async () => {
  const gone = { status: 404, body: { error: { code: 404, message: 'Could not find Application Credential: c1.', title: 'Not Found' } } }
  const { heat } = await setUp({ 'POST /v3/auth/tokens': () => gone })
  expect(await failure(heat.whoami())).toMatchObject({ code: 'auth_failed', explanation: 'Could not find Application Credential: c1.' })
})

test('a catalog without Heat in our region is a broken promise, said with the region', async () => {
  const { heat } = await setUp({}, { region: 'Elsewhere' })
  expect(await failure(heat.whoami())).toMatchObject({ code: 'protocol', explanation: expect.stringContaining('"Elsewhere"') })
})

test('a password never appears in an error, in its URL or in what is recorded', async () => {
  const { heat, records } = await setUp({ 'POST /v3/auth/tokens': () => heatSays(500, 'Boom', 'no') })
  const error = await failure(heat.whoami())
  expect(JSON.stringify([error, error.message, records])).not.toContain(PASSWORD)
})

test('an application credential that may make no trust is told as forbidden, with what to do', async () => {
  const credential = { method: 'application_credential', id: 'c1', secret: PASSWORD } as const
  const { heat } = await setUp({ 'POST /stacks': () => heatSays(500, 'RemoteError') }, { auth: credential })
  const error = await failure(heat.createStack({ name: 'lab-1', template: 't' }))
  expect(error).toMatchObject({ code: 'forbidden', status: 500, explanation: expect.stringContaining('Use a password') })
})

test('every exchange is recorded with its request id, and the caller’s own id goes out as the global one', async () => {
  const { cloud, heat, records } = await setUp({
    [`GET /stacks/lab-1/${ref.id}`]: () => heatSays(404, 'EntityNotFound', 'The Stack (lab-1) could not be found.'),
  })
  const correlationId = '0198c6a2-1111-7222-8333-444455556666'
  const error = await failure(heat.showStack(ref, { correlationId }))
  expect(error).toMatchObject({ code: 'not_found', requestId: 'req-2', title: 'EntityNotFound', method: 'GET' })
  expect(cloud.asked[1]?.headers['x-openstack-request-id']).toBe(`req-${correlationId}`)
  expect(records).toEqual([
    { method: 'POST', path: '/v3/auth/tokens', status: 201, ms: 0, requestId: 'req-1', correlationId: null },
    { method: 'GET', path: `/v1/${PROJECT}/stacks/lab-1/${ref.id}`, status: 404, ms: 0, requestId: 'req-2', correlationId },
  ])
})

test('a stack is found by name through Heat’s redirect, which is read and not followed', async () => {
  const location = `http://elsewhere.example/v1/${PROJECT}/stacks/lab-1/${ref.id}`
  const { heat } = await setUp({ 'GET /stacks/lab-1': () => ({ status: 302, headers: { location }, body: { code: '302 Found' } }) })
  expect(await heat.findStack('lab-1')).toEqual(ref)
})

test('a shown stack has its action and status apart, times as times, outputs and parameters', async () => {
  const shown = wireStack('lab-1', ref.id, {
    stack_status: 'CREATE_IN_PROGRESS',
    tags: null,
    parameters: { nodes: '2', list: ['a'] },
    outputs: [{ output_key: 'ip', description: 'Address', output_value: null }],
  })
  const { heat } = await setUp({ [`GET /stacks/lab-1/${ref.id}`]: () => ({ status: 200, body: { stack: shown } }) })
  expect(await heat.showStack(ref)).toEqual({
    id: ref.id,
    name: 'lab-1',
    action: 'CREATE',
    status: 'IN_PROGRESS',
    statusReason: 'Stack CREATE completed successfully',
    createdAt: new Date('2026-11-20T10:07:33Z'),
    updatedAt: null,
    deletedAt: null,
    tags: [],
    parameters: { nodes: '2', list: '["a"]' },
    outputs: [{ key: 'ip', description: 'Address', value: null, error: null }],
  })
})

test('an action that nobody knows yet spoils neither a stack nor a list', async () => {
  const stacks = [wireStack('a', '1', { stack_status: 'LEVITATE_COMPLETE' })]
  const { heat } = await setUp({ 'GET /stacks': () => ({ status: 200, body: { stacks } }) })
  expect(await heat.listStacks()).toMatchObject([{ action: 'UNKNOWN', status: 'COMPLETE' }])
})

test('suspend, resume and check send their one action; delete is a DELETE', async () => {
  const path = `/stacks/lab-1/${ref.id}`
  const { cloud, heat } = await setUp({
    [`POST ${path}/actions`]: () => ({ status: 200, body: null }),
    [`DELETE ${path}`]: () => ({ status: 204 }),
  })
  await heat.suspendStack(ref)
  await heat.resumeStack(ref)
  await heat.checkStack(ref)
  await heat.deleteStack(ref)
  expect(cloud.asked.slice(1).map((asked) => asked.body)).toEqual([{ suspend: null }, { resume: null }, { check: null }, undefined])
})

test('resources and events are told in our words, and the stack’s own events are marked', async () => {
  const path = `/stacks/lab-1/${ref.id}`
  const resource = {
    resource_name: 'node1',
    resource_type: 'OS::Nova::Server',
    resource_status: 'INIT_COMPLETE',
    resource_status_reason: '',
    physical_resource_id: '',
    required_by: ['address'],
    creation_time: '2026-11-20T10:06:31Z',
    updated_time: '2026-11-20T10:06:31Z',
    links: [],
  }
  const event = (id: string, name: string, physical: string) => ({
    id,
    links: [],
    event_time: '2026-11-20T10:06:31Z',
    logical_resource_id: name,
    resource_name: name,
    physical_resource_id: physical,
    resource_status: 'CREATE_IN_PROGRESS',
    resource_status_reason: 'state changed',
  })
  const { cloud, heat } = await setUp({
    [`GET ${path}/resources`]: () => ({ status: 200, body: { resources: [resource] } }),
    [`GET ${path}/events`]: () => ({ status: 200, body: { events: [event('e1', 'lab-1', ref.id), event('e2', 'node1', 's1')] } }),
  })
  expect(await heat.listResources(ref)).toMatchObject([
    { name: 'node1', type: 'OS::Nova::Server', action: 'INIT', status: 'COMPLETE', physicalId: '', requiredBy: ['address'] },
  ])
  expect(await heat.listEvents(ref, { after: 'e0' })).toMatchObject([
    { id: 'e1', isStack: true, action: 'CREATE', status: 'IN_PROGRESS' },
    { id: 'e2', isStack: false },
  ])
  expect(Object.fromEntries(cloud.asked.at(-1)?.query ?? [])).toEqual({ sort_dir: 'asc', limit: '500', marker: 'e0' })
})

test('a list is read to its end, page by page, even when the last page is empty', async () => {
  const pages: Record<string, unknown> = {
    '': { stacks: [wireStack('a', '1'), wireStack('b', '2')], links: [{ rel: 'next', href: 'http://evil.example/' }] },
    2: { stacks: [wireStack('c', '3'), wireStack('d', '4')], links: [{ rel: 'next', href: 'x' }] },
    4: { stacks: [] },
  }
  const { cloud, heat } = await setUp({ 'GET /stacks': ({ query }) => ({ status: 200, body: pages[query.get('marker') ?? ''] }) })
  expect((await heat.listStacks({ tags: ['lab', 'i-7'], limit: 2 })).map((stack) => stack.id)).toEqual(['1', '2', '3', '4'])
  expect(cloud.asked.at(-1)?.query.get('tags')).toBe('lab,i-7')
})

test('a thousand stacks are read in one request', async () => {
  const all = Array.from({ length: 1000 }, (_, at) => wireStack(`lab-${at}`, String(at)))
  const { cloud, heat } = await setUp({
    'GET /stacks': ({ query }) => {
      const from = all.findIndex(({ id }) => id === query.get('marker')) + 1
      const stacks = all.slice(from, from + Number(query.get('limit')))
      const full = stacks.length === Number(query.get('limit'))
      return { status: 200, body: { stacks, links: full ? [{ rel: 'next', href: 'x' }] : [] } }
    },
  })
  expect(await heat.listStacks()).toHaveLength(1000)
  expect(cloud.asked.filter(({ path }) => path.endsWith('/stacks')).length).toBe(1)
})

test('a list whose marker was lost is read again, so that nothing is missing', async () => {
  const first = { stacks: [wireStack('a', '1'), wireStack('b', '2')], links: [{ rel: 'next', href: 'x' }] }
  let lost = true
  const { heat } = await setUp({
    'GET /stacks': ({ query }) => {
      if (query.get('marker') === null) return { status: 200, body: first }
      const body = lost ? first : { stacks: [wireStack('c', '3')] }
      lost = false
      return { status: 200, body }
    },
  })
  expect((await heat.listStacks({ limit: 2 })).map((stack) => stack.id)).toEqual(['1', '2', '3'])
})

test('a list that never holds still is an error and no endless loop', async () => {
  const body = { stacks: [wireStack('a', '1')], links: [{ rel: 'next', href: 'x' }] }
  const { cloud, heat } = await setUp({ 'GET /stacks': () => ({ status: 200, body }) })
  expect(await failure(heat.listStacks({ limit: 1 }))).toMatchObject({ code: 'protocol', title: 'Unstable list' })
  expect(cloud.asked.length).toBe(7)
})

test('a read whose connection breaks is asked once more, a create never', async () => {
  let reads = 0
  const { cloud, heat } = await setUp({
    'GET /stacks': () => (reads++ === 0 ? 'hang up' : { status: 200, body: { stacks: [] } }),
    'POST /stacks': () => 'hang up',
  })
  expect(await heat.listStacks()).toEqual([])
  expect(await failure(heat.createStack({ name: 'lab-1', template: 't' }))).toMatchObject({ code: 'outage', status: null })
  expect(cloud.asked.filter((asked) => asked.method === 'POST' && asked.path.endsWith('/stacks')).length).toBe(1)
})

test('no answer in time is a timeout', async () => {
  const { heat } = await setUp({ 'GET /stacks': () => 'never answer' }, { timeoutMs: 60 })
  expect(await failure(heat.listStacks())).toMatchObject({ code: 'timeout', status: null })
})

test('a caller’s own signal ends the call with its own reason', async () => {
  const controller = new AbortController()
  const { heat } = await setUp({
    'GET /stacks': () => {
      controller.abort(new Error('shutting down'))
      return 'never answer'
    },
  })
  await expect(heat.listStacks({ signal: controller.signal })).rejects.toThrow('shutting down')
})

test('nobody listening is an outage', async () => {
  const { cloud, heat } = await setUp({})
  await cloud.close()
  expect(await failure(heat.listStacks())).toMatchObject({
    code: 'outage',
    status: null,
    explanation: expect.stringContaining('ECONNREFUSED'),
  })
})

test('an answer that is too large, or not what it promises to be, is told as such', async () => {
  const big = { stacks: [wireStack('a'.repeat(5000), '1')] }
  const { heat } = await setUp({ 'GET /stacks': () => ({ status: 200, body: big }) }, { maxResponseBytes: 4000 })
  expect(await failure(heat.listStacks())).toMatchObject({ code: 'protocol', explanation: expect.stringContaining('4000 bytes') })
  const odd = await setUp({
    'GET /stacks': () => ({ status: 200, text: 'hello', headers: { 'content-type': 'application/json' } }),
    [`GET /stacks/lab-1/${ref.id}`]: () => ({ status: 200, body: { stack: wireStack('lab-1', ref.id, { stack_status: 'FINE' }) } }),
  })
  expect(await failure(odd.heat.listStacks())).toMatchObject({ code: 'protocol', status: 200 })
  expect(await failure(odd.heat.showStack(ref))).toMatchObject({
    code: 'protocol',
    explanation: expect.stringContaining('stack.stack_status'),
  })
})

test('a proxy’s page in HTML is an outage, not a broken promise', async () => {
  const { heat } = await setUp({ 'GET /stacks': () => ({ status: 503, text: '<h1>503 Service Unavailable</h1>' }) })
  expect(await failure(heat.listStacks())).toMatchObject({ code: 'outage', status: 503, title: 'HTTP 503' })
})

test('a token body that lacks its project (an unscoped token) is a broken promise', async () => {
  const { token } = tokenBody('http://127.0.0.1:1', 60)
  const body = { token: { ...token, project: undefined } }
  const { heat } = await setUp({ 'POST /v3/auth/tokens': () => ({ status: 201, headers: { 'x-subject-token': 't' }, body }) })
  expect(await failure(heat.whoami())).toMatchObject({ code: 'protocol', explanation: expect.stringContaining('token.project') })
})
