/** What a request came to. `sentence` is null where nobody answered. */
export type PostAnswer = { ok: true; body: unknown } | { ok: false; code: string | null; sentence: string | null }

/** Sends JSON to one of our own addresses and reads the answer as lib/http-answer.ts writes it. Never rejects. */
export async function postJson(path: string, body: unknown, signal: AbortSignal | null = null): Promise<PostAnswer> {
  try {
    return await readAnswer(
      await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal }),
    )
  } catch {
    return { ok: false, code: null, sentence: null }
  }
}

/** An answer of ours as it is meant. @throws where the connection breaks before its end */
export async function readAnswer(response: Response): Promise<PostAnswer> {
  const answer: unknown = await response.json().catch(() => null)
  if (response.ok) return { ok: true, body: answer }
  const told = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {}
  return { ok: false, code: textOf(told.code), sentence: textOf(told.sentence) }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
