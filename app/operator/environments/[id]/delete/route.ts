import { z } from 'zod'
import { requireOperator } from '#lib/access/login-session.ts'
import { requireOwnOrigin } from '#lib/access/origin.ts'
import { GRACE_MS } from '#lib/environments/bulk-plan.ts'
import { deleteEnvironment } from '#lib/environments/delete.ts'
import { answering, failureRedirect, readForm, seeOther } from '#lib/http-answer.ts'

type Context = { params: Promise<{ id: string }> }

const order = z.object({ reason: z.string().trim().min(1).max(500), when: z.enum(['now', 'later']) })

/** A form: `reason`, and `when`, which leaves ten minutes to undo it or none. Back to the environment's page. */
export async function POST(request: Request, { params }: Context) {
  const { id } = await params
  const page = `/operator/environments/${encodeURIComponent(id)}`
  return answering(async () => {
    requireOwnOrigin(request.headers)
    const actor = await requireOperator(request.headers.get('cookie'))
    const { reason, when } = await readForm(request, order)
    await deleteEnvironment(actor, id, { reason, ...(when === 'later' ? { notBefore: new Date(Date.now() + GRACE_MS) } : {}) })
    return seeOther(page)
  }, failureRedirect(page))
}
