import { inTransaction, notify, prisma, type Transaction } from '../db.ts'
import { fail } from '../errors.ts'
import { hashToken, sameBytes } from '../secrets.ts'
import type { LaunchActor, OperatorActor } from './actor.ts'
import { browserSecrets } from './browser-cookie.ts'

/** How long a launch, and an operator's sign-in, is good for. */
export const loginHours = 12

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** When something that begins now ends. */
export function loginExpiry(now: Date): Date {
  return new Date(now.getTime() + loginHours * 3_600_000)
}

/**
 * Who is in this launch: the address names the launch, the cookie proves the browser, and the two must belong together. Every reason
 * for a refusal looks the same from outside.
 * @param cookieHeader the request's `Cookie` header
 * @throws access.signed_out
 */
export async function requireLaunch(launchId: string, cookieHeader: string | null | undefined, now = new Date()): Promise<LaunchActor> {
  const hashes = browserSecrets(cookieHeader).map(hashToken)
  const signedOut = (why: string) => fail('access.signed_out', { internal: why })
  if (hashes.length === 0) throw signedOut('no cookie')
  if (!uuid.test(launchId)) throw signedOut('not a launch id')
  const [launch] = await standingOf(launchId)
  if (!launch) throw signedOut('no such launch')
  if (!hashes.some((hash) => sameBytes(launch.browserHash, hash))) throw signedOut('another browser')
  if (launch.expiresAt <= now || launch.signedInUntil <= now) throw signedOut('expired')
  if (launch.isRevoked) throw signedOut('revoked')
  if (launch.isSwitchedOff) throw signedOut('platform switched off')
  const { loginSessionId, userId, platformId, courseId, resourceLinkId, locale } = launch
  // A newer launch may have taken rights away: an older page keeps only what both allow.
  const role = launch.role === 'instructor' && (launch.membership ?? 'instructor') === 'instructor' ? 'instructor' : 'learner'
  const endsAt = launch.expiresAt < launch.signedInUntil ? launch.expiresAt : launch.signedInUntil
  return { kind: 'launch', launchId, loginSessionId, userId, role, platformId, courseId, resourceLinkId, locale, endsAt }
}

type Standing = {
  loginSessionId: string
  userId: string
  platformId: string
  courseId: string | null
  resourceLinkId: string
  locale: string | null
  role: 'learner' | 'instructor'
  /** As what they are in the course by now; null: they are not known there any more. */
  membership: 'learner' | 'instructor' | null
  browserHash: Uint8Array
  expiresAt: Date
  signedInUntil: Date
  isRevoked: boolean
  isSwitchedOff: boolean
}

/** In one question: it is asked at every page, every ticket and every connection. */
function standingOf(launchId: string): Promise<Standing[]> {
  return prisma().$queryRaw<Standing[]>`
    select launch.login_session_id as "loginSessionId", launch.user_id as "userId", launch.resource_link_id as "resourceLinkId",
      resource_link.platform_id as "platformId", resource_link.course_id as "courseId", launch.locale, launch.role::text,
      membership.role::text as membership, login_session.browser_hash as "browserHash", launch.expires_at as "expiresAt",
      login_session.expires_at as "signedInUntil",
      (login_session.revoked_at is not null or "user".erased_at is not null) as "isRevoked",
      (platform.disabled_at is not null or registration.disabled_at is not null) as "isSwitchedOff"
    from launch
      join login_session on login_session.id = launch.login_session_id
      join registration on registration.id = launch.registration_id
      join "user" on "user".id = launch.user_id
      join resource_link on resource_link.id = launch.resource_link_id
      join platform on platform.id = resource_link.platform_id
      left join membership on membership.user_id = launch.user_id and membership.course_id = resource_link.course_id
    where launch.id = ${launchId}::uuid`
}

/**
 * The operator signed in in this browser.
 * @throws access.signed_out
 */
export async function requireOperator(cookieHeader: string | null | undefined, now = new Date()): Promise<OperatorActor> {
  const hashes = browserSecrets(cookieHeader).map(hashToken)
  if (hashes.length === 0) throw fail('access.signed_out', { internal: 'no cookie' })
  const session = await prisma().loginSession.findFirst({
    where: {
      browserHash: { in: hashes },
      revokedAt: null,
      expiresAt: { gt: now },
      user: { erasedAt: null, platform: { kind: 'built_in', disabledAt: null } },
    },
    orderBy: { createdAt: 'desc' },
  })
  if (!session) throw fail('access.signed_out', { internal: 'no operator' })
  return { kind: 'operator', loginSessionId: session.id, userId: session.userId }
}

/**
 * The login session of this user in this browser, prolonged or made: one per browser and user, also when several launches arrive
 * at once.
 */
export async function openLoginSession(transaction: Transaction, who: { userId: string; secret: string }, now: Date): Promise<string> {
  const browserHash = hashToken(who.secret)
  const expiresAt = loginExpiry(now)
  const lock = `login session ${who.userId} ${Buffer.from(browserHash).toString('hex')}`
  await transaction.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${lock}, 0))`
  const standing = await transaction.loginSession.findFirst({
    where: { userId: who.userId, browserHash, revokedAt: null, expiresAt: { gt: now } },
    select: { id: true },
  })
  if (!standing) return (await transaction.loginSession.create({ data: { userId: who.userId, browserHash, expiresAt } })).id
  await transaction.loginSession.update({ where: { id: standing.id }, data: { expiresAt } })
  return standing.id
}

/**
 * Ends everything this browser is signed in to; its launches are over at once, and so are the connections that somebody holds for one
 * of them. Says nothing about whether there was anything.
 */
export async function signOut(cookieHeader: string | null | undefined, now = new Date()): Promise<void> {
  const hashes = browserSecrets(cookieHeader).map(hashToken)
  if (hashes.length === 0) return
  await inTransaction(async (transaction) => {
    const where = { browserHash: { in: hashes }, revokedAt: null }
    const ended = await transaction.loginSession.updateManyAndReturn({ where, data: { revokedAt: now }, select: { userId: true } })
    await tellOfRights(
      transaction,
      ended.map(({ userId }) => userId),
    )
  })
}

/** Tells whoever holds a connection of one of these users to judge again whether it may go on. To be called by all that takes a right away. */
export function tellOfRights(transaction: Transaction, userIds: readonly string[]): Promise<void> {
  return notify(transaction, 'rights_changed', [...new Set(userIds)])
}
