import { type PostAnswer, readAnswer } from './post-json.ts'

/** Asks one of our own addresses for JSON, as `postJson`. Never rejects. */
export async function getJson(path: string, signal: AbortSignal): Promise<PostAnswer> {
  try {
    return await readAnswer(await fetch(path, { headers: { accept: 'application/json' }, cache: 'no-store', signal }))
  } catch {
    return { ok: false, code: null, sentence: null }
  }
}
