import { badRequest, Fault, ValidationFault } from '../fault.ts'
import { isMap, type Json, type JsonMap, pythonStr, pythonType, text } from '../json.ts'
import type { Language, Scope } from './call.ts'
import { callOf, references } from './functions.ts'
import { languageNamed, versionWords } from './languages.ts'
import { readParameters } from './parameter-schema.ts'
import { parseYaml } from './yaml.ts'

/** A template in the HOT language, read and checked for form; values still hold functions. */
export type Template = {
  raw: JsonMap
  /** What its version knows. */
  language: Language
  description: string
  parameters: Record<string, JsonMap>
  /** As they stand there; `checkTemplate` judges them. */
  parameterGroups: Json
  conditions: Record<string, Json>
  resources: Record<string, Definition>
  outputs: Record<string, Output>
}
export type Definition = {
  type: string
  description: string
  properties: JsonMap
  metadata: Json
  condition: Json | undefined
  dependsOn: string[]
  /** `Delete`, `Retain` or `Snapshot`, or a function that gives one of them; ask `deletionPolicyOf`. */
  deletionPolicy: Json | undefined
  updatePolicy: Json | undefined
  /** The id of a thing that somebody else made and keeps. */
  externalId: Json | undefined
}
export type Output = { description: string; value: Json; condition: Json | undefined }

const maxTemplateBytes = 524_288
const maxDepth = 200

/**
 * Reads a template, given as YAML (or JSON) text or as a map.
 * Throws the faults of recordings heat-validate-*-400 for what is wrong at first sight; the rest is for `checkTemplate`.
 */
export function readTemplate(source: Json | undefined): Template {
  if (source === undefined || source === null) throw badRequest('No template specified')
  const raw = isMap(source) ? source : parseMap(typeof source === 'string' ? source : JSON.stringify(source))
  refuseDepth(raw)
  const language = readVersion(raw)
  for (const section of Object.keys(raw)) {
    if (!language.sections.includes(section)) throw new ValidationFault(`The template section is invalid: ${section}`)
  }
  return {
    raw,
    language,
    description: text(raw.description) || 'No description',
    parameters: readParameters(section(raw, 'parameters'), language),
    parameterGroups: raw.parameter_groups ?? null,
    conditions: conditionsIn(raw),
    resources: readResources(section(raw, 'resources'), language),
    outputs: readOutputs(section(raw, 'outputs'), language),
  }
}

function parseMap(source: string): JsonMap {
  if (Buffer.byteLength(source) > maxTemplateBytes) {
    const sizes = `Template size (${Buffer.byteLength(source)} bytes) exceeds maximum allowed size (${maxTemplateBytes} bytes).`
    throw new Fault(400, 'RequestLimitExceeded', `Request limit exceeded: ${sizes}`)
  }
  const complain = (complaint: string) => badRequest(`Template not in valid format: Error parsing template [root stack] ${complaint}`)
  const value = parseYaml(source, complain)
  if (value === null || value === undefined || value === '') throw noVersion()
  if (!isMap(value)) throw badRequest('Template not in valid format: The template is not a JSON object or YAML mapping.')
  if (!versionKeys.some((key) => key in value)) throw noVersion()
  return value
}

const noVersion = () => badRequest('Template not in valid format: Template format version not found.')

/** Before anything walks through a template: nothing that people write is nested like that, and walking costs stack. */
function refuseDepth(raw: Json): void {
  let level: Json[] = [raw]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) throw badRequest('Template not in valid format: it is nested too deeply.')
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
  }
}

const versionKeys = ['heat_template_version', 'HeatTemplateFormatVersion', 'AWSTemplateFormatVersion']

/** heat/engine/template.py, get_version and get_template_class. */
function readVersion(raw: JsonMap): Language {
  const invalid = (words: string) => new Fault(400, 'InvalidTemplateVersion', `The template version is invalid: ${words}`)
  const keys = versionKeys.filter((key) => typeof raw[key] === 'string')
  if (keys.length > 1) throw invalid(`Ambiguous versions (${keys.join(', ')})`)
  const [key] = keys
  if (key === undefined) throw invalid('Template version was not provided')
  const word = text(raw[key]) ?? ''
  const language = key === 'heat_template_version' ? languageNamed(word) : undefined
  if (language) return language
  // Heat also reads the older language of templates as a whole.
  if (key !== 'heat_template_version') throw invalid(`"${key}: ${word}". This development cloud reads "heat_template_version" only.`)
  throw invalid(`"${key}: ${word}". "${key}" should be one of: ${[...versionWords].sort().join(', ')}`)
}

