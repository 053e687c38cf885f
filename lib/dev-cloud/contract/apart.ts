import { isMap, type Json, type JsonMap } from '../json.ts'

/** What differs between two clouds, or two days, without meaning anything; `words` are a cloud's own, such as its addresses. */
const patterns: [RegExp, string][] = [
  [/\bgAAAAA[\w=.-]*[\w=-]/g, '<token>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<id>'],
  [/\b[0-9a-f]{32}\b/g, '<hex>'],
  [/\bfa:16:3e(:[0-9a-f]{2}){3}\b/g, '<mac>'],
  [/\b([0-9a-f]{2}:){15}[0-9a-f]{2}\b/g, '<fingerprint>'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?/g, '<time>'],
  [/\b172\.24\.4\.(?!0\/|1\b)\d{1,3}\b/g, '<address>'],
  [/<stack>-([A-Za-z_]\w*)-[a-z2-7]{12}\b/g, '<stack>-$1-<short>'],
  [/\b0x[0-9a-f]{8,}\b/g, '<object>'],
  [/(<short>-\w+)-[a-z2-7]{12}\b/g, '$1-<short>'],
  [/https?:\/\/127\.0\.0\.1:\d+/g, '<origin>'],
]

/** A text or an answer with ids, times, addresses, tokens and random names replaced by words for them. */
export function apart(value: Json, words: [own: string | RegExp, word: string][] = []): Json {
  if (typeof value === 'string') {
    const known = words.reduce((text, [own, word]) => text.replaceAll(own, word), value)
    return patterns.reduce((text, [pattern, word]) => text.replace(pattern, word), known)
  }
  if (Array.isArray(value)) return value.map((item) => apart(item, words))
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [wordOf(apart(key, words)), apart(inner, words)]))
  return value
}

/** The kind of a value that is different each time. */
export function kindOf(value: Json): Json {
  if (typeof value === 'string') return `<${value.length} letters>`
  if (Array.isArray(value)) return value.map(kindOf)
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, kindOf(inner)]))
  return value === null ? null : `<${typeof value}>`
}

/** The refusal of any of the services, as one line. */
export function refusal(status: number, body: Json | undefined): string {
  const says = isMap(body) ? body : {}
  const error = isMap(says.error) ? says.error : says
  const kind = typeof error.type === 'string' ? ` ${error.type}` : ''
  const message = typeof error.message === 'string' ? `: ${error.message}` : ''
  return `${status}${kind}${message}`
}

export function mapOf(value: Json | undefined): JsonMap {
  return isMap(value) ? value : {}
}

/** A value as one word: a string is itself. */
export function wordOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}
