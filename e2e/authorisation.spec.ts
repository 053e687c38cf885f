import { randomUUID } from 'node:crypto'
import { expect, test } from '@playwright/test'
import { createBrowser, type Exchange, type Sending } from '../lib/demo-course/plain-browser.ts'
import { createTestPlatform, type TestPlatform } from '../lib/demo-course/test-platform.ts'
import {
  type Cast,
  gatherCast,
  type Hers,
  hersOf,
  intentOf,
  type Launched,
  launched,
  leaksIn,
  type Role,
  roles,
  signInCode,
} from './cast.ts'
import { httpDoors, unexpectedDoors } from './doors.ts'
import { type Product, startProduct } from './product.ts'
import { openRows, type Rows, registerPlatform } from './rows.ts'

/*
 * Every door of the product, read from its code, by everybody who might stand before it, aiming at what is Ada's. An answer is
 * written as its status, where it leads, and its code.
 */

let product: Product
let rows: Rows
let platform: TestPlatform
let ada: Launched
let hers: Hers
let lab: string
let asked = 0
let leaks = 0

test.beforeAll(async () => {
  test.setTimeout(120_000)
  product = await startProduct({ env: { ASTROLABE_DEV_CLOUD_DRIVER: 'memory' } })
  rows = await openRows(product.databaseUrl)
  platform = await createTestPlatform({ toolOrigin: product.origin })
  await registerPlatform(rows, { name: 'Test platform', registration: platform.registration() })
  ada = await launched(product, 'ada')
  for (const person of ['lin', 'mira', 'jonas']) await launched(product, person)
  hers = await hersOf(rows, ada)
  lab = String((await rows.query<{ id: string }>(`select id from lab where slug = 'two-machines'`))[0]?.id)
  // All of them have something that could be reset.
  await expect.poll(() => rows.query(`select id from environment where phase = 'queued'`), { timeout: 20_000 }).toEqual([])
})

test.afterAll(async () => {
  const doors = Object.keys(table).length
  console.log(`thread.4: ${leaks} leaks in ${asked} answers at ${doors} doors to ${roles.length} kinds of people`)
  await platform?.close()
  await rows?.close()
  await product?.stop()
})

/** What one of them sends, to which launch. */
type Attempt = { path: string; sending: Sending }
type Aim = { role: Role; launch: string; cast: Cast }

type Row = {
  attempt: (aim: Aim) => Attempt | Promise<Attempt>
  /** What each of them is told who aims at what is Ada's. */
  answers: Record<Role, string>
  /** What they are told at a launch of their own, with Ada's generation and machines in the question. */
  own?: Partial<Record<Role, string>>
  /** Who may see what is Ada's behind this door. */
  seenBy?: readonly Role[]
  /** How things must stand before anybody tries. */
  prepare?: () => Promise<unknown>
  /** Platforms post here, from their own origin. */
  crossSite?: true
}

const everybody = (answer: string, others: Partial<Record<Role, string>> = {}): Record<Role, string> =>
  ({ ...Object.fromEntries(roles.map((role) => [role, answer])), ...others }) as Record<Role, string>
const signedOut = '401 access.signed_out'

const get = (path: string): Attempt => ({ path, sending: { from: product.origin } })
const postJson = (path: string, body: unknown): Attempt => ({
  path,
  sending: { method: 'POST', text: JSON.stringify(body), contentType: 'application/json', from: product.origin },
})
const postForm = (path: string, form: Record<string, string>): Attempt => ({
  path,
  sending: { method: 'POST', form: Object.entries(form), from: product.origin },
})
const environmentPath = () => `/operator/environments/${hers.environment}`

/** Her machines at rest, as a long night leaves them. */
const asleep = `update environment set intent = 'suspended', phase = 'suspended', sleep_why = 'idle', suspend_at = null, limit_at = null,
  awake_at = null, next_check_at = null, fence = fence + 1 where id = $1`

const bulk = (action: string) => `do=${action}&id=${hers.environment}`

