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

/** Python's `str()` of any value: what is no text is shown as `pythonRepr` does. */
export function pythonStr(value: Json | undefined): string {
  return typeof value === 'string' ? value : pythonRepr(value)
}

/** Python's `repr()`, in which Heat's messages show values: single quotes, `None`, `True`. */
export function pythonRepr(value: Json | undefined): string {
  if (value === null || value === undefined) return 'None'
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`
  if (isMap(value)) {
    return `{${Object.entries(value)
      .map(([key, inner]) => `${pythonRepr(key)}: ${pythonRepr(inner)}`)
      .join(', ')}}`
  }
  return typeof value === 'string' ? quoted(value) : pythonText(value)
}

function quoted(value: string): string {
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'"
  const named: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', [quote]: `\\${quote}` }
  const hex = (char: string) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
  const shown = Array.from(value, (char) => named[char] ?? (isPrinted(char) ? char : hex(char)))
  return `${quote}${shown.join('')}${quote}`
}

function isPrinted(char: string): boolean {
  const code = char.charCodeAt(0)
  return code > 0xa0 ? code !== 0xad : code >= 0x20 && code < 0x7f
}

/** The name of a value's type in Python. */
export function pythonType(value: Json | undefined): string {
  if (value === null || value === undefined) return 'NoneType'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'string' ? 'str' : Array.isArray(value) ? 'list' : 'dict'
}

/** The length of a text in Python, which counts what is beyond 65,535 as one letter. */
export const pythonLength = (text: string): number => Array.from(text).length

/** What Python takes for false: nothing, zero and what is empty. */
export function isEmpty(value: Json | undefined): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0
  return !value
}

/** Python's `==`: `1` equals `True`. */
export function pythonEqual(a: Json, b: Json): boolean {
  if (typeof a === 'boolean' || typeof b === 'boolean') {
    const number = (value: Json) => (typeof value === 'boolean' ? Number(value) : value)
    return number(a) === number(b)
  }
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => pythonEqual(item, b[index] ?? null))
  if (isMap(a) && isMap(b)) {
    const keys = Object.keys(a)
    return (
      keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && pythonEqual(a[key] ?? null, b[key] ?? null))
    )
  }
  return a === b
}

/** Python's `json.dumps(value, sort_keys=True)`. */
export function sortedJson(value: Json): string {
  return pythonJson(sorted(value))
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isMap(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key] ?? null)]),
  )
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
