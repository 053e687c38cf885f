import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { control, openTestCloud, type TestCloud, testClock } from './dev-cloud.fixture.ts'
import { machine, network, stackOf, waiting, wordsFor } from './misbehaviour.fixture.ts'

let site: TestCloud
beforeEach(async () => {
  site = await openTestCloud()
})
afterEach(() => site.close())

const { rule, lift, rules, stack, ask, act, serverUrl, server } = wordsFor(() => site)
/** Whether a call found nobody, or its connection broke. */
const isLost = (call: Promise<unknown>) =>
  call.then(
    () => false,
    () => true,
  )

describe('rules', () => {
  test('are listed with what they were used for, and taken away one by one or all at once', async () => {
    const first = await rule({ way: 'slow-call', ms: 0, verb: 'list', count: 2 })
    await rule({ way: 'fail', verb: 'suspend', stack: 'other-' })
    await site.call('GET', '/stacks')
    expect((await control(site, 'GET', '/')).body).toEqual({
      engine: 'running',
      rules: [
        { id: first, way: 'slow-call', ms: 0, verb: 'list', count: 2, used: 1, left: 1 },
        { id: '2', way: 'fail', service: 'heat', verb: 'suspend', stack: 'other-', used: 0 },
      ],
    })
    expect(await lift(first)).toEqual({ status: 204, body: undefined })
    expect(await lift(first)).toEqual({ status: 404, body: { error: 'There is no such rule.' } })
    await control(site, 'DELETE', '/rules')
    expect(await rules()).toEqual([])
  })

  test('pass by themselves after the time that they were given', async () => {
    await site.close()
    const clock = testClock()
    site = await openTestCloud(clock)
    await rule({ way: 'answer-error', forMs: 5000 })
    clock.advance(4999)
    expect((await site.call('GET', '/stacks')).status).toBe(500)
    clock.advance(1)
    await expect.poll(rules).toEqual([])
    expect((await site.call('GET', '/stacks')).status).toBe(200)
  })

  test.each([
    [{}, /way/],
    [{ way: 'explode' }, /way/],
    [{ way: 'slow-call' }, /ms/],
    [{ way: 'fail', count: 0 }, /count/],
    [{ way: 'fail', verbs: ['suspend'] }, /verbs/],
    [{ way: 'vanish', count: 2 }, /count/],
  ])('%j is no rule', async (given, about) => {
    expect(await control(site, 'POST', '/rules', given)).toMatchObject({ status: 400, body: { error: expect.stringMatching(about) } })
    expect(await rules()).toEqual([])
  })
})

describe('slow', () => {
  test('each call answers so much later, and only the calls that are meant', async () => {
    await rule({ way: 'slow-call', ms: 150, service: 'heat', verb: 'list' })
    const took = async (call: () => Promise<unknown>) => {
      const began = performance.now()
      await call()
      return performance.now() - began
    }
    expect(await took(() => site.call('GET', '/stacks'))).toBeGreaterThan(145)
    expect(await took(() => site.call('GET', '/build_info'))).toBeLessThan(145)
  })

  test('an action of Heat stays in progress so much longer, and what it waits for is deleted all the same', async () => {
    await site.close()
    const clock = testClock()
    site = await openTestCloud(clock)
    const id = await stack()
    await rule({ way: 'slow-action', ms: 4000, verb: 'suspend' })
    await ask(id, 'suspend')
    clock.advance(3999)
    expect((await site.call('GET', `/stacks/lab/${id}`)).body.stack.stack_status).toBe('SUSPEND_IN_PROGRESS')
    expect([...site.host.machines.values()][0]?.state).toBe('on')
    clock.advance(1)
    await site.until('lab', id, 'SUSPEND_COMPLETE')
    await rule({ way: 'slow-action', ms: 4000, verb: 'resume' })
    await act(id, 'resume', 'RESUME_IN_PROGRESS')
    await site.call('DELETE', `/stacks/lab/${id}`)
    await site.until('lab', id, 'DELETE_COMPLETE')
  })

  test('an action of Nova does too, and one that was cut short by the end of the cloud is done at its next start', async () => {
    await stack()
    await rule({ way: 'slow-action', service: 'nova', verb: 'stop', ms: 60_000 })
    await site.call('POST', `${serverUrl()}/action`, { 'os-stop': null })
    expect(await server()).toMatchObject({ status: 'ACTIVE', 'OS-EXT-STS:task_state': 'powering-off' })
    const first = site
    await first.cloud.close('keep')
    site = await openTestCloud({ folder: first.folder, kept: first.host })
    await expect.poll(async () => (await server()).status).toBe('SHUTOFF')
  })
})

