import { databaseAnswers } from '#lib/health.ts'
import { json } from '#lib/http-answer.ts'

export const dynamic = 'force-dynamic'

/** `{alive, ready}`: 200 while the database answers within a second, else 503. */
export async function GET() {
  const ready = await databaseAnswers(1_000)
  return json({ alive: true, ready }, ready ? 200 : 503)
}
