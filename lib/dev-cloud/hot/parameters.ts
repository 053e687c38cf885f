import type { Content } from '../content.ts'
import { Fault, invalidStack } from '../fault.ts'
import { isMap, type Json, type JsonMap, maps, pythonJson, pythonRepr, pythonStr, pythonType, text } from '../json.ts'
import { jsonComplaint } from '../python-json.ts'
import { missingParameter } from './call.ts'
import { violation } from './constraints.ts'
import { invalidSchema, refuseMisfits } from './parameter-schema.ts'

/** What the caller gave: request parameters win over the environment's, those over its defaults. */
export type Supplied = { parameters: JsonMap; defaults: JsonMap }

/**
 * The value of every declared parameter, cast and checked. Throws the faults of recordings heat-create-parameter-*-400 and, for what
 * is wrong with the declaration itself, InvalidSchemaError (400). heat/engine/parameters.py.
 */
export function resolveParameters(schemas: Record<string, JsonMap>, supplied: Supplied, content: Content): JsonMap {
  refuseUndeclared(schemas, supplied.parameters)
  const values: JsonMap = {}
  for (const [name, schema] of Object.entries(schemas)) {
    checkDeclaration(name, schema, content)
    const given = givenFor(name, schema, supplied)
    if (given === undefined) throw missingParameter(name)
    values[name] = checkParameter(name, schema, given, content)
  }
  return values
}

/** The value that a parameter would have, as it was given; undefined for none. */
export function givenFor(name: string, schema: JsonMap, { parameters, defaults }: Supplied): Json | undefined {
  const own = (values: JsonMap) => (Object.hasOwn(values, name) ? values[name] : undefined)
  return own(parameters) ?? own(defaults) ?? schema.default ?? undefined
}

/** Throws UnknownUserParameter (400). */
export function refuseUndeclared(schemas: Record<string, JsonMap>, given: JsonMap): void {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(schemas, name)) throw new Fault(400, 'UnknownUserParameter', `The Parameter (${name}) was not defined in template.`)
  }
}

/** Whether a declaration makes sense: constraints that go with its type, a default that they allow. Throws InvalidSchemaError. */
export function checkDeclaration(name: string, schema: JsonMap, content: Content): void {
  try {
    const constraints = maps(schema.constraints)
    refuseMisfits(
      schema,
      constraints.map((constraint) => Object.keys(constraint).find((key) => key !== 'description') ?? ''),
    )
    const standard = schema.default ?? null
    if (standard === null) return
    const value = schema.type === 'comma_delimited_list' ? defaultList(standard) : standard
    const refuse = (words: string) => invalidSchema(`Invalid default ${pythonStr(standard)} (${words})`)
    if (schema.type === 'number' && constraints.length > 0) readNumber(value, refuse)
    const complaint = violation(constraints, { type: text(schema.type) ?? '', value }, { content, custom: false })
    if (complaint !== undefined) throw refuse(complaint)
  } catch (error) {
    if (error instanceof Fault && error.type === 'InvalidSchemaError')
      throw invalidSchema(`Parameter '${name}' is invalid: ${error.message}`)
    if (error instanceof Fault && error.type === 'TypeError') {
      throw invalidSchema(`Parameter '${name}' is invalid: Invalid default ${pythonStr(schema.default)} (${error.message})`)
    }
    throw error
  }
}

function defaultList(standard: Json): Json[] {
  if (Array.isArray(standard)) return standard.map(pythonStr)
  if (typeof standard === 'string') return standard.split(',')
  throw invalidSchema(`Default must be a comma-delimited list string: '${pythonType(standard)}' object has no attribute 'split'`)
}

function checkParameter(name: string, schema: JsonMap, given: Json, content: Content): Json {
  const invalid = (complaint: string) => invalidStack(`Parameter '${name}' is invalid: ${complaint}`)
  const type = text(schema.type) ?? ''
  const value = castParameter(type, given, invalid)
  const judged = type === 'string' ? given : value
  const complaint = violation(maps(schema.constraints), { type, value: judged }, { content, custom: true })
  if (complaint !== undefined) throw invalid(complaint)
  return value
}

/** heat/engine/parameters.py: how each type reads what was given. `invalid` words what it cannot read. */
export function castParameter(type: string, given: Json, invalid: (complaint: string) => Fault): Json {
  switch (type) {
    case 'number':
      return readNumber(given, invalid)
    case 'boolean':
      return castBoolean(given, invalid)
    case 'comma_delimited_list':
      if (Array.isArray(given)) return given.map(pythonStr)
      if (typeof given === 'string') return given === '' ? [] : given.split(',')
      throw invalid(`Value must be a comma-delimited list string: '${pythonType(given)}' object has no attribute 'split'`)
    case 'json':
      return castJson(given, invalid)
    default:
      return pythonStr(given)
  }
}

