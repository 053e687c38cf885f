import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import { type Failure, fail, failureRow, isFailure } from './errors.ts'
import { log } from './log.ts'

/*
 * What the doors of the product (app/.../route.ts) have in common: bodies are bounded before they are parsed, and every failure
 * becomes an answer in one place.
 */

const MOST_BYTES = 16 * 1024

/** What a caller gets to see of a failure. `reference` finds it in the log. */
export type FailureBody = { code: string; sentence: string; detail?: string; reference: string }

/**
 * Runs a door's work and answers for it when it fails.
 * @param refuse how to say it; JSON where nothing else is given
 */
export async function answering(work: () => Promise<Response>, refuse = failureAnswer): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    return refuse(error)
  }
}

/** A failure as JSON `{code, sentence, reference}` with the status of its row. What is not a Failure is `internal.fault`. */
export function failureAnswer(error: unknown): Response {
  const { failure, reference } = recorded(error)
  const body: FailureBody = {
    code: failure.code,
    sentence: failureRow(failure.code).says,
    ...(failure.detail === undefined ? {} : { detail: failure.detail }),
    reference,
  }
  return Response.json(body, { status: failureRow(failure.code).http, headers: { 'cache-control': 'no-store' } })
}

/** For doors that a form posts to: back to a page of ours, which shows the sentence of `?failure=` (a code) with `&reference=`. */
export function failureRedirect(path: string): (error: unknown) => Response {
  return (error) => {
    const { failure, reference } = recorded(error)
    return seeOther(`${path}${path.includes('?') ? '&' : '?'}${new URLSearchParams({ failure: failure.code, reference })}`)
  }
}

/** `303 See Other` to a path of ours, after a POST that did what it should. */
export function seeOther(path: string, headers: Record<string, string> = {}): Response {
  return new Response(null, { status: 303, headers: { location: path, 'cache-control': 'no-store', ...headers } })
}

/** JSON that no cache keeps. */
export function json(body: unknown, status = 200): Response {
  return Response.json(body, { status, headers: { 'cache-control': 'no-store' } })
}

function recorded(error: unknown): { failure: Failure; reference: string } {
  const failure = isFailure(error) ? error : fail('internal.fault', { cause: error })
  const reference = randomUUID().slice(0, 8)
  const { http } = failureRow(failure.code)
  const fields = { reference, code: failure.code, internal: failure.internal, err: failure.cause }
  if (http >= 500) log().error(fields, 'request failed')
  else log().info(fields, 'request refused')
  return { failure, reference }
}

/**
 * The JSON body of a request, checked.
 * @throws input.wrong_type, input.too_large, input.invalid
 */
export async function readJson<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  requireType(request, 'application/json')
  const text = await readText(request)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw fail('input.invalid', { cause })
  }
  return checked(value, schema)
}

/**
 * The fields of a posted form, checked; of a name that occurs twice the last counts.
 * @throws input.wrong_type, input.too_large, input.invalid
 */
export async function readForm<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  requireType(request, 'application/x-www-form-urlencoded')
  return checked(Object.fromEntries(new URLSearchParams(await readText(request))), schema)
}

function checked<T>(value: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw fail('input.invalid', { detail: parsed.error.issues.map(({ path }) => path.join('.')).join(', ') })
}

function requireType(request: Request, wanted: string): void {
  const given = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (given !== wanted) throw fail('input.wrong_type')
}

async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > MOST_BYTES) throw fail('input.too_large')
  if (!request.body) return ''
  const reader = request.body.getReader()
  const pieces: Uint8Array[] = []
  let size = 0
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    size += piece.value.byteLength
    if (size > MOST_BYTES) {
      await reader.cancel()
      throw fail('input.too_large')
    }
    pieces.push(piece.value)
  }
  return new TextDecoder().decode(Buffer.concat(pieces))
}
