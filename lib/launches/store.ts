import { prisma, type Transaction } from '../db.ts'
import { fail } from '../errors.ts'
import { hashToken } from '../secrets.ts'

/** A registration with what a login needs of its platform. */
export type RegistrationRow = NonNullable<Awaited<ReturnType<typeof findLogin>>>['registration']
export type LoginRow = NonNullable<Awaited<ReturnType<typeof findLogin>>>

const withPlatform = { include: { platform: true } } as const

/** The login that this state belongs to, whatever has become of it. */
export function findLogin(state: string) {
  return prisma().ltiLogin.findUnique({ where: { stateHash: hashToken(state) }, include: { registration: withPlatform } })
}

/**
 * The registration a login names: by issuer and client id, never by issuer alone unless that is enough (Open edX has a client
 * id per block, Blackboard one for all customers).
 * @throws lti.platform_unknown, lti.registration_ambiguous, lti.platform_disabled
 */
export async function findRegistration(named: {
  issuer: string
  clientId: string | null
  deploymentHint: string | null
}): Promise<RegistrationRow> {
  const { issuer, clientId, deploymentHint } = named
  const all = await prisma().registration.findMany({
    where: { issuer, ...(clientId === null ? {} : { clientId }) },
    include: { platform: true, deployments: { where: { deploymentId: deploymentHint ?? '' }, select: { id: true } } },
    take: 100,
  })
  const usable = all.filter((one) => !one.disabledAt && !one.platform.disabledAt)
  if (all.length === 0) {
    const detail = `It calls itself ${issuer.slice(0, 200)}${clientId === null ? '' : `, client id ${clientId.slice(0, 100)}`}.`
    throw fail('lti.platform_unknown', { detail, internal: 'login.registration' })
  }
  if (usable.length === 0) throw fail('lti.platform_disabled', { internal: 'login.registration' })
  const chosen = usable.length === 1 ? usable : usable.filter((one) => one.deployments.length === 1)
  const [registration] = chosen
  if (!registration || chosen.length > 1) throw fail('lti.registration_ambiguous', { internal: 'login.client_id' })
  return registration
}

export type NewLogin = {
  registrationId: string
  state: string
  nonce: string
  secret: string
  storageSecret: string | null
  targetLinkUri: string
  loginHint: string
  messageHint: string | null
  deploymentHint: string | null
  storageTarget: string | null
  expiresAt: Date
}

/** Remembers a login under way; takes a few dead ones away, so that the table is bounded by what is alive. */
export async function saveLogin(transaction: Transaction, login: NewLogin, now: Date): Promise<void> {
  const { state, nonce, secret, storageSecret, ...data } = login
  // Kept for a while after their end, so that a late answer can be told why it is refused.
  await transaction.$executeRaw`
    delete from lti_login where id in
      (select id from lti_login where expires_at < ${new Date(now.getTime() - 3_600_000)} order by expires_at limit 10 for update skip locked)`
  await transaction.ltiLogin.create({
    data: {
      ...data,
      stateHash: hashToken(state),
      nonceHash: hashToken(nonce),
      browserHash: hashToken(secret),
      storageSecretHash: storageSecret === null ? null : hashToken(storageSecret),
    },
  })
}

/** Uses a login up. Of many who try at once, one succeeds. */
export async function consumeLogin(transaction: Transaction, loginId: string, now: Date): Promise<boolean> {
  const { count } = await transaction.ltiLogin.updateMany({
    where: { id: loginId, consumedAt: null, expiresAt: { gt: now } },
    data: { consumedAt: now },
  })
  return count === 1
}

/** Uses a nonce up, for this registration. False: it has been used before. */
export async function consumeNonce(
  transaction: Transaction,
  nonce: { registrationId: string; nonceHash: Uint8Array<ArrayBuffer>; expiresAt: Date },
  now: Date,
): Promise<boolean> {
  await transaction.$executeRaw`
    delete from nonce where (registration_id, nonce_hash) in
      (select registration_id, nonce_hash from nonce where expires_at < ${now} order by expires_at limit 10 for update skip locked)`
  const { count } = await transaction.nonce.createMany({ data: [nonce], skipDuplicates: true })
  return count === 1
}
