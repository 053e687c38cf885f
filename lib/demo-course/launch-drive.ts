/**
 * A launch in three strides, each of which a test can bend: the login initiation (LTI security 5.1.1.1), the tool's
 * authentication request, and the form that carries the answer back. Over plain HTTP, as a browser would.
 */

import type { Platform } from './answer-authentication.ts'
import type { AuthorizationDecision } from './authorization.ts'
import { decideAuthorization } from './authorization.ts'
import type { Course, CourseRole, Person, ResourceLink } from './course-content.ts'
import type { Deviation } from './forge.ts'
import type { DocumentTarget, LaunchFacts } from './id-token.ts'
import type { BrowserPlace, Cookie, Exchange, PlainBrowser } from './plain-browser.ts'
import { createBrowser } from './plain-browser.ts'

/** Who launches, from where. Keys of `course-content.ts`, or whole records for people and places that are not in it. */
export type WhoAndWhere = {
  readonly person?: string | Person
  readonly course?: string | Course
  /** A link of that course; by default its first. */
  readonly link?: string | ResourceLink
  /** By default what the course says, else learner. */
  readonly role?: CourseRole
  readonly clientId?: string
  readonly deploymentId?: string
  readonly targetLinkUri?: string
  readonly documentTarget?: DocumentTarget
}

/** Fields of a form or a query. A list repeats the name; `undefined` takes the field away. */
export type FieldChanges = Readonly<Record<string, string | readonly string[] | undefined>>

export type LaunchDrive = WhoAndWhere & {
  /** By default a new browser with nothing in it. Give the same one twice for two launches of one browser. */
  readonly browser?: PlainBrowser
  readonly place?: BrowserPlace
  /** How the login initiation is sent: as Open edX (GET, default) or as Moodle (POST). */
  readonly method?: 'GET' | 'POST'
  /** Changes to the login initiation (L1-L17): `{ iss: 'https://stranger.example' }`. */
  readonly login?: FieldChanges
  /** What is wrong with the token. */
  readonly deviation?: Deviation
  /** A token to send instead: of another registration (A9), of another login (C14). */
  readonly idToken?: string
  /** Changes to the form that is posted to the tool: `{ state: undefined }`, `{ error: 'login_required', id_token: undefined }`. */
  readonly fields?: FieldChanges
  /** Sends the answer from another browser than the one that began (A7). */
  readonly answerFrom?: PlainBrowser
}

/** What the tool asked the platform for. */
export type AuthenticationRequest = {
  readonly url: URL
  readonly parameters: URLSearchParams
  readonly state: string
  readonly nonce: string
}

export type LoginStart = {
  readonly browser: PlainBrowser
  readonly facts: LaunchFacts
  /** The tool's answer to the login initiation. */
  readonly login: Exchange
  /** Null when the tool did not send the browser on: `login` is its refusal. */
  readonly request: AuthenticationRequest | null
  /** How the platform judges the tool's request; `grant` from a correct tool. */
  readonly decision: AuthorizationDecision | null
}

export type LaunchRun = LoginStart & {
  /** The form that was posted to the tool. */
  readonly fields: readonly (readonly [string, string])[]
  /** The tool's first answer to that form; the login's answer where it went no further. */
  readonly launch: Exchange
  /** The page the person sees in the end. */
  readonly final: Exchange
  /** Cookies the tool now has in the browser that received the answer. */
  readonly cookies: readonly Cookie[]
}

type StartContext = {
  readonly platform: Platform
  readonly origin: string
  readonly toolOrigin: string
  readonly drive: LaunchDrive
  readonly facts: LaunchFacts
}

