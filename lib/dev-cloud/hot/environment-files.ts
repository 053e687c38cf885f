import { Fault } from '../fault.ts'
import { isMap, type Json, type JsonMap, pythonText, text } from '../json.ts'
import type { Environment } from './environment.ts'
import { readText } from './environment-text.ts'
import { parseYaml } from './yaml.ts'

type Strategies = Record<string, string>
const known = ['overwrite', 'merge', 'deep_merge']

/**
 * Environment files read in their order and merged into what the request itself gives, by each file's `parameter_merge_strategies`.
 * heat/common/environment_util.py, merge_environments. Throws InvalidMergeStrategyForParam and ConflictingMergeStrategyForParam
 * (500, as Heat maps them to nothing better).
 */
export function mergeEnvironmentFiles(
  start: Environment,
  { names, files, declared }: { names: string[]; files: JsonMap; declared: Record<string, JsonMap> },
): Environment {
  const types = typesOf(files, declared)
  const chosen: Strategies = {}
  let merged: Environment = start
  for (const name of names) {
    const source = Object.hasOwn(files, name) ? files[name] : undefined
    if (source === undefined) throw new Fault(500, 'KeyError')
    const read = readText(source)
    const strategies = isMap(read.parameter_merge_strategies) ? read.parameter_merge_strategies : {}
    merged = {
      parameters: mergeParameters(merged.parameters, read.parameters, { types, strategies, chosen, name }),
      parameter_defaults: mergeParameters(merged.parameter_defaults, read.parameter_defaults, { types, strategies, chosen, name }),
      resource_registry: mergeMap(merged.resource_registry, read.resource_registry, false),
      event_sinks: [...merged.event_sinks, ...(Array.isArray(read.event_sinks) ? read.event_sinks : [])],
      encrypted_param_names: [
        ...merged.encrypted_param_names,
        ...(Array.isArray(read.encrypted_param_names) ? read.encrypted_param_names : []),
      ],
    }
  }
  return merged
}

/** The type of each parameter that any template of the request declares; the outermost decides (template.py, all_param_schemata). */
function typesOf(files: JsonMap, declared: Record<string, JsonMap>): Strategies {
  const types: Strategies = {}
  for (const source of Object.values(files)) Object.assign(types, typesIn(declaredIn(source)))
  return { ...types, ...typesIn(declared) }
}

function declaredIn(source: Json): JsonMap {
  if (typeof source !== 'string' || !/^\s*\{|^["']?heat_template_version/m.test(source)) return {}
  try {
    const template = parseYaml(source, (complaint) => new Error(complaint))
    return isMap(template) && 'heat_template_version' in template && isMap(template.parameters) ? template.parameters : {}
  } catch {
    return {}
  }
}

function typesIn(declared: JsonMap): Strategies {
  return Object.fromEntries(Object.entries(declared).map(([name, schema]) => [name, (isMap(schema) && text(schema.type)) || '']))
}

type Rules = { types: Strategies; strategies: JsonMap; chosen: Strategies; name: string }

/** heat/common/environment_util.py, merge_parameters: the first file to name a parameter chooses its strategy. */
function mergeParameters(before: JsonMap, given: Json | undefined, rules: Rules): JsonMap {
  if (given === undefined || !isMap(given) || Object.keys(given).length === 0) return before
  const declared = Object.entries(given).filter(([key, value]) => Object.hasOwn(rules.types, key) && value !== null)
  for (const [key] of declared) {
    const strategy = strategyFor(key, rules)
    const chosen = rules.chosen[key]
    if (chosen !== undefined && chosen !== strategy) {
      const detail = `Conflicting merge strategy '${strategy}' for parameter '${key}' in file '${rules.name}'.`
      throw new Fault(500, 'ConflictingMergeStrategyForParam', detail)
    }
    rules.chosen[key] = strategy
  }
  if (Object.keys(before).length === 0) return given
  const merged = { ...before }
  for (const [key, value] of declared) {
    const strategy = rules.chosen[key]
    merged[key] =
      strategy === 'overwrite' ? value : mergeOne(key, merged[key], { value, type: rules.types[key], deep: strategy !== 'merge' })
  }
  return merged
}

function strategyFor(key: string, { strategies, chosen }: Rules): string {
  const usual = text(strategies.default) ?? 'overwrite'
  const own = text(strategies[key]) ?? chosen[key] ?? usual
  return known.includes(own) ? own : usual
}

function mergeOne(
  key: string,
  before: Json | undefined,
  { value, type, deep }: { value: Json; type: string | undefined; deep: boolean },
): Json {
  switch (type) {
    case 'json':
      return mergeMap(isMap(before) ? before : {}, typeof value === 'string' ? parseJson(value) : value, deep)
    case 'comma_delimited_list':
      return mergeList(before, value)
    case 'string':
      return `${before === undefined ? '' : pythonText(before)}${pythonText(value)}`
    case 'number':
      // Heat asks for a sequence where it then adds numbers: its own merging of numbers never works.
      throw new Fault(400, 'ValueError')
    default:
      throw new Fault(500, 'InvalidMergeStrategyForParam', `Invalid merge strategy 'merge' for parameter '${key}'.`)
  }
}

function parseJson(source: string): Json {
  try {
    return JSON.parse(source) as Json
  } catch {
    throw new Fault(400, 'ValueError')
  }
}

function mergeList(before: Json | undefined, value: Json): Json {
  if (before === undefined || before === null || before === '' || (Array.isArray(before) && before.length === 0)) return value
  if (Array.isArray(value)) return [...(Array.isArray(before) ? before : [before]), ...value]
  return `${Array.isArray(before) ? before.map(pythonText).join(',') : pythonText(before)},${pythonText(value)}`
}

function mergeMap(before: JsonMap, given: Json | undefined, deep: boolean): JsonMap {
  if (given === undefined || !isMap(given)) return before
  if (Object.keys(before).length === 0) return given
  const merged = { ...before }
  for (const [key, value] of Object.entries(given)) {
    const old = merged[key]
    if (value === null) continue
    if (!deep || old === undefined || old === null) merged[key] = value
    else if (isMap(value) && isMap(old)) merged[key] = mergeMap(old, value, deep)
    else if (Array.isArray(value)) merged[key] = mergeList(old, value)
    else merged[key] = typeof value === 'string' ? `${pythonText(old)}${value}` : value
  }
  return merged
}
