import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { machine, network, stackOf, waiting, wordsFor } from '../control/misbehaviour.fixture.ts'
import { control, openTestCloud, type TestCloud, testClock } from '../dev-cloud.fixture.ts'
import type { MemoryOptions } from '../played/memory-driver.ts'

let site: TestCloud
/** What the driver waits for before it freezes, thaws, stops or starts a machine. */
let acting: MemoryOptions['acting']
beforeEach(async () => {
  acting = undefined
  site = await openTestCloud({ machines: { acting: async (verb, name) => acting?.(verb, name) } })
})
afterEach(() => site.close())

const { rule, lift, stack, ask, act, server } = wordsFor(() => site)

describe('Heat’s engine stopped', () => {
  test('its API answers only when the time is up, or carries out what waited once it is back; versions are told', async () => {
    const id = await rule({ way: 'stop-engine', answerAfterMs: 20 })
    expect((await control(site, 'GET', '/')).body.engine).toBe('stopped')
    expect(await site.call('GET', '/stacks')).toMatchObject({
      status: 500,
      body: {
        code: 500,
        title: 'Internal Server Error',
        explanation: 'The server has either erred or is incapable of performing the requested operation.',
        error: { type: 'MessagingTimeout', traceback: null },
      },
    })
    expect((await site.call('GET', `${site.cloud.heatUrl}/`)).status).toBe(300)
    await lift(id)
    const again = await rule({ way: 'stop-engine' })
    const waiting = site.createStack('lab', stackOf(network))
    await expect.poll(async () => (await control(site, 'GET', '/requests')).body.counts.heat.create).toBe(1)
    await lift(again)
    await site.until('lab', await waiting, 'CREATE_COMPLETE')
    expect((await control(site, 'GET', '/')).body.engine).toBe('running')
  })

  test('a creation stays in progress for good, while Nova ends its part; deleting works, also after a restart', async () => {
    await site.close()
    const clock = testClock()
    const gate = Promise.withResolvers<void>()
    site = await openTestCloud({ ...clock, machines: { starting: () => gate.promise } })
    const id = await site.createStack('lab', stackOf(network, machine, waiting))
    await expect.poll(() => site.host.calls).toContain('create one')
    const stopped = await rule({ way: 'stop-engine', answerAfterMs: 0 })
    gate.resolve()
    await expect.poll(async () => (await server()).status).toBe('ACTIVE')
    await lift(stopped)
    clock.advance(90_000)
    const shown = async () => (await site.call('GET', `/stacks/lab/${id}`)).body.stack
    expect(await shown()).toMatchObject({ stack_status: 'CREATE_IN_PROGRESS' })
    const resources = (await site.call('GET', `/stacks/lab/${id}/resources`)).body.resources as Record<string, string>[]
    expect(Object.fromEntries(resources.map((each) => [each.resource_name, each.resource_status]))).toMatchObject({
      sub: 'CREATE_COMPLETE',
      server: 'CREATE_IN_PROGRESS',
      wait: 'CREATE_IN_PROGRESS',
    })
    const first = site
    await first.cloud.close('keep')
    site = await openTestCloud({ folder: first.folder, kept: first.host })
    await site.cloud.restored
    expect(await shown()).toMatchObject({ stack_status: 'CREATE_IN_PROGRESS' })
    await site.call('DELETE', `/stacks/lab/${id}`)
    await site.until('lab', id, 'DELETE_COMPLETE')
    expect(site.host.machines.size).toBe(0)
  })

  test('a suspension stays in progress; its lock is taken over by the next one, but a resume finds resources in the middle', async () => {
    const gate = Promise.withResolvers<void>()
    acting = () => gate.promise
    const id = await stack()
    await act(id, 'suspend', 'SUSPEND_IN_PROGRESS')
    await expect.poll(async () => (await server())['OS-EXT-STS:task_state']).toBe('suspending')
    expect((await ask(id, 'suspend')).status).toBe(409)
    const stopped = await rule({ way: 'stop-engine', answerAfterMs: 0 })
    gate.resolve()
    await expect.poll(async () => (await server()).status).toBe('SUSPENDED')
    await lift(stopped)
    expect((await site.call('GET', `/stacks/lab/${id}`)).body.stack.stack_status).toBe('SUSPEND_IN_PROGRESS')
    expect(await act(id, 'resume', 'RESUME_FAILED')).toContain("State ('CREATE', 'COMPLETE') invalid for resume")
    await act(id, 'suspend', 'SUSPEND_COMPLETE')
    await act(id, 'resume', 'RESUME_COMPLETE')
  })

  test('a resumption can be asked for again only after a check, once Nova has woken the server', async () => {
    const id = await stack()
    await act(id, 'suspend', 'SUSPEND_COMPLETE')
    const gate = Promise.withResolvers<void>()
    acting = () => gate.promise
    await act(id, 'resume', 'RESUME_IN_PROGRESS')
    await expect.poll(async () => (await server())['OS-EXT-STS:task_state']).toBe('resuming')
    const stopped = await rule({ way: 'stop-engine', answerAfterMs: 0 })
    gate.resolve()
    await expect.poll(async () => (await server()).status).toBe('ACTIVE')
    await lift(stopped)
    expect(await act(id, 'resume', 'RESUME_FAILED')).toContain("State ('RESUME', 'IN_PROGRESS') invalid for resume")
    await act(id, 'check', 'CHECK_COMPLETE')
    await act(id, 'suspend', 'SUSPEND_COMPLETE')
  })

  test('a deletion may be asked for again while the host is still busy with the one that nobody waits for any more', async () => {
    const gate = Promise.withResolvers<void>()
    let asked = false
    acting = async () => {
      asked = true
      await gate.promise
    }
    const id = await stack()
    await site.call('DELETE', `/stacks/lab/${id}`)
    await expect.poll(() => asked).toBe(true)
    await lift(await rule({ way: 'stop-engine' }))
    await site.call('DELETE', `/stacks/lab/${id}`)
    gate.resolve()
    await site.until('lab', id, 'DELETE_COMPLETE')
    expect(site.host.calls).toEqual(['create one', 'delete one', 'delete network', 'delete space'])
  })

  test('a deletion stays in progress until it is asked for again', async () => {
    const id = await stack()
    await rule({ way: 'slow-action', verb: 'delete', ms: 60_000, count: 1 })
    await site.call('DELETE', `/stacks/lab/${id}`)
    await site.until('lab', id, 'DELETE_IN_PROGRESS')
    await site.call('DELETE', `/stacks/lab/${id}`)
    await lift(await rule({ way: 'stop-engine' }))
    expect((await site.call('GET', `/stacks/lab/${id}`)).body.stack.stack_status).toBe('DELETE_IN_PROGRESS')
    expect((await site.call('DELETE', `/stacks/lab/${id}`)).status).toBe(204)
    await site.until('lab', id, 'DELETE_COMPLETE')
  })
})
