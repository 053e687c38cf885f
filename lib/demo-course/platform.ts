/**
 * The demo course: a small LTI 1.3 platform with pages, on its own origin (`http://localhost:PORT`, while the tool is at
 * `http://127.0.0.1:...`, so that its frame is cross-site as in real life). Loopback only, for demonstration and tests.
 */
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { answerAuthorization, keySetAnswer, type Platform } from './answer-authentication.ts'
import { courseOf, findPerson, type ResourceLink } from './course-content.ts'
import { formPost } from './form-post.ts'
import type { DocumentTarget } from './id-token.ts'
import { type KeySet, keySetOf, makeSigningKey, openMemory, rotated, saveMemory } from './keyring.ts'
import { listenOnLoopback } from './loopback-server.ts'
import { createMessageHints } from './message-hints.ts'
import { coursePage, frontPage, labPage, noticePage, readingPage, type Visit } from './pages.ts'
import type { Registration } from './registration.ts'
import { type Answer, readForm, seeOther } from './request-door.ts'

export type DemoCourseOptions = {
  /** 0 takes any free port. The port is part of the issuer: another port makes another platform to the tool. */
  readonly port: number
  /** Scheme, host and port of the tool, without a path. */
  readonly toolOrigin: string
  /** Where keys and client id are kept (0700, file 0600). */
  readonly folder: string
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly log: (line: string) => void
  /** How a launch begins: GET as Open edX (default), POST as Moodle. */
  readonly loginMethod?: 'GET' | 'POST'
  /** Offers LTI platform storage to the frame (`lti_storage_target=_parent`). Off by default, as in Open edX and Moodle. */
  readonly platformStorage?: boolean
  /** Lets a begun launch be answered more than once, as Open edX does; by default once, as Moodle. */
  readonly reusableHints?: boolean
}

export type DemoCourse = {
  readonly origin: string
  readonly issuer: string
  readonly clientId: string
  readonly deploymentId: string
  readonly jwksUrl: string
  readonly authorizationUrl: string
  /** All that the tool needs to know of this platform. */
  readonly registration: Registration
  /** A new key signs from now on; the one before stays published. Gives the new key set. */
  readonly rotateKeys: () => Promise<KeySet>
  /** Stops serving. Twice is fine. */
  readonly close: () => Promise<void>
}

const deploymentId = '1'

/** How long the course waits for the tool to accept a connection before it says that nothing answers, milliseconds. */
const probePatienceMs = 2000

/**
 * Starts the course. Rejects with code `demo_course.tool_origin` for an origin that is none, `demo_course.memory_damaged` for
 * a damaged key file, and with Node's own error when the port is taken (`EADDRINUSE`).
 */
export async function startDemoCourse(options: DemoCourseOptions): Promise<DemoCourse> {
  const toolOrigin = checkedOrigin(options.toolOrigin)
  const now = () => new Date(options.now())
  const memory = await openMemory(options.folder, now())
  const launchUrl = `${toolOrigin}/lti/launch`
  const clients = [{ clientId: memory.clientId, redirectUris: [launchUrl], deploymentIds: [deploymentId] }]
  const hints = createMessageHints({ now, reusable: options.reusableHints ?? false })

  let answer: (request: IncomingMessage, url: URL) => Promise<Answer> | Answer = () => ({ status: 503 })
  const server = await listenOnLoopback((request, url) => answer(request, url), {
    port: options.port,
    onError: (error) => options.log(`The demo course could not answer: ${String(error)}`),
  })
  const { origin } = server
  const platform: Platform = { issuer: origin, clients, hints, now, keyring: memory.keyring, returnUrl: `${origin}/` }
  answer = answering({ platform, toolOrigin, launchUrl, clientId: memory.clientId, options })
  options.log(`The demo course is at ${origin}`)

  const registration: Registration = {
    issuer: origin,
    clientId: memory.clientId,
    deploymentIds: [deploymentId],
    authorizationUrl: `${origin}/lti/authorize`,
    jwksUrl: `${origin}/lti/keys`,
    algorithms: ['RS256'],
    loopbackOrigin: origin,
  }
  const { issuer, clientId, jwksUrl, authorizationUrl } = registration
  const rotateKeys = async () => {
    const keyring = rotated(platform.keyring, await makeSigningKey(now()))
    await saveMemory(options.folder, { clientId, keyring })
    platform.keyring = keyring
    return keySetOf(keyring)
  }
  return { origin, issuer, clientId, deploymentId, jwksUrl, authorizationUrl, registration, rotateKeys, close: server.close }
}

function checkedOrigin(toolOrigin: string): string {
  if (URL.canParse(toolOrigin) && new URL(toolOrigin).origin === toolOrigin) return toolOrigin
  throw Object.assign(new Error(`${toolOrigin} is not an origin: scheme, host and port, nothing after.`), {
    code: 'demo_course.tool_origin',
  })
}

type Course = {
  readonly platform: Platform
  readonly toolOrigin: string
  readonly launchUrl: string
  readonly clientId: string
  readonly options: DemoCourseOptions
}

