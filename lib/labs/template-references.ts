import { isMap, isScalar, isSeq, visit } from 'yaml'
import type { YamlSource } from './yaml-source.ts'

/** One use of a HOT function by name, with the node to point at. */
export type Reference = {
  kind: 'get_param' | 'get_resource' | 'get_attr' | 'get_file' | 'depends_on' | 'type'
  name: string
  node: unknown
}

const FUNCTIONS = new Set(['get_param', 'get_resource', 'get_attr', 'get_file'])

/** HOT, "Intrinsic functions": what a node and everything in it refers to. Names that are themselves computed are left out. */
export function referencesIn(node: unknown): Reference[] {
  const found: Reference[] = []
  if (!isMap(node) && !isSeq(node)) return found
  visit(node, {
    Map(_key, map) {
      const [pair] = map.items
      if (map.items.length !== 1 || !pair || !isScalar(pair.key) || !FUNCTIONS.has(String(pair.key.value))) return
      const argument = isSeq(pair.value) ? pair.value.items[0] : pair.value
      if (isScalar(argument))
        found.push({ kind: String(pair.key.value) as Reference['kind'], name: String(argument.value), node: argument })
    },
  })
  return found
}

/** What one resource refers to: its functions, its `depends_on`, and its type where that is a file (a template of its own). */
export function referencesOfResource(source: YamlSource, name: string): Reference[] {
  const resource = source.document.getIn(['resources', name], true)
  if (!isMap(resource)) return []
  const found = referencesIn(resource)
  const dependsOn = resource.get('depends_on', true)
  const needed: unknown[] = isSeq(dependsOn) ? dependsOn.items : [dependsOn]
  for (const node of needed) if (isScalar(node)) found.push({ kind: 'depends_on', name: String(node.value), node })
  const type: unknown = resource.get('type', true)
  if (isScalar(type) && /\.(ya?ml|template)$/.test(String(type.value))) found.push({ kind: 'type', name: String(type.value), node: type })
  return found
}

/**
 * A circle of resources that wait for each other. Heat answers a template with one by "500 RemoteError" and not a word more.
 *
 * @param edges who waits for whom
 */
export function findCircle(edges: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>()
  const walk = (name: string, path: readonly string[]): string[] | null => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name]
    if (done.has(name)) return null
    for (const next of edges.get(name) ?? []) {
      const circle = walk(next, [...path, name])
      if (circle) return circle
    }
    done.add(name)
    return null
  }
  for (const name of edges.keys()) {
    const circle = walk(name, [])
    if (circle) return circle
  }
  return null
}
