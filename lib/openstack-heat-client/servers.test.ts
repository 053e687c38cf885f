import { expect, test } from 'vitest'
import { failure, ref, setUp } from './client.fixture.ts'
import { type Answer, novaSays, type Script, tokenBody, UNAUTHORIZED } from './cloud.fixture.ts'

const resource = (name: string, physicalId: string, type = 'OS::Nova::Server') => ({
  resource_name: name,
  resource_type: type,
  resource_status: 'CREATE_COMPLETE',
  physical_resource_id: physicalId,
})

const wire = (id: string, status: string, taskState: string | null = null) => ({
  id,
  name: `server ${id}`,
  status,
  'OS-EXT-STS:task_state': taskState,
})

const shows = (id: string, status: string, taskState: string | null = null): Script => ({
  [`GET /compute/v2.1/servers/${id}`]: () => ({ status: 200, body: { server: wire(id, status, taskState) } }),
})
const unknown = (id: string): Script => ({
  [`GET /compute/v2.1/servers/${id}`]: () => novaSays(404, 'itemNotFound', `Instance ${id} could not be found.`),
})

const resources = `GET /stacks/${ref.name}/${ref.id}/resources`
const having = (...all: ReturnType<typeof resource>[]): Script => ({ [resources]: () => ({ status: 200, body: { resources: all } }) })
const manyNames = Array.from({ length: 9 }, (_, at) => `n${at}`)
const many = having(...manyNames.map((name) => resource(name, `s-${name}`)))

test('the servers of a stack are looked up one by one, nested ones too, and what is no server or none yet is left out', async () => {
  const { cloud, heat } = await setUp({
    ...having(resource('node', 's1'), resource('net', 'n1', 'OS::Neutron::Net'), resource('later', ''), resource('0', 's2')),
    ...shows('s1', 'ACTIVE', 'suspending'),
    ...shows('s2', 'SUSPENDED'),
  })
  expect(await heat.serversOf(ref)).toEqual([
    { id: 's1', resourceName: 'node', status: 'ACTIVE', taskState: 'suspending' },
    { id: 's2', resourceName: '0', status: 'SUSPENDED', taskState: null },
  ])
  expect(Number(cloud.asked.find(({ path }) => path.endsWith('/resources'))?.query.get('nested_depth'))).toBeGreaterThan(5)
  expect(cloud.logins()).toBe(1)
})

test('a server that Nova does not know, or says is deleted, is missing; a word never heard is unknown', async () => {
  const { heat } = await setUp({
    ...having(resource('a', 's1'), resource('b', 's2'), resource('c', 's3')),
    ...unknown('s1'),
    ...shows('s2', 'DELETED'),
    ...shows('s3', 'LEVITATING'),
  })
  expect((await heat.serversOf(ref)).map(({ status }) => status)).toEqual(['MISSING', 'MISSING', 'UNKNOWN'])
})

test('a server about which Nova cannot speak is an error, not a missing one', async () => {
  const { heat } = await setUp({
    ...having(resource('a', 's1')),
    'GET /compute/v2.1/servers/s1': () => novaSays(500, 'computeFault', 'Unexpected API Error.'),
  })
  expect(await failure(heat.serversOf(ref))).toMatchObject({ code: 'outage', status: 500, title: 'computeFault' })
})

test('many servers are read from the list of all, page by page, and only one that the list leaves out is looked up itself', async () => {
  const pages: Record<string, unknown> = {
    '': { servers: manyNames.slice(0, 5).map((name) => wire(`s-${name}`, 'SHUTOFF')), servers_links: [{ rel: 'next', href: 'x' }] },
    's-n4': { servers: [wire('foreign', 'ERROR'), ...manyNames.slice(5, 8).map((name) => wire(`s-${name}`, 'SHELVED'))] },
  }
  const { cloud, heat } = await setUp({
    ...many,
    ...shows('s-n8', 'ACTIVE'),
    'GET /compute/v2.1/servers/detail': ({ query }) => ({ status: 200, body: pages[query.get('marker') ?? ''] }),
  })
  const found = await heat.serversOf(ref)
  expect(found.map(({ resourceName }) => resourceName)).toEqual(manyNames)
  expect(found.map(({ status }) => status)).toEqual([...Array(5).fill('SHUTOFF'), ...Array(3).fill('SHELVED'), 'ACTIVE'])
  expect(cloud.asked.filter(({ path }) => path.startsWith('/compute')).map(({ path }) => path)).toEqual([
    '/compute/v2.1/servers/detail',
    '/compute/v2.1/servers/detail',
    '/compute/v2.1/servers/s-n8',
  ])
})

