import type { Content } from '../content.ts'
import { Fault, PropertyFault } from '../fault.ts'
import { isMap, type Json, type JsonMap, maps, pythonJson, pythonRepr, pythonText } from '../json.ts'
import { isUnknown, type Scope } from './call.ts'
import { violation } from './constraints.ts'
import { checkContent } from './custom-constraints.ts'
import { resolve } from './functions.ts'

/** What a resource type says of one property, as Heat's own schema does (GET /resource_types/...). */
export type PropertySchema = {
  type: 'string' | 'number' | 'integer' | 'boolean' | 'map' | 'list' | 'any'
  required?: true
  /** Changed in place when a stack is updated; without it, any change makes a new thing in the place of the old one. */
  updatable?: true
  description?: string
  /** An older name that templates may still use, but that nobody is told of. */
  hidden?: true
  default?: Json
  /** Keys of a map; a map without a schema takes any. */
  keys?: Record<string, PropertySchema>
  items?: PropertySchema
  allowed?: Json[]
  range?: { min?: number; max?: number }
  length?: { min?: number; max?: number }
  pattern?: RegExp
  /** The declaration of the template's parameter that this property is: its constraints hold here, too. */
  declared?: JsonMap
  /** A custom constraint such as `nova.flavor`. */
  content?: string
}
export type PropertySchemas = Record<string, PropertySchema>

/**
 * A resource's properties with functions computed, types cast and defaults filled in. Values that are not known yet pass.
 * Throws a PropertyFault (recordings heat-create-{unknown-property,missing-property,unknown-*}-400).
 */
export function checkProperties(
  properties: JsonMap,
  schemas: PropertySchemas,
  options: { path: string; scope: Scope; content: Content },
): JsonMap {
  refuseUnknownKeys(properties, schemas, options.path)
  const checked: JsonMap = {}
  for (const [key, schema] of Object.entries(schemas)) {
    const raw = properties[key]
    const path = `${options.path}.${key}`
    const value = raw === undefined || raw === null ? undefined : resolved(raw, options.scope, path)
    if (value !== undefined && value !== null) checked[key] = checkValue(value, schema, path, options.content)
    else if (schema.required) throw new PropertyFault(options.path, `Property ${key} not assigned`)
    else if (schema.default !== undefined) checked[key] = schema.default
  }
  return checked
}

export function refuseUnknownKeys(given: JsonMap, known: object, path: string): void {
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(known, key)) throw new PropertyFault(path, `Unknown Property ${key}`)
  }
}

function resolved(raw: Json, scope: Scope, path: string): Json | undefined {
  try {
    return resolve(raw, scope)
  } catch (error) {
    if (error instanceof Fault) throw new PropertyFault(path, error.message)
    throw error
  }
}

/** A value as its schema wants it: cast, constraints checked. Throws a PropertyFault. */
export function checkValue(value: Json, schema: PropertySchema, path: string, content: Content): Json {
  if (schema.type === 'any') return value
  if (typeof value === 'string' && isUnknown(value)) return value
  const cast = castTo(schema, value, path, content)
  if (!isUnknown(cast)) checkConstraints(cast, schema, path, content)
  return cast
}

/** heat/engine/properties.py, Property.get_value: what each type accepts in place of itself. */
function castTo(schema: PropertySchema, value: Json, path: string, content: Content): Json {
  const refuse = (complaint: string) => new PropertyFault(path, complaint)
  switch (schema.type) {
    case 'string':
      if (typeof value === 'object' || (typeof value === 'number' && !Number.isInteger(value)))
        throw refuse(`Value must be a string; got ${pythonRepr(value)}`)
      return pythonText(value)
    case 'integer':
      return integerFrom(value, refuse)
    case 'number': {
      if (typeof value === 'number' || typeof value === 'boolean') return Number(value)
      const number = typeof value !== 'string' || value.trim() === '' ? Number.NaN : Number(value)
      if (!Number.isFinite(number)) throw refuse(`could not convert string to float: ${pythonRepr(value)}`)
      return number
    }
    case 'boolean': {
      if (typeof value === 'boolean') return value
      const word = typeof value === 'string' ? value.toLowerCase() : ''
      if (word === 'true' || word === 'false') return word === 'true'
      throw refuse(`"${typeof value === 'string' ? word : pythonRepr(value)}" is not a valid boolean`)
    }
    case 'list':
      return castList(schema, value, path, content)
    default:
      return castMap(schema, value, path, content)
  }
}

