import { type Cloud, isoSeconds } from '../cloud.ts'
import { holds, references, resolve } from '../hot/functions.ts'
import { showParameters } from '../hot/parameters.ts'
import { readTemplate, type Template } from '../hot/template.ts'
import type { Json, JsonMap } from '../json.ts'
import { childOf, isMade, type Resource, type Stack, type StackEvent } from '../state.ts'
import { nestedAttribute, scopeOf } from './stack-scope.ts'
import { typeOf } from './type-of.ts'

/** Stacks, resources, outputs and events as Heat v1 shows them (recordings heat-{list,show,resources,events}-*-200). */

export function stackUrl(cloud: Cloud, stack: Stack): string {
  return `${cloud.heatUrl()}/v1/${cloud.identity.project.id}/stacks/${stack.name}/${stack.id}`
}

export const time = (ms: number | null): Json => (ms === null ? null : isoSeconds(ms))

/** Of nested stacks a list tells less than they say of themselves. */
const isInner = ({ parent }: Stack): boolean => parent !== undefined && !parent.remote

/** What Heat calls its owner: the stack in which it is nested. */
const ownerOf = ({ parent }: Stack): Json => (parent && !parent.remote ? parent.stackId : null)

export function summaryOf(cloud: Cloud, stack: Stack): JsonMap {
  return {
    id: stack.id,
    links: [{ href: stackUrl(cloud, stack), rel: 'self' }],
    stack_name: stack.name,
    description: typeof stack.template.description === 'string' && !isInner(stack) ? stack.template.description : '',
    stack_status: `${stack.action}_${stack.status}`,
    stack_status_reason: stack.reason,
    creation_time: time(stack.createdAt),
    updated_time: time(stack.updatedAt),
    deletion_time: time(stack.deletedAt),
    stack_owner: cloud.identity.user.name,
    parent: ownerOf(stack),
    stack_user_project_id: stack.userProjectId,
    tags: isInner(stack) && stack.tags.length === 0 ? null : stack.tags,
  }
}

/** `withOutputs: false` is `?resolve_outputs=false`. A deleted stack has none (recording heat-show-deleted-by-id-200). */
export function stackBody(cloud: Cloud, plan: { stack: Stack; template: Template }, withOutputs: boolean): JsonMap {
  const { stack, template } = plan
  const gone = stack.action === 'DELETE' && stack.status === 'COMPLETE'
  return {
    stack_name: stack.name,
    id: stack.id,
    links: [{ href: stackUrl(cloud, stack), rel: 'self' }],
    creation_time: time(stack.createdAt),
    updated_time: time(stack.updatedAt),
    deletion_time: time(stack.deletedAt),
    notification_topics: [],
    parameters: {
      'OS::stack_id': stack.id,
      'OS::project_id': cloud.identity.project.id,
      'OS::stack_name': stack.name,
      ...showParameters(template.parameters, stack.parameters),
    },
    description: template.description,
    template_description: template.description,
    capabilities: [],
    disable_rollback: stack.disableRollback,
    timeout_mins: stack.timeoutMins,
    stack_owner: cloud.identity.user.name,
    parent: ownerOf(stack),
    stack_user_project_id: stack.userProjectId,
    tags: stack.tags,
    stack_status: `${stack.action}_${stack.status}`,
    stack_status_reason: stack.reason,
    ...(withOutputs && !gone ? { outputs: outputsOf(cloud, plan) } : {}),
  }
}

/** Outputs are listed from the start, with null until they are known. */
export function outputsOf(cloud: Cloud, plan: { stack: Stack; template: Template }): JsonMap[] {
  const { stack, template } = plan
  const scope = scopeOf(cloud, stack, template, 'live')
  return Object.entries(template.outputs).map(([key, output]) => {
    const shown: JsonMap = { output_key: key, description: output.description }
    // What its condition leaves out is listed with no value.
    if (!holds(output.condition, scope)) return { ...shown, output_value: null }
    const missing = references(output.value, '', { language: template.language, scope }).find(({ resource }) => !stack.resources[resource])
    if (missing && (stack.action === 'DELETE' || stack.action === 'ROLLBACK')) {
      return { ...shown, output_error: `The specified reference "${missing.resource}" (in unknown) is incorrect.`, output_value: null }
    }
    try {
      return { ...shown, output_value: resolve(output.value, scope) ?? null }
    } catch (error) {
      return { ...shown, output_error: error instanceof Error ? error.message : String(error), output_value: null }
    }
  })
}

