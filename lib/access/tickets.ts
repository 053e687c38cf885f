import { inTransaction, prisma, readMeanwhile, type Transaction } from '../db.ts'
import { fail } from '../errors.ts'
import { hashToken, randomToken } from '../secrets.ts'
import type { LaunchActor } from './actor.ts'
import { requireLaunch } from './login-session.ts'

/*
 * Tickets: short-lived proofs for one purpose, used once. Only their SHA-256 is kept. A terminal's ticket that is shown for anything
 * but what it was issued for is used up by that; a window's code shown at another launch opens nothing and stays good for its minute.
 */

const lifetimeSeconds = { terminal: 60, window: 60, sign_in: 30 * 60 } as const
type Kind = keyof typeof lifetimeSeconds

/** One terminal connection: to which machine, of which attempt, and whether it may type. */
export type TerminalRequest = { launchId: string; environmentId: string; generation: number; hostName: string; mode: 'write' | 'watch' }

type Bound = {
  loginSessionId?: string
  launchId?: string
  userId?: string
  environmentId?: string
  generation?: number
  hostName?: string
  mode?: 'write' | 'watch'
}

async function issue(transaction: Transaction, kind: Kind, bound: Bound & { now: Date; seconds?: number }): Promise<string> {
  const { now, seconds = lifetimeSeconds[kind], ...data } = bound
  const token = randomToken()
  const expiresAt = new Date(now.getTime() + seconds * 1_000)
  // Each new ticket takes a few dead ones away, so that the table cannot grow.
  await transaction.$executeRaw`
    delete from ticket where id in
      (select id from ticket where expires_at < ${new Date(now.getTime() - 86_400_000)} order by expires_at limit 5 for update skip locked)`
  await transaction.ticket.create({ data: { ...data, kind, tokenHash: hashToken(token), expiresAt } })
  return token
}

/** Uses a ticket up, in one statement: of many who show it at once, one gets it. */
async function redeem(transaction: Transaction, kind: Kind, { token, now }: { token: string; now: Date }) {
  const [ticket] = await transaction.ticket.updateManyAndReturn({
    where: { kind, tokenHash: hashToken(token), usedAt: null, expiresAt: { gt: now } },
    data: { usedAt: now },
  })
  return ticket ?? null
}

/**
 * A ticket for one terminal, good for 60 s. Whether this person may use that environment is decided by the caller
 * (`authorise(actor, 'environment.use', …)`) before.
 */
export function issueTerminalTicket(actor: LaunchActor, request: Omit<TerminalRequest, 'launchId'>, now = new Date()): Promise<string> {
  const { environmentId, generation, hostName, mode } = request
  const { launchId, loginSessionId, userId } = actor
  return inTransaction((transaction) =>
    issue(transaction, 'terminal', { launchId, loginSessionId, userId, environmentId, generation, hostName, mode, now }),
  )
}

/**
 * Uses a terminal ticket up. It must have been issued for exactly this request, to this launch, in this browser, and the launch must
 * still be good.
 * @throws access.ticket_invalid, access.signed_out
 */
export async function redeemTerminalTicket(
  shown: { token: string; cookieHeader: string | null | undefined; request: TerminalRequest },
  now = new Date(),
): Promise<{ actor: LaunchActor; request: TerminalRequest }> {
  const { request } = shown
  const launch = readMeanwhile(requireLaunch(request.launchId, shown.cookieHeader, now))
  const ticket = await inTransaction((transaction) => redeem(transaction, 'terminal', { token: shown.token, now }))
  const invalid = (why: string) => fail('access.ticket_invalid', { internal: why })
  if (!ticket) throw invalid('unknown, used or expired')
  const actor = await launch
  const same =
    ticket.launchId === request.launchId &&
    ticket.loginSessionId === actor.loginSessionId &&
    ticket.userId === actor.userId &&
    ticket.environmentId === request.environmentId &&
    ticket.generation === request.generation &&
    ticket.hostName === request.hostName &&
    ticket.mode === request.mode
  if (!same) throw invalid('issued for something else')
  return { actor, request }
}

/**
 * A code that opens a launch in a window of its own, good for 60 s unless `seconds` says otherwise (a page that offers it as a link
 * has to be read first).
 */
export function issueWindowCode(
  transaction: Transaction,
  launch: { launchId: string; loginSessionId: string; userId: string },
  { now, seconds }: { now: Date; seconds?: number },
): Promise<string> {
  const { launchId, loginSessionId, userId } = launch
  return issue(transaction, 'window', { launchId, loginSessionId, userId, now, ...(seconds === undefined ? {} : { seconds }) })
}

/**
 * Uses a window code up, in the transaction that opens the window.
 * @throws access.link_used
 */
export async function redeemWindowCode(
  transaction: Transaction,
  shown: { launchId: string; token: string; now: Date },
): Promise<{ launchId: string }> {
  const ticket = await redeem(transaction, 'window', shown)
  if (!ticket?.launchId || ticket.launchId !== shown.launchId) throw fail('access.link_used', { internal: 'window code' })
  return { launchId: ticket.launchId }
}

/** A code that signs an operator in, good once within 30 minutes. */
export function issueSignInCode(transaction: Transaction, userId: string, now: Date): Promise<string> {
  return issue(transaction, 'sign_in', { userId, now })
}

/** @throws access.link_used */
export async function redeemSignInCode(transaction: Transaction, shown: { token: string; now: Date }): Promise<{ userId: string }> {
  const ticket = await redeem(transaction, 'sign_in', shown)
  if (!ticket?.userId) throw fail('access.link_used', { internal: 'sign-in link' })
  return { userId: ticket.userId }
}

/** Whether a sign-in link would still work; looking does not use it up. */
export async function isSignInCodeGood(token: string, now = new Date()): Promise<boolean> {
  const where = { kind: 'sign_in', tokenHash: hashToken(token), usedAt: null, expiresAt: { gt: now } } as const
  return (await prisma().ticket.count({ where })) > 0
}