/** An order for many, by which her machines are marked for deletion, as an operator would have given it. */
let order = ''
async function orderDeletion(): Promise<void> {
  order = randomUUID()
  const note = `insert into audit_entry (id, actor_kind, action, subject_kind, subject_id, reason, correlation_id)
    values ($1, 'command_line', $2, $3, $4, 'a test', $5)`
  await rows.query(note, [randomUUID(), 'environment.bulk_delete', 'order', order, order])
  await rows.query(note, [randomUUID(), 'environment.delete', 'environment', hers.environment, order])
  await rows.query(
    `insert into environment_event (id, environment_id, generation, kind, detail, correlation_id) values ($1, $2, $3, 'delete', 'a test', $4)`,
    [randomUUID(), hers.environment, hers.generation, order],
  )
  await rows.query(`update environment set delete_at = now() + interval '10 minutes', delete_reason = 'a test' where id = $1`, [
    hers.environment,
  ])
}

/** A window code of Ada's launch: fresh for herself, used for a replay, invented by the others. */
async function windowCode({ role, cast, launch }: Aim): Promise<string> {
  if (role !== 'ada' && role !== 'replayed') return 'A'.repeat(43)
  const asked = await cast.browser.ada.send(`${product.origin}/l/${launch}/window`, { method: 'POST', from: product.origin, text: '' })
  const { url }: { url: string } = JSON.parse(asked.body)
  if (role === 'replayed') {
    const window = createBrowser({ place: 'window', site: product.origin })
    expect((await window.send(url, { from: product.origin })).status).toBe(303)
  }
  return String(new URL(url).searchParams.get('code'))
}

/** The same of an operator's sign-in: only the operator holds a code that is still good. */
async function operatorCode({ role }: Aim): Promise<string> {
  if (role !== 'operator' && role !== 'replayed') return 'A'.repeat(43)
  const code = await signInCode(rows)
  if (role === 'replayed') {
    const { path, sending } = postForm('/operator/sign-in', { code })
    expect((await createBrowser({ site: product.origin }).send(`${product.origin}${path}`, sending)).status).toBe(303)
  }
  return code
}

/** An answer to a login that began in Ada's browser, which only she may give, once. */
async function launchAnswer({ role, cast }: Aim): Promise<Attempt> {
  const { request } = await platform.startLogin({ person: 'ada', browser: cast.browser.ada })
  const form = { id_token: platform.forge({ person: 'ada', nonce: String(request?.nonce) }), state: String(request?.state) }
  const { path, sending } = postForm('/lti/launch', form)
  const attempt = { path, sending: { ...sending, from: platform.origin } }
  if (role === 'replayed') expect((await cast.browser.ada.send(`${product.origin}${path}`, attempt.sending)).status).toBe(303)
  return attempt
}

function loginFields(): Record<string, string> {
  const { issuer, clientId } = platform.registration()
  return { iss: issuer, client_id: clientId, login_hint: 'ada', target_link_uri: `${product.origin}/lti/launch` }
}

/*
 * The doors of a form answer a refusal by leading back to a page, which then says it: 303 with the code in the address.
 */
