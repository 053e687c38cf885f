import { randomBytes, randomUUID } from 'node:crypto'
import { expect } from '@playwright/test'
import { findPerson } from '../lib/demo-course/course-content.ts'
import { launchFromCourse } from '../lib/demo-course/launch-drive.ts'
import { createBrowser, type Exchange, type PlainBrowser } from '../lib/demo-course/plain-browser.ts'
import type { Product } from './product.ts'
import { hashOf, type Rows } from './rows.ts'

/*
 * Everybody who might stand before a door of the product, each in a browser of their own, and what of Ada's they must not see.
 */

/** `lin` is a fellow learner, `instructor` Ada's, `other instructor` one of another course. */
export const roles = ['ada', 'lin', 'instructor', 'other instructor', 'operator', 'nobody', 'expired', 'replayed'] as const
export type Role = (typeof roles)[number]

export type Launched = { browser: PlainBrowser; launch: string; page: Exchange }

export type Cast = {
  /** Each role's browser. `expired` had a launch of Ada's that is over; `replayed` is signed in as nobody and knows Ada's addresses. */
  browser: Record<Role, PlainBrowser>
  /** The launch each of them has. */
  own: Partial<Record<Role, string>>
  /** Ada's launch, at which the others aim; for `expired` the one that was hers in that browser. */
  aimOf: (role: Role) => string
}

/** What is Ada's: where it shows in an answer to anybody else, something has leaked. */
export type Hers = { environment: string; generation: number; address: string; marks: readonly string[] }

/** A launch from the course, in this browser or a new one. */
export async function launched(product: Product, person: string, browser?: PlainBrowser): Promise<Launched> {
  const run = await launchFromCourse({
    courseOrigin: product.course,
    person,
    lab: 'two-machines',
    browser: browser ?? createBrowser({ place: 'frame', site: product.course }),
  })
  const launch = /\/l\/([0-9a-f-]{36})$/.exec(run.final.url)?.[1]
  if (launch === undefined || run.final.status !== 200) throw new Error(`No launch for ${person}: ${run.final.status} at ${run.final.url}`)
  return { browser: run.browser, launch, page: run.final }
}

/** A whole new cast: every door is tried by people on whom no other door has left a trace. */
export async function gatherCast(product: Product, rows: Rows): Promise<Cast> {
  const empty = () => createBrowser({ place: 'window', site: product.origin })
  const [ada, lin, instructor, other, expired, operator] = await Promise.all([
    launched(product, 'ada'),
    launched(product, 'lin'),
    launched(product, 'mira'),
    launched(product, 'jonas'),
    launched(product, 'ada'),
    signedInOperator(product, rows),
  ])
  await expire(rows, expired.launch)
  const browser = {
    ada: ada.browser,
    lin: lin.browser,
    instructor: instructor.browser,
    'other instructor': other.browser,
    operator,
    nobody: empty(),
    expired: expired.browser,
    replayed: await strangeBrowser(product),
  }
  const own = { ada: ada.launch, lin: lin.launch, instructor: instructor.launch, 'other instructor': other.launch }
  return { browser, own, aimOf: (role) => (role === 'expired' ? expired.launch : ada.launch) }
}

/** A browser with a cookie of ours in which nobody has signed in: it began a login and never came back. */
async function strangeBrowser(product: Product): Promise<PlainBrowser> {
  const browser = createBrowser({ place: 'frame', site: product.course })
  const leaving = { until: (url: URL) => url.pathname.startsWith('/lti/authorize') }
  await browser.open(`${product.course}/as/ada/lab/two-machines/start`, { from: product.course }, leaving)
  expect(browser.cookies(product.origin).map(({ name }) => name)).toContain('__Host-astrolabe')
  return browser
}

/** A one-time sign-in code for the operator, as the command line would print it. */
export async function signInCode(rows: Rows): Promise<string> {
  const code = randomBytes(32).toString('base64url')
  const issued = await rows.query<{ id: string }>(
    `insert into ticket (id, kind, token_hash, user_id, expires_at)
     select $1, 'sign_in', $2, "user".id, now() + interval '30 minutes' from "user" join platform on platform.id = platform_id
     where platform.kind = 'built_in' limit 1 returning id`,
    [randomUUID(), hashOf(code)],
  )
  if (issued.length !== 1) throw new Error('There is no operator')
  return code
}

async function signedInOperator(product: Product, rows: Rows): Promise<PlainBrowser> {
  const browser = createBrowser({ place: 'window', site: product.origin })
  const code = await signInCode(rows)
  const answer = await browser.send(`${product.origin}/operator/sign-in`, { method: 'POST', form: [['code', code]], from: product.origin })
  expect(answer.status).toBe(303)
  return browser
}

/** Lets the login session of a launch end now, as twelve hours would. */
export async function expire(rows: Rows, launch: string): Promise<void> {
  await rows.query(
    `update login_session set expires_at = now() - interval '1 second' where id = (select login_session_id from launch where id = $1)`,
    [launch],
  )
}

/** Ada's environment once it is being built, with a machine whose address would be telling. */
export async function hersOf(rows: Rows, { launch }: Launched): Promise<Hers> {
  const address = '198.51.100.77'
  const find = async () => {
    const [found] = await rows.query<{ id: string; generation: number; phase: string; user_id: string; session: string }>(
      `select environment.id, generation, phase::text, launch.user_id, launch.login_session_id as session from launch
       join environment_member on environment_member.user_id = launch.user_id
       join environment on environment.id = environment_member.environment_id
       where launch.id = $1 and environment.deleted_at is null`,
      [launch],
    )
    return found
  }
  // Only what is being built can be reset; a worker moves it there.
  await expect.poll(async () => (await find())?.phase, { timeout: 20_000 }).not.toBe('queued')
  const found = await find()
  if (found === undefined) throw new Error('Ada has no environment')
  for (const [position, name] of ['node1', 'node2'].entries()) {
    await rows.query(
      `insert into host (id, environment_id, generation, name, label, position, address, "user") values ($1, $2, $3, $4, $4, $5, $6, 'debian')
       on conflict do nothing`,
      [randomUUID(), found.id, found.generation, name, position, address],
    )
  }
  const ada = findPerson('ada')
  if (ada === undefined) throw new Error('The course has lost Ada')
  const marks = [ada.familyName, ada.email, ada.subject, address, found.id, found.user_id, found.session]
  return { environment: found.id, generation: found.generation, address, marks }
}

/** Whether the row of Ada's environment is as it was. */
export async function intentOf(rows: Rows, environment: string): Promise<unknown> {
  const [row] = await rows.query(
    'select generation, intent, delete_at, delete_reason, deleted_at, owner_key, lab_version_id from environment where id = $1',
    [environment],
  )
  return row
}

/** The marks of hers that an answer shows although the question did not contain them. */
export function leaksIn(answer: Exchange, sent: string, hers: Hers): string[] {
  const said = `${JSON.stringify(answer.headers)}\n${answer.body}`
  return hers.marks.filter((mark) => said.includes(mark) && !sent.includes(mark))
}
