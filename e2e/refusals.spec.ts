import { randomUUID } from 'node:crypto'
import { expect, test } from '@playwright/test'
import { hostileTokens } from '../lib/demo-course/hostile-tokens.ts'
import { makeSigningKey } from '../lib/demo-course/keyring.ts'
import { postAnswer } from '../lib/demo-course/launch-drive.ts'
import { createBrowser, type Exchange } from '../lib/demo-course/plain-browser.ts'
import { createTestPlatform, type TestPlatform } from '../lib/demo-course/test-platform.ts'
import { type Product, startProduct } from './product.ts'
import { countKept, hashOf, openRows, type Rows, registerPlatform } from './rows.ts'
import { startWebProcess, type WebProcess } from './web-process.ts'

/*
 * Launches that must not be, against the running product: each is refused with its code and a reference that the log knows, leaves
 * nothing behind, and the next good launch works. The numbers are those of the launch's threat list.
 */

let product: Product
let other: WebProcess
let rows: Rows
let platform: TestPlatform
let neighbour: TestPlatform

test.beforeAll(async () => {
  test.setTimeout(120_000)
  product = await startProduct({ env: { ASTROLABE_DEV_CLOUD_DRIVER: 'memory' } })
  rows = await openRows(product.databaseUrl)
  platform = await createTestPlatform({ toolOrigin: product.origin })
  neighbour = await createTestPlatform({ toolOrigin: product.origin })
  await registerPlatform(rows, { name: 'Test platform', registration: platform.registration() })
  await registerPlatform(rows, { name: 'Its neighbour', registration: neighbour.registration() })
  other = await startWebProcess(product, product.origin)
  // People and places exist: what a refusal would add shows in the counts.
  for (const one of [platform, neighbour]) expect((await one.launchAs({ person: 'ada' })).final.status).toBe(200)
})

test.afterAll(async () => {
  await platform?.close()
  await neighbour?.close()
  await rows?.close()
  await other?.stop()
  await product?.stop()
})

type Expected = { status: number; code: string; check?: RegExp; says?: string | RegExp }

/** A refusal as promised: status, code and reference on the page, the check in the log, nothing kept, and afterwards all is well. */
async function expectRefusal(attempt: () => Promise<Exchange>, { status, code, check, says }: Expected): Promise<void> {
  const before = await countKept(rows)
  const answer = await attempt()
  expect({ status: answer.status, code: /Code <code>([^<]*)<\/code>/.exec(answer.body)?.[1] }).toEqual({ status, code })
  if (says !== undefined) expect(answer.body).toMatch(says)
  expect(answer.headers['set-cookie'] ?? [], 'a refusal sets no cookie').toEqual([])
  expect(answer.headers.location).toBeUndefined()
  expect(answer.headers['cache-control']).toContain('no-store')
  const reference = /reference <code>([^<]*)<\/code>/.exec(answer.body)?.[1]
  expect(reference).toMatch(/^[0-9a-f]{12}$/)
  await expect.poll(() => logLine(String(reference))).toMatchObject({ code, check: expect.stringMatching(check ?? /./) })
  expect(await countKept(rows), 'nothing is kept').toEqual(before)

  const good = await platform.launchAs({ person: 'ada' })
  expect(good.final.status, 'the next good launch').toBe(200)
  expect(good.final.url).toMatch(/\/l\/[0-9a-f-]{36}$/)
}

/** The line of the log that a reference leads to. */
function logLine(reference: string): unknown {
  const line = `${product.output()}\n${other.output()}`.split('\n').find((one) => one.includes(reference))
  return line === undefined ? null : JSON.parse(line)
}

const refusedLogin = (login: Record<string, string | undefined>) => async () => (await platform.startLogin({ login })).login

test.describe('the login initiation', () => {
  const issuers: [string, (issuer: string) => string][] = [
    ['a stranger', () => 'https://stranger.example'],
    ['a slash at the end', (issuer) => `${issuer}/`],
    ['another scheme', (issuer) => issuer.replace('http:', 'https:')],
    ['capitals in the host', (issuer) => issuer.replace('127.0.0.1', '127.0.0.1.').replace('localhost', 'LOCALHOST')],
  ]
  for (const [what, changed] of issuers) {
    test(`L4: an issuer that is not registered is refused and named: ${what}`, async () => {
      const issuer = changed(platform.issuer)
      expect(issuer).not.toBe(platform.issuer)
      await expectRefusal(refusedLogin({ iss: issuer }), { status: 400, code: 'lti.platform_unknown', says: issuer })
    })
  }

  test('L5: a client id that is not registered is refused', async () => {
    await expectRefusal(refusedLogin({ client_id: randomUUID() }), { status: 400, code: 'lti.platform_unknown' })
  })

  test('L5: a client id of another platform is refused', async () => {
    const { clientId } = neighbour.registration()
    await expectRefusal(refusedLogin({ client_id: clientId }), { status: 400, code: 'lti.platform_unknown' })
  })

  for (const target of ['https://evil.example/x', '//evil.example/x', 'javascript:alert(1)', 'http://127.0.0.1.evil.example/lti/launch']) {
    test(`L10: a target elsewhere is refused: ${target}`, async () => {
      await expectRefusal(refusedLogin({ target_link_uri: target }), { status: 400, code: 'lti.target_foreign' })
    })
  }

  test('L10: a target elsewhere on our origin never becomes the redirect URI', async () => {
    const start = await platform.startLogin({ login: { target_link_uri: `${product.origin}/somewhere?lab=42` } })
    expect(start.request?.parameters.get('redirect_uri')).toBe(`${product.origin}/lti/launch`)
  })
})