const table: Record<string, Row> = {
  'GET /': { attempt: () => get('/'), answers: everybody('200') },
  // In the demo only; nothing of anybody's is in it.
  'GET /dev/components': { attempt: () => get('/dev/components'), answers: everybody('200') },
  'GET /api/health': { attempt: () => get('/api/health'), answers: everybody('200') },
  'GET /metrics': { attempt: () => get('/metrics'), answers: everybody('200') },
  'GET /lti/jwks': { attempt: () => get('/lti/jwks'), answers: everybody('200') },
  'GET /lti/login': {
    attempt: () => ({ path: `/lti/login?${new URLSearchParams(loginFields())}`, sending: { from: platform.origin } }),
    answers: everybody('303 the platform'),
  },
  'POST /lti/login': {
    attempt: () => ({ path: '/lti/login', sending: { method: 'POST', form: Object.entries(loginFields()), from: platform.origin } }),
    answers: everybody('303 the platform'),
    crossSite: true,
  },
  'POST /lti/launch': {
    attempt: launchAnswer,
    answers: everybody('401 lti.other_browser', { ada: '303 /l/<id>', replayed: '410 lti.state_used' }),
    crossSite: true,
  },
  'GET /l/[launch]': {
    attempt: ({ launch }) => get(`/l/${launch}`),
    answers: everybody('401', { ada: '200' }),
    own: { lin: '200', instructor: '200', 'other instructor': '200' },
    seenBy: ['ada'],
  },
  'GET /l/[launch]/files/[...path]': {
    attempt: ({ launch }) => get(`/l/${launch}/files/guide/network.svg`),
    answers: everybody(signedOut, { ada: '200' }),
    own: { lin: '200', instructor: '200', 'other instructor': '200' },
  },
  'GET /l/[launch]/class': {
    attempt: ({ launch }) => get(`/l/${launch}/class`),
    answers: everybody('401', { ada: '403' }),
    own: { lin: '403', instructor: '200', 'other instructor': '200' },
    seenBy: ['instructor'],
  },
  'GET /l/[launch]/window': {
    attempt: async (aim) => get(`/l/${aim.launch}/window?code=${await windowCode(aim)}`),
    answers: everybody('410 access.link_used', { ada: '303 /l/<id>' }),
    own: { lin: '410 access.link_used', instructor: '410 access.link_used', 'other instructor': '410 access.link_used' },
  },
  'POST /l/[launch]/window': {
    attempt: ({ launch }) => ({ path: `/l/${launch}/window`, sending: { method: 'POST', text: '', from: product.origin } }),
    answers: everybody(signedOut, { ada: '200' }),
    own: { lin: '200', instructor: '200', 'other instructor': '200' },
    seenBy: ['ada'],
  },
  'POST /l/[launch]/start': {
    attempt: ({ launch }) => postJson(`/l/${launch}/start`, { environment: hers.environment, generation: hers.generation }),
    answers: everybody(signedOut, { ada: '409 environment.action_refused' }),
    own: {
      lin: '409 environment.action_refused',
      instructor: '409 environment.action_refused',
      'other instructor': '409 environment.action_refused',
    },
    seenBy: ['ada'],
  },
  'POST /l/[launch]/ticket': {
    attempt: ({ launch }) =>
      postJson(`/l/${launch}/ticket`, { host: 'node1', environment: hers.environment, generation: hers.generation, mode: 'write' }),
    answers: everybody(signedOut, { ada: '200' }),
    own: { lin: '409 environment.not_ready', instructor: '409 environment.not_ready', 'other instructor': '409 environment.not_ready' },
    seenBy: ['ada'],
  },
  'POST /l/[launch]/lab': {
    attempt: ({ launch }) => postJson(`/l/${launch}/lab`, { lab }),
    answers: everybody(signedOut, { ada: '403 access.denied' }),
    own: { lin: '403 access.denied', instructor: '200', 'other instructor': '200' },
  },
  'POST /l/[launch]/reset': {
    attempt: ({ launch }) => postJson(`/l/${launch}/reset`, { environment: hers.environment, generation: hers.generation }),
    answers: everybody(signedOut, { ada: '202' }),
    own: { lin: '202', instructor: '202', 'other instructor': '202' },
    seenBy: ['ada'],
  },
  'GET /l/[launch]/history': {
    attempt: ({ launch }) => get(`/l/${launch}/history`),
    answers: everybody(signedOut, { ada: '200' }),
    own: { lin: '200', instructor: '200', 'other instructor': '200' },
    seenBy: ['ada'],
  },
  // Nobody's machines are ready here: what only they can do is refused, not denied.
  'POST /l/[launch]/sleep': {
    attempt: ({ launch }) => postJson(`/l/${launch}/sleep`, { environment: hers.environment }),
    answers: everybody(signedOut, { ada: '409 environment.action_refused' }),
    own: {
      lin: '409 environment.action_refused',
      instructor: '409 environment.action_refused',
      'other instructor': '409 environment.action_refused',
    },
  },
  'POST /l/[launch]/extend': {
    attempt: ({ launch }) => postJson(`/l/${launch}/extend`, { environment: hers.environment }),
    answers: everybody(signedOut, { ada: '409 environment.action_refused' }),
    own: {
      lin: '409 environment.action_refused',
      instructor: '409 environment.action_refused',
      'other instructor': '409 environment.action_refused',
    },
  },
  'POST /l/[launch]/wake': {
    attempt: ({ launch }) => postJson(`/l/${launch}/wake`, { environment: hers.environment }),
    prepare: () => rows.query(asleep, [hers.environment]),
    answers: everybody(signedOut, { ada: '202' }),
    own: {
      lin: '409 environment.action_refused',
      instructor: '409 environment.action_refused',
      'other instructor': '409 environment.action_refused',
    },
    seenBy: ['ada'],
  },
  'GET /operator': { attempt: () => get('/operator'), answers: everybody('401', { operator: '200' }), seenBy: ['operator'] },
  'GET /operator/environments/[id]': {
    attempt: () => get(environmentPath()),
    answers: everybody('401', { operator: '200' }),
    seenBy: ['operator'],
  },
  'GET /operator/sign-in': {
    attempt: async (aim) => get(`/operator/sign-in?code=${await operatorCode(aim)}`),
    answers: everybody('410 access.link_used', { operator: '200' }),
  },
  'POST /operator/sign-in': {
    attempt: async (aim) => postForm('/operator/sign-in', { code: await operatorCode(aim) }),
    answers: everybody('410 access.link_used', { operator: '303 /operator' }),
  },
  'POST /operator/sign-out': { attempt: () => postForm('/operator/sign-out', {}), answers: everybody('303 /') },
  'POST /operator/environments/[id]/suspend': {
    attempt: () => postForm(`${environmentPath()}/suspend`, {}),
    answers: everybody('303 /operator/environments/<id> access.signed_out', { operator: '303 /operator/environments/<id>' }),
  },
  'POST /operator/environments/[id]/wake': {
    attempt: () => postForm(`${environmentPath()}/wake`, {}),
    prepare: () => rows.query(asleep, [hers.environment]),
    answers: everybody('303 /operator/environments/<id> access.signed_out', { operator: '303 /operator/environments/<id>' }),
  },
  'POST /operator/environments/[id]/reset': {
    attempt: () => postForm(`${environmentPath()}/reset`, { reason: 'a test', generation: String(hers.generation) }),
    answers: everybody('303 /operator/environments/<id> access.signed_out', { operator: '303 /operator/environments/<id>' }),
  },
  'GET /operator/bulk': {
    attempt: () => get(`/operator/bulk?${bulk('suspend')}`),
    answers: everybody('401', { operator: '200' }),
    seenBy: ['operator'],
  },
  'POST /operator/bulk/run': {
    attempt: async ({ cast }) => {
      const order = `${bulk('delete')}&touched=yes&spare=0`
      const { body } = await cast.browser.operator.send(`${product.origin}/operator/bulk?${order}`, { from: product.origin })
      const digest = /name="digest" value="([^"]+)"/.exec(body)?.[1]
      return postForm('/operator/bulk/run', { order, digest: String(digest), reason: 'a test' })
    },
    answers: everybody('303 /operator access.signed_out', { operator: '303 /operator/bulk/<id>' }),
  },
  'GET /operator/bulk/[order]': {
    attempt: () => get(`/operator/bulk/${order}`),
    prepare: orderDeletion,
    answers: everybody('401', { operator: '200' }),
    seenBy: ['operator'],
  },
  'POST /operator/bulk/[order]/undo': {
    attempt: () => postForm(`/operator/bulk/${order}/undo`, {}),
    prepare: orderDeletion,
    answers: everybody('303 /operator/bulk/<id> access.signed_out', { operator: '303 /operator/bulk/<id>' }),
  },
  'POST /operator/environments/[id]/delete': {
    attempt: () => postForm(`${environmentPath()}/delete`, { reason: 'a test', when: 'later' }),
    answers: everybody('303 /operator/environments/<id> access.signed_out', { operator: '303 /operator/environments/<id>' }),
  },
  'POST /operator/environments/[id]/undelete': {
    attempt: () => postForm(`${environmentPath()}/undelete`, {}),
    prepare: () =>
      rows.query(`update environment set delete_at = now() + interval '10 minutes', delete_reason = 'a test' where id = $1`, [
        hers.environment,
      ]),
    answers: everybody('303 /operator/environments/<id> access.signed_out', { operator: '303 /operator/environments/<id>' }),
  },
}

