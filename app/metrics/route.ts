import { answering } from '#lib/http-answer.ts'
import { metricsText } from '#lib/metrics.ts'

export const dynamic = 'force-dynamic'

/** Numbers only: no names, no ids. Keep it inside by the load balancer where they are nobody's business. */
export const GET = () =>
  answering(async () => {
    const { type, text } = await metricsText()
    return new Response(text, { headers: { 'content-type': type, 'cache-control': 'no-store' } })
  })
