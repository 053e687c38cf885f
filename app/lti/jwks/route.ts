import { publishedKeySet } from '#lib/launches/own-keys.ts'

/** Our public keys (Security Framework 6.3). Shorter than the day by which a new key is shown before it signs. */
export async function GET(): Promise<Response> {
  return Response.json(await publishedKeySet(), {
    headers: { 'cache-control': 'public, max-age=3600', 'access-control-allow-origin': '*', 'x-content-type-options': 'nosniff' },
  })
}
