import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { control, openTestCloud, type TestCloud, testClock } from '../dev-cloud.fixture.ts'
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

test('a cloud that misbehaves can be closed: what hangs, waits or is slow ends with it, and no timer is left', async () => {
  await site.close()
  const timers = new Set<object>()
  const setTimer = (afterMs: number, what: () => void) => {
    const timer = {}
    timers.add(timer)
    const real = setTimeout(() => {
      timers.delete(timer)
      what()
    }, afterMs)
    return () => {
      timers.delete(timer)
      clearTimeout(real)
    }
  }
  site = await openTestCloud({ setTimer })
  await rule({ way: 'hang', verb: 'list', forMs: 60_000 })
  await rule({ way: 'slow-call', ms: 60_000, verb: 'create' })
  await rule({ way: 'stop-engine' })
  const lost = [
    site.call('GET', '/stacks'),
    site.call('POST', '/stacks', { stack_name: 'late', template: stackOf(network) }),
    site.call('GET', '/build_info'),
  ].map(isLost)
  await expect.poll(async () => (await control(site, 'GET', '/requests')).body.counts.heat).toEqual({ list: 1, create: 1, other: 1 })
  expect(timers.size).toBe(3)
  await site.cloud.close('keep')
  expect(await Promise.all(lost)).toEqual([true, true, true])
  await expect.poll(() => timers.size).toBe(0)
})
