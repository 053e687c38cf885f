import { requireLaunch } from '#lib/access/login-session.ts'
import { requireOwnOrigin } from '#lib/access/origin.ts'
import { wakeEnvironment } from '#lib/environments/sleep.ts'
import { answering, json } from '#lib/http-answer.ts'

type Context = { params: Promise<{ launch: string }> }

/** "Wake up": 202 `{environment}`; what comes of it is pushed. */
export const POST = (request: Request, { params }: Context) =>
  answering(async () => {
    requireOwnOrigin(request.headers)
    const actor = await requireLaunch((await params).launch, request.headers.get('cookie'))
    return json({ environment: await wakeEnvironment(actor) }, 202)
  })
