import { randomBytes, randomUUID } from 'node:crypto'
import { expect, test } from '@playwright/test'
import { io, type Socket } from 'socket.io-client'
import { terminalMark } from '#components/terminal/socket-wire.ts'
import type { PlainBrowser } from '../lib/demo-course/plain-browser.ts'
import { type Cast, expire, gatherCast, type Hers, hersOf, type Launched, launched, type Role, roles } from './cast.ts'
import { socketDoors } from './doors.ts'
import { type Product, startProduct } from './product.ts'
import { hashOf, openRows, type Rows } from './rows.ts'

/*
 * Socket.IO: each namespace and each message that one listens to, read from the code, by everybody, aiming at what is Ada's. An answer
 * is `in`, or the code of the refusal; of a message, `taken`, or the code with which its sender was kept out before.
 */

let product: Product
let rows: Rows
let ada: Launched
let hers: Hers
const sockets = new Set<Socket>()

test.beforeAll(async () => {
  test.setTimeout(120_000)
  product = await startProduct({ env: { ASTROLABE_DEV_CLOUD_DRIVER: 'memory' } })
  rows = await openRows(product.databaseUrl)
  ada = await launched(product, 'ada')
  for (const person of ['lin', 'mira', 'jonas']) await launched(product, person)
  hers = await hersOf(rows, ada)
})

test.afterEach(() => {
  for (const socket of sockets) socket.disconnect()
  sockets.clear()
})

test.afterAll(async () => {
  await rows?.close()
  await product?.stop()
})

type Connection = { answer: string; socket: Socket; heard: [name: string, ...data: unknown[]][] }

type Greeting = { namespace: string; browser: PlainBrowser; auth: Record<string, unknown>; origin?: string | null }

/** Connects as a page of the product would, unless `origin` says otherwise (null: none is sent). */
function connect({ namespace, browser, auth, origin = product.origin }: Greeting): Promise<Connection> {
  const cookie = browser
    .cookies(product.origin)
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')
  const extraHeaders = { ...(cookie === '' ? {} : { cookie }), ...(origin === null ? {} : { origin }) }
  const socket = io(product.origin + namespace, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    auth,
    extraHeaders,
    query: namespace === '/terminal' ? terminalMark : {},
  })
  sockets.add(socket)
  const heard: Connection['heard'] = []
  socket.onAny((name: string, ...data: unknown[]) => heard.push([name, ...data]))
  return new Promise((done) => {
    socket.once('connect', () => done({ answer: 'in', socket, heard }))
    socket.once('connect_error', (error: Error & { data?: { code?: string } }) =>
      done({ answer: error.data?.code ?? error.message, socket, heard }),
    )
  })
}

type Ticket = { launch: string; host?: string; generation?: number; environment?: string; mode?: 'write' | 'watch'; usedUp?: boolean }

/** A ticket of Ada's, as the product would have issued it for this launch of hers. */
async function ticketOf({ launch, host = 'node1', mode = 'write', ...other }: Ticket): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  const { environment = hers.environment, generation = hers.generation, usedUp = false } = other
  await rows.query(
    `insert into ticket (id, kind, token_hash, login_session_id, launch_id, user_id, environment_id, generation, host_name, mode, expires_at, used_at)
     select $1, 'terminal', $2, login_session_id, id, user_id, $4, $5, $6, $7::"TerminalMode", now() + interval '60 seconds',
       case when $8 then now() end from launch where id = $3`,
    [randomUUID(), hashOf(token), launch, environment, generation, host, mode, usedUp],
  )
  return token
}

/** What a page says to `/terminal`, with what is different. */
function hello(launch: string, ticket: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    launch,
    ticket,
    environment: hers.environment,
    generation: hers.generation,
    host: 'node1',
    tab: '1',
    mode: 'write',
    client: randomBytes(12).toString('base64url'),
    last: null,
    size: { cols: 80, rows: 24 },
    ...changes,
  }
}

