import { randomUUID } from 'node:crypto'
import { type Cloud, type Nesting, type ResourceType, shortId } from '../cloud.ts'
import { Fault, ValidationFault } from '../fault.ts'
import { isUnknown, type Scope } from '../hot/call.ts'
import { checkDefinition, checkDeletionPolicy, checkOutputs, checkTemplate, takesPart } from '../hot/check-template.ts'
import { holds } from '../hot/functions.ts'
import { resolveParameters } from '../hot/parameters.ts'
import { checkProperties } from '../hot/properties.ts'
import { type Definition, dependencies, readTemplate, type Template } from '../hot/template.ts'
import { isMap, type Json, type JsonMap } from '../json.ts'
import { type Place as Housed, housed, planAddresses, planHosts } from '../neutron/addresses.ts'
import { atHome } from '../neutron/home-network.ts'
import { childOf, nestIn, type Resource, rootOf, type Stack } from '../state.ts'
import { propertiesOf, scopeOf, type View } from './stack-scope.ts'
import { typeOf } from './type-of.ts'

/** heat.conf: max_nested_stack_depth and max_resources_per_stack */
const maxDepth = 5
const maxResources = 1000

/** Gives every wanted resource its record, decided ids and all; what has one keeps it, what was only planned and is not wanted goes. */
export function prepareResources(cloud: Cloud, stack: Stack, template: Template): void {
  const scope = scopeOf(cloud, stack, template, 'form')
  for (const [name, definition] of Object.entries(template.resources)) {
    if (!takesPart(definition, scope, name)) continue
    const known = stack.resources[name]
    if (!known || (known.action === 'INIT' && known.type !== definition.type))
      stack.resources[name] = newResource(cloud, stack, name, definition)
  }
  for (const resource of Object.values(stack.resources)) {
    const definition = template.resources[resource.name]
    if (resource.action === 'INIT' && !(definition && holds(definition.condition, scope))) dropPlanned(stack, resource)
  }
}

/** A resource that nothing has been done for yet. */
export function newResource(cloud: Cloud, stack: Stack, name: string, definition: Definition): Resource {
  const nowMs = cloud.now().getTime()
  return {
    name,
    type: definition.type,
    action: 'INIT',
    status: 'COMPLETE',
    reason: '',
    plannedId: randomUUID(),
    physicalName: `${stack.name}-${name}-${shortId()}`,
    physicalId: null,
    createdAt: nowMs,
    updatedAt: nowMs,
    properties: {},
    data: {},
    metadata: definition.metadata,
  }
}

/** Forgets a resource that never began, with all that was planned below it. */
export function dropPlanned(stack: Stack, resource: Resource): void {
  const child = childOf(stack, resource)
  if (child) {
    for (const inner of Object.values(child.resources)) dropPlanned(child, inner)
    delete rootOf(stack).nested?.[child.id]
  }
  delete stack.resources[resource.name]
}

/** Checks all that can be known before anything exists. Throws a Fault in Heat's words. */
export function checkStack(cloud: Cloud, stack: Stack, template: Template): void {
  const scope = scopeOf(cloud, stack, template, 'form')
  checkTemplate(template, scope)
  dependencies(template, scope)
  checkResources(cloud, stack, { template, names: Object.keys(template.resources) })
  checkOutputs(template, scope)
}

function checkResources(cloud: Cloud, stack: Stack, { template, names }: { template: Template; names: string[] }): void {
  const scope = scopeOf(cloud, stack, template, 'form')
  for (const name of names) {
    const resource = stack.resources[name]
    const definition = template.resources[name]
    if (!resource || !definition) continue
    const type = typeOf(stack, { type: definition.type, name })
    if (!type.anything) {
      checkDefinition(definition, scope, name)
      checkDeletionPolicy(template, scope, name)
    }
    const properties = propertiesOf({ cloud, stack, template, scope }, name)
    checkPolicy(cloud, definition, { name, type, scope })
    const { content } = cloud
    const isHere = (key: string) => isUnknown(key) || Boolean(content.image(key) ?? content.flavor(key) ?? content.network(key))
    content.standIns?.look(properties, (key) => isHere(key) && content.standIns?.isOutside(key) !== true)
    type.validate?.(properties, name, { cloud, stack })
    if (!type.nesting) continue
    // A group's kind of member is looked up before anything else of it, and told without its place.
    const child = type.nesting.kind === 'group' ? growChild(cloud, stack, { resource, properties, view: 'form' }) : undefined
    for (const member of Object.values(child?.resources ?? {}).slice(0, 1)) typeOf(stack, member)
    within(`resources.${name}<${type.nesting.url}>`, () => checkChild(cloud, stack, { resource, properties }))
  }
}

