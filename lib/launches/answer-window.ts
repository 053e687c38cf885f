import { randomUUID } from 'node:crypto'
import { signInOperator } from '../access/operators.ts'
import { requireOwnOrigin } from '../access/origin.ts'
import { isSignInCodeGood } from '../access/tickets.ts'
import { config } from '../config.ts'
import { fail, failureRow } from '../errors.ts'
import { readForm, readQuery } from './bounded-form.ts'
import { seeOther } from './html.ts'
import { openWindow, windowPath } from './open-window.ts'
import { signInPage } from './pages.ts'
import { asFailure, logRefusal, referenceOf, refuse } from './refusals.ts'

/*
 * The doors that are entered with a one-time code: a launch's own window, and an operator's sign-in.
 */

const windowAlone = ["'none'"]

/** From the frame: an address that opens this launch in a window of its own. JSON `{ url }`, or `{ error: { code, message, reference } }`. */
export async function answerWindowRequest(request: Request, launchId: string): Promise<Response> {
  const correlationId = randomUUID()
  const headers = { 'cache-control': 'no-store' }
  try {
    requireOwnOrigin(request.headers)
    const path = await windowPath(launchId, request.headers.get('cookie'))
    return Response.json({ url: `${config().origin}${path}` }, { headers })
  } catch (error) {
    const failure = asFailure(error)
    const { http, says } = failureRow(failure.code)
    const reference = referenceOf(correlationId)
    logRefusal(failure, { correlationId, reference, at: 'window' })
    return Response.json({ error: { code: failure.code, message: says, reference } }, { status: http, headers })
  }
}

/**
 * In the new window: uses the code up and goes to the window's own launch. Only our own page may send a browser here, so that
 * nobody can put somebody else into their launch.
 */
export async function answerWindow(request: Request, launchId: string): Promise<Response> {
  try {
    const site = request.headers.get('sec-fetch-site')
    if (site !== null && site !== 'same-origin') throw fail('access.foreign_origin', { internal: `sec-fetch-site ${site}` })
    const code = readQuery(request).get('code') ?? ''
    const { address, setCookie } = await openWindow({ launchId, code, cookieHeader: request.headers.get('cookie') })
    return seeOther(address, [setCookie])
  } catch (error) {
    return refuse(error, { correlationId: randomUUID(), at: 'window', ancestors: windowAlone })
  }
}

/** Shows the sign-in page; looking at it uses nothing up. */
export async function answerSignInLink(request: Request): Promise<Response> {
  try {
    const code = readQuery(request).get('code') ?? ''
    if (!(await isSignInCodeGood(code))) throw fail('access.link_used', { internal: 'sign-in link' })
    return signInPage(code)
  } catch (error) {
    return refuse(error, { correlationId: randomUUID(), at: 'operator sign-in', ancestors: windowAlone })
  }
}

/** Uses the code up and signs this browser in. */
export async function answerSignIn(request: Request): Promise<Response> {
  try {
    requireOwnOrigin(request.headers)
    const code = (await readForm(request)).get('code') ?? ''
    const { setCookie } = await signInOperator({ code, cookieHeader: request.headers.get('cookie') })
    return seeOther(`${config().origin}/operator`, [setCookie])
  } catch (error) {
    return refuse(error, { correlationId: randomUUID(), at: 'operator sign-in', ancestors: windowAlone })
  }
}