/** `303 /l/<id>`, `401 access.signed_out`: all that a table says of an answer. */
function told({ status, headers, body }: Exchange): string {
  const code = /"code":"([a-z_.]+)"/.exec(body)?.[1] ?? /Code <code>([a-z_.]+)<\/code>/.exec(body)?.[1]
  if (headers.location === undefined) return [status, status < 400 ? undefined : code].filter(Boolean).join(' ')
  const url = new URL(headers.location, product.origin)
  const path =
    url.origin === product.origin ? url.pathname.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>') : 'the platform'
  return [status, path, url.searchParams.get('failure')].filter(Boolean).join(' ')
}

async function send(cast: Cast, role: Role, { path, sending }: Attempt): Promise<{ answer: Exchange; sent: string }> {
  const answer = await cast.browser[role].send(`${product.origin}${path}`, sending)
  return { answer, sent: `${path} ${sending.text ?? ''} ${JSON.stringify([...(sending.form ?? [])])}` }
}

test('every door has a row, and every row a door', () => {
  expect(unexpectedDoors()).toEqual([])
  expect(Object.keys(table).sort()).toEqual(httpDoors())
})

test('of a lab’s folder nothing but pictures is handed out, and those can do nothing but be looked at', async () => {
  const cast = await gatherCast(product, rows)
  const fetched = (path: string) =>
    cast.browser.ada.send(`${product.origin}/l/${cast.aimOf('ada')}/files/${path}`, { from: product.origin })
  for (const path of ['lab.yaml', 'two-machines.yaml', 'guide/01-meet.md', 'guide/none.svg'])
    expect(told(await fetched(path)), path).toBe('404 page.not_found')
  const { headers } = await fetched('guide/network.svg')
  expect(headers).toMatchObject({
    'content-type': 'image/svg+xml',
    'x-content-type-options': 'nosniff',
    'content-security-policy': expect.stringContaining('sandbox'),
    'cache-control': 'private, no-cache',
  })
  const [version] = await rows.query<{ revision: string }>(
    'select v.revision from environment e join lab_version v on v.id = e.lab_version_id where e.id = $1',
    [hers.environment],
  )
  expect((await fetched(`guide/network.svg?v=${version?.revision}`)).headers['cache-control']).toContain('immutable')
})