/** The schema of update policies. */
function checkPolicy(cloud: Cloud, definition: Definition, place: { name: string; type: ResourceType; scope: Scope }): void {
  const { name, type, scope } = place
  const { updatePolicy: policy } = definition
  if (type.nesting?.policy && policy !== undefined && isMap(policy))
    checkProperties(policy, type.nesting.policy, { path: `resources.${name}.update_policy`, scope, content: cloud.content })
}

/** Of a group one member is checked, as in Heat: they are all alike. */
function checkChild(cloud: Cloud, stack: Stack, place: { resource: Resource; properties: JsonMap }): void {
  const child = growChild(cloud, stack, { ...place, view: 'form' })
  const template = readTemplate(child.template)
  const isGroup = typeOf(stack, place.resource).nesting?.kind === 'group'
  const scope = scopeOf(cloud, child, template, 'form')
  checkTemplate(template, scope)
  dependencies(template, scope)
  checkResources(cloud, child, { template, names: Object.keys(template.resources).slice(0, isGroup ? 1 : undefined) })
  if (!isGroup) checkOutputs(template, scope)
}

/** heat/engine/resources/stack_resource.py, validate_nested_stack: where in the nest something is wrong. */
function within(path: string, check: () => unknown): void {
  try {
    check()
  } catch (error) {
    if (error instanceof ValidationFault) {
      const inner = numbered(error.path)
      throw new ValidationFault(error.complaint, { kind: error.kind, path: inner ? `${path}.${inner}` : path })
    }
    // What Heat itself cannot explain has no place.
    if (error instanceof Fault && error.status === 400) throw new NestedFault(path, error)
    throw error
  }
}

/** What Heat tells by its words alone. */
const plainFaults = ['StackValidationFailed', 'InvalidTemplateAttribute', 'InvalidTemplateReference']

class NestedFault extends Fault {
  constructor(path: string, cause: Fault) {
    const inner = cause instanceof NestedFault ? cause : undefined
    const at = inner ? `${path}.${numbered(inner.path)}` : path
    const kind = inner?.kind ?? (plainFaults.includes(cause.type) ? '' : `${cause.type}: `)
    const words = inner?.words ?? cause.message
    super(400, 'StackValidationFailed', `${kind}${at}: ${kind === '' ? ': ' : ''}${words}`)
    this.path = at
    this.kind = kind
    this.words = words
  }

  readonly path: string
  readonly kind: string
  readonly words: string
}

/** heat/common/exception.py, HeatExceptionWithPath: a name that is a number stands in brackets. */
export const numbered = (path: string): string => path.replace(/\.(\d+)(?=\.|$|<)/g, '[$1]')

type Growth = { resource: Resource; properties: JsonMap; view: View }

/**
 * The stack that a resource stands for, with its resources as its properties want them at this moment: made when there is none, else
 * brought to what is known now. Its records are decided long before it exists, so that its machines' addresses can be.
 * Throws a Fault where it cannot be so.
 */
export function growChild(cloud: Cloud, stack: Stack, { resource, properties, view }: Growth): Stack {
  const { nesting } = typeOf(stack, resource)
  if (!nesting) throw new Error(`${resource.type} is no stack`)
  const depth = (stack.parent?.depth ?? 0) + 1
  // Heat would say so, but its API loses the words on the way.
  if (depth > maxDepth) throw new Fault(500, 'RemoteError')
  const form = nesting.compose({ cloud, stack, resource, properties })
  const template = readTemplate(form.template)
  const root = rootOf(stack)
  const known = childOf(stack, resource)
  const child = known ?? nestIn(root, newChild(stack, resource, { depth, nesting }))
  const environment = { ...form.environment }
  const parameters = childParameters(cloud, template, { given: form.parameters, defaults: mapOf(environment.parameter_defaults), view })
  Object.assign(child, { template: template.raw, environment, parameters })
  prepareResources(cloud, child, template)
  if (view === 'live' || nesting.kind !== 'group') refuseTooMany(child)
  return child
}