/** Greets `/terminal` with a good ticket of Ada's, in somebody's browser, at a launch of hers or their own. */
async function greet(cast: Cast, role: Role, launch: string): Promise<Connection> {
  const ticket = await ticketOf({ launch: cast.aimOf(role), usedUp: role === 'replayed' })
  // A replay is Ada's own ticket in Ada's own browser, once more.
  const browser = role === 'replayed' ? cast.browser.ada : cast.browser[role]
  return connect({ namespace: '/terminal', browser, auth: hello(launch, ticket) })
}

/** One good message of each name, and whether whoever sent it is still there when another round has been made. */
const samples: Record<string, unknown[]> = {
  here: [],
  input: [1, Buffer.from('x')],
  resize: [{ cols: 100, rows: 30 }],
  ack: [0],
  alive: [() => {}],
}

async function say(cast: Cast, connection: Connection, message: string): Promise<string> {
  const { answer, socket } = connection
  socket.emit(message, ...(samples[message] ?? []))
  if (answer !== 'in') return socket.connected ? 'connected all the same' : answer
  await connect({ namespace: '/live', browser: cast.browser.ada, auth: { launch: cast.aimOf('ada') } })
  return socket.connected ? 'taken' : 'hung up on'
}

type Row = { answers: Record<Role, string>; own?: Partial<Record<Role, string>> }

const everybody = (answer: string, others: Partial<Record<Role, string>> = {}): Record<Role, string> =>
  ({ ...Object.fromEntries(roles.map((role) => [role, answer])), ...others }) as Record<Role, string>
const onlyWithTicket: Row = {
  answers: everybody('access.signed_out', { ada: 'in', replayed: 'access.ticket_invalid' }),
  own: { lin: 'access.ticket_invalid', instructor: 'access.ticket_invalid', 'other instructor': 'access.ticket_invalid' },
}
const message: Row = { ...onlyWithTicket, answers: { ...onlyWithTicket.answers, ada: 'taken' } }

const table: Record<string, Row> = {
  '/live': { answers: everybody('access.signed_out', { ada: 'in' }), own: { lin: 'in', instructor: 'in', 'other instructor': 'in' } },
  '/live here': {
    answers: everybody('access.signed_out', { ada: 'taken' }),
    own: { lin: 'taken', instructor: 'taken', 'other instructor': 'taken' },
  },
  '/terminal': onlyWithTicket,
  '/terminal input': message,
  '/terminal resize': message,
  '/terminal ack': message,
  '/terminal alive': message,
}

/** Everybody at one door, in turn. */
async function tried(door: string, cast: Cast, launchOf: (role: Role) => string | undefined): Promise<Record<string, string>> {
  const [namespace = '', name] = door.split(' ')
  const found: Record<string, string> = {}
  for (const role of roles) {
    const launch = launchOf(role)
    if (launch === undefined) continue
    const connection =
      namespace === '/terminal'
        ? await greet(cast, role, launch)
        : await connect({ namespace, browser: cast.browser[role], auth: { launch } })
    found[role] = name === undefined ? connection.answer : await say(cast, connection, name)
    if (role !== 'ada') expect(marksIn(connection), `${role} at ${door}`).toEqual([])
  }
  return found
}

/** What of Ada's was said on a socket. */
function marksIn({ heard }: Connection): string[] {
  const said = JSON.stringify(heard)
  return hers.marks.filter((mark) => said.includes(mark))
}

test('every socket door has a row, and every row a door', () => {
  expect(Object.keys(table).sort()).toEqual(socketDoors())
  const listened = socketDoors().flatMap((door) => door.split(' ').slice(1))
  expect(Object.keys(samples).sort()).toEqual(listened.sort())
})

for (const [door, row] of Object.entries(table)) {
  test(`${door}: everybody who aims at what is Ada's is answered as they should be`, async () => {
    const cast = await gatherCast(product, rows)
    expect(await tried(door, cast, cast.aimOf)).toEqual(row.answers)
  })
  test(`${door}: at a launch of one's own, nothing is Ada's`, async () => {
    const cast = await gatherCast(product, rows)
    expect(await tried(door, cast, (role) => (role === 'ada' ? undefined : cast.own[role]))).toEqual(row.own)
  })
}

