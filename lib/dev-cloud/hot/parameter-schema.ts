import { Fault } from '../fault.ts'
import { isMap, type Json, type JsonMap, pythonStr, text } from '../json.ts'
import type { Language } from './call.ts'
import { PatternTrouble, readPattern } from './pattern.ts'

/** heat/common/exception.py, InvalidSchemaError */
export const invalidSchema = (words: string) => new Fault(400, 'InvalidSchemaError', words)

export const parameterTypes = ['string', 'number', 'comma_delimited_list', 'json', 'boolean']

const constraintNames = ['description', 'length', 'range', 'modulo', 'allowed_values', 'allowed_pattern', 'custom_constraint']

/**
 * The section `parameters`, checked for its form. heat/engine/hot/parameters.py, from_dict; heat/engine/constraints.py.
 * Throws InvalidSchemaError (400).
 */
export function readParameters(section: JsonMap, language: Language): Record<string, JsonMap> {
  const found: Record<string, JsonMap> = {}
  for (const [name, schema] of Object.entries(section)) found[name] = readParameter(name, schema, language)
  return found
}

/** As CloudFormation's language calls them, and HOT once did. */
const oldTypes: Record<string, string> = {
  String: 'string',
  Number: 'number',
  Boolean: 'boolean',
  Json: 'json',
  CommaDelimitedList: 'comma_delimited_list',
}

function readParameter(name: string, schema: Json, language: Language): JsonMap {
  const checked = mapping(schema, language.parameterKeys, `parameter (${name})`)
  if (!('type' in checked)) throw invalidSchema(`Missing parameter type for parameter: ${name}`)
  const { constraints } = checked
  if (constraints !== undefined && constraints !== null) {
    if (!Array.isArray(constraints)) throw invalidSchema(`Invalid parameter constraints for parameter ${name}, expected a list`)
    for (const constraint of constraints) refuseConstraint(mapping(constraint, constraintNames, 'parameter constraints'), language)
  }
  const type = language.takesOldTypes ? (oldTypes[pythonStr(checked.type)] ?? checked.type) : checked.type
  if (typeof type !== 'string' || !parameterTypes.includes(type)) throw invalidSchema(`Invalid type (${pythonStr(checked.type)})`)
  return { ...checked, type }
}

function mapping(value: Json | undefined, keys: string[], what: string): JsonMap {
  if (value === undefined || !isMap(value)) throw invalidSchema(`Invalid ${what}, expected a mapping`)
  for (const key of Object.keys(value)) if (!keys.includes(key)) throw invalidSchema(`Invalid key '${key}' for ${what}`)
  return value
}

/** What a constraint says first, in the order in which its version looks for them. */
export function kindOf(constraint: JsonMap, language: Language): string | undefined {
  return language.constraints.find((name) => name in constraint)
}

function refuseConstraint(constraint: JsonMap, language: Language): void {
  const kind = kindOf(constraint, language)
  if (kind === undefined) throw invalidSchema('No constraint expressed')
  const value = constraint[kind] ?? null
  if (kind === 'range' || kind === 'length') refuseBounds(kind, mapping(value, ['min', 'max'], `${kind} constraint`))
  else if (kind === 'modulo') refuseModulo(mapping(value, ['step', 'offset'], 'modulo constraint'))
  else if (kind === 'allowed_values' && !Array.isArray(value)) throw invalidSchema('AllowedValues must be a list')
  else if (kind === 'allowed_pattern') refusePattern(value)
}

function refuseBounds(kind: 'range' | 'length', { min, max }: JsonMap): void {
  const bounds = [numberOf(min), numberOf(max)]
  if (bounds.every((bound) => bound === undefined)) {
    throw invalidSchema(`A ${kind} constraint must have a min value and/or a max value specified.`)
  }
  const isWhole = bounds.every((bound) => bound === undefined || Number.isInteger(bound))
  if (kind === 'length' && !isWhole) throw invalidSchema('min/max length must be integral')
}

function refuseModulo(modulo: JsonMap): void {
  const [step, offset] = [numberOf(modulo.step), numberOf(modulo.offset)]
  if (step === undefined || offset === undefined) {
    throw invalidSchema('A modulo constraint must have a step value and an offset value specified.')
  }
  if (!Number.isInteger(step) || !Number.isInteger(offset)) throw invalidSchema('step/offset must be integer')
  if (step === 0) throw invalidSchema('step cannot be 0.')
  if (Math.abs(offset) >= Math.abs(step)) throw invalidSchema('offset must be smaller (by absolute value) than step.')
  if (step * offset < 0) throw invalidSchema('step and offset must be both positive or both negative.')
}

/** Heat's own reading of numbers; what is none is a ValueError there, which its API does not explain. */
function numberOf(value: Json | undefined): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number') return value
  const number = typeof value === 'boolean' || (typeof value === 'string' && value.trim() !== '') ? Number(value) : Number.NaN
  if (Number.isNaN(number)) throw new Fault(400, 'ValueError')
  return number
}

function refusePattern(value: Json): void {
  if (typeof value !== 'string') throw invalidSchema('AllowedPattern must be a string')
  try {
    readPattern(value)
  } catch (error) {
    // Heat does not catch re.error, and its API does not explain it.
    throw error instanceof PatternTrouble ? new Fault(500, 'RemoteError') : error
  }
}

/** heat/engine/constraints.py: which types a constraint may stand for. */
const allowedFor: Record<string, { name: string; types: string[] }> = {
  range: { name: 'Range', types: ['number'] },
  length: { name: 'Length', types: ['string', 'comma_delimited_list', 'json'] },
  modulo: { name: 'Modulo', types: ['number'] },
  allowed_values: { name: 'AllowedValues', types: ['string', 'number', 'boolean', 'comma_delimited_list'] },
  allowed_pattern: { name: 'AllowedPattern', types: ['string'] },
  custom_constraint: { name: 'CustomConstraint', types: ['string', 'number', 'boolean', 'comma_delimited_list'] },
}

/** The kind of each constraint of a parameter. Throws InvalidSchemaError where one does not go with the parameter's type. */
export function refuseMisfits(schema: JsonMap, kinds: string[]): void {
  const type = text(schema.type) ?? ''
  for (const kind of kinds) {
    const rule = allowedFor[kind]
    if (rule && !rule.types.includes(type)) throw invalidSchema(`${rule.name} constraint invalid for ${type}`)
  }
}
