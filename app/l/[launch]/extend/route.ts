import { requireLaunch } from '#lib/access/login-session.ts'
import { requireOwnOrigin } from '#lib/access/origin.ts'
import { extendEnvironment } from '#lib/environments/extend.ts'
import { answering, json } from '#lib/http-answer.ts'

type Context = { params: Promise<{ launch: string }> }

/** "More time", where the lab offers it: 202 `{environment}`. */
export const POST = (request: Request, { params }: Context) =>
  answering(async () => {
    requireOwnOrigin(request.headers)
    const actor = await requireLaunch((await params).launch, request.headers.get('cookie'))
    return json({ environment: await extendEnvironment(actor) }, 202)
  })
