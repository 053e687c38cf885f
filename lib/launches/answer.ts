import { randomUUID } from 'node:crypto'
import { config } from '../config.ts'
import { ensureEnvironment } from '../environments/ensure.ts'
import { fail } from '../errors.ts'
import { LtiError, parseAuthenticationResponse, parseLogin } from '../lti-provider/index.ts'
import { type Admission, admit, type OnAdmitted } from './admit.ts'
import { beginLogin, loginKey } from './begin-login.ts'
import { readForm, readQuery } from './bounded-form.ts'
import { frameAncestors } from './frame-ancestors.ts'
import { seeOther } from './html.ts'
import { ownWindowPage, recallPage, storePage, windowLinkPage } from './pages.ts'
import { logRefusal, referenceOf, refuse } from './refusals.ts'
import type { LoginRow } from './store.ts'

/*
 * The two doors of LTI over HTTP: a request in, an answer out. What happens behind them is in begin-login.ts and admit.ts.
 */

/** Answers a third-party login, by GET or POST. */
export async function answerLogin(request: Request): Promise<Response> {
  const correlationId = randomUUID()
  let issuer: string | null = null
  try {
    const form = request.method === 'POST' ? await readForm(request) : undefined
    const login = parseLogin(readQuery(request), form)
    issuer = login.issuer.slice(0, 200)
    const { registration, address, storage, setCookies } = await beginLogin(login, request.headers.get('cookie'))
    if (storage === null) return seeOther(address, setCookies)
    return storePage({ ...storage, next: address, setCookies, ancestors: frameAncestors(registration) })
  } catch (error) {
    return refuse(error, { correlationId, at: 'login', fields: { issuer } })
  }
}

/**
 * Answers an authentication response.
 * @param onAdmitted called in the launch's transaction; by default it gives the person their machines
 */
export async function answerLaunch(request: Request, onAdmitted: OnAdmitted = ensureEnvironment): Promise<Response> {
  const correlationId = randomUUID()
  try {
    const response = parseAuthenticationResponse(await readForm(request))
    if (response.kind === 'error') throw new LtiError('response.platform_error', response.error)
    const { idToken, state, storageSecret } = response
    const fromOwnPage = request.headers.get('origin') === config().origin
    const cookieHeader = request.headers.get('cookie')
    const admission = await admit({ idToken, state, storageSecret, cookieHeader, fromOwnPage, correlationId }, { onAdmitted })
    return answerAdmission(admission, { idToken, state, correlationId })
  } catch (error) {
    return refuse(error, { correlationId, at: 'launch' })
  }
}

type AnswerContext = { idToken: string; state: string; correlationId: string }

function answerAdmission(admission: Admission, { idToken, state, correlationId }: AnswerContext): Response {
  switch (admission.kind) {
    case 'admitted':
      return seeOther(`${config().origin}/l/${admission.launchId}`, admission.setCookies)
    case 'admitted_without_cookie':
      return windowLinkPage(admission.login, `/l/${admission.launchId}/window?code=${admission.windowCode}`)
    case 'ask_storage':
      return recallPage({ ...storageStep(admission.login, state), idToken, state, ancestors: frameAncestors(admission.login.registration) })
    case 'other_browser': {
      const reference = referenceOf(correlationId)
      const registrationId = admission.login.registration.id
      logRefusal(fail('lti.other_browser', { internal: 'state.browser' }), { correlationId, reference, at: 'launch', registrationId })
      return ownWindowPage(admission.login, { reference })
    }
  }
}

function storageStep(login: LoginRow, state: string): { target: string; platformOrigin: string; key: string } {
  const platformOrigin = new URL(login.registration.authorizationUrl).origin
  return { target: login.storageTarget ?? '_parent', platformOrigin, key: `astrolabe_${loginKey(state)}` }
}
