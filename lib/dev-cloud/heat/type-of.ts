import type { ResourceType } from '../cloud.ts'
import type { Environment } from '../hot/environment.ts'
import { implementationOf } from '../hot/registry.ts'
import { isKnownType, refuseForbidden, typeNamed } from '../resources/catalog.ts'
import type { Stack } from '../state.ts'
import { templateType } from './template-type.ts'

type Place = Pick<Stack, 'environment' | 'files'>

/**
 * What a resource of that type and name is in a stack: one of this cloud's own types, or a template that the request brought.
 * Throws a Fault in Heat's words where there is none, or where it may not be used.
 */
export function typeOf(stack: Place, { type, name }: { type: string; name: string }): ResourceType {
  refuseForbidden(type)
  const environment = stack.environment as Environment
  const registry = { resource_registry: environment.resource_registry ?? {} }
  const found = implementationOf(registry, stack.files, { type, name, has: isKnownType })
  return found.kind === 'type' ? typeNamed(found.name) : templateType(found, environment)
}
