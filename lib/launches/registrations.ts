import type { Actor } from '../access/actor.ts'
import { authorise } from '../access/policy.ts'
import { config } from '../config.ts'
import { inTransaction, prisma, type Transaction } from '../db.ts'
import { fail } from '../errors.ts'
import { appendAudit } from '../ledger.ts'
import { checkAddress, isLtiError } from '../lti-provider/index.ts'
import { rotateKey } from './own-keys.ts'

const commandLine = { kind: 'command_line' } as const

export type NewPlatform = {
  name: string
  issuer: string
  clientId: string
  authorizationUrl: string
  jwksUrl: string
  tokenUrl?: string | undefined
  deploymentId?: string | undefined
  /** Whether a launch may bring a deployment that is not known yet; it then belongs to this platform. */
  deploymentsOnLaunch?: boolean | undefined
  /** The one http origin on loopback that its addresses may lie on; in the demo only. */
  loopbackOrigin?: string | null | undefined
}

/**
 * Registers a platform. The same name with an issuer it already has adds a registration to that platform (Open edX makes one per
 * block); anything else is a platform of its own, so that two systems can never share people.
 * @throws input.invalid, access.denied
 */
export async function addPlatform(actor: Actor, given: NewPlatform): Promise<{ platformId: string; registrationId: string }> {
  authorise(actor, 'platform.manage')
  const checked = checkedPlatform(given)
  return inTransaction(async (transaction) => {
    const { name, issuer, clientId, deploymentId, ...rest } = checked
    if (await transaction.registration.findUnique({ where: { issuer_clientId: { issuer, clientId } } }))
      throw fail('input.invalid', { detail: 'This issuer and client id are registered already.' })
    const standing = await transaction.platform.findFirst({ where: { kind: 'lti', name, registrations: { some: { issuer } } } })
    const platformId = standing?.id ?? (await transaction.platform.create({ data: { name } })).id
    const { id: registrationId } = await transaction.registration.create({ data: { ...rest, platformId, issuer, clientId } })
    if (deploymentId) await transaction.deployment.create({ data: { registrationId, platformId, deploymentId } })
    await appendAudit(transaction, actor, { action: 'platform.add', subjectKind: 'registration', subjectId: registrationId })
    return { platformId, registrationId }
  })
}

function checkedPlatform(given: NewPlatform) {
  const loopbackOrigin = given.loopbackOrigin ?? null
  const wrong = (detail: string) => fail('input.invalid', { detail })
  if (loopbackOrigin !== null && !(config().demo && /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/.test(loopbackOrigin)))
    throw wrong('A loopback origin is for the demo only, and looks like http://localhost:3001.')
  for (const [what, text] of [
    ['name', given.name],
    ['issuer', given.issuer],
    ['client id', given.clientId],
  ] as const) {
    if (text.trim() === '' || text.length > 2_048) throw wrong(`The ${what} is missing or too long.`)
  }
  const address = (what: string, text: string) => {
    try {
      checkAddress(text, loopbackOrigin)
      return text
    } catch (error) {
      throw wrong(`The ${what} ${isLtiError(error) ? error.message : 'is not an address'}.`)
    }
  }
  return {
    name: given.name.trim(),
    issuer: given.issuer,
    clientId: given.clientId,
    authorizationUrl: address('authorization URL', given.authorizationUrl),
    jwksUrl: address('key set URL', given.jwksUrl),
    tokenUrl: given.tokenUrl === undefined ? null : address('token URL', given.tokenUrl),
    deploymentId: given.deploymentId,
    deploymentsOnLaunch: given.deploymentsOnLaunch ?? false,
    loopbackOrigin,
  }
}

export type PlatformView = {
  id: string
  name: string
  registrations: { issuer: string; clientId: string; deployments: string[]; disabled: boolean }[]
}

/** All platforms that may launch labs, for operators. */
export async function listPlatforms(actor: Actor = commandLine): Promise<PlatformView[]> {
  authorise(actor, 'platform.manage')
  const found = await prisma().platform.findMany({
    where: { kind: 'lti' },
    include: { registrations: { include: { deployments: true }, orderBy: { createdAt: 'asc' } } },
    orderBy: { createdAt: 'asc' },
  })
  return found.map(({ id, name, disabledAt, registrations }) => ({
    id,
    name,
    registrations: registrations.map((one) => ({
      issuer: one.issuer,
      clientId: one.clientId,
      deployments: one.deployments.map(({ deploymentId }) => deploymentId),
      disabled: disabledAt !== null || one.disabledAt !== null,
    })),
  }))
}

export type DemoRegistration = {
  issuer: string
  clientId: string
  deploymentIds: readonly string[]
  authorizationUrl: string
  jwksUrl: string
  loopbackOrigin: string
}

/**
 * Registers the demo course, or brings what is registered up to date: on another port it has other addresses and is still the same
 * course, known by its client id.
 */
export async function ensureDemoPlatform(given: DemoRegistration): Promise<void> {
  const { issuer, clientId, authorizationUrl, jwksUrl, loopbackOrigin } = given
  const addresses = { issuer, authorizationUrl, jwksUrl, loopbackOrigin }
  checkedPlatform({ name: 'Demo course', clientId, ...addresses })
  await inTransaction(async (transaction) => {
    await transaction.$executeRaw`select pg_advisory_xact_lock(hashtextextended('demo platform', 0))`
    const standing = await transaction.registration.findFirst({ where: { clientId, loopbackOrigin: { not: null } } })
    const registration = standing
      ? await transaction.registration.update({ where: { id: standing.id }, data: addresses })
      : await demoRegistration(transaction, { clientId, ...addresses })
    const { id: registrationId, platformId } = registration
    const data = given.deploymentIds.map((deploymentId) => ({ registrationId, platformId, deploymentId }))
    await transaction.deployment.createMany({ data, skipDuplicates: true })
  })
}

type Addresses = { clientId: string; issuer: string; authorizationUrl: string; jwksUrl: string; loopbackOrigin: string }

async function demoRegistration(transaction: Transaction, data: Addresses) {
  const { id: platformId } = await transaction.platform.create({ data: { name: 'Demo course' } })
  return transaction.registration.create({ data: { ...data, platformId } })
}

/** Publishes a new tool key that signs from tomorrow. @returns its `kid` @throws access.denied */
export async function rotateToolKey(actor: Actor = commandLine, now = new Date()): Promise<string> {
  authorise(actor, 'platform.manage')
  return inTransaction(async (transaction) => {
    const kid = await rotateKey(transaction, now)
    await appendAudit(transaction, actor, { action: 'tool_key.rotate', subjectKind: 'tool_key', subjectId: kid })
    return kid
  })
}
