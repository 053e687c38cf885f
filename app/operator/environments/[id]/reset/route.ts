import { z } from 'zod'
import { requireOperator } from '#lib/access/login-session.ts'
import { requireOwnOrigin } from '#lib/access/origin.ts'
import { operatorReset } from '#lib/environments/operate.ts'
import { answering, failureRedirect, readForm, seeOther } from '#lib/http-answer.ts'

type Context = { params: Promise<{ id: string }> }

const order = z.object({ reason: z.string().trim().min(1).max(500), generation: z.coerce.number().int().positive() })

/** A form: `reason`, and the `generation` that the operator saw. Back to the environment's page. */
export async function POST(request: Request, { params }: Context) {
  const { id } = await params
  const page = `/operator/environments/${encodeURIComponent(id)}`
  return answering(async () => {
    requireOwnOrigin(request.headers)
    const actor = await requireOperator(request.headers.get('cookie'))
    await operatorReset(actor, id, await readForm(request, order))
    return seeOther(page)
  }, failureRedirect(page))
}
