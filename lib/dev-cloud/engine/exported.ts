import type { Cloud } from '../cloud.ts'
import type { Json, JsonMap } from '../json.ts'
import { childOf, isMade, type Resource, type Stack } from '../state.ts'

/** A stack with all that could be adopted of it (heat/engine/stack.py and resource.py, prepare_abandon). */
export function exported(cloud: Cloud, stack: Stack): JsonMap {
  const { resource_registry = { resources: {} }, parameters = {}, parameter_defaults = {}, event_sinks = [] } = stack.environment
  return {
    name: stack.name,
    id: stack.id,
    action: stack.action,
    environment: { resource_registry, parameters, parameter_defaults, event_sinks },
    files: { ...stack.files },
    status: stack.status,
    template: stack.template,
    resources: Object.fromEntries(Object.values(stack.resources).map((each) => [each.name, exportedResource(cloud, stack, each)])),
    project_id: cloud.identity.project.id,
    stack_user_project_id: stack.userProjectId,
    tags: stack.tags,
  }
}

function exportedResource(cloud: Cloud, stack: Stack, resource: Resource): JsonMap {
  const child = childOf(stack, resource)
  if (child && isMade(child) && !child.parent?.remote) return exported(cloud, child)
  const { name, physicalId, type, action, status, metadata, data } = resource
  const kept: Json | undefined = data.value
  return {
    name,
    resource_id: physicalId,
    type,
    action,
    status,
    metadata: metadata ?? {},
    resource_data: typeof kept === 'string' ? { value: kept } : {},
  }
}