function section(raw: JsonMap, name: string): JsonMap {
  const value = raw[name]
  if (value === undefined || value === null || value === '' || value === false || value === 0) return {}
  if (Array.isArray(value) && value.length === 0) return {}
  if (isMap(value)) return value
  throw new ValidationFault(`'${pythonType(value)}' object has no attribute 'items'`)
}

function conditionsIn(raw: JsonMap): JsonMap {
  const value = raw.conditions ?? {}
  if (isMap(value)) return value
  const words = `Condition definitions must be a map. Found a ${pythonType(value)} instead`
  throw new ValidationFault(words, { kind: 'Conditions validation error' })
}

/** What the first look at the resources allows; a version without them says so a moment later, in other words (template.py). */
const keysOfAnyVersion = ['type', 'properties', 'metadata', 'depends_on', 'deletion_policy', 'update_policy', 'description']
const laterKeys = ['external_id', 'condition', 'value']

function readResources(raw: JsonMap, language: Language): Record<string, Definition> {
  for (const [, value] of sorted(raw)) refuseShape(value)
  return Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, readDefinition(name, isMap(value) ? value : {}, language)]))
}

function sorted(raw: JsonMap): [string, Json][] {
  return Object.entries(raw).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** heat/engine/hot/template.py, validate_section */
function refuseShape(value: Json): void {
  if (!value || (typeof value === 'object' && Object.keys(value).length === 0))
    throw new ValidationFault('Each resource must contain a type key.')
  if (!isMap(value)) {
    throw new ValidationFault(`"resources" must contain a map of resource maps. Found a [<class '${pythonType(value)}'>] instead`)
  }
  for (const key of Object.keys(value)) {
    if (![...keysOfAnyVersion, ...laterKeys].includes(key)) {
      throw new ValidationFault(`"${key}" is not a valid keyword inside a resource definition`)
    }
  }
  if (!('type' in value)) throw new ValidationFault('Each resource must contain a type key.')
  if (!value.type) throw new ValidationFault('Each Resource must contain a Type key.')
}

/** heat/engine/template_common.py, _rsrc_defn_args */
function readDefinition(name: string, value: JsonMap, language: Language): Definition {
  const foreign = Object.keys(value).filter((key) => !language.resourceKeys.includes(key))
  if (foreign.length > 0) throw new ValidationFault(`Invalid keyword(s) inside a resource definition: ${foreign.join(', ')}`)
  const refuse = (key: string, type: string) => new ValidationFault(`Resource ${name} ${key} type must be ${type}`)
  const { type, description = '', metadata = {}, properties = {} } = value
  if (typeof type !== 'string') throw refuse('type', 'string')
  if (!isMap(properties)) throw refuse('properties', 'object')
  if (!isMap(metadata)) throw refuse('metadata', 'object')
  const dependsOn = 'depends_on' in value ? (value.depends_on ?? null) : []
  if (typeof dependsOn !== 'string' && !Array.isArray(dependsOn)) throw refuse('depends_on', 'list or string')
  const needs = typeof dependsOn === 'string' ? [dependsOn] : dependsOn
  if (needs.some((other) => typeof other !== 'string')) throw new ValidationFault(`Resource ${name} depends_on must be a list of strings`)
  if ('deletion_policy' in value && typeof value.deletion_policy !== 'string' && !callOf(value.deletion_policy, language)) {
    throw refuse('deletion_policy', 'string')
  }
  if ('update_policy' in value && !isMap(value.update_policy ?? null)) throw refuse('update_policy', 'object')
  if (typeof description !== 'string') throw refuse('description', 'string')
  if ('external_id' in value && typeof value.external_id !== 'string' && !callOf(value.external_id, language))
    throw refuse('external_id', 'string')
  if ('condition' in value && !isCondition(value.condition, language)) throw refuse('condition', 'string_or_boolean')
  if (name.includes('/')) throw new Fault(400, 'ValueError')
  return {
    type,
    description,
    properties,
    metadata,
    condition: value.condition,
    dependsOn: needs.filter((other) => typeof other === 'string'),
    deletionPolicy: value.deletion_policy,
    updatePolicy: value.update_policy,
    externalId: value.external_id,
  }
}

function isCondition(value: Json | undefined, language: Language): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || callOf(value, language, 'condition') !== undefined
}

