import { randomBytes, randomUUID } from 'node:crypto'
import { type Cloud, shortId } from '../cloud.ts'
import { badRequest, Fault, invalidStack } from '../fault.ts'
import { type Environment, readEnvironment } from '../hot/environment.ts'
import { holds, resolve } from '../hot/functions.ts'
import { resolveParameters } from '../hot/parameters.ts'
import { implementationOf } from '../hot/registry.ts'
import { dependencies, readTemplate, type Template } from '../hot/template.ts'
import { isMap, type Json, type JsonMap, pythonText, text } from '../json.ts'
import { planAddresses, planHosts } from '../neutron/addresses.ts'
import { isKnownType, refuseForbidden, typeNamed } from '../resources/catalog.ts'
import { noThings, type Resource, type Stack } from '../state.ts'
import { propertiesOf, scopeOf } from './stack-scope.ts'

/** A stack that may be created: its template, what depends on what, and its first record. */
export type Plan = { stack: Stack; template: Template; graph: Map<string, Set<string>> }

/**
 * Reads and checks a request to create (or preview) a stack. Nothing is made and nothing is kept.
 * Throws the faults of recordings heat-create-*-400, -403 and -500.
 */
export function planStack(cloud: Cloud, body: JsonMap): Plan {
  const name = text(body.stack_name)
  if (name === undefined || name === '') throw badRequest('No stack name specified')
  const template = readTemplate(body.template)
  if (!/^[a-zA-Z][a-zA-Z0-9_.-]{0,254}$/.test(name)) {
    throw invalidStack(
      `Invalid stack name ${name} must contain only alphanumeric or "_-." characters, must start with alpha and must be 255 characters or less.`,
    )
  }
  const environment = readEnvironment(body, template.parameters)
  const files = readFiles(body.files)
  for (const definition of Object.values(template.resources)) refuseForbidden(definition.type)
  refuseForeign(environment, files, template)
  const graph = dependencies(template)
  const supplied = { parameters: environment.parameters, defaults: environment.parameter_defaults }
  const nowMs = cloud.now().getTime()
  const stack: Stack = {
    id: randomUUID(),
    name,
    userProjectId: randomBytes(16).toString('hex'),
    createdAt: nowMs,
    updatedAt: null,
    deletedAt: null,
    action: 'CREATE',
    status: 'IN_PROGRESS',
    reason: 'Stack CREATE started',
    actionSince: nowMs,
    disableRollback: readBoolean(body.disable_rollback, 'disable_rollback', true),
    timeoutMins: readTimeout(body.timeout_mins),
    tags: readTags(body.tags),
    template: template.raw,
    files,
    environment,
    parameters: resolveParameters(template.parameters, supplied, cloud.content),
    resources: {},
    events: [],
    things: noThings(),
  }
  prepareResources(cloud, stack, template)
  checkResources(cloud, stack, template)
  checkOutputs(cloud, stack, template)
  const planned = scopeOf(cloud, stack, template, 'plan')
  planAddresses(stack, template, planned)
  planHosts(stack, template, planned)
  return { stack, template, graph: wanted(graph, stack) }
}

/** The same for a stack that was read from its file. */
export function replan(stack: Stack): Plan {
  const template = readTemplate(stack.template)
  return { stack, template, graph: wanted(dependencies(template), stack) }
}

/** Only resources whose condition holds take part; what depends on another simply does not wait for it. */
function wanted(graph: Map<string, Set<string>>, stack: Stack): Map<string, Set<string>> {
  const kept = [...graph].filter(([name]) => stack.resources[name])
  return new Map(kept.map(([name, needs]) => [name, new Set([...needs].filter((other) => stack.resources[other]))]))
}

