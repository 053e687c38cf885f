import { afterEach, expect, test } from 'vitest'
import { fail } from '../errors.ts'
import type { MachineOptions } from './machine.fixture.ts'
import { type Cleanups, environmentId, openWorld } from './serve-terminals.fixture.ts'
import type { GatewayDeps } from './serve-terminals.ts'

const cleanups: Cleanups = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})
const world = (options?: MachineOptions, deps?: Partial<GatewayDeps>) => openWorld(cleanups, options, deps)

test('a ticket opens one terminal, for its own person and browser', async () => {
  const { gateway, open } = await world()
  const ticket = gateway.ticket()
  const ada = open({ ticket })
  await ada.live()
  expect(await open({ ticket }).refused()).toBe('access.ticket_invalid')
  expect(await open({ ticket: 'never-issued' }).refused()).toBe('access.ticket_invalid')
  expect(await open({ cookie: 'browser=lin' }).refused()).toBe('access.ticket_invalid')
  expect(await open({ ticket: gateway.ticket({ loginSessionId: 'another-login' }) }).refused()).toBe('access.ticket_invalid')
  expect(await open({ ticket: gateway.ticket({ launchId: environmentId }) }).refused()).toBe('access.ticket_invalid')
  expect(await open({ cookie: 'browser=nobody' }).refused()).toBe('access.signed_out')
  expect(await open({ ticket: gateway.ticket({ hostName: 'node2' }) }).refused()).toBe('access.ticket_invalid')
  expect(await open({ asks: { host: 'node2' } }).refused()).toBe('access.ticket_invalid')
  expect(await open({ ticket: gateway.ticket({ mode: 'watch' }) }).refused()).toBe('access.ticket_invalid')
  expect(await open({ ticket: gateway.ticket({ generation: 7 }), asks: { generation: 7 } }).refused()).toBe('environment.not_found')
  expect(await open({ origin: 'http://localhost' }).refused()).toBe('access.foreign_origin')
  expect(await open({ launch: 'x' }).refused()).toBe('input.invalid')
})

test('who may only watch cannot type', async () => {
  const { gateway, open } = await world()
  const watcher = open({ ticket: gateway.ticket({ mode: 'watch' }), asks: { mode: 'watch' } })
  await watcher.live()
  expect(watcher.page.welcomes[0]?.writable).toBe(false)
  watcher.type('touch typed\r')
  await watcher.until(() => !watcher.socket.connected, 'hung up on')
})

test('reset ends the terminals of the old generation', async () => {
  const { gateway, open } = await world()
  const ada = open()
  await ada.live()
  gateway.current.generation = 2
  gateway.changed(environmentId)
  await ada.until(() => !ada.socket.connected, 'closed')
  expect(ada.page.states.at(-1)).toMatchObject({ state: 'ended', reason: 'replaced' })
  expect(gateway.gateway.shells).toBe(0)
})

test('who has signed out loses the terminal', async () => {
  const { gateway, open } = await world()
  const ada = open()
  await ada.live()
  gateway.current.signedIn = false
  gateway.changed(null)
  await ada.until(() => !ada.socket.connected, 'closed')
  expect(ada.page.states.at(-1)).toMatchObject({ state: 'ended', reason: 'refused', code: 'access.signed_out' })
})

test('whose right has ended loses the terminal at that hint, with a sentence; nobody else does', async () => {
  const { gateway, open } = await world()
  const mira = open({
    ticket: gateway.ticket({ mode: 'watch', userId: 'lin', loginSessionId: 'login-of-lin' }),
    asks: { mode: 'watch' },
    cookie: 'browser=lin',
  })
  const ada = open()
  await ada.live()
  await mira.live()
  gateway.current.denied.add('lin')
  gateway.rightsChanged('ada')
  gateway.rightsChanged('lin')
  await mira.until(() => !mira.socket.connected, 'closed')
  const says = 'You do not have access to this.'
  expect(mira.page.states.at(-1)).toEqual({ state: 'ended', reason: 'refused', code: 'access.denied', says })
  ada.type('echo still-$((40 + 2))\r')
  await ada.sees('still-42')
})

test('a right that ends while a terminal is being connected is noticed when it is', async () => {
  const asked = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let turn = 0
  const recheck = async () => {
    if (turn++ > 0) throw fail('access.signed_out')
    asked[0]?.resolve()
    await asked[1]?.promise
    return { power: 'awake', warned: false } as const
  }
  const { gateway, open } = await world({}, { recheck })
  const ada = open()
  await asked[0]?.promise
  gateway.rightsChanged('ada')
  asked[1]?.resolve()
  await ada.until(() => ada.page.states.at(-1)?.state === 'ended', 'closed')
  expect(ada.page.states.at(-1)).toMatchObject({ reason: 'refused', code: 'access.signed_out' })
})

test('a launch that is over takes its terminal with it at that moment, without any hint', async () => {
  let asked = 0
  const recheck = async () => {
    if (++asked > 1) throw fail('access.signed_out')
    return { power: 'awake', warned: false } as const
  }
  const { gateway, open } = await world({}, { recheck })
  const ada = open({ ticket: gateway.ticket({ endsAt: new Date(Date.now() + 50) }) })
  await ada.until(() => ada.page.states.at(-1)?.state === 'ended', 'closed')
  expect(ada.page.states.at(-1)).toMatchObject({ reason: 'refused', code: 'access.signed_out' })
})