function castJson(given: Json, invalid: (complaint: string) => Fault): Json {
  if (typeof given !== 'string' || given === '') return given
  const complaint = jsonComplaint(given)
  if (complaint !== undefined) throw invalid(`Value must be valid JSON: ${complaint}`)
  return JSON.parse(given) as Json
}

function readNumber(given: Json, invalid: (complaint: string) => Fault): number {
  if (typeof given === 'number') return given
  if (typeof given === 'boolean') return Number(given)
  if (typeof given !== 'string') {
    throw invalid(`int() argument must be a string, a bytes-like object or a real number, not '${pythonType(given)}'`)
  }
  const value = /^\s*[+-]?(\d+(_\d+)*\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(given) ? Number(given.trim().replaceAll('_', '')) : Number.NaN
  if (Number.isNaN(value)) throw invalid(`could not convert string to float: ${pythonRepr(given)}`)
  return value
}

function castBoolean(given: Json, invalid: (complaint: string) => Fault): boolean {
  const word = pythonStr(given).trim().toLowerCase()
  if (['t', 'true', 'on', 'y', 'yes', '1'].includes(word)) return true
  if (['f', 'false', 'off', 'n', 'no', '0'].includes(word)) return false
  const acceptable = "'0', '1', 'f', 'false', 'n', 'no', 'off', 'on', 't', 'true', 'y', 'yes'"
  throw invalid(`Unrecognized value '${pythonStr(given)}', acceptable values are: ${acceptable}`)
}

/** Parameters as `GET stack` shows them: everything as text, what is hidden as six stars. */
export function showParameters(schemas: Record<string, JsonMap>, values: JsonMap): JsonMap {
  const shown: JsonMap = {}
  for (const [name, schema] of Object.entries(schemas)) {
    const value = values[name] ?? null
    if (isHidden(schema)) shown[name] = '******'
    else if (schema.type === 'comma_delimited_list' && Array.isArray(value)) shown[name] = value.map(pythonStr).join(',')
    else shown[name] = schema.type === 'json' ? pythonJson(value) : pythonStr(value)
  }
  return shown
}

/** heat/engine/hot/parameters.py takes whatever Python takes for true, the text "false" among it. */
export function isHidden(schema: JsonMap): boolean {
  return Boolean(schema.hidden)
}

const shownTypes: Record<string, string> = {
  string: 'String',
  number: 'Number',
  comma_delimited_list: 'CommaDelimitedList',
  json: 'Json',
  boolean: 'Boolean',
}

/**
 * Parameters as `POST validate` describes them (recordings heat-validate-ok-200, heat-validate-parameter-value-200).
 * heat/engine/api.py, format_validate_parameter.
 */
export function describeParameters(schemas: Record<string, JsonMap>, { parameters, defaults }: Supplied): JsonMap {
  const described: JsonMap = {}
  for (const [name, schema] of Object.entries(schemas)) {
    const standard = defaults[name] ?? schema.default ?? null
    const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined
    described[name] = {
      Type: shownTypes[text(schema.type) ?? ''] ?? 'String',
      Description: text(schema.description) ?? '',
      NoEcho: isHidden(schema) ? 'true' : 'false',
      Label: text(schema.label) ?? name,
      ...(standard === null ? {} : { Default: standard }),
      ...(value ? { Value: value } : {}),
      ...(Array.isArray(schema.tags) && schema.tags.length > 0 ? { Tags: schema.tags } : {}),
      ...describeConstraints(maps(schema.constraints)),
    }
  }
  return described
}

function describeConstraints(constraints: JsonMap[]): JsonMap {
  const described: JsonMap = Object.assign({}, ...constraints.map(describeConstraint))
  const words = constraints.flatMap(({ description }) => (typeof description === 'string' && description ? [description] : []))
  return words.length === 0 ? described : { ...described, ConstraintDescription: words.join(' ') }
}

function describeConstraint(constraint: JsonMap): JsonMap {
  const { range, length, modulo, allowed_values: values, allowed_pattern: pattern, custom_constraint: custom } = constraint
  if (isMap(modulo)) return pick(modulo, { step: 'Step', offset: 'Offset' })
  if (isMap(range)) return pick(range, { min: 'MinValue', max: 'MaxValue' })
  if (isMap(length)) return pick(length, { min: 'MinLength', max: 'MaxLength' })
  if (values !== undefined) return { AllowedValues: values }
  if (pattern !== undefined) return { AllowedPattern: pattern }
  return custom === undefined ? {} : { CustomConstraint: custom }
}

function pick(source: JsonMap, names: Record<string, string>): JsonMap {
  const entries = Object.entries(names).map(([key, name]): [string, Json] => [name, source[key] ?? null])
  return Object.fromEntries(entries.filter(([, value]) => value !== null))
}