/** Python's `int()`: a fraction loses what is behind the point, unless it is a text. */
function integerFrom(value: Json, refuse: (complaint: string) => PropertyFault): number {
  if (typeof value === 'number' || typeof value === 'boolean') return Math.trunc(Number(value))
  if (typeof value !== 'string') {
    const kind = Array.isArray(value) ? 'list' : 'dict'
    throw refuse(`int() argument must be a string, a bytes-like object or a real number, not '${kind}'`)
  }
  if (!/^\s*[+-]?\d+(_\d+)*\s*$/.test(value)) throw refuse(`Value '${value}' is not an integer`)
  return Number(value.replaceAll('_', ''))
}

function castList(schema: PropertySchema, value: Json, path: string, content: Content): Json {
  if (!Array.isArray(value)) throw new PropertyFault(path, `"${pythonRepr(value)}" is not a list`)
  const { items } = schema
  return items ? value.filter((item) => item !== null).map((item, index) => checkValue(item, items, `${path}[${index}]`, content)) : value
}

function castMap(schema: PropertySchema, value: Json, path: string, content: Content): Json {
  if (!isMap(value)) throw new PropertyFault(path, `"${typeof value === 'string' ? value : pythonRepr(value)}" is not a map`)
  const { keys } = schema
  if (!keys) return value
  const checked: JsonMap = {}
  refuseUnknownKeys(value, keys, path)
  for (const [key, inner] of Object.entries(keys)) {
    const item = value[key]
    if (item !== undefined && item !== null) checked[key] = checkValue(item, inner, `${path}.${key}`, content)
    else if (inner.required) throw new PropertyFault(path, `Property ${key} not assigned`)
    else if (inner.default !== undefined) checked[key] = inner.default
  }
  return checked
}

function checkConstraints(value: Json, schema: PropertySchema, path: string, content: Content): void {
  const refuse = (complaint: string) => new PropertyFault(path, complaint)
  const shown = pythonText(value)
  if (schema.allowed && !isAllowed(value, schema.allowed))
    throw refuse(`${pythonJson(value)} is not an allowed value ${pythonJson(schema.allowed)}`)
  const bounds = `(min: ${pythonText(schema.range?.min)}, max: ${pythonText(schema.range?.max)})`
  if (schema.range && outside(Number(value), schema.range)) throw refuse(`${shown} is out of range ${bounds}`)
  if (schema.length && outside(shown.length, schema.length)) {
    throw refuse(`length (${shown.length}) is out of range (min: ${pythonText(schema.length.min)}, max: ${pythonText(schema.length.max)})`)
  }
  if (schema.pattern && !schema.pattern.test(shown)) throw refuse(`"${shown}" does not match pattern "${schema.pattern.source}"`)
  const declared = schema.declared
    ? violation(maps(schema.declared.constraints), { type: schema.type, value }, { content, custom: true })
    : undefined
  const complaint = declared ?? (schema.content && typeof value === 'string' ? checkContent(schema.content, value, content) : undefined)
  if (complaint !== undefined) throw refuse(complaint)
}

/** heat/engine/constraints.py, AllowedValues: of a list, each item; a number may be written as a text. */
function isAllowed(value: Json, allowed: Json[]): boolean {
  if (Array.isArray(value)) return value.every((item) => isAllowed(item, allowed))
  return allowed.some((each) => pythonText(each) === pythonText(value))
}

function outside(value: number, range: { min?: number; max?: number }): boolean {
  return (range.min !== undefined && value < range.min) || (range.max !== undefined && value > range.max)
}
