/** What JSON can say; the only kind of value that templates, properties and answers are made of. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonMap = { [key: string]: Json }

export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function maps(value: Json | undefined): JsonMap[] {
  return Array.isArray(value) ? value.filter(isMap) : []
}

/** Python's `str()`, because Heat shows parameters and joins strings with it. */
export function pythonText(value: Json | undefined): string {
  if (value === null || value === undefined) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  return typeof value === 'object' ? pythonJson(value) : String(value)
}

/** Python's `json.dumps()`: a blank after each comma and colon, everything beyond ASCII escaped. */
export function pythonJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`
  if (isMap(value)) {
    return `{${Object.entries(value)
      .map(([key, inner]) => `${pythonJson(key)}: ${pythonJson(inner)}`)
      .join(', ')}}`
  }
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Python's `repr()`: how Heat's complaints show a value. */
export function pythonRepr(value: Json): string {
  if (typeof value === 'string') {
    const quote = value.includes("'") && !value.includes('"') ? '"' : "'"
    const inner = value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r')
    return `${quote}${quote === "'" ? inner.replaceAll("'", "\\'") : inner}${quote}`
  }
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`
  if (!isMap(value)) return pythonText(value)
  const entries = Object.entries(value).map(([key, inner]) => `${pythonRepr(key)}: ${pythonRepr(inner)}`)
  return `{${entries.join(', ')}}`
}

/** Deep equality of two JSON values; the order of keys does not matter. */
export function sameJson(a: Json, b: Json): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => sameJson(item, b[index] ?? null))
  if (isMap(a) && isMap(b)) {
    const keys = Object.keys(a)
    return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key] ?? null, b[key] ?? null))
  }
  return a === b
}

/** The texts of a list; what is no text, and what is no list, is left out. */
export function strings(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
