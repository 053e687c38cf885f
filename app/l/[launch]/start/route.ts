import { requireLaunch } from '#lib/access/login-session.ts'
import { requireOwnOrigin } from '#lib/access/origin.ts'
import { answering, json } from '#lib/http-answer.ts'
import { startInPlace } from '#lib/launches/place.ts'

type Context = { params: Promise<{ launch: string }> }

/** "Start", "Try again": 202 `{environment}`; what comes of it is pushed. */
export const POST = (request: Request, { params }: Context) =>
  answering(async () => {
    requireOwnOrigin(request.headers)
    const actor = await requireLaunch((await params).launch, request.headers.get('cookie'))
    return json({ environment: await startInPlace(actor) }, 202)
  })
