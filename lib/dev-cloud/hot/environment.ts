import { Fault } from '../fault.ts'
import { isMap, type Json, type JsonMap, pythonText } from '../json.ts'
import { mergeEnvironmentFiles } from './environment-files.ts'
import { readText } from './environment-text.ts'
import { readRegistry } from './registry.ts'

/** An environment with all its sections, as a stack keeps it and as `GET .../environment` shows it. */
export type Environment = {
  /** The request's own parameters are among them. */
  parameters: JsonMap
  parameter_defaults: JsonMap
  /** As Heat keeps it: without what was taken out by null. Ask `implementationOf` (registry.ts) what a type stands for. */
  resource_registry: JsonMap
  event_sinks: Json[]
  encrypted_param_names: Json[]
}

/**
 * The environment of a request to create, preview, update or validate a stack: its `environment` (a map or YAML text), or else its
 * `environment_files`, names of texts among its `files`, merged in their order; and its `parameters`, which win over those of
 * `environment`. `declared` are the template's parameters, whose types decide how files are merged.
 * heat/api/openstack/v1/stacks.py (InstantiationData), heat/common/environment_format.py.
 * Throws 400 "Environment not in valid format: ..." and what the registry and the merge refuse.
 */
export function readEnvironment(body: JsonMap, declared: Record<string, JsonMap> = {}): Environment {
  const named = body.environment_files
  const fromFiles = Array.isArray(named) && named.length > 0
  const given = fromFiles ? {} : readText(body.environment)
  const read: Environment = {
    parameters: { ...mapIn(given, 'parameters'), ...mapIn(body, 'parameters') },
    parameter_defaults: mapIn(given, 'parameter_defaults'),
    resource_registry: mapIn(given, 'resource_registry'),
    event_sinks: listIn(given, 'event_sinks'),
    encrypted_param_names: listIn(given, 'encrypted_param_names'),
  }
  const merged = fromFiles ? mergeEnvironmentFiles(read, { names: named.map(pythonText), files: mapIn(body, 'files'), declared }) : read
  refuseSinks(merged.event_sinks)
  return { ...merged, resource_registry: readRegistry(merged.resource_registry) }
}

/** Heat stumbles over a section of the wrong kind (AttributeError, 400 without a message). */
function mapIn(given: JsonMap, section: string): JsonMap {
  const value = given[section] ?? {}
  if (!isMap(value)) throw new Fault(400, 'AttributeError')
  return value
}

function listIn(given: JsonMap, section: string): Json[] {
  const value = given[section] ?? []
  if (!Array.isArray(value)) throw new Fault(400, 'AttributeError')
  return value
}

/** Where events could be sent to: Heat knows Zaqar's queues only. Here they are accepted, and nothing is sent. */
function refuseSinks(sinks: Json[]): void {
  for (const sink of sinks) if (!isMap(sink) || sink.type !== 'zaqar-queue') throw new Fault(500, 'KeyError')
}
