import type { FailureCode } from '../errors.ts'
import { failureRow } from '../errors.ts'
import { frameAncestors } from './frame-ancestors.ts'
import { dataElement, escapeHtml, htmlResponse } from './html.ts'
import type { LoginRow } from './store.ts'

/** Every word these pages say. */
const words = {
  refused: 'The lab could not be opened',
  reference: (code: string, reference: string) => `Code <code>${code}</code>, reference <code>${reference}</code>`,
  ownWindow: 'Open the lab in its own window',
  ownWindowWhy:
    'Your browser does not let this frame remember who you are, so the lab cannot stay inside the course page. In a window of its own it works; your machines are the same.',
  ownWindowButton: 'Open the lab',
  opening: 'Opening the lab',
  openingWhy: 'Your course platform is signing you in.',
  openingButton: 'Continue',
  signIn: 'Sign in as operator',
  signInWhy: 'This link works once. Sign in in the browser you want to work in.',
  signInButton: 'Sign in',
}

export type Refusal = { code: FailureCode; detail: string | null; reference: string; ancestors?: readonly string[] }

/** A refusal in plain words: what is, why, what next, and what to quote when asking for help. */
export function refusalPage({ code, detail, reference, ancestors = ['*'] }: Refusal): Response {
  const { http, says } = failureRow(code)
  const body = `<p>${escapeHtml(says)}</p>${detail ? `<p>${escapeHtml(detail)}</p>` : ''}<p class="small">${words.reference(code, escapeHtml(reference))}</p>`
  return htmlResponse({ status: http, title: words.refused, body, frameAncestors: ancestors })
}

const field = (name: string, value: string | null) =>
  value === null ? '' : `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`

/**
 * Offers to begin the login again at top level: a new state, since the platform's answer may not be used twice. The hints are the
 * platform's own, as it sent them.
 */
export function ownWindowPage(login: LoginRow, { reference }: { reference: string }): Response {
  const { registration } = login
  const fields = [
    field('iss', registration.issuer),
    field('client_id', registration.clientId),
    field('login_hint', login.loginHint),
    field('lti_message_hint', login.messageHint),
    field('target_link_uri', login.targetLinkUri),
    field('lti_deployment_id', login.deploymentHint),
  ].join('')
  return htmlResponse({
    status: failureRow('lti.other_browser').http,
    title: words.ownWindow,
    body: `<p>${words.ownWindowWhy}</p><form method="post" action="/lti/login" target="_blank">${fields}<button class="act">${words.ownWindowButton}</button></form>
<p class="small">${words.reference('lti.other_browser', escapeHtml(reference))}</p>`,
    // Browsers hold redirects of a form against this too: the login goes on at the platform.
    formAction: ["'self'", new URL(registration.authorizationUrl).origin],
    frameAncestors: frameAncestors(registration),
  })
}

/** For a person whom the platform's storage has vouched for: the launch is made, only its window is missing. */
export function windowLinkPage(login: LoginRow, path: string): Response {
  const body = `<p>${words.ownWindowWhy}</p><a class="act" href="${escapeHtml(path)}" target="_blank">${words.ownWindowButton}</a>`
  return htmlResponse({ status: 200, title: words.ownWindow, body, frameAncestors: frameAncestors(login.registration) })
}

export type StorageStep = { target: string; platformOrigin: string; key: string }

/*
 * LTI platform storage (lti-pm-s, lti-cs-pm): asks the platform's frame to keep or to give back one value, with both spellings of
 * the subject (Brightspace has its own), believes only the platform's origin, and goes on after a second whatever happens.
 */
const storageScript = `
const step = JSON.parse(document.getElementById('step').textContent)
const above = window.parent !== window ? window.parent : window.opener
let frame = null
try { frame = step.target === '_parent' ? above : above.frames[step.target] } catch { frame = above }
const ids = ['lti.', 'org.imsglobal.lti.'].map((prefix) => ({ subject: prefix + step.verb, message_id: crypto.randomUUID() }))
let gone = false
const go = (value) => { if (!gone) { gone = true; proceed(value) } }
addEventListener('message', ({ origin, data }) => {
  if (origin !== step.platformOrigin || typeof data !== 'object' || data === null || data.error) return
  if (ids.some((one) => one.message_id === data.message_id)) go(typeof data.value === 'string' ? data.value : '')
})
if (!frame || typeof frame.postMessage !== 'function') go('')
else for (const one of ids) frame.postMessage({ ...one, key: step.key, ...(step.value === undefined ? {} : { value: step.value }) }, step.platformOrigin)
setTimeout(() => go(''), 1000)
`

/** Before the login goes on: asks the platform to keep this login's secret, then follows `next`. */
export function storePage(
  step: StorageStep & { secret: string; next: string; ancestors: readonly string[]; setCookies: readonly string[] },
): Response {
  const { target, platformOrigin, key, secret, next } = step
  return htmlResponse({
    status: 200,
    title: words.opening,
    body: `<p>${words.openingWhy}</p><a class="act" href="${escapeHtml(next)}">${words.openingButton}</a>${dataElement('step', { target, platformOrigin, key, value: secret, next, verb: 'put_data' })}`,
    script: `const proceed = () => location.replace(JSON.parse(document.getElementById('step').textContent).next)\n${storageScript}`,
    frameAncestors: step.ancestors,
    setCookies: step.setCookies,
  })
}

/** After the platform's answer came back without our cookie: asks for the secret and posts the answer again with it. */
export function recallPage(step: StorageStep & { idToken: string; state: string; ancestors: readonly string[] }): Response {
  const { target, platformOrigin, key } = step
  const form = `<form id="answer" method="post" action="/lti/launch">${field('id_token', step.idToken)}${field('state', step.state)}<input type="hidden" name="storage_secret" id="secret" value="none"><button class="act">${words.openingButton}</button></form>`
  return htmlResponse({
    status: 200,
    title: words.opening,
    body: `<p>${words.openingWhy}</p>${form}${dataElement('step', { target, platformOrigin, key, verb: 'get_data' })}`,
    script: `const proceed = (value) => { document.getElementById('secret').value = value || 'none'; document.getElementById('answer').submit() }\n${storageScript}`,
    formAction: ["'self'"],
    frameAncestors: step.ancestors,
  })
}

/** One button, so that whatever merely looks at the link does not use it up. */
export function signInPage(code: string): Response {
  return htmlResponse({
    status: 200,
    title: words.signIn,
    body: `<p>${words.signInWhy}</p><form method="post" action="/operator/sign-in">${field('code', code)}<button class="act">${words.signInButton}</button></form>`,
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  })
}
