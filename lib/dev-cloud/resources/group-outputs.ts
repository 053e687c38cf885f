import { isMap, type Json, type JsonMap } from '../json.ts'

/** What a template asks of a resource with get_attr, as far as it is written out; each once, in the order of the template. */
export function askedAttributes(template: JsonMap, resource: string): string[][] {
  const found = new Map<string, string[]>()
  const look = (value: Json | undefined): void => {
    if (Array.isArray(value)) for (const item of value) look(item)
    if (value === undefined || !isMap(value)) return
    const asked = value.get_attr
    if (Array.isArray(asked) && asked[0] === resource && asked.length > 1 && asked.every((step) => typeof step !== 'object')) {
      const path = asked.slice(1).map(String)
      found.set(path.join(', '), path)
    }
    for (const inner of Object.values(value)) look(inner)
  }
  look(template.resources)
  look(template.outputs)
  return [...found.values()]
}

/** The outputs that Heat gives the stack of a group (heat/engine/resources/openstack/heat/resource_group.py, _nested_output_defns). */
export function groupOutputs(members: string[], asked: string[][]): JsonMap {
  const outputs: JsonMap = {}
  for (const path of asked) {
    const value = outputValue(members, path)
    if (value !== undefined) outputs[path[0] === 'refs' ? 'refs' : path.join(', ')] = { value }
  }
  return { ...outputs, refs_map: { value: Object.fromEntries(members.map((name) => [name, { get_resource: name }])) } }
}

function outputValue(members: string[], [key = '', ...path]: string[]): Json | undefined {
  if (key === 'refs') return members.map((name) => ({ get_resource: name }))
  if (key.startsWith('resource.')) {
    const [, name = '', ...inner] = key.split('.')
    const rest = [...(inner.length > 0 ? [inner.join('.')] : []), ...path]
    return rest.length > 0 && members.includes(name) ? { get_attr: [name, ...rest] } : undefined
  }
  if (key === 'attributes')
    return path.length > 0 ? Object.fromEntries(members.map((name) => [name, { get_attr: [name, ...path] }])) : undefined
  if (key === 'refs_map' || key === 'removed_rsrc_list') return undefined
  return members.map((name) => ({ get_attr: [name, key, ...path] }))
}
