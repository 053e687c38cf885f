import { requireLaunch } from '#lib/access/login-session.ts'
import { environmentHistory } from '#lib/environments/history.ts'
import { answering, json } from '#lib/http-answer.ts'

type Context = { params: Promise<{ launch: string }> }

/** What happened to the person's own machines, newest first: 200 `{events}`. */
export const GET = (request: Request, { params }: Context) =>
  answering(async () => {
    const actor = await requireLaunch((await params).launch, request.headers.get('cookie'))
    return json({ events: await environmentHistory(actor) })
  })
