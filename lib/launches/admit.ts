import { browserCookie, browserSecret, browserSecrets, loginCookie, loginSecret, newBrowserSecret } from '../access/browser-cookie.ts'
import { loginExpiry, loginHours, openLoginSession } from '../access/login-session.ts'
import { issueWindowCode } from '../access/tickets.ts'
import { config } from '../config.ts'
import { passing } from '../crash-points.ts'
import { inTransaction, type Transaction } from '../db.ts'
import { fail, isFailure } from '../errors.ts'
import { createKeySets, isLtiError, type KeySets, type LaunchClaims, nonceLifetimeSeconds, verifyLaunch } from '../lti-provider/index.ts'
import { hashToken, sameBytes } from '../secrets.ts'
import { loginKey } from './begin-login.ts'
import { enrol } from './enrol.ts'
import { createLine } from './line.ts'
import { consumeLogin, consumeNonce, findLogin, type LoginRow } from './store.ts'

/** What is told, in the launch's own transaction, to whoever provides the machines. */
export type AdmittedLaunch = { launchId: string; userId: string; courseId: string | null; resourceLinkId: string; correlationId: string }

export type OnAdmitted = (transaction: Transaction, launch: AdmittedLaunch) => Promise<unknown>

export type Answered = {
  idToken: string
  state: string
  /** What the platform's storage gave back, posted by our own page. */
  storageSecret: string | null
  cookieHeader: string | null
  /** Whether our own page sent this: nobody else may speak for the platform's storage. */
  fromOwnPage: boolean
  correlationId: string
}

export type Admission =
  | { kind: 'admitted'; launchId: string; setCookies: string[] }
  /** Known by the platform's storage only: no cookie reaches this frame, so the launch goes on in a window of its own. */
  | { kind: 'admitted_without_cookie'; launchId: string; windowCode: string; login: LoginRow }
  /** No cookie came back; the platform may have kept our secret. */
  | { kind: 'ask_storage'; login: LoginRow }
  /** This browser did not begin this login, or cannot show it. */
  | { kind: 'other_browser'; login: LoginRow }

/** Long enough to read one sentence and press one button. */
const windowOfferSeconds = 600

/** A class that arrives at once is let in one after the other: its pages, and everybody else's, still find a way to the database. */
const inLine = createLine(3)

const keySets = createKeySets({ now: () => new Date() })

export type AdmitOptions = { onAdmitted: OnAdmitted; keySets?: KeySets; now?: Date }

/**
 * Turns an authentication response into a launch, once: state and browser first, then the token (Security Framework 5.1.3), then
 * everything that is kept, in one transaction with the state and the nonce that it uses up.
 * @throws Failure `lti.*`, `lab.not_found`; LtiError for what is wrong with the token
 */
export async function admit(
  answered: Answered,
  { onAdmitted, keySets: sets = keySets, now = new Date() }: AdmitOptions,
): Promise<Admission> {
  const login = await standingLogin(answered.state, now)
  const proof = provenBy(login, answered)
  if (proof === null) {
    const mayAsk = login.storageTarget !== null && answered.storageSecret === null
    return { kind: mayAsk ? 'ask_storage' : 'other_browser', login }
  }
  try {
    const claims = await verify(answered.idToken, login, { sets, now })
    const stored = await persist({
      answered,
      login,
      claims,
      // Where no cookie reaches the frame, the secret is for nobody: the window gets one of its own.
      secret: provingSecret(login, answered) ?? newBrowserSecret(),
      offerWindow: proof === 'storage',
      onAdmitted,
      now,
    })
    const { launchId, windowCode } = stored
    if (windowCode !== null) return { kind: 'admitted_without_cookie', launchId, windowCode, login }
    return { kind: 'admitted', launchId, setCookies: cookiesAfter(answered, stored.secret) }
  } catch (error) {
    if (isFinal(error)) await inTransaction((transaction) => consumeLogin(transaction, login.id, now))
    throw error
  }
}

async function standingLogin(state: string, now: Date): Promise<LoginRow> {
  const login = await findLogin(state)
  if (!login) throw fail('lti.state_unknown', { internal: 'state.unknown' })
  if (login.consumedAt) throw fail('lti.state_used', { internal: 'state.used' })
  if (login.expiresAt <= now) throw fail('lti.state_expired', { internal: 'state.expired' })
  if (login.registration.disabledAt) throw fail('lti.platform_disabled', { internal: 'registration.disabled' })
  return login
}

/** lti.md a5: the state belongs to the browser in which the login began - by our cookie, or by what the platform kept for our page. */
function provenBy(login: LoginRow, answered: Answered): 'cookie' | 'storage' | null {
  if (provingSecret(login, answered) !== null) return 'cookie'
  const { storageSecret, fromOwnPage } = answered
  if (storageSecret === null || !fromOwnPage || login.storageSecretHash === null) return null
  return sameBytes(hashToken(storageSecret), login.storageSecretHash) ? 'storage' : null
}

