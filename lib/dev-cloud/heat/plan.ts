import { randomBytes, randomUUID } from 'node:crypto'
import type { Cloud } from '../cloud.ts'
import { badRequest, invalidStack } from '../fault.ts'
import { type Scope, unknownText, unknownYet } from '../hot/call.ts'
import { readEnvironment } from '../hot/environment.ts'
import { resolveParameters } from '../hot/parameters.ts'
import { dependencies, readTemplate, type Template } from '../hot/template.ts'
import { type JsonMap, text } from '../json.ts'
import { noThings, type Stack } from '../state.ts'
import { checkStack, planFamily, prepareResources, refuseTooMany } from './grow.ts'
import { readBoolean, readFiles, readTags, readTimeout } from './request.ts'
import { typeOf } from './type-of.ts'

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
  refuseUnknownTypes(template, { environment, files })
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
  refuseTooMany(stack)
  checkStack(cloud, stack, template)
  planFamily(cloud, stack, template)
  return planOf(stack)
}

/** Throws where a resource's type is unknown, forbidden or a template that cannot be read. */
export function refuseUnknownTypes(template: Template, place: Pick<Stack, 'environment' | 'files'>): void {
  for (const [name, { type }] of Object.entries(template.resources)) typeOf(place, { type, name })
}

type Known = { template: Template; parameters: JsonMap; graph: Map<string, Set<string>> }
const plans = new WeakMap<JsonMap, Known>()

/** How a stack is put together, as its record says. */
export function planOf(stack: Stack): Plan {
  const known = plans.get(stack.template)
  const template = known?.template ?? readTemplate(stack.template)
  const { parameters } = stack
  const graph = known?.parameters === parameters ? known.graph : dependencies(template, choosing(stack, template))
  plans.set(stack.template, { template, parameters, graph })
  return { stack, template, graph: wanted(graph, stack) }
}

/** What is needed to know which branch of an `if` counts. */
function choosing(stack: Stack, template: Template): Scope {
  const own: JsonMap = { 'OS::stack_name': stack.name, 'OS::stack_id': stack.id }
  return {
    language: template.language,
    parameter: (name) => own[name] ?? stack.parameters[name] ?? null,
    condition: (name) => template.conditions[name] ?? null,
    resource: unknownText,
    attribute: () => unknownYet,
    file: () => '',
  }
}

/** Only resources whose condition holds take part; what depends on another simply does not wait for it. */
function wanted(graph: Map<string, Set<string>>, stack: Stack): Map<string, Set<string>> {
  const kept = [...graph].filter(([name]) => stack.resources[name])
  return new Map(kept.map(([name, needs]) => [name, new Set([...needs].filter((other) => stack.resources[other]))]))
}
