import type { ResourceType } from '../cloud.ts'
import { Fault, invalidStack } from '../fault.ts'
import type { Environment } from '../hot/environment.ts'
import type { PropertySchema, PropertySchemas } from '../hot/properties.ts'
import { childEnvironment, type Implementation } from '../hot/registry.ts'
import { readTemplate, type Template } from '../hot/template.ts'
import { isMap, type Json, type JsonMap, pythonText, text } from '../json.ts'

type Nested = Extract<Implementation, { kind: 'template' }>

/** Templates are read once for many resources; the oldest go when there are too many. */
const keptTemplates = 200
const read = new Map<string, Template>()

function templateOf({ source, file }: Nested): Template {
  const known = read.get(source)
  if (known) return known
  const template = readNested(source, file)
  if (read.size >= keptTemplates) read.delete(read.keys().next().value ?? '')
  read.set(source, template)
  return template
}

/** What is wrong with the form of a nested template Heat words in its own way. */
function readNested(source: string, file: string): Template {
  try {
    return readTemplate(source)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const broken = /^Template not in valid format: (.*)$/s.exec(error.message)?.[1]
    if (broken !== undefined) throw invalidStack(broken.replace('template [root stack]', `template ${file}`))
    if (error.message.startsWith('The template section is invalid')) throw new Fault(500, 'RemoteError')
    throw error
  }
}

/**
 * A template as a resource type: its parameters are the properties, its outputs the attributes
 * (heat/engine/resources/template_resource.py). Throws what is wrong with the template.
 */
export function templateType(found: Nested, environment: Environment): ResourceType {
  const template = templateOf(found)
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
      compose: ({ stack, resource, properties }) => {
        const parameters = Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, joined(value)]))
        const place = { parameters, path: found.path, name: resource.name }
        return { template: template.raw, parameters, environment: childEnvironment(stack.environment as Environment, place) }
      },
    },
  }
}

/** heat/engine/resources/template_resource.py, child_params: a list of texts becomes one text. */
function joined(value: Json): Json {
  return Array.isArray(value) && !value.some(isMap) ? value.map((item) => (item === null ? '' : pythonText(item))).join(',') : value
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
      declared: parameter,
    }
  }
  return schemas
}
