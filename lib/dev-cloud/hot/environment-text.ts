import { badRequest } from '../fault.ts'
import { isMap, type Json, type JsonMap } from '../json.ts'
import { parseYaml } from './yaml.ts'

const sections = [
  'parameters',
  'resource_registry',
  'parameter_defaults',
  'encrypted_param_names',
  'event_sinks',
  'parameter_merge_strategies',
]

/** One environment as a map, checked for its sections. Throws 400. */
export function readText(source: Json | undefined): JsonMap {
  const complain = (complaint: string) => badRequest(`Environment not in valid format: ${complaint}`)
  const value = typeof source === 'string' ? parseYaml(source, complain) : (source ?? {})
  if (value === null || value === '') return {}
  if (!isMap(value)) throw complain('The environment is not a valid YAML mapping data type.')
  for (const [section, content] of Object.entries(value)) {
    if (!sections.includes(section)) throw complain(`environment has wrong section "${section}"`)
    if (content === null) throw complain(`environment has empty section "${section}"`)
  }
  return value
}
