import type { Cloud, Work } from '../cloud.ts'
import { Fault, invalidStack } from '../fault.ts'
import { missingParameter, type Scope, unknownYet } from '../hot/functions.ts'
import { checkProperties, refuseUnknownKeys } from '../hot/properties.ts'
import type { Template } from '../hot/template.ts'
import type { Json, JsonMap } from '../json.ts'
import { typeNamed } from '../resources/catalog.ts'
import type { Resource, Stack } from '../state.ts'

/**
 * What functions may see. `form`: nothing exists, every reference is unknown. `plan`: the ids are decided, attributes are not.
 * `live`: what has been made.
 */
export type View = 'form' | 'plan' | 'live'

export function scopeOf(cloud: Cloud, stack: Stack, template: Template, view: View): Scope {
  const scope: Scope = {
    parameter: (name) => parameterOf(cloud, stack, template, name),
    resource: (name) => {
      const resource = stack.resources[name]
      if (!resource) return null
      if (view === 'form') return unknownYet
      return view === 'plan' ? plannedReference(resource) : referenceTo(cloud, stack, resource)
    },
    attribute: (name, attribute) => {
      const resource = stack.resources[name]
      if (!resource) return null
      const type = typeNamed(resource.type)
      if (!type.anything && attribute !== 'show' && !Object.hasOwn(type.attributes, attribute)) {
        throw new Fault(400, 'InvalidTemplateAttribute', `The Referenced Attribute (${name} ${attribute}) is incorrect.`)
      }
      return view === 'live' ? attributeOf({ cloud, stack, resource, properties: resource.properties }, attribute) : unknownYet
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

function parameterOf(cloud: Cloud, stack: Stack, template: Template, name: string): Json {
  if (name === 'OS::stack_name') return stack.name
  if (name === 'OS::stack_id') return stack.id
  if (name === 'OS::project_id') return cloud.identity.project.id
  if (!Object.hasOwn(template.parameters, name)) throw missingParameter(name)
  return stack.parameters[name] ?? null
}

/** The ids that exist in advance; a key pair is known by its name and a random string by its value, which do not. */
function plannedReference(resource: Resource): string {
  const unplanned = ['OS::Nova::KeyPair', 'OS::Heat::RandomString']
  return unplanned.includes(resource.type) ? unknownYet : resource.plannedId
}

/** What get_resource gives of a resource that has been made. */
export function referenceTo(cloud: Cloud, stack: Stack, resource: Resource): Json {
  const type = typeNamed(resource.type)
  return type.reference?.({ cloud, stack, resource, properties: resource.properties }) ?? resource.physicalId ?? resource.physicalName
}

/** An attribute of a resource, null until the resource is complete. */
export function attributeOf(work: Work, name: string): Json {
  const { action, status } = work.resource
  if (action === 'INIT' || (action === 'CREATE' && status !== 'COMPLETE')) return null
  const type = typeNamed(work.resource.type)
  return (name === 'show' ? type.show(work) : type.attribute(work, name)) ?? null
}

/** A resource's properties as they are in this view: resolved, checked, with their newer names. */
export function propertiesOf(place: { cloud: Cloud; stack: Stack; template: Template; scope: Scope }, name: string): JsonMap {
  const definition = place.template.resources[name]
  if (!definition) return {}
  const type = typeNamed(definition.type)
  const path = `resources.${name}.properties`
  if (type.anything) return {}
  const renamed = Object.fromEntries(Object.entries(definition.properties).map(([key, value]) => [type.aliases?.[key] ?? key, value]))
  return checkProperties(renamed, type.properties, { path, scope: place.scope, content: place.cloud.content })
}

/** The names of properties alone, which is all that `POST validate` looks at (openstack/README.md, fact 18). */
export function refuseUnknownProperties(template: Template): void {
  for (const [name, { type, properties }] of Object.entries(template.resources)) {
    const known = typeNamed(type)
    if (!known.anything) refuseUnknownKeys(properties, { ...known.properties, ...known.aliases }, `resources.${name}.properties`)
  }
}
