import type { Cloud, Work } from '../cloud.ts'
import { Fault, invalidStack } from '../fault.ts'
import { type FacadePart, missingParameter, type Scope, unknownText, unknownYet } from '../hot/call.ts'
import { deletionPolicyOf } from '../hot/check-template.ts'
import { holds, resolve } from '../hot/functions.ts'
import { follow } from '../hot/path.ts'
import { checkProperties, refuseUnknownKeys } from '../hot/properties.ts'
import { readTemplate, type Template } from '../hot/template.ts'
import { type Json, type JsonMap, pythonText } from '../json.ts'
import { childOf, type Resource, rootOf, type Stack } from '../state.ts'
import { typeOf } from './type-of.ts'

/**
 * What functions may see. `form`: nothing exists, every reference is unknown. `plan`: the ids are decided, attributes are not.
 * `live`: what has been made.
 */
export type View = 'form' | 'plan' | 'live'

export function scopeOf(cloud: Cloud, stack: Stack, template: Template, view: View): Scope {
  const scope: Scope = {
    language: template.language,
    has: (name) => stack.resources[name] !== undefined,
    attributes: (name) => (view === 'live' ? allAttributes(cloud, stack, name) : unknownYet),
    facade: (part) => facadeOf(cloud, stack, { part, view }),
    parameter: (name) => parameterOf(cloud, stack, template, name),
    resource: (name) => {
      const resource = stack.resources[name]
      if (!resource) return null
      if (view === 'form') return unknownText(name)
      return view === 'plan' ? plannedReference(cloud, stack, resource) : referenceTo(cloud, stack, resource)
    },
    attribute: (name, attribute) => {
      const resource = stack.resources[name]
      if (!resource) return null
      const type = typeOf(stack, resource)
      const known = type.anything || (attribute === 'show' && !type.nesting) || Object.hasOwn(type.attributes, attribute)
      // Of a template Heat asks when it is there.
      if (!known && !(type.nesting?.kind === 'template' && view !== 'live')) throw noSuchAttribute(name, attribute)
      return view === 'live' ? attributeOf({ cloud, stack, resource, properties: resource.properties }, attribute) : unknownYet
    },
    deepAttribute: (name, attribute, path) => {
      const resource = stack.resources[name]
      const kind = resource && typeOf(stack, resource).nesting?.kind
      if (!resource || !kind || (kind !== 'group' && !attribute.startsWith('resource.'))) return undefined
      return view === 'live'
        ? nestedAttribute({ cloud, stack, resource, properties: resource.properties }, [attribute, ...path])
        : unknownYet
    },
    file: (name) => {
      const content = Object.hasOwn(stack.files, name) ? stack.files[name] : undefined
      if (content === undefined) throw invalidStack(`No content found in the "files" section for get_file path: ${name}`)
      return content
    },
    condition: (name) => {
      const condition = Object.hasOwn(template.conditions, name) ? template.conditions[name] : undefined
      if (condition === undefined) throw invalidStack(`Invalid condition "${name}"`)
      return condition
    },
  }
  return scope
}

/** heat/engine/hot/functions.py, ResourceFacade: the resource above, as its own template defines it. */
function facadeOf(cloud: Cloud, stack: Stack, { part, view }: { part: FacadePart; view: View }): Json | undefined {
  const { parent } = stack
  const root = rootOf(stack)
  const above = parent && (root.id === parent.stackId ? root : root.nested?.[parent.stackId])
  if (!parent || !above) return undefined
  const template = readTemplate(above.template)
  const definition = template.resources[parent.resource]
  if (!definition) return undefined
  const scope = scopeOf(cloud, above, template, view)
  if (part === 'deletion_policy') return deletionPolicyOf(definition, template, scope)
  if (part === 'update_policy') return resolve(definition.updatePolicy ?? {}, scope) ?? {}
  return resolve(above.resources[parent.resource]?.metadata ?? definition.metadata, scope) ?? {}
}

function parameterOf(cloud: Cloud, stack: Stack, template: Template, name: string): Json {
  if (name === 'OS::stack_name') return stack.name
  if (name === 'OS::stack_id') return stack.id
  if (name === 'OS::project_id') return cloud.identity.project.id
  if (!Object.hasOwn(template.parameters, name)) throw missingParameter(name)
  return stack.parameters[name] ?? null
}

const noSuchAttribute = (name: string, attribute: string) =>
  new Fault(400, 'InvalidTemplateAttribute', `The Referenced Attribute (${name} ${attribute}) is incorrect.`)

/** The ids that exist in advance; a key pair is known by its name and a random string by its value, which do not. */
function plannedReference(cloud: Cloud, stack: Stack, resource: Resource): Json {
  const unplanned = ['OS::Nova::KeyPair', 'OS::Heat::RandomString']
  if (typeOf(stack, resource).nesting?.kind === 'template') return stackReference(cloud, stack, { resource, view: 'plan' })
  return unplanned.includes(resource.type) ? unknownText(resource.name) : resource.plannedId
}

/** What get_resource gives of a resource that has been made. */
export function referenceTo(cloud: Cloud, stack: Stack, resource: Resource): Json {
  const type = typeOf(stack, resource)
  if (resource.physicalId === null) return type.nesting ? resource.name : resource.physicalName
  if (type.nesting?.kind === 'template') return stackReference(cloud, stack, { resource, view: 'live' })
  return type.reference?.({ cloud, stack, resource, properties: resource.properties }) ?? resource.physicalId
}