/** First stride: sends the login initiation and reads where the tool sends the browser. Throws only when nothing answers. */
export async function startLogin({ platform, origin, toolOrigin, drive, facts }: StartContext): Promise<LoginStart> {
  const browser = drive.browser ?? createBrowser({ place: drive.place ?? 'frame', site: origin })
  const hint = platform.hints.issue(facts)
  const initiation = {
    iss: facts.issuer,
    login_hint: facts.person.key,
    target_link_uri: facts.targetLinkUri,
    lti_message_hint: hint,
    client_id: facts.clientId,
    lti_deployment_id: facts.deploymentId,
  }
  const fields = changedFields(initiation, drive.login)
  const address = `${toolOrigin}/lti/login`
  const leavesTool = (url: URL) => url.origin !== toolOrigin
  const sending = drive.method === 'POST' ? { method: 'POST', form: fields } : {}
  const url = drive.method === 'POST' ? address : `${address}?${query(fields)}`
  const login = await browser.open(url, { ...sending, from: origin }, { until: leavesTool })
  const request = authenticationRequest(login, toolOrigin)
  const decision = request && decideAuthorization(request.parameters, { clients: platform.clients, findLaunch: platform.hints.find })
  return { browser, facts, login, request, decision }
}

type DriveContext = {
  readonly drive: LaunchDrive
  readonly forge: (forgery: WhoAndWhere & Deviation & { nonce: string }) => string
  readonly platform: Platform
}

/**
 * Second and third stride: answers the tool's request and follows it to the end. A login the tool refused ends there. Throws
 * when the tool asked for something a platform would refuse, so that no test passes by a sloppy request.
 */
export async function driveLaunch(start: LoginStart, { drive, forge }: DriveContext): Promise<LaunchRun> {
  const { browser, request, decision, login } = start
  if (request === null) return { ...start, fields: [], launch: login, final: login, cookies: browser.cookies(login.url) }
  if (decision?.kind !== 'grant') throw new Error(`The platform refuses the tool's authentication request: ${JSON.stringify(decision)}`)
  const idToken = drive.idToken ?? forge({ ...drive, ...drive.deviation, nonce: request.nonce })
  const fields = changedFields({ id_token: idToken, state: request.state }, drive.fields)
  return { ...start, ...(await postAnswer(drive.answerFrom ?? browser, decision.redirectUri, fields)), fields }
}

/**
 * Third stride alone: posts an answer to the tool, again if need be (A6, A15), and follows the browser to the page it ends at.
 */
export async function postAnswer(
  browser: PlainBrowser,
  redirectUri: string,
  form: readonly (readonly [string, string])[],
): Promise<Pick<LaunchRun, 'launch' | 'final' | 'cookies'>> {
  const launch = await browser.send(redirectUri, { method: 'POST', form })
  const tool = new URL(redirectUri).origin
  const final = await browser.follow(launch, { until: (url) => url.origin !== tool })
  return { launch, final, cookies: browser.cookies(redirectUri) }
}

/**
 * A launch through the pages of a running demo course, as a click on the lab would do it: nothing is forged or skipped.
 * Gives the page the person sees in the end.
 */
export async function launchFromCourse({
  courseOrigin,
  person,
  lab,
  browser = createBrowser({ place: 'frame', site: courseOrigin }),
}: {
  courseOrigin: string
  person: string
  lab: string
  browser?: PlainBrowser
}): Promise<{ final: Exchange; cookies: readonly Cookie[]; browser: PlainBrowser }> {
  const final = await browser.open(`${courseOrigin}/as/${person}/lab/${lab}/start`, { from: courseOrigin })
  return { final, cookies: browser.cookies(final.url), browser }
}

function authenticationRequest(login: Exchange, toolOrigin: string): AuthenticationRequest | null {
  const { location } = login.headers
  if (location === undefined || login.status < 300 || login.status >= 400) return null
  const url = new URL(location, login.url)
  if (url.origin === toolOrigin) return null
  const { searchParams } = url
  return { url, parameters: searchParams, state: searchParams.get('state') ?? '', nonce: searchParams.get('nonce') ?? '' }
}

function changedFields(base: Readonly<Record<string, string>>, changes: FieldChanges = {}): (readonly [string, string])[] {
  const merged: FieldChanges = { ...base, ...changes }
  return Object.entries(merged).flatMap(([name, value]) => {
    if (value === undefined) return []
    return (typeof value === 'string' ? [value] : value).map((one) => [name, one] as const)
  })
}

function query(fields: readonly (readonly [string, string])[]): string {
  return new URLSearchParams(fields.map(([name, value]) => [name, value])).toString()
}
