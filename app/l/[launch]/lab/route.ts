import { z } from 'zod'
import { requireLaunch } from '#lib/access/login-session.ts'
import { requireOwnOrigin } from '#lib/access/origin.ts'
import { answering, json, readJson } from '#lib/http-answer.ts'
import { chooseLab } from '#lib/launches/place.ts'

type Context = { params: Promise<{ launch: string }> }

const choice = z.object({ lab: z.uuid() })

/** An instructor chooses the lab of a place that has none: `{lab}`, its id. */
export const POST = (request: Request, { params }: Context) =>
  answering(async () => {
    requireOwnOrigin(request.headers)
    const actor = await requireLaunch((await params).launch, request.headers.get('cookie'))
    const { lab } = await readJson(request, choice)
    await chooseLab(actor, lab)
    return json({ lab })
  })
