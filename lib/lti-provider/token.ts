import { LtiError } from './errors.ts'

/** A compact JWS taken apart and bounded; nothing in it is believed yet. */
export type ParsedToken = { header: Record<string, unknown>; payload: Record<string, unknown> }

const deepest = 24
const mostMembers = 4_000

/**
 * Takes a token apart (RFC 7515 5.2, RFC 7519 7.2): three parts of strict base64url, header and payload JSON objects without duplicate
 * members, so that no two readers of one token can see different claims (RFC 7519 4).
 * @throws LtiError `token.*`
 */
export function parseToken(token: string): ParsedToken {
  const parts = token.split('.')
  const [header = '', payload = '', signature = ''] = parts
  if (parts.length !== 3) throw new LtiError('token.structure', parts.length === 5 ? 'an encrypted token' : `${parts.length} parts`)
  if (!/^[\w-]+$/.test(header) || !/^[\w-]+$/.test(payload) || !/^[\w-]*$/.test(signature)) throw new LtiError('token.encoding')
  return { header: parseObject(header, 'header'), payload: parseObject(payload, 'payload') }
}

function parseObject(part: string, what: string): Record<string, unknown> {
  const bytes = Buffer.from(part, 'base64url')
  if (part.length % 4 === 1 || bytes.toString('base64url') !== part) throw new LtiError('token.encoding', what)
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    refuseAmbiguity(text)
    const value: unknown = JSON.parse(text, refuseInfinity)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not an object')
    return { ...value }
  } catch (cause) {
    throw new LtiError('token.json', `${what}: ${cause instanceof Error && cause.name === 'Error' ? cause.message : 'not JSON'}`)
  }
}

function refuseInfinity(_key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error('a number beyond all bounds')
  return value
}

/** Depth, number of members and duplicates, found by one pass over the text before anything recursive looks at it. */
function refuseAmbiguity(text: string): void {
  const stack: (Set<string> | null)[] = []
  let members = 0
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]
    if (sign === '{' || sign === '[') {
      stack.push(sign === '{' ? new Set() : null)
      if (stack.length > deepest) throw new Error('nested too deeply')
    } else if (sign === '}' || sign === ']') {
      stack.pop()
    } else if (sign === ',' && ++members > mostMembers) {
      throw new Error('too many members')
    } else if (sign === '"') {
      const end = endOfString(text, at)
      const names = stack.at(-1)
      if (names && /^\s*:/.test(text.slice(end + 1, end + 20))) {
        const name: unknown = JSON.parse(text.slice(at, end + 1))
        if (typeof name !== 'string' || names.has(name)) throw new Error('the same member twice')
        names.add(name)
      }
      at = end
    }
  }
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at
  }
  throw new Error('a text without end')
}
