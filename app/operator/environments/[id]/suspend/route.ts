import { requireOperator } from '#lib/access/login-session.ts'
import { requireOwnOrigin } from '#lib/access/origin.ts'
import { suspendEnvironment } from '#lib/environments/operate.ts'
import { answering, failureRedirect, seeOther } from '#lib/http-answer.ts'

type Context = { params: Promise<{ id: string }> }

/** Puts an environment to sleep. Back to the environment's page. */
export async function POST(request: Request, { params }: Context) {
  const { id } = await params
  const page = `/operator/environments/${encodeURIComponent(id)}`
  return answering(async () => {
    requireOwnOrigin(request.headers)
    const actor = await requireOperator(request.headers.get('cookie'))
    await suspendEnvironment(actor, id)
    return seeOther(page)
  }, failureRedirect(page))
}
