import type { AttributeSchema, Description, ResourceType, SupportStatus } from '../cloud.ts'
import { badRequest, Fault } from '../fault.ts'
import type { PropertySchema, PropertySchemas } from '../hot/properties.ts'
import type { At, HttpReply, HttpRequest, Route } from '../http.ts'
import type { Json, JsonMap } from '../json.ts'
import { resourceTypes, typeNamed } from '../resources/catalog.ts'
import { ok } from './api.ts'

/** Orchestration API v1, "Resource types" (recordings heat-resource-types-200, heat-resource-type-{schema-200,unknown-404}). */
export function resourceTypeRoutes(at: At): Route[] {
  return [
    at('GET', '/resource_types', list),
    at('GET', '/resource_types/:type', show),
    at('GET', '/resource_types/:type/template', template),
  ]
}

const statuses = ['UNKNOWN', 'SUPPORTED', 'DEPRECATED', 'UNSUPPORTED', 'HIDDEN']

const supportOf = (type: Description): SupportStatus => type.support ?? { status: 'SUPPORTED' }

/** heat/engine/environment.py, get_types: what is hidden is never listed; a name is a pattern for its beginning. */
function list({ query }: HttpRequest): HttpReply {
  const status = query.get('support_status')
  if (status !== null && !statuses.includes(status)) {
    const known = `[${statuses.map((each) => `'${each}'`).join(', ')}]`
    throw new Fault(400, 'Invalid', `Reason: Invalid support status and should be one of ${known}`)
  }
  const described = readBoolean(query.get('with_description'))
  const named = namePattern(query.get('name'))
  const version = query.get('version')
  const found = Object.entries(resourceTypes).filter(([name, type]) => {
    const support = supportOf(type)
    const wanted = (status === null || support.status === status) && (version === null || support.version === version)
    return support.status !== 'HIDDEN' && wanted && named(name)
  })
  const sorted = found.sort(([a], [b]) => (a < b ? -1 : 1))
  return ok({
    resource_types: sorted.map(([name, type]) => (described ? { resource_type: name, description: type.description ?? null } : name)),
  })
}

function namePattern(source: string | null): (name: string) => boolean {
  if (source === null) return () => true
  try {
    const pattern = new RegExp(`^(?:${source})`)
    return (name) => pattern.test(name)
  } catch {
    return () => false
  }
}

function readBoolean(value: string | null): boolean {
  if (value === null) return false
  const word = value.toLowerCase()
  if (word === 'true' || word === 'false') return word === 'true'
  throw badRequest(`Unrecognized value "${value}" for "with_description", acceptable values are: true, false`)
}

/** The type of that name, if it may be told of. */
function shownType(name: string): ResourceType {
  const found = Object.hasOwn(resourceTypes, name) ? resourceTypes[name] : undefined
  if (!found) {
    const missing = new Fault(404, 'EntityNotFound', `The Resource Type (${name}) could not be found.`)
    try {
      return typeNamed(name)
    } catch (error) {
      throw error instanceof Fault && error.type !== 'StackValidationFailed' ? error : missing
    }
  }
  if (supportOf(found).status === 'HIDDEN') throw new Fault(400, 'NotSupported', `${name} is not supported.`)
  return found
}

function show({ params, query }: HttpRequest): HttpReply {
  const name = params.type ?? ''
  const type = shownType(name)
  const described = query.has('with_description') && readBoolean(query.get('with_description'))
  const visible = Object.entries(type.properties).filter(([, schema]) => schema.hidden !== true)
  return ok({
    resource_type: name,
    properties: Object.fromEntries(visible.map(([key, schema]) => [key, propertyBody(schema)])),
    attributes: attributeBodies(type),
    support_status: supportBody(supportOf(type)),
    ...(described ? { description: type.description ?? null } : {}),
  })
}

const shownAttributes = ({ attributes }: Description): [string, AttributeSchema][] => [
  ...Object.entries(attributes).filter(([, { hidden }]) => hidden !== true),
  ['show', { type: 'map', description: 'All that its own service tells of it.' }],
]

function attributeBodies(type: Description): JsonMap {
  return Object.fromEntries(
    shownAttributes(type).map(([key, { type: kind, description }]) => [
      key,
      { description, ...(kind === undefined ? {} : { type: kind }) },
    ]),
  )
}

function supportBody({ status, version, message, before }: SupportStatus): JsonMap {
  return { status, version: version ?? null, message: message ?? null, previous_status: before ? supportBody(before) : null }
}

/** heat/engine/constraints.py, Schema.__iter__ */
function propertyBody(schema: PropertySchema): JsonMap {
  const inner = schema.items ? { '*': propertyBody(schema.items) } : schema.keys ? bodiesOf(schema.keys) : undefined
  const constraints = constraintsOf(schema)
  return {
    type: schema.type,
    ...(schema.description === undefined ? {} : { description: schema.description }),
    ...(schema.default === undefined ? {} : { default: schema.default }),
    ...(inner === undefined ? {} : { schema: inner }),
    required: schema.required === true,
    ...(constraints.length === 0 ? {} : { constraints }),
    update_allowed: schema.updatable === true,
    immutable: false,
  }
}

const bodiesOf = (schemas: PropertySchemas): JsonMap =>
  Object.fromEntries(Object.entries(schemas).map(([key, schema]) => [key, propertyBody(schema)]))

