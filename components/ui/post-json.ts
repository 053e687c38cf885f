/** What a POST came to. `sentence` is null where nobody answered. */
export type PostAnswer = { ok: true; body: unknown } | { ok: false; code: string | null; sentence: string | null }

/** Sends JSON to one of our own addresses and reads the answer as lib/http-answer.ts writes it. Never rejects. */
export async function postJson(path: string, body: unknown): Promise<PostAnswer> {
  try {
    const response = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    const answer: unknown = await response.json().catch(() => null)
    if (response.ok) return { ok: true, body: answer }
    const told = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {}
    return { ok: false, code: textOf(told.code), sentence: textOf(told.sentence) }
  } catch {
    return { ok: false, code: null, sentence: null }
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