export function resourceBody(cloud: Cloud, plan: { stack: Stack; graph: Map<string, Set<string>> }, resource: Resource): JsonMap {
  const { stack, graph } = plan
  const child = childOf(stack, resource)
  const isNested = child && isMade(child) && !child.parent?.remote
  const url = stackUrl(cloud, stack)
  return {
    updated_time: time(resource.updatedAt),
    creation_time: time(resource.createdAt),
    logical_resource_id: resource.name,
    resource_name: resource.name,
    physical_resource_id: resource.physicalId ?? '',
    resource_status: `${resource.action}_${resource.status}`,
    resource_status_reason: resource.reason,
    resource_type: resource.type,
    links: [
      { href: `${url}/resources/${resource.name}`, rel: 'self' },
      { href: url, rel: 'stack' },
      ...(isNested ? [{ href: stackUrl(cloud, child), rel: 'nested' }] : []),
    ],
    required_by: [...graph].filter(([, needs]) => needs.has(resource.name)).map(([name]) => name),
    ...(stack.parent && !stack.parent.remote ? { parent_resource: stack.parent.resource } : {}),
  }
}

/** All attributes: what the thing's own service shows of it, or those that Heat itself knows. */
export function attributesOf(cloud: Cloud, stack: Stack, resource: Resource): JsonMap {
  const type = typeOf(stack, resource)
  const work = { cloud, stack, resource, properties: resource.properties }
  const names = Object.keys(type.attributes)
  const child = childOf(stack, resource)
  if (type.nesting?.kind === 'remote')
    return child && isMade(child) ? stackBody(cloud, { stack: child, template: readTemplate(child.template) }, true) : {}
  // heat/engine/resources/openstack/heat/resource_group.py, _resolve_attribute: of a group only this is shown.
  const isShown = (name: string) => type.nesting?.kind !== 'group' || name === 'removed_rsrc_list'
  if (type.nesting) return Object.fromEntries(names.map((name) => [name, isShown(name) ? told(() => nestedAttribute(work, [name])) : null]))
  const shown = type.show(work)
  if (Object.keys(shown).length > 0 || resource.action === 'INIT') return shown
  return Object.fromEntries(names.map((name) => [name, type.attribute(work, name) ?? null]))
}

/** What cannot be told is null (heat/engine/api.py, format_resource_attributes). */
function told(tell: () => Json): Json {
  try {
    return tell()
  } catch {
    return null
  }
}

/** `root`: the stack whose whole family was asked for. */
export function eventBody(cloud: Cloud, stack: Stack, event: StackEvent, root?: Stack): JsonMap {
  const url = stackUrl(cloud, stack)
  const resource = `${url}/resources/${event.resource}`
  return {
    id: event.id,
    links: [
      { href: `${resource}/events/${event.id}`, rel: 'self' },
      { href: resource, rel: 'resource' },
      { href: url, rel: 'stack' },
      ...(root ? [{ href: stackUrl(cloud, root), rel: 'root_stack' }] : []),
    ],
    event_time: time(event.at),
    logical_resource_id: event.resource,
    resource_name: event.resource,
    physical_resource_id: event.physicalId,
    resource_status: event.status,
    resource_status_reason: event.reason,
  }
}

export function shownEnvironment(environment: JsonMap): JsonMap {
  const none: JsonMap = { resource_registry: { resources: {} }, parameters: {}, parameter_defaults: {}, event_sinks: [] }
  return { ...none, encrypted_param_names: [], ...environment }
}