function prepareResources(cloud: Cloud, stack: Stack, template: Template): void {
  const scope = scopeOf(cloud, stack, template, 'form')
  for (const [name, definition] of Object.entries(template.resources)) {
    if (!holds(definition.condition, scope)) continue
    const resource: Resource = {
      name,
      type: definition.type,
      action: 'INIT',
      status: 'COMPLETE',
      reason: '',
      plannedId: randomUUID(),
      physicalName: `${stack.name}-${name}-${shortId()}`,
      physicalId: null,
      createdAt: stack.createdAt,
      updatedAt: stack.createdAt,
      properties: {},
      data: {},
    }
    stack.resources[name] = resource
  }
}

function checkResources(cloud: Cloud, stack: Stack, template: Template): void {
  const place = { cloud, stack, template, scope: scopeOf(cloud, stack, template, 'form') }
  for (const name of Object.keys(stack.resources)) {
    const properties = propertiesOf(place, name)
    typeNamed(template.resources[name]?.type ?? '').validate?.(properties, name, place)
  }
}

function checkOutputs(cloud: Cloud, stack: Stack, template: Template): void {
  const scope = scopeOf(cloud, stack, template, 'form')
  for (const output of Object.values(template.outputs)) {
    if (holds(output.condition, scope)) resolve(output.value, scope)
  }
}

function mapOf(value: Json | undefined): JsonMap {
  return value !== undefined && isMap(value) ? value : {}
}

/** Nested stacks and types under other names are for the engine to carry out; it does not yet. */
function refuseForeign(environment: Environment, files: Record<string, string>, template: Template): void {
  for (const [name, { type }] of Object.entries(template.resources)) {
    const found = implementationOf(environment, files, { type, name, has: isKnownType })
    if (found.kind === 'template' || found.name !== type) throw badRequest('This development cloud does not know "resource_registry".')
  }
}

function readFiles(source: Json | undefined): Record<string, string> {
  const files: Record<string, string> = {}
  for (const [name, content] of Object.entries(mapOf(source))) files[name] = typeof content === 'string' ? content : JSON.stringify(content)
  return files
}

function readBoolean(value: Json | undefined, name: string, absent: boolean): boolean {
  if (value === undefined || value === null) return absent
  const word = pythonText(value).toLowerCase()
  if (word === 'true' || word === 'false') return word === 'true'
  throw badRequest(`Unrecognized value "${pythonText(value)}" for "${name}", acceptable values are: true, false`)
}

function readTimeout(value: Json | undefined): number | null {
  if (value === undefined || value === null) return null
  const minutes = Number(value)
  if (!Number.isInteger(minutes)) throw badRequest("Only integer is acceptable by 'timeout_mins'.")
  if (minutes < 1 || minutes > 1440) throw invalidStack(`Invalid timeout value ${minutes}`)
  return minutes
}

function readTags(value: Json | undefined): string[] {
  if (value === undefined || value === null || value === '') return []
  const tags = Array.isArray(value) ? value.map(pythonText) : pythonText(value).split(',')
  for (const tag of tags) {
    if (tag === '' || tag.length > 80 || tag.includes(',')) throw badRequest(`Invalid tag, "${tag}" is longer than 80 characters or empty`)
  }
  return tags
}

/** Recordings heat-create-duplicate-409 and heat-create-stack-limit-400. */
export function refuseDuplicate(cloud: Cloud, name: string): void {
  let count = 0
  for (const stack of cloud.state.stacks.values()) {
    if (stack.action === 'DELETE' && stack.status === 'COMPLETE') continue
    if (stack.name === name) throw new Fault(409, 'StackExists', `The Stack (${name}) already exists.`)
    count += 1
  }
  if (count >= cloud.quota.stacks || cloud.rules.take('quota-stacks', { service: 'heat', verb: 'create', stack: name })) {
    const limit = `You have reached the maximum stacks per tenant, ${cloud.quota.stacks}. Please delete some stacks.`
    throw new Fault(400, 'RequestLimitExceeded', `Request limit exceeded: ${limit}`)
  }
}
