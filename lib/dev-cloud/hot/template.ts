import { badRequest, Fault, invalidStack } from '../fault.ts'
import { isMap, type Json, type JsonMap, pythonText, text } from '../json.ts'
import { nodeOf, references } from './functions.ts'
import { parseYaml } from './yaml.ts'

/** A template in the HOT language, read and checked for form; values still hold functions. */
export type Template = {
  raw: JsonMap
  description: string
  parameters: Record<string, JsonMap>
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
}
export type Output = { description: string; value: Json; condition: Json | undefined }

/** heat/engine/hot/template.py of Heat 19 (Zed); the release names are aliases. */
export const templateVersions = {
  '2013-05-23': undefined,
  '2014-10-16': undefined,
  '2015-04-30': undefined,
  '2015-10-15': undefined,
  '2016-04-08': undefined,
  '2016-10-14': 'newton',
  '2017-02-24': 'ocata',
  '2017-09-01': 'pike',
  '2018-03-02': 'queens',
  '2018-08-31': 'rocky',
  '2021-04-16': 'wallaby',
} as const

const maxTemplateBytes = 524_288
const sections = ['heat_template_version', 'description', 'parameter_groups', 'parameters', 'resources', 'outputs', 'conditions']
const resourceKeys = [
  'type',
  'properties',
  'metadata',
  'depends_on',
  'deletion_policy',
  'update_policy',
  'description',
  'external_id',
  'condition',
]

/**
 * Reads a template, given as YAML (or JSON) text or as a map.
 * Throws the faults of recordings heat-validate-*-400.
 */
export function readTemplate(source: Json | undefined): Template {
  if (source === undefined || source === null) throw badRequest('No template specified')
  const raw = isMap(source) ? source : parseMap(typeof source === 'string' ? source : JSON.stringify(source))
  checkVersion(raw)
  for (const section of Object.keys(raw)) {
    if (!sections.includes(section)) throw invalidStack(`The template section is invalid: ${section}`)
  }
  const template: Template = {
    raw,
    description: text(raw.description) ?? 'No description',
    parameters: readParameters(section(raw, 'parameters')),
    conditions: section(raw, 'conditions'),
    resources: readResources(section(raw, 'resources')),
    outputs: readOutputs(section(raw, 'outputs')),
  }
  checkNames(template)
  checkReferences(template)
  return template
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
  return value
}

const noVersion = () => badRequest('Template not in valid format: Template format version not found.')

function checkVersion(raw: JsonMap): void {
  const version = raw.heat_template_version
  if (version === undefined || version === null) throw noVersion()
  const dates = Object.keys(templateVersions)
  const names = Object.values(templateVersions).filter((name) => name !== undefined)
  if (typeof version === 'string' && [...dates, ...names].includes(version)) return
  const known = [...dates, ...names].sort().join(', ')
  const given = `"heat_template_version: ${pythonText(version)}"`
  throw new Fault(
    400,
    'InvalidTemplateVersion',
    `The template version is invalid: ${given}. "heat_template_version" should be one of: ${known}`,
  )
}

function section(raw: JsonMap, name: string): JsonMap {
  const value = raw[name]
  if (value === undefined || value === null) return {}
  if (!isMap(value)) throw invalidStack(`"${name}" must contain a map`)
  return value
}

function readParameters(raw: JsonMap): Record<string, JsonMap> {
  const found: Record<string, JsonMap> = {}
  for (const [name, value] of Object.entries(raw)) {
    if (!isMap(value)) throw invalidStack(`Invalid parameter section "${name}"`)
    found[name] = value
  }
  return found
}

function readResources(raw: JsonMap): Record<string, Definition> {
  const found: Record<string, Definition> = {}
  for (const [name, value] of Object.entries(raw)) {
    if (!isMap(value)) throw invalidStack(`Resource ${name} is not a map`)
    if (name.includes('/')) throw invalidStack(`Resource name may not contain "/"`)
    for (const key of Object.keys(value)) {
      if (!resourceKeys.includes(key)) throw invalidStack(`"${key}" is not a valid keyword inside a resource definition`)
    }
    const type = value.type
    if (typeof type !== 'string' || type === '') throw invalidStack('Each resource must contain a type key.')
    const properties = value.properties ?? {}
    if (!isMap(properties)) throw invalidStack(`The "properties" of resource "${name}" must be a map`)
    const dependsOn = value.depends_on ?? []
    found[name] = {
      type,
      description: text(value.description) ?? '',
      properties,
      metadata: value.metadata ?? {},
      condition: value.condition,
      dependsOn: (Array.isArray(dependsOn) ? dependsOn : [dependsOn]).filter((other) => typeof other === 'string'),
    }
  }
  return found
}

function readOutputs(raw: JsonMap): Record<string, Output> {
  const found: Record<string, Output> = {}
  for (const [name, value] of Object.entries(raw)) {
    if (!isMap(value)) throw invalidStack(`Outputs must contain Output. Found a ${typeof value} instead`)
    if (!('value' in value)) throw invalidStack('Each output must contain a value key.')
    found[name] = { description: text(value.description) ?? 'No description given', value: value.value ?? null, condition: value.condition }
  }
  return found
}

function checkNames(template: Template): void {
  for (const name of Object.keys(template.resources)) {
    if (Object.hasOwn(template.parameters, name)) throw invalidStack(`Duplicate names {'${name}'}`)
  }
}

function checkReferences(template: Template): void {
  const unknown = (name: string, where: string) =>
    new Fault(400, 'InvalidTemplateReference', `The specified reference "${name}" (in ${where}) is incorrect.`)
  for (const [name, definition] of Object.entries(template.resources)) {
    for (const other of definition.dependsOn) {
      if (!Object.hasOwn(template.resources, other)) throw unknown(other, name)
    }
    for (const { resource, path } of references(definition.properties, `${name}.Properties`)) {
      if (!Object.hasOwn(template.resources, resource)) throw unknown(resource, path)
    }
  }
  for (const output of Object.values(template.outputs)) {
    for (const { resource } of references(output.value, 'outputs')) {
      if (!Object.hasOwn(template.resources, resource)) throw unknown(resource, 'unknown')
    }
  }
}

/** The resources that each resource must wait for: `depends_on`, references, and Heat's own hidden order of Neutron. */
export function dependencies(template: Template): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>()
  for (const [name, definition] of Object.entries(template.resources)) {
    const found = references(definition.properties, '').map(({ resource }) => resource)
    graph.set(name, new Set([...definition.dependsOn, ...found]))
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
  const node = value === undefined ? undefined : nodeOf(value)
  return node?.name === 'get_resource' ? text(node.argument) : undefined
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
