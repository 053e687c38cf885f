import { z } from 'zod'
import { requireLaunch } from '#lib/access/login-session.ts'
import { requireOwnOrigin } from '#lib/access/origin.ts'
import { resetEnvironment } from '#lib/environments/reset.ts'
import { answering, json, readJson } from '#lib/http-answer.ts'

type Context = { params: Promise<{ launch: string }> }

const order = z.object({ generation: z.int().positive() })

/** New machines for old ones: `{generation}` is the one that the person saw, so that two clicks reset once. 202 `{environment}`. */
export const POST = (request: Request, { params }: Context) =>
  answering(async () => {
    requireOwnOrigin(request.headers)
    const actor = await requireLaunch((await params).launch, request.headers.get('cookie'))
    const { generation } = await readJson(request, order)
    return json({ environment: await resetEnvironment(actor, { generation }) }, 202)
  })
