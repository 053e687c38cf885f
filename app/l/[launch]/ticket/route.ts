import { z } from 'zod'
import { requireLaunch } from '#lib/access/login-session.ts'
import { requireOwnOrigin } from '#lib/access/origin.ts'
import { terminalTicket } from '#lib/environments/terminal-ticket.ts'
import { answering, json, readJson } from '#lib/http-answer.ts'

type Context = { params: Promise<{ launch: string }> }

const order = z.object({ host: z.string().min(1).max(64), generation: z.int().positive().optional() })

/** `{host, generation?}` -> `{ticket, environment, generation, host, mode}`: good for one terminal within a minute. */
export const POST = (request: Request, { params }: Context) =>
  answering(async () => {
    requireOwnOrigin(request.headers)
    const actor = await requireLaunch((await params).launch, request.headers.get('cookie'))
    return json(await terminalTicket(actor, await readJson(request, order)))
  })