for (const [door, row] of Object.entries(table)) {
  test(`${door} answers everybody as it should`, async () => {
    const cast = await gatherCast(product, rows)
    await row.prepare?.()
    const before = await intentOf(rows, hers.environment)
    const found: Record<string, string> = {}
    // Those who may not, first: what is allowed to Ada and the operator changes things.
    const order = [...roles].sort((one, other) => Number(mayAct(one)) - Number(mayAct(other)))
    for (const role of order) {
      const { answer, sent } = await send(cast, role, await row.attempt({ role, launch: cast.aimOf(role), cast }))
      found[role] = told(answer)
      note(answer, { sent, allowed: row.seenBy?.includes(role), who: `${role} at ${door}` })
      if (!mayAct(role)) expect(await intentOf(rows, hers.environment), `${role} changed nothing of Ada's`).toEqual(before)
    }
    expect(found).toEqual(row.answers)
    await restoreHers()
  })

  const own = row.own
  if (own === undefined) continue
  test(`${door}, at a launch of one's own, tells nothing of Ada's`, async () => {
    const cast = await gatherCast(product, rows)
    const before = await intentOf(rows, hers.environment)
    const found: Record<string, string> = {}
    for (const role of roles) {
      const launch = role === 'ada' ? undefined : cast.own[role]
      if (launch === undefined) continue
      const { answer, sent } = await send(cast, role, await row.attempt({ role, launch, cast }))
      found[role] = told(answer)
      note(answer, { sent, allowed: row.seenBy?.includes(role), who: `${role} at their own ${door}` })
    }
    expect(found).toEqual(own)
    expect(await intentOf(rows, hers.environment)).toEqual(before)
  })
}

const mayAct = (role: Role) => role === 'ada' || role === 'operator'

function note(answer: Exchange, { sent, allowed = false, who }: { sent: string; allowed?: boolean; who: string }): void {
  asked += 1
  const leaked = allowed && answer.status < 400 ? [] : leaksIn(answer, sent, hers)
  leaks += leaked.length
  expect(leaked, `${who} was told of Ada's`).toEqual([])
}

/** A reset gave her another generation, a deletion a date, somebody put her machines to sleep: the next door finds her as the first one did. */
async function restoreHers(): Promise<void> {
  await rows.query(
    `update environment set delete_at = null, delete_reason = null, delete_actor_id = null, intent = 'running', next_check_at = now(),
       fence = fence + 1 where id = $1 and intent <> 'deleted'`,
    [hers.environment],
  )
  await expect.poll(() => rows.query(`select id from environment where phase = 'queued'`), { timeout: 20_000 }).toEqual([])
  hers = await hersOf(rows, ada)
}

