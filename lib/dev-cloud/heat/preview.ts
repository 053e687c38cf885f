import type { Cloud } from '../cloud.ts'
import { isUnknown } from '../hot/call.ts'
import { readTemplate } from '../hot/template.ts'
import { bodyOf, type HttpReply, type HttpRequest } from '../http.ts'
import { isMap, type Json, type JsonMap } from '../json.ts'
import { childOf, isMade, type Resource, type Stack } from '../state.ts'
import { type Heat, ok } from './api.ts'
import { planOf, planStack } from './plan.ts'
import { propertiesOf, scopeOf } from './stack-scope.ts'
import { typeOf } from './type-of.ts'
import { attributesOf, stackBody, stackUrl, time } from './views.ts'

/** As create, but nothing is kept (recording heat-preview-200). */
export function preview(heat: Heat, request: HttpRequest): HttpReply {
  const { cloud } = heat
  const { stack, template } = planStack(cloud, bodyOf(request))
  const shown = stackBody(cloud, { stack, template }, true)
  delete shown.stack_status
  delete shown.stack_status_reason
  const links = [{ href: stackUrl(cloud, stack).replace(stack.id, 'None'), rel: 'self' }]
  const parameters = { ...(isMap(shown.parameters) ? shown.parameters : {}), 'OS::stack_id': 'None' }
  const resources = freshResources(cloud, stack, stack.name)
  return ok({ stack: { ...shown, id: 'None', links, parameters, stack_user_project_id: null, resources } })
}

/** What does not exist yet; a nested stack stands there as the list of what is in it. */
function freshResources(cloud: Cloud, stack: Stack, stackName: string): Json[] {
  return Object.values(stack.resources).map((resource) => {
    const child = childOf(stack, resource)
    if (child && !child.parent?.remote) return freshResources(cloud, child, `${stackName}-${resource.name}`)
    return {
      ...freshBody(cloud, stack, { resource, stackName, stackId: 'None' }),
      properties: shownProperties(cloud, stack, resource.name),
    }
  })
}

type Fresh = { resource: Resource; stackName: string; stackId: string }

/** A resource as it would be, before anything is done. */
export function freshBody(cloud: Cloud, stack: Stack, { resource, stackName, stackId }: Fresh): JsonMap {
  const { attributes } = typeOf(stack, resource)
  return {
    ...detailsOf(cloud, stack, { resource, stackName, stackId }),
    updated_time: null,
    creation_time: null,
    physical_resource_id: '',
    resource_action: 'INIT',
    resource_status: 'COMPLETE',
    resource_status_reason: '',
    attributes: Object.fromEntries(Object.keys(attributes).map((name) => [name, null])),
  }
}

/** A resource that exists, in the form of previews (heat/engine/api.py, format_stack_resource). */
export function currentBody(cloud: Cloud, stack: Stack, resource: Resource): JsonMap {
  const child = childOf(stack, resource)
  const tenant = cloud.identity.project.id
  return {
    ...detailsOf(cloud, stack, { resource, stackName: stack.name, stackId: stack.id }),
    updated_time: time(resource.updatedAt),
    creation_time: time(resource.createdAt),
    physical_resource_id: resource.physicalId ?? '',
    resource_action: resource.action,
    resource_status: resource.status,
    resource_status_reason: resource.reason,
    ...(child && isMade(child) ? { nested_stack_id: { tenant, stack_name: child.name, stack_id: child.id, path: '' } } : {}),
    attributes: attributesOf(cloud, stack, resource),
  }
}

function detailsOf(cloud: Cloud, stack: Stack, { resource, stackName, stackId }: Fresh): JsonMap {
  const { template, graph } = planOf(stack)
  const identity = { tenant: cloud.identity.project.id, stack_name: stackName, stack_id: stackId }
  return {
    resource_name: resource.name,
    resource_type: resource.type,
    resource_identity: { ...identity, path: `/resources/${resource.name}` },
    stack_identity: { ...identity, path: '' },
    stack_name: stackName,
    required_by: [...graph].filter(([, needs]) => needs.has(resource.name)).map(([name]) => name),
    ...(stack.parent ? { parent_resource: stack.parent.resource } : {}),
    description: template.resources[resource.name]?.description ?? '',
    metadata: template.resources[resource.name]?.metadata ?? {},
  }
}

/** Every property of the type; what is not known before something is made is null. */
function shownProperties(cloud: Cloud, stack: Stack, name: string): JsonMap {
  const template = readTemplate(stack.template)
  const type = typeOf(stack, { type: template.resources[name]?.type ?? '', name })
  if (type.anything) return template.resources[name]?.properties ?? {}
  const known = propertiesOf({ cloud, stack, template, scope: scopeOf(cloud, stack, template, 'form') }, name)
  const shown = (value: Json | undefined): Json => (value === undefined || isUnknown(value) ? null : value)
  return Object.fromEntries(Object.keys(type.properties).map((key) => [key, shown(known[key])]))
}
