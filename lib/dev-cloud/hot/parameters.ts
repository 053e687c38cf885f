import { type Content, checkContent } from '../content.ts'
import { Fault, invalidStack } from '../fault.ts'
import { isMap, type Json, type JsonMap, maps, pythonJson, pythonText, text } from '../json.ts'
import { missingParameter } from './functions.ts'

/** What the caller gave: request parameters win over the environment's, those over its defaults. */
export type Supplied = { parameters: JsonMap; defaults: JsonMap }

const types = ['string', 'number', 'comma_delimited_list', 'json', 'boolean']

/** The value of every declared parameter, cast and checked. Throws the faults of recordings heat-create-parameter-*-400. */
export function resolveParameters(schemas: Record<string, JsonMap>, supplied: Supplied, content: Content): JsonMap {
  for (const name of Object.keys(supplied.parameters)) {
    if (!Object.hasOwn(schemas, name)) throw new Fault(400, 'UnknownUserParameter', `The Parameter (${name}) was not defined in template.`)
  }
  const values: JsonMap = {}
  for (const [name, schema] of Object.entries(schemas)) {
    const given = supplied.parameters[name] ?? supplied.defaults[name] ?? schema.default
    if (given === undefined || given === null) throw missingParameter(name)
    values[name] = checkParameter(name, schema, given, content)
  }
  return values
}

function checkParameter(name: string, schema: JsonMap, given: Json, content: Content): Json {
  const invalid = (complaint: string) => invalidStack(`Parameter '${name}' is invalid: ${complaint}`)
  const type = text(schema.type) ?? ''
  if (!types.includes(type)) throw invalidStack(`Invalid type (${type}) of parameter ${name}`)
  const value = cast(type, given, invalid)
  for (const constraint of maps(schema.constraints)) {
    const complaint = violation(constraint, type, value, content)
    if (complaint !== undefined) throw invalid(text(constraint.description) ?? complaint)
  }
  return value
}

/** heat/engine/parameters.py: how each type reads what was given. */
function cast(type: string, given: Json, invalid: (complaint: string) => Fault): Json {
  switch (type) {
    case 'number':
      return castNumber(given, invalid)
    case 'boolean':
      return castBoolean(given, invalid)
    case 'comma_delimited_list':
      if (Array.isArray(given)) return given.map(pythonText)
      return given === ''
        ? []
        : pythonText(given)
            .split(',')
            .map((item) => item.trim())
    case 'json':
      if (typeof given === 'object') return given
      try {
        return JSON.parse(pythonText(given)) as Json
      } catch {
        throw invalid(`Value must be valid JSON: ${pythonText(given)}`)
      }
    default:
      return typeof given === 'object' ? pythonJson(given) : pythonText(given)
  }
}

function castNumber(given: Json, invalid: (complaint: string) => Fault): number {
  const value = typeof given === 'number' ? given : typeof given === 'string' && given.trim() !== '' ? Number(given) : Number.NaN
  if (!Number.isFinite(value)) throw invalid(`could not convert string to float: '${pythonText(given)}'`)
  return value
}

function castBoolean(given: Json, invalid: (complaint: string) => Fault): boolean {
  const word = pythonText(given).toLowerCase()
  if (['t', 'true', 'on', 'y', 'yes', '1'].includes(word)) return true
  if (['f', 'false', 'off', 'n', 'no', '0'].includes(word)) return false
  throw invalid(
    `Unrecognized value '${pythonText(given)}', acceptable values are: '0', '1', 'f', 'false', 'n', 'no', 'off', 'on', 't', 'true', 'y', 'yes'`,
  )
}