test('the live status of each page is its own person’s, also in one browser', async () => {
  const { browser, launch: adas } = await launched(product, 'ada')
  const { launch: lins } = await launched(product, 'lin', browser)
  const [hersTold, linsTold] = await Promise.all([adas, lins].map((launch) => connect({ namespace: '/live', browser, auth: { launch } })))
  if (hersTold === undefined || linsTold === undefined) throw new Error('nobody connected')
  const shown = ({ heard }: Connection) => heard.map(([name, view]) => `${name} ${(view as { id: string }).id === hers.environment}`)
  await expect.poll(() => shown(hersTold)).toContain('environment true')
  await expect.poll(() => shown(linsTold)).toContain('environment false')
  await rows.query(`select pg_notify('environment_changed', $1)`, [hers.environment])
  await expect.poll(() => shown(hersTold).length).toBeGreaterThan(1)
  expect(marksIn(linsTold)).toEqual([])
})

test('a roster is told to the instructor of the course alone', async () => {
  const cast = await gatherCast(product, rows)
  const asked = (role: Role, launch: string) =>
    connect({ namespace: '/live', browser: cast.browser[role], auth: { launch, roster: true } }).then(({ answer }) => answer)
  expect(await asked('ada', cast.aimOf('ada'))).toBe('access.denied')
  expect(await asked('lin', String(cast.own.lin))).toBe('access.denied')
  expect(await asked('instructor', cast.aimOf('ada'))).toBe('access.signed_out')
  expect(await asked('instructor', String(cast.own.instructor))).toBe('in')
})

for (const namespace of ['/live', '/terminal']) {
  test(`${namespace}: a page of another site, or one that does not say, is kept out, and the ticket stays good`, async () => {
    const launch = (await launched(product, 'ada', ada.browser)).launch
    const ticket = await ticketOf({ launch })
    const auth = namespace === '/live' ? { launch } : hello(launch, ticket)
    for (const origin of ['https://evil.example', product.course, `${product.origin}.evil.example`, 'null', null]) {
      expect((await connect({ namespace, browser: ada.browser, auth, origin })).answer, String(origin)).toBe('access.foreign_origin')
    }
    expect((await connect({ namespace, browser: ada.browser, auth })).answer).toBe('in')
  })
}

test('a ticket opens one terminal: once, and what it was issued for', async () => {
  const { browser, launch } = await launched(product, 'ada')
  const twice = hello(launch, await ticketOf({ launch }))
  const opened = () => connect({ namespace: '/terminal', browser, auth: twice })
  const answers = await Promise.all(Array.from({ length: 8 }, () => opened().then(({ answer }) => answer)))
  expect(answers.sort()).toEqual([...Array.from({ length: 7 }, () => 'access.ticket_invalid'), 'in'])

  const lin = await launched(product, 'lin')
  const [linsRow] = await rows.query<{ id: string }>(
    `select environment.id from environment join environment_member on environment_id = environment.id
     join launch on launch.user_id = environment_member.user_id where launch.id = $1 and deleted_at is null`,
    [lin.launch],
  )
  const otherwise: [string, Record<string, unknown>, Partial<Ticket>][] = [
    ['another host', { host: 'node2' }, {}],
    ['another environment', { environment: linsRow?.id }, {}],
    ['another generation', { generation: hers.generation + 1 }, {}],
    ['typing where watching was allowed', { mode: 'write' }, { mode: 'watch' }],
    ['another launch of the same person', { launch: ada.launch }, {}],
  ]
  for (const [what, changes, issued] of otherwise) {
    const ticket = await ticketOf({ launch, ...issued })
    const first = await connect({ namespace: '/terminal', browser, auth: hello(launch, ticket, changes) })
    expect(first.answer, what).toMatch(/^access\.(ticket_invalid|signed_out)$/)
    const again = await connect({ namespace: '/terminal', browser, auth: hello(launch, ticket, issued.mode ? { mode: issued.mode } : {}) })
    expect(again.answer, `${what}: and the ticket is spent`).toBe('access.ticket_invalid')
  }
  // Issued for Lin's machines, in Ada's launch: whatever the ticket says, the machines are not hers.
  const stolen = await ticketOf({ launch, environment: String(linsRow?.id) })
  const auth = hello(launch, stolen, { environment: linsRow?.id, generation: 1 })
  expect((await connect({ namespace: '/terminal', browser, auth })).answer).toMatch(/^(access\.|environment\.not_found)/)
})

