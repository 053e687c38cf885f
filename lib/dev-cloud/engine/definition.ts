import { isMap, type JsonMap } from '../json.ts'
import type { Stack } from '../state.ts'

/** A resource's definition as it stands in the stack's template; empty where the template has none. */
export function definitionOf(stack: Pick<Stack, 'template'>, name: string): JsonMap {
  const { resources } = stack.template
  const definition = isMap(resources) && Object.hasOwn(resources, name) ? resources[name] : undefined
  return definition !== undefined && isMap(definition) ? definition : {}
}