test.describe('the answer to a login', () => {
  test('A1: without a state it is refused', async () => {
    await expectRefusal(async () => (await platform.launchAs({ fields: { state: undefined } })).launch, {
      status: 400,
      code: 'lti.request_malformed',
    })
  })

  test('A2: without a token it is refused', async () => {
    await expectRefusal(async () => (await platform.launchAs({ fields: { id_token: undefined } })).launch, {
      status: 400,
      code: 'lti.request_malformed',
    })
  })

  for (const state of ['x', randomUUID(), 'A'.repeat(43)]) {
    test(`A4: a state that was never given out is refused: ${state.length} characters`, async () => {
      await expectRefusal(async () => (await platform.launchAs({ fields: { state } })).launch, { status: 401, code: 'lti.state_unknown' })
    })
  }

  test('A5: a state that has expired is refused, and the page says how to go on', async () => {
    const late = async () => {
      const start = await platform.startLogin({ person: 'ada' })
      const { state, nonce } = asked(start)
      await rows.query(`update lti_login set expires_at = now() - interval '1 second' where state_hash = $1`, [hashOf(state)])
      const form = answerForm(platform.forge({ person: 'ada', nonce }), state)
      return (await postAnswer(start.browser, `${product.origin}/lti/launch`, form)).launch
    }
    await expectRefusal(late, { status: 410, code: 'lti.state_expired', says: 'Open the lab from your course again' })
  })

  test('A6: the same answer twice is refused the second time, on either process', async () => {
    const run = await platform.launchAs({ person: 'ada' })
    expect(run.final.status).toBe(200)
    const again = () => run.browser.send(`${product.origin}/lti/launch`, { method: 'POST', form: run.fields })
    await expectRefusal(again, { status: 410, code: 'lti.state_used' })
    await expectRefusal(() => elsewhere(run.browser, run.fields), { status: 410, code: 'lti.state_used' })
  })

  test('A6: of ten at once, one is a launch', async () => {
    const start = await platform.startLogin({ person: 'ada' })
    const { state, nonce } = asked(start)
    const form = answerForm(platform.forge({ person: 'ada', nonce }), state)
    const [before] = await rows.query<{ n: number }>('select count(*)::int as n from launch')
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        index % 2 === 0 ? start.browser.send(`${product.origin}/lti/launch`, { method: 'POST', form }) : elsewhere(start.browser, form),
      ),
    )
    expect(answers.map(({ status }) => status).sort((one, other) => one - other)).toEqual([303, ...Array.from({ length: 9 }, () => 410)])
    expect(await rows.query('select count(*)::int as n from launch')).toEqual([{ n: Number(before?.n) + 1 }])
  })

  test('A7: an answer to a login that another browser began is refused: no cookie', async () => {
    const answerFrom = createBrowser({ place: 'frame', site: platform.origin })
    await expectRefusal(async () => (await platform.launchAs({ answerFrom })).launch, { status: 401, code: 'lti.other_browser' })
  })

  test('A7: an answer to a login that another browser began is refused: a browser with a login of its own', async () => {
    const answerFrom = createBrowser({ place: 'frame', site: platform.origin })
    await platform.launchAs({ person: 'lin', browser: answerFrom })
    await expectRefusal(async () => (await platform.launchAs({ person: 'ada', answerFrom })).launch, {
      status: 401,
      code: 'lti.other_browser',
    })
  })

  test('A7: an answer to a login that another browser began is refused: a secret that the platform never kept', async () => {
    const answerFrom = createBrowser({ place: 'frame', site: platform.origin })
    const guessed = async () => {
      const start = await platform.startLogin({ login: { lti_storage_target: '_parent' } })
      expect(start.login.status, 'the login asks the platform to keep its secret').toBe(200)
      const next = new URL(String(/"next":"([^"]*)"/.exec(start.login.body.replaceAll('\\u0026', '&'))?.[1]))
      const [state, nonce] = [String(next.searchParams.get('state')), String(next.searchParams.get('nonce'))]
      const form = [...answerForm(platform.forge({ nonce }), state), ['storage_secret', 'A'.repeat(43)] as const]
      return answerFrom.send(`${product.origin}/lti/launch`, { method: 'POST', form, from: product.origin })
    }
    await expectRefusal(guessed, { status: 401, code: 'lti.other_browser' })
  })

  test('A9: a state of one registration with a good token of another is refused', async () => {
    const mixed = async () => {
      const start = await platform.startLogin({ person: 'ada' })
      const { state, nonce } = asked(start)
      const form = answerForm(neighbour.forge({ person: 'ada', nonce }), state)
      return (await postAnswer(start.browser, `${product.origin}/lti/launch`, form)).launch
    }
    await expectRefusal(mixed, { status: 401, code: 'lti.token_invalid' })
  })
})

