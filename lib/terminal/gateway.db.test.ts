import { createServer } from 'node:http'
import { Server as SocketServer } from 'socket.io'
import { io as connect, type Socket } from 'socket.io-client'
import { afterEach, expect, test } from 'vitest'
import type { LaunchActor } from '#lib/access/actor.ts'
import { signOut, tellOfRights } from '#lib/access/login-session.ts'
import { config } from '#lib/config.ts'
import { ownDatabase } from '#lib/database.fixture.ts'
import { inTransaction, notify, prisma } from '#lib/db.ts'
import { makeCourse } from '#lib/environments/course.fixture.ts'
import { KEY_PAIR_PURPOSE, makeSshKeyPair } from '#lib/environments/key-pair.ts'
import type { EnvironmentView } from '#lib/environments/phase.ts'
import { resetEnvironment } from '#lib/environments/reset.ts'
import { type TerminalTicket, terminalTicket } from '#lib/environments/terminal-ticket.ts'
import { attachLive } from '#lib/live.ts'
import { hashToken, randomToken, seal } from '#lib/secrets.ts'
import { attachGateway } from './gateway.ts'
import { startMachine } from './machine.fixture.ts'
import type { BrowserToServer, ServerToBrowser, TerminalState } from './protocol.ts'

ownDatabase()

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

/** The product's own gateway and pushes over real rows; the machine is real, no cloud made it. */
async function world() {
  const machine = await startMachine()
  cleanups.push(() => machine.close())
  const http = createServer()
  const io = new SocketServer(http, { transports: ['websocket'], maxHttpBufferSize: 128 * 1024 })
  const parts = [attachGateway(io), attachLive(io)]
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  cleanups.push(async () => {
    await Promise.all(parts.map((part) => part.close()))
    await io.close()
  })
  const address = http.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  const course = await makeCourse()
  const cloud = await prisma().cloud.create({
    data: { name: crypto.randomUUID(), authUrl: 'http://127.0.0.1:1/v3', sealedAuth: seal('{}', 'cloud.auth') },
  })
  return { machine, url, course, cloudId: cloud.id }
}

type World = Awaited<ReturnType<typeof world>>

async function person({ course, machine, cloudId }: World, name: string) {
  const actor = await course.join(name)
  const secret = randomToken()
  await prisma().loginSession.update({ where: { id: actor.loginSessionId }, data: { browserHash: hashToken(secret) } })
  const environmentId = await course.ensure(actor)
  const pair = makeSshKeyPair('test')
  await prisma().environment.update({ where: { id: environmentId }, data: { cloudId, phase: 'ready' } })
  await prisma().keyPair.create({
    data: { environmentId, generation: 1, publicKey: pair.publicKey, sealedPrivate: seal(pair.privateKey, KEY_PAIR_PURPOSE) },
  })
  await prisma().host.create({
    data: {
      environmentId,
      generation: 1,
      name: 'node1',
      label: 'node1',
      position: 0,
      address: '127.0.0.1',
      port: machine.port,
      user: 'training',
    },
  })
  return { actor, environmentId, cookie: `__Host-astrolabe=${secret}` }
}

function open({ url }: World, who: { actor: LaunchActor; cookie: string }, issued: TerminalTicket, origin = config().origin) {
  const { ticket, environment, generation, host, mode } = issued
  const client = 'page-1234'
  const socket: Socket<ServerToBrowser, BrowserToServer> = connect(`${url}/terminal`, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    extraHeaders: { cookie: who.cookie, origin },
    auth: {
      launch: who.actor.launchId,
      ticket,
      environment,
      generation,
      host,
      tab: '1',
      mode,
      client,
      last: null,
      size: { cols: 80, rows: 24 },
    },
  })
  cleanups.push(() => void socket.disconnect())
  const page = { text: '', state: null as TerminalState | null, refused: '' }
  socket.on('output', (_seq, bytes) => {
    page.text += Buffer.from(bytes).toString()
  })
  socket.on('state', (state) => {
    page.state = state
  })
  socket.on('connect_error', (error) => {
    page.refused = error.message
  })
  return { socket, page }
}