function constraintsOf({ length, range, allowed, pattern, content }: PropertySchema): JsonMap[] {
  return [
    ...(length === undefined ? [] : [{ length: { ...length } }]),
    ...(range === undefined ? [] : [{ range: { ...range } }]),
    ...(allowed === undefined ? [] : [{ allowed_values: allowed }]),
    ...(pattern === undefined ? [] : [{ allowed_pattern: pattern.source }]),
    ...(content === undefined ? [] : [{ custom_constraint: content }]),
  ]
}

/** heat/engine/resource.py, resource_to_template: the type as a template whose parameters are its properties. */
function template({ params, query }: HttpRequest): HttpReply {
  const name = params.type ?? ''
  const type = shownType(name)
  const form = query.get('template_type') ?? 'cfn'
  if (form !== 'hot' && form !== 'cfn')
    throw badRequest(`Template type is not supported: Invalid template type "${form}", valid types are: cfn, hot.`)
  const visible = Object.entries(type.properties).filter(([, schema]) => schema.hidden !== true)
  const className = classNames[name] ?? name.split('::').at(-1) ?? name
  if (Object.values(type.properties).some(({ type: kind }) => kind === 'any')) throw new Fault(500, 'KeyError', "'Any'")
  const parameters = visible.map(([key, schema]): [string, JsonMap] => [key, form === 'hot' ? hotParameter(schema) : cfnParameter(schema)])
  const properties = visible.map(([key, schema]): [string, Json] => [key, form === 'hot' ? { get_param: key } : cfnReference(key, schema)])
  const [get, self] = form === 'hot' ? ['get_attr', 'get_resource'] : ['Fn::GetAtt', 'Ref']
  const [described, valued] = form === 'hot' ? ['description', 'value'] : ['Description', 'Value']
  const outputs = shownAttributes(type).map(([key, attribute]): [string, JsonMap] => [
    key,
    { [valued]: { [get]: [className, key] }, [described]: attribute.description },
  ])
  outputs.push(['OS::stack_id', { [valued]: { [self]: className } }])
  const body = {
    parameters: Object.fromEntries(parameters),
    outputs: Object.fromEntries(outputs),
    properties: Object.fromEntries(properties),
  }
  return ok(form === 'hot' ? hotTemplate(name, className, body) : cfnTemplate(name, className, body))
}

type Body = { parameters: JsonMap; outputs: JsonMap; properties: JsonMap }

function hotTemplate(type: string, className: string, { parameters, outputs, properties }: Body): JsonMap {
  return {
    heat_template_version: '2016-10-14',
    description: `Initial template of ${className}`,
    parameters,
    outputs,
    resources: { [className]: { type, properties } },
  }
}

function cfnTemplate(type: string, className: string, { parameters, outputs, properties }: Body): JsonMap {
  return {
    HeatTemplateFormatVersion: '2012-12-12',
    Description: `Initial template of ${className}`,
    Parameters: parameters,
    Resources: { [className]: { Type: type, Properties: properties } },
    Outputs: outputs,
  }
}

function cfnReference(key: string, { type }: PropertySchema): JsonMap {
  return type === 'list' ? { 'Fn::Split': [',', { Ref: key }] } : { Ref: key }
}

/** Where Heat's own class is not named as the type is. */
const classNames: Record<string, string> = {
  'OS::Cinder::Volume': 'CinderVolume',
  'OS::Cinder::VolumeAttachment': 'CinderVolumeAttachment',
  'OS::Heat::WaitCondition': 'HeatWaitCondition',
  'OS::Heat::WaitConditionHandle': 'HeatWaitConditionHandle',
  'OS::Heat::None': 'NoneResource',
  'OS::Heat::Stack': 'RemoteStack',
}

const hotTypes = {
  integer: 'number',
  number: 'number',
  string: 'string',
  boolean: 'boolean',
  map: 'json',
  list: 'comma_delimited_list',
  any: 'string',
}
const cfnTypes = {
  integer: 'Number',
  number: 'Number',
  string: 'String',
  boolean: 'Boolean',
  map: 'Json',
  list: 'CommaDelimitedList',
  any: 'String',
}
const booleans = ['True', 'true', 'False', 'false']

function hotParameter(schema: PropertySchema): JsonMap {
  // A constraint that asks the cloud leaves an empty one behind.
  const constraints = constraintsOf(schema).map((each): JsonMap => ('custom_constraint' in each ? {} : each))
  return {
    type: hotTypes[schema.type],
    ...(schema.description === undefined ? {} : { description: schema.description }),
    ...(schema.default === undefined ? {} : { default: schema.default }),
    ...(constraints.length === 0 ? {} : { constraints }),
  }
}

function cfnParameter({ type, description, default: given, length, range, allowed, pattern }: PropertySchema): JsonMap {
  return {
    Type: cfnTypes[type],
    ...(description === undefined ? {} : { Description: description }),
    ...(given === undefined ? {} : { Default: given }),
    ...(length?.min === undefined ? {} : { MinLength: length.min }),
    ...(length?.max === undefined ? {} : { MaxLength: length.max }),
    ...(range?.min === undefined ? {} : { MinValue: range.min }),
    ...(range?.max === undefined ? {} : { MaxValue: range.max }),
    ...(allowed === undefined ? {} : { AllowedValues: allowed }),
    ...(pattern === undefined ? {} : { AllowedPattern: pattern.source }),
    ...(type === 'boolean' ? { AllowedValues: booleans } : {}),
  }
}
