import { fail } from '../errors.ts'

const mostBytes = 256 * 1024
const mostQuery = 32 * 1024

/** The query of a request, bounded. @throws input.too_large */
export function readQuery(request: Request): URLSearchParams {
  const { search, searchParams } = new URL(request.url)
  if (search.length > mostQuery) throw fail('input.too_large', { internal: 'query' })
  return searchParams
}

/**
 * The form in a request's body, at most 256 KiB of it, counted as it arrives and before anything is parsed.
 * @throws input.wrong_type, input.too_large
 */
export async function readForm(request: Request): Promise<URLSearchParams> {
  const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') throw fail('input.wrong_type', { internal: String(type).slice(0, 60) })
  if (Number(request.headers.get('content-length') ?? 0) > mostBytes) throw fail('input.too_large', { internal: 'content-length' })
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.length
    if (size > mostBytes) throw fail('input.too_large', { internal: 'body' })
    chunks.push(chunk)
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
}