const wait = { timeout: 8_000 }

test('a ticket from the page opens a shell on the person’s own machine; its key is pinned and the use noted', async () => {
  const here = await world()
  const ada = await person(here, 'Ada')
  const { socket, page } = open(here, ada, await terminalTicket(ada.actor, { host: 'node1' }))
  await expect.poll(() => page.state?.state, wait).toBe('live')
  socket.emit('input', 1, Buffer.from('echo rows-$((6 * 7))\r'))
  await expect.poll(() => page.text, wait).toContain('rows-42')
  const hostOf = () => prisma().host.findFirstOrThrow({ where: { environmentId: ada.environmentId } })
  await expect.poll(hostOf, wait).toMatchObject({ hostKeySource: 'first_use', shellStartedAt: expect.any(Date) })
  const environmentOf = () => prisma().environment.findUniqueOrThrow({ where: { id: ada.environmentId } })
  await expect.poll(environmentOf, wait).toMatchObject({ touchedAt: expect.any(Date) })
})

test('nobody gets in with somebody else’s ticket, cookie or origin, with a used ticket or one for another machine', async () => {
  const here = await world()
  const ada = await person(here, 'Ada')
  const lin = await person(here, 'Lin')
  const issue = () => terminalTicket(ada.actor, { host: 'node1' })
  const refused = async (who: { actor: LaunchActor; cookie: string }, issued: TerminalTicket, origin?: string) => {
    const { page } = open(here, who, issued, origin)
    await expect.poll(() => page.refused, wait).not.toBe('')
    return page.refused
  }
  expect(await refused(lin, await issue())).toBe('access.ticket_invalid')
  expect(await refused({ ...ada, cookie: lin.cookie }, await issue())).toBe('access.signed_out')
  expect(await refused(ada, await issue(), 'http://localhost:3001')).toBe('access.foreign_origin')
  expect(await refused(ada, { ...(await issue()), host: 'node2' })).toBe('access.ticket_invalid')
  expect(await refused(ada, { ...(await issue()), environment: lin.environmentId })).toBe('access.ticket_invalid')
  const stale = await issue()
  await prisma().ticket.updateMany({ data: { expiresAt: new Date(Date.now() - 1) } })
  expect(await refused(ada, stale)).toBe('access.ticket_invalid')
  const used = await issue()
  const { page } = open(here, ada, used)
  await expect.poll(() => page.state?.state, wait).toBe('live')
  expect(await refused(ada, used)).toBe('access.ticket_invalid')
})

test('a reset ends the terminals of the old machines, signing out ends everybody’s in that browser', async () => {
  const here = await world()
  const ada = await person(here, 'Ada')
  const lin = await person(here, 'Lin')
  const mine = open(here, ada, await terminalTicket(ada.actor, { host: 'node1' }))
  const hers = open(here, lin, await terminalTicket(lin.actor, { host: 'node1' }))
  await expect.poll(() => [mine.page.state?.state, hers.page.state?.state], wait).toEqual(['live', 'live'])
  await resetEnvironment(ada.actor)
  await expect.poll(() => mine.page.state, wait).toMatchObject({ state: 'ended', reason: 'replaced' })
  expect(hers.page.state?.state).toBe('live')
  await signOut(lin.cookie)
  await expect.poll(() => hers.page.state, wait).toMatchObject({ state: 'ended', reason: 'refused', code: 'access.signed_out' })
})

test('a right that is taken away ends the terminal at that moment, with a sentence for the person', async () => {
  const here = await world()
  const ada = await person(here, 'Ada')
  const { page, socket } = open(here, ada, await terminalTicket(ada.actor, { host: 'node1' }))
  await expect.poll(() => page.state?.state, wait).toBe('live')
  await inTransaction(async (transaction) => {
    await transaction.environmentMember.deleteMany({ where: { environmentId: ada.environmentId } })
    await tellOfRights(transaction, [ada.actor.userId])
  })
  const says = 'You do not have access to this.'
  await expect.poll(() => page.state, wait).toEqual({ state: 'ended', reason: 'refused', code: 'access.denied', says })
  await expect.poll(() => socket.connected).toBe(false)
})