/** heat/engine/resources/template_resource.py, get_reference_id: the output `OS::stack_id` where the template has one. */
function stackReference(cloud: Cloud, stack: Stack, { resource, view }: { resource: Resource; view: View }): Json {
  const child = childOf(stack, resource)
  const output = child && readTemplate(child.template).outputs['OS::stack_id']
  if (child && output) return resolve(output.value, scopeOf(cloud, child, readTemplate(child.template), view)) ?? null
  return `arn:openstack:heat::${cloud.identity.project.id}:stacks/${resource.physicalName}/${resource.plannedId}`
}

/** An attribute of a resource, null until the resource is complete. */
export function attributeOf(work: Work, name: string): Json {
  const { action, status } = work.resource
  const type = typeOf(work.stack, work.resource)
  if (type.nesting) return nestedAttribute(work, [name])
  if (action === 'INIT' || (action === 'CREATE' && status !== 'COMPLETE')) return null
  const value = name === 'show' ? type.show(work) : type.attribute(work, name)
  // What its service does not tell is no attribute of it (heat/engine/resources/openstack/neutron/neutron.py, _resolve_attribute).
  if (value === undefined && Object.keys(type.show(work)).length > 0) throw noSuchAttribute(work.resource.name, name)
  return value ?? null
}

/** An attribute of a nested stack: of a template its outputs, of a group what its members have. */
export function nestedAttribute({ cloud, stack, resource }: Work, [name = '', ...path]: Json[]): Json {
  const child = childOf(stack, resource)
  const attribute = pythonText(name)
  const pending = resource.action === 'INIT' || (resource.action === 'CREATE' && resource.status !== 'COMPLETE')
  if (!child || pending) return null
  const member = (key: string, [first, ...rest]: Json[]): Json => {
    const found = Object.hasOwn(child.resources, key) ? child.resources[key] : undefined
    if (!found) return null
    if (first === undefined) return referenceTo(cloud, child, found)
    const scope = scopeOf(cloud, child, readTemplate(child.template), 'live')
    return resolve({ get_attr: [key, first, ...rest] }, scope) ?? null
  }
  if (attribute.startsWith('resource.')) {
    const [, key = '', inner] = /^resource\.([^.]+)(?:\.(.*))?$/.exec(attribute) ?? []
    const isGroup = typeOf(stack, resource).nesting?.kind === 'group'
    if (isGroup && inner === undefined && path.length === 0 && !child.resources[key])
      throw new Fault(404, 'NotFound', `Member '${key}' not found in group resource '${resource.name}'.`)
    return member(key, [...(inner === undefined ? [] : [inner]), ...path])
  }
  if (typeOf(stack, resource).nesting?.kind === 'group') return groupAttribute(child, { resource, attribute, path, member })
  const outputs = outputValues(cloud, child)
  if (typeOf(stack, resource).nesting?.kind !== 'remote') return outputs[attribute] ?? null
  return attribute === 'stack_name' ? child.name : outputs
}

type Member = { resource: Resource; attribute: string; path: Json[]; member: (key: string, path: Json[]) => Json }

/** heat/engine/resources/openstack/heat/resource_group.py, get_attribute */
function groupAttribute(child: Stack, { resource, attribute, path, member }: Member): Json {
  const names = Object.keys(child.resources).sort((a, b) => Number(a) - Number(b))
  const each = (inner: Json[]): JsonMap => Object.fromEntries(names.map((key) => [key, member(key, inner)]))
  if (attribute === 'removed_rsrc_list') return resource.data.skipped ?? []
  if (attribute === 'refs_map') return follow(each([]), path)
  if (attribute === 'refs') return follow(Object.values(each([])), path)
  if (attribute !== 'attributes') return names.map((key) => member(key, [attribute, ...path]))
  if (path.length === 0) throw noSuchAttribute(resource.name, attribute)
  return each(path)
}

/** The outputs of a stack that can be told. */
export function outputValues(cloud: Cloud, stack: Stack): JsonMap {
  const template = readTemplate(stack.template)
  const scope = scopeOf(cloud, stack, template, 'live')
  const shown = Object.entries(template.outputs)
  return Object.fromEntries(
    shown.map(([key, { condition, value }]) => [key, holds(condition, scope) ? (resolve(value, scope) ?? null) : null]),
  )
}

/** All attributes of a resource but `show`, as get_attr gives them where none is named. */
function allAttributes(cloud: Cloud, stack: Stack, name: string): Json {
  const resource = stack.resources[name]
  if (!resource) return null
  const work = { cloud, stack, resource, properties: resource.properties }
  return Object.fromEntries(Object.keys(typeOf(stack, resource).attributes).map((key) => [key, attributeOf(work, key)]))
}

/** A resource's properties as they are in this view: resolved, checked, with their newer names. */
export function propertiesOf(place: { cloud: Cloud; stack: Stack; template: Template; scope: Scope }, name: string): JsonMap {
  const definition = place.template.resources[name]
  if (!definition) return {}
  const type = typeOf(place.stack, { type: definition.type, name })
  const path = `resources.${name}.properties`
  if (type.anything) return {}
  const renamed = Object.fromEntries(Object.entries(definition.properties).map(([key, value]) => [type.aliases?.[key] ?? key, value]))
  return checkProperties(renamed, type.properties, { path, scope: place.scope, content: place.cloud.content })
}

/** The names of properties alone, which is all that `POST validate` looks at (openstack/README.md, fact 18). */
export function refuseUnknownProperties(template: Template, place: Pick<Stack, 'environment' | 'files'>): void {
  for (const [name, { type, properties }] of Object.entries(template.resources)) {
    const known = typeOf(place, { type, name })
    if (!known.anything) refuseUnknownKeys(properties, { ...known.properties, ...known.aliases }, `resources.${name}.properties`)
  }
}