/** heat/engine/hot/template.py and template_common.py, outputs */
function readOutputs(raw: JsonMap, language: Language): Record<string, Output> {
  const found: Record<string, Output> = {}
  for (const [name, value] of Object.entries(raw)) {
    const invalid = (words: string) => new ValidationFault(words, { kind: 'Output validation error', path: `outputs.${name}` })
    if (!isMap(value)) {
      throw invalid(`Output definitions must be a map. Found a ${pythonType(value)} instead`)
    }
    if (!('value' in value)) throw invalid('Each output definition must contain a value key.')
    const description =
      value.description === undefined || value.description === null ? 'No description given' : pythonStr(value.description)
    found[name] = {
      description,
      value: value.value ?? null,
      condition: language.outputKeys.includes('condition') ? value.condition : undefined,
    }
  }
  return found
}

const wrongReference = (name: string, where: string) =>
  new Fault(400, 'InvalidTemplateReference', `The specified reference "${name}" (in ${where}) is incorrect.`)

/**
 * The resources that each resource must wait for: `depends_on`, references, and Heat's own hidden order of Neutron. With a scope, of each
 * `if` only the chosen branch counts. Throws InvalidTemplateReference (400), and RemoteError (500) for a circle.
 */
export function dependencies(template: Template, scope?: Scope): Map<string, Set<string>> {
  const { language, resources } = template
  const has = (name: string) => Object.hasOwn(resources, name)
  const graph = new Map<string, Set<string>>()
  for (const [name, definition] of Object.entries(resources)) {
    const where = { language, scope, has }
    const sections = { Properties: definition.properties, Metadata: definition.metadata }
    const found = Object.entries(sections).flatMap(([section, value]) => references(value, `${name}.${section}`, where))
    const wrong = found.find(({ resource }) => !has(resource))
    if (wrong) throw wrongReference(wrong.resource, wrong.path)
    const missing = definition.dependsOn.find((other) => !has(other))
    if (missing !== undefined) throw wrongReference(missing, name)
    graph.set(name, new Set([...definition.dependsOn, ...found.map(({ resource }) => resource)]))
  }
  for (const [name, definition] of Object.entries(template.resources)) {
    for (const other of hiddenOrder(template, name, definition)) graph.get(name)?.add(other)
  }
  refuseCircles(graph)
  return graph
}

/**
 * heat/engine/resources/openstack/neutron/{port,floatingip}.py, add_explicit_dependencies: a port waits for every subnet
 * of its network, an address from outside for the routers that lead there.
 */
function hiddenOrder(template: Template, name: string, definition: Definition): string[] {
  const others = Object.entries(template.resources).filter(([other]) => other !== name)
  if (definition.type === 'OS::Neutron::FloatingIP' || definition.type === 'OS::Neutron::FloatingIPAssociation') {
    const routes =
      definition.properties.port_id === undefined ? ['OS::Neutron::Router'] : ['OS::Neutron::Router', 'OS::Neutron::RouterInterface']
    return others.filter(([, { type }]) => routes.includes(type)).map(([other]) => other)
  }
  if (definition.type !== 'OS::Neutron::Port' && definition.type !== 'OS::Nova::Server') return []
  const wanted = networksOf(definition)
  return others
    .filter(([, { type, properties }]) => type === 'OS::Neutron::Subnet' && wanted.has(target(properties.network ?? properties.network_id)))
    .map(([other]) => other)
}

function networksOf(definition: Definition): Set<string | undefined> {
  const { networks, network, network_id } = definition.properties
  const own = definition.type === 'OS::Neutron::Port' ? [network ?? network_id] : []
  const listed = Array.isArray(networks) ? networks.filter(isMap).map((entry) => entry.network ?? entry.uuid) : []
  return new Set([...own, ...listed].map(target).filter((name) => name !== undefined))
}

function target(value: Json | undefined): string | undefined {
  return value !== undefined && isMap(value) && Object.keys(value).length === 1 ? text(value.get_resource) : undefined
}

/** Recording heat-create-circular-500: Heat answers RemoteError without a message. */
function refuseCircles(graph: Map<string, Set<string>>): void {
  const done = new Set<string>()
  const open = new Set<string>()
  const visit = (name: string) => {
    if (done.has(name)) return
    if (open.has(name)) throw new Fault(500, 'RemoteError')
    open.add(name)
    for (const other of graph.get(name) ?? []) visit(other)
    open.delete(name)
    done.add(name)
  }
  for (const name of graph.keys()) visit(name)
}