const wanted = new Set(['J4', 'J5', 'J8', 'J9', 'J18', 'J19', 'C2', 'C7'])
/** Names alone: what is wrong with a token is laid over it with the keys of the platforms that run by then. */
const anyKey = await makeSigningKey(new Date())
const named = hostileTokens({ key: anyKey, strangeKey: anyKey, clientId: 'client' }).filter((one) => wanted.has(one.case))

test.describe('the token', () => {
  for (const { case: number, what } of named) {
    test(`${number}: ${what} is refused`, async () => {
      const all = hostileTokens({ key: platform.key(), strangeKey: neighbour.key(), clientId: platform.registration().clientId })
      const deviation = all.find((one) => one.case === number && one.what === what)?.deviation
      if (deviation === undefined) throw new Error(`no such case: ${number} ${what}`)
      const reads = platform.keySetReads()
      await expectRefusal(async () => (await platform.launchAs({ person: 'ada', deviation })).launch, {
        status: 401,
        code: 'lti.token_invalid',
      })
      expect(platform.keySetReads() - reads, 'at most one look at the key set').toBeLessThanOrEqual(1)
    })
  }

  const variants: [string, string, Record<string, unknown>][] = [
    ['C2', 'an audience that is an object', { aud: { client: 'this' } }],
    ['C7', 'an expiry that is no number', { exp: Number.NaN }],
  ]
  for (const [number, what, claims] of variants) {
    test(`${number}: ${what} is refused`, async () => {
      await expectRefusal(async () => (await platform.launchAs({ deviation: { claims } })).launch, {
        status: 401,
        code: 'lti.token_invalid',
      })
    })
  }

  test('J5: twenty unknown keys in a row cost at most one look at the key set', async () => {
    const reads = platform.keySetReads()
    for (let index = 0; index < 20; index += 1) {
      const { launch } = await platform.launchAs({ deviation: { header: { kid: `nobody-${index}` } } })
      expect(launch.status).toBe(401)
    }
    expect(platform.keySetReads() - reads).toBeLessThanOrEqual(1)
  })

  test('C14: the nonce of another login of the same browser is refused', async () => {
    const swapped = async () => {
      const first = await platform.startLogin({ person: 'ada' })
      const { nonce } = asked(first)
      return (await platform.launchAs({ person: 'ada', browser: first.browser, deviation: { claims: { nonce } } })).launch
    }
    await expectRefusal(swapped, { status: 401, code: 'lti.token_invalid', check: /claim\.nonce/ })
  })

  test('C15: a nonce that was used is refused, although a login asks for it again, on another process', async () => {
    const first = await platform.startLogin({ person: 'ada' })
    const used = asked(first)
    const form = answerForm(platform.forge({ person: 'ada', nonce: used.nonce }), used.state)
    expect((await first.browser.send(`${product.origin}/lti/launch`, { method: 'POST', form })).status).toBe(303)
    const again = async () => {
      const next = await platform.startLogin({ person: 'ada', browser: first.browser })
      const { state } = asked(next)
      // The product never gives a nonce out twice; so the row is made to say that it did.
      await rows.query('delete from lti_login where state_hash = $1', [hashOf(used.state)])
      await rows.query('update lti_login set nonce_hash = $1 where state_hash = $2', [hashOf(used.nonce), hashOf(state)])
      return elsewhere(first.browser, answerForm(platform.forge({ person: 'ada', nonce: used.nonce }), state))
    }
    await expectRefusal(again, { status: 401, code: 'lti.token_invalid', check: /claim\.nonce/ })
  })
})

function asked(start: { request: { state: string; nonce: string } | null }): { state: string; nonce: string } {
  if (start.request === null) throw new Error('The login was refused')
  return start.request
}

const answerForm = (idToken: string, state: string) =>
  [
    ['id_token', idToken],
    ['state', state],
  ] as const

/** The same answer at the other web process, as a balancer would send it there: with the cookies of our one public address. */
function elsewhere(browser: ReturnType<typeof createBrowser>, form: Iterable<readonly [string, string]>): Promise<Exchange> {
  const cookie = browser
    .cookies(product.origin)
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')
  return browser.send(`http://127.0.0.1:${other.port}/lti/launch`, { method: 'POST', form, headers: { cookie } })
}
