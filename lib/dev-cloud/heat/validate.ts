import type { Cloud } from '../cloud.ts'
import { Fault, invalidStack } from '../fault.ts'
import { missingParameter, type Scope, unknownText, unknownYet } from '../hot/call.ts'
import { checkDefinition, checkDeletionPolicy, checkOutputs, checkTemplate } from '../hot/check-template.ts'
import { type Environment, readEnvironment } from '../hot/environment.ts'
import { holds, resolve } from '../hot/functions.ts'
import { castParameter, checkDeclaration, describeParameters, givenFor, refuseUndeclared, type Supplied } from '../hot/parameters.ts'
import { refuseUnknownKeys } from '../hot/properties.ts'
import { childEnvironment, implementationOf } from '../hot/registry.ts'
import { dependencies, readTemplate, type Template } from '../hot/template.ts'
import { bodyOf, type HttpReply, type HttpRequest } from '../http.ts'
import { type Json, type JsonMap, text } from '../json.ts'
import { isForAdministrators, isKnownType } from '../resources/catalog.ts'
import { asValidation, ok } from './api.ts'
import { readFiles } from './request.ts'
import { readFlag } from './template-versions.ts'
import { typeOf } from './type-of.ts'

/** What is validated: a template with its environment and files, as a stack that nobody makes. */
type Draft = { template: Template; environment: Environment; files: Record<string, string>; depth: number }

const maxDepth = 5

/**
 * `POST /validate`: weaker than create, as in Heat (openstack/README.md, fact 18). It looks at the form, at types, names and
 * declarations, not at values. With `show_nested` the parameters of nested templates are described, too.
 * heat/engine/service.py, validate_template; recordings heat-validate-*.
 */
export function validate(cloud: Cloud, request: HttpRequest): HttpReply {
  try {
    const body = bodyOf(request)
    const template = readTemplate(body.template)
    const environment = readEnvironment(body, template.parameters)
    const draft: Draft = { template, environment, files: readFiles(body.files), depth: 0 }
    const supplied: Supplied = { parameters: environment.parameters, defaults: environment.parameter_defaults }
    refuseUndeclared(template.parameters, supplied.parameters)
    for (const [name, schema] of Object.entries(template.parameters)) checkDeclaration(name, schema, cloud.content)
    const scope = scopeOf(cloud, draft)
    checkTemplate(template, scope)
    const wanted = Object.keys(template.resources).filter((name) => scope.has?.(name))
    for (const name of wanted) refuseUnknownType(draft, name)
    dependencies(template, scope)
    for (const name of wanted) checkResource(draft, { name, scope })
    checkOutputs(template, scope)
    const { encrypted_param_names: _, ...shown } = environment
    return ok({
      ...described(draft),
      ...(readFlag(request, 'show_nested') ? nestedParameters(cloud, draft) : {}),
      Environment: shown,
    })
  } catch (error) {
    throw asValidation(error)
  }
}

function described({ template, environment }: Draft): JsonMap {
  const supplied = { parameters: environment.parameters, defaults: environment.parameter_defaults }
  const groups = template.parameterGroups
  return {
    Description: template.description,
    Parameters: describeParameters(template.parameters, supplied),
    ...(Array.isArray(groups) && groups.length > 0 ? { ParameterGroups: groups } : {}),
  }
}

/** Nothing exists, and parameters have the values that they were given, or their defaults, unchecked. */
function scopeOf(cloud: Cloud, { template, environment, files }: Draft): Scope {
  const scope: Scope = {
    language: template.language,
    parameter: (name) => parameterOf(cloud, { template, environment }, name),
    resource: unknownText,
    attribute: (name, attribute) => attributeOf({ template, environment, files }, name, attribute),
    attributes: () => unknownYet,
    has: (name) => Object.hasOwn(template.resources, name) && holds(template.resources[name]?.condition, scope),
    file: (name) => {
      const content = Object.hasOwn(files, name) ? files[name] : undefined
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

/** Throws InvalidTemplateAttribute for one that the resource's type does not have. */
function attributeOf({ template, ...place }: Pick<Draft, 'template' | 'environment' | 'files'>, name: string, attribute: string): Json {
  const known = typeOf(place, { type: template.resources[name]?.type ?? '', name })
  const isNested = known.nesting?.kind === 'group' || (known.nesting && (attribute === 'OS::stack_id' || attribute.startsWith('resource.')))
  if (known.anything || attribute === 'show' || isNested || Object.hasOwn(known.attributes, attribute)) return unknownYet
  throw new Fault(400, 'InvalidTemplateAttribute', `The Referenced Attribute (${name} ${attribute}) is incorrect.`)
}

function parameterOf(cloud: Cloud, { template, environment }: Pick<Draft, 'template' | 'environment'>, name: string): Json {
  if (name === 'OS::stack_name') return 'dummy'
  if (name === 'OS::stack_id') return 'None'
  if (name === 'OS::project_id') return cloud.identity.project.id
  const schema = Object.hasOwn(template.parameters, name) ? template.parameters[name] : undefined
  const supplied = { parameters: environment.parameters, defaults: environment.parameter_defaults }
  const given = schema && givenFor(name, schema, supplied)
  if (!schema || given === undefined) throw missingParameter(name)
  return castParameter(text(schema.type) ?? '', given, invalidStack)
}

/**
 * Names of properties and attributes, and functions; values are not looked at. Nobody is asked here whether they may use what is for
 * administrators (heat/engine/service.py, validate_template).
 */
function checkResource({ template, ...place }: Draft, { name, scope }: { name: string; scope: Scope }): void {
  const definition = template.resources[name]
  if (!definition || isForAdministrators(definition.type)) return
  checkDefinition(definition, scope, name)
  checkDeletionPolicy(template, scope, name)
  const known = typeOf(place, { type: definition.type, name })
  if (!known.anything) refuseUnknownKeys(definition.properties, { ...known.properties, ...known.aliases }, `resources.${name}.properties`)
}

function refuseUnknownType({ template, ...place }: Draft, name: string): void {
  const type = template.resources[name]?.type ?? ''
  if (!isForAdministrators(type)) typeOf(place, { type, name })
}

/** heat/engine/stack.py, get_nested_parameters */
function nestedParameters(cloud: Cloud, draft: Draft): JsonMap {
  const { environment, files } = draft
  const nested: JsonMap = {}
  const scope = scopeOf(cloud, draft)
  for (const [name, { type, properties }] of Object.entries(draft.template.resources)) {
    if (!scope.has?.(name) || isForAdministrators(type) || draft.depth >= maxDepth) continue
    const found = implementationOf(environment, files, { type, name, has: isKnownType })
    if (found.kind !== 'template') continue
    const inside = childEnvironment(environment, { parameters: known(properties, scope), path: found.path, name })
    const child: Draft = { template: readTemplate(found.source), environment: inside, files, depth: draft.depth + 1 }
    nested[name] = { Type: type, ...described(child), ...nestedParameters(cloud, child) }
  }
  return Object.keys(nested).length > 0 ? { NestedParameters: nested } : {}
}

function known(properties: JsonMap, scope: Scope): JsonMap {
  const values = Object.entries(properties).map(([key, value]): [string, Json] => {
    try {
      return [key, resolve(value, scope) ?? null]
    } catch (error) {
      if (error instanceof Fault) return [key, null]
      throw error
    }
  })
  return Object.fromEntries(values.filter(([, value]) => value !== null))
}