test('who only watches cannot type', async () => {
  const { browser, launch } = await launched(product, 'ada')
  const auth = hello(launch, await ticketOf({ launch, mode: 'watch' }), { mode: 'watch' })
  const { answer, socket } = await connect({ namespace: '/terminal', browser, auth })
  expect(answer).toBe('in')
  socket.emit('input', 1, Buffer.from('id\n'))
  await expect.poll(() => socket.connected).toBe(false)
})

test('messages that are none are the end of the connection', async () => {
  const { browser, launch } = await launched(product, 'ada')
  const wrong: [string, ...unknown[]][] = [
    ['input', 1, Buffer.alloc(100_000)],
    ['input', 1, 'text'],
    ['input', -1, Buffer.from('x')],
    ['input', 7, Buffer.from('x')],
    ['resize', { cols: 1e9, rows: 1 }],
    ['resize', null],
    ['ack', 'x'],
    ['ack', 1_000_000],
    ['alive'],
    ['alive', 'x'],
  ]
  for (const [name, ...data] of wrong) {
    const { socket } = await connect({ namespace: '/terminal', browser, auth: hello(launch, await ticketOf({ launch })) })
    socket.emit(name, ...data)
    await expect.poll(() => socket.connected, { message: `${name} ${JSON.stringify(data).slice(0, 60)}` }).toBe(false)
  }
})

test('when a login session has ended, open connections end with it', async () => {
  const { browser, launch } = await launched(product, 'ada')
  const terminal = await connect({ namespace: '/terminal', browser, auth: hello(launch, await ticketOf({ launch })) })
  const kept = await ticketOf({ launch })
  expect(terminal.answer).toBe('in')
  await expire(rows, launch)
  terminal.socket.emit('input', 1, Buffer.from('x'))
  // Anything new about the environment is a reason to look again; without it the gateway looks every 30 seconds.
  await rows.query(`select pg_notify('environment_changed', $1)`, [hers.environment])
  await expect.poll(() => terminal.socket.connected).toBe(false)
  expect(terminal.heard.at(-1)).toMatchObject(['state', { state: 'ended', reason: 'refused', code: 'access.signed_out' }])
  expect((await connect({ namespace: '/terminal', browser, auth: hello(launch, kept) })).answer).toBe('access.signed_out')
  expect((await connect({ namespace: '/live', browser, auth: { launch } })).answer).toBe('access.signed_out')
})

test('when machines have been replaced, their terminals end, and tickets for them open nothing', async () => {
  const { browser, launch } = await launched(product, 'ada')
  const terminal = await connect({ namespace: '/terminal', browser, auth: hello(launch, await ticketOf({ launch })) })
  const kept = await ticketOf({ launch })
  expect(terminal.answer).toBe('in')
  const before = hers
  const answer = await browser.send(`${product.origin}/l/${launch}/reset`, {
    method: 'POST',
    text: JSON.stringify({ generation: before.generation }),
    contentType: 'application/json',
    from: product.origin,
  })
  expect(answer.status).toBe(202)
  await expect.poll(() => terminal.socket.connected).toBe(false)
  expect(terminal.heard.at(-1)).toMatchObject(['state', { state: 'ended', reason: 'replaced' }])
  expect((await connect({ namespace: '/terminal', browser, auth: hello(launch, kept) })).answer).toBe('environment.not_found')
  hers = await hersOf(rows, ada)
  expect(hers.generation).toBe(before.generation + 1)
})
