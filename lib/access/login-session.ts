import { prisma, type Transaction } from '../db.ts'
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
  const launch = await prisma().launch.findUnique({
    where: { id: launchId },
    include: {
      loginSession: true,
      resourceLink: { include: { platform: true } },
      registration: { select: { disabledAt: true } },
      user: { include: { memberships: true } },
    },
  })
  if (!launch) throw signedOut('no such launch')
  const { loginSession, resourceLink, user } = launch
  if (!hashes.some((hash) => sameBytes(loginSession.browserHash, hash))) throw signedOut('another browser')
  if (launch.expiresAt <= now || loginSession.expiresAt <= now) throw signedOut('expired')
  if (loginSession.revokedAt || user.erasedAt) throw signedOut('revoked')
  if (resourceLink.platform.disabledAt || launch.registration.disabledAt) throw signedOut('platform switched off')
  // A newer launch may have taken rights away: an older page keeps only what both allow.
  const membership = user.memberships.find((one) => one.courseId === resourceLink.courseId)
  const role = launch.role === 'instructor' && (membership?.role ?? 'instructor') === 'instructor' ? 'instructor' : 'learner'
  return {
    kind: 'launch',
    launchId: launch.id,
    loginSessionId: loginSession.id,
    userId: user.id,
    role,
    platformId: resourceLink.platformId,
    courseId: resourceLink.courseId,
    resourceLinkId: resourceLink.id,
    locale: launch.locale,
  }
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

/** Ends everything this browser is signed in to; its launches are over at once. Says nothing about whether there was anything. */
export async function signOut(cookieHeader: string | null | undefined, now = new Date()): Promise<void> {
  const hashes = browserSecrets(cookieHeader).map(hashToken)
  if (hashes.length === 0) return
  await prisma().loginSession.updateMany({ where: { browserHash: { in: hashes }, revokedAt: null }, data: { revokedAt: now } })
}