/** What a worker writes, and tells. */
async function becomes(environmentId: string, data: { phase: 'ready' | 'suspending' | 'suspended' | 'resuming'; warnedAt?: Date | null }) {
  await inTransaction(async (transaction) => {
    await transaction.environment.update({ where: { id: environmentId }, data })
    await notify(transaction, 'environment_changed', environmentId)
  })
}

test('a terminal sleeps and wakes with the row of its environment, in the same shell', async () => {
  const here = await world()
  const ada = await person(here, 'Ada')
  const { socket, page } = open(here, ada, await terminalTicket(ada.actor, { host: 'node1' }))
  await expect.poll(() => page.state?.state, wait).toBe('live')
  socket.emit('input', 1, Buffer.from('kept=$((11 * 11)); echo set-$((1 + 1))\r'))
  await expect.poll(() => page.text, wait).toContain('set-2')
  for (const phase of ['suspending', 'suspended'] as const) {
    await becomes(ada.environmentId, { phase })
    await expect.poll(() => page.state?.state, wait).toBe('asleep')
  }
  here.machine.freeze()
  await becomes(ada.environmentId, { phase: 'resuming' })
  await expect.poll(() => page.state?.state, wait).toBe('waking')
  here.machine.thaw()
  await becomes(ada.environmentId, { phase: 'ready' })
  await expect.poll(() => page.state?.state, wait).toBe('live')
  socket.emit('input', 2, Buffer.from('echo still-$kept\r'))
  await expect.poll(() => page.text, wait).toContain('still-121')
})

test('a key and a deed in the page are use, and take a warning back at once', async () => {
  const here = await world()
  const ada = await person(here, 'Ada')
  const { socket, page } = open(here, ada, await terminalTicket(ada.actor, { host: 'node1' }))
  const live = connect(`${here.url}/live`, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    extraHeaders: { cookie: ada.cookie, origin: config().origin },
    auth: { launch: ada.actor.launchId },
  })
  cleanups.push(() => void live.disconnect())
  await expect.poll(() => page.state?.state, wait).toBe('live')
  const row = () => prisma().environment.findUniqueOrThrow({ where: { id: ada.environmentId } })
  socket.emit('input', 1, Buffer.from('a'))
  await expect.poll(row, wait).toMatchObject({ lastActivityAt: expect.any(Date) })
  let seq = 1
  const deeds = [() => socket.emit('input', ++seq, Buffer.from('b')), () => live.emit('here')]
  for (const deed of deeds) {
    await becomes(ada.environmentId, { phase: 'ready', warnedAt: new Date() })
    // The hint may be later than the first key after it, never later than one of the next.
    const done = async () => {
      deed()
      return (await row()).warnedAt
    }
    await expect.poll(done, wait).toBeNull()
  }
})

test('a page is told of its environment as its rows change', async () => {
  const here = await world()
  const ada = await person(here, 'Ada')
  const socket = connect(`${here.url}/live`, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    extraHeaders: { cookie: ada.cookie, origin: config().origin },
    auth: { launch: ada.actor.launchId },
  })
  cleanups.push(() => void socket.disconnect())
  const told: EnvironmentView[] = []
  socket.on('environment', (view: EnvironmentView) => told.push(view))
  await expect.poll(() => told.at(-1), wait).toMatchObject({ id: ada.environmentId, phase: 'ready', hosts: [{ name: 'node1' }] })
  await inTransaction(async (transaction) => {
    await transaction.environment.update({ where: { id: ada.environmentId }, data: { phase: 'lost' } })
    await notify(transaction, 'environment_changed', ada.environmentId)
  })
  await expect.poll(() => told.at(-1), wait).toMatchObject({ phase: 'lost' })
})
