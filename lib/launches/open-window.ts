import { browserCookie, browserSecret, newBrowserSecret } from '../access/browser-cookie.ts'
import { openLoginSession, requireLaunch } from '../access/login-session.ts'
import { issueWindowCode, redeemWindowCode } from '../access/tickets.ts'
import { config } from '../config.ts'
import { inTransaction } from '../db.ts'
import { fail } from '../errors.ts'

/*
 * A lab leaves its frame. The frame's cookie is partitioned and does not travel to a new window, so a one-time code does, and the window
 * gets a launch of its own, bound to its own cookie (decisions.md 19).
 */

/** The path that opens this launch in a window of its own, once, within a minute. @throws access.signed_out */
export async function windowPath(launchId: string, cookieHeader: string | null, now = new Date()): Promise<string> {
  const actor = await requireLaunch(launchId, cookieHeader, now)
  const code = await inTransaction((transaction) => issueWindowCode(transaction, actor, { now }))
  return `/l/${actor.launchId}/window?code=${code}`
}

/**
 * Uses the code up, in the new window.
 * @returns the window's launch and the cookie that goes with it
 * @throws access.link_used, access.signed_out
 */
export async function openWindow(
  shown: { launchId: string; code: string; cookieHeader: string | null },
  now = new Date(),
): Promise<{ address: string; setCookie: string }> {
  const secret = browserSecret(shown.cookieHeader) ?? newBrowserSecret()
  const launchId = await inTransaction(async (transaction) => {
    const ticket = await redeemWindowCode(transaction, { launchId: shown.launchId, token: shown.code, now })
    const from = await transaction.launch.findUniqueOrThrow({ where: { id: ticket.launchId }, include: { loginSession: true } })
    if (from.expiresAt <= now || from.loginSession.revokedAt) throw fail('access.signed_out', { internal: 'window: launch is over' })
    const { registrationId, deploymentId, userId, resourceLinkId, role, returnUrl, locale, expiresAt } = from
    const loginSessionId = await openLoginSession(transaction, { userId, secret }, now)
    const carried = { registrationId, deploymentId, userId, resourceLinkId, role, returnUrl, locale, expiresAt }
    const data = { ...carried, loginSessionId, documentTarget: 'window', openedFromId: from.id }
    return (await transaction.launch.create({ data, select: { id: true } })).id
  })
  return { address: `${config().origin}/l/${launchId}`, setCookie: browserCookie(secret) }
}