function newChild(stack: Stack, resource: Resource, { depth, nesting }: { depth: number; nesting: Nesting }): Stack {
  const remote = nesting.kind === 'remote'
  const child: Omit<Stack, 'things' | 'files'> = {
    id: resource.plannedId,
    name: resource.physicalName,
    userProjectId: stack.userProjectId,
    createdAt: resource.createdAt,
    updatedAt: null,
    deletedAt: null,
    action: 'INIT',
    status: 'COMPLETE',
    reason: '',
    actionSince: resource.createdAt,
    disableRollback: true,
    timeoutMins: stack.timeoutMins,
    tags: [],
    template: {},
    environment: {},
    parameters: {},
    resources: {},
    events: [],
    parent: {
      rootId: rootOf(stack).id,
      stackId: stack.id,
      resource: resource.name,
      depth,

      ...(remote ? { remote: true as const } : {}),
    },
  }
  return (remote ? { ...child, files: { ...stack.files } } : child) as Stack
}

/** What is not known yet passes, and is looked at when it is. */
function childParameters(cloud: Cloud, template: Template, how: { given: JsonMap; defaults: JsonMap; view: View }): JsonMap {
  const given = Object.fromEntries(Object.entries(how.given).filter(([, value]) => value !== null))
  if (how.view === 'live') return resolveParameters(template.parameters, { parameters: given, defaults: how.defaults }, cloud.content)
  const open = Object.entries(given).filter(([, value]) => isUnknown(value))
  const unknown: Record<string, Json> = Object.fromEntries(open)
  const schemas = Object.fromEntries(Object.entries(template.parameters).filter(([name]) => !Object.hasOwn(unknown, name)))
  const known = Object.fromEntries(Object.entries(given).filter(([name]) => !Object.hasOwn(unknown, name)))
  const resolved = resolveParameters(schemas, { parameters: known, defaults: how.defaults }, cloud.content)
  return { ...resolved, ...unknown }
}

/** heat/engine/service.py, _validate_new_stack: each stack's resources count for themselves. A group is only counted when it is made. */
export function refuseTooMany(stack: Stack): void {
  if (Object.keys(stack.resources).length > maxResources)
    throw new Fault(400, 'RequestLimitExceeded', 'Request limit exceeded: Maximum resources per stack exceeded.')
}

type Place = { stack: Stack; template: Template; scope: Scope }

/**
 * Decides, as far as it can be decided now, what all nested stacks will be, and every address and name in the whole family. Done
 * before the first creation and again before a change; what has its addresses keeps them.
 */
export function planFamily(cloud: Cloud, stack: Stack, template: Template): void {
  const { standIns } = cloud.content
  const houseIn =
    (place: Place): Housed['house'] =>
    (resource, properties) =>
      standIns ? atHome({ cloud, stack: place.stack }, typeOf(place.stack, resource), properties) : properties
  const places = placesOf(cloud, stack, template).map((place): Housed => ({ ...place, house: houseIn(place) }))
  // Before addresses are given away, every network has to be there that will be.
  for (const {
    stack: each,
    template: { resources },
    scope,
    house,
  } of standIns ? places : [])
    for (const name of Object.keys(each.resources)) if (resources[name]) housed({ ...resources[name], name }, scope, house)
  planAddresses(stack, places)
  planHosts(stack, places)
}

function placesOf(cloud: Cloud, stack: Stack, template: Template): Place[] {
  const scope = scopeOf(cloud, stack, template, 'plan')
  const below = Object.values(stack.resources).flatMap((resource) => {
    if (!typeOf(stack, resource).nesting) return []
    try {
      const properties = propertiesOf({ cloud, stack, template, scope }, resource.name)
      const known = childOf(stack, resource)
      const child = resource.action === 'INIT' || !known ? growChild(cloud, stack, { resource, properties, view: 'plan' }) : known
      return placesOf(cloud, child, readTemplate(child.template))
    } catch (error) {
      // What is wrong with values that are only guessed here shows when they are known.
      if (error instanceof Fault) return []
      throw error
    }
  })
  return [{ stack, template, scope }, ...below]
}

const mapOf = (value: Json | undefined): JsonMap => (value !== undefined && isMap(value) ? value : {})
