import { inTransaction, type Transaction } from '../db.ts'
import { fail } from '../errors.ts'
import { appendAudit } from '../ledger.ts'
import type { Actor } from './actor.ts'
import { browserCookie, browserSecret, newBrowserSecret } from './browser-cookie.ts'
import { openLoginSession } from './login-session.ts'
import { authorise } from './policy.ts'
import { issueSignInCode, redeemSignInCode } from './tickets.ts'

/** The one platform whose users are operators (decisions.md 20, 22). A unique index keeps it single. */
async function builtInPlatform(transaction: Transaction): Promise<string> {
  await transaction.platform.createMany({ data: [{ kind: 'built_in', name: 'Operators' }], skipDuplicates: true })
  return (await transaction.platform.findFirstOrThrow({ where: { kind: 'built_in' }, select: { id: true } })).id
}

async function operatorCalled(transaction: Transaction, name: string): Promise<string> {
  const platformId = await builtInPlatform(transaction)
  const subject = name.toLowerCase()
  await transaction.user.createMany({ data: [{ platformId, subject }], skipDuplicates: true })
  const { id } = await transaction.user.findUniqueOrThrow({ where: { platformId_subject: { platformId, subject } }, select: { id: true } })
  await transaction.person.createMany({ data: [{ userId: id, name, updatedAt: new Date() }], skipDuplicates: true })
  return id
}

/**
 * Invites an operator: the same name is the same person.
 * @returns the path of a sign-in link, good once within 30 minutes; print it, never log it
 * @throws input.invalid, access.denied
 */
export async function inviteOperator(name: string, actor: Actor = { kind: 'command_line' }, now = new Date()): Promise<string> {
  authorise(actor, 'operator.invite')
  const called = name.trim().replaceAll(/\s+/g, ' ')
  if (called.length === 0 || called.length > 100) throw fail('input.invalid', { detail: 'A name has 1 to 100 characters.' })
  const code = await inTransaction(async (transaction) => {
    const userId = await operatorCalled(transaction, called)
    await appendAudit(transaction, actor, { action: 'operator.invite', subjectKind: 'user', subjectId: userId })
    return issueSignInCode(transaction, userId, now)
  })
  return `/operator/sign-in?code=${code}`
}

/** The sign-in link that a start of the product prints. */
export function ensureOperatorInvitation(name: string): Promise<string> {
  return inviteOperator(name)
}

/**
 * Signs an operator in, in the browser that sent `cookieHeader`.
 * @returns the `Set-Cookie` value
 * @throws access.link_used
 */
export async function signInOperator(
  shown: { code: string; cookieHeader: string | null | undefined },
  now = new Date(),
): Promise<{ setCookie: string }> {
  const secret = browserSecret(shown.cookieHeader) ?? newBrowserSecret()
  await inTransaction(async (transaction) => {
    const { userId } = await redeemSignInCode(transaction, { token: shown.code, now })
    const loginSessionId = await openLoginSession(transaction, { userId, secret }, now)
    const operator = { kind: 'operator', loginSessionId, userId } as const
    await appendAudit(transaction, operator, { action: 'operator.sign_in', subjectKind: 'user', subjectId: userId })
  })
  return { setCookie: browserCookie(secret) }
}