/** Every address of the course, and who answers there. */
function answering(course: Course): (request: IncomingMessage, url: URL) => Promise<Answer> | Answer {
  return (request, url) => {
    if (url.pathname === '/lti/authorize') return authorize(course, request, url)
    if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, headers: { allow: 'GET, HEAD' } }
    if (url.pathname === '/lti/keys') return keySetAnswer(course.platform)
    if (url.pathname === '/') return frontPage()
    const [, as, personKey = '', kind, key = '', last, ...rest] = url.pathname.split('/')
    const person = as === 'as' && rest.length === 0 ? findPerson(personKey) : undefined
    const theirs = person && courseOf(person)
    if (person === undefined || theirs === undefined) return nowhere
    return theirPage(course, { visit: { person, course: theirs }, kind, key, last, url }) ?? nowhere
  }
}

type Address = { readonly visit: Visit; readonly kind?: string; readonly key: string; readonly last?: string; readonly url: URL }

function theirPage(course: Course, { visit, kind, key, last, url }: Address): Promise<Answer> | Answer | null {
  if (kind === undefined) return coursePage(visit)
  if (kind === 'read' && last === undefined) return readingPage(visit, key)
  const link = kind === 'lab' ? visit.course.links.find((one) => one.key === key) : undefined
  if (link === undefined) return null
  if (last === 'start') return startLaunch(course, { visit, link, documentTarget: url.searchParams.has('window') ? 'window' : 'iframe' })
  const platformStorage = course.options.platformStorage ?? false
  return last === undefined ? labPage(visit, link, { toolOrigin: course.toolOrigin, platformStorage }) : null
}

const nowhere = noticePage({
  status: 404,
  title: 'There is no such page',
  sentences: ['The address names nobody and nothing in this course.'],
  link: { href: '/', label: 'To the course' },
})

type Place = { readonly visit: Visit; readonly link: ResourceLink; readonly documentTarget: DocumentTarget }

/** The login initiation (LTI security 5.1.1.1), after a glance at whether anybody is there to receive it. */
async function startLaunch(course: Course, { visit, link, documentTarget }: Place): Promise<Answer> {
  const { platform, toolOrigin, launchUrl, clientId, options } = course
  if (!(await accepts(toolOrigin))) return toolIsSilent(toolOrigin, visit, { link, documentTarget })
  const role = visit.course.members[visit.person.key] ?? 'learner'
  const hint = platform.hints.issue({ ...visit, link, role, clientId, deploymentId, targetLinkUri: launchUrl, documentTarget })
  const fields = new URLSearchParams({
    iss: platform.issuer,
    login_hint: visit.person.key,
    target_link_uri: launchUrl,
    lti_message_hint: hint,
    client_id: clientId,
    lti_deployment_id: deploymentId,
    ...(options.platformStorage && documentTarget === 'iframe' ? { lti_storage_target: '_parent' } : {}),
  })
  const login = `${toolOrigin}/lti/login`
  if (options.loginMethod === 'POST') return formPost({ action: login, fields, sendsTo: toolOrigin })
  return seeOther(`${login}?${fields}`)
}

function toolIsSilent(toolOrigin: string, { person }: Visit, { link, documentTarget }: Omit<Place, 'visit'>): Answer {
  return noticePage({
    status: 502,
    title: 'The lab does not answer',
    sentences: [
      `The course tried to open it at ${toolOrigin}, and nothing there accepts a connection. Nothing of yours is lost.`,
      'If the lab was only just started, try again in a moment. Otherwise tell whoever runs it.',
    ],
    link: { href: `/as/${person.key}/lab/${link.key}/start${documentTarget === 'window' ? '?window=1' : ''}`, label: 'Try again' },
  })
}

/** Whether something accepts a connection at this origin. */
function accepts(origin: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(origin)
  const host = hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port || (protocol === 'https:' ? 443 : 80)), timeout: probePatienceMs })
    const done = (answers: boolean) => {
      socket.destroy()
      resolve(answers)
    }
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
    socket.once('timeout', () => done(false))
  })
}

async function authorize(course: Course, request: IncomingMessage, url: URL): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'POST') return { status: 405, headers: { allow: 'GET, POST' } }
  const form = request.method === 'POST' ? await readForm(request) : new URLSearchParams()
  if ('refused' in form) return { status: form.refused }
  const { decision, answer } = answerAuthorization(course.platform, new URLSearchParams([...url.searchParams, ...form]))
  if (decision.kind === 'refuse') course.options.log(`The demo course refused the tool: ${decision.error}. ${decision.description}`)
  if (decision.kind === 'stop') course.options.log(`The demo course stopped at an authentication request: ${decision.code}`)
  if (answer !== undefined) return answer
  const why = decision.kind === 'stop' ? [decision.sentence] : []
  const sentences = [...why, 'The lab tool asked for a sign-in in a way this course refuses. Nothing was sent to it.']
  return noticePage({ status: 400, title: 'The course does not open this', sentences })
}