describe('failing', () => {
  test('once: the action ends FAILED for a reason of Heat’s, the next one works', async () => {
    const failing = (verb: string) => rule({ way: 'fail', verb, count: 1 })
    await failing('create')
    const bad = await site.createStack('lab', stackOf(network, machine))
    expect((await site.until('lab', bad, 'CREATE_FAILED')).stack_status_reason).toBe(
      'Resource CREATE failed: ResourceInError: resources.server: Went to status ERROR due to "Message: No valid host was found. , Code: 500"',
    )
    await failing('delete')
    await site.call('DELETE', `/stacks/lab/${bad}`)
    expect((await site.until('lab', bad, 'DELETE_FAILED')).stack_status_reason).toMatch(
      /^Resource DELETE failed: ClientException: resources\.server: /,
    )
    await site.call('DELETE', `/stacks/lab/${bad}`)
    await site.until('lab', bad, 'DELETE_COMPLETE')

    const id = await stack()
    await failing('suspend')
    expect(await act(id, 'suspend', 'SUSPEND_FAILED')).toMatch(
      /^Resource SUSPEND failed: ClientException: resources\.server: Unexpected API Error\. Please report this .*\n<class 'oslo_messaging\.exceptions\.MessagingTimeout'> \(HTTP 500\) \(Request-ID: req-/,
    )
    expect([...site.host.machines.values()][0]?.state).toBe('on')
    await act(id, 'suspend', 'SUSPEND_COMPLETE')
    await failing('resume')
    expect(await act(id, 'resume', 'RESUME_FAILED')).toMatch(/^Resource RESUME failed: ClientException: resources\.server: /)
    await act(id, 'resume', 'RESUME_COMPLETE')
    await failing('check')
    expect(await act(id, 'check', 'CHECK_FAILED')).toContain("resources.server: 'status': expected 'ACTIVE', got 'ERROR'")
    await act(id, 'check', 'CHECK_COMPLETE')
  })

  test('always, with words of one’s own, for the stacks whose names begin so', async () => {
    await rule({ way: 'fail', verb: 'suspend', stack: 'lab-', reason: 'the disk is full' })
    const sick = await stack('lab-1')
    const well = await stack('other')
    for (const _time of [1, 2]) {
      expect(await act(sick, 'suspend', 'SUSPEND_FAILED', 'lab-1')).toBe(
        'Resource SUSPEND failed: Error: resources.server: the disk is full',
      )
    }
    await act(well, 'suspend', 'SUSPEND_COMPLETE', 'other')
    expect((await rules())[0]).toMatchObject({ used: 2 })
  })

  test('in Nova: the server is in ERROR, and Heat says what it sees', async () => {
    const id = await stack()
    await rule({ way: 'fail', service: 'nova', verb: 'suspend', count: 1 })
    expect(await act(id, 'suspend', 'SUSPEND_FAILED')).toBe(
      'Resource SUSPEND failed: ResourceUnknownStatus: resources.server: Suspend of server one failed - Unknown status ERROR due to "Unknown"',
    )
    expect(await server()).toMatchObject({
      status: 'ERROR',
      fault: { message: 'Timed out during operation: cannot acquire state change lock' },
    })
    await rule({ way: 'fail', service: 'nova', verb: 'create', reason: 'Exceeded maximum number of retries.' })
    const bad = await site.createStack('bad', stackOf(network, machine))
    expect((await site.until('bad', bad, 'CREATE_FAILED')).stack_status_reason).toContain(
      '"Message: Exceeded maximum number of retries., Code: 500"',
    )
  })

  test('by refusing: Nova answers 4xx, and Heat’s action fails for it', async () => {
    const id = await stack()
    await rule({ way: 'refuse', count: 2 })
    expect(await site.call('POST', `${serverUrl()}/action`, { suspend: null })).toMatchObject({
      status: 403,
      body: { forbidden: { code: 403, message: 'Feature not supported with instances that have accelerators.' } },
    })
    expect(await act(id, 'suspend', 'SUSPEND_FAILED')).toMatch(
      /^Resource SUSPEND failed: Forbidden: resources\.server: Feature not supported/,
    )
    await act(id, 'suspend', 'SUSPEND_COMPLETE')
    await rule({ way: 'refuse', verb: 'shelve' })
    expect(await site.call('POST', `${serverUrl()}/action`, { shelve: null })).toMatchObject({
      status: 403,
      body: { forbidden: { message: "Policy doesn't allow os_compute_api:os-shelve to be performed." } },
    })
  })

  test('for want of quota: servers and addresses when the stack is made, stacks at once', async () => {
    await rule({ way: 'quota', count: 1 })
    const full = await site.createStack('full', stackOf(network, machine))
    expect((await site.until('full', full, 'CREATE_FAILED')).stack_status_reason).toMatch(
      /Forbidden: resources\.server: Quota exceeded for instances: Requested 1, but already used 0 of 0 instances \(HTTP 403\)/,
    )
    await rule({ way: 'quota-floating-ips' })
    const ip = await site.createStack('ip', stackOf('\n  ip: {type: OS::Neutron::FloatingIP, properties: {floating_network: public}}'))
    expect((await site.until('ip', ip, 'CREATE_FAILED')).stack_status_reason).toContain("Quota exceeded for resources: ['floatingip'].")
    await rule({ way: 'quota-stacks', stack: 'lab' })
    expect(await site.call('POST', '/stacks', { stack_name: 'lab', template: stackOf(network) })).toMatchObject({
      status: 400,
      body: { error: { type: 'RequestLimitExceeded' } },
    })
    await stack('other')
  })
})

describe('never signalling', () => {
  test('a stack that is made under the rule hears no signal, also after the rule is gone; others do', async () => {
    await site.close()
    const clock = testClock()
    site = await openTestCloud(clock)
    const id = await rule({ way: 'mute', stack: 'deaf' })
    const deaf = await site.createStack('deaf', stackOf(waiting))
    const other = await site.createStack('other', stackOf(waiting))
    await lift(id)
    for (const [name, stackId] of [
      ['deaf', deaf],
      ['other', other],
    ]) {
      const { endpoint, token } = (await site.call('GET', `/stacks/${name}/${stackId}/resources/handle`)).body.resource.attributes
      expect((await site.call('POST', endpoint, {}, token)).status).toBe(200)
    }
    await site.until('other', other, 'CREATE_COMPLETE')
    clock.advance(30_000)
    expect((await site.until('deaf', deaf, 'CREATE_FAILED')).stack_status_reason).toBe(
      'Resource CREATE failed: WaitConditionTimeout: resources.wait: 0 of 1 received',
    )
  })
})

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

test('a cloud that misbehaves can be closed: what hangs, waits or is slow ends with it', async () => {
  await rule({ way: 'hang', verb: 'list' })
  await rule({ way: 'slow-call', ms: 60_000, verb: 'create' })
  await rule({ way: 'slow-action', ms: 60_000, verb: 'create' })
  const lost = [site.call('GET', '/stacks'), site.call('POST', '/stacks', { stack_name: 'late', template: stackOf(network) })].map(isLost)
  await expect.poll(async () => (await control(site, 'GET', '/requests')).body.counts.heat).toEqual({ list: 1, create: 1 })
  await site.cloud.close('keep')
  expect(await Promise.all(lost)).toEqual([true, true])
})
