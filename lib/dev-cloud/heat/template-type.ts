import type { ResourceType } from '../cloud.ts'
import type { Environment } from '../hot/environment.ts'
import type { PropertySchema, PropertySchemas } from '../hot/properties.ts'
import { childEnvironment, type Implementation } from '../hot/registry.ts'
import { readTemplate, type Template } from '../hot/template.ts'
import { isMap, type Json, type JsonMap, maps, text } from '../json.ts'

type Nested = Extract<Implementation, { kind: 'template' }>

/** Templates are read once for many resources; the oldest go when there are too many. */
const keptTemplates = 200
const read = new Map<string, Template>()

function templateOf(source: string): Template {
  const known = read.get(source)
  if (known) return known
  const template = readTemplate(source)
  if (read.size >= keptTemplates) read.delete(read.keys().next().value ?? '')
  read.set(source, template)
  return template
}

/**
 * A template as a resource type: its parameters are the properties, its outputs the attributes
 * (heat/engine/resources/template_resource.py). Throws what is wrong with the template.
 */
export function templateType(found: Nested, environment: Environment): ResourceType {
  const template = templateOf(found.source)
  return {
    properties: schemasOf(template.parameters, environment.parameter_defaults ?? {}),
    attributes: Object.fromEntries(Object.entries(template.outputs).map(([name, { description }]) => [name, { description }])),
    create: () => undefined,
    remove: () => undefined,
    attribute: () => undefined,
    show: () => ({}),
    nesting: {
      kind: 'template',
      url: found.file,
      compose: ({ stack, resource, properties }) => ({
        template: template.raw,
        parameters: properties,
        environment: childEnvironment(stack.environment as Environment, { parameters: properties, path: found.path, name: resource.name }),
      }),
    },
  }
}

const propertyTypes: Record<string, PropertySchema['type']> = { string: 'string', number: 'number', boolean: 'boolean' }

/** heat/engine/properties.py, Schema.from_parameter: lists and maps also come as text, which the parameter itself reads. */
function schemasOf(parameters: Record<string, JsonMap>, defaults: JsonMap): PropertySchemas {
  const schemas: PropertySchemas = {}
  for (const [name, parameter] of Object.entries(parameters)) {
    const optional = parameter.default !== undefined || Object.hasOwn(defaults, name)
    schemas[name] = {
      type: propertyTypes[text(parameter.type) ?? ''] ?? 'any',
      updatable: true,
      ...(optional ? {} : { required: true as const }),
      ...Object.assign({}, ...maps(parameter.constraints).map(constraintOf)),
    }
  }
  return schemas
}

function constraintOf(constraint: JsonMap): Partial<PropertySchema> {
  const { range, length, allowed_values: allowed, allowed_pattern: pattern, custom_constraint: content } = constraint
  return {
    ...(isMap(range) ? { range: boundsOf(range) } : {}),
    ...(isMap(length) ? { length: boundsOf(length) } : {}),
    ...(Array.isArray(allowed) ? { allowed } : {}),
    ...(typeof pattern === 'string' ? { pattern: new RegExp(`^(?:${pattern})`, 'u') } : {}),
    ...(typeof content === 'string' ? { content } : {}),
  }
}

function boundsOf(range: JsonMap): { min?: number; max?: number } {
  const bound = (key: string, value: Json | undefined) => (value === undefined ? {} : { [key]: Number(value) })
  return { ...bound('min', range.min), ...bound('max', range.max) }
}
