import { requireOperator } from '#lib/access/login-session.ts'
import { requireOwnOrigin } from '#lib/access/origin.ts'
import { undoBulk } from '#lib/environments/bulk-result.ts'
import { answering, failureRedirect, seeOther } from '#lib/http-answer.ts'

type Context = { params: Promise<{ order: string }> }

/** Takes back every deletion of an order whose time has not come. To the page of what was taken back. */
export async function POST(request: Request, { params }: Context) {
  const { order } = await params
  const page = `/operator/bulk/${encodeURIComponent(order)}`
  return answering(async () => {
    requireOwnOrigin(request.headers)
    const actor = await requireOperator(request.headers.get('cookie'))
    const { orderId } = await undoBulk(actor, order)
    return seeOther(orderId === null ? page : `/operator/bulk/${orderId}`)
  }, failureRedirect(page))
}