for (const door of Object.keys(table).filter((name) => name.startsWith('POST') && table[name]?.crossSite === undefined)) {
  test(`${door} does nothing for another site, or for one that does not say where it comes from`, async () => {
    const cast = await gatherCast(product, rows)
    const row = table[door]
    if (row === undefined) throw new Error(door)
    await row.prepare?.()
    const role = door.includes('/operator') ? 'operator' : 'ada'
    const before = await intentOf(rows, hers.environment)
    const { path, sending } = await row.attempt({ role, launch: cast.aimOf(role), cast })
    const foreign: Sending[] = [
      { ...sending, from: 'https://evil.example' },
      { ...sending, from: product.course },
      { ...sending, headers: { origin: `${product.origin}.evil.example` } },
      { ...sending, headers: { origin: product.origin.replace('http:', 'https:') } },
      { ...sending, headers: { origin: 'null' } },
      { ...sending, from: null },
    ]
    const answers = await Promise.all(foreign.map((one) => send(cast, role, { path, sending: one })))
    for (const { answer } of answers) {
      expect(told(answer)).toMatch(/^(403|303 \/operator(\/(environments|bulk)\/<id>)?) access\.foreign_origin$/)
      expect(answer.headers['set-cookie']).toBeUndefined()
    }
    expect(await intentOf(rows, hers.environment)).toEqual(before)
    const again = await send(cast, role, await row.attempt({ role, launch: cast.aimOf(role), cast }))
    expect(told(again.answer), 'and our own page may').toBe(row.answers[role])
    await restoreHers()
  })
}

test('a code for a window opens the launch it was made for and no other, once, and only from our own page', async () => {
  const cast = await gatherCast(product, rows)
  const aim: Aim = { role: 'ada', launch: cast.aimOf('ada'), cast }
  const code = await windowCode(aim)
  const tell = async (role: Role, path: string, sending: Sending = { from: product.origin }) =>
    told((await send(cast, role, { path, sending })).answer)
  expect(await tell('lin', `/l/${cast.own.lin}/window?code=${code}`), 'at an address of Lin’s').toBe('410 access.link_used')
  const lured = { from: 'https://evil.example' }
  expect(await tell('lin', `/l/${aim.launch}/window?code=${code}`, lured)).toBe('403 access.foreign_origin')
  const together = await Promise.all(
    ['ada', 'ada', 'ada'].map(async () => tell('ada', `/l/${aim.launch}/window?code=${await windowCode(aim)}`)),
  )
  expect(together, 'a code each').toEqual(['303 /l/<id>', '303 /l/<id>', '303 /l/<id>'])
  const last = await windowCode(aim)
  const raced = await Promise.all(Array.from({ length: 5 }, () => tell('ada', `/l/${aim.launch}/window?code=${last}`)))
  expect(raced.sort()).toEqual(['303 /l/<id>', ...Array.from({ length: 4 }, () => '410 access.link_used')])
})

test('two launches in one browser: each address shows its own person, again and again', async () => {
  const { browser, launch: adas } = await launched(product, 'ada')
  const { launch: lins } = await launched(product, 'lin', browser)
  const [linsRow] = await rows.query<{ id: string }>(
    `select environment.id from environment join environment_member on environment_id = environment.id
     join launch on launch.user_id = environment_member.user_id where launch.id = $1 and deleted_at is null`,
    [lins],
  )
  const linsEnvironment = String(linsRow?.id)
  const shown = async (launch: string) => {
    const { status, body } = await browser.send(`${product.origin}/l/${launch}`, { from: product.origin })
    return { status, ada: body.includes(hers.environment), lin: body.includes(linsEnvironment) }
  }
  // Ten reloads, in turn and at once.
  for (let round = 0; round < 5; round += 1) {
    const [one, other] = await Promise.all([shown(adas), shown(lins)])
    expect(one).toEqual({ status: 200, ada: true, lin: false })
    expect(other).toEqual({ status: 200, ada: false, lin: true })
  }

  // Ada's machines asked for at Lin's address, and the other way round: nothing.
  const ticket = (launch: string, generation: number) =>
    browser.send(`${product.origin}/l/${launch}/ticket`, postJson('', { host: 'node1', generation }).sending)
  expect(told(await ticket(lins, hers.generation))).toMatch(/^40[49] environment\.not_(found|ready)$/)
  expect(JSON.parse((await ticket(adas, hers.generation)).body)).toMatchObject({ environment: hers.environment })
  // A browser that has only Lin's launch gets nowhere with Ada's address, and a third person's reload shows neither.
  const lin = await launched(product, 'lin')
  expect(told(await lin.browser.send(`${product.origin}/l/${adas}`))).toBe('401')
  expect((await browser.send(`${product.origin}/l/${randomUUID()}`)).status).toBe(401)
  // Who signs in again in this browser keeps the other's launch as it is.
  await launched(product, 'ada', browser)
  expect(await shown(lins)).toEqual({ status: 200, ada: false, lin: true })
})
