import { requireOperator } from '#lib/access/login-session.ts'
import { requireOwnOrigin } from '#lib/access/origin.ts'
import { wakeEnvironment } from '#lib/environments/operate.ts'
import { answering, failureRedirect, seeOther } from '#lib/http-answer.ts'

type Context = { params: Promise<{ id: string }> }

/** Wakes an environment, or tries once more what has failed. Back to the environment's page. */
export async function POST(request: Request, { params }: Context) {
  const { id } = await params
  const page = `/operator/environments/${encodeURIComponent(id)}`
  return answering(async () => {
    requireOwnOrigin(request.headers)
    const actor = await requireOperator(request.headers.get('cookie'))
    await wakeEnvironment(actor, id)
    return seeOther(page)
  }, failureRedirect(page))
}
