import type { ResourceType } from '../cloud.ts'
import { type JsonMap, sameJson } from '../json.ts'
import { childOf, type Resource, type Stack } from '../state.ts'

/** What an update does to a resource that exists. `told`: an update was begun, and its event says that another is needed. */
export type Change = { kind: 'none' } | { kind: 'update'; changed: string[] } | { kind: 'replace'; told?: true }

/**
 * Whether a resource can stay as it is, is changed in place, or another one takes its place
 * (heat/engine/resource.py and stack_resource.py, _needs_update). `before` and `after` are resolved properties.
 */
export function changeOf(
  stack: Stack,
  resource: Resource,
  to: { type: ResourceType; typeName: string; before: ResourceType; properties: JsonMap; frameChanged: boolean },
): Change {
  const { type, before, properties } = to
  const sameKind = resource.type === to.typeName || (type.nesting?.kind === 'template' && before.nesting?.kind === 'template')
  if (!sameKind || (resource.action === 'DELETE' && resource.status === 'COMPLETE')) return { kind: 'replace' }
  if (resource.status === 'FAILED' && isBeyondRepair(stack, resource, type)) return { kind: 'replace' }
  const changed = changedProperties(resource.properties, properties)
  if (type.nesting) return { kind: 'update', changed }
  if (changed.length === 0) return to.frameChanged || resource.status === 'FAILED' ? { kind: 'update', changed } : { kind: 'none' }
  const inPlace = changed.every((key) => type.properties[key]?.updatable)
  const objects = inPlace && type.replaces?.({ before: resource.properties, after: properties, changed }) === true
  return inPlace && !objects ? { kind: 'update', changed } : { kind: 'replace', told: true }
}

export function changedProperties(before: JsonMap, after: JsonMap): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].filter((key) => !sameJson(before[key] ?? null, after[key] ?? null))
}

/** A failed resource is replaced; a server that runs, and a nested stack unless it was marked unhealthy itself, are not. */
function isBeyondRepair(stack: Stack, resource: Resource, type: ResourceType): boolean {
  if (type.nesting) {
    const child = childOf(stack, resource)
    return resource.action === 'CHECK' && !(child?.action === 'CHECK' && child.status === 'FAILED')
  }
  if (resource.action === 'CHECK') return true
  if (type.endures && resource.action !== 'CREATE') return false
  const server = stack.things.servers[resource.plannedId]
  return !server || server.status === 'ERROR'
}
