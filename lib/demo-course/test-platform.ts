/**
 * An LTI platform for tests: several can live in one process, each with its own issuer, clients, deployments and keys, a key
 * set that can misbehave, tokens as good or as bad as a test wants, and launches driven over plain HTTP. It shares no code with the tool.
 *
 *     const platform = await createTestPlatform({ toolOrigin })
 *     register(platform.registration())                        // in the tool, by the test
 *     const good = await platform.launchAs({ person: 'ada' })  // good.final.status, good.cookies
 *     const bad = await platform.launchAs({ person: 'ada', deviation: { header: { kid: undefined } } })
 *     await platform.close()
 */
import { randomUUID } from 'node:crypto'
import { answerAuthorization, currentKey, keySetAnswer, type Platform } from './answer-authentication.ts'
import type { Client } from './authorization.ts'
import { courses, findPerson } from './course-content.ts'
import { type Deviation, forgeToken } from './forge.ts'
import type { LaunchFacts } from './id-token.ts'
import { keySetOf, makeSigningKey, rotated, type SigningKey } from './keyring.ts'
import { driveLaunch, type LaunchDrive, type LaunchRun, type LoginStart, startLogin, type WhoAndWhere } from './launch-drive.ts'
import { listenOnLoopback } from './loopback-server.ts'
import { createMessageHints } from './message-hints.ts'
import type { Registration } from './registration.ts'
import { type Answer, readForm } from './request-door.ts'

export type Forgery = WhoAndWhere & Deviation & { readonly nonce?: string }

export type TestPlatformOptions = {
  readonly toolOrigin: string
  /** By default the platform's own origin. Two platforms may claim the same issuer (Open edX, Canvas cloud). */
  readonly issuer?: string
  /** By default one client with a new id and deployment "1". */
  readonly clients?: readonly { readonly clientId?: string; readonly deploymentIds?: readonly string[] }[]
  /** Milliseconds since 1970; by default the machine's clock. */
  readonly now?: () => number
}

export type TestPlatform = {
  readonly origin: string
  readonly issuer: string
  readonly clients: readonly Client[]
  /** What a tool must know of one client; of the first when none is named. */
  registration(clientId?: string): Registration
  /** An id_token by hand. Without `nonce` it carries a fresh one that no login asked for. */
  forge(forgery?: Forgery): string
  /** Begins a login at the tool and returns what it asked the platform for. Nothing is answered yet. */
  startLogin(drive?: LaunchDrive): Promise<LoginStart>
  /** A whole login and launch. With a `deviation` the token is forged; `fields` changes the form that carries it. */
  launchAs(drive?: LaunchDrive): Promise<LaunchRun>
  /** The key that signs now. */
  key(): SigningKey
  /** A new key signs; the former stays published unless `forgetOld`. */
  rotateKeys(options?: { forgetOld?: boolean }): Promise<SigningKey>
  /** How the key set answers from now on; null for the true one. May wait, throw or give anything (J22, J23, J25). */
  serveKeySet(how: (() => Answer | Promise<Answer>) | null): void
  /** How often the key set was asked for since the start. */
  keySetReads(): number
  close(): Promise<void>
}

