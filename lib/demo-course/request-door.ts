/**
 * Reading requests within bounds and answering them with the right headers. No request is parsed before its size and kind
 * are known to be acceptable.
 */
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Most bytes of a form the platform reads. */
export const longestForm = 64 * 1024

export type Answer = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What is wrong with a request before anybody looked at its meaning. Recognised by `status`. */
export type DoorRefusal = { readonly refused: number }

/**
 * The form fields of a POST. 415 when it is not a plain form, 413 when longer than `longestForm`, said or unsaid.
 */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams | DoorRefusal> {
  const [kind] = (request.headers['content-type'] ?? '').split(';')
  if (kind?.trim().toLowerCase() !== 'application/x-www-form-urlencoded') return { refused: 415 }
  if (Number(request.headers['content-length'] ?? 0) > longestForm) return { refused: 413 }
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk)
    length += bytes.length
    if (length > longestForm) return { refused: 413 }
    chunks.push(bytes)
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
}

/** Sends an answer. Every answer says what it is, is not kept by caches unless it says so itself, and is never sniffed. */
export function send(response: ServerResponse, answer: Answer, withBody: boolean): void {
  const body = Buffer.from(answer.body ?? '')
  response.writeHead(answer.status, {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'strict-origin-when-cross-origin',
    ...answer.headers,
    'content-length': String(body.length),
    // A refused body was not read to its end: the connection cannot serve another request.
    ...(answer.status === 413 || answer.status === 415 ? { connection: 'close' } : {}),
  })
  response.end(withBody ? body : undefined)
}

/** A redirect that turns every method into GET. */
export function seeOther(location: string): Answer {
  return { status: 303, headers: { location } }
}

/** A page under a policy that allows nothing but what is handed in: its own inline style and script, by hash. */
export function page(html: string, { status = 200, policy }: { status?: number; policy: string }): Answer {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy }, body: html }
}

/** The source expression of CSP level 3 for one inline style or script. */
export function policyHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text made safe for HTML, in elements and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? character)
}
