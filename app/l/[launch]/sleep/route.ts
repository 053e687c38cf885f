import { requireLaunch } from '#lib/access/login-session.ts'
import { requireOwnOrigin } from '#lib/access/origin.ts'
import { sleepEnvironment } from '#lib/environments/sleep.ts'
import { answering, json } from '#lib/http-answer.ts'

type Context = { params: Promise<{ launch: string }> }

/** "Sleep now": 202 `{environment}`; what comes of it is pushed. */
export const POST = (request: Request, { params }: Context) =>
  answering(async () => {
    requireOwnOrigin(request.headers)
    const actor = await requireLaunch((await params).launch, request.headers.get('cookie'))
    return json({ environment: await sleepEnvironment(actor) }, 202)
  })