/** Starts a platform on a port of its own. Close it in `afterAll`. */
export async function createTestPlatform(options: TestPlatformOptions): Promise<TestPlatform> {
  const clock = options.now ?? Date.now
  const now = () => new Date(clock())
  const clients = (options.clients ?? [{}]).map(
    ({ clientId = randomUUID(), deploymentIds = ['1'] }): Client => ({
      clientId,
      deploymentIds,
      redirectUris: [`${options.toolOrigin}/lti/launch`],
    }),
  )
  const keySet: { reads: number; how: (() => Answer | Promise<Answer>) | null } = { reads: 0, how: null }
  const keyring = [await makeSigningKey(now())]
  const hints = createMessageHints({ now, reusable: true })

  const server = await listenOnLoopback(
    async (request, url) => {
      if (url.pathname === '/lti/keys') {
        keySet.reads += 1
        return keySet.how === null ? keySetAnswer(platform) : keySet.how()
      }
      if (url.pathname !== '/lti/authorize') return { status: 404 }
      const parameters = request.method === 'POST' ? await readForm(request) : url.searchParams
      if ('refused' in parameters) return { status: parameters.refused }
      const { answer, decision } = answerAuthorization(platform, parameters)
      return answer ?? { status: 400, body: decision.kind === 'stop' ? decision.code : '' }
    },
    { port: 0, onError: (error) => process.emitWarning(`test platform: ${String(error)}`) },
  )
  const platform: Platform = { issuer: options.issuer ?? server.origin, clients, hints, now, keyring, returnUrl: `${server.origin}/` }
  const context = { platform, toolOrigin: options.toolOrigin, origin: server.origin }
  const forge = (forgery: Forgery = {}) => {
    const facts = { ...factsOf(context, forgery), nonce: forgery.nonce ?? randomUUID() }
    return forgeToken(facts, { key: currentKey(platform), now: now(), deviation: forgery })
  }
  const begin = (drive: LaunchDrive = {}) => startLogin({ ...context, drive, facts: factsOf(context, drive) })

  return {
    origin: server.origin,
    issuer: platform.issuer,
    clients,
    registration: (clientId) => registrationOf(context, clientId),
    forge,
    startLogin: begin,
    launchAs: async (drive = {}) => driveLaunch(await begin(drive), { drive, forge, platform }),
    key: () => currentKey(platform),
    rotateKeys: async ({ forgetOld = false } = {}) => {
      const next = await makeSigningKey(now())
      platform.keyring = forgetOld ? [next] : rotated(platform.keyring, next)
      return next
    },
    serveKeySet: (how) => {
      keySet.how = how
    },
    keySetReads: () => keySet.reads,
    close: server.close,
  }
}

type Context = { readonly platform: Platform; readonly toolOrigin: string; readonly origin: string }

function registrationOf({ platform, origin }: Context, clientId?: string): Registration {
  const client = clientOf(platform, clientId)
  return {
    issuer: platform.issuer,
    clientId: client.clientId,
    deploymentIds: client.deploymentIds,
    authorizationUrl: `${origin}/lti/authorize`,
    jwksUrl: `${origin}/lti/keys`,
    algorithms: ['RS256'],
    loopbackOrigin: origin,
  }
}

function clientOf(platform: Platform, clientId?: string): Client {
  const client = clientId === undefined ? platform.clients[0] : platform.clients.find((one) => one.clientId === clientId)
  if (client === undefined) throw new TypeError(`The test platform has no client ${clientId ?? ''}`)
  return client
}

/** The launch a test describes, complete; the nonce is filled in later. */
function factsOf({ platform, toolOrigin, origin }: Context, who: WhoAndWhere): LaunchFacts {
  const client = clientOf(platform, who.clientId)
  const person = typeof who.person === 'object' ? who.person : findPerson(who.person ?? 'ada')
  if (person === undefined) throw new TypeError(`Nobody here is called ${JSON.stringify(who.person)}`)
  const course = typeof who.course === 'object' ? who.course : courses.find(({ key }) => key === (who.course ?? 'ds-101'))
  const link = typeof who.link === 'object' ? who.link : course?.links.find(({ key }) => who.link === undefined || key === who.link)
  if (course === undefined || link === undefined) throw new TypeError(`No such place: ${JSON.stringify([who.course, who.link])}`)
  return {
    issuer: platform.issuer,
    clientId: client.clientId,
    deploymentId: who.deploymentId ?? client.deploymentIds[0] ?? '1',
    person,
    role: who.role ?? course.members[person.key] ?? 'learner',
    course,
    link,
    targetLinkUri: who.targetLinkUri ?? `${toolOrigin}/lti/launch`,
    documentTarget: who.documentTarget ?? 'iframe',
    returnUrl: `${origin}/`,
    nonce: '',
  }
}

/** The key set of these keys, as a document: for tests that serve somebody else's. */
export function keySetDocument(...keys: SigningKey[]): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(keySetOf(keys)) }
}