test('a list of servers whose marker is deleted meanwhile is read again from its beginning', async () => {
  const whole = manyNames.map((name) => wire(`s-${name}`, 'ACTIVE'))
  let lost = false
  const list = ({ query }: { query: URLSearchParams }): Answer => {
    if (query.get('marker') === 'gone') {
      lost = true
      return novaSays(400, 'badRequest', 'marker [gone] not found')
    }
    return {
      status: 200,
      body: lost ? { servers: whole } : { servers: [wire('gone', 'ACTIVE')], servers_links: [{ rel: 'next', href: 'x' }] },
    }
  }
  const { heat } = await setUp({ ...many, 'GET /compute/v2.1/servers/detail': list })
  expect(await heat.serversOf(ref)).toHaveLength(9)
  expect(lost).toBe(true)
})

test('each action is one POST with the name that Nova gives it', async () => {
  const { cloud, heat } = await setUp({ 'POST /compute/v2.1/servers/s1/action': () => ({ status: 202 }) })
  for (const action of ['suspend', 'resume', 'stop', 'start', 'shelve', 'unshelve'] as const) await heat.actOnServer('s1', action)
  expect(cloud.asked.slice(1).map((asked) => asked.body)).toEqual([
    { suspend: null },
    { resume: null },
    { 'os-stop': null },
    { 'os-start': null },
    { shelve: null },
    { unshelve: null },
  ])
})

test('what a server’s state does not allow is a conflict, in Nova’s words', async () => {
  const words = "Cannot 'suspend' instance s1 while it is in vm_state stopped"
  const { heat } = await setUp({ 'POST /compute/v2.1/servers/s1/action': () => novaSays(409, 'conflictingRequest', words) })
  expect(await failure(heat.actOnServer('s1', 'suspend'))).toMatchObject({
    code: 'conflict',
    status: 409,
    title: 'conflictingRequest',
    explanation: words,
  })
})

test('an action on a server that is gone is not found; one that the cloud’s policy refuses is forbidden', async () => {
  const policy = "Policy doesn't allow os_compute_api:os-shelve:shelve to be performed."
  const { heat } = await setUp({
    'POST /compute/v2.1/servers/s1/action': () => novaSays(404, 'itemNotFound', 'Instance s1 could not be found.'),
    'POST /compute/v2.1/servers/s2/action': () => novaSays(403, 'forbidden', policy),
  })
  expect(await failure(heat.actOnServer('s1', 'stop'))).toMatchObject({ code: 'not_found' })
  expect(await failure(heat.actOnServer('s2', 'shelve'))).toMatchObject({ code: 'forbidden', explanation: policy })
})

test('an action whose connection breaks is not asked twice; one whose token is refused is, with a new token', async () => {
  let refusals = 0
  const { cloud, heat } = await setUp({
    'POST /compute/v2.1/servers/s1/action': () => 'hang up',
    'POST /compute/v2.1/servers/s2/action': () => (refusals++ === 0 ? UNAUTHORIZED : { status: 202 }),
  })
  expect(await failure(heat.actOnServer('s1', 'stop'))).toMatchObject({ code: 'outage', status: null })
  await heat.actOnServer('s2', 'stop')
  expect(cloud.asked.map(({ path }) => path.split('/').at(-2))).toEqual(['auth', 's1', 's2', 'auth', 's2'])
})

test('a cloud without Nova serves Heat, and says what is missing when a server is asked for', async () => {
  const { cloud, heat } = await setUp(
    {
      'POST /v3/auth/tokens': () => {
        const { token } = tokenBody(new URL(cloud.authUrl).origin, 60)
        const catalog = token.catalog.filter(({ type }) => type !== 'compute')
        return { status: 201, headers: { 'x-subject-token': 'token-0' }, body: { token: { ...token, catalog } } }
      },
      'GET /stacks': () => ({ status: 200, body: { stacks: [] } }),
    },
    { region: 'RegionOne' },
  )
  expect(await heat.listStacks()).toEqual([])
  expect(await failure(heat.actOnServer('s1', 'stop'))).toMatchObject({
    code: 'protocol',
    explanation: 'The catalog has no public compute endpoint in region "RegionOne".',
  })
})
