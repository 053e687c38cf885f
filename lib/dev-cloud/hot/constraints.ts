import type { Content } from '../content.ts'
import { Fault } from '../fault.ts'
import { isMap, type Json, type JsonMap, pythonEqual, pythonJson, pythonLength, pythonStr, pythonType, text } from '../json.ts'
import { checkContent } from './custom-constraints.ts'
import { matches, PatternTrouble } from './pattern.ts'

/** What the constraints of a parameter are put to: the cloud's own things, and whether those are looked at. */
export type Judging = { content: Content; custom: boolean }

/**
 * What the first violated constraint says, undefined when none is. heat/engine/constraints.py. Throws a TypeError of Heat's (500, not
 * explained) where a value has not even the kind that a constraint looks at.
 */
export function violation(constraints: JsonMap[], { type, value }: { type: string; value: Json }, judging: Judging): string | undefined {
  for (const constraint of constraints) {
    const complaint = complaintOf(constraint, { type, value }, judging)
    if (complaint !== undefined) return text(constraint.description) || complaint
  }
  return undefined
}

function complaintOf(
  constraint: JsonMap,
  { type, value }: { type: string; value: Json },
  { content, custom }: Judging,
): string | undefined {
  const { modulo, range, length, allowed_values: allowed, allowed_pattern: pattern, custom_constraint: name } = constraint
  if (isMap(modulo) && type === 'number') return moduloComplaint(modulo, value)
  if (isMap(range)) return rangeComplaint(range, Number(value), pythonStr(value))
  if (isMap(length)) return rangeComplaint(length, lengthOf(value), `length (${lengthOf(value)})`)
  if (Array.isArray(allowed))
    return isAllowed(value, allowed, type) ? undefined : `${pythonJson(value)} is not an allowed value ${pythonJson(allowed)}`
  if (typeof pattern === 'string') return patternComplaint(pattern, value)
  if (typeof name === 'string' && custom) return checkContent(name, pythonStr(value), content)
  return undefined
}

function lengthOf(value: Json): number {
  if (typeof value === 'string') return pythonLength(value)
  if (typeof value === 'object' && value !== null) return Object.keys(value).length
  throw new Fault(500, 'TypeError')
}

function shown(bound: Json | undefined): string {
  return typeof bound === 'string' ? String(Number(bound)) : pythonStr(bound)
}

function rangeComplaint({ min, max }: JsonMap, value: number, words: string): string | undefined {
  const isSet = (bound: Json | undefined) => bound !== undefined && bound !== null
  const outside = (isSet(min) && value < Number(min)) || (isSet(max) && value > Number(max))
  return outside ? `${words} is out of range (min: ${shown(min)}, max: ${shown(max)})` : undefined
}

/** Python's remainder has the sign of what is divided by. */
function moduloComplaint({ step, offset }: JsonMap, value: Json): string | undefined {
  const [by, rest] = [Number(step), Number(offset)]
  const remainder = ((Number(value) % by) + by) % by
  return remainder === rest ? undefined : `${pythonStr(value)} is not a multiple of ${by} with an offset of ${rest}`
}

function isAllowed(value: Json, allowed: Json[], type: string): boolean {
  if (Array.isArray(value)) return value.every((item) => allowed.some((each) => pythonEqual(each, item)))
  const cast = (each: Json): Json => {
    if (type === 'number') return Number(each)
    if (type === 'boolean') return ['t', 'true', 'on', 'y', 'yes', '1'].includes(pythonStr(each).toLowerCase())
    return type === 'string' ? pythonStr(each) : each
  }
  return allowed.some((each) => pythonEqual(cast(each), cast(value)))
}

function patternComplaint(pattern: string, value: Json): string | undefined {
  // Python: "expected string or bytes-like object".
  if (typeof value !== 'string') throw new Fault(500, 'TypeError', `expected string or bytes-like object, got '${pythonType(value)}'`)
  try {
    return matches(pattern, value) ? undefined : `"${value}" does not match pattern "${pattern}"`
  } catch (error) {
    if (error instanceof PatternTrouble) return `"${value}" cannot be compared with pattern "${pattern}": ${error.message}`
    throw error
  }
}
