import { forgetBrowserCookie } from '#lib/access/browser-cookie.ts'
import { signOut } from '#lib/access/login-session.ts'
import { requireOwnOrigin } from '#lib/access/origin.ts'
import { answering, seeOther } from '#lib/http-answer.ts'

/** Ends everything this browser is signed in to. */
export const POST = (request: Request) =>
  answering(async () => {
    requireOwnOrigin(request.headers)
    await signOut(request.headers.get('cookie'))
    return seeOther('/', { 'set-cookie': forgetBrowserCookie() })
  })