function violation(constraint: JsonMap, type: string, value: Json, content: Content): string | undefined {
  const shown = pythonText(value)
  if (isMap(constraint.range)) return rangeViolation(constraint.range, 'out of range', Number(value), shown)
  if (isMap(constraint.length)) {
    const length = Array.isArray(value) ? value.length : isMap(value) ? Object.keys(value).length : shown.length
    return rangeViolation(constraint.length, 'out of range', length, `length (${length})`)
  }
  const allowed = constraint.allowed_values
  if (Array.isArray(allowed)) {
    const words = allowed.map(pythonText)
    const wanted = Array.isArray(value) ? value.map(pythonText) : [shown]
    if (!wanted.every((word) => words.includes(word))) return `${shown} is not an allowed value [${words.join(', ')}]`
  }
  if (typeof constraint.allowed_pattern === 'string' && !new RegExp(`^(?:${constraint.allowed_pattern})`, 'u').test(shown)) {
    return `"${shown}" does not match pattern "${constraint.allowed_pattern}"`
  }
  if (isMap(constraint.modulo) && type === 'number') {
    const { step, offset } = constraint.modulo
    if (Number(value) % Number(step) !== Number(offset) % Number(step))
      return `${shown} is not a multiple of ${pythonText(step)} with an offset of ${pythonText(offset)})`
  }
  return typeof constraint.custom_constraint === 'string' && typeof value === 'string'
    ? checkContent(constraint.custom_constraint, value, content)
    : undefined
}

function rangeViolation(range: JsonMap, phrase: string, value: number, shown: string): string | undefined {
  const { min, max } = range
  const outside = (min !== undefined && value < Number(min)) || (max !== undefined && value > Number(max))
  return outside ? `${shown} is ${phrase} (min: ${pythonText(min)}, max: ${pythonText(max)})` : undefined
}

/** Parameters as `GET stack` shows them: everything as text, what is hidden as six stars. */
export function showParameters(schemas: Record<string, JsonMap>, values: JsonMap): JsonMap {
  const shown: JsonMap = {}
  for (const [name, schema] of Object.entries(schemas)) {
    const value = values[name] ?? null
    if (isHidden(schema)) shown[name] = '******'
    else shown[name] = schema.type === 'comma_delimited_list' && Array.isArray(value) ? value.map(pythonText).join(',') : pythonText(value)
  }
  return shown
}

function isHidden(schema: JsonMap): boolean {
  return schema.hidden === true || schema.hidden === 'true'
}

const shownTypes: Record<string, string> = {
  string: 'String',
  number: 'Number',
  comma_delimited_list: 'CommaDelimitedList',
  json: 'Json',
  boolean: 'Boolean',
}

/** Parameters as `POST validate` describes them (recordings heat-validate-ok-200, heat-validate-parameter-value-200). */
export function describeParameters(schemas: Record<string, JsonMap>, supplied: JsonMap): JsonMap {
  const described: JsonMap = {}
  for (const [name, schema] of Object.entries(schemas)) {
    const entry: JsonMap = {
      Type: shownTypes[text(schema.type) ?? ''] ?? 'String',
      Description: text(schema.description) ?? '',
      NoEcho: isHidden(schema) ? 'true' : 'false',
      Label: text(schema.label) ?? name,
    }
    if (schema.default !== undefined) entry.Default = schema.default
    if (supplied[name] !== undefined) entry.Value = supplied[name]
    for (const constraint of maps(schema.constraints)) Object.assign(entry, describeConstraint(constraint))
    described[name] = entry
  }
  return described
}

function describeConstraint(constraint: JsonMap): JsonMap {
  const { range, length, allowed_values: values, allowed_pattern: pattern, custom_constraint: custom } = constraint
  const described: JsonMap = {}
  if (isMap(range)) Object.assign(described, pick(range, 'MinValue', 'MaxValue'))
  if (isMap(length)) Object.assign(described, pick(length, 'MinLength', 'MaxLength'))
  if (values !== undefined) described.AllowedValues = values
  if (pattern !== undefined) described.AllowedPattern = pattern
  if (custom !== undefined) described.CustomConstraint = custom
  if (typeof constraint.description === 'string') described.ConstraintDescription = constraint.description
  return described
}

function pick(range: JsonMap, min: string, max: string): JsonMap {
  return { ...(range.min === undefined ? {} : { [min]: range.min }), ...(range.max === undefined ? {} : { [max]: range.max }) }
}