function provingSecret({ browserHash }: LoginRow, { cookieHeader }: Answered): string | null {
  return browserSecrets(cookieHeader).find((secret) => sameBytes(hashToken(secret), browserHash)) ?? null
}

/** What keeps the launch's secret in its browser: as the browser's own, and, where another login of it was quicker, as this login's. */
function cookiesAfter({ cookieHeader, state }: Answered, secret: string): string[] {
  const key = loginKey(state)
  const kept = browserCookie(browserSecret(cookieHeader) ?? secret)
  return loginSecret(cookieHeader, key) === null ? [kept] : [kept, loginCookie(key, secret, loginHours * 3_600)]
}

function verify(idToken: string, login: LoginRow, { sets, now }: { sets: KeySets; now: Date }): Promise<LaunchClaims> {
  const { registration, targetLinkUri, deploymentHint } = login
  return verifyLaunch(idToken, {
    registration,
    now,
    targetLinkUri,
    deploymentHint,
    toolOrigin: config().origin,
    findKeys: (kid) => sets.find(registration, kid),
    isNonce: (nonce) => sameBytes(hashToken(nonce), login.nonceHash),
  })
}

/** Whether trying the same answer again can never succeed: its state is then worth nothing any more. */
function isFinal(error: unknown): boolean {
  if (isLtiError(error)) return !error.code.startsWith('key_set.')
  return isFailure(error)
}

type Work = {
  answered: Answered
  login: LoginRow
  claims: LaunchClaims
  secret: string
  offerWindow: boolean
  onAdmitted: OnAdmitted
  now: Date
}

type Persisted = { launchId: string; secret: string; windowCode: string | null }

async function persist(work: Work): Promise<Persisted> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await inLine(() => passing('commit launch', () => inTransaction((transaction) => write(transaction, work))))
    } catch (error) {
      // Two transactions met, or all connections were busy for too long: nothing of it was kept.
      const met = error instanceof Error && 'code' in error && (error.code === 'P2034' || error.code === 'P2028')
      if (!met || attempt === 4) throw error
    }
  }
}

async function write(
  transaction: Transaction,
  { answered, login, claims, secret, offerWindow, onAdmitted, now }: Work,
): Promise<Persisted> {
  if (!(await consumeLogin(transaction, login.id, now))) throw fail('lti.state_used', { internal: 'state.used' })
  const { nonceHash, registration } = login
  const nonce = { registrationId: registration.id, nonceHash, expiresAt: new Date(now.getTime() + nonceLifetimeSeconds * 1_000) }
  if (!(await consumeNonce(transaction, nonce, now))) throw fail('lti.token_invalid', { internal: 'claim.nonce' })
  const deployment = await findDeployment(transaction, login, claims.deploymentId)
  const { labId, ...place } = await enrol(transaction, deployment.platformId, claims)
  const { userId } = place
  const loginSessionId = await openLoginSession(transaction, { userId, secret }, now)
  const { id: launchId } = await transaction.launch.create({
    data: {
      loginSessionId,
      registrationId: registration.id,
      deploymentId: deployment.id,
      userId,
      resourceLinkId: place.resourceLinkId,
      role: claims.role,
      documentTarget: claims.documentTarget,
      returnUrl: claims.returnUrl,
      locale: claims.locale,
      expiresAt: loginExpiry(now),
    },
    select: { id: true },
  })
  // Where no lab has been chosen yet there is nothing to make: the page says so.
  if (labId) await onAdmitted(transaction, { launchId, ...place, correlationId: answered.correlationId })
  const windowCode = offerWindow
    ? await issueWindowCode(transaction, { launchId, loginSessionId, userId }, { now, seconds: windowOfferSeconds })
    : null
  return { launchId, secret, windowCode }
}

/** The deployment decides whose launch this is (decisions.md 20); only the signed claim may make one, and only where that is allowed. */
async function findDeployment(
  transaction: Transaction,
  { registration }: LoginRow,
  deploymentId: string,
): Promise<{ id: string; platformId: string }> {
  const where = { registrationId_deploymentId: { registrationId: registration.id, deploymentId } }
  let deployment = await transaction.deployment.findUnique({ where, include: { platform: true } })
  if (!deployment && registration.deploymentsOnLaunch) {
    const data = [{ registrationId: registration.id, platformId: registration.platformId, deploymentId }]
    await transaction.deployment.createMany({ data, skipDuplicates: true })
    deployment = await transaction.deployment.findUnique({ where, include: { platform: true } })
  }
  if (!deployment)
    throw fail('lti.deployment_unknown', { detail: `It calls itself deployment ${deploymentId}.`, internal: 'claim.deployment' })
  if (deployment.platform.disabledAt) throw fail('lti.platform_disabled', { internal: 'platform.disabled' })
  return deployment
}
